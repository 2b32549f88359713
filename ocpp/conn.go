package ocpp

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/failpoint"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// conn is one station's connection.
type conn struct {
	// Static once open.
	server  *Server
	dialect dialect
	ws      *websocket.Conn
	ctx     context.Context
	cancel  context.CancelFunc

	// Owned by the loop.
	link  *charging.Link
	entry journal.Entry
	last  lastAnswer
	setUp bool
	// invited are the messages that a station which isn't accepted was asked for.
	invited map[string]bool

	// Watched by the sweeper, as Unix nanoseconds; zero means not at the moment.
	heardAt    atomic.Int64
	readingAt  atomic.Int64
	storingAt  atomic.Int64
	writingAt  atomic.Int64
	pingedAt   atomic.Int64
	ponged     atomic.Bool
	bootedOnce sync.Once
	booted     chan struct{}
	// quietUntil is until when a station that just booted is left alone, as Unix nanoseconds.
	quietUntil atomic.Int64

	// seenAt is what the sweeper last passed on of heardAt.
	seenAt int64

	// writeMu makes the connection's writes one after the other.
	writeMu sync.Mutex

	// ahead takes over reading while the loop waits for a database that is away, so that pings are answered.
	aheadMu sync.Mutex
	ahead   chan received

	calls calls

	// asideMu guards what runs beside the loop, which the connection's end waits for.
	asideMu sync.Mutex
	closing bool
	ended   bool
	beside  sync.WaitGroup
}

// received is one message off the socket.
type received struct {
	raw []byte
	at  time.Time
	err error
}

// maxAhead bounds how many messages are read ahead of a database that is away. Then the station has to wait.
const maxAhead = 64

func (c *conn) open(ws *websocket.Conn, link *charging.Link) {
	c.ws, c.link = ws, link
	c.ctx, c.cancel = context.WithCancel(c.server.base)
	c.booted = make(chan struct{})
	c.calls.init()
	c.heard()
}

// run is the connection's loop.
func (c *conn) run() {
	defer c.end()
	c.maybeSetUp()
	if c.link.LeftRunning() && c.dialect.version() != schema.V16 {
		c.aside(c.reconcile)
	}
	for {
		m := c.next()
		if m.err != nil {
			return
		}
		c.handle(m.raw, m.at)
		if c.ctx.Err() != nil {
			return
		}
	}
}

// end releases everything the connection holds, waits for what ran beside the loop, and notes that the station is offline.
func (c *conn) end() {
	c.asideMu.Lock()
	c.ended = true
	c.asideMu.Unlock()
	c.cancel()
	c.calls.lost()
	_ = c.ws.CloseNow()
	c.beside.Wait()
	// Written before it is forgotten, so that a drained server leaves no station that looks online.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), 10*time.Second)
	defer cancel()
	if err := c.server.charging.Disconnect(ctx, c.link); err != nil {
		c.server.logger.Warn("a station that left can't be marked offline yet", "station", c.link.Identity, "error", err)
	}
	c.server.release(c)
}

// next reads a message, from the socket or from what was read ahead.
func (c *conn) next() received {
	c.aheadMu.Lock()
	ahead := c.ahead
	c.aheadMu.Unlock()
	if ahead != nil {
		select {
		case m, ok := <-ahead:
			if !ok {
				return received{err: io.EOF}
			}
			return m
		case <-c.ctx.Done():
			return received{err: c.ctx.Err()}
		}
	}
	return c.read()
}

func (c *conn) read() received {
	// Without a deadline on the context a read costs no timer; the sweeper closes what stalls.
	kind, r, err := c.ws.Reader(context.Background())
	if err != nil {
		return received{err: err}
	}
	now := time.Now()
	c.heardAt.Store(now.UnixNano())
	c.readingAt.Store(now.UnixNano())
	raw, err := io.ReadAll(r)
	c.readingAt.Store(0)
	if err != nil {
		return received{err: err}
	}
	if kind == websocket.MessageBinary && len(raw) == 0 {
		raw = []byte{0}
	}
	return received{raw: raw, at: time.Now()}
}

// readAhead starts reading apart from the loop, which waits for the database. Once begun it goes on to the connection's end.
func (c *conn) readAhead() {
	c.aheadMu.Lock()
	defer c.aheadMu.Unlock()
	if c.ahead != nil {
		return
	}
	ahead := make(chan received, maxAhead)
	c.ahead = ahead
	c.aside(func() {
		defer close(ahead)
		for {
			m := c.read()
			select {
			case ahead <- m:
			case <-c.ctx.Done():
				return
			}
			if m.err != nil {
				return
			}
		}
	})
}

func (c *conn) heard() { c.heardAt.Store(time.Now().UnixNano()) }

// write sends a message. The sweeper closes a connection whose station doesn't read.
func (c *conn) write(message []byte) error {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	c.writingAt.Store(time.Now().UnixNano())
	defer c.writingAt.Store(0)
	failpoint.Reach(failpoint.BeforeAnswer)
	if err := c.ws.Write(context.Background(), websocket.MessageText, message); err != nil {
		return err
	}
	failpoint.Reach(failpoint.AfterAnswer)
	return nil
}

// store commits the entry of a frame, however long the database takes.
func (c *conn) store() error {
	c.storingAt.Store(time.Now().UnixNano())
	defer c.storingAt.Store(0)
	return c.server.journal.Commit(c.ctx, &c.entry)
}

// closeSoon closes the connection without making the caller wait for the station.
func (c *conn) closeSoon(code websocket.StatusCode, reason string) {
	c.asideMu.Lock()
	first := !c.closing
	c.closing = true
	c.asideMu.Unlock()
	if first {
		c.aside(func() {
			_ = c.ws.Close(code, reason)
			c.cancel()
		})
	}
}

// cut ends a connection whose station doesn't read: a close frame would wait behind what it leaves unread.
func (c *conn) cut() {
	c.asideMu.Lock()
	first := !c.closing
	c.closing = true
	c.asideMu.Unlock()
	if first {
		c.aside(func() { _ = c.ws.CloseNow() })
	}
}

// superseded closes a connection whose station has a newer one. What it was asked won't be answered here any more: whoever waits
// learns so at once, and not when the dead socket is given up.
func (c *conn) superseded() {
	c.calls.lost()
	c.closeSoon(websocket.StatusNormalClosure, "a newer connection of this station has taken over")
}

// aside does something beside the loop, unless the connection has ended. Its end waits for it.
func (c *conn) aside(do func()) {
	c.asideMu.Lock()
	defer c.asideMu.Unlock()
	if !c.ended {
		c.beside.Go(do)
	}
}
