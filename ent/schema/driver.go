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

// EVDriver is somebody who charges in a network and pays there. GraphQL calls it Driver; ent has another use for that name.
type EVDriver struct{ ent.Schema }

// Mixin of the EVDriver.
func (EVDriver) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the EVDriver.
func (EVDriver) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").Annotations(entgql.OrderField("NAME")),
		field.String("email").Default(""),
		field.String("phone").Default(""),
		field.String("language").Default("en"),
		field.String("note").Default(""),
		field.Enum("status").NamedValues("Active", "ACTIVE", "Blocked", "BLOCKED").Default("ACTIVE").Annotations(entgql.Type("DriverStatus")),
	}
}

// Edges of the EVDriver.
func (EVDriver) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("tokens", Token.Type).Ref("driver").Annotations(guarded(tenancy.TokenRead), entgql.Skip(entgql.SkipWhereInput)),
		edge.To("wallet", Wallet.Type).Unique().Annotations(guarded(tenancy.WalletRead)),
		edge.From("payment_methods", PaymentMethod.Type).Ref("driver").Annotations(guarded(tenancy.PaymentRead), entgql.Skip(entgql.SkipWhereInput)),
	}
}

// Annotations of the EVDriver.
func (EVDriver) Annotations() []schema.Annotation {
	return []schema.Annotation{table("drivers"), listed()}
}

// Wallet is what a driver has in a network. Its balance stands in the books.
type Wallet struct{ ent.Schema }

// Mixin of the Wallet.
func (Wallet) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the Wallet.
func (Wallet) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("driver_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.String("currency").Immutable(),
		field.Int64("credit_limit").Default(0).Annotations(hidden()),
		field.Int64("auto_top_up_below").Optional().Nillable().Annotations(hidden()),
		field.Int64("auto_top_up_amount").Optional().Nillable().Annotations(hidden()),
		field.UUID("payment_method_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
	}
}

// Edges of the Wallet.
func (Wallet) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("driver", EVDriver.Type).Ref("wallet").Field("driver_id").Unique().Required().Immutable().Annotations(guarded(tenancy.DriverRead)),
		edge.To("payment_method", PaymentMethod.Type).Field("payment_method_id").Unique().Annotations(guarded(tenancy.PaymentRead), entgql.Skip(entgql.SkipWhereInput)),
	}
}

// Annotations of the Wallet.
func (Wallet) Annotations() []schema.Annotation {
	return []schema.Annotation{table("wallets"), listed()}
}
