package charging

import (
	"sync"
	"time"
)

const (
	// A pair of identity and address may fail this often in a window before it has to wait.
	failuresPerPair = 10
	// An address may fail this often in all, whatever it tries.
	failuresPerAddress = 100
	failureWindow      = time.Minute
	// Beyond this many keys the oldest half is forgotten, so that an attacker can't fill the memory.
	throttleKeys = 100_000
)

// throttle counts failed handshakes. Only failures count, and they count for the address they came from, so that guessing
// at a station's password from elsewhere never locks the station out.
type throttle struct {
	now func() time.Time

	mu    sync.Mutex
	count map[string]*failures
}

type failures struct {
	n     int
	until time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, count: map[string]*failures{}}
}

// wait returns how long the address must wait before it may try the identity again; zero means now.
func (t *throttle) wait(identity, address string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(t.left(address+"\x00"+identity, failuresPerPair), t.left(address, failuresPerAddress))
}

func (t *throttle) left(key string, limit int) time.Duration {
	f := t.count[key]
	if f == nil || f.n < limit {
		return 0
	}
	return max(0, f.until.Sub(t.now()))
}

// fail counts a failure.
func (t *throttle) fail(identity, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(address + "\x00" + identity)
	t.add(address)
}

func (t *throttle) add(key string) {
	now := t.now()
	f := t.count[key]
	if f == nil || now.After(f.until) {
		if len(t.count) >= throttleKeys {
			t.forget(now)
		}
		f = &failures{until: now.Add(failureWindow)}
		t.count[key] = f
	}
	f.n++
}

// forget drops what has run out; when nothing has, everything.
func (t *throttle) forget(now time.Time) {
	for key, f := range t.count {
		if now.After(f.until) {
			delete(t.count, key)
		}
	}
	if len(t.count) >= throttleKeys {
		clear(t.count)
	}
}
