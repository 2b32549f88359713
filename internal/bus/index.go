package bus

import (
	"hash/maphash"
	"strings"
	"sync"
)

// index finds the subscriptions and the handler of a subject. A pattern has at most one
// wildcard, so the patterns that match a subject can be counted off and each is one look-up:
// what a publish costs depends on the subject's length, not on how many subscribe to others.
type index struct {
	seed   maphash.Seed
	shards [shardCount]shard
}

const shardCount = 64

type shard struct {
	mu       sync.RWMutex
	subs     map[string][]*Subscription // by the text of the pattern
	shapes   [rest + 1]int              // subscriptions by shape, to skip look-ups nobody needs
	handlers map[string]*handler
}

type handler struct {
	call Handler
	// A handler gives way to one with a higher generation.
	generation generation
}

func newIndex() *index {
	x := &index{seed: maphash.MakeSeed()}
	for i := range x.shards {
		x.shards[i].subs = map[string][]*Subscription{}
		x.shards[i].handlers = map[string]*handler{}
	}
	return x
}

// shard is chosen by the first two tokens, which are literal in every pattern, so that a
// subject and all patterns that match it share one.
func (x *index) shard(text string) *shard {
	end := strings.IndexByte(text, '.') + 1
	if next := strings.IndexByte(text[end:], '.'); next >= 0 {
		end += next
	} else {
		end = len(text)
	}
	return &x.shards[maphash.String(x.seed, text[:end])%shardCount]
}

func (x *index) add(s *Subscription) {
	sh := x.shard(s.pattern.text)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	list := sh.subs[s.pattern.text]
	s.at = len(list)
	sh.subs[s.pattern.text] = append(list, s)
	sh.shapes[s.pattern.kind]++
}

func (x *index) remove(s *Subscription) {
	sh := x.shard(s.pattern.text)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	list := sh.subs[s.pattern.text]
	if s.at >= len(list) || list[s.at] != s {
		return // never added
	}
	last := len(list) - 1
	list[s.at] = list[last]
	list[s.at].at = s.at
	list[last] = nil
	if last == 0 {
		delete(sh.subs, s.pattern.text)
	} else {
		sh.subs[s.pattern.text] = list[:last]
	}
	sh.shapes[s.pattern.kind]--
}

// publish delivers to every subscription whose pattern matches.
func (x *index) publish(subject Subject, payload []byte) {
	text := subject.text
	sh := x.shard(text)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	e := Event{Subject: subject}
	copied := false
	deliver := func(list []*Subscription) {
		if len(list) > 0 && !copied {
			e.Payload, copied = append([]byte(nil), payload...), true
		}
		for _, s := range list {
			s.deliver(e)
		}
	}
	if sh.shapes[exact] > 0 {
		deliver(sh.subs[text])
	}
	if sh.shapes[one]+sh.shapes[rest] == 0 {
		return
	}
	var room [maxSubject + 2]byte
	start := 0
	for position := 0; start < len(text); position++ {
		end := strings.IndexByte(text[start:], '.')
		if end < 0 {
			end = len(text)
		} else {
			end += start
		}
		if position >= minTokens {
			if sh.shapes[one] > 0 {
				key := append(append(append(room[:0], text[:start]...), '*'), text[end:]...)
				deliver(sh.subs[string(key)])
			}
			if sh.shapes[rest] > 0 {
				key := append(append(room[:0], text[:start]...), '>')
				deliver(sh.subs[string(key)])
			}
		}
		start = end + 1
	}
}

// deliver passes an event to the subscriptions of one pattern.
func (x *index) deliver(pattern string, e Event) {
	sh := x.shard(pattern)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	for _, s := range sh.subs[pattern] {
		s.deliver(e)
	}
}

// missed tells every subscription that it missed something.
func (x *index) missed() {
	for _, s := range x.all() {
		s.deliver(Event{Missed: true})
	}
}

func (x *index) all() []*Subscription {
	var all []*Subscription
	for i := range x.shards {
		sh := &x.shards[i]
		sh.mu.RLock()
		for _, list := range sh.subs {
			all = append(all, list...)
		}
		sh.mu.RUnlock()
	}
	return all
}

func (x *index) handler(subject Subject) *handler {
	sh := x.shard(subject.text)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.handlers[subject.text]
}

// setHandler returns the handler that was there before.
func (x *index) setHandler(subject Subject, h *handler) *handler {
	sh := x.shard(subject.text)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	before := sh.handlers[subject.text]
	sh.handlers[subject.text] = h
	return before
}

// dropHandler removes h unless another has taken its place.
func (x *index) dropHandler(subject Subject, h *handler) bool {
	sh := x.shard(subject.text)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.handlers[subject.text] != h {
		return false
	}
	delete(sh.handlers, subject.text)
	return true
}

func (x *index) allHandlers() map[Subject]*handler {
	all := map[Subject]*handler{}
	for i := range x.shards {
		sh := &x.shards[i]
		sh.mu.RLock()
		for text, h := range sh.handlers {
			all[Subject{text}] = h
		}
		sh.mu.RUnlock()
	}
	return all
}
