package ocpp

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/journal"
)

// Config tunes the endpoint; zero values mean the defaults.
type Config struct {
	// SettleDelay is how long a station is left alone after its boot is answered. Several makes lose their boot when a call
	// comes too early.
	SettleDelay time.Duration
	// BootPatience is how long a new station may take to boot before it is asked to.
	BootPatience time.Duration
	// ReconcileDelay is how long a station that is back may take to send what it kept, before it is asked about sessions that
	// were left running.
	ReconcileDelay time.Duration
	// CallTimeout is how long a station may take to answer most calls; those that take longer get proportionally more (see
	// CallTimeout).
	CallTimeout time.Duration
	// PingInterval is how long a connection may be silent before it is pinged.
	PingInterval time.Duration
	// WriteTimeout is how long a station may take to read before its connection is closed.
	WriteTimeout time.Duration
	// FrameTimeout is how long a frame may take to arrive once it has begun.
	FrameTimeout time.Duration
	// TrustedProxies may say whom they speak for (X-Forwarded-For) and how (X-Forwarded-Proto).
	TrustedProxies []netip.Prefix
	// ClientCertificateHeader is the header in which trusted proxies pass on the certificate of a station, Client-Cert (RFC 9440) or
	// X-SSL-Client-Cert; none where it is empty. It is named because a proxy hands on what it doesn't know: a station could claim
	// somebody else's certificate in the header that the proxy doesn't set.
	ClientCertificateHeader string
}

func (c *Config) defaults() {
	set := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	set(&c.SettleDelay, 2*time.Second)
	set(&c.BootPatience, 5*time.Second)
	set(&c.CallTimeout, usualCallTimeout)
	set(&c.PingInterval, time.Minute)
	set(&c.WriteTimeout, 10*time.Second)
	set(&c.FrameTimeout, 30*time.Second)
}

// Server is the endpoint of this node.
type Server struct {
	charging *charging.Service
	journal  *journal.Journal
	bus      bus.Bus
	logger   *slog.Logger
	config   Config

	// base ends when the server has drained; connections live under it.
	base   context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	// busy are the handshakes and the connections, those included that a newer one has replaced. enter adds to it.
	busy sync.WaitGroup

	mu       sync.RWMutex
	conns    map[uuid.UUID]*conn
	draining bool

	unhandle []func()
}

// NewServer starts the endpoint's background work. Serve its requests with ServeHTTP, and end it with Drain.
func NewServer(domain *charging.Service, j *journal.Journal, b bus.Bus, logger *slog.Logger, config Config) (*Server, error) {
	config.defaults()
	s := &Server{charging: domain, journal: j, bus: b, logger: logger, config: config, conns: map[uuid.UUID]*conn{}}
	s.base, s.cancel = context.WithCancel(context.Background())
	if err := s.answerPeers(); err != nil {
		s.cancel()
		return nil, err
	}
	domain.UseCommander(&commander{server: s})
	s.wg.Go(s.sweep)
	return s, nil
}

// Connections returns how many stations are connected to this node.
func (s *Server) Connections() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.conns)
}

// adopt makes a connection the one of its station on this node and closes the one before. It reports false while the server
// drains, or when a newer connection got here first.
func (s *Server) adopt(c *conn) bool {
	s.mu.Lock()
	old := s.conns[c.link.Station]
	if s.draining || (old != nil && old.link.Epoch > c.link.Epoch) {
		s.mu.Unlock()
		return false
	}
	s.conns[c.link.Station] = c
	s.mu.Unlock()
	if old != nil {
		old.superseded()
	}
	return true
}

// release forgets a connection, unless a newer one has taken its place.
func (s *Server) release(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns[c.link.Station] == c {
		delete(s.conns, c.link.Station)
	}
}

// enter lets a handshake begin, until busy.Done. It reports false once the server drains.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.busy.Add(1)
	return true
}

func (s *Server) connection(station uuid.UUID) *conn {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.conns[station]
}

// Drain lets no more stations in, closes every connection with 1001, and waits until handshakes that were under way have ended and
// the connections' last messages are stored, or ctx ends.
func (s *Server) Drain(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	open := make([]*conn, 0, len(s.conns))
	for _, c := range s.conns {
		open = append(open, c)
	}
	s.mu.Unlock()
	for _, unhandle := range s.unhandle {
		unhandle()
	}
	for _, c := range open {
		c.closeSoon(websocket.StatusGoingAway, "the server is shutting down; connect again")
	}
	done := make(chan struct{})
	go func() {
		s.busy.Wait()
		s.cancel()
		s.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		s.cancel()
		return ctx.Err()
	}
}

var _ http.Handler = (*Server)(nil)
