package bus

import "sync"

// Subscription delivers on C until it is closed; then C is closed.
//
// When the buffer is full at a publish, what waits in it is dropped and the newest event takes
// its place with Missed set: a subscriber that lags learns so from its very next event, and
// never rests on an old state because nothing followed.
type Subscription struct {
	C <-chan Event

	pattern Pattern
	remove  func(*Subscription) // takes it out of the index
	at      int                 // place in the index's list; guarded by the index

	mu     sync.Mutex
	ch     chan Event
	closed bool
}

func newSubscription(p Pattern, buffer int, remove func(*Subscription)) *Subscription {
	ch := make(chan Event, buffer)
	return &Subscription{C: ch, ch: ch, pattern: p, remove: remove}
}

// Close ends the subscription. It may be called more than once.
func (s *Subscription) Close() {
	s.mu.Lock()
	was := s.closed
	s.closed = true
	s.mu.Unlock()
	if was {
		return
	}
	s.remove(s)
	// Nobody sends any more: deliver looks at closed first, under the same lock.
	s.mu.Lock()
	close(s.ch)
	s.mu.Unlock()
}

func (s *Subscription) deliver(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	for {
		select {
		case s.ch <- e:
			return
		default:
		}
		e.Missed = true
		s.drain()
	}
}

func (s *Subscription) drain() {
	for {
		select {
		case <-s.ch:
		default:
			return
		}
	}
}
