package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/tenancy"
)

// StationVariable is one setting of a station: a configuration key of OCPP 1.6, which has no component, or an attribute
// of a variable of the 2.x device model.
type StationVariable struct{ ent.Schema }

// Mixin of the StationVariable.
func (StationVariable) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the StationVariable.
func (StationVariable) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.String("component").Default("").Immutable(),
		field.String("variable").Immutable(),
		field.String("attribute").Default("Actual").Immutable(),
		field.String("value").Default(""),
		field.Bool("readonly").Default(false),
		field.Bool("reboot_required").Default(false).
			Comment("A change was accepted that takes effect at the station's next boot."),
		field.Time("reported_at"),
	}
}

// Edges of the StationVariable.
func (StationVariable) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
	}
}

// Annotations of the StationVariable.
func (StationVariable) Annotations() []schema.Annotation {
	return []schema.Annotation{table("station_variables"), entgql.Skip(entgql.SkipWhereInput | entgql.SkipOrderField)}
}
