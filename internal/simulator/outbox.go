package simulator

import (
	"errors"
	"slices"
	"time"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// call is one call of the station.
type call struct {
	id, action string
	// request makes the payload when the call is first sent: by then the id of its transaction is known.
	request func() schema.Message
	payload []byte
	// keep marks transaction messages: they wait while the station is offline, in their order (OCPP 1.6 §3.7).
	keep bool
	// about is the transaction that the call belongs to.
	about string
	// urgent calls leave even before the boot is accepted: the boot itself, and what the CSMS asked for.
	urgent bool
	// unanswered calls are a SEND (OCPP 2.1 Part 4 §4.1).
	unanswered bool
	// droppable messages go when too many wait.
	droppable bool
	attempts  int
	answered  func(schema.Message)
	failed    func(error)
}

// maxQueued bounds the messages that wait; of more, meter values are dropped, the oldest first.
const maxQueued = 2000

var (
	errOffline   = errors.New("the station is offline")
	errCallError = errors.New("the CSMS answered with an error")
)

// outbox holds what the station has to say. One call is outstanding at a time (OCPP-J 1.6 §4.1.1).
type outbox struct {
	waiting  []*call
	current  *call
	deadline *task
	// paused is set while transaction messages wait after an error.
	paused *task
}

// send queues a call.
func (s *Station) send(c *call) {
	if c.id == "" {
		c.id = frame.NewID()
	}
	if s.link == nil && !c.keep {
		if c.failed != nil {
			c.failed(errOffline)
		}
		return
	}
	if len(s.outbox.waiting) >= maxQueued {
		if i := slices.IndexFunc(s.outbox.waiting, func(c *call) bool { return c.droppable }); i >= 0 {
			s.outbox.waiting = slices.Delete(s.outbox.waiting, i, i+1)
		}
	}
	s.outbox.waiting = append(s.outbox.waiting, c)
	s.pump()
}

// all is everything that waits to be sent or answered.
func (b *outbox) all() []*call {
	if b.current == nil {
		return b.waiting
	}
	return append([]*call{b.current}, b.waiting...)
}

// pump sends the next call that may leave.
func (s *Station) pump() {
	b := &s.outbox
	for s.link != nil && b.current == nil {
		i := slices.IndexFunc(b.waiting, s.mayLeave)
		if i < 0 {
			return
		}
		c := b.waiting[i]
		b.waiting = slices.Delete(b.waiting, i, i+1)
		if c.payload == nil && !s.encode(c) {
			continue
		}
		if c.unanswered {
			if s.write(frame.AppendSend(nil, c.id, c.action, c.payload)) {
				s.emit(Event{Kind: Sent, Detail: c.action})
			}
			continue
		}
		b.current = c
		c.attempts++
		b.deadline = s.plan.after(s.opts.CallTimeout, func() { s.lost(c.action + " was not answered in time") })
		if s.write(frame.AppendCall(nil, c.id, c.action, c.payload)) {
			s.emit(Event{Kind: Sent, Detail: c.action})
		}
	}
}

func (s *Station) mayLeave(c *call) bool {
	if s.boot.status != v16.RegistrationStatusAccepted {
		return c.urgent
	}
	return !c.keep || s.outbox.paused == nil
}

func (s *Station) encode(c *call) bool {
	m := c.request()
	if m == nil {
		return false // there is nothing left to report
	}
	payload, err := s.dialect.encode(c.action, m)
	if err != nil {
		s.opts.Logger.Error("a simulated station can't write its message", "station", s.opts.Identity, "action", c.action, "error", err)
		return false
	}
	c.payload = payload
	return true
}

// answered matches an answer with the call that waits for it. Others are ignored.
func (s *Station) answered(f frame.Frame) {
	b := &s.outbox
	c := b.current
	if c == nil || c.id != f.ID {
		return
	}
	b.current = nil
	s.plan.cancel(b.deadline)
	s.emit(Event{Kind: Answered, Detail: c.action})
	if f.Type == frame.CallError {
		s.opts.Logger.Info("a simulated station's call was refused", "station", s.opts.Identity, "action", c.action, "code", f.ErrorCode, "description", f.ErrorDescription)
		s.refused(c)
	} else if response, err := s.dialect.decode(c.action, f.Payload); err != nil {
		s.refused(c)
	} else if c.answered != nil {
		c.answered(response)
	}
	s.pump()
}

// refused tries transaction messages again, later each time, and lets go in the end (OCPP 1.6 §3.7.1).
func (s *Station) refused(c *call) {
	if !c.keep || c.attempts >= s.config.number(keyTransactionAttempts) {
		if c.failed != nil {
			c.failed(errCallError)
		}
		return
	}
	b := &s.outbox
	b.waiting = slices.Insert(b.waiting, 0, c)
	pause := time.Duration(c.attempts*s.config.number(keyTransactionRetryAfter)) * time.Second
	b.paused = s.plan.after(pause, func() {
		b.paused = nil
		s.pump()
	})
}

// interrupted sorts the queue after the connection is gone: transaction messages stay, with the ids they have, and the one that
// wasn't answered comes first. The rest is forgotten.
func (s *Station) interrupted() {
	b := &s.outbox
	s.plan.cancel(b.deadline)
	s.plan.cancel(b.paused)
	b.paused = nil
	queue := b.waiting
	if b.current != nil {
		queue = slices.Insert(queue, 0, b.current)
	}
	b.current, b.waiting = nil, nil
	var forgotten []*call
	for _, c := range queue {
		if c.keep {
			c.attempts = 0
			b.waiting = append(b.waiting, c)
		} else {
			forgotten = append(forgotten, c)
		}
	}
	for _, c := range forgotten {
		if c.failed != nil {
			c.failed(errOffline)
		}
	}
}
