package ocpp

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/quirks"
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
	// over is closed when no more calls are sent on the connection, and none is answered any more.
	over chan struct{}

	mu       sync.Mutex
	ended    bool
	waiting  int
	pending  *pendingCall
	timeouts int
}

type pendingCall struct {
	charging.Call
	answer chan answered
}

// answered is what came back to a call, or why it can't be read.
type answered struct {
	charging.Answer
	err error
}

// Why a call wasn't sent at all.
var (
	errUnsent = fault.New(fault.StationOffline, "The connection ended before the command was sent, so the station did not get it: send it again once the station is online.")
	errNoTurn = fault.New(fault.Timeout, "The station was busy with other commands until this one's time was over, so it was not sent: send it again.")
)

// unreadableAnswer is the code of a command whose answer makes no sense.
const unreadableAnswer fault.Code = "UNREADABLE_ANSWER"

func (q *calls) init() { q.turn, q.over = make(chan struct{}, 1), make(chan struct{}) }

// lost tells whoever waits that the connection is gone. Nothing may match afterwards.
func (q *calls) lost() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.ended {
		q.ended = true
		close(q.over)
	}
	q.pending = nil
}

// deliver sends a call to a station of this node. One that waits for its turn while the station connects anew goes out on the newer
// connection, if that is on this node and of the same version; one that was sent is never sent again.
func (s *Server) deliver(ctx context.Context, call charging.Call, station uuid.UUID) (charging.Answer, error) {
	c := s.connection(station)
	if c == nil {
		return charging.Answer{}, charging.ErrStationOffline
	}
	for {
		answer, err := c.call(ctx, call)
		next := s.connection(station)
		if err == nil || !errors.Is(err, errUnsent) || next == nil || next == c || next.dialect.version() != c.dialect.version() {
			return answer, err
		}
		c = next
	}
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
	patience := time.NewTimer(c.server.config.scaled(queueTimeout))
	defer patience.Stop()
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-patience.C:
		return charging.Answer{}, errNoTurn
	case <-ctx.Done():
		return charging.Answer{}, errNoTurn
	case <-q.over:
		return charging.Answer{}, errUnsent
	}
	select {
	case <-q.over: // the turn came with the connection's end
		return charging.Answer{}, errUnsent
	default:
	}
	if err := c.settle(ctx); err != nil {
		return charging.Answer{}, err
	}
	return c.transmit(ctx, call)
}

// transmit logs the call, sends it and waits, for as long as the call itself may take: what the caller has left counts only before it
// is sent.
func (c *conn) transmit(ctx context.Context, call charging.Call) (charging.Answer, error) {
	p := &pendingCall{Call: call, answer: make(chan answered, 1)}
	row := journal.Message{
		Origin: c.link.Origin, ID: journal.NewID(), At: time.Now(), Direction: journal.Sent, Type: journal.Call, Action: call.Action,
		MessageID: call.MessageID, Payload: charging.Redacted(call.Payload),
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
	if !c.calls.expect(p) {
		return charging.Answer{}, charging.ErrConnectionLost
	}
	defer c.calls.expect(nil)
	if err := c.write(frame.AppendCall(nil, call.MessageID, call.Action, call.Payload)); err != nil {
		return charging.Answer{}, charging.ErrConnectionLost
	}
	timer := time.NewTimer(c.server.config.scaled(CallTimeout(call.Action)))
	defer timer.Stop()
	select {
	case a := <-p.answer:
		c.calls.answered()
		return a.Answer, a.err
	case <-timer.C:
		c.timedOut()
		return charging.Answer{}, charging.ErrCallTimeout
	case <-c.calls.over:
		return charging.Answer{}, charging.ErrConnectionLost
	}
}

// expect makes a call the one that answers belong to; nil for none. It reports false when none will come any more.
func (q *calls) expect(p *pendingCall) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return false
	}
	q.pending = p
	return true
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
	if q.pending == nil || q.pending.MessageID != id {
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
	if n == quirks.Or(c.link.Behaviour().CloseAfterNoReply, maxTimeouts) {
		c.server.logger.Info("a station answers no calls: its connection is closed, so that it connects again", "station", c.link.Identity)
		c.closeSoon(websocket.StatusPolicyViolation, "no call was answered; connect again")
	}
}
