package identity

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestAnAppActsWithItsKey(t *testing.T) {
	t.Parallel()
	p := newPlace(t)

	id, key := p.key(p.a.tenant, KeySpec{Name: "Fleet app", Role: tenancy.Operator, Network: p.a.second, Scopes: []string{"station:*", "session:read", "station:*"}})

	if !regexp.MustCompile(`^bb_[a-z0-9]{12}_[A-Za-z0-9_-]{43}$`).MatchString(key) {
		t.Errorf("the key reads %q", key)
	}
	c := p.app(key)
	v := p.viewer(c, "", "")
	if v.Kind != tenancy.KindApp || v.Tenant != p.a.tenant || v.ID != id || v.Name != "Fleet app" || len(v.Scopes) != 2 || c.ByCookie() || c.User() != nil || c.Key() != "app:"+id.String() {
		t.Errorf("the app is %+v", v)
	}
	for p, may := range map[tenancy.Permission]bool{
		tenancy.StationCommand: true, tenancy.SessionRead: true, tenancy.TokenRead: false, tenancy.StationRaw: false,
	} {
		if v.CanSomewhere(p) != may {
			t.Errorf("%s: %v", p, !may)
		}
	}
	if n := read[int](p, "select count(*) from audit_events where action = 'apikey.create' and subject_id = $1 and details::text not like '%' || $2 || '%'", id.String(), key); n != 1 {
		t.Errorf("%d audit events", n)
	}
}

func TestSec100_AKeyIsStoredAsAHashAlone(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, key := p.key(p.a.tenant, KeySpec{Role: tenancy.Admin})
	_, secret, _ := splitKey(key)
	if row := p.snapshot(); strings.Contains(row, secret) {
		t.Error("the secret is stored")
	}
	// Another secret of the server's opens nothing, so neither does the table alone.
	other := p.node(bus.NewMemory())
	other.keySecret = derive([]byte("another secret of thirty-two byt"), "busbar api keys")
	_, err := recogniseAt(t, other, bearer(key))
	want(t, err, fault.Unauthenticated, "")
}

func TestSec071_WhatIsNotAKeyIsRefusedAlike(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, key := p.key(p.a.tenant, KeySpec{Role: tenancy.Admin})
	prefix, secret, _ := splitKey(key)
	other := map[byte]byte{'A': 'B'}[secret[0]]
	if other == 0 {
		other = 'A'
	}
	cookie := p.signIn("owner@alpha.example", goodPassword)
	expired := p.clock.Now().Add(time.Minute)
	_, old := p.key(p.a.tenant, KeySpec{Role: tenancy.Admin, ExpiresAt: &expired})
	p.app(old) // into the cache
	p.app(key)
	p.clock.advance(time.Minute)
	for name, authorization := range map[string]string{
		"nothing":                "Bearer ",
		"no scheme":              key,
		"another scheme":         "Basic " + key,
		"a wrong secret":         "Bearer bb_" + prefix + "_" + string(other) + secret[1:],
		"another prefix":         "Bearer bb_" + strings.Repeat("a", 12) + "_" + secret,
		"one character less":     "Bearer " + key[:len(key)-1],
		"one character more":     "Bearer " + key + "A",
		"capitals":               "Bearer " + strings.ToUpper(key),
		"NUL and quotes":         "Bearer bb_'\x00or 1=1--x_" + secret,
		"an expired one":         "Bearer " + old,
		"a token with no alg":    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJvd25lciJ9.",
		"the session as a token": "Bearer " + cookie.Value,
	} {
		// A good cookie beside it doesn't help.
		_, err := p.recognise(header("Authorization", authorization), with(cookie))
		if f := fault.Of(err); f == nil || f.Code != fault.Unauthenticated || f.Message != "This API key is not valid: it may be mistyped, expired or revoked." {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.app(key)
}

func TestSec068_ARevokedKeyEndsWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id, key := p.key(p.a.tenant, KeySpec{Role: tenancy.Admin})
	caller := p.app(key)
	viewer := p.viewer(caller, "", "")
	elsewhere := p.node(bus.NewMemory()) // on a bus of its own: no news reaches it
	_, err := recogniseAt(t, elsewhere, bearer(key))
	ok(t, err)
	sub, err := p.Revocations()
	ok(t, err)
	defer sub.Close()
	if !p.StillValid(t.Context(), caller, viewer) {
		t.Fatal("the key isn't valid to begin with")
	}

	revoked, err := p.RevokeAPIKey(as(t, p.a.tenant, tenancy.Admin, uuid.Nil), id)
	ok(t, err)

	if revoked.RevokedAt == nil || !caller.Concerned(event(t, sub)) {
		t.Errorf("the key is %v", revoked)
	}
	if p.StillValid(t.Context(), caller, viewer) || elsewhere.StillValid(t.Context(), caller, viewer) {
		t.Error("an open socket would go on")
	}
	_, err = p.recognise(bearer(key))
	want(t, err, fault.Unauthenticated, "")
	p.clock.advance(5 * time.Second)
	_, err = recogniseAt(t, elsewhere, bearer(key))
	want(t, err, fault.Unauthenticated, "")

	again, err := p.RevokeAPIKey(as(t, p.a.tenant, tenancy.Admin, uuid.Nil), id)
	if err != nil || again.RevokedAt == nil {
		t.Errorf("revoking again: %v, %v", again, err)
	}
	if n := read[int](p, "select count(*) from audit_events where action = 'apikey.revoke'"); n != 1 {
		t.Errorf("%d audit events", n)
	}
}

func TestSec076_KeysOfASuspendedTenantAreRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, key := p.key(p.a.tenant, KeySpec{Role: tenancy.Admin})
	_, other := p.key(p.b.tenant, KeySpec{Role: tenancy.Admin})
	caller := p.app(key)
	viewer := p.viewer(caller, "", "")

	p.sql("update tenants set status = 'SUSPENDED' where id = $1", p.a.tenant)
	p.clock.advance(5 * time.Second)

	_, err := p.recognise(bearer(key))
	want(t, err, fault.Unauthenticated, "")
	if p.StillValid(t.Context(), caller, viewer) {
		t.Error("an open socket would go on")
	}
	p.app(other)
}

func TestSec072_AKeyHoldsNoMoreThanItsMaker(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	scoped := func(role tenancy.Role, network uuid.UUID, scopes ...string) context.Context {
		return tenancy.NewContext(t.Context(), tenancy.Viewer{Kind: tenancy.KindApp, Tenant: p.a.tenant, ID: newID(), Name: "App",
			Grants: []tenancy.Grant{{Role: role, Network: network}}, Scopes: scopes})
	}
	for name, c := range map[string]struct {
		ctx   context.Context
		spec  KeySpec
		code  fault.Code
		field string
	}{
		"an admin, an owner's key":                     {as(t, p.a.tenant, tenancy.Admin, uuid.Nil), KeySpec{Role: tenancy.Owner}, fault.Forbidden, ""},
		"an admin, an owner's key of little":           {as(t, p.a.tenant, tenancy.Admin, uuid.Nil), KeySpec{Role: tenancy.Owner, Scopes: []string{"station:read"}}, fault.Forbidden, ""},
		"an operator":                                  {as(t, p.a.tenant, tenancy.Operator, uuid.Nil), KeySpec{Role: tenancy.Reader}, fault.Forbidden, ""},
		"a network's admin, for the tenant":            {as(t, p.a.tenant, tenancy.Admin, p.a.second), KeySpec{Role: tenancy.Reader}, fault.Forbidden, "networkId"},
		"a network's admin, for a sibling":             {as(t, p.a.tenant, tenancy.Admin, p.a.second), KeySpec{Role: tenancy.Reader, Network: p.a.main}, fault.NotFound, "networkId"},
		"an app, all that its role may":                {scoped(tenancy.Admin, uuid.Nil, "apikey:*", "station:read"), KeySpec{Role: tenancy.Admin}, fault.Forbidden, ""},
		"an app, by the wildcard":                      {scoped(tenancy.Admin, uuid.Nil, "apikey:*", "station:read"), KeySpec{Role: tenancy.Admin, Scopes: []string{"*"}}, fault.Forbidden, ""},
		"an app, a kind of which it has one":           {scoped(tenancy.Admin, uuid.Nil, "apikey:*", "station:read"), KeySpec{Role: tenancy.Admin, Scopes: []string{"station:*"}}, fault.Forbidden, ""},
		"an app without the scope to make keys":        {scoped(tenancy.Admin, uuid.Nil, "station:read"), KeySpec{Role: tenancy.Reader, Scopes: []string{"station:read"}}, fault.Forbidden, ""},
		"an app of one network, for the tenant":        {scoped(tenancy.Admin, p.a.second), KeySpec{Role: tenancy.Reader}, fault.Forbidden, "networkId"},
		"a scope that isn't there":                     {console(t, p.a.tenant), KeySpec{Role: tenancy.Reader, Scopes: []string{"stations:read"}}, fault.Invalid, "scopes"},
		"half a wildcard":                              {console(t, p.a.tenant), KeySpec{Role: tenancy.Reader, Scopes: []string{"stat*"}}, fault.Invalid, "scopes"},
		"an empty scope, which would not narrow":       {console(t, p.a.tenant), KeySpec{Role: tenancy.Reader, Scopes: []string{""}}, fault.Invalid, "scopes"},
		"a role that isn't there":                      {console(t, p.a.tenant), KeySpec{Role: "EMPEROR"}, fault.Invalid, "role"},
		"a key that has expired":                       {console(t, p.a.tenant), KeySpec{Role: tenancy.Reader, ExpiresAt: new(p.clock.Now())}, fault.Invalid, "expiresAt"},
		"a name of two lines, as in a forged log line": {console(t, p.a.tenant), KeySpec{Role: tenancy.Reader, Name: "a\nb"}, fault.Invalid, "name"},
	} {
		t.Log(name)
		if c.spec.Name == "" {
			c.spec.Name = "App"
		}
		p.refused(c.code, c.field, func() error { _, _, err := p.CreateAPIKey(c.ctx, c.spec); return err })
	}
	_, _, err := p.CreateAPIKey(scoped(tenancy.Admin, uuid.Nil, "apikey:*", "station:read"), KeySpec{Name: "Part", Role: tenancy.Admin, Scopes: []string{"station:read"}})
	ok(t, err)
}

func TestSec058_RevokingStaysWithinOnesTenantAndRank(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	whole, _ := p.key(p.a.tenant, KeySpec{Role: tenancy.Reader})
	owners, _ := p.key(p.a.tenant, KeySpec{Role: tenancy.Owner})
	inNetwork, _ := p.key(p.a.tenant, KeySpec{Role: tenancy.Reader, Network: p.a.second})
	for name, c := range map[string]struct {
		ctx  context.Context
		key  uuid.UUID
		code fault.Code
	}{
		"another tenant's owner":           {as(t, p.b.tenant, tenancy.Owner, uuid.Nil), whole, fault.NotFound},
		"nobody's id":                      {as(t, p.b.tenant, tenancy.Owner, uuid.Nil), newID(), fault.NotFound},
		"a sibling network's admin":        {as(t, p.a.tenant, tenancy.Admin, p.a.main), inNetwork, fault.NotFound},
		"a network's admin, the tenant's":  {as(t, p.a.tenant, tenancy.Admin, p.a.second), whole, fault.NotFound},
		"an operator":                      {as(t, p.a.tenant, tenancy.Operator, uuid.Nil), whole, fault.Forbidden},
		"an admin, a key of an owner's":    {as(t, p.a.tenant, tenancy.Admin, uuid.Nil), owners, fault.Forbidden},
		"an operator in the key's network": {as(t, p.a.tenant, tenancy.Operator, p.a.second), inNetwork, fault.Forbidden},
	} {
		t.Log(name)
		p.refused(c.code, "", func() error { _, err := p.RevokeAPIKey(c.ctx, c.key); return err })
	}
	_, err := p.RevokeAPIKey(as(t, p.a.tenant, tenancy.Admin, p.a.second), inNetwork)
	ok(t, err)
}

func TestTheLastUseOfAKeyIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id, key := p.key(p.a.tenant, KeySpec{Role: tenancy.Reader})
	used := func() time.Time {
		p.app(key)
		return read[time.Time](p, "select last_used_at from api_keys where id = $1", id)
	}
	first := used()
	p.clock.advance(59 * time.Second)
	if again := used(); !again.Equal(first) {
		t.Errorf("noted %v after %v", again, first)
	}
	p.clock.advance(keyCacheLife)
	if later := used(); later.Sub(first) < time.Minute {
		t.Errorf("noted %v after %v", later, first)
	}
}

func TestTheCacheOfKeysStaysSmall(t *testing.T) {
	t.Parallel()
	k := newKeyCache(time.Now)
	for range keyCacheSize + 1 {
		k.put(newToken(), &app{})
	}
	if len(k.apps) > keyCacheSize {
		t.Errorf("%d keys", len(k.apps))
	}
}
