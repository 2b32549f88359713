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

// StationSetting is what a station holds on our behalf beside variables and profiles: monitors, display messages, tariffs, DER controls, event
// streams, network profiles, transaction limits, and the certificates that it asked to have signed.
type StationSetting struct{ ent.Schema }

// Mixin of the StationSetting.
func (StationSetting) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the StationSetting.
func (StationSetting) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("command_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.Enum("kind").Values("MONITOR", "DISPLAY_MESSAGE", "TARIFF", "DER_CONTROL", "EVENT_STREAM", "NETWORK_PROFILE", "CERTIFICATE", "TRANSACTION_LIMIT", "SIGNING_REQUEST").Annotations(entgql.Type("StationSettingKind")),
		field.String("key").Annotations(entgql.OrderField("KEY")).Comment("What the station knows it by."),
		field.Int("evse_no").Default(0),
		field.String("component").Default(""),
		field.String("variable").Default(""),
		field.String("summary").Default("").Annotations(unfiltered()),
		field.String("data").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Annotations(entgql.Type("JSON"), unfiltered()),
		field.Time("reported_at").Annotations(unfiltered()),
	}
}

// Edges of the StationSetting.
func (StationSetting) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("command", Command.Type).Field("command_id").Unique().Annotations(guarded(tenancy.CommandRead)),
	}
}

// Annotations of the StationSetting.
func (StationSetting) Annotations() []schema.Annotation {
	return []schema.Annotation{table("station_settings"), listed()}
}

// StationReport is a report that a station delivers in parts.
type StationReport struct{ ent.Schema }

// Mixin of the StationReport.
func (StationReport) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the StationReport.
func (StationReport) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("command_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.Int64("request_id"),
		field.Enum("kind").Values("VARIABLES", "MONITORS", "CUSTOMER_INFORMATION", "DISPLAY_MESSAGES", "CHARGING_PROFILES", "DER_CONTROLS").Annotations(entgql.Type("StationReportKind")),
		field.String("text").Default("").Annotations(unfiltered()).Comment("What the report says in words, for customer information."),
		field.Time("requested_at").Annotations(entgql.OrderField("REQUESTED_AT")),
		field.Time("completed_at").Optional().Nillable(),
	}
}

// Edges of the StationReport.
func (StationReport) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("command", Command.Type).Field("command_id").Unique().Annotations(guarded(tenancy.CommandRead)),
	}
}

// Annotations of the StationReport.
func (StationReport) Annotations() []schema.Annotation {
	return []schema.Annotation{table("station_reports"), listed()}
}
