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

// DetectedIssue is something that somebody has to look at. There is one for each cause, until it is resolved.
type DetectedIssue struct{ ent.Schema }

// Mixin of the DetectedIssue.
func (DetectedIssue) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, optionalNetworkMixin{}}
}

// Fields of the DetectedIssue.
func (DetectedIssue) Fields() []ent.Field {
	return []ent.Field{
		field.String("kind").Immutable().Comment("What it is, as a code; title, meaning and remedy are its words."),
		field.Enum("severity").Values("CRITICAL", "WARNING", "NOTICE").Annotations(entgql.Type("IssueSeverity")),
		field.UUID("station_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(hidden()),
		field.UUID("session_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(hidden()),
		field.UUID("charge_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(hidden()),
		field.UUID("payment_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(hidden()),
		field.String("details").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Annotations(hidden()),
		field.Enum("status").Values("OPEN", "ACKNOWLEDGED", "SNOOZED", "RESOLVED").Default("OPEN").Annotations(entgql.Type("IssueStatus")),
		field.Int("occurrences").Default(1).Annotations(unfiltered()),
		field.Time("last_seen_at").Annotations(entgql.OrderField("LAST_SEEN_AT")),
		field.Time("snoozed_until").Optional().Nillable().Annotations(unfiltered()),
		field.String("decided_by").Default("").Annotations(unfiltered()),
		field.String("note").Default("").Annotations(unfiltered()),
		field.Time("resolved_at").Optional().Nillable().Annotations(unfiltered()),
	}
}

// Edges of the DetectedIssue.
func (DetectedIssue) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("session", ChargingSession.Type).Field("session_id").Unique().Immutable().Annotations(guarded(tenancy.SessionRead)),
		edge.To("charge", Charge.Type).Field("charge_id").Unique().Immutable().Annotations(guarded(tenancy.ChargeRead)),
		edge.To("payment", Payment.Type).Field("payment_id").Unique().Immutable().Annotations(guarded(tenancy.PaymentRead)),
	}
}

// Annotations of the DetectedIssue.
func (DetectedIssue) Annotations() []schema.Annotation {
	return []schema.Annotation{table("detected_issues"), listed()}
}
