package ocpp

import (
	"context"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/ocpp/frame"
)

const (
	// maxWaiting bounds the calls that wait for their turn at one station.
	maxWaiting = 32
	// maxTimeouts is after how many calls in a row without an answer a connection is closed, once: some stations go on sending
	// heartbeats and answer nothing until they reconnect.
	maxTimeouts = 3
)

// calls are the CSMS's own calls to a station: one at a time (OCPP-J 1.6 §4.1.1), the others wait their turn.
type calls struct {
	turn chan struct{}

	mu       sync.Mutex
	waiting  int
	pending  *pendingCall
	timeouts int
}

type pendingCall struct {
	id     string
	action string
	answer chan charging.Answer
}

func (q *calls) init() { q.turn = make(chan struct{}, 1) }

// lost tells whoever waits that the connection is gone. They learn it from the connection's context; nothing may match
// afterwards.
func (q *calls) lost() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending = nil
}

// call sends one call and waits for its answer. It must not be called from the connection's loop.
func (c *conn) call(ctx context.Context, call charging.Call) (charging.Answer, error) {
	q := &c.calls
	q.mu.Lock()
	if q.waiting >= maxWaiting {
		q.mu.Unlock()
		return charging.Answer{}, charging.ErrQueueFull
	}
	q.waiting++
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		q.waiting--
		q.mu.Unlock()
	}()
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-ctx.Done():
		return charging.Answer{}, charging.ErrCallTimeout
	case <-c.ctx.Done():
		return charging.Answer{}, charging.ErrStationOffline
	}
	return c.transmit(ctx, call)
}

// transmit logs the call, sends it and waits.
func (c *conn) transmit(ctx context.Context, call charging.Call) (charging.Answer, error) {
	p := &pendingCall{id: call.MessageID, action: call.Action, answer: make(chan charging.Answer, 1)}
	row := journal.Message{
		Origin: c.link.Origin, ID: journal.NewID(), At: time.Now(), Direction: journal.Sent, Type: journal.Call, Action: call.Action,
		MessageID: call.MessageID, Payload: call.Payload,
	}
	// Stored before it leaves: the log never lacks what a station was told to do.
	storing, stop := context.WithCancel(ctx)
	detach := context.AfterFunc(c.ctx, stop)
	err := c.server.journal.Commit(storing, &journal.Entry{Messages: []journal.Message{row}})
	detach()
	stop()
	if err != nil {
		return charging.Answer{}, charging.ErrConnectionLost
	}
	c.server.charging.MessagesLogged(c.ctx, c.link.Origin, call.Action, row.ID)
	c.calls.expect(p)
	defer c.calls.expect(nil)
	if err := c.write(frame.AppendCall(nil, call.MessageID, call.Action, call.Payload)); err != nil {
		return charging.Answer{}, charging.ErrConnectionLost
	}
	timer := time.NewTimer(c.server.config.CallTimeout)
	defer timer.Stop()
	select {
	case answer := <-p.answer:
		c.calls.answered()
		return answer, nil
	case <-timer.C:
		c.timedOut()
		return charging.Answer{}, charging.ErrCallTimeout
	case <-ctx.Done():
		return charging.Answer{}, charging.ErrCallTimeout
	case <-c.ctx.Done():
		return charging.Answer{}, charging.ErrConnectionLost
	}
}

func (q *calls) expect(p *pendingCall) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending = p
}

func (q *calls) answered() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.timeouts = 0
}

// match takes the call that an answer belongs to. Ids may come back with another type or case, never with another value.
func (q *calls) match(id string) *pendingCall {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.pending == nil || q.pending.id != id {
		return nil
	}
	p := q.pending
	q.pending = nil
	return p
}

func (c *conn) timedOut() {
	c.calls.mu.Lock()
	c.calls.timeouts++
	n := c.calls.timeouts
	c.calls.mu.Unlock()
	if n == maxTimeouts {
		c.server.logger.Info("a station answers no calls: its connection is closed, so that it connects again", "station", c.link.Identity)
		c.closeSoon(websocket.StatusPolicyViolation, "no call was answered; connect again")
	}
}

// handleAnswer gives a station's answer to whoever waits for it. One that nobody waits for is logged and has no effect.
func (c *conn) handleAnswer(f frame.Frame, raw []byte, at time.Time) {
	p := c.calls.match(f.ID)
	if p != nil {
		f.Action = p.action
	}
	row := c.message(f, raw, at, journal.Received)
	if p == nil {
		row.Repairs = append(row.Repairs, "an answer to nothing that is waited for: it came late, or its id is not one of ours")
		row.Raw = raw
	}
	c.keep(row)
	if p == nil {
		return
	}
	answer := charging.Answer{Payload: row.Payload}
	if f.Type == frame.CallError {
		answer.ErrorCode, answer.ErrorDescription = f.ErrorCode, f.ErrorDescription
		if answer.ErrorCode == "" {
			answer.ErrorCode = "GenericError"
		}
	}
	p.answer <- answer
}
