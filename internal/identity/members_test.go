package identity

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestAnInvitedPersonChoosesAPasswordAndIsAMember(t *testing.T) {
	t.Parallel()
	p := newPlace(t)

	id, token := p.invite(as(t, p.a.tenant, tenancy.Admin, uuid.Nil), " New@Demo.example ", tenancy.Operator, p.a.second)
	if w := p.post("/auth/login", credentials("new@demo.example", "")); w.Code != 401 {
		t.Errorf("before accepting, signing in answers %d", w.Code)
	}
	ok(t, p.AcceptInvitation(t.Context(), token, goodPassword))

	v := p.viewer(p.person("new@demo.example"), "", "")
	if v.Tenant != p.a.tenant || len(v.Grants) != 1 || v.Grants[0] != (tenancy.Grant{Role: tenancy.Operator, Network: p.a.second}) {
		t.Errorf("the member is %+v", v)
	}
	for _, action := range []string{"member.invite", "member.accept"} {
		if n := read[int](p, "select count(*) from audit_events where action = $1 and tenant_id = $2 and network_id = $3 and subject_id = $4",
			action, p.a.tenant, p.a.second, id.String()); n != 1 {
			t.Errorf("%d audit events %s", n, action)
		}
	}
}

func TestWhatAnInvitationCanNotBe(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for field, in := range map[string]Invitation{
		"email": {Email: "nobody", Name: "X", Role: tenancy.Reader},
		"name":  {Email: "x@demo.example", Name: "", Role: tenancy.Reader},
		"role":  {Email: "x@demo.example", Name: "X", Role: "EMPEROR"},
	} {
		p.refused(fault.Invalid, field, func() error { _, _, err := p.InviteMember(console(t, p.a.tenant), in); return err })
	}
	p.refused(fault.Conflict, "", func() error {
		_, _, err := p.InviteMember(console(t, p.a.tenant), Invitation{Email: "owner@alpha.example", Name: "X", Role: tenancy.Owner})
		return err
	})
}

func TestSec072_NobodyInvitesAboveTheirRoleOrOutsideTheirNetworks(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	scoped := func(role tenancy.Role, scopes ...string) context.Context {
		return tenancy.NewContext(t.Context(), tenancy.Viewer{Kind: tenancy.KindApp, Tenant: p.a.tenant, ID: newID(), Name: "App",
			Grants: []tenancy.Grant{{Role: role}}, Scopes: scopes})
	}
	narrowed := func(network uuid.UUID) context.Context {
		return tenancy.NewContext(t.Context(), tenancy.Viewer{Kind: tenancy.KindUser, Tenant: p.a.tenant, ID: newID(), Name: "Somebody",
			Grants: []tenancy.Grant{{Role: tenancy.Owner}}, Narrowed: network})
	}
	mixed := tenancy.NewContext(t.Context(), tenancy.Viewer{Kind: tenancy.KindUser, Tenant: p.a.tenant, ID: newID(), Name: "Somebody",
		Grants: []tenancy.Grant{{Role: tenancy.Reader}, {Role: tenancy.Admin, Network: p.a.second}}})
	for name, c := range map[string]struct {
		ctx     context.Context
		role    tenancy.Role
		network uuid.UUID
		code    fault.Code
		field   string
	}{
		"an admin makes an owner":                   {as(t, p.a.tenant, tenancy.Admin, uuid.Nil), tenancy.Owner, uuid.Nil, fault.Forbidden, ""},
		"an operator invites":                       {as(t, p.a.tenant, tenancy.Operator, uuid.Nil), tenancy.Reader, uuid.Nil, fault.Forbidden, ""},
		"finance invites":                           {as(t, p.a.tenant, tenancy.Finance, uuid.Nil), tenancy.Reader, p.a.main, fault.Forbidden, ""},
		"a network's admin invites to the tenant":   {as(t, p.a.tenant, tenancy.Admin, p.a.second), tenancy.Reader, uuid.Nil, fault.Forbidden, "networkId"},
		"a network's admin invites to a sibling":    {as(t, p.a.tenant, tenancy.Admin, p.a.second), tenancy.Reader, p.a.main, fault.NotFound, "networkId"},
		"a network's admin makes an owner of it":    {as(t, p.a.tenant, tenancy.Admin, p.a.second), tenancy.Owner, p.a.second, fault.Forbidden, ""},
		"an admin of one network and reader of all": {mixed, tenancy.Reader, p.a.main, fault.Forbidden, ""},
		"one narrowed to a network, to the tenant":  {narrowed(p.a.second), tenancy.Reader, uuid.Nil, fault.Forbidden, "networkId"},
		"one narrowed to a network, to a sibling":   {narrowed(p.a.second), tenancy.Reader, p.a.main, fault.NotFound, "networkId"},
		"an app makes a member with more than it":   {scoped(tenancy.Admin, "member:*"), tenancy.Reader, uuid.Nil, fault.Forbidden, ""},
	} {
		t.Log(name)
		p.refused(c.code, c.field, func() error {
			_, _, err := p.InviteMember(c.ctx, Invitation{Email: "x@demo.example", Name: "X", Role: c.role, Network: c.network})
			return err
		})
	}
	for i, ctx := range []context.Context{mixed, narrowed(p.a.second), as(t, p.a.tenant, tenancy.Admin, p.a.second), scoped(tenancy.Admin)} {
		if _, _, err := p.InviteMember(ctx, Invitation{Email: numbered("y@", 9)[i] + ".example", Name: "Y", Role: tenancy.Admin, Network: p.a.second}); err != nil {
			t.Errorf("an admin of the network (%d) may not invite another: %v", i, err)
		}
	}
}

// Whoever registers somebody's address first must gain nothing in a tenant that invites that address later.
func TestSec056_AnAccountMadeElsewhereIsNotLetIn(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	// Tenant B's admin invites an address of tenant A's people, and takes the link for themselves.
	p.member(p.b.tenant, "boss@alpha.example", tenancy.Reader, uuid.Nil)
	attacker := p.person("boss@alpha.example")

	_, token := p.invite(console(t, p.a.tenant), "boss@alpha.example", tenancy.Owner, uuid.Nil)

	_, err := attacker.Viewer(t.Context(), p.a.slug, "")
	_, unknown := attacker.Viewer(t.Context(), "nowhere", "")
	same(t, err, unknown)
	if got := p.person("boss@alpha.example").Tenants(); len(got) != 1 || got[0].Slug != p.b.slug {
		t.Errorf("after the invitation the account reaches %v", got)
	}
	// The person invited doesn't know the password, so the account doesn't get in with their help either.
	p.refused(fault.Invalid, "password", func() error { return p.AcceptInvitation(t.Context(), token, "what they would choose") })
	// Whoever holds both the link and the password is let in.
	ok(t, p.AcceptInvitation(t.Context(), token, goodPassword))
	if v := p.viewer(p.person("boss@alpha.example"), p.a.slug, ""); !v.Can(tenancy.TenantClose, uuid.Nil) {
		t.Errorf("the account with its own link is %+v", v)
	}
}

func TestSec056_TwoTenantsThatInviteOnePersonMakeTwoLinks(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, fromA := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Owner, uuid.Nil)
	_, fromB := p.invite(console(t, p.b.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)

	ok(t, p.AcceptInvitation(t.Context(), fromB, goodPassword))
	if got := p.person("new@demo.example").Tenants(); len(got) != 1 || got[0].Slug != p.b.slug {
		t.Errorf("B's link opens %v", got)
	}
	ok(t, p.AcceptInvitation(t.Context(), fromA, goodPassword))
	if got := p.person("new@demo.example").Tenants(); len(got) != 2 {
		t.Errorf("with both links the account reaches %v", got)
	}
}

func TestSec056_TheApplicationCanNotWriteThatAMembershipWasAccepted(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id, _ := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Owner, uuid.Nil)
	user := read[uuid.UUID](p, "select user_id from memberships where id = $1", id)
	for _, statement := range []string{
		"update memberships set accepted_at = now() where user_id = $1",
		"update memberships set tenant_id = tenant_id where user_id = $1",
		"insert into memberships (id, tenant_id, user_id, role, accepted_at) select gen_random_uuid(), busbar_tenant(), $1, 'OWNER', now()",
		"update users set password_hash = 'x' where id = $1",
	} {
		if _, err := p.db.Exec(console(t, p.a.tenant), statement, user); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestUpdateMemberChangesARole(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id := p.member(p.a.tenant, "new@demo.example", tenancy.Reader, p.a.second)
	sub, err := p.Revocations()
	ok(t, err)
	defer sub.Close()
	caller := p.person("new@demo.example")

	changed, err := p.UpdateMember(as(t, p.a.tenant, tenancy.Admin, p.a.second), id, tenancy.Admin)
	ok(t, err)

	if changed.Role != tenancy.Admin || !caller.Concerned(event(t, sub)) {
		t.Errorf("the member is %v", changed)
	}
	if v := p.viewer(p.person("new@demo.example"), "", ""); v.Grants[0].Role != tenancy.Admin {
		t.Errorf("the member acts as %v", v.Grants)
	}
	p.refused(fault.Invalid, "role", func() error { _, err := p.UpdateMember(console(t, p.a.tenant), id, "EMPEROR"); return err })
}

func TestSec057_NobodyRaisesARoleAboveTheirOwn(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	reader := p.member(p.a.tenant, "reader@demo.example", tenancy.Reader, uuid.Nil)
	admin := p.member(p.a.tenant, "admin@demo.example", tenancy.Admin, uuid.Nil)
	inNetwork := p.member(p.a.tenant, "network@demo.example", tenancy.Reader, p.a.second)
	owner := read[uuid.UUID](p, "select id from memberships where tenant_id = $1 and role = 'OWNER'", p.a.tenant)
	for name, c := range map[string]struct {
		ctx    context.Context
		member uuid.UUID
		role   tenancy.Role
		code   fault.Code
	}{
		"an admin makes themselves an owner":         {as(t, p.a.tenant, tenancy.Admin, uuid.Nil), admin, tenancy.Owner, fault.Forbidden},
		"an admin makes another an owner":            {as(t, p.a.tenant, tenancy.Admin, uuid.Nil), reader, tenancy.Owner, fault.Forbidden},
		"an admin demotes an owner":                  {as(t, p.a.tenant, tenancy.Admin, uuid.Nil), owner, tenancy.Reader, fault.Forbidden},
		"an operator":                                {as(t, p.a.tenant, tenancy.Operator, uuid.Nil), reader, tenancy.Reader, fault.Forbidden},
		"a network's admin, a member of the tenant":  {as(t, p.a.tenant, tenancy.Admin, p.a.second), reader, tenancy.Admin, fault.NotFound},
		"a sibling network's admin":                  {as(t, p.a.tenant, tenancy.Owner, p.a.main), inNetwork, tenancy.Admin, fault.NotFound},
		"a network's admin makes an owner":           {as(t, p.a.tenant, tenancy.Admin, p.a.second), inNetwork, tenancy.Owner, fault.Forbidden},
		"another tenant's owner":                     {as(t, p.b.tenant, tenancy.Owner, uuid.Nil), reader, tenancy.Admin, fault.NotFound},
		"another tenant's owner, with A's network":   {as(t, p.b.tenant, tenancy.Owner, p.a.second), inNetwork, tenancy.Admin, fault.NotFound},
		"the console of another tenant":              {console(t, p.b.tenant), reader, tenancy.Admin, fault.NotFound},
		"the last owner demotes themselves":          {as(t, p.a.tenant, tenancy.Owner, uuid.Nil), owner, tenancy.Admin, fault.Conflict},
		"the console demotes the last owner as well": {console(t, p.a.tenant), owner, tenancy.Admin, fault.Conflict},
	} {
		t.Log(name)
		p.refused(c.code, "", func() error { _, err := p.UpdateMember(c.ctx, c.member, c.role); return err })
	}
	_, foreign := p.UpdateMember(console(t, p.b.tenant), reader, tenancy.Admin)
	_, unknown := p.UpdateMember(console(t, p.b.tenant), newID(), tenancy.Admin)
	same(t, foreign, unknown)
}

func TestSec068_ARemovedMemberIsOutAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id := p.member(p.a.tenant, "new@demo.example", tenancy.Operator, uuid.Nil)
	cookie := p.signIn("new@demo.example", goodPassword)
	caller, err := p.recognise(with(cookie))
	ok(t, err)
	viewer := p.viewer(caller, p.a.slug, "")
	if !p.StillValid(t.Context(), caller, viewer) {
		t.Fatal("the member isn't valid to begin with")
	}
	sub, err := p.Revocations()
	ok(t, err)
	defer sub.Close()

	ok(t, p.RemoveMember(as(t, p.a.tenant, tenancy.Admin, uuid.Nil), id))

	e := event(t, sub)
	if !caller.Concerned(e) || p.person("owner@beta.example").Concerned(e) {
		t.Error("the event concerns somebody else")
	}
	if p.StillValid(t.Context(), caller, viewer) {
		t.Error("the member is still valid")
	}
	after, err := p.recognise(with(cookie))
	ok(t, err)
	_, err = after.Viewer(t.Context(), p.a.slug, "")
	want(t, err, fault.NotFound, "")
	if n := read[int](p, "select count(*) from audit_events where action = 'member.remove' and details->>'email' = 'new@demo.example'"); n != 1 {
		t.Errorf("%d audit events", n)
	}
}

func TestSec058_RemovingMembersStaysWithinOnesTenantAndRank(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	reader := p.member(p.a.tenant, "reader@demo.example", tenancy.Reader, uuid.Nil)
	inNetwork := p.member(p.a.tenant, "network@demo.example", tenancy.Reader, p.a.second)
	owner := read[uuid.UUID](p, "select id from memberships where tenant_id = $1 and role = 'OWNER'", p.a.tenant)
	for name, c := range map[string]struct {
		ctx    context.Context
		member uuid.UUID
		code   fault.Code
	}{
		"another tenant's owner":    {as(t, p.b.tenant, tenancy.Owner, uuid.Nil), reader, fault.NotFound},
		"nobody's id":               {as(t, p.b.tenant, tenancy.Owner, uuid.Nil), newID(), fault.NotFound},
		"a sibling network's admin": {as(t, p.a.tenant, tenancy.Admin, p.a.main), inNetwork, fault.NotFound},
		"a network's admin":         {as(t, p.a.tenant, tenancy.Admin, p.a.second), reader, fault.NotFound},
		"an admin, an owner":        {as(t, p.a.tenant, tenancy.Admin, uuid.Nil), owner, fault.Forbidden},
		"an operator":               {as(t, p.a.tenant, tenancy.Operator, uuid.Nil), reader, fault.Forbidden},
		"the last owner":            {as(t, p.a.tenant, tenancy.Owner, uuid.Nil), owner, fault.Conflict},
	} {
		t.Log(name)
		p.refused(c.code, "", func() error { return p.RemoveMember(c.ctx, c.member) })
	}
	ok(t, p.RemoveMember(as(t, p.a.tenant, tenancy.Admin, p.a.second), inNetwork))
}

func TestAnOwnerWhoHasNotAcceptedOrHoldsANetworkAloneIsNoOtherOwner(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	owner := read[uuid.UUID](p, "select id from memberships where tenant_id = $1 and role = 'OWNER'", p.a.tenant)
	p.member(p.a.tenant, "network@demo.example", tenancy.Owner, p.a.second)
	_, token := p.invite(console(t, p.a.tenant), "second@demo.example", tenancy.Owner, uuid.Nil)
	p.refused(fault.Conflict, "", func() error { return p.RemoveMember(console(t, p.a.tenant), owner) })

	ok(t, p.AcceptInvitation(t.Context(), token, goodPassword))
	ok(t, p.RemoveMember(console(t, p.a.tenant), owner))
}

func TestTwoOwnersWhoRemoveEachOtherLeaveOne(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	first := read[uuid.UUID](p, "select id from memberships where tenant_id = $1 and role = 'OWNER'", p.a.tenant)
	second := p.member(p.a.tenant, "second@demo.example", tenancy.Owner, uuid.Nil)
	// What removing the second owner has done before it commits.
	underWay := map[string]any{
		"select from tenants where id = $1 for no key update": p.a.tenant,
		"delete from memberships where id = $1":               second,
	}
	want(t, p.whileHolding(func() error { return p.RemoveMember(console(t, p.a.tenant), first) }, underWay), fault.Conflict, "")
}

func TestInvitingAgainReplacesTheLink(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	first, old := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)
	second, fresh := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)
	if first != second {
		t.Errorf("the membership is %v, then %v", first, second)
	}
	want(t, p.AcceptInvitation(t.Context(), old, goodPassword), fault.NotFound, "")
	p.refused(fault.Conflict, "", func() error {
		_, _, err := p.InviteMember(console(t, p.a.tenant), Invitation{Email: "new@demo.example", Name: "X", Role: tenancy.Owner})
		return err
	})
	ok(t, p.AcceptInvitation(t.Context(), fresh, goodPassword))
}

func TestAnInvitationExpires(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, token := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)
	p.clock.advance(invitationLife)
	p.refused(fault.NotFound, "", func() error { return p.AcceptInvitation(t.Context(), token, goodPassword) })

	_, fresh := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)
	p.clock.advance(invitationLife - time.Second)
	ok(t, p.AcceptInvitation(t.Context(), fresh, goodPassword))
}

func TestAnInvitationWorksOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, token := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)
	if n := read[int](p, "select count(*) from invitations where position($1::bytea in token_hash) > 0", []byte(token)); n != 0 {
		t.Error("the token itself is stored")
	}
	passwords := []string{"the first password", "the second password", "the third password"}
	errs := atOnce(3, func(i int) error { return p.AcceptInvitation(t.Context(), token, passwords[i]) })
	if succeeded(errs) != 1 {
		t.Fatalf("three at once: %v", errs)
	}
	for i, err := range errs {
		code := p.post("/auth/login", credentials("new@demo.example", passwords[i])).Code
		if (err == nil) != (code == 204) {
			t.Errorf("%q answered %v and then signs in with %d", passwords[i], err, code)
		}
	}
	want(t, p.AcceptInvitation(t.Context(), token, goodPassword), fault.NotFound, "")
}

// What two requests find at once, only one may use.
func TestAnInvitationThatChangedMeanwhileIsNotUsed(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, fromA := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Owner, uuid.Nil)
	_, fromB := p.invite(console(t, p.b.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)
	foundA, err := p.findInvitation(t.Context(), fromA)
	ok(t, err)
	foundB, err := p.findInvitation(t.Context(), fromB)
	ok(t, err)
	ok(t, p.AcceptInvitation(t.Context(), fromB, goodPassword))
	use := func(token string, in *invited, hash *string) error {
		return p.db.InTx(asSignIn(t.Context()), func(ctx context.Context, tx *db.Tx) error { return p.use(ctx, tx, token, in, hash) })
	}
	p.refused(fault.NotFound, "", func() error { return use(fromB, foundB, nil) })
	p.refused(fault.Conflict, "", func() error { return use(fromA, foundA, new("another hash")) })
	ok(t, p.AcceptInvitation(t.Context(), fromA, goodPassword))
}

func TestAnInvitationEndsWithItsMembershipAndRestsWithItsTenant(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id, token := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)
	p.sql("update tenants set status = 'SUSPENDED' where id = $1", p.a.tenant)
	p.refused(fault.NotFound, "", func() error { return p.AcceptInvitation(t.Context(), token, goodPassword) })
	p.sql("update tenants set status = 'ACTIVE'")
	p.sql("update users set disabled_at = now() where email = 'new@demo.example'")
	p.refused(fault.NotFound, "", func() error { return p.AcceptInvitation(t.Context(), token, goodPassword) })
	p.sql("update users set disabled_at = null")
	p.refused(fault.Invalid, "password", func() error { return p.AcceptInvitation(t.Context(), token, "too short") })
	p.refused(fault.NotFound, "", func() error { return p.AcceptInvitation(t.Context(), "", goodPassword) })

	ok(t, p.RemoveMember(console(t, p.a.tenant), id))
	p.refused(fault.NotFound, "", func() error { return p.AcceptInvitation(t.Context(), token, goodPassword) })
	if n := read[int](p, "select count(*) from invitations"); n != 0 {
		t.Errorf("%d invitations are left", n)
	}
}

// Only sign-in sees invitations and sessions; a tenant sees its own members alone.
func TestSec053_ATenantSeesNeitherInvitationsNorSessionsNorForeignPeople(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)
	p.signIn("owner@alpha.example", goodPassword)
	ctx := console(t, p.b.tenant)
	for _, table := range []string{"invitations", "sign_in_sessions"} {
		if _, err := p.db.Exec(ctx, "select from "+table); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", table, err)
		}
	}
	err := p.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		people, err := tx.Ent.User.Query().All(ctx)
		ok(t, err)
		if len(people) != 1 || people[0].Email != "owner@beta.example" {
			t.Errorf("tenant B sees %v", people)
		}
		return nil
	})
	ok(t, err)
}
