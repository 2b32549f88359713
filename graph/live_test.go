package graph_test

import (
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

const watchStatus = `subscription { connectorStatus { stationId evseNo status missed connector { status } } }`

// A status reaches the subscriber of its own tenant within 100 ms, and neither the other tenant's nor the one of another network.
// Those two prove that they were listening with a status of their own, which is the first thing they hear.
func TestSec069_StatusReachesItsOwnTenantAlone(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	w := a.w
	stationA, stationB, stationSub := w.AddStation(w.A, w.A.Main, "CP1", 1), w.AddStation(w.B, w.B.Main, "CP1", 1), w.AddStation(w.A, w.A.Sub, "CP2", 1)
	own, other, neighbour := a.open(a.owner(w.A)), a.open(a.owner(w.B)), a.open(w.Key(w.A, tenancy.Reader, w.A.Sub))
	for _, s := range []*socket{own, other, neighbour} {
		s.subscribe("1", watchStatus, nil)
	}
	// The present state comes first: A sees its two stations, the others one each.
	own.event()
	own.event()
	other.event()
	neighbour.event()

	chargerA := w.Connect(w.A, "CP1")
	start := time.Now()
	report := func(s *worldtest.Station, status string) {
		worldtest.Do[struct{}](s, "StatusNotification", map[string]any{"connectorId": 1, "errorCode": "NoError", "status": status})
	}
	report(chargerA, "Preparing")
	got := own.event()
	if took := time.Since(start); took > 100*time.Millisecond {
		t.Logf("the status took %v", took)
	}
	if !strings.Contains(got, stationA.ID.String()) || !strings.Contains(got, "PREPARING") {
		t.Errorf("A's subscriber heard %s", got)
	}
	report(w.Connect(w.B, "CP1"), "Faulted")
	if got := other.event(); !strings.Contains(got, stationB.ID.String()) || !strings.Contains(got, "FAULTED") {
		t.Errorf("B's subscriber heard of another tenant: %s", got)
	}
	report(w.Connect(w.A, "CP2"), "Charging")
	if got := neighbour.event(); !strings.Contains(got, stationSub.ID.String()) || !strings.Contains(got, "CHARGING") {
		t.Errorf("the sub-client heard of another network: %s", got)
	}
}

// A session is followed from its start to its stop.
func TestSessionIsFollowedLive(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	w := a.w
	w.Owner("update networks set accept_unknown_tokens = true where id = $1", w.A.Main)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	charger := w.Onboarded(w.A, st)
	s := a.open(a.owner(w.A))
	s.subscribe("1", `subscription { sessions { session { status energyWh } } }`, nil)

	started := worldtest.Do[struct{ TransactionID int64 }](charger, "StartTransaction", map[string]any{"connectorId": 1, "idTag": "ANY", "meterStart": 100, "timestamp": now()})
	s.until("RUNNING")
	worldtest.Do[struct{}](charger, "MeterValues", map[string]any{"connectorId": 1, "transactionId": started.TransactionID, "meterValue": []any{map[string]any{
		"timestamp": now(), "sampledValue": []any{map[string]any{"value": "350.5"}}}}})
	s.until("RUNNING", "250.5")
	worldtest.Do[struct{}](charger, "StopTransaction", map[string]any{"transactionId": started.TransactionID, "meterStop": 1100, "timestamp": now()})
	s.until("COMPLETED", "1000")
}

// A remote start is recorded, sent, answered, and tied to the session that follows.
func TestRemoteStartIsTiedToItsSession(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	w := a.w
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	charger := w.Onboarded(w.A, st)
	key := a.owner(w.A)
	must[any](a, key, `mutation { createToken(input: {idTag: "CARD-1"}) { token { id } } }`, nil)
	answered := make(chan worldtest.Call, 1)
	go func() {
		c := charger.NextCall()
		charger.Answer(c, `{"status":"Accepted"}`)
		answered <- c
	}()
	command := must[struct {
		RemoteStart struct{ ID, Action, Status string }
	}](a, key, `mutation($s: ID!) { remoteStart(input: {stationId: $s, evseNo: 1, idTag: "card-1"}) { id action status } }`, map[string]any{"s": st.ID}).RemoteStart
	if command.Status != "ACCEPTED" || command.Action != "RemoteStartTransaction" {
		t.Fatalf("the command ended as %+v", command)
	}
	if c := <-answered; c.Action != "RemoteStartTransaction" || !strings.Contains(string(c.Payload), `"CARD-1"`) {
		t.Errorf("the station was told %s %s", c.Action, c.Payload)
	}
	worldtest.Do[any](charger, "StartTransaction", map[string]any{"connectorId": 1, "idTag": "CARD-1", "meterStart": 0, "timestamp": now()})
	tied := must[struct {
		Command struct{ Session *struct{ Status string } }
	}](a, key, `query($c: ID!) { command(id: $c) { session { status } } }`, map[string]any{"c": command.ID})
	if tied.Command.Session == nil || tied.Command.Session.Status != "RUNNING" {
		t.Error("the session isn't tied to its command")
	}
}

// A command to a station that isn't there fails at once, and leaves no command behind.
func TestCommandToOfflineStation(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	st := a.w.AddStation(a.w.A, a.w.A.Main, "CP1", 1)
	r := a.ask(a.owner(a.w.A), `mutation($s: ID!) { resetStation(input: {stationId: $s, type: SOFT}) { id } }`, map[string]any{"s": st.ID})
	if r.code() != "STATION_OFFLINE" {
		t.Errorf("the command was answered %s", r.raw)
	}
	if n := worldtest.OwnerValue[int](a.w, "select count(*) from commands"); n != 0 {
		t.Errorf("%d commands were recorded", n)
	}
}

func now() string { return time.Now().UTC().Format(time.RFC3339Nano) }
