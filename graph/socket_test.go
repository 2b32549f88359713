package graph_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestSec065_SocketsSpeakOneProtocolAndSayWhoTheyAre(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, protocols := range [][]string{nil, {"graphql-ws"}} {
		if _, response, err := a.dial(nil, protocols...); err == nil || response == nil || response.StatusCode != http.StatusBadRequest {
			t.Errorf("a socket with the protocols %v was let in", protocols)
		}
	}
	early, _, err := a.dial(nil, "graphql-transport-ws")
	if err != nil {
		t.Fatal(err)
	}
	early.subscribe("1", watchStatus, nil)
	if f, err := early.next(); err == nil && f.Type == "next" {
		t.Errorf("a subscription before the init was answered %s", f.Payload)
	}
	bad, _, err := a.dial(nil, "graphql-transport-ws")
	if err != nil {
		t.Fatal(err)
	}
	bad.send(frame{Type: "connection_init", Payload: json.RawMessage(`{"Authorization":"Bearer bb_0_0"}`)})
	if f, err := bad.next(); err == nil && f.Type == "connection_ack" {
		t.Error("a bad key was let in")
	}
}

func TestSec067_SocketsThatSayNothingAreClosed(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	s, _, err := a.dial(nil, "graphql-transport-ws")
	if err != nil {
		t.Fatal(err)
	}
	s.ended()
}

func TestSec067_SocketsAndSubscriptionsAreCounted(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	key := a.owner(a.w.A)
	s := a.open(key)
	for _, id := range []string{"1", "2", "3", "4"} {
		s.subscribe(id, `subscription { stationConnection { online } }`, nil)
	}
	f, err := s.next()
	if err != nil || !strings.Contains(string(f.Payload), "LIMIT") {
		t.Errorf("of four subscriptions none was refused: %s %s %v", f.Type, f.Payload, err)
	}
	for range 3 {
		a.open(key)
	}
	fifth, _, err := a.dial(nil, "graphql-transport-ws")
	if err != nil {
		t.Fatal(err)
	}
	fifth.send(frame{Type: "connection_init", Payload: json.RawMessage(`{"Authorization":"Bearer ` + key + `"}`)})
	if f, err := fifth.next(); err == nil && f.Type == "connection_ack" {
		t.Error("a fifth socket of one caller was let in")
	}
}

func TestSec066_CookieFromElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	header := http.Header{"Cookie": {"busbar_session=anything"}, "Origin": {"https://elsewhere.example"}}
	if _, response, err := a.dial(header, "graphql-transport-ws"); err == nil || response == nil || response.StatusCode != http.StatusForbidden {
		t.Error("a socket with a cookie from another origin was let in")
	}
}

func TestSec068_RevokedKeyEndsItsSockets(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made, key, err := a.w.Identity.CreateAPIKey(a.w.A.As(tenancy.Owner), identity.KeySpec{Name: "app", Role: tenancy.Reader})
	if err != nil {
		t.Fatal(err)
	}
	s := a.open(key)
	s.subscribe("1", `subscription { stationConnection { online } }`, nil)
	if _, err := a.w.Identity.RevokeAPIKey(a.w.A.As(tenancy.Owner), made.ID); err != nil {
		t.Fatal(err)
	}
	s.ended()
	if r := a.ask(key, "{ viewer { permissions } }", nil); r.code() != "UNAUTHENTICATED" {
		t.Errorf("the revoked key was answered %s", r.raw)
	}
}

// A subscriber that doesn't read is told that it missed something, and what is so now.
func TestSec070_SlowSubscriberIsTold(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	w := a.w
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := a.open(a.owner(w.A))
	s.subscribe("1", `subscription { connectorStatus { status missed } }`, nil)
	s.event()
	charger := w.Connect(w.A, "CP1")
	// Faster than any reader: the reports go out without waiting for the answers.
	for i := range 3000 {
		status := []string{"Preparing", "Charging"}[i%2]
		charger.SendRaw(`[2,"s` + strings.Repeat("x", i%20) + string(rune('a'+i%26)) + `","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"` + status + `"}]`)
	}
	charger.SendRaw(`[2,"last","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Faulted"}]`)
	// Slow or not, it ends on the newest state.
	s.until("FAULTED")
}
