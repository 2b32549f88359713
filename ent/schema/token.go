package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
)

// Token is what identifies a driver to a station: a card's number or a virtual one.
type Token struct{ ent.Schema }

// Mixin of the Token.
func (Token) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, optionalNetworkMixin{}}
}

// Fields of the Token.
func (Token) Fields() []ent.Field {
	return []ent.Field{
		field.String("id_tag").Immutable().Annotations(entgql.OrderField("ID_TAG")).
			Comment("At most 20 characters in OCPP 1.6; compared without regard to case."),
		field.Enum("type").Values("RFID", "VIRTUAL").Default("RFID").Immutable().Annotations(entgql.Type("TokenType")),
		field.String("label").Default(""),
		field.String("group_id").Default("").Comment("Tokens of one group may stop each other's sessions."),
		field.Enum("status").NamedValues("Active", "ACTIVE", "Blocked", "BLOCKED").Default("ACTIVE").Annotations(entgql.Type("TokenStatus")),
		field.Time("valid_until").Optional().Nillable(),
	}
}

// Annotations of the Token.
func (Token) Annotations() []schema.Annotation {
	return []schema.Annotation{table("tokens"), listed()}
}
