package schema

import (
	"time"

	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/busbar-ev/busbar/tenancy"
)

// Location is a place with stations: a car park, a depot, a street corner.
type Location struct{ ent.Schema }

// Mixin of the Location.
func (Location) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the Location.
func (Location) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").Annotations(entgql.OrderField("NAME")),
		field.String("address").Default(""),
		field.String("postal_code").Default(""),
		field.String("city").Default("").Annotations(entgql.OrderField("CITY")),
		field.String("country").Default("").Comment("ISO 3166-1 alpha-2."),
		field.Float("latitude").Optional().Nillable(),
		field.Float("longitude").Optional().Nillable(),
		field.String("timezone").Comment("IANA name; the times of the location's pages are shown in it."),
		field.Time("updated_at").Default(time.Now).UpdateDefault(time.Now),
	}
}

// Edges of the Location.
func (Location) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("stations", Station.Type).Ref("location").Annotations(entgql.RelayConnection(), guarded(tenancy.StationRead)),
	}
}

// Annotations of the Location.
func (Location) Annotations() []schema.Annotation {
	return []schema.Annotation{table("locations"), listed()}
}
