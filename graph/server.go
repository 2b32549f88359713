package graph

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/99designs/gqlgen/graphql/playground"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/busbar-ev/busbar/graph/generated"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Options tune the interface; zero values mean the defaults.
type Options struct {
	// HideSchema switches introspection and suggestions off.
	HideSchema bool
	// RequestTimeout bounds a query or mutation.
	RequestTimeout time.Duration
	// InitTimeout is how long a socket may wait before it says who it is.
	InitTimeout time.Duration
	// WriteTimeout is how long a subscriber may take to read.
	WriteTimeout time.Duration
	// SubscriptionsPerSocket and SocketsPerCaller bound what one caller may hold open.
	SubscriptionsPerSocket, SocketsPerCaller int
	// RecheckInterval is how often an open socket is asked whether its caller may still be there.
	RecheckInterval time.Duration
}

func (o *Options) defaults() {
	if o.RequestTimeout == 0 {
		o.RequestTimeout = 75 * time.Second // a command may wait 60
	}
	if o.InitTimeout == 0 {
		o.InitTimeout = 10 * time.Second
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 10 * time.Second
	}
	if o.SubscriptionsPerSocket == 0 {
		o.SubscriptionsPerSocket = 100
	}
	if o.SocketsPerCaller == 0 {
		o.SocketsPerCaller = 100
	}
	if o.RecheckInterval == 0 {
		o.RecheckInterval = 3 * time.Second
	}
}

// NewHandler serves /graphql: POST, graphql-transport-ws, and GraphiQL for a browser that looks in.
func NewHandler(r *Resolver, o Options) http.Handler {
	o.defaults()
	if r.Commands == nil {
		r.Commands = NewCommands(r)
	}
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: r, Directives: directives, Complexity: complexity()})
	s := handler.New(schema)
	s.AddTransport(newSocket(r, o))
	s.AddTransport(transport.POST{ResponseHeaders: map[string][]string{"Content-Type": {"application/json"}}})
	s.SetQueryCache(newPages(1000))
	s.SetParserTokenLimit(maxTokens)
	s.SetErrorPresenter(present(r.Logger))
	s.SetRecoverFunc(recovered(r.Logger))
	s.SetDisableSuggestion(o.HideSchema)
	s.Use(limits{})
	s.Use(extension.FixedComplexityLimit(maxComplexity))
	if !o.HideSchema {
		s.Use(extension.Introspection{})
	}
	s.AroundOperations(countSubscriptions)
	s.AroundResponses(noteRefusals(r))
	s.AroundResponses(gather(r))
	page := playground.Handler("Busbar", "/graphql")
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case req.Header.Get("Upgrade") != "":
			serveSocket(r, s, w, req)
		case req.Method == http.MethodPost:
			servePost(r, o, s, w, req)
		case req.Method == http.MethodGet && strings.Contains(req.Header.Get("Accept"), "text/html") && !o.HideSchema:
			graphiqlPolicy(w.Header())
			page(w, req)
		default:
			// A query in a URL could be called from any web page, so there is no such thing.
			w.Header().Set("Allow", "POST")
			httpError(w, http.StatusMethodNotAllowed, fault.New(fault.Invalid, "Send queries and mutations with POST, as application/json."))
		}
	})
}

// servePost answers one query or mutation.
func servePost(r *Resolver, o Options, s http.Handler, w http.ResponseWriter, req *http.Request) {
	req.Body = http.MaxBytesReader(w, req.Body, maxBody)
	if !strings.HasPrefix(strings.ToLower(req.Header.Get("Content-Type")), "application/json") {
		httpError(w, http.StatusUnsupportedMediaType, fault.New(fault.Invalid, "Send the query as application/json."))
		return
	}
	ctx, cancel := context.WithTimeout(req.Context(), o.RequestTimeout)
	defer cancel()
	caller, err := r.Identity.Recognise(req)
	switch {
	case err == nil && caller.ByCookie() && !r.Identity.SameOrigin(req):
		httpError(w, http.StatusForbidden, fault.New(fault.Forbidden, "This page is not Busbar's own: use an API key instead of the sign-in cookie."))
		return
	case err == nil:
		v, err := caller.Viewer(ctx, req.Header.Get("X-Busbar-Tenant"), req.Header.Get("X-Busbar-Network"))
		if err != nil {
			graphError(w, err)
			return
		}
		ctx = withCaller(tenancy.NewContext(ctx, signed(v, req)), caller)
	case !fault.Is(err, fault.Unauthenticated):
		r.Logger.Error("a caller can't be recognised", "error", err)
		httpError(w, http.StatusServiceUnavailable, fault.New(fault.Unavailable, "Temporarily unavailable: try again in a moment."))
		return
	case req.Header.Get("Authorization") != "":
		// Whoever sends a credential wants to know that it is no good.
		graphError(w, err)
		return
	}
	s.ServeHTTP(w, req.WithContext(ctx))
}

// signed marks a viewer with where the request came from and its id.
func signed(v tenancy.Viewer, req *http.Request) tenancy.Viewer {
	v.Remote = req.RemoteAddr
	if host, _, err := net.SplitHostPort(req.RemoteAddr); err == nil {
		v.Remote = host
	}
	v.RequestID = uuid.NewString()
	return v
}

// graphError answers a request that didn't get as far as GraphQL in GraphQL's own shape.
func graphError(w http.ResponseWriter, err error) {
	f := fault.Of(err)
	if f == nil {
		f = fault.New(fault.Unavailable, "Temporarily unavailable: try again in a moment.")
	}
	status := http.StatusOK
	if f.Code == fault.Unauthenticated {
		status = http.StatusUnauthorized
	}
	httpError(w, status, f)
}

func httpError(w http.ResponseWriter, status int, f *fault.Error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	response := graphql.Response{Errors: gqlerror.List{told(gqlerror.Errorf("%s", f.Message), f)}}
	text, err := marshal(response)
	if err == nil {
		_, _ = io.WriteString(w, text)
	}
}

// graphiqlPolicy lets GraphiQL's page load its own parts.
func graphiqlPolicy(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' https://cdn.jsdelivr.net https://unpkg.com https://esm.sh blob:; "+
		"style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net https://unpkg.com https://esm.sh; connect-src 'self' ws: wss: https://esm.sh; "+
		"img-src 'self' data:; font-src 'self' data: https://cdn.jsdelivr.net https://esm.sh; worker-src 'self' blob:")
}
