package charging

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// SessionLimits are what a session may take at most (OCPP 2.1 E16). Nil is no limit.
type SessionLimits struct {
	MaxCost     json.Number `json:"maxCost,omitempty"`
	MaxEnergyWh json.Number `json:"maxEnergyWh,omitempty"`
	MaxTimeS    *int64      `json:"maxTimeS,omitempty"`
	MaxSoC      *int64      `json:"maxSoC,omitempty"`
}

// LimitOrder asks the station for an event of a session, whose answer tells it the session's limits. Only OCPP 2.1 has them.
type LimitOrder struct {
	about
	Session uuid.UUID
	EvseNo  int
	limits  SessionLimits
}

func (o LimitOrder) session() uuid.UUID { return o.Session }

// parts is what the station is asked for. It learns the limits with the answer to what it sends then.
func (o LimitOrder) parts() []Order {
	return []Order{TriggerOrder{Message: "TRANSACTION_EVENT", EvseNo: o.EvseNo}}
}

func (o LimitOrder) record(ctx context.Context, tx *db.Tx, r recording) error {
	limits, err := json.Marshal(o.limits)
	if err != nil {
		return fmt.Errorf("write the session's limits: %w", err)
	}
	if _, err := tx.Exec(ctx, "update charging_sessions set limits = nullif($2::jsonb, '{}') where id = $1", o.Session, limits); err != nil {
		return fmt.Errorf("keep the session's limits: %w", err)
	}
	return nil
}

// SetLimits sets what a running session may take at most.
func (s *Service) SetLimits(ctx context.Context, session uuid.UUID, limits SessionLimits, wait int) (*ent.Command, error) {
	return s.ofSession(ctx, session, tenancy.StationCommand, func(t target, session *ent.ChargingSession) (Order, error) {
		if t.version != "2.1" {
			return nil, fault.New(fault.Invalid, "OCPP %s has no limits of a session: they came with 2.1.", t.version)
		}
		if session.Status != "RUNNING" && session.Status != "PENDING" {
			return nil, fault.New(fault.Conflict, "The session has already ended.")
		}
		for field, text := range map[string]*json.Number{"maxCost": &limits.MaxCost, "maxEnergyWh": &limits.MaxEnergyWh} {
			if *text == "" {
				continue
			}
			n, err := exact(string(*text))
			if f, _ := n.Float64(); err != nil || f <= 0 {
				return nil, fault.In(field, "%q is not a number above 0.", fault.Printable(string(*text)))
			}
			*text = n
		}
		if limits.MaxTimeS != nil && *limits.MaxTimeS <= 0 {
			return nil, fault.In("maxTimeS", "The time is a number of seconds above 0.")
		}
		if limits.MaxSoC != nil && (*limits.MaxSoC < 1 || *limits.MaxSoC > 100) {
			return nil, fault.In("maxSoC", "The state of charge is 1 to 100 %%.")
		}
		return LimitOrder{Session: session.ID, EvseNo: session.EvseNo, limits: limits}, nil
	}, wait)
}

// reckon keeps what an event says of limits and cost, and finds what the station is to be told of them.
func (l *Link) reckon(ctx context.Context, tx *db.Tx, session uuid.UUID, r TransactionReport, answer *TransactionAnswer) error {
	if r.Limits != nil || r.Cost != nil {
		var limits []byte
		if r.Limits != nil {
			limits, _ = json.Marshal(r.Limits) // numbers always marshal
		}
		_, err := tx.Exec(ctx, "update charging_sessions set limits = coalesce($2, limits), station_cost = coalesce($3, station_cost) where id = $1", session, limits, r.Cost)
		if err != nil {
			return fmt.Errorf("keep the session's limits and cost: %w", err)
		}
	}
	if l.Version == "2.1" && r.Step != TransactionEnded {
		var text []byte
		if err := tx.QueryRow(ctx, "select limits from charging_sessions where id = $1", session).Scan(&text); err != nil {
			return fmt.Errorf("load the session's limits: %w", err)
		}
		if text != nil {
			answer.Limits = &SessionLimits{}
			if err := json.Unmarshal(text, answer.Limits); err != nil {
				return fmt.Errorf("read the session's limits: %w", err)
			}
		}
	}
	if l.service.config.Cost == nil {
		return nil
	}
	var err error
	if answer.Cost, err = l.service.config.Cost(ctx, tx, session); err != nil {
		return fmt.Errorf("reckon what the session costs: %w", err)
	}
	return nil
}
