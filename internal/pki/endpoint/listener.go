package endpoint

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// reportTimeout bounds what is done about a failure.
const reportTimeout = 10 * time.Second

// witness is a connection that remembers how it began.
type witness struct {
	net.Conn
	begin [5]byte
	got   int
	// end is what came last of a handshake.
	end   [7]byte
	done  bool
	hello *offer
	least uint16
}

// offer is what a station said in its hello.
type offer struct {
	newest, least uint16
	suites        []uint16
	name          string
}

func (w *witness) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if w.got < len(w.begin) {
		w.got += copy(w.begin[w.got:], b[:n])
	}
	if !w.done && n > 0 {
		last := append(w.end[:], b[max(0, n-len(w.end)):n]...)
		w.end = [7]byte(last[len(last)-len(w.end):])
	}
	return n, err
}

// alert is a fatal alert that came last and wasn't encrypted. OpenSSL breaks TLS 1.3 off so before its own keys are in use, and crypto/tls
// takes that for damage.
func (w *witness) alert() (tls.AlertError, bool) {
	e := w.end
	return tls.AlertError(e[6]), e[0] == 21 && e[1] == 3 && e[3] == 0 && e[4] == 2 && e[5] == 2
}

func (w *witness) first() string { return string(w.begin[:w.got]) }

func (w *witness) offers(hello *tls.ClientHelloInfo) {
	o := &offer{name: hello.ServerName, newest: ssl3, least: w.least, suites: hello.CipherSuites}
	for _, v := range hello.SupportedVersions {
		// Numbers that mean nothing are sent to keep servers honest (RFC 8701).
		if v > o.newest && v <= tls.VersionTLS13 {
			o.newest = v
		}
	}
	w.hello = o
}

// listener gives connections whose handshake is done.
type listener struct {
	net.Listener
	endpoint *Endpoint
	settings *tls.Config
	legacy   bool

	ready  chan net.Conn
	ctx    context.Context
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup
}

// Listener speaks TLS over what it is given. Its connections are *tls.Conn, so that http.Server knows them; those of a legacy listener
// take versions and suites that don't count as protection.
func (e *Endpoint) Listener(inner net.Listener, legacy bool) net.Listener {
	l := &listener{Listener: inner, endpoint: e, settings: e.settings(legacy), legacy: legacy, ready: make(chan net.Conn)}
	l.ctx, l.cancel = context.WithCancelCause(context.Background())
	if legacy {
		e.config.Logger.Warn("the legacy TLS listener is on: what old chargers send over it can be read and changed by others. Stations on it never count as more than security profile 1", "listen", inner.Addr().String())
	}
	l.wg.Go(l.run)
	return l
}

// run accepts. One goroutine for each handshake: one that hangs ends by its time limit and holds up nobody.
func (l *listener) run() {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) || l.ctx.Err() != nil {
				l.cancel(net.ErrClosed)
				return
			}
			// Usually too many open files: some will be closed.
			l.endpoint.config.Logger.Error("a connection can't be accepted", "error", err)
			pause.Reset(100 * time.Millisecond)
			select {
			case <-pause.C:
			case <-l.ctx.Done():
				return
			}
			continue
		}
		l.wg.Go(func() { l.handshake(c) })
	}
}

func (l *listener) handshake(c net.Conn) {
	ctx, cancel := context.WithTimeout(l.ctx, l.endpoint.config.HandshakeTimeout)
	defer cancel()
	w := &witness{Conn: c, least: l.settings.MinVersion}
	t := tls.Server(w, l.settings)
	if err := t.HandshakeContext(ctx); err != nil {
		l.fail(w, err)
		return
	}
	w.hello, w.done = nil, true // it was for failures, and the connection may stay for months
	select {
	case l.ready <- t:
	case <-l.ctx.Done():
		_ = c.Close()
	}
}

// fail says what became of a handshake, to the station where it would understand, and to whoever keeps attempts.
func (l *listener) fail(w *witness, err error) {
	f, told := w.explain(err, l.legacy)
	remote := address(w.Conn)
	if f.Reason == PlainOnTLS {
		_ = w.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = w.Write([]byte("HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThis port speaks TLS: use wss://, or the port for ws://.\n"))
	}
	_ = w.Close()
	if !told || l.ctx.Err() != nil {
		return
	}
	l.endpoint.tell(remote, f)
}

func (e *Endpoint) tell(remote netip.Addr, f Failure) {
	e.config.Logger.Debug("a TLS handshake failed", "remote", remote, "reason", f.Reason, "detail", f.Detail)
	if e.config.Failed == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), reportTimeout)
	defer cancel()
	e.config.Failed(ctx, remote, f)
}

// Accept gives the next connection whose handshake is done.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.ready:
		return c, nil
	case <-l.ctx.Done():
		return nil, context.Cause(l.ctx)
	}
}

// Close ends it together with the handshakes that are underway.
func (l *listener) Close() error {
	l.cancel(net.ErrClosed)
	err := l.Listener.Close()
	l.wg.Wait()
	return err
}

func address(c net.Conn) netip.Addr {
	a, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap()
}

// legacyKey marks requests that came over a legacy listener.
type legacyKey struct{}

// MarkLegacy has a handler know that its requests come over a legacy listener.
func MarkLegacy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), legacyKey{}, true)))
	})
}

// Legacy reports whether a request came over a legacy listener.
func Legacy(ctx context.Context) bool { return ctx.Value(legacyKey{}) != nil }
