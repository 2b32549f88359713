package schema

import (
	"time"

	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/busbar-ev/busbar/tenancy"
)

// idMixin gives a row its UUIDv7, so that ids sort by the time they were made.
type idMixin struct{ mixin.Schema }

func (idMixin) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", uuid.UUID{}).Default(newID).Immutable(),
	}
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// createdMixin stamps when a row was made.
type createdMixin struct{ mixin.Schema }

func (createdMixin) Fields() []ent.Field {
	return []ent.Field{
		field.Time("created_at").Default(time.Now).Immutable().Annotations(entgql.OrderField("CREATED_AT")),
	}
}

// hidden keeps a field out of GraphQL altogether.
func hidden() entgql.Annotation { return entgql.Skip(entgql.SkipAll) }

// unfiltered keeps a field out of where-inputs: it is shown, never searched.
func unfiltered() entgql.Annotation { return entgql.Skip(entgql.SkipWhereInput) }

// listed makes a type a Relay connection of the query type.
func listed() entgql.Annotation { return entgql.RelayConnection() }

// guarded asks for a permission of its own before the edge is followed, on top of the one that led here.
func guarded(p tenancy.Permission) entgql.Annotation {
	return entgql.Directives(entgql.NewDirective("permission", &ast.Argument{
		Name:  "requires",
		Value: &ast.Value{Kind: ast.StringValue, Raw: string(p)},
	}))
}

// table names the table, which the hand-written migrations own.
func table(name string) entsql.Annotation { return entsql.Annotation{Table: name} }

// jsonColumn stores JSON that is shown as it came and never searched.
var jsonColumn = map[string]string{dialect.Postgres: "jsonb"}
