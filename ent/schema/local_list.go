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

// LocalListEntry is a token in the local authorisation list that a station holds, so that it can decide without us.
type LocalListEntry struct{ ent.Schema }

// Mixin of the LocalListEntry.
func (LocalListEntry) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the LocalListEntry.
func (LocalListEntry) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("token_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.String("id_tag").Annotations(entgql.OrderField("ID_TAG")),
		field.String("type").Default("RFID").Annotations(unfiltered()),
		field.String("status").Comment("As the station was told: Accepted, Blocked, Expired and so on."),
		field.String("group_id").Default(""),
		field.Time("valid_until").Optional().Nillable(),
	}
}

// Edges of the LocalListEntry.
func (LocalListEntry) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("token", Token.Type).Field("token_id").Unique().Annotations(guarded(tenancy.TokenRead)),
	}
}

// Annotations of the LocalListEntry.
func (LocalListEntry) Annotations() []schema.Annotation {
	return []schema.Annotation{table("local_list_entries"), listed()}
}
