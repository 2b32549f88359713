package schema

import (
	"context"
	"fmt"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"
	"github.com/google/uuid"

	gen "github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/intercept"
	"github.com/busbar-ev/busbar/tenancy"
)

// tenantMixin makes a row belong to a tenant and confines every query and mutation to the viewer's.
type tenantMixin struct{ mixin.Schema }

// Fields of the mixin.
func (tenantMixin) Fields() []ent.Field {
	return []ent.Field{field.UUID("tenant_id", uuid.UUID{}).Immutable().Annotations(hidden())}
}

// Policy refuses to act without a viewer who has a tenant.
func (tenantMixin) Policy() ent.Policy { return viewerOrNothing{} }

// Interceptors add the tenant to every query.
func (tenantMixin) Interceptors() []ent.Interceptor {
	return []ent.Interceptor{confine(byTenant("tenant_id"))}
}

// Hooks stamp the tenant on what is made and confine what is changed.
func (tenantMixin) Hooks() []ent.Hook {
	return []ent.Hook{stampTenant, confineMutation(byTenant("tenant_id"))}
}

// networkMixin makes a row belong to a network and hides it from viewers bound to others.
type networkMixin struct{ mixin.Schema }

// Fields of the mixin.
func (networkMixin) Fields() []ent.Field {
	return []ent.Field{field.UUID("network_id", uuid.UUID{})}
}

// Edges of the mixin.
func (networkMixin) Edges() []ent.Edge {
	return []ent.Edge{edge.To("network", Network.Type).Field("network_id").Unique().Required()}
}

// Interceptors add the viewer's networks to every query.
func (networkMixin) Interceptors() []ent.Interceptor {
	return []ent.Interceptor{confine(byNetwork("network_id"))}
}

// Hooks refuse rows in networks the viewer doesn't reach and confine what is changed.
func (networkMixin) Hooks() []ent.Hook {
	return []ent.Hook{insideOwnNetworks, confineMutation(byNetwork("network_id"))}
}

// optionalNetworkMixin is networkMixin for rows that may belong to the tenant as a whole. A viewer who is bound to
// networks doesn't see those.
type optionalNetworkMixin struct{ mixin.Schema }

// Fields of the mixin.
func (optionalNetworkMixin) Fields() []ent.Field {
	return []ent.Field{field.UUID("network_id", uuid.UUID{}).Optional().Nillable()}
}

// Edges of the mixin.
func (optionalNetworkMixin) Edges() []ent.Edge {
	return []ent.Edge{edge.To("network", Network.Type).Field("network_id").Unique()}
}

// Interceptors add the viewer's networks to every query.
func (optionalNetworkMixin) Interceptors() []ent.Interceptor { return networkMixin{}.Interceptors() }

// Hooks refuse rows in networks the viewer doesn't reach and confine what is changed.
func (optionalNetworkMixin) Hooks() []ent.Hook { return networkMixin{}.Hooks() }

// sharedNetworkMixin is optionalNetworkMixin for rows of the tenant as a whole that are read in all its networks, such as the tariffs
// that price them. Only viewers of the whole tenant change those.
type sharedNetworkMixin struct{ mixin.Schema }

// Fields of the mixin.
func (sharedNetworkMixin) Fields() []ent.Field { return optionalNetworkMixin{}.Fields() }

// Edges of the mixin.
func (sharedNetworkMixin) Edges() []ent.Edge { return optionalNetworkMixin{}.Edges() }

// Interceptors add the viewer's networks, and none, to every query.
func (sharedNetworkMixin) Interceptors() []ent.Interceptor {
	return []ent.Interceptor{confine(func(v tenancy.Viewer) func(*sql.Selector) {
		own := byNetwork("network_id")(v)
		if own == nil {
			return nil
		}
		return sql.OrPredicates(own, sql.FieldIsNull("network_id"))
	})}
}

// Hooks refuse rows in networks the viewer doesn't reach and confine what is changed.
func (sharedNetworkMixin) Hooks() []ent.Hook { return networkMixin{}.Hooks() }

// reachedTenant is for rows that belong to no network: whoever reaches any of the tenant's networks reads them, and whoever was only let
// choose the tenant doesn't.
type reachedTenant struct{ mixin.Schema }

// Interceptors show nothing to who reaches no network.
func (reachedTenant) Interceptors() []ent.Interceptor {
	return []ent.Interceptor{confine(func(v tenancy.Viewer) func(*sql.Selector) {
		if networks := v.Networks(); networks == nil || len(networks) > 0 {
			return nil
		}
		return func(s *sql.Selector) { s.Where(sql.False()) }
	})}
}

// ownTenant confines the tenants table itself: a viewer sees the one it acts in.
type ownTenant struct{ mixin.Schema }

// Policy refuses to act without a viewer who has a tenant.
func (ownTenant) Policy() ent.Policy { return viewerOrNothing{} }

// Interceptors add the tenant to every query.
func (ownTenant) Interceptors() []ent.Interceptor { return []ent.Interceptor{confine(byTenant("id"))} }

// Hooks confine what is changed.
func (ownTenant) Hooks() []ent.Hook { return []ent.Hook{confineMutation(byTenant("id"))} }

// ownNetwork confines the networks table to the viewer's networks.
type ownNetwork struct{ mixin.Schema }

// Interceptors add the viewer's networks to every query.
func (ownNetwork) Interceptors() []ent.Interceptor {
	return []ent.Interceptor{confine(byNetwork("id"))}
}

// Hooks confine what is changed.
func (ownNetwork) Hooks() []ent.Hook { return []ent.Hook{confineMutation(byNetwork("id"))} }

// fellowMembers shows a viewer the people who belong to its tenant and nobody else. People have no tenant of their own.
type fellowMembers struct{ mixin.Schema }

// Policy refuses to act without a viewer who has a tenant.
func (fellowMembers) Policy() ent.Policy { return viewerOrNothing{} }

// Interceptors add the membership to every query.
func (fellowMembers) Interceptors() []ent.Interceptor {
	return []ent.Interceptor{confine(func(v tenancy.Viewer) func(*sql.Selector) {
		return func(s *sql.Selector) {
			members := sql.Table("memberships")
			s.Where(sql.In(s.C("id"), sql.Select(members.C("user_id")).From(members).Where(sql.EQ(members.C("tenant_id"), v.Tenant))))
		}
	})}
}

// Hooks refuse to change people through ent: sign-in and invitations own their rows.
func (fellowMembers) Hooks() []ent.Hook {
	return []ent.Hook{refuseMutation("people are changed by sign-in and invitations")}
}

// appendOnly refuses to change or delete what was written. The database refuses it too.
type appendOnly struct{ mixin.Schema }

// Hooks of the mixin.
func (appendOnly) Hooks() []ent.Hook {
	return []ent.Hook{func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if !m.Op().Is(ent.OpCreate) {
				return nil, fmt.Errorf("%s is append-only: a correction is a row of its own", m.Type())
			}
			return next.Mutate(ctx, m)
		})
	}}
}

// viewerOrNothing is the first wall: no viewer with a tenant, no query.
type viewerOrNothing struct{}

func (viewerOrNothing) EvalQuery(ctx context.Context, _ ent.Query) error { return requireTenant(ctx) }
func (viewerOrNothing) EvalMutation(ctx context.Context, _ ent.Mutation) error {
	return requireTenant(ctx)
}

func requireTenant(ctx context.Context) error {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return err
	}
	if v.Kind == tenancy.KindDriver {
		return fmt.Errorf("driver %q meets no row through ent: what is a driver's own is asked as the database's role for drivers", v.ID)
	}
	if v.Tenant == uuid.Nil {
		return fmt.Errorf("viewer %q acts in no tenant: name the tenant whose data is meant", v.Name)
	}
	return nil
}

// filter turns a viewer into a condition; nil means no condition.
type filter func(tenancy.Viewer) func(*sql.Selector)

func byTenant(column string) filter {
	return func(v tenancy.Viewer) func(*sql.Selector) { return sql.FieldEQ(column, v.Tenant) }
}

func byNetwork(column string) filter {
	return func(v tenancy.Viewer) func(*sql.Selector) {
		networks := v.Networks()
		if networks == nil {
			return nil
		}
		return sql.FieldIn(column, networks...)
	}
}

func confine(f filter) ent.Interceptor {
	return intercept.TraverseFunc(func(ctx context.Context, q intercept.Query) error {
		v, err := tenancy.FromContext(ctx)
		if err != nil {
			return err
		}
		if p := f(v); p != nil {
			q.WhereP(p)
		}
		return nil
	})
}

func confineMutation(f filter) ent.Hook {
	return func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if m.Op().Is(ent.OpCreate) {
				return next.Mutate(ctx, m)
			}
			v, err := tenancy.FromContext(ctx)
			if err != nil {
				return nil, err
			}
			filtered, ok := m.(interface {
				WhereP(...func(*sql.Selector))
			})
			if !ok {
				return nil, fmt.Errorf("change %s: the mutation takes no condition, so it can't be confined to a tenant", m.Type())
			}
			if p := f(v); p != nil {
				filtered.WhereP(p)
			}
			return next.Mutate(ctx, m)
		})
	}
}

func stampTenant(next ent.Mutator) ent.Mutator {
	return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		if !m.Op().Is(ent.OpCreate) {
			return next.Mutate(ctx, m)
		}
		v, err := tenancy.FromContext(ctx)
		if err != nil {
			return nil, err
		}
		if err := m.SetField("tenant_id", v.Tenant); err != nil {
			return nil, fmt.Errorf("make %s: set its tenant: %w", m.Type(), err)
		}
		return next.Mutate(ctx, m)
	})
}

func insideOwnNetworks(next ent.Mutator) ent.Mutator {
	return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		value, set := m.Field("network_id")
		if !set && !m.Op().Is(ent.OpCreate) {
			return next.Mutate(ctx, m)
		}
		v, err := tenancy.FromContext(ctx)
		if err != nil {
			return nil, err
		}
		network, _ := value.(uuid.UUID)
		if !v.Sees(network) {
			return nil, &gen.NotFoundError{}
		}
		return next.Mutate(ctx, m)
	})
}

func refuseMutation(reason string) ent.Hook {
	return func(ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(_ context.Context, m ent.Mutation) (ent.Value, error) {
			return nil, fmt.Errorf("%s can't be changed here: %s", m.Type(), reason)
		})
	}
}
