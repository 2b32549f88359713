package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/graph"
	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// Whoever tries what their role doesn't include is in the log of who did what, once for each request and mutation, whatever they
// called the field.
func TestRefusedAttemptsAreNoted(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	reader, sub := a.w.Key(a.w.A, tenancy.Reader, uuid.Nil), a.w.Key(a.w.A, tenancy.Reader, a.w.A.Sub)
	for _, key := range []string{reader, sub} {
		a.ask(key, `mutation { innocent: addStation(input: {identity: "X"}) { station { id } } two: addStation(input: {identity: "Y"}) { station { id } } ...more }
			fragment more on Mutation { revokeApiKey(input: {id: "01a1fdc2-d53b-77c9-b65c-74057ca00c13"}) { apiKey { id } } }`, nil)
	}
	// Only a viewer of the whole tenant may rename it: here the domain refuses, not the schema.
	a.ask(a.w.Key(a.w.A, tenancy.Admin, a.w.A.Sub), `mutation { updateTenant(input: {name: "Mine"}) { tenant { id } } }`, nil)
	// What was only mistaken isn't noted.
	a.ask(a.owner(a.w.A), `mutation { addStation(input: {identity: "not an identity"}) { station { id } } }`, nil)
	got := worldtest.OwnerValue[string](a.w, `select string_agg(action || ' ' || coalesce(n.slug, '-') || ' ' || (details->>'times') || ' ' || actor_name, ', ' order by action, n.slug)
		from audit_events e left join networks n on n.id = e.network_id where outcome = 'REFUSED' and request_id <> '' and details->>'reason' <> ''`)
	if want := "api.addStation sub 2 VIEWER, api.addStation - 2 VIEWER, api.revokeApiKey sub 1 VIEWER, api.revokeApiKey - 1 VIEWER, api.updateTenant sub 1 ADMIN"; got != want {
		t.Errorf("noted are\n%s\nwant\n%s", got, want)
	}
	log := must[struct{ AuditEvents struct{ TotalCount int } }](a, a.owner(a.w.A), `{ auditEvents(where: {outcome: "REFUSED"}) { totalCount } }`, nil)
	if log.AuditEvents.TotalCount != 5 {
		t.Errorf("the owner sees %d refusals", log.AuditEvents.TotalCount)
	}
	if theirs := worldtest.OwnerValue[int](a.w, "select count(*) from audit_events where tenant_id = $1 and outcome = 'REFUSED'", a.w.B.ID); theirs != 0 {
		t.Errorf("the neighbour's log has %d refusals", theirs)
	}
}

// A revoked key's socket closes on the announcement, without waiting for the next check.
func TestSec068_ARevocationIsHeardAtOnce(t *testing.T) {
	t.Parallel()
	a := newAPIWith(t, graph.Options{RecheckInterval: time.Hour})
	made, key, err := a.w.Identity.CreateAPIKey(a.w.A.As(tenancy.Owner), identity.KeySpec{Name: "app", Role: tenancy.Reader})
	if err != nil {
		t.Fatal(err)
	}
	other, otherKey, err := a.w.Identity.CreateAPIKey(a.w.A.As(tenancy.Owner), identity.KeySpec{Name: "other", Role: tenancy.Reader})
	if err != nil {
		t.Fatal(err)
	}
	a.w.AddStation(a.w.A, a.w.A.Main, "CP1", 1)
	s, bystander := a.open(key), a.open(otherKey)
	for _, socket := range []*socket{s, bystander} {
		socket.subscribe("1", `subscription { stationConnection { online } }`, nil)
		socket.event()
	}
	if _, err := a.w.Identity.RevokeAPIKey(a.w.A.As(tenancy.Owner), made.ID); err != nil {
		t.Fatal(err)
	}
	s.ended()
	a.w.Connect(a.w.A, "CP1")
	bystander.until(`"online":true`)
	if other.RevokedAt != nil {
		t.Error("the bystander's key is revoked")
	}
}

// Where the schema is hidden, neither introspection nor a misspelt name tells what is in it; by default both do.
func TestSec062_TheSchemaIsHiddenWhereTheOperatorSaysSo(t *testing.T) {
	t.Parallel()
	for _, hidden := range []bool{true, false} {
		a := newAPIWith(t, graph.Options{HideSchema: hidden})
		key := a.owner(a.w.A)
		for _, query := range []string{`{ __schema { types { fields { name } } } }`, `{ __type(name: "Station") { fields { name } } }`} {
			if r := a.ask(key, query, nil); strings.Contains(r.raw, "identity") == hidden {
				t.Errorf("hidden %v: %s was answered %s", hidden, query, r.raw[:min(len(r.raw), 200)])
			}
		}
		if r := a.ask(key, `{ stationz { totalCount } }`, nil); strings.Contains(r.raw, "Did you mean") == hidden {
			t.Errorf("hidden %v: a misspelt field was answered %s", hidden, r.raw)
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", "text/html")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if (response.StatusCode == http.StatusOK) == hidden {
			t.Errorf("hidden %v: GraphiQL was answered %d", hidden, response.StatusCode)
		}
	}
}

// Being of the platform's staff opens no tenant's data by itself, not even with the tenant set. That a tenant can't be chosen
// without a membership is tested in package identity.
func TestSec073_APlatformRoleAloneSeesNothing(t *testing.T) {
	t.Parallel()
	p := populate(t)
	client := reflect.ValueOf(p.w.DB.Ent()).Elem()
	for _, role := range []tenancy.PlatformRole{tenancy.PlatformSupport, tenancy.PlatformAdmin} {
		staff := tenancy.Viewer{Kind: tenancy.KindUser, ID: uuid.New(), Name: "staff", PlatformRole: role}
		if held := staff.Permissions(); len(held) > 0 {
			t.Errorf("%s holds %v", role, held)
		}
		for _, tenant := range []uuid.UUID{uuid.Nil, p.w.A.ID} {
			staff.Tenant = tenant
			ctx := tenancy.NewContext(t.Context(), staff)
			for i := range client.NumField() {
				name := client.Type().Field(i).Name
				if client.Field(i).Kind() != reflect.Pointer || !strings.HasSuffix(client.Field(i).Type().String(), "Client") {
					continue
				}
				query := client.Field(i).MethodByName("Query").Call(nil)[0]
				out := query.MethodByName("All").Call([]reflect.Value{reflect.ValueOf(ctx)})
				if name == "Tenant" && tenant != uuid.Nil {
					continue // its own name is what a chosen tenant shows
				}
				if err, _ := out[1].Interface().(error); err == nil && out[0].Len() > 0 {
					t.Errorf("%s with the tenant %v reads %d rows of %s", role, tenant, out[0].Len(), name)
				}
			}
			if _, err := p.w.Charging.RemoteStop(ctx, p.of[p.w.A.Main]["charging_sessions"], 0); err == nil {
				t.Errorf("%s with the tenant %v stopped a session", role, tenant)
			}
		}
	}
}

// Two tenants that ask through one handler at the same time each get their own rows: nothing is kept between requests but parsed
// documents.
func TestSec075_ConcurrentTenantsShareNothing(t *testing.T) {
	t.Parallel()
	p := populate(t)
	query := `query($first: Int!) { stations(first: $first) { totalCount edges { node { id network { id } location { id } sessions { edges { node { id token { id } } } } messages(first: 5) { edges { node { id } } } } } } tokens { edges { node { id } } } }`
	callers := []struct {
		key     string
		own     uuid.UUID
		foreign map[string]string
	}{
		{p.owner(p.w.A), p.of[p.w.A.Main]["stations"], p.foreign("tenant_id = $1", p.w.B.ID)},
		{p.owner(p.w.B), p.of[p.w.B.Main]["stations"], p.foreign("tenant_id = $1", p.w.A.ID)},
		{p.w.Key(p.w.A, tenancy.Reader, p.w.A.Sub), p.of[p.w.A.Sub]["stations"], p.foreign("tenant_id = $1 or network_id = $2", p.w.B.ID, p.w.A.Main)},
	}
	var all sync.WaitGroup
	for round := range 30 {
		caller := callers[round%len(callers)]
		all.Go(func() {
			r := p.ask(caller.key, query, map[string]any{"first": 20})
			if len(r.Errors) > 0 || !strings.Contains(r.raw, caller.own.String()) {
				t.Errorf("a caller didn't get its own rows: %s", r.raw[:min(len(r.raw), 500)])
			}
			for _, id := range uuids.FindAllString(r.raw, -1) {
				if table, bad := caller.foreign[id]; bad {
					t.Errorf("a caller got a row of another's %s", table)
				}
			}
		})
	}
	all.Wait()
}

// A role, a tenant or anything else that isn't in an input is refused, on every mutation.
func TestSec057_NoMutationTakesFieldsItDoesNotName(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	key := a.owner(a.w.A)
	for _, m := range schemaOf().Mutation.Fields {
		for _, smuggled := range []string{"tenantId", "platformRole", "acceptedAt", "epoch", "onboarding"} {
			input := map[string]any{smuggled: uuid.NewString()}
			query := fmt.Sprintf("mutation($input: %s!) { %s(input: $input) { __typename } }", m.Arguments.ForName("input").Type.Name(), m.Name)
			if r := a.ask(key, query, map[string]any{"input": input}); r.code() != "INVALID" || !strings.Contains(r.raw, smuggled) && !strings.Contains(r.raw, "must be defined") {
				t.Errorf("%s with %s was answered %s", m.Name, smuggled, r.raw)
			}
		}
	}
	if !json.Valid([]byte(a.ask(key, "{ viewer { permissions } }", nil).raw)) {
		t.Error("the interface doesn't answer any more")
	}
}
