package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Caller is a person, a driver or an app that proved who it is, before a tenant is chosen. The zero Caller is nobody.
type Caller struct {
	service *Service
	remote  string

	// Of an app.
	app *app

	// Of a driver.
	driver *driver

	// Of a person.
	user        *ent.User
	platform    tenancy.PlatformRole
	memberships []membership

	// session is the hash of a person's or a driver's token.
	session []byte
}

type membership struct {
	tenant  tenant
	role    tenancy.Role
	network uuid.UUID
}

type tenant struct {
	id                 uuid.UUID
	slug, name, status string
}

const active = "ACTIVE"

// TenantChoice is a tenant that a caller may act in.
type TenantChoice struct{ Slug, Name string }

// User is the person, nil for an app.
func (c Caller) User() *ent.User { return c.user }

// Key names the caller among all others, the same for each of its requests.
func (c Caller) Key() string {
	switch {
	case c.app != nil:
		return "app:" + c.app.ID.String()
	case c.user != nil:
		return "user:" + c.user.ID.String()
	case c.driver != nil:
		return "driver:" + c.driver.ID.String()
	default:
		return ""
	}
}

// ByCookie tells whether the browser sent the proof by itself, so that where the request came from must be checked: see
// Service.SameOrigin.
func (c Caller) ByCookie() bool { return c.session != nil }

// Tenants lists where the caller may act, by name; suspended tenants are left out.
func (c Caller) Tenants() []TenantChoice {
	if c.app != nil {
		return []TenantChoice{{c.app.Slug, c.app.TenantName}}
	}
	var choices []TenantChoice
	for _, m := range c.memberships {
		choice := TenantChoice{m.tenant.slug, m.tenant.name}
		if m.tenant.status == active && !slices.Contains(choices, choice) {
			choices = append(choices, choice)
		}
	}
	return choices
}

// Viewer lets the caller act in a tenant, and with a network's slug in that network alone. A person with one tenant needn't
// name it; with none or several and none named, the viewer has no tenant and can only ask about itself. What isn't the
// caller's looks like what doesn't exist.
func (c Caller) Viewer(ctx context.Context, tenantSlug, networkSlug string) (v tenancy.Viewer, err error) {
	switch {
	case c.driver != nil:
		v, err = c.driver.viewer(tenantSlug, networkSlug)
		v.Remote = c.remote
		return v, err
	case c.app != nil:
		v, err = c.app.viewer(tenantSlug)
	case c.user != nil:
		v, err = c.person(tenantSlug)
	default:
		err = fault.New(fault.Unauthenticated, "Sign in first.")
	}
	if err != nil {
		return tenancy.Viewer{}, err
	}
	v.Remote = c.remote
	if networkSlug == "" {
		return v, nil
	}
	if v.Tenant == uuid.Nil {
		return tenancy.Viewer{}, fault.New(fault.Invalid, "A network is chosen within a tenant: send the tenant's slug as X-Busbar-Tenant too.")
	}
	// Asked as the viewer, so that networks it doesn't reach aren't there.
	rows, err := c.service.db.Query(tenancy.NewContext(ctx, v), "select id from networks where slug = $1", networkSlug)
	if err != nil {
		return tenancy.Viewer{}, fmt.Errorf("find the network: %w", err)
	}
	v.Narrowed, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[uuid.UUID])
	if errors.Is(err, pgx.ErrNoRows) {
		return tenancy.Viewer{}, fault.Missing("network")
	}
	if err != nil {
		return tenancy.Viewer{}, fmt.Errorf("find the network: %w", err)
	}
	return v, nil
}

func (a *app) viewer(tenantSlug string) (tenancy.Viewer, error) {
	if tenantSlug != "" && tenantSlug != a.Slug {
		return tenancy.Viewer{}, fault.Missing("tenant")
	}
	return tenancy.Viewer{
		Kind: tenancy.KindApp, Tenant: a.Tenant, ID: a.ID, Name: a.Name, Scopes: a.Scopes,
		Grants: []tenancy.Grant{{Role: a.Role, Network: orNone(a.Network)}},
	}, nil
}

func (c Caller) person(tenantSlug string) (tenancy.Viewer, error) {
	v := tenancy.Viewer{Kind: tenancy.KindUser, ID: c.user.ID, Name: c.user.Name, PlatformRole: c.platform}
	if tenantSlug == "" {
		choices := c.Tenants()
		if len(choices) != 1 {
			return v, nil
		}
		tenantSlug = choices[0].Slug
	}
	for _, m := range c.memberships {
		if m.tenant.slug != tenantSlug {
			continue
		}
		if m.tenant.status != active {
			return v, fault.New(fault.Forbidden, "%s is suspended: nobody can work in it until the platform's operator lifts that.", m.tenant.name)
		}
		v.Tenant = m.tenant.id
		v.Grants = append(v.Grants, tenancy.Grant{Role: m.role, Network: m.network})
	}
	if v.Tenant == uuid.Nil {
		return v, fault.Missing("tenant")
	}
	return v, nil
}

// StillValid asks the database whether the caller may go on acting as the viewer: its session or key holds, and its roles in
// the viewer's tenant are what they were. Who can't be checked isn't let on.
func (s *Service) StillValid(ctx context.Context, c Caller, v tenancy.Viewer) bool {
	valid, err := s.stillValid(ctx, c, v)
	if err != nil {
		if ctx.Err() == nil {
			s.logger.Warn("a caller could not be checked again, so it has to come back", "caller", c.Key(), "error", err)
		}
		return false
	}
	return valid
}

func (s *Service) stillValid(ctx context.Context, c Caller, v tenancy.Viewer) (bool, error) {
	if c.app != nil {
		return s.keyHolds(ctx, c.app.ID)
	}
	if c.driver != nil {
		return s.driverHolds(ctx, c)
	}
	if c.user == nil {
		return false, nil
	}
	signedIn, err := s.exists(ctx, "select exists (select from sign_in_sessions where token_hash = $1 and user_id = $2 and expires_at > $3)",
		c.session, c.user.ID, s.now())
	if err != nil || !signedIn {
		return false, err
	}
	return s.hasRoles(ctx, c.user.ID, v)
}

// MayStillAct asks the database whether somebody who gave an order that goes on without them could still give it: the key holds, or
// the person has the roles that they had. Systems always may.
func (s *Service) MayStillAct(ctx context.Context, v tenancy.Viewer) (bool, error) {
	switch v.Kind {
	case tenancy.KindApp:
		return s.keyHolds(ctx, v.ID)
	case tenancy.KindUser:
		return s.hasRoles(ctx, v.ID, v)
	}
	return true, nil
}

func (s *Service) keyHolds(ctx context.Context, key uuid.UUID) (bool, error) {
	return s.exists(ctx, `select exists (select from api_keys k join tenants t on t.id = k.tenant_id
		where k.id = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2) and t.status = 'ACTIVE')`, key, s.now())
}

// hasRoles reports whether a person has the roles of a viewer, no more and no less.
func (s *Service) hasRoles(ctx context.Context, user uuid.UUID, v tenancy.Viewer) (bool, error) {
	present, found, err := s.loadPerson(ctx, user)
	if err != nil || !found {
		return false, err
	}
	var grants []tenancy.Grant
	for _, m := range present.memberships {
		if m.tenant.id == v.Tenant && m.tenant.status == active {
			grants = append(grants, tenancy.Grant{Role: m.role, Network: m.network})
		}
	}
	// Both lists are free of duplicates: a person has one role in one place.
	same := len(grants) == len(v.Grants) && !slices.ContainsFunc(grants, func(g tenancy.Grant) bool { return !slices.Contains(v.Grants, g) })
	return same && present.platform == v.PlatformRole, nil
}

func (s *Service) exists(ctx context.Context, query string, args ...any) (bool, error) {
	rows, err := s.db.Query(asSignIn(ctx), query, args...)
	if err != nil {
		return false, fmt.Errorf("check a caller again: %w", err)
	}
	there, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
	if err != nil {
		return false, fmt.Errorf("check a caller again: %w", err)
	}
	return there, nil
}
