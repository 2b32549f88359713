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

// ChargingProfile is a limit over time that was set on a station, or that the station reported to hold.
type ChargingProfile struct{ ent.Schema }

// Mixin of the ChargingProfile.
func (ChargingProfile) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the ChargingProfile.
func (ChargingProfile) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("session_id", uuid.UUID{}).Optional().Nillable(),
		field.UUID("command_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.Int("evse_no").Comment("0 is the station as a whole."),
		field.Int64("profile_id"),
		field.Int("stack_level"),
		field.String("purpose").Comment("STATION_MAX_PROFILE, TX_DEFAULT_PROFILE, TX_PROFILE, STATION_EXTERNAL_CONSTRAINTS and so on: the same words for every version."),
		field.Enum("kind").Values("ABSOLUTE", "RECURRING", "RELATIVE", "DYNAMIC").Annotations(entgql.Type("ChargingProfileKind")),
		field.String("recurrency").Default("").Annotations(unfiltered()).Comment("DAILY or WEEKLY for a recurring profile."),
		field.String("source").Default("CSO").Comment("Who set it: CSO for us, EMS, SO or Other for limits that come from outside."),
		field.Time("valid_from").Optional().Nillable().Annotations(unfiltered()),
		field.Time("valid_to").Optional().Nillable().Annotations(unfiltered()),
		field.String("schedules").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Annotations(entgql.Type("JSON"), unfiltered()),
		field.String("details").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Annotations(entgql.Type("JSON"), unfiltered()).
			Comment("What only OCPP 2.1 says of a profile: how often it changes, and how long it holds while the station is offline."),
		field.Enum("status").Values("REQUESTED", "INSTALLED", "REFUSED", "CLEARED").Annotations(entgql.Type("ChargingProfileStatus")),
		field.Time("reported_at").Optional().Nillable().Annotations(unfiltered()),
		field.Time("updated_at").Annotations(unfiltered()),
	}
}

// Edges of the ChargingProfile.
func (ChargingProfile) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("session", ChargingSession.Type).Field("session_id").Unique().Annotations(guarded(tenancy.SessionRead)),
		edge.To("command", Command.Type).Field("command_id").Unique().Annotations(guarded(tenancy.CommandRead)),
	}
}

// Annotations of the ChargingProfile.
func (ChargingProfile) Annotations() []schema.Annotation {
	return []schema.Annotation{table("charging_profiles"), listed()}
}
