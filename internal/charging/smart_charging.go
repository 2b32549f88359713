package charging

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/quirks"
	"github.com/busbar-ev/busbar/tenancy"
)

// ChargingProfile is a limit over time that a station is to keep.
type ChargingProfile struct {
	// ID is the number of a profile that is to be replaced; 0 leaves the choice to us.
	ID         int64
	StackLevel int
	Purpose    ProfilePurpose
	// Kind is ABSOLUTE, RECURRING, RELATIVE or DYNAMIC; Recurrency is DAILY, WEEKLY or empty.
	Kind, Recurrency   string
	ValidFrom, ValidTo *time.Time
	ProfileDetails
	Schedules []ProfileSchedule
}

// The orders of smart charging. EvseNo 0 is the station as a whole.
type (
	// SetProfileOrder sets a limit over time.
	SetProfileOrder struct {
		about
		EvseNo  int
		Profile ChargingProfile
		// Session is the one of a TxProfile, and TransactionID is how the station calls it.
		Session       uuid.UUID
		TransactionID string
		// Notes say what was changed to suit the station.
		Notes []string
	}
	// ClearProfileOrder clears one profile, or all that meet the conditions; nil and empty are no condition.
	ClearProfileOrder struct {
		about
		ProfileID  *int64
		EvseNo     *int
		Purpose    ProfilePurpose
		StackLevel *int
	}
	// CompositeScheduleOrder asks for the limit that comes of all profiles together.
	CompositeScheduleOrder struct {
		about
		EvseNo    int
		DurationS int64
		// Unit is A, W, or empty where the station may choose.
		Unit string
	}
	// DynamicScheduleOrder changes the limits of a dynamic profile (OCPP 2.1 K28).
	DynamicScheduleOrder struct {
		about
		ProfileID int64
		Limits    DynamicLimits
	}
)

func (o SetProfileOrder) session() uuid.UUID { return o.Session }

// CompositeSchedule is what a station answers about the limit that comes of all its profiles.
type CompositeSchedule struct {
	EvseNo    int              `json:"evseNo"`
	StartAt   *time.Time       `json:"startAt,omitempty"`
	DurationS *int64           `json:"durationS,omitempty"`
	Unit      string           `json:"unit"`
	MinRate   json.Number      `json:"minRate,omitempty"`
	Periods   []SchedulePeriod `json:"periods"`
}

// ProfileResult says under which number a station holds a profile, and what was changed to suit it.
type ProfileResult struct {
	ProfileNo int64    `json:"profileNo"`
	Notes     []string `json:"notes,omitempty"`
}

func (o SetProfileOrder) explain(end *commandEnd) {
	end.outcome.Results = []any{Single{ProfileResult{ProfileNo: o.Profile.ID, Notes: o.Notes}}}
}

// SetChargingProfile sets a limit over time: on an EVSE, on the station as a whole, or on a session.
func (s *Service) SetChargingProfile(ctx context.Context, station uuid.UUID, evseNo int, session uuid.UUID, p ChargingProfile, wait int) (*ent.Command, error) {
	var of *ent.ChargingSession
	if session != uuid.Nil {
		var err error
		if of, err = s.db.Ent().ChargingSession.Get(ctx, session); ent.IsNotFound(err) {
			return nil, fault.Missing("session")
		} else if err != nil {
			return nil, fmt.Errorf("load the session: %w", err)
		}
	}
	t, err := s.target(ctx, station, tenancy.StationCommand)
	if err != nil {
		return nil, err
	}
	order, err := s.profileFor(ctx, t, evseNo, of, p)
	if err != nil {
		return nil, err
	}
	return s.command(ctx, t, order, wait)
}

// profileFor makes of a profile one that the station takes, or says why it would not.
func (s *Service) profileFor(ctx context.Context, t target, evseNo int, session *ent.ChargingSession, p ChargingProfile) (SetProfileOrder, error) {
	o := SetProfileOrder{EvseNo: evseNo, Profile: p}
	if session != nil {
		switch {
		case session.StationID != t.Station:
			return o, fault.In("sessionId", "The session is not one of this station.")
		case p.Purpose != PurposeTx:
			return o, fault.In("purpose", "Only a profile of purpose TX_PROFILE belongs to a session: leave the session out, or change the purpose.")
		case session.Status != "RUNNING" && session.Status != "PENDING":
			return o, fault.New(fault.Conflict, "The session has already ended.")
		case evseNo != 0 && evseNo != session.EvseNo:
			return o, fault.In("evseNo", "The session runs on EVSE %d.", session.EvseNo)
		}
		o.Session, o.TransactionID, o.EvseNo = session.ID, session.OcppTransactionID, session.EvseNo
	}
	if p.Purpose == PurposeTx && session == nil {
		return o, fault.In("sessionId", "A profile of purpose TX_PROFILE is the limit of one running session: name it.")
	}
	return o, s.suitProfile(ctx, t, &o)
}

// suitProfile checks a profile against what the station says of itself, suits it to its make, and numbers it.
func (s *Service) suitProfile(ctx context.Context, t target, o *SetProfileOrder) error {
	if err := o.Profile.valid(t.version, o.EvseNo, s.now()); err != nil {
		return err
	}
	b, err := s.behaviourOf(ctx, t.Station)
	if err != nil {
		return err
	}
	able, err := s.abilities(ctx, t, o.EvseNo)
	if err != nil {
		return err
	}
	if o.Notes, err = able.suit(&o.Profile, b, s.now()); err != nil {
		return err
	}
	return s.numberProfile(ctx, t, o, able)
}

// numberProfile gives a profile the number of the one whose place it takes: a station holds one profile of a purpose and level
// at an EVSE at a time, and refuses another with a different number (OCPP 1.6 §5.16, OCPP 2.0.1 K01.FR.39).
func (s *Service) numberProfile(ctx context.Context, t target, o *SetProfileOrder, able *abilities) error {
	rows, err := s.db.Query(ctx, `
		select coalesce((select profile_id from charging_profiles where station_id = $1 and status in ('REQUESTED', 'INSTALLED') and source = 'CSO'
				and evse_no = $2 and purpose = $3 and stack_level = $4 and session_id is not distinct from $5
				and ($6 = '1.6' or tstzrange(valid_from, valid_to) && tstzrange($7, $8)) order by created_at desc limit 1), 0),
			(select count(*) from charging_profiles where station_id = $1 and status in ('REQUESTED', 'INSTALLED') and source = 'CSO')`,
		t.Station, o.EvseNo, o.Profile.Purpose, o.Profile.StackLevel, db.OrNull(o.Session), t.version, o.Profile.ValidFrom, o.Profile.ValidTo)
	if err != nil {
		return fmt.Errorf("look for the profile that is replaced: %w", err)
	}
	var known int64
	var installed int
	if _, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&known, &installed) }); err != nil {
		return fmt.Errorf("look for the profile that is replaced: %w", err)
	}
	switch {
	case o.Profile.ID == 0 && known == 0:
		if able.maxProfiles != nil && installed >= *able.maxProfiles {
			return fault.New(fault.Conflict, "The station holds %d profiles already, and takes no more: clear one first.", installed)
		}
		o.Profile.ID, err = s.requestID(ctx)
	case o.Profile.ID == 0:
		o.Profile.ID = known
	case known != 0 && known != o.Profile.ID:
		err = fault.In("profileNo", "Profile %d has the same purpose and level there: replace that one, clear it, or take another level.", known)
	}
	return err
}

// ClearChargingProfile clears one profile, or all that meet the conditions.
func (s *Service) ClearChargingProfile(ctx context.Context, station uuid.UUID, o ClearProfileOrder, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationCommand)
	if err != nil {
		return nil, err
	}
	switch {
	case t.version != "1.6" && o.ProfileID == nil && o.EvseNo == nil && o.Purpose == "" && o.StackLevel == nil:
		return nil, fault.In("profileNo", "In OCPP 2.x say what to clear: a profile's number, an EVSE, a purpose or a level.")
	case o.ProfileID != nil && (o.EvseNo != nil || o.Purpose != "" || o.StackLevel != nil):
		return nil, fault.In("profileNo", "Name a profile by its number, or by conditions, not both.")
	case o.Purpose == PurposeExternalConstraints:
		return nil, fault.In("purpose", "A limit that somebody else set is theirs to clear.")
	}
	return s.command(ctx, t, o, wait)
}

// ProfileQuery says which profiles a station is asked for; nil and empty are no condition.
type ProfileQuery struct {
	EvseNo     *int
	ProfileIDs []int
	Purpose    ProfilePurpose
	StackLevel *int
	Sources    []string
}

// ChargingProfiles asks a station which profiles it holds (OCPP 2.0.1 K09).
func (s *Service) ChargingProfiles(ctx context.Context, station uuid.UUID, q ProfileQuery, wait int) (*ent.Command, error) {
	everything := q.EvseNo == nil && len(q.ProfileIDs) == 0 && q.Purpose == "" && q.StackLevel == nil && len(q.Sources) == 0
	r, err := s.expecting(ctx, ReportOfProfiles, everything)
	if err != nil {
		return nil, err
	}
	return s.Order(ctx, station, MessageOrder{
		reporting: r, Action: "GetChargingProfiles",
		Payload: fields{
			"requestId": r.RequestID,
			"chargingProfile": fields{}.put("chargingProfileId", q.ProfileIDs).put("chargingProfilePurpose", ocppPurpose[q.Purpose]).
				put("stackLevel", q.StackLevel).put("chargingLimitSource", q.Sources),
		}.put("evseId", q.EvseNo),
	}, wait)
}

// ocppPurpose is how OCPP 2.x writes a purpose.
var ocppPurpose = map[ProfilePurpose]string{
	PurposeStationMax: "ChargingStationMaxProfile", PurposeTxDefault: "TxDefaultProfile", PurposeTx: "TxProfile",
	PurposeExternalConstraints: "ChargingStationExternalConstraints", PurposePriorityCharging: "PriorityCharging", PurposeLocalGeneration: "LocalGeneration",
}

// maxComposite bounds for how long a station reckons its limit ahead.
const maxComposite = 7 * 24 * time.Hour

// CompositeSchedule asks a station for the limit that comes of all its profiles together.
func (s *Service) CompositeSchedule(ctx context.Context, station uuid.UUID, o CompositeScheduleOrder, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationCommand)
	if err != nil {
		return nil, err
	}
	if o.DurationS < 1 || o.DurationS > int64(maxComposite.Seconds()) {
		return nil, fault.In("durationS", "Ask for between 1 and %d seconds.", int64(maxComposite.Seconds()))
	}
	b, err := s.behaviourOf(ctx, t.Station)
	if err != nil {
		return nil, err
	}
	if quirks.Is(b.NoCompositeSchedule) {
		return nil, fault.New(fault.Conflict, "What this make of station answers about its composite schedule can't be used. Look at its charging profiles instead.")
	}
	return s.command(ctx, t, o, wait)
}

// UpdateDynamicSchedule changes the limits of a dynamic profile that a station holds. What isn't set stays as it is.
func (s *Service) UpdateDynamicSchedule(ctx context.Context, station uuid.UUID, o DynamicScheduleOrder, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationCommand)
	if err != nil {
		return nil, err
	}
	if o.Limits == (DynamicLimits{}) {
		return nil, fault.In("limit", "Say which limit to change.")
	}
	found, err := s.db.Query(ctx, `select kind from charging_profiles where station_id = $1 and profile_id = $2 and status in ('REQUESTED', 'INSTALLED')`, station, o.ProfileID)
	if err != nil {
		return nil, fmt.Errorf("look for the dynamic profile: %w", err)
	}
	kinds, err := pgx.CollectRows(found, pgx.RowTo[string])
	switch {
	case err != nil:
		return nil, fmt.Errorf("look for the dynamic profile: %w", err)
	case len(kinds) == 0:
		return nil, fault.In("profileNo", "The station has no profile %d, as far as is known: set it first, or ask the station for its profiles.", o.ProfileID)
	case kinds[0] != "DYNAMIC":
		return nil, fault.In("profileNo", "Profile %d isn't a dynamic one: set it anew with other limits.", o.ProfileID)
	}
	return s.command(ctx, t, o, wait)
}

// UsePriorityCharging gives a session priority, or takes it back (OCPP 2.1 K22).
func (s *Service) UsePriorityCharging(ctx context.Context, session uuid.UUID, activate bool, wait int) (*ent.Command, error) {
	return s.ofSession(ctx, session, tenancy.StationCommand, func(_ target, session *ent.ChargingSession) (Order, error) {
		return MessageOrder{
			Action: "UsePriorityCharging", Payload: fields{"transactionId": session.OcppTransactionID, "activate": activate}, Session: session.ID,
		}, nil
	}, wait)
}
