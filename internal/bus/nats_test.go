package bus

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func startNATS(t *testing.T) *server.Server {
	t.Helper()
	return startNATSOn(t, server.RANDOM_PORT)
}

func startNATSOn(t *testing.T, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true})
	ok(t, err)
	s.Start()
	t.Cleanup(func() { stopNATS(s) })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server does not start")
	}
	return s
}

func stopNATS(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

func join(t *testing.T, s *server.Server) *NATS {
	t.Helper()
	b, err := ConnectNATS(NATSOptions{URL: s.ClientURL()})
	ok(t, err)
	t.Cleanup(func() { ok(t, b.Close()) })
	return b
}

func port(t *testing.T, s *server.Server) int {
	t.Helper()
	u, err := url.Parse(s.ClientURL())
	ok(t, err)
	var p int
	_, err = fmt.Sscan(u.Port(), &p)
	ok(t, err)
	return p
}

// onlyMissed waits for the event that says nothing but "fetch anew".
func onlyMissed(t *testing.T, s *Subscription) {
	t.Helper()
	for {
		if e := next(t, s); e.Missed {
			return
		}
	}
}

func TestReconnectionTellsEverySubscription(t *testing.T) {
	t.Parallel()
	first := startNATS(t)
	a, b := join(t, first), join(t, first)
	subject := status(tenantA, "s1")
	local, remote, other := subscribe(t, a, subject.Exact(), 10), subscribe(t, b, subject.Exact(), 10), subscribe(t, b, tenantB.All(), 10)
	stopNATS(first)

	// Cut off: the node goes on by itself and publishing is no error.
	for _, b := range []*NATS{a, b} {
		for b.conn.IsConnected() {
			select {
			case <-b.conn.StatusChanged():
			case <-soon(t).Done():
				t.Fatal("the loss is not noticed")
			}
		}
	}
	publish(t, a, subject, "while away")
	if e := next(t, local); string(e.Payload) != "while away" || e.Missed {
		t.Errorf("the local subscriber received %+v", e)
	}
	handle(t, a, subject, says("local"))
	if answer, err := a.Request(soon(t), subject, nil); err != nil || string(answer) != "local" {
		t.Errorf("a local call: %q, %v", answer, err)
	}
	if _, err := b.Request(soon(t), subject, nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a remote call: %v", err)
	}
	during := subscribe(t, b, status(tenantA, "s2").Exact(), 10)

	startNATSOn(t, port(t, first))

	for _, s := range []*Subscription{local, remote, other, during} {
		onlyMissed(t, s)
	}
	// Two Missed may come, one for each node's return; events flow after them.
	publish(t, a, status(tenantA, "s2"), "healed")
	for {
		if e := next(t, during); string(e.Payload) == "healed" {
			break
		}
	}
	if answer, err := b.Request(soon(t), subject, nil); err != nil || string(answer) != "local" {
		t.Errorf("a remote call after the return: %q, %v", answer, err)
	}
}

// The node that was cut off alone lost what it published meanwhile; subscribers elsewhere never lost their connection.
func TestGapOfOneNodeIsToldToTheOthers(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a, b := join(t, s), join(t, s)
	elsewhere := subscribe(t, b, tenantA.All(), 10)
	ok(t, a.conn.ForceReconnect())
	if e := next(t, elsewhere); !e.Missed || e.Subject != (Subject{}) || e.Payload != nil {
		t.Errorf("received %+v", e)
	}
}

func TestNewerNodeTakesACallOver(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a, b, c := join(t, s), join(t, s), join(t, s)
	subject := status(tenantA, "s1")
	holders := []*NATS{a, b}
	var unhandle [2]func()
	for round := range 20 {
		holder := round % 2
		unhandle[holder] = handle(t, holders[holder], subject, says(fmt.Sprint(round)))
		awaitAnswer(t, c, subject, fmt.Sprint(round))
		awaitAnswer(t, holders[1-holder], subject, fmt.Sprint(round))
		if round > 0 {
			unhandle[1-holder]() // the old connection closes late and must not matter
		}
		awaitAnswer(t, c, subject, fmt.Sprint(round))
	}
}

// awaitAnswer asks until the claim has spread; from then on only the new holder answers.
func awaitAnswer(t *testing.T, b *NATS, subject Subject, want string) {
	t.Helper()
	ctx := soon(t)
	for {
		answer, err := b.Request(ctx, subject, nil)
		if err == nil && string(answer) == want {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the last answer is %q, %v; want %q", answer, err, want)
		}
	}
}

// A node that did not hear of its successor, because it was cut off, gives way when it is back.
func TestStaleHandlerGivesWayAfterAPartition(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a, b := join(t, s), join(t, s)
	subject := status(tenantA, "s1")
	handle(t, a, subject, says("stale"))
	stale := a.index.handler(subject)
	handle(t, b, subject, says("current"))
	awaitAnswer(t, a, subject, "current")
	// As if the claim had not arrived.
	ok(t, a.take(subject, stale))

	ok(t, a.conn.ForceReconnect())

	awaitAnswer(t, a, subject, "current")
	if a.index.handler(subject) != nil {
		t.Error("the stale handler is still there")
	}
}

func TestOverlappingPatternsDeliverOnceEach(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a, b := join(t, s), join(t, s)
	subject := status(tenantA, "s1")
	subs := []*Subscription{
		subscribe(t, b, subject.Exact(), 10), subscribe(t, b, subject.Exact(), 10),
		subscribe(t, b, tenantA.All(), 10), subscribe(t, b, MustSubject("tenant", tenantA.Token(1), "station").MustAny("status"), 10),
	}
	for i := range 3 {
		publish(t, a, subject, fmt.Sprint(i))
	}
	for n, s := range subs {
		for i := range 3 {
			if e := next(t, s); string(e.Payload) != fmt.Sprint(i) {
				t.Errorf("subscription %d received %q as event %d", n, e.Payload, i)
			}
		}
	}
}

func TestPrefixesKeepInstallationsApart(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := join(t, s)
	b, err := ConnectNATS(NATSOptions{URL: s.ClientURL(), Prefix: "other"})
	ok(t, err)
	t.Cleanup(func() { ok(t, b.Close()) })
	handle(t, a, status(tenantA, "s1"), says("x"))
	if _, err := b.Request(soon(t), status(tenantA, "s1"), nil); !errors.Is(err, ErrNoResponder) {
		t.Errorf("got %v", err)
	}
	if _, err := ConnectNATS(NATSOptions{URL: s.ClientURL(), Prefix: "a.>"}); err == nil {
		t.Error("a prefix with a wildcard is accepted")
	}
}

func TestNoServerSaysWhere(t *testing.T) {
	t.Parallel()
	_, err := ConnectNATS(NATSOptions{URL: "nats://busbar:secret@127.0.0.1:1"})
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestHandlersEndAtNATSWithTheirNode(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := join(t, s)
	b, err := ConnectNATS(NATSOptions{URL: s.ClientURL()})
	ok(t, err)
	handle(t, b, status(tenantA, "s1"), says("x"))
	ok(t, b.Close())
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, err = a.Request(ctx, status(tenantA, "s1"), nil); errors.Is(err, ErrNoResponder) {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("got %v", err)
		}
	}
}
