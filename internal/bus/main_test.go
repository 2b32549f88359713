package bus

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// soon bounds what a test waits for.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func next(t *testing.T, s *Subscription) Event {
	t.Helper()
	select {
	case e, open := <-s.C:
		if !open {
			t.Fatal("the subscription is closed")
		}
		return e
	case <-soon(t).Done():
		t.Fatal("no event came")
		return Event{}
	}
}

func subscribe(t *testing.T, b Bus, p Pattern, buffer int) *Subscription {
	t.Helper()
	s, err := b.Subscribe(p, buffer)
	ok(t, err)
	t.Cleanup(s.Close)
	return s
}

func handle(t *testing.T, b Bus, s Subject, h Handler) func() {
	t.Helper()
	unhandle, err := b.Handle(s, h)
	ok(t, err)
	return unhandle
}

func publish(t *testing.T, b Bus, s Subject, payload string) {
	t.Helper()
	ok(t, b.Publish(t.Context(), s, []byte(payload)))
}

func says(answer string) Handler {
	return func(context.Context, []byte) ([]byte, error) { return []byte(answer), nil }
}
