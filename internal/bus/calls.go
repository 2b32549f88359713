package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// DefaultTimeout bounds a request whose context has no deadline, or a later one.
const DefaultTimeout = 2 * time.Minute

// closeBound is how long Close waits for handlers that do not heed the end of their context.
const closeBound = 10 * time.Second

// errStopped is the refusal of a handler whose node shuts down.
var errStopped = errors.New("the node that was at work on this has stopped: the outcome is not known, look before trying again")

// errLate is the outcome of a handler that ran past the deadline of its call. What a handler
// says about time-outs of its own stays a refusal with its text.
var errLate = fmt.Errorf("no answer came in time: %w", context.DeadlineExceeded)

// calls keeps track of the handlers that are running.
type calls struct {
	ctx    context.Context //nolint:containedctx // the life of the bus, from which each call's context comes
	cancel context.CancelFunc

	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
}

func newCalls() *calls {
	ctx, cancel := context.WithCancel(context.Background())
	return &calls{ctx: ctx, cancel: cancel}
}

// run calls h in a goroutine of its own and hands over its outcome, unless the bus is closed.
func (c *calls) run(timeout time.Duration, h Handler, payload []byte, done func([]byte, error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	c.wg.Add(1)
	go func() {
		defer c.wg.Done()
		ctx, cancel := context.WithTimeout(c.ctx, timeout)
		defer cancel()
		answer, err := h(ctx, payload)
		switch {
		case err == nil && len(answer) > MaxPayload:
			answer, err = nil, fmt.Errorf("the answer of %d bytes is too large for the bus, at most %d are allowed", len(answer), MaxPayload)
		case err != nil && c.ctx.Err() != nil:
			answer, err = nil, errStopped
		case err != nil && ctx.Err() != nil:
			answer, err = nil, errLate // the same outcome as at the requester, whose clock may be a little behind
		}
		done(answer, err)
	}()
	return nil
}

// local calls a handler of this node on behalf of a requester, who leaves when ctx ends.
func (c *calls) local(ctx context.Context, h Handler, payload []byte) ([]byte, error) {
	type outcome struct {
		answer []byte
		err    error
	}
	ended := make(chan outcome, 1)
	err := c.run(timeout(ctx), h, append([]byte(nil), payload...), func(answer []byte, err error) {
		ended <- outcome{answer, err}
	})
	if err != nil {
		return nil, err
	}
	select {
	case o := <-ended:
		switch {
		case o.err == nil:
			return o.answer, nil
		case errors.Is(o.err, errLate):
			return nil, o.err
		default:
			return nil, &HandlerError{o.err.Error()}
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close ends the context of running handlers and waits for them.
func (c *calls) close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.cancel()
	ended := make(chan struct{})
	go func() {
		c.wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-time.After(closeBound):
		return errors.New("close the message bus: a handler is still running although its context has ended")
	}
}

func timeout(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(time.Until(deadline), DefaultTimeout)
	}
	return DefaultTimeout
}
