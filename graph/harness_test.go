package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/graph"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// api is the GraphQL interface of a world over HTTP.
type api struct {
	t   *testing.T
	w   *worldtest.World
	url string
}

func newAPI(t *testing.T, options ...worldtest.Option) *api {
	t.Helper()
	return newAPIWith(t, graph.Options{InitTimeout: 500 * time.Millisecond, RecheckInterval: 50 * time.Millisecond, SubscriptionsPerSocket: 3, SocketsPerCaller: 4}, options...)
}

// newAPIWith is newAPI with the interface tuned by the test.
func newAPIWith(t *testing.T, tuned graph.Options, options ...worldtest.Option) *api {
	t.Helper()
	w := worldtest.New(t, options...)
	server := httptest.NewServer(graph.NewHandler(&graph.Resolver{
		DB: w.DB, Bus: w.Bus, Charging: w.Charging, Pricing: w.Pricing, Charges: w.Charges, Payments: w.Payments, DeadJobs: w.DeadJobs, Receipts: w.Receipts, Issues: w.Issues, Drivers: w.Drivers, Identity: w.Identity, Authorities: w.Authorities, Logger: slog.New(slog.DiscardHandler),
	}, tuned))
	t.Cleanup(server.Close)
	return &api{t, w, server.URL + "/graphql"}
}

// result is a response of GraphQL.
type result struct {
	Data   json.RawMessage `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
	status int
	raw    string
}

// code is the code of the first error.
func (r result) code() string {
	if len(r.Errors) == 0 {
		return ""
	}
	code, _ := r.Errors[0].Extensions["code"].(string)
	return code
}

func (a *api) owner(t worldtest.Tenant) string { return a.w.Key(t, tenancy.Owner, [16]byte{}) }

// ask sends a query with a key.
func (a *api) ask(key, query string, variables map[string]any) result {
	a.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		a.t.Fatal(err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if key != "" {
		header.Set("Authorization", "Bearer "+key)
	}
	return a.post(header, string(body))
}

func (a *api) post(header http.Header, body string) result {
	a.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, a.url, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	r := result{status: response.StatusCode, raw: string(raw)}
	_ = json.Unmarshal(raw, &r)
	return r
}

// must sends a query that has to succeed, and decodes its data.
func must[T any](a *api, key, query string, variables map[string]any) (data T) {
	a.t.Helper()
	r := a.ask(key, query, variables)
	if len(r.Errors) > 0 || r.Data == nil {
		a.t.Fatalf("%s\nfailed: %s", query, r.raw)
	}
	if err := json.Unmarshal(r.Data, &data); err != nil {
		a.t.Fatalf("read %s: %v", r.Data, err)
	}
	return data
}

// socket is a subscriber's socket.
type socket struct {
	t  *testing.T
	ws *websocket.Conn
}

// frame is a message of graphql-transport-ws.
type frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

func (a *api) dial(header http.Header, protocols ...string) (*socket, *http.Response, error) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	ws, response, err := websocket.Dial(ctx, a.url, &websocket.DialOptions{HTTPHeader: header, Subprotocols: protocols})
	if err != nil {
		return nil, response, err
	}
	ws.SetReadLimit(4 << 20)
	a.t.Cleanup(func() { _ = ws.CloseNow() })
	return &socket{a.t, ws}, response, nil
}

// open connects with a key, and waits until it is let in.
func (a *api) open(key string) *socket {
	a.t.Helper()
	s, _, err := a.dial(nil, "graphql-transport-ws")
	if err != nil {
		a.t.Fatal(err)
	}
	s.send(frame{Type: "connection_init", Payload: json.RawMessage(`{"Authorization":"Bearer ` + key + `"}`)})
	if f, err := s.next(); err != nil || f.Type != "connection_ack" {
		a.t.Fatalf("the socket wasn't let in: %+v %v", f, err)
	}
	return s
}

func (s *socket) send(f frame) {
	s.t.Helper()
	text, err := json.Marshal(f)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.ws.Write(ctx, websocket.MessageText, text); err != nil {
		s.t.Fatal(err)
	}
}

// next reads the next message that isn't about keeping alive.
func (s *socket) next() (frame, error) {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		_, raw, err := s.ws.Read(ctx)
		cancel()
		if err != nil {
			return frame{}, err
		}
		var f frame
		if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&f); err != nil {
			return frame{}, err
		}
		switch f.Type {
		case "ping":
			s.send(frame{Type: "pong"})
		case "pong", "ka":
		default:
			return f, nil
		}
	}
}

// subscribe starts a subscription.
func (s *socket) subscribe(id, query string, variables map[string]any) {
	s.t.Helper()
	payload, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		s.t.Fatal(err)
	}
	s.send(frame{ID: id, Type: "subscribe", Payload: payload})
}

// event reads the next event of a subscription as text, or fails the test.
func (s *socket) event() string {
	s.t.Helper()
	f, err := s.next()
	if err != nil {
		s.t.Fatalf("no event came: %v", err)
	}
	if f.Type != "next" {
		s.t.Fatalf("instead of an event came %s %s", f.Type, f.Payload)
	}
	return string(f.Payload)
}

// until reads events until one has all the texts.
func (s *socket) until(texts ...string) {
	s.t.Helper()
	for {
		got, all := s.event(), true
		for _, text := range texts {
			all = all && strings.Contains(got, text)
		}
		if all {
			return
		}
	}
}

// ended waits until the other end closes the socket, and fails the test when it stays open.
func (s *socket) ended() {
	s.t.Helper()
	for {
		if _, err := s.next(); errors.Is(err, context.DeadlineExceeded) {
			s.t.Fatal("the socket stays open")
		} else if err != nil {
			return
		}
	}
}
