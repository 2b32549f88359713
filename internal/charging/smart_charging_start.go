package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/quirks"
)

// The limit that a remote start brings: it becomes the session's profile when the session begins.

// limitStart makes a limit part of a remote start, or, for makes that refuse such a start, has it sent afterwards.
func (s *Service) limitStart(ctx context.Context, t target, start *RemoteStartOrder, p *ChargingProfile) error {
	if p == nil {
		return nil
	}
	if p.Purpose != PurposeTx {
		return fault.In("purpose", "The limit of the session that is started is a profile of purpose TX_PROFILE.")
	}
	o := SetProfileOrder{EvseNo: start.EvseNo, Profile: *p}
	if err := s.suitProfile(ctx, t, &o); err != nil {
		return err
	}
	b, err := s.behaviourOf(ctx, t.Station)
	if err != nil {
		return err
	}
	if start.Profile, start.notes = &o.Profile, o.Notes; quirks.Is(b.NoProfileInRemoteStart) {
		start.ProfileLater = true
		start.notes = append(start.notes, "This make of station refuses a start with a profile: it is sent once the session has begun.")
	}
	return nil
}

func (o RemoteStartOrder) record(ctx context.Context, tx *db.Tx, r recording) error {
	if o.Profile == nil {
		return nil
	}
	return SetProfileOrder{EvseNo: o.EvseNo, Profile: *o.Profile}.record(ctx, tx, r)
}

func (o RemoteStartOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	if o.Profile == nil || !end.ineffective() {
		return nil
	}
	return refuseProfile(ctx, tx, r)
}

func (o RemoteStartOrder) explain(end *commandEnd) {
	if o.Profile != nil {
		end.outcome.Results = []any{Single{ProfileResult{ProfileNo: o.Profile.ID, Notes: o.notes}}}
	}
}

// startTime is how long a station may take from a remote start to the session, with a driver who has to plug in first.
const startTime = time.Hour

// ExpireProfiles ends the profiles of remote starts that no session came of. Periodic work calls it for each tenant.
func (s *Service) ExpireProfiles(ctx context.Context) (int, error) {
	n, err := s.db.Exec(ctx, `update charging_profiles set status = 'CLEARED', updated_at = $3
		where purpose = $1 and session_id is null and status = 'REQUESTED' and created_at < $2`, PurposeTx, s.now().Add(-startTime), s.now())
	if err != nil {
		return 0, fmt.Errorf("end the profiles of starts that came to nothing: %w", err)
	}
	return int(n), nil
}

// startProfile gives the profile that came with a remote start to the session that the start brought about. One that was no part
// of the start is returned: it is to be sent now.
func (l *Link) startProfile(ctx context.Context, tx *db.Tx, command, session uuid.UUID) (*SetProfileOrder, error) {
	var sent bool
	var schedules []byte
	o := SetProfileOrder{Session: session, Profile: ChargingProfile{Purpose: PurposeTx}}
	p := &o.Profile
	err := tx.QueryRow(ctx, `
		update charging_profiles p set session_id = $2, evse_no = s.evse_no, updated_at = now(),
			status = case when c.request::jsonb ? 'chargingProfile' then 'INSTALLED' else 'REQUESTED' end
		from commands c, charging_sessions s where c.id = $1 and s.id = $2 and p.command_id = c.id and p.session_id is null and p.status = 'REQUESTED'
		returning c.request::jsonb ? 'chargingProfile', p.profile_id, p.stack_level, p.kind, p.recurrency, p.valid_from, p.valid_to, p.schedules`,
		command, session).Scan(&sent, &p.ID, &p.StackLevel, &p.Kind, &p.Recurrency, &p.ValidFrom, &p.ValidTo, &schedules)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && sent {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("give the session the profile of its remote start: %w", err)
	}
	if err := json.Unmarshal(schedules, &p.Schedules); err != nil {
		return nil, fmt.Errorf("read the profile of the remote start: %w", err)
	}
	return &o, nil
}

// owe has a profile sent to the station once the answer to its message has left: only then does it know the session's id.
func (l *Link) owe(o *SetProfileOrder, evseNo int, transactionID string) {
	if o == nil {
		return
	}
	o.EvseNo, o.TransactionID = evseNo, transactionID
	l.owed = append(l.owed, func(ctx context.Context) error {
		_, err := l.service.command(ctx, l.target(), *o, 0)
		return err
	})
}

// PayOff gives the station what is owed to it. The connection calls it when an answer has left.
func (l *Link) PayOff(ctx context.Context) {
	for _, give := range l.owed {
		if err := give(l.context(ctx)); err != nil {
			l.service.logger.Warn("a limit that follows from a station's message can't be sent", "station", l.Identity, "error", err)
		}
	}
	l.owed = l.owed[:0]
}

// target is the station of the link.
func (l *Link) target() target {
	return target{Address: Address{Origin: l.Origin, Node: l.service.config.Node}, identity: l.Identity, version: l.Version}
}
