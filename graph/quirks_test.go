package graph_test

import (
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/internal/worldtest"
)

// A station shows what its make does differently, its own setting comes first, and one that makes no sense is refused by name.
func TestStationQuirks(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	st := a.w.AddStation(a.w.A, a.w.A.Main, "CP1", 1)
	key := a.owner(a.w.A)
	a.w.Owner("update stations set vendor = 'Zaptec', model = 'Pro' where id = $1", st.ID)
	const update = "mutation($input: UpdateStationInput!) { updateStation(input: $input) { station { preferredVersion quirkOverride knownQuirks { row why source treatment { name value meaning } } } } }"
	r := a.ask(key, update, map[string]any{"input": map[string]any{"id": st.ID, "preferredVersion": "2.0.1", "quirks": map[string]any{"settleDelay": 7}}})
	for _, part := range []string{`"preferredVersion":"2.0.1"`, `"quirkOverride":{"settleDelay":7}`, `{"row":null,"why":null,"source":null,"treatment":[{"name":"settleDelay","value":7,"meaning":"How long`, `"row":"zaptec`} {
		if !strings.Contains(strings.ReplaceAll(r.raw, ": 7", ":7"), part) {
			t.Errorf("the answer lacks %s: %s", part, r.raw)
		}
	}
	for _, c := range []struct {
		quirks map[string]any
		says   string
	}{{map[string]any{"settleDelai": 7}, "settleDelai"}, {map[string]any{"settleDelay": -1}, "settleDelay"}, {map[string]any{"settleDelay": "long"}, "settleDelay"}} {
		r := a.ask(key, update, map[string]any{"input": map[string]any{"id": st.ID, "quirks": c.quirks}})
		if r.code() != "INVALID" || !strings.Contains(r.raw, c.says) || r.Errors[0].Extensions["field"] != "quirks."+c.says {
			t.Errorf("%v was answered %s", c.quirks, r.raw)
		}
	}
	if r := a.ask(key, update, map[string]any{"input": map[string]any{"id": st.ID, "preferredVersion": "3.0"}}); r.code() != "INVALID" {
		t.Errorf("version 3.0 was answered %s", r.raw)
	}
	r = a.ask(key, update, map[string]any{"input": map[string]any{"id": st.ID, "clearPreferredVersion": true, "quirks": map[string]any{}}})
	if got := worldtest.OwnerValue[bool](a.w, "select preferred_version is null and quirks is null from stations where id = $1", st.ID); !got {
		t.Errorf("the settings are not cleared: %s", r.raw)
	}
	r = a.ask(key, "{ quirkFields { name kind unit min max values meaning } }", nil)
	if !strings.Contains(r.raw, `{"name":"settleDelay","kind":"INTEGER","unit":"seconds","min":0,"max":600,"values":[],"meaning":"How long`) {
		t.Errorf("the fields are %s", r.raw)
	}
}
