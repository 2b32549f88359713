package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
)

// Network is a segregated area within a tenant, given to a sub-client or used to order the tenant's own stations.
type Network struct{ ent.Schema }

// Mixin of the Network.
func (Network) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, ownNetwork{}}
}

// Fields of the Network.
func (Network) Fields() []ent.Field {
	return []ent.Field{
		field.String("slug").Annotations(entgql.OrderField("SLUG")),
		field.String("name").Annotations(entgql.OrderField("NAME")),
		field.String("currency"),
		field.Bool("allow_unsecured").Default(false).
			Comment("Whether stations may connect without any credential (security profile 0)."),
		field.Bool("accept_unknown_tokens").Default(false).
			Comment("Whether a token that nobody registered may charge, for networks that are free to use."),
		field.Bool("free").Default(false).
			Comment("Whether charging costs nothing here. A network that neither is free nor has a tariff starts no sessions."),
		field.Bool("driver_sign_up").Default(false).
			Comment("Whether people may become drivers here by themselves, with a code that is mailed to them."),
		field.Int64("hold").Optional().Nillable().Annotations(hidden()),
		field.Time("archived_at").Optional().Nillable(),
	}
}

// Annotations of the Network.
func (Network) Annotations() []schema.Annotation {
	return []schema.Annotation{table("networks"), listed(), entgql.Skip(entgql.SkipWhereInput)}
}
