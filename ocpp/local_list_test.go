package ocpp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// registered registers a token.
func registered(t *testing.T, w *worldtest.World, idTag, more string) {
	t.Helper()
	if _, err := w.Charging.CreateToken(w.A.As(tenancy.Owner), charging.TokenSpec{IDTag: idTag, GroupID: "FLEET"}); err != nil {
		t.Fatal(err)
	}
	if more != "" {
		w.Owner("update tokens set "+more+" where id_tag = $1", idTag)
	}
}

// list is what is known of a station's list.
func list(w *worldtest.World, st uuid.UUID) string {
	return worldtest.OwnerValue[string](w, `select coalesce(local_list_version::text, '-') || case when local_list_at is null then '?' else '' end || ' ' ||
		coalesce((select string_agg(e.id_tag || ' ' || e.status, ', ' order by e.id_tag) from local_list_entries e where e.station_id = s.id), 'nothing')
		from stations s where s.id = $1`, st)
}

func sendList(t *testing.T, w *worldtest.World, st uuid.UUID, full bool) func() *ent.Command {
	t.Helper()
	return ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
		return w.Charging.SendLocalList(ctx, st, full, nil, 20)
	})
}

// A station of OCPP 1.6 gets the whole list in as many calls as it takes, then what changes, and the whole list again when its
// version isn't the one that was known.
func TestLocalList_Of16(t *testing.T) {
	t.Parallel()
	w, st, s := openAs(t, `{}`)
	for _, tag := range []string{"ONE", "THREE", "TWO"} {
		registered(t, w, tag, "")
	}
	registered(t, w, "VEHICLE", "type = 'VIN'")
	registered(t, w, "BAD", "status = 'BLOCKED'")
	w.Owner(`insert into station_variables (id, tenant_id, network_id, station_id, component, variable, attribute, value, reported_at)
		values (gen_random_uuid(), $1, $2, $3, '', 'SendLocalListMaxLength', 'Actual', '3', now())`, w.A.ID, w.A.Main, st)

	wait := sendList(t, w, st, false)
	answered(t, s, "SendLocalList", accepted, `"listVersion":1`, `"Full"`, `"BAD"`, `"Blocked"`, `"ONE"`, `"parentIdTag":"FLEET"`)
	answered(t, s, "SendLocalList", accepted, `"listVersion":2`, `"Differential"`, `"TWO"`)
	got := wait()
	if text := string(*got.Result); got.Status != "ACCEPTED" || !strings.Contains(text, "VEHICLE") || !strings.Contains(text, "isn't known") || !strings.Contains(text, `"sent": 4`) && !strings.Contains(text, `"sent":4`) {
		t.Errorf("the command is %s with %s", got.Status, text)
	}
	if got := list(w, st); got != "2 BAD Blocked, ONE Accepted, THREE Accepted, TWO Accepted" {
		t.Errorf("the list is %s", got)
	}

	w.Owner("update tokens set status = 'BLOCKED' where id_tag = 'ONE'")
	w.Owner("update tokens set network_id = $1 where id_tag = 'TWO'", w.A.Sub)
	wait = sendList(t, w, st, false)
	c := s.NextCall()
	if want := `{"listVersion":3,"localAuthorizationList":[{"idTag":"ONE","idTagInfo":{"parentIdTag":"FLEET","status":"Blocked"}},{"idTag":"TWO"}],"updateType":"Differential"}`; !sameJSON(t, string(c.Payload), want) {
		t.Errorf("the changes came as %s", c.Payload)
	}
	if got := list(w, st); !strings.HasPrefix(got, "2? ") {
		t.Errorf("while the station is asked its list counts as known: %s", got)
	}
	s.Answer(c, `{"status":"VersionMismatch"}`)
	answered(t, s, "GetLocalListVersion", `{"listVersion":9}`)
	answered(t, s, "SendLocalList", accepted, `"listVersion":10`, `"Full"`, `"THREE"`)
	if got := wait(); got.Status != "ACCEPTED" || !strings.Contains(string(*got.Result), "another version") {
		t.Errorf("the command is %s with %s", got.Status, *got.Result)
	}
	if got := list(w, st); got != "10 BAD Blocked, ONE Blocked, THREE Accepted" {
		t.Errorf("the list is %s", got)
	}

	wait = sendList(t, w, st, true)
	answered(t, s, "SendLocalList", `{"status":"Failed"}`, `"listVersion":11`)
	if got := wait(); got.Status != "REJECTED" || list(w, st) != "10 BAD Blocked, ONE Blocked, THREE Accepted" {
		t.Errorf("a refused list is %s and leaves %s", got.Status, list(w, st))
	}
	for _, version := range []int{10, 12, -1} {
		wait = ordered(t, w, func(ctx context.Context) (*ent.Command, error) { return w.Charging.LocalListVersion(ctx, st, 20) })
		answered(t, s, "GetLocalListVersion", fmt.Sprintf(`{"listVersion":%d}`, version))
		wait()
		want := map[int]string{10: "10 BAD Blocked, ONE Blocked, THREE Accepted", 12: "12? BAD Blocked, ONE Blocked, THREE Accepted", -1: "0 nothing"}[version]
		if got := list(w, st); got != want {
			t.Errorf("with version %d the list is %s", version, got)
		}
	}
	if supported := worldtest.OwnerValue[bool](w, "select local_list_supported from stations where id = $1", st); supported {
		t.Error("a station without lists counts as one with")
	}
}

// A station of OCPP 2.x gets the tokens that may charge, with their types, and no others.
func TestLocalList_Of2(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w, st, s := connected2(t, version)
		registered(t, w, "ONE", "")
		registered(t, w, "BAD", "status = 'BLOCKED'")
		registered(t, w, "CONTRACT", "type = 'EMAID'")
		wait := sendList(t, w, st, true)
		answered(t, s, "SendLocalList", accepted, `"versionNumber":1`, `"Full"`, `{"idToken":"CONTRACT","type":"eMAID"}`, `"groupIdToken":{"idToken":"FLEET"`)
		wait()
		if got := list(w, st); got != "1 CONTRACT Accepted, ONE Accepted" {
			t.Errorf("the list is %s", got)
		}
		_, err := w.Charging.SendLocalList(w.A.As(tenancy.Operator), st, true, []uuid.UUID{uuid.New()}, 0)
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("a token that isn't there is refused with %v", err)
		}
	})
}
