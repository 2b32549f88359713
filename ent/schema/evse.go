package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/tenancy"
)

// Evse is the part of a station that charges one car at a time. In OCPP 1.6 connector n is EVSE n, connector 1.
type Evse struct{ ent.Schema }

// Mixin of the Evse.
func (Evse) Mixin() []ent.Mixin { return []ent.Mixin{idMixin{}, tenantMixin{}, networkMixin{}} }

// Fields of the Evse.
func (Evse) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.Int("evse_no").Immutable(),
	}
}

// Edges of the Evse.
func (Evse) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.From("connectors", Connector.Type).Ref("evse"),
	}
}

// Annotations of the Evse.
func (Evse) Annotations() []schema.Annotation {
	return []schema.Annotation{table("evses"), entgql.Skip(entgql.SkipWhereInput | entgql.SkipOrderField)}
}

// Connector is a plug or socket of an EVSE, with the status it last reported.
type Connector struct{ ent.Schema }

// Mixin of the Connector.
func (Connector) Mixin() []ent.Mixin { return []ent.Mixin{idMixin{}, tenantMixin{}, networkMixin{}} }

// Fields of the Connector.
func (Connector) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("evse_id", uuid.UUID{}).Immutable(),
		field.Int("evse_no").Immutable(),
		field.Int("connector_no").Immutable(),
		field.Enum("type").Values(connectorTypes...).Default("UNKNOWN").Annotations(entgql.Type("ConnectorType")),
		field.Int("max_power_w").Optional().Nillable(),
		field.Enum("status").GoType(vocabulary.ConnectorStatus("")).Optional().Nillable().Annotations(entgql.Type("ConnectorStatus")),
		field.String("error_code").Default(""),
		field.String("info").Default(""),
		field.String("vendor_id").Default(""),
		field.String("vendor_error_code").Default(""),
		field.Time("status_at").Optional().Nillable(),
		field.Time("status_received_at").Optional().Nillable().Annotations(unfiltered()),
	}
}

// Edges of the Connector.
func (Connector) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("evse", Evse.Type).Field("evse_id").Unique().Required().Immutable(),
		edge.From("sessions", ChargingSession.Type).Ref("connector").Annotations(entgql.RelayConnection(), guarded(tenancy.SessionRead)),
	}
}

// Annotations of the Connector.
func (Connector) Annotations() []schema.Annotation {
	return []schema.Annotation{table("connectors"), entgql.Skip(entgql.SkipOrderField)}
}

var connectorTypes = []string{
	"UNKNOWN", "TYPE1", "TYPE2", "CCS1", "CCS2", "CHADEMO", "GBT_AC", "GBT_DC", "NACS", "SCHUKO", "CEE",
}
