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

// BulkCommand is one command to a selection of stations.
type BulkCommand struct{ ent.Schema }

// Mixin of the BulkCommand.
func (BulkCommand) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, optionalNetworkMixin{}}
}

// Fields of the BulkCommand.
func (BulkCommand) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").Immutable().Annotations(unfiltered()),
		field.String("command").Immutable(),
		field.String("parameters").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Immutable().Annotations(entgql.Type("JSON"), unfiltered()),
		field.Int("per_minute").Immutable().Annotations(unfiltered()),
		field.Enum("status").Values("RUNNING", "COMPLETED", "CANCELLED").Annotations(entgql.Type("BulkCommandStatus")),
		field.String("requested_by").Immutable(),
		field.Time("completed_at").Optional().Nillable().Annotations(unfiltered()),
	}
}

// Edges of the BulkCommand.
func (BulkCommand) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("targets", BulkCommandTarget.Type).Ref("bulk").Annotations(entgql.RelayConnection()),
	}
}

// Annotations of the BulkCommand.
func (BulkCommand) Annotations() []schema.Annotation {
	return []schema.Annotation{table("bulk_commands"), listed()}
}

// BulkCommandTarget is one station of a bulk command, with how it went there.
type BulkCommandTarget struct{ ent.Schema }

// Mixin of the BulkCommandTarget.
func (BulkCommandTarget) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the BulkCommandTarget.
func (BulkCommandTarget) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("bulk_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("command_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.Int("position").Immutable().Annotations(entgql.OrderField("POSITION")),
		field.Enum("status").Values("WAITING", "STARTED", "ACCEPTED", "REJECTED", "FAILED", "TIMEOUT", "SKIPPED").Annotations(entgql.Type("BulkTargetStatus")),
		field.String("error").Default("").Annotations(unfiltered()),
	}
}

// Edges of the BulkCommandTarget.
func (BulkCommandTarget) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("bulk", BulkCommand.Type).Field("bulk_id").Unique().Required().Immutable(),
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("command", Command.Type).Field("command_id").Unique().Annotations(guarded(tenancy.CommandRead)),
	}
}

// Annotations of the BulkCommandTarget.
func (BulkCommandTarget) Annotations() []schema.Annotation {
	return []schema.Annotation{table("bulk_command_targets"), listed()}
}
