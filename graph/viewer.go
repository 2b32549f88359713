package graph

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/network"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/tenancy"
)

// viewer tells who is acting. Before a tenant is chosen it tells which ones there are to choose from.
func (r *Resolver) viewer(ctx context.Context) (*model.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	out := &model.Viewer{Networks: []*ent.Network{}, Permissions: []string{}, Tenants: []*model.TenantChoice{}}
	if caller, ok := callerOf(ctx); ok {
		out.User = caller.User()
		for _, t := range caller.Tenants() {
			out.Tenants = append(out.Tenants, &model.TenantChoice{Slug: t.Slug, Name: t.Name})
		}
	}
	if v.Tenant == uuid.Nil {
		return out, nil
	}
	if out.Tenant, err = r.ent().Tenant.Get(ctx, v.Tenant); err != nil {
		return nil, fmt.Errorf("load the viewer's tenant: %w", err)
	}
	if out.Networks, err = r.ent().Network.Query().Where(network.ArchivedAtIsNil()).Order(ent.Asc(network.FieldName)).All(ctx); err != nil {
		return nil, fmt.Errorf("load the viewer's networks: %w", err)
	}
	for _, p := range v.Permissions() {
		out.Permissions = append(out.Permissions, string(p))
	}
	if v.Kind == tenancy.KindApp {
		if out.App, err = r.ent().APIKey.Get(ctx, v.ID); err != nil && !ent.IsNotFound(err) {
			return nil, fmt.Errorf("load the viewer's key: %w", err)
		}
	}
	return out, nil
}
