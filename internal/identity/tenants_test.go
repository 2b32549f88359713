package identity

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestATenantStartsWithANetworkAndAnOwnerWhoCanSignIn(t *testing.T) {
	t.Parallel()
	p := bare(t)

	tenant, network, err := p.CreateTenant(t.Context(), NewTenant{Slug: "demo", Name: " Demo Charging ", OwnerEmail: " Owner@Demo.example ", OwnerPassword: goodPassword})
	ok(t, err)

	c := p.person("owner@demo.example")
	v := p.viewer(c, "", "main")
	if v.Tenant != tenant || v.Narrowed != network || !v.Can(tenancy.StationWrite, network) {
		t.Errorf("the owner is %+v", v)
	}
	if v := p.viewer(c, "demo", ""); !v.Can(tenancy.TenantClose, uuid.Nil) {
		t.Error("the owner doesn't own the tenant")
	}
	if got := read[string](p, "select name || currency || timezone || status from tenants"); got != "Demo ChargingEUREurope/BerlinACTIVE" {
		t.Errorf("the tenant is %q", got)
	}
	if got := read[string](p, "select actor_name || action from audit_events where tenant_id = $1", tenant); got != "consoletenant.create" {
		t.Errorf("the audit log says %q", got)
	}
	if found, err := p.TenantBySlug(t.Context(), "demo"); err != nil || found != tenant {
		t.Errorf("the slug leads to %v, %v", found, err)
	}
	_, err = p.TenantBySlug(t.Context(), "elsewhere")
	want(t, err, fault.NotFound, "")
}

func TestWhatATenantCanNotBe(t *testing.T) {
	t.Parallel()
	p := bare(t)
	for field, change := range map[string]func(*NewTenant){
		"slug":          func(n *NewTenant) { n.Slug = "Not A Slug" },
		"name":          func(n *NewTenant) { n.Name = " \t" },
		"currency":      func(n *NewTenant) { n.Currency = "XYZ" },
		"timezone":      func(n *NewTenant) { n.Timezone = "Local" },
		"ownerEmail":    func(n *NewTenant) { n.OwnerEmail = "Owner <owner@demo.example>" },
		"ownerName":     func(n *NewTenant) { n.OwnerName = strings.Repeat("x", 201) },
		"ownerPassword": func(n *NewTenant) { n.OwnerPassword = "too short" },
	} {
		n := NewTenant{Slug: "demo", Name: "Demo Charging", OwnerEmail: "owner@demo.example", OwnerPassword: goodPassword}
		change(&n)
		p.refused(fault.Invalid, field, func() error {
			_, _, err := p.CreateTenant(t.Context(), n)
			return err
		})
	}
}

func TestASlugIsOneTenants(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.refused(fault.Conflict, "", func() error {
		_, _, err := p.CreateTenant(t.Context(), NewTenant{Slug: "alpha", Name: "Demo Charging", OwnerEmail: "other@demo.example", OwnerPassword: goodPassword})
		return err
	})
}

// An account is nobody's but its own: whoever registered an address elsewhere must not be handed a tenant by it.
func TestAnOwnerWithAnAccountGivesItsPassword(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	tenant := NewTenant{Slug: "gamma", Name: "Demo Charging", OwnerEmail: "owner@alpha.example", OwnerPassword: "another password"}
	p.refused(fault.Conflict, "ownerPassword", func() error {
		_, _, err := p.CreateTenant(t.Context(), tenant)
		return err
	})

	tenant.OwnerPassword = goodPassword
	_, _, err := p.CreateTenant(t.Context(), tenant)
	ok(t, err)

	if got := p.person("owner@alpha.example").Tenants(); len(got) != 2 {
		t.Errorf("the owner's tenants are %v", got)
	}
}

func TestAnInvitedPersonWhoBecomesAnOwnerGetsThePassword(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)

	_, _, err := p.CreateTenant(t.Context(), NewTenant{Slug: "gamma", Name: "Demo Charging", OwnerEmail: "new@demo.example", OwnerPassword: goodPassword})
	ok(t, err)

	if got := p.person("new@demo.example").Tenants(); !slices.Equal(got, []TenantChoice{{"gamma", "Demo Charging"}}) {
		t.Errorf("the owner's tenants are %v: an invitation isn't accepted by becoming an owner elsewhere", got)
	}
}

func TestPeriodicWorkFindsEveryTenant(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.sql("update tenants set status = 'SUSPENDED' where id = $1", p.b.tenant)
	ids, err := p.Tenants(t.Context())
	if err != nil || !slices.Equal(ids, []uuid.UUID{p.a.tenant, p.b.tenant}) {
		t.Errorf("the tenants are %v, %v", ids, err)
	}
}

func TestUpdateTenantChangesTheViewersOwn(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	name, zone := "Renamed Charging", "Asia/Tokyo"

	changed, err := p.UpdateTenant(as(t, p.a.tenant, tenancy.Admin, uuid.Nil), TenantChange{Name: &name, Timezone: &zone})
	ok(t, err)

	if changed.Name != name || changed.Timezone != zone {
		t.Errorf("the tenant is %v", changed)
	}
	if got := read[string](p, "select name || timezone from tenants where id = $1", p.b.tenant); got != "Demo ChargingEurope/Berlin" {
		t.Errorf("the other tenant became %q", got)
	}
	if n := read[int](p, "select count(*) from audit_events where action = 'tenant.update' and tenant_id = $1", p.a.tenant); n != 1 {
		t.Errorf("%d audit events", n)
	}
	empty, wrong := "", "Mars/Base"
	for field, act := range map[string]func() error{
		"name": func() error {
			_, err := p.UpdateTenant(console(t, p.a.tenant), TenantChange{Name: &empty})
			return err
		},
		"timezone": func() error {
			_, err := p.UpdateTenant(console(t, p.a.tenant), TenantChange{Timezone: &wrong})
			return err
		},
	} {
		p.refused(fault.Invalid, field, act)
	}
}

func TestSec074_ASubNetworksAdminDoesNotReachTheTenantItself(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	name := "Taken over"
	p.refused(fault.Forbidden, "", func() error {
		_, err := p.UpdateTenant(as(t, p.a.tenant, tenancy.Admin, p.a.second), TenantChange{Name: &name})
		return err
	})
	p.refused(fault.Forbidden, "", func() error {
		_, err := p.UpdateTenant(as(t, p.a.tenant, tenancy.Operator, uuid.Nil), TenantChange{Name: &name})
		return err
	})
	p.refused(fault.Forbidden, "", func() error {
		_, err := p.CreateNetwork(as(t, p.a.tenant, tenancy.Admin, p.a.second), NetworkSpec{Name: "Another"})
		return err
	})
	p.refused(fault.Forbidden, "", func() error {
		_, err := p.ArchiveNetwork(as(t, p.a.tenant, tenancy.Admin, p.a.second), p.a.second)
		return err
	})
}

func TestTheConsoleDoesEverythingInOneTenant(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	v := p.Console(t.Context(), p.a.tenant)
	if len(v.Permissions()) != len(tenancy.Permissions()) {
		t.Errorf("the console may %v", v.Permissions())
	}
	name := "Yard"
	p.refused(fault.NotFound, "", func() error {
		_, err := p.UpdateNetwork(tenancy.NewContext(t.Context(), v), p.b.second, NetworkChange{Name: &name})
		return err
	})
}

func TestNothingWorksWithoutAViewerOrATenant(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	nobody := tenancy.NewContext(t.Context(), tenancy.Viewer{Kind: tenancy.KindUser, ID: newID(), Name: "Nobody"})
	p.refused(fault.Forbidden, "", func() error { _, err := p.CreateNetwork(nobody, NetworkSpec{Name: "N"}); return err })
	before := p.snapshot()
	for name, act := range map[string]func() error{
		"create network": func() error { _, err := p.CreateNetwork(t.Context(), NetworkSpec{Name: "N"}); return err },
		"invite": func() error {
			_, _, err := p.InviteMember(t.Context(), Invitation{Email: "x@demo.example", Name: "X", Role: tenancy.Reader})
			return err
		},
		"create key": func() error {
			_, _, err := p.CreateAPIKey(t.Context(), KeySpec{Name: "K", Role: tenancy.Reader})
			return err
		},
		"invite without tenant": func() error {
			_, _, err := p.InviteMember(nobody, Invitation{Email: "x@demo.example", Name: "X", Role: tenancy.Reader})
			return err
		},
	} {
		if act() == nil {
			t.Errorf("%s went through", name)
		}
	}
	if p.snapshot() != before {
		t.Error("something was written")
	}
}
