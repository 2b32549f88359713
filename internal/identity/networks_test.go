package identity

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestANetworkTakesWhatIsLeftOutFromItsNameAndTenant(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	admin := as(t, p.a.tenant, tenancy.Admin, uuid.Nil)
	for name, slug := range map[string]string{
		"City Centre (west)":     "city-centre-west",
		"充電":                     "network",
		strings.Repeat("x", 100): strings.Repeat("x", 59),
	} {
		made, err := p.CreateNetwork(admin, NetworkSpec{Name: name})
		ok(t, err)
		if made.Slug != slug || made.Currency != "EUR" || made.AllowUnsecured || made.AcceptUnknownTokens {
			t.Errorf("%q became %v", name, made)
		}
	}
	again, err := p.CreateNetwork(admin, NetworkSpec{Name: "Depot", Currency: "jpy", AllowUnsecured: true, AcceptUnknownTokens: true})
	ok(t, err)
	if again.Slug != "depot-2" || again.Currency != "JPY" || !again.AllowUnsecured || !again.AcceptUnknownTokens {
		t.Errorf("the second depot is %v", again)
	}
	for field, spec := range map[string]NetworkSpec{
		"name": {Name: ""}, "slug": {Name: "N", Slug: "Not one"}, "currency": {Name: "N", Currency: "EURO"},
	} {
		p.refused(fault.Invalid, field, func() error { _, err := p.CreateNetwork(admin, spec); return err })
	}
	p.refused(fault.Conflict, "slug", func() error { _, err := p.CreateNetwork(admin, NetworkSpec{Name: "N", Slug: "depot"}); return err })
	p.refused(fault.Forbidden, "", func() error {
		_, err := p.CreateNetwork(as(t, p.a.tenant, tenancy.Operator, uuid.Nil), NetworkSpec{Name: "N"})
		return err
	})
}

func TestSec081_ASlugInAnotherTenantIsNoOracle(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, err := p.CreateNetwork(console(t, p.a.tenant), NetworkSpec{Name: "Only here", Slug: "only-here"})
	ok(t, err)
	made, err := p.CreateNetwork(console(t, p.b.tenant), NetworkSpec{Name: "Only here"})
	ok(t, err)
	if made.Slug != "only-here" {
		t.Errorf("the slug is %q: tenant A's shows through", made.Slug)
	}
}

func TestSec058_AForeignNetworkLooksLikeNone(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	admin, name := as(t, p.a.tenant, tenancy.Owner, uuid.Nil), "Taken over"
	for what, act := range map[string]func(id uuid.UUID) error{
		"update": func(id uuid.UUID) error { _, err := p.UpdateNetwork(admin, id, NetworkChange{Name: &name}); return err },
		"archive": func(id uuid.UUID) error {
			_, err := p.ArchiveNetwork(admin, id)
			return err
		},
		"invite": func(id uuid.UUID) error {
			_, _, err := p.InviteMember(admin, Invitation{Email: "x@demo.example", Name: "X", Role: tenancy.Reader, Network: id})
			return err
		},
		"key": func(id uuid.UUID) error {
			_, _, err := p.CreateAPIKey(admin, KeySpec{Name: "K", Role: tenancy.Reader, Network: id})
			return err
		},
	} {
		before := p.snapshot()
		foreign := act(p.b.second)
		same(t, foreign, act(newID()))
		if !fault.Is(foreign, fault.NotFound) || p.snapshot() != before {
			t.Errorf("%s: %v", what, foreign)
		}
	}
}

func TestSec074_ASubNetworksAdminChangesTheirOwnAndNoSibling(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	admin, name, yes := as(t, p.a.tenant, tenancy.Admin, p.a.second), "Yard", true

	changed, err := p.UpdateNetwork(admin, p.a.second, NetworkChange{Name: &name, AllowUnsecured: &yes})
	ok(t, err)
	if changed.Name != name || !changed.AllowUnsecured || changed.AcceptUnknownTokens || changed.Slug != "depot" {
		t.Errorf("the network is %v", changed)
	}
	p.refused(fault.NotFound, "", func() error {
		_, err := p.UpdateNetwork(admin, p.a.main, NetworkChange{Name: &name})
		return err
	})
	p.refused(fault.Forbidden, "", func() error {
		_, err := p.UpdateNetwork(as(t, p.a.tenant, tenancy.Operator, p.a.second), p.a.second, NetworkChange{Name: &name})
		return err
	})
	empty := ""
	p.refused(fault.Invalid, "name", func() error {
		_, err := p.UpdateNetwork(admin, p.a.second, NetworkChange{Name: &empty})
		return err
	})
}

func TestANetworkWithStationsIsNotArchived(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, name := range numbered("CP-", 12) {
		p.addStation(p.a.tenant, p.a.second, name)
	}
	var refusal error
	p.refused(fault.Conflict, "", func() error {
		_, refusal = p.ArchiveNetwork(console(t, p.a.tenant), p.a.second)
		return refusal
	})
	if !strings.Contains(refusal.Error(), "CP-01, CP-02,") || !strings.Contains(refusal.Error(), "CP-10, and 2 more.") {
		t.Errorf("the refusal says %q", refusal)
	}

	p.sql("update stations set removed_at = now()")
	archived, err := p.ArchiveNetwork(console(t, p.a.tenant), p.a.second)
	ok(t, err)
	again, err := p.ArchiveNetwork(console(t, p.a.tenant), p.a.second)
	ok(t, err)
	if archived.ArchivedAt == nil || again.ArchivedAt == nil || !again.ArchivedAt.Equal(archived.ArchivedAt.Round(1000)) {
		t.Errorf("archived at %v, then %v", archived.ArchivedAt, again.ArchivedAt)
	}
	p.refused(fault.Conflict, "networkId", func() error {
		_, _, err := p.CreateAPIKey(console(t, p.a.tenant), KeySpec{Name: "K", Role: tenancy.Reader, Network: p.a.second})
		return err
	})
}

func TestTheLastNetworkStays(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	// What archiving the second network has done before it commits.
	underWay := map[string]any{"update networks set archived_at = now() where id = $1": p.a.second}
	want(t, p.whileHolding(func() error {
		_, err := p.ArchiveNetwork(console(t, p.a.tenant), p.a.main)
		return err
	}, underWay), fault.Conflict, "")
	p.refused(fault.Conflict, "", func() error { _, err := p.ArchiveNetwork(console(t, p.a.tenant), p.a.main); return err })
}

func TestAStationThatIsBeingAddedHoldsItsNetwork(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	underWay := map[string]any{
		"insert into stations (id, tenant_id, network_id, identity, name) select gen_random_uuid(), tenant_id, id, 'CP-1', 'CP-1' from networks where id = $1": p.a.second,
	}
	want(t, p.whileHolding(func() error {
		_, err := p.ArchiveNetwork(console(t, p.a.tenant), p.a.second)
		return err
	}, underWay), fault.Conflict, "")
}
