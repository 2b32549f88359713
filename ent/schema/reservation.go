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

// Reservation holds an EVSE for a token until it expires, is used or is cancelled.
type Reservation struct{ ent.Schema }

// Mixin of the Reservation.
func (Reservation) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the Reservation.
func (Reservation) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("token_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.UUID("session_id", uuid.UUID{}).Optional().Nillable(),
		field.UUID("command_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.Int("reservation_id").Comment("The number that the station knows it by."),
		field.Int("evse_no").Comment("0 leaves the choice to the station."),
		field.Int("connector_no").Default(0),
		field.String("connector_type").Default("").Annotations(unfiltered()),
		field.String("id_tag"),
		field.String("group_id").Default("").Annotations(unfiltered()),
		field.Time("expires_at").Annotations(entgql.OrderField("EXPIRES_AT")),
		field.Enum("status").Values("REQUESTED", "ACTIVE", "REFUSED", "USED", "CANCELLED", "EXPIRED", "REMOVED").Annotations(entgql.Type("ReservationStatus")),
		field.Time("ended_at").Optional().Nillable().Annotations(unfiltered()),
	}
}

// Edges of the Reservation.
func (Reservation) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("token", Token.Type).Field("token_id").Unique().Annotations(guarded(tenancy.TokenRead)),
		edge.To("session", ChargingSession.Type).Field("session_id").Unique().Annotations(guarded(tenancy.SessionRead)),
		edge.To("command", Command.Type).Field("command_id").Unique().Annotations(guarded(tenancy.CommandRead)),
	}
}

// Annotations of the Reservation.
func (Reservation) Annotations() []schema.Annotation {
	return []schema.Annotation{table("reservations"), listed()}
}
