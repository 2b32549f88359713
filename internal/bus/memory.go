package bus

import (
	"context"
	"sync/atomic"
)

// Memory is the bus of a single node.
type Memory struct {
	index  *index
	calls  *calls
	closed atomic.Bool
}

var _ Bus = (*Memory)(nil)

// NewMemory makes a bus that ends with Close.
func NewMemory() *Memory {
	return &Memory{index: newIndex(), calls: newCalls()}
}

func (m *Memory) Publish(_ context.Context, subject Subject, payload []byte) error {
	if m.closed.Load() {
		return ErrClosed
	}
	if err := checkMessage(subject, payload); err != nil {
		return err
	}
	m.index.publish(subject, payload)
	return nil
}

func (m *Memory) Subscribe(pattern Pattern, buffer int) (*Subscription, error) {
	if err := checkSubscribe(pattern, buffer); err != nil {
		return nil, err
	}
	s := newSubscription(pattern, buffer, m.index.remove)
	m.index.add(s)
	if m.closed.Load() { // after add: Close closes what it finds
		s.Close()
		return nil, ErrClosed
	}
	return s, nil
}

func (m *Memory) Handle(subject Subject, h Handler) (func(), error) {
	if m.closed.Load() {
		return nil, ErrClosed
	}
	if subject.text == "" {
		return nil, errNoSubject
	}
	mine := &handler{call: h}
	m.index.setHandler(subject, mine)
	return func() { m.index.dropHandler(subject, mine) }, nil
}

func (m *Memory) Request(ctx context.Context, subject Subject, payload []byte) ([]byte, error) {
	if m.closed.Load() {
		return nil, ErrClosed
	}
	if err := checkMessage(subject, payload); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	h := m.index.handler(subject)
	if h == nil {
		return nil, ErrNoResponder
	}
	return m.calls.local(ctx, h.call, payload)
}

func (m *Memory) Close() error {
	m.closed.Store(true)
	for _, s := range m.index.all() {
		s.Close()
	}
	return m.calls.close()
}
