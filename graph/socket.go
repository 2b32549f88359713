package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/tenancy"
)

const transportWS = "graphql-transport-ws"

type (
	callerKey  struct{}
	requestKey struct{}
	socketKey  struct{}
)

func withCaller(ctx context.Context, c identity.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) (identity.Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(identity.Caller)
	return c, ok
}

// socketState is what one socket has open.
type socketState struct {
	subscriptions atomic.Int64
	limit         int64
	// leave gives the caller's place back.
	leave func()
}

// newSocket is gqlgen's WebSocket transport with what it lacks: one protocol, a bound on writes, a bound on sockets and
// subscriptions, and an end when the caller may not be there any more.
func newSocket(r *Resolver, o Options) transport.Websocket {
	places := &places{limit: o.SocketsPerCaller, taken: map[string]int{}}
	limit := int64(maxBody)
	return transport.Websocket{
		Implementation:   sockets{writeTimeout: o.WriteTimeout},
		InitTimeout:      o.InitTimeout,
		PingPongInterval: 30 * time.Second,
		MissingPongOk:    false,
		PayloadReadLimit: &limit,
		InitFunc: func(ctx context.Context, init transport.InitPayload) (context.Context, *transport.InitPayload, error) {
			return admitSocket(ctx, r, o, places, init)
		},
		ErrorFunc: func(_ context.Context, err error) {
			r.Logger.Debug("a subscriber's socket ended", "error", err)
		},
		CloseFunc: func(ctx context.Context, _ int) {
			if s, ok := ctx.Value(socketKey{}).(*socketState); ok {
				s.leave()
			}
		},
	}
}

// serveSocket lets a browser's socket in only from Busbar's own pages: a cookie says who, not that they meant it.
func serveSocket(r *Resolver, s http.Handler, w http.ResponseWriter, req *http.Request) {
	offers := req.Header.Values("Sec-WebSocket-Protocol")
	if !slices.ContainsFunc(offers, func(list string) bool {
		return slices.ContainsFunc(strings.Split(list, ","), func(p string) bool { return strings.TrimSpace(p) == transportWS })
	}) {
		httpError(w, http.StatusBadRequest, fault.New(fault.Invalid, "Subscriptions speak the subprotocol %s.", transportWS))
		return
	}
	if req.Header.Get("Cookie") != "" && !r.Identity.SameOrigin(req) {
		httpError(w, http.StatusForbidden, fault.New(fault.Forbidden, "This page is not Busbar's own: use an API key instead of the sign-in cookie."))
		return
	}
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	ctx = context.WithValue(ctx, requestKey{}, req)
	s.ServeHTTP(w, req.WithContext(ctx))
}

// admitSocket finds out who a socket speaks for. Apps may send their key in the first message instead of a header, because
// browsers can't set one.
func admitSocket(ctx context.Context, r *Resolver, o Options, places *places, init transport.InitPayload) (context.Context, *transport.InitPayload, error) {
	req, ok := ctx.Value(requestKey{}).(*http.Request)
	if !ok {
		return ctx, nil, errors.New("the socket lost its request")
	}
	who := req.Clone(ctx)
	if key := init.Authorization(); key != "" {
		who.Header.Set("Authorization", key)
	}
	if as := init.GetString("as"); as != "" {
		// A page that has cookies of staff and of a driver says which one it means.
		who.Header.Set("X-Busbar-As", as)
	}
	caller, err := r.Identity.Recognise(who)
	if err != nil {
		return refuseSocket(ctx, err)
	}
	viewer, err := caller.Viewer(ctx, first(init.GetString("tenant"), req.Header.Get("X-Busbar-Tenant")), first(init.GetString("network"), req.Header.Get("X-Busbar-Network")))
	if err != nil {
		return refuseSocket(ctx, err)
	}
	viewer = signed(viewer, req)
	state := &socketState{limit: int64(o.SubscriptionsPerSocket)}
	if state.leave, ok = places.take(caller.Key()); !ok {
		return refuseSocket(ctx, fault.New(fault.Limit, "You hold too many sockets open: close some first."))
	}
	// The transport keeps this context until the socket closes, and then forgets it: the watcher gives the place back.
	alive, cancel := context.WithCancel(ctx)
	alive = context.WithValue(withCaller(tenancy.NewContext(alive, viewer), caller), socketKey{}, state)
	context.AfterFunc(ctx, func() { state.leave(); cancel() })
	go watchCaller(alive, cancel, r, o, caller, viewer)
	return alive, nil, nil
}

func refuseSocket(ctx context.Context, err error) (context.Context, *transport.InitPayload, error) {
	f := fault.Of(err)
	if f == nil {
		f = fault.New(fault.Unavailable, "Temporarily unavailable: try again in a moment.")
	}
	code := 4403
	if f.Code == fault.Unauthenticated {
		code = 4401
	}
	return transport.WithWebsocketCloseCode(ctx, code), nil, errors.New(f.Message)
}

// watchCaller closes a socket whose caller signed out, was removed, or lost its key: at once where that is announced, and at the
// next check where the announcement is lost.
func watchCaller(ctx context.Context, cancel context.CancelFunc, r *Resolver, o Options, caller identity.Caller, viewer tenancy.Viewer) {
	defer cancel()
	ticker := time.NewTicker(o.RecheckInterval)
	defer ticker.Stop()
	var announced <-chan bus.Event // without announcements there are still the checks
	if revocations, err := r.Identity.Revocations(); err == nil {
		defer revocations.Close()
		announced = revocations.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case event, open := <-announced:
			if !open {
				announced = nil
			} else if !caller.Concerned(event) {
				continue
			}
		case <-ticker.C:
		}
		if !r.Identity.StillValid(ctx, caller, viewer) {
			return
		}
	}
}

// countSubscriptions bounds what one socket may subscribe to.
func countSubscriptions(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	state, ok := ctx.Value(socketKey{}).(*socketState)
	if !ok || graphql.GetOperationContext(ctx).Operation.Operation != ast.Subscription {
		return next(ctx)
	}
	if state.subscriptions.Add(1) > state.limit {
		state.subscriptions.Add(-1)
		f := fault.New(fault.Limit, "A socket holds at most %d subscriptions: open another one, or end some.", state.limit)
		return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{told(gqlerror.Errorf("%s", f.Message), f)}})
	}
	context.AfterFunc(ctx, func() { state.subscriptions.Add(-1) })
	return next(ctx)
}

// places counts sockets for each caller.
type places struct {
	limit int
	mu    sync.Mutex
	taken map[string]int
}

func (p *places) take(key string) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[key] >= p.limit {
		return func() {}, false
	}
	p.taken[key]++
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.taken[key]--; p.taken[key] == 0 {
			delete(p.taken, key)
		}
	}), true
}

// sockets accepts subscribers over coder/websocket. A write that a subscriber doesn't take in time ends its socket.
type sockets struct{ writeTimeout time.Duration }

// Accept upgrades a request. The origin was checked before.
func (i sockets) Accept(w http.ResponseWriter, req *http.Request, options transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	options.Subprotocols = []string{transportWS}
	conn, err := transport.CoderWebsocketImplementation{
		AcceptOptions: websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled},
	}.Accept(w, req, options)
	if err != nil {
		return nil, err
	}
	return &boundedConn{WebsocketConn: conn, timeout: i.writeTimeout}, nil
}

// boundedConn closes a socket when a write takes too long.
type boundedConn struct {
	transport.WebsocketConn
	timeout time.Duration
}

// WriteJSON sends a message within the time-out.
func (c *boundedConn) WriteJSON(v any) error {
	timer := time.AfterFunc(c.timeout, func() { _ = c.Close() })
	defer timer.Stop()
	return c.WebsocketConn.WriteJSON(v)
}

// SetReadLimit passes on what the transport sets.
func (c *boundedConn) SetReadLimit(limit int64) {
	if l, ok := c.WebsocketConn.(transport.WebsocketReadLimiter); ok {
		l.SetReadLimit(limit)
	}
}

// SetReadDeadline passes on what the transport sets.
func (c *boundedConn) SetReadDeadline(t time.Time) error {
	if d, ok := c.WebsocketConn.(transport.WebsocketReadDeadliner); ok {
		return d.SetReadDeadline(t)
	}
	return nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func marshal(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}
