package charging

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/quirks"
)

// suited makes of an order one that the station takes, as far as its behaviour is known, or says why it would not do.
func (s *Service) suited(ctx context.Context, t target, order Order) (Order, error) {
	switch order.(type) {
	case GetConfigurationOrder, ChangeConfigurationOrder, GetVariablesOrder, SetVariablesOrder, TriggerOrder, RemoteStartOrder:
	default:
		return order, nil
	}
	b, err := s.behaviourOf(ctx, t.Station)
	if err != nil {
		return nil, err
	}
	switch o := order.(type) {
	case GetConfigurationOrder:
		keys := make([]string, len(o.Keys))
		for i, key := range o.Keys {
			keys[i] = b.StationKey(key)
		}
		o.Keys = keys
		return o, nil
	case ChangeConfigurationOrder:
		o.Key, o.Value, err = b.Setting(o.Key, o.Value)
		return o, err
	case GetVariablesOrder:
		return o.Spelled(&b), nil
	case SetVariablesOrder:
		settings := make([]VariableSetting, len(o.Settings))
		for i, setting := range o.Settings {
			var name string
			if name, setting.Value, err = b.Setting(setting.String(), setting.Value); err != nil {
				return nil, err
			}
			settings[i] = VariableSetting{setting.named(name), setting.Value}
		}
		o.Settings = settings
		return o, nil
	case TriggerOrder:
		if o.Message == "BOOT_NOTIFICATION" && quirks.Is(b.NoBootTrigger) {
			return nil, fault.New(fault.Conflict, "This make of station dies when it is asked for its boot. Restart it with a reset instead.")
		}
	case RemoteStartOrder:
		return o, s.unplugged(ctx, t, o, b)
	}
	return order, nil
}

// Spelled is the order under the names that the station knows.
func (o GetVariablesOrder) Spelled(b *quirks.Behaviour) GetVariablesOrder {
	keys := make([]VariableKey, len(o.Variables))
	for i, key := range o.Variables {
		keys[i] = key.named(b.StationKey(key.String()))
	}
	o.Variables = keys
	return o
}

// named is the key under another name, which in OCPP 2.x has a component before it.
func (k VariableKey) named(name string) VariableKey {
	if k.Component == "" {
		k.Name = name
	} else if component, variable, ok := strings.Cut(name, "."); ok {
		k.Component, k.Name = component, variable
	}
	return k
}

// unplugged refuses a start that the station would refuse because the cable of the last session is still in. A station that has
// no word for that says Occupied since before the session ended.
func (s *Service) unplugged(ctx context.Context, t target, o RemoteStartOrder, b quirks.Behaviour) error {
	if !quirks.Is(b.NoStartWhileFinishing) || o.EvseNo == 0 {
		return nil
	}
	rows, err := s.db.Query(ctx, `select exists (select from connectors c join charging_sessions s on s.station_id = c.station_id and s.evse_no = c.evse_no
		where c.station_id = $1 and c.evse_no = $2 and c.connector_no = $3
			and (c.status = 'FINISHING' or c.status = 'OCCUPIED' and s.status = 'COMPLETED' and s.stopped_at >= c.status_at))`,
		t.Station, o.EvseNo, max(1, o.ConnectorNo))
	if err != nil {
		return fmt.Errorf("look whether the cable is still in: %w", err)
	}
	plugged, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
	if err != nil {
		return fmt.Errorf("look whether the cable is still in: %w", err)
	}
	if plugged {
		return fault.New(fault.Conflict, "The last session has ended but the cable is still in, and this make of station refuses a start until it was unplugged.")
	}
	return nil
}

// forgive counts a refusal as done where the station refuses an availability that it already has.
func (s *Service) forgive(ctx context.Context, t target, order Order, end *commandEnd) {
	o, ok := order.(AvailabilityOrder)
	if !ok || end.status != "REJECTED" {
		return
	}
	b, err := s.behaviourOf(ctx, t.Station)
	if err == nil && quirks.Is(b.RefusesRepeatedAvailability) {
		var has bool
		if has, err = s.hasAvailability(ctx, t, o); has {
			end.status, end.message, end.outcome.Accepted = "ACCEPTED", "", true
		}
	}
	if err != nil {
		s.logger.Warn("a refusal counts as one, because it can't be seen whether the station has what it was asked for", "station", t.identity, "error", err)
	}
}

// hasAvailability reports whether every connector that an order is about says that it already is as the order wants it.
func (s *Service) hasAvailability(ctx context.Context, t target, o AvailabilityOrder) (bool, error) {
	rows, err := s.db.Query(ctx, `select coalesce(bool_and(status is not null and (status <> 'UNAVAILABLE') = $4), false) from connectors
		where station_id = $1 and ($2 = 0 or evse_no = $2) and ($3 = 0 or connector_no = $3)`, t.Station, o.EvseNo, o.ConnectorNo, o.Operative)
	if err != nil {
		return false, fmt.Errorf("look at the station's connectors: %w", err)
	}
	has, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
	if err != nil {
		return false, fmt.Errorf("look at the station's connectors: %w", err)
	}
	return has, nil
}
