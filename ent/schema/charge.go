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

// amount is money in minor units of the row's currency. GraphQL shows it with its currency, by a resolver.
func amount(name string) ent.Field { return field.Int64(name).Default(0).Annotations(hidden()) }

// Charge is the bill of a session. What it says never changes; what changes it later are corrections.
type Charge struct{ ent.Schema }

// Mixin of the Charge.
func (Charge) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the Charge.
func (Charge) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("session_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.UUID("driver_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(hidden()),
		field.UUID("wallet_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(hidden()),
		field.UUID("tariff_version_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.String("currency").Immutable(),
		amount("net"), amount("tax"), amount("gross"),
		field.String("bill").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Immutable().Annotations(hidden()),
		field.Enum("status").Values("PAID", "RECEIVABLE", "BILLING_FAILED", "NEEDS_REVIEW", "WRITTEN_OFF").Annotations(entgql.Type("ChargeStatus")),
		field.String("failure_code").Default(""),
		field.String("failure").Default("").Annotations(unfiltered()).Comment("Why it isn't paid, and what to do."),
		field.Int("attempts").Default(0).Annotations(unfiltered()),
		field.Time("failed_at").Optional().Nillable().Annotations(unfiltered()).Comment("When billing failed first."),
		field.Time("next_attempt_at").Optional().Nillable().Annotations(unfiltered()),
		field.Time("paid_at").Optional().Nillable(),
	}
}

// Edges of the Charge.
func (Charge) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("session", ChargingSession.Type).Ref("charge").Field("session_id").Unique().Required().Immutable().Annotations(guarded(tenancy.SessionRead)),
		edge.To("driver", EVDriver.Type).Field("driver_id").Unique().Immutable().Annotations(guarded(tenancy.DriverRead)),
		edge.To("wallet", Wallet.Type).Field("wallet_id").Unique().Immutable().Annotations(guarded(tenancy.WalletRead)),
		edge.To("tariff_version", TariffVersion.Type).Field("tariff_version_id").Unique().Required().Immutable().Annotations(guarded(tenancy.TariffRead)),
		edge.From("corrections", ChargeCorrection.Type).Ref("charge").Annotations(guarded(tenancy.ChargeRead), entgql.Skip(entgql.SkipWhereInput)),
		edge.From("receipts", Receipt.Type).Ref("charge").Annotations(guarded(tenancy.ChargeRead), entgql.Skip(entgql.SkipWhereInput)),
	}
}

// Annotations of the Charge.
func (Charge) Annotations() []schema.Annotation {
	return []schema.Annotation{table("charges"), listed()}
}

// ChargeCorrection changes what a session cost, after it was billed: its amounts are differences.
type ChargeCorrection struct{ ent.Schema }

// Mixin of the ChargeCorrection.
func (ChargeCorrection) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the ChargeCorrection.
func (ChargeCorrection) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("charge_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.UUID("driver_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(hidden()),
		field.Enum("kind").Values("REFUND", "WRITE_OFF", "REBILL", "LATE_VALUES").Immutable().Annotations(entgql.Type("CorrectionKind")),
		field.Enum("status").Values("OPEN", "APPLIED", "DISMISSED").Annotations(entgql.Type("CorrectionStatus")),
		amount("net"), amount("tax"), amount("gross"),
		field.String("currency").Immutable(),
		field.String("bill").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Immutable().Annotations(hidden()),
		field.UUID("tariff_version_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(hidden()),
		field.String("reason").Default("").Annotations(unfiltered()),
		field.String("created_by").Immutable().Annotations(unfiltered()),
		field.String("decided_by").Default("").Annotations(unfiltered()),
		field.Time("decided_at").Optional().Nillable().Annotations(unfiltered()),
	}
}

// Edges of the ChargeCorrection.
func (ChargeCorrection) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("charge", Charge.Type).Field("charge_id").Unique().Required().Immutable().Annotations(guarded(tenancy.ChargeRead)),
		edge.To("tariff_version", TariffVersion.Type).Field("tariff_version_id").Unique().Immutable().Annotations(guarded(tenancy.TariffRead)),
	}
}

// Annotations of the ChargeCorrection.
func (ChargeCorrection) Annotations() []schema.Annotation {
	return []schema.Annotation{table("charge_corrections"), listed()}
}

// Receipt is a numbered paper of a charge: a receipt, an invoice, or a credit note that takes either back.
type Receipt struct{ ent.Schema }

// Mixin of the Receipt.
func (Receipt) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the Receipt.
func (Receipt) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("charge_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.UUID("driver_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(hidden()),
		field.Enum("kind").Values("RECEIPT", "INVOICE", "CREDIT_NOTE").Immutable().Annotations(entgql.Type("ReceiptKind")),
		field.String("number").Immutable(),
		field.String("currency").Immutable(),
		amount("gross"),
		field.String("document").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Immutable().Annotations(hidden()),
		field.String("email").Default("").Annotations(unfiltered()),
		field.Enum("email_status").Values("NONE", "QUEUED", "SENT", "FAILED").Default("NONE").Annotations(entgql.Type("ReceiptEmailStatus"), unfiltered()),
		field.String("email_failure").Default("").Annotations(unfiltered()),
		field.Time("emailed_at").Optional().Nillable().Annotations(unfiltered()),
	}
}

// Edges of the Receipt.
func (Receipt) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("charge", Charge.Type).Field("charge_id").Unique().Required().Immutable().Annotations(guarded(tenancy.ChargeRead)),
		edge.To("driver", EVDriver.Type).Field("driver_id").Unique().Immutable().Annotations(guarded(tenancy.DriverRead)),
	}
}

// Annotations of the Receipt.
func (Receipt) Annotations() []schema.Annotation {
	return []schema.Annotation{table("receipts"), listed()}
}
