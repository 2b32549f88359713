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

// StationVariable is one setting of a station: a configuration key of OCPP 1.6, which has no component, or an attribute
// of a variable of the 2.x device model.
type StationVariable struct{ ent.Schema }

// Mixin of the StationVariable.
func (StationVariable) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the StationVariable.
func (StationVariable) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.String("component").Default("").Immutable().Annotations(entgql.OrderField("COMPONENT")).
			Comment("Empty for a configuration key of OCPP 1.6."),
		field.String("component_instance").Default("").Immutable(),
		field.Int("evse_no").Default(0).Immutable().Comment("The EVSE that the component belongs to; 0 is the station."),
		field.Int("connector_no").Default(0).Immutable(),
		field.String("variable").Immutable().Annotations(entgql.OrderField("VARIABLE")),
		field.String("instance").Default("").Immutable(),
		field.String("attribute").Default("Actual").Immutable().Comment("Actual, Target, MinSet or MaxSet."),
		field.String("value").Default(""),
		field.Enum("mutability").NamedValues("ReadOnly", "READ_ONLY", "WriteOnly", "WRITE_ONLY", "ReadWrite", "READ_WRITE").Default("READ_WRITE").
			Annotations(entgql.Type("Mutability")),
		field.Enum("data_type").NamedValues("String", "STRING", "Decimal", "DECIMAL", "Integer", "INTEGER", "DateTime", "DATE_TIME", "Boolean", "BOOLEAN",
			"OptionList", "OPTION_LIST", "SequenceList", "SEQUENCE_LIST", "MemberList", "MEMBER_LIST").Optional().Nillable().
			Annotations(entgql.Type("VariableType")).Comment("Null where the station didn't say, as in OCPP 1.6."),
		field.String("unit").Default("").Annotations(unfiltered()),
		field.Float("min_limit").Optional().Nillable().Annotations(unfiltered()),
		field.Float("max_limit").Optional().Nillable().Annotations(unfiltered()).Comment("For a text, its greatest length."),
		field.Strings("values_list").Optional().Annotations(unfiltered()).Comment("The values it may take, where it takes no others."),
		field.Bool("persistent").Default(false).Annotations(unfiltered()),
		field.Bool("constant").Default(false).Annotations(unfiltered()),
		field.Bool("supports_monitoring").Default(false),
		field.Bool("reboot_required").Default(false).
			Comment("A change was accepted that takes effect at the station's next boot."),
		field.Time("reported_at").Annotations(unfiltered()),
	}
}

// Edges of the StationVariable.
func (StationVariable) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
	}
}

// Annotations of the StationVariable.
func (StationVariable) Annotations() []schema.Annotation {
	return []schema.Annotation{table("station_variables"), listed()}
}
