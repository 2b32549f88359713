package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Order is a command before it is written in a version of OCPP.
type Order interface {
	// session is the session that the order is about, or nil.
	session() uuid.UUID
	// permission is what whoever gives the order must hold.
	permission() tenancy.Permission
}

// batched is an order that takes several calls, which are made one after the other.
type batched interface{ parts() []Order }

// recorded is an order that leaves a record of its own, a reservation for one. It is written with the command, before the
// station is asked, so that whatever the station sends finds it.
type recorded interface {
	record(ctx context.Context, tx *db.Tx, r recording) error
}

// settled is an order whose record learns how the command ended.
type settled interface {
	settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error
}

// explained is an order whose result says more than the station answers.
type explained interface{ explain(end *commandEnd) }

// repeatable is an order that may be given once more, otherwise, after the station's answer; nil leaves it at that.
type repeatable interface {
	second(ctx context.Context, s *Service, t target, end *commandEnd) Order
}

// recording is the command that a record belongs to.
type recording struct {
	target
	command uuid.UUID
	at      time.Time
}

// about gives an order no session, and needs no more than the right to give commands.
type about struct{}

func (about) session() uuid.UUID             { return uuid.Nil }
func (about) permission() tenancy.Permission { return tenancy.StationCommand }

// configures is an order that changes how a station works.
type configures struct{ about }

func (configures) permission() tenancy.Permission { return tenancy.StationConfigure }

// The orders that can be given to a station. EvseNo 0 is the station as a whole, or leaves the choice to it.
type (
	RemoteStartOrder struct {
		about
		EvseNo, ConnectorNo int
		IDTag               string
		// TokenType is the type of the token as Busbar names it; OCPP 1.6 has none.
		TokenType string
		// Profile is the limit of the session, if any. With ProfileLater it isn't part of the call but sent once the session has begun.
		Profile      *ChargingProfile
		ProfileLater bool
		notes        []string
	}
	RemoteStopOrder struct {
		about
		Session       uuid.UUID
		TransactionID string
	}
	ResetOrder struct {
		about
		Type   string
		EvseNo int
	}
	AvailabilityOrder struct {
		about
		EvseNo, ConnectorNo int
		Operative           bool
	}
	UnlockOrder struct {
		about
		EvseNo, ConnectorNo int
	}
	TriggerOrder struct {
		about
		Message             string
		EvseNo, ConnectorNo int
		// Custom names a message of the maker's own, where Message is CUSTOM (OCPP 2.1).
		Custom string
		// Extended asks with the security extension of OCPP 1.6 also for what the plain call knows.
		Extended bool
	}
	ClearCacheOrder       struct{ about }
	GetConfigurationOrder struct {
		about
		Keys []string
	}
	ChangeConfigurationOrder struct {
		configures
		Key, Value string
	}
	DataTransferOrder struct {
		configures
		VendorID, MessageID, Data string
	}
	// RawOrder is a call as it stands, of whatever action the version has; with Force, of any.
	RawOrder struct {
		about
		Action  string
		Payload json.RawMessage
		Force   bool
	}
)

func (o RemoteStopOrder) session() uuid.UUID { return o.Session }

func (RawOrder) permission() tenancy.Permission { return tenancy.StationRaw }

// Order sends an order to a station and waits up to wait seconds for its outcome.
func (s *Service) Order(ctx context.Context, station uuid.UUID, order Order, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, order.permission())
	if err != nil && (!errors.Is(err, errPending) && !errors.Is(err, errRenewalOnly) || !beforeOnboarding(order)) {
		return nil, err
	}
	if raw, ok := order.(RawOrder); ok && strings.EqualFold(raw.Action, "DeleteCertificate") {
		// What needs a second person needs one whichever way it is asked for.
		var r struct {
			Hash CertificateHash `json:"certificateHashData"`
		}
		if err := json.Unmarshal(raw.Payload, &r); err == nil {
			if err := s.expendable(ctx, t, r.Hash, true); err != nil {
				return nil, err
			}
		}
	}
	if order, err = s.suited(ctx, t, order); err != nil {
		return nil, err
	}
	if order, err = s.completed(ctx, t, order); err != nil {
		return nil, err
	}
	return s.command(ctx, t, order, wait)
}

// RemoteStart is a start that somebody asks for. It names a token, or an idTag where the network is free to use.
type RemoteStart struct {
	EvseNo, ConnectorNo int
	Token               uuid.UUID
	IDTag               string
	// Profile limits the session; nil is no limit.
	Profile *ChargingProfile
}

// RemoteStart starts a session. The token is checked before the station is asked.
func (s *Service) RemoteStart(ctx context.Context, station uuid.UUID, r RemoteStart, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationCommand)
	if err != nil {
		return nil, err
	}
	if (r.Token == uuid.Nil) == (r.IDTag == "") {
		return nil, fault.In("idTag", "Name either a token or an idTag, not both and not neither.")
	}
	tag, tokenType, err := s.startTag(ctx, t, r.Token, r.IDTag)
	if err != nil {
		return nil, err
	}
	if r.EvseNo > 0 {
		if err := s.connectorFree(ctx, t, r.EvseNo, max(1, r.ConnectorNo)); err != nil {
			return nil, err
		}
	}
	if err := s.affordable(ctx, t, r, tag); err != nil {
		return nil, err
	}
	start := RemoteStartOrder{EvseNo: r.EvseNo, ConnectorNo: r.ConnectorNo, IDTag: tag, TokenType: tokenType}
	if err := s.limitStart(ctx, t, &start, r.Profile); err != nil {
		return nil, err
	}
	order, err := s.suited(ctx, t, start)
	if err != nil {
		return nil, err
	}
	return s.command(ctx, t, order, wait)
}

// startTag checks the token before the station is asked, so that the reason reaches whoever asks.
func (s *Service) startTag(ctx context.Context, t target, tokenID uuid.UUID, idTag string) (tag, tokenType string, err error) {
	rows, err := s.db.Query(ctx, `
		select t.id_tag, t.type, t.status, coalesce(d.status, ''), t.valid_until is not null and t.valid_until <= $4, coalesce(t.network_id = $3, true)
		from tokens t left join drivers d on d.tenant_id = t.tenant_id and d.id = t.driver_id
		where t.id = $1 or ($1 is null and upper(t.id_tag) = upper($2))`, db.OrNull(tokenID), idTag, t.Network, s.now())
	if err != nil {
		return "", "", fmt.Errorf("look up the token: %w", err)
	}
	var status, driver string
	var expired, here bool
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) {
		return nil, row.Scan(&tag, &tokenType, &status, &driver, &expired, &here)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows) && tokenID != uuid.Nil, err == nil && !here:
		return "", "", fault.Missing("token")
	case errors.Is(err, pgx.ErrNoRows):
		tag, err = s.openTag(ctx, t, idTag)
		return tag, "", err
	case err != nil:
		return "", "", fmt.Errorf("look up the token: %w", err)
	case status == "BLOCKED":
		return "", "", fault.New(fault.Conflict, "The token is blocked: unblock it, or use another one.")
	case driver == "BLOCKED":
		return "", "", fault.New(fault.Conflict, "The token's driver is blocked: unblock them, or use another token.")
	case expired:
		return "", "", fault.New(fault.Conflict, "The token has expired: extend it, or use another one.")
	case len(tag) > longestTag[t.version]:
		return "", "", fault.In("tokenId", "The token has %d characters, and a station of OCPP %s takes at most %d: use another one.", len(tag), t.version, longestTag[t.version])
	}
	return tag, tokenType, nil
}

// longestTag is how long a token may be in each version (OCPP 1.6 §7.27, OCPP 2.0.1 Part 2 §2.28).
var longestTag = map[string]int{"1.6": 20, "2.0.1": 36, "2.1": 255}

// openTag lets an unregistered idTag pass where the network is free to use.
func (s *Service) openTag(ctx context.Context, t target, idTag string) (string, error) {
	if cleanTag(idTag) != idTag || len(idTag) > longestTag[t.version] {
		return "", fault.In("idTag", "An idTag has at most %d characters in OCPP %s, and no control characters.", longestTag[t.version], t.version)
	}
	network, err := s.db.Ent().Network.Get(ctx, t.Network)
	if err != nil {
		return "", fmt.Errorf("load the station's network: %w", err)
	}
	if !network.AcceptUnknownTokens {
		return "", fault.In("idTag", "No token %q is registered, and the station's network takes only registered ones.", fault.Printable(idTag))
	}
	return idTag, nil
}

// connectorFree refuses what the station would refuse, and says why. "Finishing" is worth an explanation: the cable must come
// out first.
func (s *Service) connectorFree(ctx context.Context, t target, evseNo, connectorNo int) error {
	rows, err := s.db.Query(ctx, "select coalesce(status, '') from connectors where station_id = $1 and evse_no = $2 and connector_no = $3",
		t.Station, evseNo, connectorNo)
	if err != nil {
		return fmt.Errorf("look at the connector: %w", err)
	}
	status, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.In("evseNo", "The station has no EVSE %d with a connector %d.", evseNo, connectorNo)
	}
	if err != nil {
		return fmt.Errorf("look at the connector: %w", err)
	}
	switch status {
	case "CHARGING", "SUSPENDED_EV", "SUSPENDED_EVSE":
		return fault.New(fault.Conflict, "A session is running on this connector: stop it first.")
	case "FAULTED":
		return fault.New(fault.Conflict, "The connector reports a fault and can't start a session.")
	case "UNAVAILABLE":
		return fault.New(fault.Conflict, "The connector is out of service: make it operative first.")
	case "FINISHING":
		return fault.New(fault.Conflict, "The last session has ended but the cable is still in: it must be unplugged before the next start.")
	}
	return nil
}

// RemoteStop asks the station to end a session.
func (s *Service) RemoteStop(ctx context.Context, session uuid.UUID, wait int) (*ent.Command, error) {
	found, err := s.db.Ent().ChargingSession.Get(ctx, session)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("session")
	}
	if err != nil {
		return nil, fmt.Errorf("load the session: %w", err)
	}
	t, err := s.target(ctx, found.StationID, tenancy.StationCommand)
	if err != nil {
		return nil, err
	}
	if found.Status != "RUNNING" && found.Status != "PENDING" {
		return nil, fault.New(fault.Conflict, "The session has already ended.")
	}
	return s.command(ctx, t, RemoteStopOrder{Session: session, TransactionID: found.OcppTransactionID}, wait)
}
