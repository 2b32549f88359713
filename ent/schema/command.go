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

// Command is a call that the CSMS makes to a station, with its outcome.
type Command struct{ ent.Schema }

// Mixin of the Command.
func (Command) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the Command.
func (Command) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.String("action").Immutable(),
		field.Enum("status").NamedValues("Pending", "PENDING", "Sent", "SENT", "Accepted", "ACCEPTED", "Rejected", "REJECTED",
			"Failed", "FAILED", "Timeout", "TIMEOUT").Default("PENDING").Annotations(entgql.Type("CommandStatus")),
		field.String("request").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Immutable().Annotations(entgql.Type("JSON"), unfiltered()),
		field.String("response").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Annotations(entgql.Type("JSON"), unfiltered()),
		field.String("result").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Annotations(entgql.Type("JSON"), unfiltered()).
			Comment("What the answer means, in the same shape for every version of OCPP."),
		field.UUID("bulk_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(entgql.Type("ID")),
		field.String("error").Optional().Nillable().Annotations(unfiltered()),
		field.String("error_code").Optional().Nillable(),
		field.String("requested_by").Immutable(),
		field.String("message_id").Immutable().Annotations(hidden()),
		field.UUID("session_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.Time("sent_at").Optional().Nillable().Annotations(unfiltered()),
		field.Time("completed_at").Optional().Nillable().Annotations(unfiltered()),
	}
}

// Edges of the Command.
func (Command) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("session", ChargingSession.Type).Field("session_id").Unique().Annotations(guarded(tenancy.SessionRead)),
	}
}

// Annotations of the Command.
func (Command) Annotations() []schema.Annotation {
	return []schema.Annotation{table("commands"), listed()}
}
