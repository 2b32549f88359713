package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// wiring gives a test the bus of the node where things happen and that of the node that looks
// on; they are the same where there is one node.
type wiring struct {
	name    string
	connect func(t *testing.T) (here, there Bus)
}

func wirings() []wiring {
	return []wiring{
		{"memory", func(t *testing.T) (Bus, Bus) {
			b := NewMemory()
			t.Cleanup(func() { ok(t, b.Close()) })
			return b, b
		}},
		{"NATS one node", func(t *testing.T) (Bus, Bus) {
			b := join(t, startNATS(t))
			return b, b
		}},
		{"NATS two nodes", func(t *testing.T) (Bus, Bus) {
			s := startNATS(t)
			return join(t, s), join(t, s)
		}},
	}
}

// TestContract holds for every bus.
func TestContract(t *testing.T) {
	t.Parallel()
	contract := map[string]func(t *testing.T, here, there Bus){
		"delivers in order to exact subscribers":      contractOrder,
		"patterns match what they say":                contractPatterns,
		"keeps tenants apart (TestSec069)":            contractTenants,
		"a slow subscriber learns that it missed":     contractOverflow,
		"a slow subscriber does not slow others":      contractSlowIsAlone,
		"subscription close is idempotent and final":  contractClose,
		"payloads are the receiver's own":             contractPayload,
		"requests reach the one handler":              contractRequest,
		"nobody answers":                              contractNoResponder,
		"a refusal arrives as text":                   contractRefusal,
		"the deadline bounds the request":             contractDeadline,
		"the newest handler wins, old unhandle inert": contractTakeover,
		"calls run concurrently":                      contractConcurrentCalls,
		"too large is refused":                        contractTooLarge,
		"empty subjects and patterns are refused":     contractEmpty,
		"closed bus refuses everything":               contractClosed,
		"subscribers come and go during publishes":    contractChurn,
	}
	for _, w := range wirings() {
		for name, test := range contract {
			t.Run(w.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				here, there := w.connect(t)
				test(t, here, there)
			})
		}
	}
}

var (
	tenantA = MustSubject("tenant", "11111111-1111-7111-8111-111111111111")
	tenantB = MustSubject("tenant", "22222222-2222-7222-8222-222222222222")
)

func status(tenant Subject, station string) Subject {
	return MustSubject(append(strings.Split(tenant.text, "."), "station", station, "status")...)
}

func contractOrder(t *testing.T, here, there Bus) {
	s := subscribe(t, there, status(tenantA, "s1").Exact(), 1000)
	for i := range 1000 {
		publish(t, here, status(tenantA, "s1"), fmt.Sprint(i))
	}
	for i := range 1000 {
		if e := next(t, s); string(e.Payload) != fmt.Sprint(i) || e.Subject != status(tenantA, "s1") || e.Missed {
			t.Fatalf("event %d is %+v", i, e)
		}
	}
}

func contractPatterns(t *testing.T, here, there Bus) {
	stations := MustSubject(append(strings.Split(tenantA.text, "."), "station")...)
	subjects := []Subject{
		status(tenantA, "s1"), status(tenantA, "s2"), stations, MustSubject(append(strings.Split(stations.text, "."), "s1")...),
		MustSubject(append(strings.Split(stations.text, "."), "s1", "session")...),
		MustSubject(append(strings.Split(stations.text, "."), "s1", "status", "more")...),
		tenantA, status(tenantB, "s1"),
	}
	end := MustSubject("end", "mark")
	for _, c := range []struct {
		pattern Pattern
		want    []int // positions in subjects
	}{
		{status(tenantA, "s1").Exact(), []int{0}},
		{stations.MustAny("status"), []int{0, 1}},
		{stations.MustAny(), []int{3}},
		{stations.MustAny("session"), []int{4}},
		{tenantA.MustAny("s1", "status"), []int{0}},
		{stations.All(), []int{0, 1, 3, 4, 5}},
		{tenantA.All(), []int{0, 1, 2, 3, 4, 5}},
		{tenantA.MustAny(), []int{2}},
	} {
		s, mark := subscribe(t, there, c.pattern, 100), subscribe(t, there, end.Exact(), 1)
		for _, subject := range subjects {
			publish(t, here, subject, "")
		}
		publish(t, here, end, "")
		next(t, mark) // everything before it has been delivered
		var got, want []string
		for len(s.C) > 0 {
			got = append(got, next(t, s).Subject.text)
		}
		for _, i := range c.want {
			want = append(want, subjects[i].text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s received %q, want %q", c.pattern, got, want)
		}
	}
}

// Ids that carry wildcards are no subject, and no pattern starts before a tenant is named.
func contractTenants(t *testing.T, here, there Bus) {
	s := subscribe(t, there, tenantA.All(), 10)
	publish(t, here, status(tenantB, "s1"), "foreign")
	publish(t, here, status(tenantA, "s1"), "own")
	if e := next(t, s); string(e.Payload) != "own" {
		t.Errorf("received %q", e.Payload)
	}
	for _, id := range []string{"*", ">", "a.b", "", "a b", "\t", "a*", ">b", "x\x00", "ü", "\n"} {
		if _, err := NewSubject("tenant", id, "station"); err == nil {
			t.Errorf("%q passes as an id", id)
		}
		if _, err := tenantA.Any(id); err == nil {
			t.Errorf("%q passes as a token of a pattern", id)
		}
	}
	if _, err := NewSubject("tenant"); err == nil {
		t.Error("a pattern over all tenants can be built")
	}
}

func contractOverflow(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	slow := subscribe(t, there, subject.Exact(), 3)
	mark := subscribe(t, there, subject.Exact(), 100) // after slow, so delivered after it
	for i := range 10 {
		publish(t, here, subject, fmt.Sprint(i))
	}
	for range 10 {
		next(t, mark)
	}
	first := next(t, slow)
	if !first.Missed {
		t.Errorf("the next event after the overflow is %+v", first)
	}
	last := first
	for len(slow.C) > 0 {
		last = next(t, slow)
	}
	if string(last.Payload) != "9" {
		t.Errorf("the newest event is lost, the last one is %q", last.Payload)
	}
	publish(t, here, subject, "later")
	if e := next(t, slow); e.Missed || string(e.Payload) != "later" {
		t.Errorf("caught up, but the event is %+v", e)
	}
}

func contractSlowIsAlone(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	subscribe(t, there, subject.Exact(), 1)
	quick := subscribe(t, there, subject.Exact(), 1)
	for i := range 200 {
		publish(t, here, subject, fmt.Sprint(i))
		if e := next(t, quick); e.Missed || string(e.Payload) != fmt.Sprint(i) {
			t.Fatalf("event %d is %+v", i, e)
		}
	}
}

func contractClose(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	s, other := subscribe(t, there, subject.Exact(), 10), subscribe(t, there, subject.Exact(), 10)
	s.Close()
	s.Close()
	publish(t, here, subject, "late")
	next(t, other)
	if e, open := <-s.C; open {
		t.Errorf("a closed subscription received %+v", e)
	}
}

func contractPayload(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	s := subscribe(t, there, subject.Exact(), 10)
	buffer := []byte("first")
	ok(t, here.Publish(t.Context(), subject, buffer))
	copy(buffer, "SPOIL")
	if e := next(t, s); string(e.Payload) != "first" {
		t.Errorf("the publisher's buffer shines through: %q", e.Payload)
	}
}

func contractRequest(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	handle(t, there, subject, func(ctx context.Context, payload []byte) ([]byte, error) {
		if _, bounded := ctx.Deadline(); !bounded {
			return nil, errors.New("the handler's context has no deadline")
		}
		return append([]byte("answer to "), payload...), nil
	})
	handle(t, there, status(tenantB, "s1"), says("foreign"))
	answer, err := here.Request(soon(t), subject, []byte("call"))
	ok(t, err)
	if string(answer) != "answer to call" {
		t.Errorf("got %q", answer)
	}
	// Without a deadline of the caller as well.
	_, err = here.Request(context.WithoutCancel(t.Context()), subject, nil)
	ok(t, err)
}

func contractNoResponder(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	if _, err := here.Request(soon(t), subject, nil); !errors.Is(err, ErrNoResponder) {
		t.Errorf("got %v", err)
	}
	unhandle := handle(t, there, subject, says("x"))
	unhandle()
	unhandle()
	if _, err := here.Request(soon(t), subject, nil); !errors.Is(err, ErrNoResponder) {
		t.Errorf("after unhandle got %v", err)
	}
	// A subscriber is no answerer.
	subscribe(t, there, subject.Exact(), 1)
	if _, err := here.Request(soon(t), subject, nil); !errors.Is(err, ErrNoResponder) {
		t.Errorf("with a subscriber got %v", err)
	}
}

func contractRefusal(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	const reason = "the connector is occupied:\nunplug it → try again"
	handle(t, there, subject, func(context.Context, []byte) ([]byte, error) { return nil, errors.New(reason) })
	_, err := here.Request(soon(t), subject, nil)
	var refusal *HandlerError
	if !errors.As(err, &refusal) || refusal.Message != reason {
		t.Errorf("got %v", err)
	}
	// A time-out of the handler's own is its refusal, with its words.
	handle(t, there, subject, func(context.Context, []byte) ([]byte, error) {
		return nil, fmt.Errorf("the station did not answer: %w", context.DeadlineExceeded)
	})
	if _, err = here.Request(soon(t), subject, nil); !errors.As(err, &refusal) || !strings.Contains(refusal.Message, "the station did not answer") {
		t.Errorf("got %v", err)
	}
	// An answer beyond the bound is a refusal too, not a broken connection.
	handle(t, there, subject, func(context.Context, []byte) ([]byte, error) { return make([]byte, MaxPayload+1), nil })
	if _, err = here.Request(soon(t), subject, nil); !errors.As(err, &refusal) || !strings.Contains(refusal.Message, "too large") {
		t.Errorf("got %v", err)
	}
}

func contractDeadline(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	ended := make(chan error, 1)
	handle(t, there, subject, func(ctx context.Context, _ []byte) ([]byte, error) {
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := here.Request(ctx, subject, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the handler's context ended with %v", err)
		}
	case <-soon(t).Done():
		t.Error("the handler never learnt of the deadline")
	}
}

func contractTakeover(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	unhandleOld := handle(t, there, subject, says("old"))
	unhandleNew := handle(t, there, subject, says("new"))
	unhandleOld()
	answer, err := here.Request(soon(t), subject, nil)
	ok(t, err)
	if string(answer) != "new" {
		t.Errorf("got %q", answer)
	}
	unhandleNew()
	if _, err := here.Request(soon(t), subject, nil); !errors.Is(err, ErrNoResponder) {
		t.Errorf("got %v", err)
	}
}

func contractConcurrentCalls(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	const callers = 20
	var inside sync.WaitGroup
	inside.Add(callers)
	handle(t, there, subject, func(_ context.Context, payload []byte) ([]byte, error) {
		inside.Done()
		inside.Wait() // returns only when all are inside at once
		return payload, nil
	})
	var calls errgroup.Group
	ctx := soon(t)
	for i := range callers {
		calls.Go(func() error {
			want := fmt.Sprint(i)
			answer, err := here.Request(ctx, subject, []byte(want))
			if err == nil && string(answer) != want {
				err = fmt.Errorf("call %s got the answer %q", want, answer)
			}
			return err
		})
	}
	ok(t, calls.Wait())
}

func contractTooLarge(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	s := subscribe(t, there, subject.Exact(), 2)
	for size, fits := range map[int]bool{MaxPayload: true, MaxPayload + 1: false} {
		payload := bytes.Repeat([]byte("x"), size)
		if err := here.Publish(t.Context(), subject, payload); (err == nil) != fits {
			t.Errorf("publish of %d bytes: %v", size, err)
		}
		if _, err := here.Request(soon(t), subject, payload); errors.Is(err, ErrNoResponder) != fits {
			t.Errorf("request of %d bytes: %v", size, err)
		}
	}
	if e := next(t, s); len(e.Payload) != MaxPayload {
		t.Errorf("received %d bytes", len(e.Payload))
	}
}

func contractEmpty(t *testing.T, here, _ Bus) {
	if here.Publish(t.Context(), Subject{}, nil) == nil {
		t.Error("publish without a subject")
	}
	if _, err := here.Request(t.Context(), Subject{}, nil); err == nil || errors.Is(err, ErrNoResponder) {
		t.Errorf("request without a subject: %v", err)
	}
	if _, err := here.Handle(Subject{}, says("")); err == nil {
		t.Error("handle without a subject")
	}
	for _, p := range []Pattern{{}, Subject{}.All(), Subject{}.Exact()} {
		if _, err := here.Subscribe(p, 1); err == nil {
			t.Errorf("subscribe to %q", p)
		}
	}
	if _, err := here.Subscribe(tenantA.All(), 0); err == nil {
		t.Error("subscribe without a buffer")
	}
}

func contractClosed(t *testing.T, here, there Bus) {
	subject := status(tenantA, "s1")
	s, err := there.Subscribe(subject.Exact(), 1)
	ok(t, err)
	ended := make(chan struct{})
	inside := make(chan struct{})
	handle(t, there, subject, func(ctx context.Context, _ []byte) ([]byte, error) {
		close(inside)
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	})
	caller := make(chan error, 1)
	go func() {
		_, err := here.Request(soon(t), subject, nil)
		caller <- err
	}()
	<-inside

	ok(t, there.Close())
	ok(t, there.Close())

	select {
	case <-ended:
	default:
		t.Error("Close did not wait for the handler")
	}
	if err := <-caller; err == nil {
		t.Error("the caller of an interrupted handler was told nothing")
	}
	if _, open := <-s.C; open {
		t.Error("the subscription is still open")
	}
	s.Close()
	if err := there.Publish(t.Context(), subject, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("publish: %v", err)
	}
	if _, err := there.Subscribe(subject.Exact(), 1); !errors.Is(err, ErrClosed) {
		t.Errorf("subscribe: %v", err)
	}
	if _, err := there.Handle(subject, says("")); !errors.Is(err, ErrClosed) {
		t.Errorf("handle: %v", err)
	}
	if _, err := there.Request(t.Context(), subject, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("request: %v", err)
	}
}

func contractChurn(t *testing.T, here, there Bus) {
	steady := subscribe(t, there, tenantA.All(), 5000)
	stop := make(chan struct{})
	var churn errgroup.Group
	for i := range 4 {
		churn.Go(func() error {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return nil
				default:
				}
				s, err := there.Subscribe(status(tenantA, fmt.Sprint("s", (i+n)%3)).Exact(), 1)
				if err != nil {
					return err
				}
				unhandle, err := there.Handle(status(tenantA, fmt.Sprint("h", i)), says(""))
				if err != nil {
					return err
				}
				unhandle()
				s.Close()
			}
		})
	}
	for i := range 2000 {
		publish(t, here, status(tenantA, fmt.Sprint("s", i%3)), fmt.Sprint(i))
	}
	for i := range 2000 {
		if e := next(t, steady); string(e.Payload) != fmt.Sprint(i) {
			t.Fatalf("event %d is %q", i, e.Payload)
		}
	}
	close(stop)
	ok(t, churn.Wait())
}
