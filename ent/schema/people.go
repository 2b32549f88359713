package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/tenancy"
)

// User is a person. A person may belong to several tenants, so a tenant sees only those who are its members.
type User struct{ ent.Schema }

// Mixin of the User.
func (User) Mixin() []ent.Mixin { return []ent.Mixin{idMixin{}, createdMixin{}, fellowMembers{}} }

// Fields of the User.
func (User) Fields() []ent.Field {
	return []ent.Field{
		field.String("email"),
		field.String("name"),
	}
}

// Annotations of the User.
func (User) Annotations() []schema.Annotation {
	return []schema.Annotation{table("users"), entgql.Skip(entgql.SkipWhereInput | entgql.SkipOrderField)}
}

// Membership is a role that a person holds in a tenant, or in one network of it.
type Membership struct{ ent.Schema }

// Mixin of the Membership.
func (Membership) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, optionalNetworkMixin{}}
}

// Fields of the Membership.
func (Membership) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("user_id", uuid.UUID{}).Immutable().Annotations(hidden()),
		field.Enum("role").GoType(tenancy.Role("")).Annotations(entgql.Type("Role")),
	}
}

// Edges of the Membership.
func (Membership) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable(),
	}
}

// Annotations of the Membership.
func (Membership) Annotations() []schema.Annotation {
	return []schema.Annotation{table("memberships"), listed(), entgql.Type("Member"), entgql.Skip(entgql.SkipWhereInput)}
}

// APIKey lets a third-party app act for a tenant. The key itself is shown once; its hash is kept.
type APIKey struct{ ent.Schema }

// Mixin of the APIKey.
func (APIKey) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, optionalNetworkMixin{}}
}

// Fields of the APIKey.
func (APIKey) Fields() []ent.Field {
	return []ent.Field{
		field.String("name"),
		field.String("prefix").Immutable(),
		field.Bytes("hash").Immutable().Sensitive().Annotations(hidden()),
		field.Enum("role").GoType(tenancy.Role("")).Immutable().Annotations(entgql.Type("Role")),
		field.Strings("scopes").Optional().Immutable(),
		field.Time("expires_at").Optional().Nillable().Immutable(),
		field.Time("last_used_at").Optional().Nillable(),
		field.Time("revoked_at").Optional().Nillable(),
	}
}

// Annotations of the APIKey.
func (APIKey) Annotations() []schema.Annotation {
	return []schema.Annotation{table("api_keys"), listed(), entgql.Type("ApiKey"), entgql.Skip(entgql.SkipWhereInput)}
}

// AuditEvent is a line of the log of who did what. It is only ever added to.
type AuditEvent struct{ ent.Schema }

// Mixin of the AuditEvent.
func (AuditEvent) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, tenantMixin{}, optionalNetworkMixin{}, appendOnly{}}
}

// Fields of the AuditEvent.
func (AuditEvent) Fields() []ent.Field {
	return []ent.Field{
		field.Time("at").Immutable().Annotations(entgql.OrderField("AT")),
		field.String("actor_kind").Immutable(),
		field.UUID("actor_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(entgql.Type("ID")),
		field.String("actor_name").Immutable(),
		field.String("action").Immutable(),
		field.String("subject_type").Optional().Immutable(),
		field.String("subject_id").Optional().Immutable(),
		field.String("outcome").Immutable(),
		field.String("remote_address").Optional().Immutable(),
		field.String("request_id").Optional().Immutable(),
		field.JSON("details", map[string]any{}).Optional().Immutable().Annotations(entgql.Type("Map")),
	}
}

// Indexes of the AuditEvent.
func (AuditEvent) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "at")}
}

// Annotations of the AuditEvent.
func (AuditEvent) Annotations() []schema.Annotation {
	return []schema.Annotation{table("audit_events"), listed()}
}
