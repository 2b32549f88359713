package ocpp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/ocpp"
	"github.com/busbar-ev/busbar/tenancy"
)

// never is longer than any test waits.
const never = time.Hour

// What the operator says of a station decides which version is spoken, then what its make is known for, then the newest.
func TestQuirk_Versions(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	spoken := func(offer ...string) (version string) {
		w.Owner("update stations set connection_version = '' where id = $1", st.ID)
		s, _, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, offer...)
		if err != nil {
			t.Fatal(err)
		}
		worldtest.Do[any](s, "Heartbeat", struct{}{})
		return worldtest.OwnerValue[string](w, "select connection_version from stations where id = $1", st.ID)
	}
	all := []string{"ocpp1.6", "ocpp2.0.1", "ocpp2.1"}
	v16, v201, v21 := "1.6", "2.0.1", "2.1"
	for _, c := range []struct {
		what   string
		change charging.StationChange
		own    string
		offer  []string
		want   string
	}{
		{"nothing is said", charging.StationChange{}, `{}`, all, "2.1"},
		{"a quirk prefers", charging.StationChange{}, `{"preferredVersion": "2.0.1"}`, all, "2.0.1"},
		{"the setting goes before the quirk", charging.StationChange{PreferredVersion: &v16}, `{"preferredVersion": "2.0.1"}`, all, "1.6"},
		{"what is preferred isn't offered", charging.StationChange{PreferredVersion: &v16}, `{}`, []string{"ocpp2.0.1"}, "2.0.1"},
		{"the setting is cleared", charging.StationChange{ClearPreferredVersion: true}, `null`, all, "2.1"},
		{"none is offered", charging.StationChange{}, `{}`, nil, "1.6"},
		{"none is offered, and the make's default is another", charging.StationChange{}, `{"defaultVersion": "2.1"}`, nil, "2.1"},
		{"none is offered, and the station's version is said", charging.StationChange{Version: &v201}, `{}`, nil, "2.0.1"},
		{"none is offered, and both are said of the station", charging.StationChange{Version: &v201}, `{"defaultVersion": "1.6"}`, nil, "1.6"},
		{"preferring has nothing to do with the default", charging.StationChange{PreferredVersion: &v21}, `{}`, nil, "2.0.1"},
	} {
		raw := json.RawMessage(c.own)
		c.change.Quirks = &raw
		if _, err := w.Charging.UpdateStation(w.A.As(tenancy.Owner), st.ID, c.change); err != nil {
			t.Fatal(err)
		}
		if got := spoken(c.offer...); got != c.want {
			t.Errorf("%s: OCPP %s is spoken, want %s", c.what, got, c.want)
		}
	}
	// A row of the table says what its make speaks; the operator's word goes before it.
	w.Owner("update stations set vendor = 'United Chargers' where id = $1", st.ID)
	if got := spoken(); got != "2.0.1" {
		t.Errorf("OCPP %s is spoken although the operator said 2.0.1", got)
	}
}

// newAs makes a world with a station that nobody knows yet, and that behaves as said.
func newAs(t *testing.T, own string, config ocpp.Config) (*worldtest.World, *ent.Station, *worldtest.Station) {
	t.Helper()
	w := worldtest.New(t, worldtest.WithOCPP(config))
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	behaves(t, w, st.ID, own)
	return w, st, w.Connect(w.A, "CP1")
}

// A new station that doesn't boot is asked to, after the time that its make is known to need; one that would die of it is not.
func TestQuirk_BootTrigger(t *testing.T) {
	t.Parallel()
	_, _, s := newAs(t, `{"bootTriggerDelay": 0}`, ocpp.Config{BootPatience: never, SettleDelay: time.Millisecond})
	if c := s.NextCall(); c.Action != "TriggerMessage" || !strings.Contains(string(c.Payload), "BootNotification") {
		t.Errorf("%s %s came, and not the question for the boot", c.Action, c.Payload)
	}
	_, _, s = newAs(t, `{"noBootTrigger": true}`, ocpp.Config{BootPatience: time.Millisecond, SettleDelay: time.Millisecond})
	if c := s.NextCall(); c.Action != "GetConfiguration" {
		t.Errorf("%s %s came first", c.Action, c.Payload)
	}
}

// A known station that leaves its boot out when it connects again is asked for it, once, where its make is known to do so.
func TestQuirk_BootOnReconnect(t *testing.T) {
	t.Parallel()
	for own, want := range map[string][]string{
		`{"bootTriggerDelay": 0}`:                        {"TriggerMessage", "ClearCache"},
		`{"bootTriggerDelay": 0, "noBootTrigger": true}`: {"ClearCache"},
		`{}`: {"ClearCache"},
	} {
		w, st, s := openAs(t, own)
		if len(want) > 1 {
			c := s.NextCall()
			s.Answer(c, `{"status":"Accepted"}`)
			if c.Action != want[0] {
				t.Errorf("with %s %s came", own, c.Action)
			}
			// The boot that it is asked for must not have it asked again.
			worldtest.Do[any](s, "BootNotification", map[string]string{"chargePointVendor": "Voltara", "chargePointModel": "AC22"})
		}
		go func() { _, _ = w.Charging.Order(w.A.As(tenancy.Owner), st, charging.ClearCacheOrder{}, 0) }()
		c := s.NextCall()
		s.Answer(c, `{"status":"Accepted"}`)
		if c.Action != want[len(want)-1] {
			t.Errorf("with %s %s came", own, c.Action)
		}
	}
}

// A station that loses its boot when it is called too early is left alone for as long as it needs: by the questions of the setup,
// and by whoever commands it.
func TestQuirk_SettleDelay(t *testing.T) {
	t.Parallel()
	w, st, s := newAs(t, `{"settleDelay": 0}`, ocpp.Config{BootPatience: never, SettleDelay: never})
	s.Boot() // answers the question that comes at once
	w.Eventually("the station is onboarded", func() bool {
		return worldtest.OwnerValue[string](w, "select onboarding from stations where id = $1", st.ID) == "ONBOARDED"
	})
	behaves(t, w, st.ID, `{"settleDelay": 1}`)
	booted := time.Now()
	worldtest.Do[any](s, "BootNotification", map[string]string{"chargePointVendor": "Voltara", "chargePointModel": "AC22", "firmwareVersion": "1.0"})
	go func() { _, _ = w.Charging.Order(w.A.As(tenancy.Owner), st.ID, charging.ClearCacheOrder{}, 0) }()
	c := s.NextCall()
	if waited := time.Since(booted); c.Action != "ClearCache" || waited < time.Second {
		t.Errorf("%s came %s after the boot", c.Action, waited)
	}
	s.Answer(c, `{"status":"Accepted"}`)
}

// A station that can't be asked for everything is asked for so many settings at a time, as it calls them.
func TestQuirk_Inventory(t *testing.T) {
	t.Parallel()
	w, st, s := newAs(t, `{"noInventoryAtOnce": true, "inventoryChunk": 9, "configurationKeySpelling": {"heartbeatinterval": "HeartBeatInterval"}}`,
		ocpp.Config{BootPatience: never, SettleDelay: time.Millisecond})
	worldtest.Do[any](s, "BootNotification", map[string]string{"chargePointVendor": "Voltara", "chargePointModel": "AC22"})
	var keys []string
	var sizes []int
	for len(sizes) < 3 {
		c := s.NextCall()
		var asked struct{ Key []string }
		if err := json.Unmarshal(c.Payload, &asked); err != nil || c.Action != "GetConfiguration" {
			t.Fatalf("%s %s came", c.Action, c.Payload)
		}
		sizes, keys = append(sizes, len(asked.Key)), append(keys, asked.Key...)
		s.Answer(c, `{"configurationKey":[{"key":"`+asked.Key[0]+`","readonly":false,"value":"1"}]}`)
	}
	if !slices.Equal(sizes, []int{9, 9, 6}) || !slices.Contains(keys, "HeartBeatInterval") || slices.Contains(keys, "HeartbeatInterval") {
		t.Errorf("it was asked for %v settings at a time: %v", sizes, keys)
	}
	w.Eventually("the settings are known", func() bool {
		return worldtest.OwnerValue[int](w, "select count(*) from station_variables where station_id = $1", st.ID) == 3
	})
}

// A station that pings upset isn't pinged, and one whose line drops is pinged as often as it needs.
func TestQuirk_PingInterval(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t, worldtest.WithOCPP(ocpp.Config{PingInterval: time.Millisecond}))
	dial := func(identity, own string) *atomic.Int64 {
		st := w.AddStation(w.A, w.A.Main, identity, 1)
		onboardedBefore(w, st.ID)
		behaves(t, w, st.ID, own)
		var pings atomic.Int64
		ctx, cancel := context.WithCancel(context.Background())
		ws, _, err := websocket.Dial(ctx, w.HTTP.URL+"/ocpp/alpha/"+identity, &websocket.DialOptions{
			HTTPHeader: http.Header{"Authorization": {basic(identity, worldtest.Password)}}, Subprotocols: []string{"ocpp1.6"},
			OnPingReceived: func(context.Context, []byte) bool { pings.Add(1); return true },
		})
		if err != nil {
			t.Fatal(err)
		}
		done := ws.CloseRead(ctx)
		t.Cleanup(func() { cancel(); <-done.Done() })
		return &pings
	}
	none, often, seldom := dial("NONE", `{"pingInterval": 0}`), dial("USUAL", `{}`), dial("SELDOM", `{"pingInterval": 3600}`)
	w.Eventually("the usual station is pinged again and again", func() bool { return often.Load() >= 2 })
	if none.Load() > 0 || seldom.Load() > 0 {
		t.Errorf("pings came %d and %d times", none.Load(), seldom.Load())
	}
}

// How many unanswered calls a connection survives is the make's to say.
func TestQuirk_CloseAfterNoReply(t *testing.T) {
	t.Parallel()
	for own, want := range map[string]int{`{"closeAfterNoReply": 1}`: 1, `{}`: 3, `{"closeAfterNoReply": 0}`: 5} {
		w := worldtest.New(t, worldtest.WithOCPP(ocpp.Config{CallTimeout: 30 * time.Millisecond}))
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		onboardedBefore(w, st.ID)
		behaves(t, w, st.ID, own)
		s := connected(w)
		for range want {
			command, err := w.Charging.Order(w.A.As(tenancy.Owner), st.ID, charging.ClearCacheOrder{}, 20)
			if err != nil || command.Status != "TIMEOUT" {
				t.Fatalf("with %s a command that isn't answered ended %+v, %v", own, command, err)
			}
		}
		if own == `{"closeAfterNoReply": 0}` {
			worldtest.Do[any](s, "Heartbeat", struct{}{})
			continue
		}
		w.Eventually("with "+own+" the connection is closed", func() bool {
			select {
			case <-s.Closed:
				return true
			default:
				return false
			}
		})
		if s.CloseStatus() != websocket.StatusPolicyViolation {
			t.Errorf("with %s the connection was closed with %d", own, s.CloseStatus())
		}
	}
}
