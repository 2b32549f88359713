package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"github.com/google/uuid"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/tenancy"
)

// ChargingSession is one transaction of a station: from the start it reported to the stop.
type ChargingSession struct{ ent.Schema }

// Mixin of the ChargingSession.
func (ChargingSession) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the ChargingSession.
func (ChargingSession) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("connector_id", uuid.UUID{}).Optional().Nillable(),
		field.UUID("location_id", uuid.UUID{}).Optional().Nillable(),
		field.UUID("token_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.UUID("command_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.Int("evse_no"),
		field.Int("connector_no"),
		field.String("ocpp_transaction_id").
			Comment("The transaction id as the station's protocol states it: a number in 1.6, a text in 2.x."),
		field.String("id_tag").Default(""),
		field.Time("started_at").Annotations(entgql.OrderField("STARTED_AT")),
		field.Time("start_received_at").Annotations(unfiltered()),
		field.Time("stopped_at").Optional().Nillable(),
		field.Time("stop_received_at").Optional().Nillable().Annotations(unfiltered()),
		wattHours("meter_start_wh"),
		wattHours("meter_stop_wh"),
		wattHours("energy_wh"),
		field.Float("power_w").Optional().Nillable().Annotations(unfiltered()),
		field.Float("soc").Optional().Nillable().Annotations(unfiltered()),
		field.Time("last_sample_at").Optional().Nillable().Annotations(unfiltered()),
		field.Enum("status").Values("PENDING", "RUNNING", "STOPPED", "COMPLETED", "BILLING_FAILED", "NEEDS_REVIEW", "CANCELLED").
			Annotations(entgql.Type("SessionStatus")),
		field.String("stop_reason").Default(""),
		field.String("stop_id_tag").Default(""),
		field.String("charging_state").Default("").Annotations(unfiltered()).
			Comment("What the station said last of how the session stands: Charging, EVConnected, SuspendedEV, SuspendedEVSE, Idle. Empty in OCPP 1.6."),
		field.String("id_token_type").Default("").Annotations(unfiltered()),
		field.UUID("reservation_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.String("limits").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Annotations(entgql.Type("JSON"), unfiltered()).
			Comment("What the session may take at most, set from here or at the station: maxCost, maxEnergyWh, maxTimeS, maxSoC (OCPP 2.1)."),
		field.String("station_cost").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Annotations(entgql.Type("JSON"), unfiltered()).
			Comment("What the session costs by the station's own reckoning, as OCPP 2.1 has it."),
		field.UUID("driver_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.UUID("wallet_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.UUID("tariff_version_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.Bool("free").Default(false).Annotations(unfiltered()).Comment("Whether it was settled at the start that the session costs nothing."),
		field.Strings("flags").Optional().
			Comment("What was repaired or looked odd, as codes."),
	}
}

// wattHours is an exact energy: a tenth of a watt-hour survives from the meter to the bill.
func wattHours(name string) ent.Field {
	return field.Other(name, decimal.Decimal{}).
		SchemaType(map[string]string{dialect.Postgres: "numeric(20,4)"}).
		Optional().Nillable().
		Annotations(entgql.Type("Float"), unfiltered())
}

// Edges of the ChargingSession.
func (ChargingSession) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("connector", Connector.Type).Field("connector_id").Unique().Annotations(guarded(tenancy.StationRead)),
		edge.To("location", Location.Type).Field("location_id").Unique().Annotations(guarded(tenancy.LocationRead)),
		edge.To("token", Token.Type).Field("token_id").Unique().Annotations(guarded(tenancy.TokenRead)),
		edge.To("command", Command.Type).Field("command_id").Unique().Annotations(guarded(tenancy.CommandRead)),
		edge.To("driver", EVDriver.Type).Field("driver_id").Unique().Annotations(guarded(tenancy.DriverRead)),
		edge.To("wallet", Wallet.Type).Field("wallet_id").Unique().Annotations(guarded(tenancy.WalletRead)),
		edge.To("tariff_version", TariffVersion.Type).Field("tariff_version_id").Unique().Annotations(guarded(tenancy.TariffRead)),
		edge.To("charge", Charge.Type).Unique().Annotations(guarded(tenancy.ChargeRead)),
		edge.To("reservation", Reservation.Type).Field("reservation_id").Unique().Annotations(guarded(tenancy.StationRead)),
	}
}

// Annotations of the ChargingSession.
func (ChargingSession) Annotations() []schema.Annotation {
	return []schema.Annotation{table("charging_sessions"), listed()}
}
