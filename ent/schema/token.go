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
			Comment("At most 20 characters reach a station of OCPP 1.6, 36 one of 2.0.1; compared without regard to case."),
		field.Enum("type").Values(tokenTypes...).Default("RFID").Immutable().Annotations(entgql.Type("TokenType")),
		field.String("label").Default(""),
		field.String("group_id").Default("").Comment("Tokens of one group may stop each other's sessions."),
		field.Enum("status").NamedValues("Active", "ACTIVE", "Blocked", "BLOCKED").Default("ACTIVE").Annotations(entgql.Type("TokenStatus")),
		field.Time("valid_until").Optional().Nillable(),
		field.UUID("driver_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
	}
}

// Edges of the Token.
func (Token) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("driver", EVDriver.Type).Field("driver_id").Unique().Annotations(guarded(tenancy.DriverRead)),
	}
}

// Annotations of the Token.
func (Token) Annotations() []schema.Annotation {
	return []schema.Annotation{table("tokens"), listed()}
}

// tokenTypes are the kinds of identifiers: RFID is a card by ISO 14443, VIRTUAL an id of the central system.
var tokenTypes = []string{"RFID", "VIRTUAL", "ISO15693", "EMAID", "KEY_CODE", "LOCAL", "MAC_ADDRESS", "VIN", "EVCCID", "DIRECT_PAYMENT"}
