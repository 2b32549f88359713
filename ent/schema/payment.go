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

// PaymentAccount is an account with a payment provider, of the tenant or of a network. Its secrets never leave the server.
type PaymentAccount struct{ ent.Schema }

// Mixin of the PaymentAccount.
func (PaymentAccount) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, sharedNetworkMixin{}}
}

// Fields of the PaymentAccount.
func (PaymentAccount) Fields() []ent.Field {
	return []ent.Field{
		field.Enum("provider").Values("STRIPE", "RAZORPAY").Immutable().Annotations(entgql.Type("PaymentProvider")),
		field.String("name"),
		field.Bool("live").Immutable().Comment("Whether real money moves."),
		field.Bool("enabled").Default(true),
	}
}

// Annotations of the PaymentAccount.
func (PaymentAccount) Annotations() []schema.Annotation {
	return []schema.Annotation{table("payment_accounts"), entgql.Skip(entgql.SkipWhereInput | entgql.SkipOrderField)}
}

// PaymentMethod is a way to pay that a driver saved at a provider.
type PaymentMethod struct{ ent.Schema }

// Mixin of the PaymentMethod.
func (PaymentMethod) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the PaymentMethod.
func (PaymentMethod) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("driver_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.UUID("account_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.String("label").Default("").Comment("What the provider calls it, such as Visa and the last four digits."),
		field.String("expires").Default(""),
		field.Enum("status").Values("PENDING", "ACTIVE", "FAILED", "REMOVED").Default("PENDING").Annotations(entgql.Type("PaymentMethodStatus")),
	}
}

// Edges of the PaymentMethod.
func (PaymentMethod) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("driver", EVDriver.Type).Field("driver_id").Unique().Required().Immutable().Annotations(guarded(tenancy.DriverRead)),
		edge.To("account", PaymentAccount.Type).Field("account_id").Unique().Required().Immutable(),
	}
}

// Annotations of the PaymentMethod.
func (PaymentMethod) Annotations() []schema.Annotation {
	return []schema.Annotation{table("payment_methods"), entgql.Skip(entgql.SkipWhereInput | entgql.SkipOrderField)}
}

// Payment is money that comes in over a provider.
type Payment struct{ ent.Schema }

// Mixin of the Payment.
func (Payment) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the Payment.
func (Payment) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("wallet_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.UUID("driver_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.UUID("account_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.Enum("provider").Values("STRIPE", "RAZORPAY").Immutable().Annotations(entgql.Type("PaymentProvider")),
		field.Enum("purpose").Values("TOP_UP", "AUTO_TOP_UP").Default("TOP_UP").Immutable().Annotations(entgql.Type("PaymentPurpose")),
		amount("amount"),
		field.String("currency").Immutable(),
		field.Bool("live").Immutable(),
		field.Enum("status").Values("PENDING", "FAILED", "EXPIRED", "CAPTURED", "REFUNDED", "DISPUTED").Default("PENDING").Annotations(entgql.Type("PaymentStatus")),
		field.String("ref").Default("").Comment("What the provider calls it."),
		field.String("charge_ref").Default(""),
		field.String("checkout_url").Default("").Annotations(hidden()),
		amount("captured"), amount("refunded"), amount("disputed"), amount("credited"),
		field.Int64("fee").Optional().Nillable().Annotations(hidden()),
		field.String("failure").Default("").Annotations(unfiltered()),
		field.Strings("flags").Optional().Comment("What looked odd, as codes: AMOUNT_DIFFERS, CURRENCY_DIFFERS."),
		field.Bool("uncertain").Default(false).Comment("Whether the provider's answer is missing, so that nobody knows yet how it stands."),
		field.String("asked_by").Immutable().Annotations(unfiltered()),
		field.Time("expires_at").Immutable().Annotations(unfiltered()),
		field.Time("looked_up_at").Optional().Nillable().Annotations(unfiltered()),
		field.Time("settled_at").Optional().Nillable(),
	}
}

// Edges of the Payment.
func (Payment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("wallet", Wallet.Type).Field("wallet_id").Unique().Required().Immutable().Annotations(guarded(tenancy.WalletRead)),
		edge.To("driver", EVDriver.Type).Field("driver_id").Unique().Required().Immutable().Annotations(guarded(tenancy.DriverRead)),
		edge.To("account", PaymentAccount.Type).Field("account_id").Unique().Required().Immutable().Annotations(entgql.Skip(entgql.SkipWhereInput)),
		edge.From("refunds", PaymentRefund.Type).Ref("payment").Annotations(entgql.Skip(entgql.SkipWhereInput)),
	}
}

// Annotations of the Payment.
func (Payment) Annotations() []schema.Annotation {
	return []schema.Annotation{table("payments"), listed()}
}

// PaymentRefund gives a part of a payment back.
type PaymentRefund struct{ ent.Schema }

// Mixin of the PaymentRefund.
func (PaymentRefund) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the PaymentRefund.
func (PaymentRefund) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("payment_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.UUID("driver_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		amount("amount"),
		field.String("currency").Immutable(),
		field.Enum("status").Values("PENDING", "DONE", "FAILED").Default("PENDING").Annotations(entgql.Type("RefundStatus")),
		field.String("ref").Default(""),
		field.String("reason").Default(""),
		field.String("failure").Default(""),
		field.String("asked_by").Immutable(),
		field.Time("settled_at").Optional().Nillable(),
	}
}

// Edges of the PaymentRefund.
func (PaymentRefund) Edges() []ent.Edge {
	return []ent.Edge{edge.To("payment", Payment.Type).Field("payment_id").Unique().Required().Immutable()}
}

// Annotations of the PaymentRefund.
func (PaymentRefund) Annotations() []schema.Annotation {
	return []schema.Annotation{table("payment_refunds"), entgql.Skip(entgql.SkipWhereInput | entgql.SkipOrderField)}
}

// Reconciliation is a look at a provider: what there is otherwise than here.
type Reconciliation struct{ ent.Schema }

// Mixin of the Reconciliation.
func (Reconciliation) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, optionalNetworkMixin{}}
}

// Fields of the Reconciliation.
func (Reconciliation) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("account_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.Enum("status").Values("RUNNING", "DONE", "FAILED").Default("RUNNING").Annotations(entgql.Type("ReconciliationStatus")),
		field.Int("looked_up").Default(0).Comment("How many payments and refunds the provider was asked for."),
		field.String("differences").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Default("[]").Annotations(hidden()),
		field.String("failure").Default(""),
		field.String("asked_by").Immutable(),
		field.Time("finished_at").Optional().Nillable(),
	}
}

// Edges of the Reconciliation.
func (Reconciliation) Edges() []ent.Edge {
	return []ent.Edge{edge.To("account", PaymentAccount.Type).Field("account_id").Unique().Required().Immutable()}
}

// Annotations of the Reconciliation.
func (Reconciliation) Annotations() []schema.Annotation {
	return []schema.Annotation{table("reconciliations"), listed(), entgql.Skip(entgql.SkipWhereInput)}
}
