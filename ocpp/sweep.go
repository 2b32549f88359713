package ocpp

import (
	"context"
	"time"

	"github.com/coder/websocket"
)

const (
	sweepEvery = time.Second
	// storePatience is how long the loop may wait for the database before the socket is read apart from it.
	storePatience = 2 * time.Second
	// silenceGrace is how long after its heartbeat was due a station counts as gone.
	silenceGrace = 90 * time.Second
	// deafSilence is how long a station may be silent that doesn't answer pings: it may have a heartbeat interval of its own.
	// A dead line is noticed sooner, by TCP's keep-alive.
	deafSilence = 3 * time.Hour
)

// sweep looks after all connections, so that none needs timers of its own.
func (s *Server) sweep() {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	var conns []*conn
	for {
		select {
		case <-s.base.Done():
			return
		case <-ticker.C:
		}
		conns = conns[:0]
		s.mu.RLock()
		for _, c := range s.conns {
			conns = append(conns, c)
		}
		s.mu.RUnlock()
		now := time.Now()
		for _, c := range conns {
			c.look(now)
		}
		clear(conns)
	}
}

// look checks one connection.
func (c *conn) look(now time.Time) {
	since := func(at int64) time.Duration {
		if at == 0 {
			return 0
		}
		return now.Sub(time.Unix(0, at))
	}
	config := &c.server.config
	if since(c.storingAt.Load()) > storePatience {
		c.readAhead()
	}
	if since(c.writingAt.Load()) > config.WriteTimeout {
		c.server.logger.Info("a station doesn't read what it is sent: its connection is closed", "station", c.link.Identity)
		c.cut()
		return
	}
	if since(c.readingAt.Load()) > config.FrameTimeout {
		c.closeSoon(websocket.StatusPolicyViolation, "the frame took too long")
		return
	}
	heard := c.heardAt.Load()
	if heard != c.seenAt {
		c.seenAt = heard
		c.server.journal.Seen(c.link.Station, time.Unix(0, heard))
	}
	limit := c.server.charging.HeartbeatInterval() + silenceGrace
	if !c.ponged.Load() {
		limit = max(limit, deafSilence)
	}
	silent, interval := since(heard), seconds(c.link.Behaviour().PingInterval, config.PingInterval)
	switch {
	case silent > limit:
		c.server.logger.Info("a station has gone silent: its connection is closed", "station", c.link.Identity, "silent", silent)
		c.closeSoon(websocket.StatusPolicyViolation, "nothing was heard for too long")
	case interval > 0 && silent > interval && since(c.pingedAt.Load()) == 0:
		c.pingedAt.Store(now.UnixNano())
		c.aside(c.ping)
	}
}

// ping asks for a sign of life. A station that doesn't answer pings isn't closed for it.
func (c *conn) ping() {
	ctx, cancel := context.WithTimeout(c.ctx, 20*time.Second)
	defer cancel()
	_ = c.ws.Ping(ctx)
	c.pingedAt.Store(0)
}
