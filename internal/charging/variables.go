package charging

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
)

// VariableKey names one attribute of one variable of a station. A configuration key of OCPP 1.6 is a variable without a
// component.
type VariableKey struct {
	Component, ComponentInstance string
	EvseNo, ConnectorNo          int
	Name, Instance               string
	// Attribute is Actual, Target, MinSet or MaxSet; empty is Actual.
	Attribute string
}

// Mutability says who may read and write a variable.
type Mutability string

// The mutabilities (OCPP 2.0.1 Part 2 §3.58).
const (
	ReadOnly  Mutability = "READ_ONLY"
	WriteOnly Mutability = "WRITE_ONLY"
	ReadWrite Mutability = "READ_WRITE"
)

// Variable is one setting that a station reported.
type Variable struct {
	VariableKey
	Value string
	// Reported tells what the station said from what it was told: only then are the characteristics known.
	Reported   bool
	Mutability Mutability
	// Type is empty where the station doesn't say.
	Type                 string
	Unit                 string
	Min, Max             *float64
	Values               []string
	Persistent, Constant bool
	SupportsMonitoring   bool
	// RebootRequired is set for a change that takes effect at the next boot.
	RebootRequired bool
}

const storeVariable = `
	insert into station_variables (id, tenant_id, network_id, station_id, component, component_instance, evse_no, connector_no, variable, instance, attribute,
		value, mutability, data_type, unit, min_limit, max_limit, values_list, persistent, constant, supports_monitoring, reboot_required, reported_at)
	select $1, $2, s.network_id, s.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22 from stations s where s.id = $3
	on conflict (station_id, component, component_instance, evse_no, connector_no, variable, instance, attribute) do update set
		value = excluded.value, reboot_required = excluded.reboot_required, reported_at = excluded.reported_at`

const storeCharacteristics = `, mutability = excluded.mutability, data_type = excluded.data_type, unit = excluded.unit, min_limit = excluded.min_limit,
	max_limit = excluded.max_limit, values_list = excluded.values_list, persistent = excluded.persistent, constant = excluded.constant,
	supports_monitoring = excluded.supports_monitoring`

// queueVariables adds the statements that keep a station's settings to a batch.
func queueVariables(batch *pgx.Batch, o journal.Origin, variables []Variable, at time.Time) {
	for _, v := range variables {
		if v.Attribute == "" {
			v.Attribute = "Actual"
		}
		if isSecret(v.Name) && v.Value != "" {
			v.Value = redacted
		}
		if v.Mutability == "" {
			v.Mutability = ReadWrite
		}
		var values []byte
		if len(v.Values) > 0 {
			values, _ = json.Marshal(v.Values) // a list of strings always marshals
		}
		var dataType *string
		if v.Type != "" {
			dataType = &v.Type
		}
		statement := storeVariable
		if v.Reported {
			statement += storeCharacteristics
		}
		batch.Queue(statement, journal.NewID(), o.Tenant, o.Station, clip(v.Component, 64), clip(v.ComponentInstance, 64), v.EvseNo, v.ConnectorNo,
			clip(v.Name, 128), clip(v.Instance, 64), clip(v.Attribute, 16), clip(v.Value, 8192), v.Mutability, dataType, clip(v.Unit, 16), v.Min, v.Max,
			values, v.Persistent, v.Constant, v.SupportsMonitoring, v.RebootRequired, at)
	}
}

// StoreInventory keeps a station's settings. A complete inventory replaces what was known before.
func (s *Service) StoreInventory(ctx context.Context, o journal.Origin, variables []Variable, complete bool) error {
	at := s.now()
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var batch pgx.Batch
		queueVariables(&batch, o, variables, at)
		if complete {
			queueReplaced(&batch, o, at, at)
		}
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return fmt.Errorf("store the station's settings: %w", err)
		}
		return nil
	})
	if err == nil {
		s.publish(ctx, o, EventStation, Event{})
	}
	return err
}

// queueReplaced drops the variables that a complete inventory, begun at a time, no longer has.
func queueReplaced(batch *pgx.Batch, o journal.Origin, begun, at time.Time) {
	batch.Queue("delete from station_variables where station_id = $1 and reported_at < $2", o.Station, begun)
	batch.Queue("update stations set inventory_at = $2 where id = $1", o.Station, at)
}

// Inventoried keeps the settings a station reported after its boot.
func (l *Link) Inventoried(ctx context.Context, variables []Variable) error {
	return l.service.StoreInventory(l.context(ctx), l.Origin, variables, true)
}

// ExpectInventory notes that a report of everything was asked for, so that it replaces what was known before.
func (l *Link) ExpectInventory(requestID int64) { l.expected.Store(requestID) }

// Inventory is signalled when a report of everything has come.
func (l *Link) Inventory() <-chan struct{} { return l.inventory }

// ReportVariables keeps a part of a report of a station's variables.
func (l *Link) ReportVariables(ctx context.Context, p ReportPart, variables []Variable, rows Rows[struct{}]) error {
	whole, err := l.reportPart(ctx, ReportOfVariables, p, rows, func(batch *pgx.Batch, at time.Time) {
		queueVariables(batch, l.Origin, variables, at)
	})
	if err == nil && whole {
		select {
		case l.inventory <- struct{}{}:
		default:
		}
	}
	return err
}
