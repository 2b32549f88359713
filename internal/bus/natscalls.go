package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

func (b *NATS) Handle(subject Subject, h Handler) (func(), error) {
	if b.closed.Load() {
		return nil, ErrClosed
	}
	if subject.text == "" {
		return nil, errNoSubject
	}
	mine := &handler{call: h, generation: generation{at: time.Now().UnixNano(), node: b.node}}
	if err := b.take(subject, mine); err != nil {
		return nil, fmt.Errorf("handle %s: %w", subject, err)
	}
	b.claim(subject, mine)
	b.confirm()
	return func() { b.drop(subject, mine) }, nil
}

func (b *NATS) take(subject Subject, h *handler) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.called[subject.text] == nil {
		// A queue group: while two nodes hold the subject for a moment, a call still reaches one of them only.
		sub, err := b.conn.ChanQueueSubscribe(b.prefix+"call."+subject.text, "handlers", b.in)
		if err != nil {
			return err
		}
		b.called[subject.text] = sub
	}
	b.index.setHandler(subject, h)
	return nil
}

func (b *NATS) drop(subject Subject, h *handler) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.index.dropHandler(subject, h) {
		return
	}
	sub := b.called[subject.text]
	delete(b.called, subject.text)
	if !b.conn.IsConnected() {
		b.leave(sub)
		return
	}
	// Not Unsubscribe, which would swallow the calls that are on their way: they get an answer.
	if err := sub.Drain(); err != nil && !b.closed.Load() && !cutOff(err) {
		b.logger.Warn("calls to this node can't be ended at NATS; they are turned away one by one", "subject", subject.String(), "error", err)
	}
}

// claim tells other nodes since when we handle the subject.
func (b *NATS) claim(subject Subject, h *handler) {
	m := nats.NewMsg(b.prefix + "owner." + subject.text)
	m.Header.Set(headerAt, strconv.FormatInt(h.generation.at, 10))
	m.Header.Set(headerNode, h.generation.node)
	if err := b.conn.PublishMsg(m); err != nil && !cutOff(err) && !b.closed.Load() {
		b.logger.Warn("other nodes could not be told that this node answers now", "subject", subject.String(), "error", err)
	}
}

// claimAll is for claims that were made, here or elsewhere, while we were cut off.
func (b *NATS) claimAll() {
	for subject, h := range b.index.allHandlers() {
		b.claim(subject, h)
	}
}

// contest compares another node's claim with our handler. The later one stays.
func (b *NATS) contest(subject Subject, header nats.Header) {
	h := b.index.handler(subject)
	if h == nil {
		return
	}
	at, err := strconv.ParseInt(header.Get(headerAt), 10, 64)
	if err != nil {
		return // not one of ours
	}
	if h.generation.before(generation{at: at, node: header.Get(headerNode)}) {
		b.drop(subject, h)
		return
	}
	b.claim(subject, h) // the other one came back from a partition and does not know
}

// A call that meets a handler which has just left is sent again: its successor is there by then.
const callAttempts = 3

func (b *NATS) Request(ctx context.Context, subject Subject, payload []byte) ([]byte, error) {
	if b.closed.Load() {
		return nil, ErrClosed
	}
	if err := checkMessage(subject, payload); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	for range callAttempts {
		if h := b.index.handler(subject); h != nil {
			return b.calls.local(ctx, h.call, payload)
		}
		answer, err := b.remote(ctx, subject, payload)
		if !errors.Is(err, errGone) {
			return answer, err
		}
	}
	return nil, ErrNoResponder
}

var errGone = errors.New("the handler has left")

func (b *NATS) remote(ctx context.Context, subject Subject, payload []byte) ([]byte, error) {
	m := nats.NewMsg(b.prefix + "call." + subject.text)
	m.Data = payload
	m.Header.Set(headerTimeout, millis(timeout(ctx)))
	answer, err := b.conn.RequestMsgWithContext(ctx, m)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, nats.ErrNoResponders):
		return nil, ErrNoResponder
	case errors.Is(err, nats.ErrConnectionClosed):
		return nil, ErrClosed
	default:
		return nil, fmt.Errorf("%w (call %s: %w)", ErrUnavailable, subject, err)
	}
	switch answer.Header.Get(headerStatus) {
	case statusError:
		return nil, &HandlerError{string(answer.Data)}
	case statusLate:
		return nil, errLate
	case statusGone:
		return nil, errGone
	}
	return answer.Data, nil
}

func (b *NATS) answer(m *nats.Msg, subject Subject) {
	h := b.index.handler(subject)
	if h == nil {
		// The one who drops the handler also withdraws it at the server: wait, so that the next attempt goes elsewhere.
		b.mu.Lock()
		//lint:ignore SA2001 an empty section is the point
		b.mu.Unlock()
		b.respond(m, statusGone, nil)
		return
	}
	bound := DefaultTimeout
	if ms, err := strconv.ParseInt(m.Header.Get(headerTimeout), 10, 64); err == nil {
		bound = min(bound, time.Duration(ms)*time.Millisecond)
	}
	err := b.calls.run(bound, h.call, m.Data, func(answer []byte, err error) {
		switch {
		case err == nil:
			b.respond(m, "", answer)
		case errors.Is(err, errLate):
			b.respond(m, statusLate, nil)
		default:
			b.respond(m, statusError, []byte(err.Error()))
		}
	})
	if err != nil {
		b.respond(m, statusGone, nil) // closing: another node may take over
	}
}

func (b *NATS) respond(m *nats.Msg, status string, data []byte) {
	reply := nats.NewMsg(m.Reply)
	reply.Data = data
	if status != "" {
		reply.Header.Set(headerStatus, status)
	}
	if err := b.conn.PublishMsg(reply); err != nil && !b.closed.Load() {
		b.logger.Warn("an answer to another node was lost; its caller sees a time-out", "subject", m.Subject, "error", err)
	}
}
