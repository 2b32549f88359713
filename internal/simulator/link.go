package simulator

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// address is where and how to connect. Identity and password are empty where they are those of the station.
type address struct{ url, identity, password string }

const (
	dialTimeout  = 20 * time.Second
	writeTimeout = 10 * time.Second
	closeTimeout = 2 * time.Second
)

// link is an open connection.
type link struct {
	ws     *websocket.Conn
	frames chan received
	cancel context.CancelFunc
}

// received is a message off the socket, or why there won't be any more.
type received struct {
	raw []byte
	err error
}

// incoming is nil without a link, and a nil channel delivers nothing.
func (l *link) incoming() <-chan received {
	if l == nil {
		return nil
	}
	return l.frames
}

// dialled is the outcome of an attempt to connect.
type dialled struct {
	ws    *websocket.Conn
	err   error
	after time.Duration // how long the server wants to be left alone
}

// connect begins an attempt, unless one is on its way or the station has to stay away.
func (s *Station) connect() {
	s.plan.cancel(s.reconnect)
	if s.link != nil || s.dialling || s.ctx.Err() != nil {
		return
	}
	if wait := time.Until(s.awayUntil); wait > 0 {
		s.reconnect = s.plan.after(wait, s.connect)
		return
	}
	s.dialling = true
	opts := websocket.DialOptions{HTTPClient: s.opts.HTTPClient, HTTPHeader: http.Header{}, Subprotocols: []string{s.dialect.version().Subprotocol()}}
	if password := cmp.Or(s.address.password, s.password); password != "" {
		credential := base64.StdEncoding.EncodeToString([]byte(cmp.Or(s.address.identity, s.opts.Identity) + ":" + password))
		opts.HTTPHeader.Set("Authorization", "Basic "+credential)
	}
	to := s.address.url
	s.wg.Go(func() {
		d := dial(s.ctx, to, s.dialect.version(), &opts)
		select {
		case s.dialled <- d:
		case <-s.ctx.Done():
		}
		if s.ctx.Err() != nil && d.ws != nil {
			_ = d.ws.CloseNow()
		}
	})
}

func dial(ctx context.Context, url string, version frame.Version, opts *websocket.DialOptions) dialled {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	ws, response, err := websocket.Dial(ctx, url, opts)
	if err != nil {
		d := dialled{err: err}
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			d.err = fmt.Errorf("the server answered %s", response.Status)
			seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
			d.after = time.Duration(seconds) * time.Second
		}
		return d
	}
	if ws.Subprotocol() != version.Subprotocol() {
		_ = ws.Close(websocket.StatusProtocolError, "OCPP "+version.String()+" is needed")
		return dialled{err: fmt.Errorf("the server doesn't speak OCPP %v: it chose %q", version, ws.Subprotocol())}
	}
	ws.SetReadLimit(frame.MaxBytes)
	return dialled{ws: ws}
}

// connected takes up a new connection, or plans the next attempt.
func (s *Station) connected(d dialled) {
	s.dialling = false
	s.dialect.dialled(d.err == nil)
	if d.err == nil && time.Until(s.awayUntil) > 0 {
		_ = d.ws.CloseNow()
		d.err = errors.New("the network is gone")
	}
	if d.err != nil {
		s.refusal = d.err.Error()
		s.emit(Event{Kind: Refused, Detail: s.refusal})
		s.opts.Logger.Debug("a simulated station isn't let in", "station", s.opts.Identity, "error", d.err)
		s.connectLater(d.after)
		return
	}
	// The socket outlives the station's own context for as long as it takes to say goodbye.
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.ctx))
	l := &link{ws: d.ws, frames: make(chan received, 16), cancel: cancel}
	s.link, s.backoff, s.refusal = l, 0, ""
	s.wg.Go(func() { l.read(ctx) })
	s.emit(Event{Kind: Connected})
	if s.boot.status == v16.RegistrationStatusAccepted {
		s.resume()
		return
	}
	s.sendBoot()
}

func (l *link) read(ctx context.Context) {
	defer close(l.frames)
	for {
		_, raw, err := l.ws.Read(ctx)
		select {
		case l.frames <- received{raw, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// connectLater plans the next attempt: doubling pauses, spread so that stations don't come back all at once.
func (s *Station) connectLater(atLeast time.Duration) {
	s.backoff = min(max(2*s.backoff, s.opts.FirstBackoff), s.opts.MaxBackoff)
	jitter := time.Duration((0.75 + 0.5*s.rng.Float64()) * float64(s.backoff))
	s.plan.cancel(s.reconnect)
	s.reconnect = s.plan.after(max(jitter, atLeast), s.connect)
}

// lost gives up a connection that has failed, and plans the next.
func (s *Station) lost(reason string) {
	if s.link == nil {
		return
	}
	_ = s.link.ws.CloseNow()
	s.link.cancel()
	s.offline(reason)
	if !s.boot.resetting {
		s.connectLater(0)
	}
}

// offline forgets the connection and tells everything that waited for it.
func (s *Station) offline(reason string) {
	s.link = nil
	s.boot.asking = false
	s.plan.cancel(s.boot.heartbeat)
	s.plan.cancel(s.boot.again)
	s.emit(Event{Kind: Disconnected, Detail: reason})
	s.interrupted()
	for _, c := range s.connectors {
		// Who is authorised needn't wait for the CSMS to say so once more.
		if c.tx != nil && !c.tx.energised && !c.tx.withheld {
			s.energise(c)
		}
	}
}

// close says goodbye and gives up the connection, without making the loop wait for the answer.
func (s *Station) close(reason string) {
	if s.link == nil {
		return
	}
	l := s.link
	s.wg.Go(func() {
		// Ending the reader is what ends a connection whose server doesn't say goodbye too.
		overdue := time.AfterFunc(closeTimeout, l.cancel)
		defer overdue.Stop()
		defer l.cancel()
		_ = l.ws.Close(websocket.StatusNormalClosure, reason)
	})
	s.wg.Go(func() {
		for range l.frames { // what arrives from now on comes too late
		}
	})
	s.offline(reason)
}

// write sends a frame, and gives the connection up where that fails.
func (s *Station) write(message []byte) bool {
	if s.link == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(s.ctx, writeTimeout)
	defer cancel()
	if err := s.link.ws.Write(ctx, websocket.MessageText, message); err != nil {
		s.lost("writing failed: " + err.Error())
		return false
	}
	return true
}

// receive handles what the reader found.
func (s *Station) receive(m received) {
	if m.err != nil {
		reason := m.err.Error()
		var closed websocket.CloseError
		if errors.As(m.err, &closed) {
			reason = fmt.Sprintf("closed with %d %s", closed.Code, closed.Reason)
		}
		s.lost(reason)
		return
	}
	f, err := frame.Parse(m.raw)
	if err != nil {
		s.opts.Logger.Debug("a simulated station can't read a frame", "station", s.opts.Identity, "error", err)
		var fault *frame.Error
		if errors.As(err, &fault) && fault.Answerable(s.dialect.version()) {
			s.write(frame.AppendCallError(nil, fault.ID, fault.Code.Spell(s.dialect.version()), fault.Description, nil))
		}
		return
	}
	switch f.Type {
	case frame.Call:
		s.answer(f)
	case frame.CallResult, frame.CallError:
		s.answered(f)
	}
}
