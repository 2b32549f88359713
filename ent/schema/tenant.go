package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
)

// Tenant is a charge point operator: the boundary that nothing crosses.
type Tenant struct{ ent.Schema }

// Mixin of the Tenant.
func (Tenant) Mixin() []ent.Mixin { return []ent.Mixin{idMixin{}, createdMixin{}, ownTenant{}} }

// Fields of the Tenant.
func (Tenant) Fields() []ent.Field {
	return []ent.Field{
		field.String("slug").Immutable(),
		field.String("name"),
		field.String("currency"),
		field.String("timezone"),
		field.Enum("status").NamedValues("Active", "ACTIVE", "Suspended", "SUSPENDED").Default("ACTIVE"),
	}
}

// Annotations of the Tenant.
func (Tenant) Annotations() []schema.Annotation {
	return []schema.Annotation{table("tenants"), entgql.Skip(entgql.SkipWhereInput | entgql.SkipOrderField)}
}
