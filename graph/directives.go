package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/graph/generated"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// directives are what the schema's own words about access mean.
var directives = generated.DirectiveRoot{
	Permission:    permission,
	Authenticated: authenticated,
	Driver:        driver,
}

// permission opens a field to viewers who hold the permission in some network they reach. Which objects they meet behind it is
// decided by the walls below.
func permission(ctx context.Context, _ any, next graphql.Resolver, requires string) (any, error) {
	v, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	if v.Tenant == uuid.Nil {
		return nil, fault.New(fault.Invalid, "Say which tenant is meant: send its slug in the header X-Busbar-Tenant.")
	}
	if v.Kind == tenancy.KindDriver {
		return nil, fault.New(fault.Forbidden, "This is for staff: drivers have a door of their own.")
	}
	if !v.CanSomewhere(tenancy.Permission(requires)) {
		return nil, fault.New(fault.Forbidden, "Your role doesn't include %s: ask an admin of the tenant.", requires)
	}
	return next(ctx)
}

// authenticated opens a field to everybody who is signed in, drivers apart: what they are is my.driver.
func authenticated(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	v, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	if v.Kind == tenancy.KindDriver {
		return nil, fault.New(fault.Forbidden, "This is for staff: drivers have a door of their own.")
	}
	return next(ctx)
}

func signedIn(ctx context.Context) (tenancy.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return v, fault.New(fault.Unauthenticated, "Sign in, or send an API key: Authorization: Bearer KEY.").Because(err)
	}
	return v, nil
}
