package bus

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// NATS is the bus of many nodes, on core NATS alone: nothing is stored, and nothing is lost
// that Postgres does not hold.
//
//	<prefix>.event.<subject>   events, to nodes that have a subscriber for them
//	<prefix>.call.<subject>    calls, to one node that handles the subject
//	<prefix>.owner.<subject>   "I handle this since …": an earlier handler gives way
//	<prefix>.gap               "I was cut off": every subscriber may have missed something
//
// While NATS is away, events and calls within a node go on. After a reconnection every
// subscription on every node gets a Missed event, because events were lost in both directions.
type NATS struct {
	index  *index
	calls  *calls
	conn   *nats.Conn
	node   string
	prefix string
	logger *slog.Logger
	closed atomic.Bool

	// One channel for all subscriptions: a goroutine for each of 20,000 stations would cost
	// more than the stations.
	in      chan *nats.Msg
	stopped chan struct{}
	reader  sync.WaitGroup

	mu       sync.Mutex
	patterns map[string]*interest          // by the text of the pattern
	called   map[string]*nats.Subscription // by the text of the subject
}

// interest is our subscription at the NATS server for a pattern that local subscribers share.
type interest struct {
	count int
	sub   *nats.Subscription
}

var _ Bus = (*NATS)(nil)

// NATSOptions say how to reach the NATS servers.
type NATSOptions struct {
	// URL may list several servers, separated by commas.
	URL string
	// Prefix keeps installations apart that share NATS servers; "busbar" when empty.
	Prefix string
	Logger *slog.Logger
	// Connect adds credentials, TLS and the like.
	Connect []nats.Option
}

const (
	inbound = 1 << 16 // messages that wait for the dispatcher, before they count as missed

	headerTimeout = "Busbar-Timeout-Ms"
	headerStatus  = "Busbar-Status"
	statusError   = "error" // the body is the handler's refusal
	statusGone    = "gone"  // the handler left while the call was on its way
	statusLate    = "late"  // the deadline passed
	headerAt      = "Busbar-At"
	headerNode    = "Busbar-Node"

	// NATS is local to the installation; an answer that takes longer means it is in trouble,
	// and the reconnection will put right what was not confirmed.
	flushBound = 2 * time.Second
)

// ConnectNATS joins the bus. It fails when no server answers; later losses of the connection
// are healed in the background.
func ConnectNATS(opts NATSOptions) (*NATS, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Prefix == "" {
		opts.Prefix = "busbar"
	}
	if err := checkTokens([]string{opts.Prefix}); err != nil {
		return nil, fmt.Errorf("the NATS prefix: %w", err)
	}
	b := &NATS{
		index: newIndex(), calls: newCalls(), node: rand.Text(), prefix: opts.Prefix + ".", logger: opts.Logger,
		in: make(chan *nats.Msg, inbound), stopped: make(chan struct{}),
		patterns: map[string]*interest{}, called: map[string]*nats.Subscription{},
	}
	connected := make(chan struct{}) // the handlers below may run before Connect returns
	conn, err := nats.Connect(opts.URL, append([]nats.Option{
		nats.Name("busbar"),
		nats.NoEcho(), // local subscribers are served without the detour
		nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(), // credentials may be mended while we run
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(250*time.Millisecond, 250*time.Millisecond),
		// Nothing is kept for later: after a reconnection everybody fetches anew.
		nats.ReconnectBufSize(-1),
		nats.PingInterval(5 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if !b.closed.Load() {
				b.logger.Warn("the connection to NATS is lost: live events and commands do not reach other nodes until it is back", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { <-connected; b.reconnected() }),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) { b.asyncError(sub, err) }),
	}, opts.Connect...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS at %s: %w: check the address and that the server runs", redact(opts.URL), err)
	}
	b.conn = conn
	close(connected)
	for _, subject := range []string{"owner.>", "gap"} {
		if _, err := conn.ChanSubscribe(b.prefix+subject, b.in); err != nil {
			conn.Close()
			return nil, fmt.Errorf("join the bus on NATS: %w", err)
		}
	}
	b.reader.Add(1)
	go b.read()
	return b, nil
}

// redact leaves credentials out of messages.
func redact(urls string) string {
	parts := strings.Split(urls, ",")
	for i, p := range parts {
		if at := strings.LastIndexByte(p, '@'); at >= 0 {
			scheme, _, _ := strings.Cut(p, "://")
			parts[i] = scheme + "://…" + p[at:]
		}
	}
	return strings.Join(parts, ",")
}

func (b *NATS) Publish(_ context.Context, subject Subject, payload []byte) error {
	if b.closed.Load() {
		return ErrClosed
	}
	if err := checkMessage(subject, payload); err != nil {
		return err
	}
	b.index.publish(subject, payload)
	err := b.conn.Publish(b.prefix+"event."+subject.text, payload)
	switch {
	case err == nil, cutOff(err):
		return nil // when cut off, the gap is told after the reconnection
	case errors.Is(err, nats.ErrConnectionClosed):
		return ErrClosed
	default:
		return fmt.Errorf("publish %s to other nodes: %w", subject, err)
	}
}

func cutOff(err error) bool {
	return errors.Is(err, nats.ErrReconnectBufExceeded) || errors.Is(err, nats.ErrConnectionReconnecting) || errors.Is(err, nats.ErrDisconnected)
}

func (b *NATS) Subscribe(pattern Pattern, buffer int) (*Subscription, error) {
	if err := checkSubscribe(pattern, buffer); err != nil {
		return nil, err
	}
	if b.closed.Load() {
		return nil, ErrClosed
	}
	s := newSubscription(pattern, buffer, b.unsubscribe)
	b.index.add(s)
	if err := b.interested(pattern.text); err != nil {
		b.index.remove(s)
		return nil, fmt.Errorf("subscribe to %s: %w", pattern, err)
	}
	if b.closed.Load() { // after add: Close closes what it finds
		s.Close()
		return nil, ErrClosed
	}
	b.confirm()
	return s, nil
}

func (b *NATS) interested(pattern string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if in := b.patterns[pattern]; in != nil {
		in.count++
		return nil
	}
	sub, err := b.conn.ChanSubscribe(b.prefix+"event."+pattern, b.in)
	if err != nil {
		return err
	}
	b.patterns[pattern] = &interest{count: 1, sub: sub}
	return nil
}

func (b *NATS) unsubscribe(s *Subscription) {
	b.index.remove(s)
	b.mu.Lock()
	defer b.mu.Unlock()
	in := b.patterns[s.pattern.text]
	if in == nil {
		return
	}
	if in.count--; in.count == 0 {
		delete(b.patterns, s.pattern.text)
		b.leave(in.sub)
	}
}

func (b *NATS) leave(sub *nats.Subscription) {
	if err := sub.Unsubscribe(); err != nil && !b.closed.Load() && !cutOff(err) {
		b.logger.Warn("a subscription at NATS can't be ended; it goes with the connection", "subject", sub.Subject, "error", err)
	}
}

// confirm waits until the server has taken what was sent. Without a connection there is
// nothing to wait for: subscriptions are made again when it is back.
func (b *NATS) confirm() {
	if b.conn.IsConnected() {
		_ = b.conn.FlushTimeout(flushBound)
	}
}

func (b *NATS) read() {
	defer b.reader.Done()
	for {
		select {
		case m := <-b.in:
			b.dispatch(m)
		case <-b.stopped:
			for len(b.in) > 0 { // calls that were on their way get an answer
				b.dispatch(<-b.in)
			}
			return
		}
	}
}

func (b *NATS) dispatch(m *nats.Msg) {
	kind, subject, _ := strings.Cut(strings.TrimPrefix(m.Subject, b.prefix), ".")
	switch kind {
	case "event":
		// The subscription's own subject tells the pattern, so that a node with several patterns that match delivers once for each.
		b.index.deliver(strings.TrimPrefix(m.Sub.Subject, b.prefix+"event."), Event{Subject: Subject{subject}, Payload: m.Data})
	case "call":
		b.answer(m, Subject{subject})
	case "owner":
		b.contest(Subject{subject}, m.Header)
	case "gap":
		b.index.missed()
	}
}

func (b *NATS) reconnected() {
	if b.closed.Load() {
		return
	}
	b.logger.Info("the connection to NATS is back: subscribers fetch anew")
	b.confirm() // the server knows our subscriptions again before anybody fetches
	b.index.missed()
	if err := b.conn.Publish(b.prefix+"gap", nil); err != nil && !cutOff(err) {
		b.logger.Warn("other nodes could not be told that they missed events", "error", err)
	}
	b.claimAll()
}

func (b *NATS) asyncError(sub *nats.Subscription, err error) {
	if b.closed.Load() {
		return
	}
	if errors.Is(err, nats.ErrSlowConsumer) {
		b.index.missed()
	}
	subject := ""
	if sub != nil {
		subject = sub.Subject
	}
	b.logger.Warn("NATS reports a fault", "subject", subject, "error", err)
}

func (b *NATS) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	for _, s := range b.index.all() {
		s.Close()
	}
	for subject, h := range b.index.allHandlers() {
		b.drop(subject, h)
	}
	err := b.calls.close() // running handlers still answer
	b.confirm()            // no call can reach us any more
	close(b.stopped)
	b.reader.Wait()
	b.confirm()
	b.conn.Close()
	return err
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
