package graph_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// What asks for too much is refused before a resolver runs, with a code and what to do.
func TestSec059_TooMuchIsRefused(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	key := a.owner(a.w.A)
	nested := strings.Repeat("evses { station { ", 12) + "id" + strings.Repeat(" } }", 12)
	for name, c := range map[string]struct{ query, code string }{
		"depth":                  {"{ stations { edges { node { " + nested + " } } } }", "LIMIT"},
		"complexity":             {"{ stations(first: 200) { edges { node { messages(first: 200) { edges { node { id at } } } } } } }", "LIMIT"},
		"aliases":                {"{ " + aliases(1100) + " }", "LIMIT"},
		"fragment cycle":         {"query { viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }", "INVALID"},
		"Sec060 directives":      {"{ viewer " + strings.Repeat("@skip(if: false) ", 3000) + "{ permissions } }", "INVALID"},
		"Sec061 huge page":       {"{ stations(first: 1000000000) { totalCount } }", "INVALID"},
		"Sec061 negative page":   {"{ stations(first: -1) { totalCount } }", "INVALID"},
		"Sec061 first and last":  {"{ stations(first: 1, last: 1) { totalCount } }", "INVALID"},
		"Sec061 null page":       {"{ stations(first: null) { totalCount } }", "INVALID"},
		"Sec061 nested huge":     {"{ stations { edges { node { messages(first: 5000) { totalCount } } } } }", "INVALID"},
		"unknown field":          {"{ nothing }", "INVALID"},
		"id that is none":        {`{ station(id: "x") { id } }`, "INVALID"},
		"unknown enum value":     {`mutation { resetStation(input: {stationId: "01a1fdc2-d53b-77c9-b65c-74057ca00c13", type: SIDEWAYS}) { id } }`, "INVALID"},
		"Sec057 mass assignment": {`mutation { addStation(input: {identity: "X", tenantId: "01a1fdc2-d53b-77c9-b65c-74057ca00c13"}) { station { id } } }`, "INVALID"},
	} {
		if r := a.ask(key, c.query, nil); r.code() != c.code {
			t.Errorf("%s was answered %s", name, r.raw[:min(len(r.raw), 400)])
		}
	}
}

func aliases(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString("a")
		b.WriteString(strings.Repeat("b", b.Len()%7))
		b.WriteString(": __typename ")
	}
	return strings.ReplaceAll(b.String(), "a: __typename", "viewer { permissions }")
}

// Without a size a connection returns a page, not everything; nested ones too.
func TestPagesHaveADefaultSize(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	st := a.w.AddStation(a.w.A, a.w.A.Main, "CP1", 1)
	a.w.Owner(`insert into ocpp_messages (id, tenant_id, network_id, station_id, at, direction, type, action, message_id, payload)
		select gen_random_uuid(), $1, $2, $3, now(), 'RECEIVED', 'CALL', 'Heartbeat', i::text, '{}' from generate_series(1, 120) i`, a.w.A.ID, a.w.A.Main, st.ID)
	got := must[struct {
		OcppMessages struct {
			TotalCount int
			Edges      []any
		}
		Stations struct {
			Edges []struct {
				Node struct{ Messages struct{ Edges []any } }
			}
		}
	}](a, a.owner(a.w.A), "{ ocppMessages { totalCount edges { cursor } } stations { edges { node { messages { edges { cursor } } } } } }", nil)
	if got.OcppMessages.TotalCount != 120 || len(got.OcppMessages.Edges) != 50 || len(got.Stations.Edges[0].Node.Messages.Edges) != 50 {
		t.Errorf("%d in all, %d on the page, %d on the nested page", got.OcppMessages.TotalCount, len(got.OcppMessages.Edges), len(got.Stations.Edges[0].Node.Messages.Edges))
	}
}

// Only POST with JSON changes anything: a web page elsewhere can send a form or follow a link, not that.
func TestSec063_OnlyJSONByPost(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	bearer := "Bearer " + a.owner(a.w.A)
	body := `{"query":"{ viewer { permissions } }"}`
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""} {
		if r := a.post(http.Header{"Content-Type": {kind}, "Authorization": {bearer}}, body); r.status != http.StatusUnsupportedMediaType {
			t.Errorf("a body of type %q was answered %d", kind, r.status)
		}
	}
	response, err := http.Get(a.url + "?query=%7Bviewer%7Bpermissions%7D%7D")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a query in a URL was answered %d", response.StatusCode)
	}
	if r := a.post(http.Header{"Content-Type": {"application/json"}, "Authorization": {bearer}}, "["+body+","+body+"]"); r.code() == "" {
		t.Errorf("a batch was answered %s", r.raw)
	}
	if r := a.post(http.Header{"Content-Type": {"application/json"}, "Authorization": {bearer}}, `{"query":"","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`); r.code() == "" {
		t.Errorf("Sec064: a persisted query was answered %s", r.raw)
	}
}

// Without a credential nothing is told, and a bad one is said to be bad.
func TestUnauthenticated(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, key := range []string{"", "bb_000000000000_nonsense", "eyJhbGciOiJub25lIn0.e30."} {
		if r := a.ask(key, "{ stations { totalCount } }", nil); r.code() != "UNAUTHENTICATED" {
			t.Errorf("with the key %q the answer was %s", key, r.raw)
		}
	}
}

// A role may do what its permissions say and no more; an app's scopes narrow it further.
func TestSec072_RolesAndScopes(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	reader := a.w.Key(a.w.A, tenancy.Reader, [16]byte{})
	scoped := a.w.Key(a.w.A, tenancy.Admin, [16]byte{}, "session:read")
	st := a.w.AddStation(a.w.A, a.w.A.Main, "CP1", 1)
	for name, c := range map[string]struct{ key, query string }{
		"a reader adds a station":       {reader, `mutation { addStation(input: {identity: "X"}) { station { id } } }`},
		"a reader makes a key":          {reader, `mutation { createApiKey(input: {name: "x", role: VIEWER}) { key } }`},
		"a reader commands":             {reader, `mutation { clearCache(input: {stationId: "` + st.ID.String() + `"}) { id } }`},
		"a scoped app lists stations":   {scoped, `{ stations { totalCount } }`},
		"a scoped app commands":         {scoped, `mutation { clearCache(input: {stationId: "` + st.ID.String() + `"}) { id } }`},
		"a scoped app widens itself":    {scoped, `mutation { createApiKey(input: {name: "x", role: OWNER}) { key } }`},
		"a scoped app goes round about": {scoped, `{ chargingSessions { edges { node { station { id } } } } stations { totalCount } }`},
	} {
		if r := a.ask(c.key, c.query, nil); r.code() != "FORBIDDEN" {
			t.Errorf("%s: %s", name, r.raw)
		}
	}
	if n := worldtest.OwnerValue[int](a.w, "select count(*) from stations where tenant_id = $1", a.w.A.ID); n != 1 {
		t.Errorf("there are %d stations now", n)
	}
}

// Filters, orders and counts see only what the viewer sees: none is an oracle over the neighbour.
func TestSec055_FiltersAreNoOracle(t *testing.T) {
	t.Parallel()
	p := populate(t)
	key := p.owner(p.w.A)
	theirs := p.of[p.w.B.Main]
	for _, query := range []string{
		`{ stations(where: {id: "` + theirs["stations"].String() + `"}) { totalCount } }`,
		`{ stations(where: {locationId: "` + theirs["locations"].String() + `"}) { totalCount } }`,
		`{ stations(where: {hasSessionsWith: [{id: "` + theirs["charging_sessions"].String() + `"}]}) { totalCount } }`,
		`{ stations(where: {hasNetworkWith: [{id: "` + theirs["networks"].String() + `"}]}) { totalCount } }`,
		`{ chargingSessions(where: {hasStationWith: [{identity: "CP-MAIN", id: "` + theirs["stations"].String() + `"}]}) { totalCount } }`,
		`{ ocppMessages(where: {stationId: "` + theirs["stations"].String() + `"}) { totalCount } }`,
	} {
		r := p.ask(key, query, nil)
		var data map[string]struct{ TotalCount int }
		if len(r.Errors) > 0 {
			// A filter that the schema doesn't have tells nothing.
			if r.code() == "INVALID" {
				continue
			}
			t.Errorf("%s: %s", query, r.raw)
		}
		_ = json.Unmarshal(r.Data, &data)
		for name, list := range data {
			if list.TotalCount != 0 {
				t.Errorf("%s counts %d of the neighbour's rows: %s", name, list.TotalCount, query)
			}
		}
	}
}
