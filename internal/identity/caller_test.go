package identity

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestWhoeverBelongsToSeveralTenantsChooses(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.member(p.a.tenant, "both@demo.example", tenancy.Operator, p.a.main)
	_, token := p.invite(console(t, p.a.tenant), "both@demo.example", tenancy.Reader, p.a.second)
	ok(t, p.AcceptInvitation(t.Context(), token, goodPassword))
	p.member(p.b.tenant, "both@demo.example", tenancy.Admin, uuid.Nil)

	c := p.person("both@demo.example")

	if got := c.Tenants(); !slices.Equal(got, []TenantChoice{{"alpha", "Demo Charging"}, {"beta", "Demo Charging"}}) {
		t.Errorf("the choice is %v", got)
	}
	if v := p.viewer(c, "", ""); v.Tenant != uuid.Nil || len(v.Grants) != 0 || len(v.Permissions()) != 0 || v.ID != c.User().ID {
		t.Errorf("without a choice the viewer is %+v", v)
	}
	if v := p.viewer(c, "alpha", ""); v.Tenant != p.a.tenant || !v.Can(tenancy.StationWrite, p.a.main) || v.Can(tenancy.StationWrite, p.a.second) || !v.Sees(p.a.second) {
		t.Errorf("in A the viewer is %+v", v)
	}
	if v := p.viewer(c, "beta", ""); v.Tenant != p.b.tenant || !v.Can(tenancy.MemberWrite, uuid.Nil) {
		t.Errorf("in B the viewer is %+v", v)
	}
	_, err := c.Viewer(t.Context(), "", "depot")
	want(t, err, fault.Invalid, "")
	if c.Key() != "user:"+c.User().ID.String() || !c.ByCookie() || c.User().Email != "both@demo.example" {
		t.Errorf("the caller is %+v", c)
	}
}

func TestSec058_AForeignTenantLooksLikeNone(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, key := p.key(p.a.tenant, KeySpec{Role: tenancy.Owner})
	for name, c := range map[string]Caller{"a person": p.person("owner@alpha.example"), "an app": p.app(key)} {
		for _, network := range []string{"", "depot"} {
			_, foreign := c.Viewer(t.Context(), "beta", network)
			_, unknown := c.Viewer(t.Context(), "nowhere", network)
			same(t, foreign, unknown)
			if !fault.Is(foreign, fault.NotFound) {
				t.Errorf("%s in tenant B: %v", name, foreign)
			}
		}
		if v := p.viewer(c, "alpha", "depot"); v.Narrowed != p.a.second {
			t.Errorf("%s is narrowed to %v", name, v.Narrowed)
		}
	}
}

func TestSec074_NarrowingReachesNoSibling(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.member(p.a.tenant, "sub@demo.example", tenancy.Admin, p.a.second)
	_, key := p.key(p.a.tenant, KeySpec{Role: tenancy.Admin, Network: p.a.second})
	p.sql("update networks set slug = 'only-in-b' where id = $1", p.b.second)
	for name, c := range map[string]Caller{"a person": p.person("sub@demo.example"), "an app": p.app(key)} {
		_, sibling := c.Viewer(t.Context(), "alpha", "main")
		_, foreign := c.Viewer(t.Context(), "alpha", "only-in-b")
		_, unknown := c.Viewer(t.Context(), "alpha", "nowhere")
		same(t, sibling, unknown)
		same(t, foreign, unknown)
		if !fault.Is(unknown, fault.NotFound) {
			t.Errorf("%s: %v", name, unknown)
		}
		if v := p.viewer(c, "", "depot"); !slices.Equal(v.Networks(), []uuid.UUID{p.a.second}) || v.Can(tenancy.StationWrite, p.a.main) {
			t.Errorf("%s sees %v", name, v.Networks())
		}
	}
}

func TestSec076_ASuspendedTenantCanNotBeChosen(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	c := p.person("owner@alpha.example")
	v := p.viewer(c, "", "")
	p.sql("update tenants set status = 'SUSPENDED' where id = $1", p.a.tenant)

	if p.StillValid(t.Context(), c, v) {
		t.Error("an open socket would go on")
	}
	c = p.person("owner@alpha.example")
	if v := p.viewer(c, "", ""); len(c.Tenants()) != 0 || v.Tenant != uuid.Nil {
		t.Errorf("the person chooses from %v", c.Tenants())
	}
	_, err := c.Viewer(t.Context(), "alpha", "")
	want(t, err, fault.Forbidden, "")
	_, err = p.person("owner@beta.example").Viewer(t.Context(), "alpha", "")
	want(t, err, fault.NotFound, "")
}

func TestSec068_AnOpenSocketEndsWithWhatItStandsOn(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for name, end := range map[string]struct {
		change string
		after  time.Duration
	}{
		"nothing":             {"select 1", 0},
		"signed out":          {"delete from sign_in_sessions", 0},
		"idle too long":       {"select 1", idleLife + time.Hour},
		"disabled":            {"update users set disabled_at = now() where email = 'sub@demo.example'", 0},
		"role taken":          {"update memberships set role = 'VIEWER' where role = 'OPERATOR'", 0},
		"removed":             {"delete from memberships where role = 'OPERATOR'", 0},
		"staff no longer":     {"update users set platform_role = null where email = 'sub@demo.example'", 0},
		"one of two roles":    {"delete from memberships where role = 'FINANCE'", 0},
		"not accepted":        {"update memberships set accepted_at = null where role = 'OPERATOR'", 0},
		"moved elsewhere":     {"update memberships set network_id = (select id from networks where slug = 'yard') where role = 'OPERATOR'", 0},
		"another's sign-outs": {"delete from sign_in_sessions where user_id <> (select id from users where email = 'sub@demo.example')", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			_, err := p.CreateNetwork(console(t, p.a.tenant), NetworkSpec{Name: "Yard"})
			ok(t, err)
			p.member(p.a.tenant, "sub@demo.example", tenancy.Operator, p.a.second)
			_, token := p.invite(console(t, p.a.tenant), "sub@demo.example", tenancy.Finance, p.a.main)
			ok(t, p.AcceptInvitation(t.Context(), token, goodPassword))
			p.sql("update users set platform_role = 'SUPPORT' where email = 'sub@demo.example'")
			p.signIn("owner@alpha.example", goodPassword)
			c := p.person("sub@demo.example")
			v := p.viewer(c, "alpha", "")
			narrow := p.viewer(c, "alpha", "depot")
			if !p.StillValid(t.Context(), c, v) || !p.StillValid(t.Context(), c, narrow) || v.PlatformRole != tenancy.PlatformSupport {
				t.Fatal("the caller isn't valid to begin with")
			}

			p.sql(end.change)
			p.clock.advance(end.after)

			valid := name == "nothing" || name == "another's sign-outs"
			if p.StillValid(t.Context(), c, v) != valid || p.StillValid(t.Context(), c, narrow) != valid {
				t.Errorf("the caller is valid: %v", !valid)
			}
		})
	}
	if p.StillValid(t.Context(), Caller{}, tenancy.Viewer{}) {
		t.Error("nobody is valid")
	}
	_, err := Caller{}.Viewer(t.Context(), "alpha", "")
	want(t, err, fault.Unauthenticated, "")
}

func TestWhoCanNotBeCheckedIsNotLetOn(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	c := p.person("owner@alpha.example")
	v := p.viewer(c, "", "")
	p.db.Close()
	if p.StillValid(t.Context(), c, v) {
		t.Error("without a database the caller is valid")
	}
	_, err := p.recognise(header("Cookie", cookieName+"="+newToken()))
	if err == nil || fault.Of(err) != nil {
		t.Errorf("without a database a caller is told that they are at fault: %v", err)
	}
}

func TestAnEventThatIsLostOrBrokenConcernsEverybody(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	c := p.person("owner@alpha.example")
	if !c.Concerned(bus.Event{Missed: true}) || !c.Concerned(bus.Event{Payload: []byte("{")}) || c.Concerned(bus.Event{Payload: []byte("{}")}) {
		t.Error("an event concerns the wrong people")
	}
}
