package simulator

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

func TestDemoStationsAreBelievable(t *testing.T) {
	t.Parallel()
	stations := DemoStations()
	if len(stations) != 8 {
		t.Errorf("%d stations", len(stations))
	}
	places := map[string]string{}
	for _, l := range DemoLocations() {
		places[l.Name] = l.Network
	}
	known := map[string]bool{}
	for _, tag := range DemoTags() {
		known[tag] = true
	}
	identities, networks, serials := map[string]bool{}, map[string]int{}, map[string]bool{}
	owner := map[string]string{}
	behaviours := map[Behaviour]int{}
	for _, d := range stations {
		if identities[d.Identity] || serials[d.Serial] {
			t.Errorf("%s is there twice", d.Identity)
		}
		identities[d.Identity], serials[d.Serial] = true, true
		networks[d.Network]++
		behaviours[d.Behaviour]++
		if places[d.Location] != d.Network {
			t.Errorf("%s of network %s stands at %s of network %q", d.Identity, d.Network, d.Location, places[d.Location])
		}
		if !isPassword(d.Password) {
			t.Errorf("the password of %s has %d characters", d.Identity, len(d.Password))
		}
		for _, tag := range d.IDTags {
			if !known[tag] {
				t.Errorf("%s uses the unknown tag %s", d.Identity, tag)
			}
			// A token at two stations at once would be refused.
			if d.Behaviour == Charging && owner[tag] != "" {
				t.Errorf("%s and %s share the tag %s", d.Identity, owner[tag], tag)
			}
			if d.Behaviour == Charging {
				owner[tag] = d.Identity
			}
		}
		if d.Behaviour == Charging && len(d.IDTags) < len(d.Connectors) {
			t.Errorf("%s has %d tags for %d connectors", d.Identity, len(d.IDTags), len(d.Connectors))
		}
	}
	if len(networks) != 2 || behaviours[Faulty] != 1 || behaviours[Charging] < 4 || behaviours[Idle] < 1 {
		t.Errorf("networks %v, behaviours %v", networks, behaviours)
	}
}

func TestDemoChargesWithinSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		var identities []string
		for _, d := range DemoStations() {
			if d.Behaviour != Charging || d.FirstArrival > 2*time.Second {
				continue
			}
			identities = append(identities, d.Identity)
			c.password = d.Password
			events := make(chan Event, 10_000)
			s, err := New(Options{
				URL: "ws://csms/ocpp/demo/" + d.Identity, Identity: d.Identity, Password: d.Password, Connectors: d.Connectors,
				Behaviour: d.Behaviour, FirstArrival: d.FirstArrival, IDTags: d.IDTags, HTTPClient: c.client(), Events: events, Seed: 1,
			})
			ok(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			began := time.Now()
			go func() { ended <- s.Run(ctx) }()
			for e := range events {
				if e.Kind == Status && e.Detail == string(v16.ChargePointStatusCharging) {
					break
				}
			}
			if d := time.Since(began); d > 5*time.Second {
				t.Errorf("%s charges only after %v", s.Identity(), d)
			}
			cancel()
			ok(t, <-ended)
		}
		if len(identities) < 3 {
			t.Errorf("only %q charge from the beginning", identities)
		}
	})
}

func TestFaultyStationSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.switchOn(Options{Behaviour: Faulty})
		pass(time.Hour)
		calls := c.take()
		expect(t, calls[:3], "BootNotification", "0 Available", "1 Faulted")
		if code := all[v16.StatusNotificationRequest](calls)[1].ErrorCode; code != v16.ChargePointErrorCodeGroundFailure {
			t.Errorf("the fault is %s", code)
		}
	})
}

func TestFleetOverTCP(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	booted := map[string]bool{}
	all := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"ocpp1.6"}})
		if err != nil {
			return
		}
		defer func() { _ = ws.CloseNow() }()
		for {
			_, raw, err := ws.Read(context.Background())
			if err != nil {
				return
			}
			f, err := frame.Parse(raw)
			if err != nil {
				t.Errorf("%s: %v", raw, err)
				return
			}
			if f.Action == "BootNotification" {
				mu.Lock()
				booted[r.URL.Path] = true
				if len(booted) == 20 {
					close(all)
				}
				mu.Unlock()
			}
			payload := []byte(`{"status":"Accepted","currentTime":"2026-01-01T00:00:00Z","interval":300}`)
			if ws.Write(context.Background(), websocket.MessageText, frame.AppendCallResult(nil, f.ID, payload)) != nil {
				return
			}
		}
	}))
	defer server.Close()
	fleet, err := NewFleet(FleetOptions{URL: "ws" + strings.TrimPrefix(server.URL, "http") + "/x/{identity}/y", Prefix: "CP-", Count: 20})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- fleet.Run(ctx) }()
	<-all
	if tally := fleet.Tally(ctx); tally.Stations != 20 || tally.Online != 20 {
		t.Errorf("the fleet is %+v", tally)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if !booted["/x/CP-0001/y"] || !booted["/x/CP-0020/y"] {
		t.Errorf("the stations connected as %v", booted)
	}
	if err := fleet.Stations[0].Run(t.Context()); err != ErrRunning {
		t.Errorf("a station that was switched off runs again: %v", err)
	}
	if _, err := fleet.Stations[0].Snapshot(t.Context()); err != ErrOff {
		t.Errorf("a station that is off answers: %v", err)
	}
}

func TestStationRefusesAnotherVersion(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"ocpp2.0.1"}})
		if err == nil {
			_, _, _ = ws.Read(r.Context())
		}
	}))
	defer server.Close()
	events := make(chan Event, 100)
	s, err := New(Options{URL: "ws" + strings.TrimPrefix(server.URL, "http"), Identity: "X", Events: events})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	if e := <-events; e.Kind != Refused || !strings.Contains(e.Detail, "OCPP 1.6") {
		t.Errorf("the first event is %+v", e)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	good := Options{URL: "ws://h/ocpp/t/X", Identity: "X"}
	for name, spoil := range map[string]func(*Options){
		"scheme":   func(o *Options) { o.URL = "http://h/x" },
		"host":     func(o *Options) { o.URL = "ws:///x" },
		"broken":   func(o *Options) { o.URL = "ws://h:port/%zz" },
		"identity": func(o *Options) { o.Identity = "" },
		"speed":    func(o *Options) { o.Speed = -1 },
		"type":     func(o *Options) { o.Connectors = []ConnectorOptions{{Type: "XY", MaxPowerW: 1}} },
		"power":    func(o *Options) { o.Connectors = []ConnectorOptions{{Type: AC}} },
		"phases":   func(o *Options) { o.Connectors = []ConnectorOptions{{Type: AC, MaxPowerW: 1, Phases: 2}} },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: %+v was accepted", name, o)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}

func TestServerThatIsNotThereYetIsTriedAgain(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	events := make(chan Event, 100)
	s, err := New(Options{URL: "ws://" + address + "/X", Identity: "X", Events: events, FirstBackoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for range 3 {
		if e := <-events; e.Kind != Refused {
			t.Errorf("the event is %+v", e)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
