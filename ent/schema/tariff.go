package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent/vocabulary"
)

// Tariff is a price with a name. What it says is in its versions.
type Tariff struct{ ent.Schema }

// Mixin of the Tariff.
func (Tariff) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, sharedNetworkMixin{}}
}

// Fields of the Tariff.
func (Tariff) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").Annotations(entgql.OrderField("NAME")),
		field.String("currency").Immutable(),
		field.Time("archived_at").Optional().Nillable(),
	}
}

// Edges of the Tariff.
func (Tariff) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("versions", TariffVersion.Type).Ref("tariff").Annotations(hidden()),
		edge.From("assignments", TariffAssignment.Type).Ref("tariff").Annotations(hidden()),
	}
}

// Annotations of the Tariff.
func (Tariff) Annotations() []schema.Annotation {
	return []schema.Annotation{table("tariffs"), listed()}
}

// TariffVersion is what a tariff says from one publication to the next. It never changes.
type TariffVersion struct{ ent.Schema }

// Mixin of the TariffVersion.
func (TariffVersion) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, sharedNetworkMixin{}, appendOnly{}}
}

// Fields of the TariffVersion.
func (TariffVersion) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("tariff_id", uuid.UUID{}).Immutable(),
		field.Int("number").Immutable().Comment("Counts the versions of a tariff, from 1."),
		field.String("definition").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Immutable().Annotations(entgql.Type("JSON")).
			Comment("The tariff in the shape of OCPI 2.2.1 and 2.3.0, module tariffs."),
		field.Time("valid_from").Optional().Nillable().Immutable(),
		field.Time("valid_to").Optional().Nillable().Immutable(),
		field.String("created_by").Immutable(),
	}
}

// Edges of the TariffVersion.
func (TariffVersion) Edges() []ent.Edge {
	return []ent.Edge{edge.To("tariff", Tariff.Type).Field("tariff_id").Unique().Required().Immutable()}
}

// Annotations of the TariffVersion.
func (TariffVersion) Annotations() []schema.Annotation {
	return []schema.Annotation{table("tariff_versions"), entgql.Skip(entgql.SkipWhereInput | entgql.SkipOrderField)}
}

// TariffAssignment is where a tariff counts.
type TariffAssignment struct{ ent.Schema }

// Mixin of the TariffAssignment.
func (TariffAssignment) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, sharedNetworkMixin{}}
}

// Fields of the TariffAssignment.
func (TariffAssignment) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("tariff_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.Enum("level").Values("CONNECTOR", "EVSE", "STATION", "LOCATION", "NETWORK", "TENANT").Immutable().Annotations(entgql.Type("TariffLevel")),
		field.UUID("target_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(entgql.Type("ID")).
			Comment("The connector, EVSE, station, location or network; none for the whole tenant."),
		field.Time("assigned_at").Immutable(),
		field.Time("ended_at").Optional().Nillable(),
		field.String("created_by").Immutable(),
	}
}

// Edges of the TariffAssignment.
func (TariffAssignment) Edges() []ent.Edge {
	return []ent.Edge{edge.To("tariff", Tariff.Type).Field("tariff_id").Unique().Required().Immutable()}
}

// Annotations of the TariffAssignment.
func (TariffAssignment) Annotations() []schema.Annotation {
	return []schema.Annotation{table("tariff_assignments"), entgql.Skip(entgql.SkipWhereInput | entgql.SkipOrderField)}
}
