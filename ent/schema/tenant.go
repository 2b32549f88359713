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
		field.Enum("rounding").NamedValues("HalfEven", "HALF_EVEN", "HalfUp", "HALF_UP").Default("HALF_EVEN").
			Comment("Where an amount goes that lies exactly between two."),
		field.String("legal_name").Default("").Comment("Who sells, as receipts name them; the name where it is empty."),
		field.String("address").Default(""),
		field.String("tax_id").Default(""),
		field.String("receipt_prefix").Default("").Comment("Stands before the year and the number of every receipt."),
	}
}

// Annotations of the Tenant.
func (Tenant) Annotations() []schema.Annotation {
	return []schema.Annotation{table("tenants"), entgql.Skip(entgql.SkipWhereInput | entgql.SkipOrderField)}
}
