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
	"github.com/busbar-ev/busbar/tenancy"
)

// MessageOrder is a call that only OCPP 2.x has, in the words of 2.x: monitors, display messages, network profiles, tariffs on
// the station, controls of the grid. It must be what the station's version allows.
type MessageOrder struct {
	reporting
	Action  string
	Payload any
	Session uuid.UUID
	// Writes is set where the call changes how the station works.
	Writes bool
	// Kind is what the station holds for us once it has accepted: it holds Puts, and Drops no more. An empty key is all of them.
	Kind  SettingKind
	Puts  []Setting
	Drops []string
	// Keyed are the settings instead of Puts where the station names them, or accepts some and refuses others.
	Keyed func(results []any) (puts []Setting, drops []string)
}

// The kinds of settings that stations don't report.
const (
	SettingTariff         SettingKind = "TARIFF"
	SettingNetworkProfile SettingKind = "NETWORK_PROFILE"
)

func (o MessageOrder) session() uuid.UUID { return o.Session }

func (o MessageOrder) permission() tenancy.Permission {
	if o.Writes {
		return tenancy.StationConfigure
	}
	return tenancy.StationCommand
}

// settle keeps what the station holds from now on.
func (o MessageOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	if err := o.reporting.settle(ctx, tx, r, end); err != nil {
		return err
	}
	puts, drops := o.Puts, o.Drops
	if o.Keyed != nil {
		puts, drops = o.Keyed(end.outcome.Results)
	} else if !end.accepted() {
		return nil
	}
	var batch pgx.Batch
	for _, key := range drops {
		batch.Queue("delete from station_settings where station_id = $1 and kind = $2 and ($3 = '' or key = $3)", r.Station, o.Kind, key)
	}
	queueSettings(&batch, r.Origin, o.Kind, puts, r.at)
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("keep what the station holds: %w", err)
	}
	return nil
}

// fields is a payload in the making. What is empty is left out.
type fields map[string]any

func (f fields) put(name string, value any) fields {
	switch v := value.(type) {
	case nil:
	case string:
		if v != "" {
			f[name] = v
		}
	case int:
		if v != 0 {
			f[name] = v
		}
	case *int:
		if v != nil {
			f[name] = *v
		}
	case *bool:
		if v != nil {
			f[name] = *v
		}
	case time.Time:
		if !v.IsZero() {
			f[name] = v.UTC().Format(time.RFC3339)
		}
	case *time.Time:
		if v != nil {
			f[name] = v.UTC().Format(time.RFC3339)
		}
	case []string:
		if len(v) > 0 {
			f[name] = v
		}
	case []int:
		if len(v) > 0 {
			f[name] = v
		}
	case fields:
		if len(v) > 0 {
			f[name] = v
		}
	case []fields:
		if len(v) > 0 {
			f[name] = v
		}
	case json.RawMessage:
		if len(v) > 0 && string(v) != "null" {
			f[name] = v
		}
	default:
		f[name] = value
	}
	return f
}

func (f fields) json() []byte {
	text, _ := json.Marshal(f) // it has nothing in it that doesn't marshal
	return text
}

func (k VariableKey) component() fields {
	f := fields{"name": k.Component}.put("instance", k.ComponentInstance)
	if k.EvseNo > 0 {
		f["evse"] = fields{"id": k.EvseNo}.put("connectorId", k.ConnectorNo)
	}
	return f
}

func (k VariableKey) variable() fields { return fields{"name": k.Name}.put("instance", k.Instance) }

// ofSession gives an order that is about a session to its station.
func (s *Service) ofSession(ctx context.Context, id uuid.UUID, p tenancy.Permission, order func(t target, session *ent.ChargingSession) (Order, error), wait int) (*ent.Command, error) {
	found, err := s.db.Ent().ChargingSession.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("session")
	}
	if err != nil {
		return nil, fmt.Errorf("load the session: %w", err)
	}
	t, err := s.target(ctx, found.StationID, p)
	if err != nil {
		return nil, err
	}
	o, err := order(t, found)
	if err != nil {
		return nil, err
	}
	return s.command(ctx, t, o, wait)
}
