package bus

import (
	"context"
	"errors"
	"sync"
	"time"
)

// DefaultTimeout bounds a request whose context has no deadline, or a later one.
const DefaultTimeout = 2 * time.Minute

// closeBound is how long Close waits for handlers that do not heed the end of their context.
const closeBound = 10 * time.Second

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
		done(h(ctx, payload))
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
		if o.err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if c.ctx.Err() != nil {
				return nil, ErrClosed
			}
			return nil, &HandlerError{o.err.Error()}
		}
		return o.answer, nil
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
