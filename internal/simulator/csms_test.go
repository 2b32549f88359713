package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v201"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// csms is a central system reduced to what a station needs: it answers, remembers and calls. Every message it receives has to be
// valid by the schemas of its version, and a station may have one call outstanding.
type csms struct {
	t        *testing.T
	version  frame.Version
	files    http.Handler // what is beside the stations' addresses
	password string

	mu       sync.Mutex
	calls    []got
	reply    map[string]func(g got) schema.Message // instead of the default; nil from it means no answer
	fail     map[string]int                        // how many calls of an action get a CALLERROR
	ws       *websocket.Conn
	dials    []time.Time
	refuse   int // answer connections with this status
	nextTx   int64
	answers  map[string]chan frame.Frame
	silentID string
	listener *pipeListener
	server   *http.Server
}

// got is a call as it arrived.
type got struct {
	id, action string
	request    schema.Message
	at         time.Time
}

// newCSMS serves on pipes in memory, within the caller's synctest bubble.
func newCSMS(t *testing.T) *csms {
	c := &csms{
		t: t, version: frame.V16, password: "a-password-of-the-test", reply: map[string]func(got) schema.Message{}, fail: map[string]int{},
		answers: map[string]chan frame.Frame{}, nextTx: 100, listener: &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})},
	}
	c.server = &http.Server{Handler: c}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = c.server.Serve(c.listener)
	}()
	t.Cleanup(func() {
		_ = c.server.Close()
		c.mu.Lock()
		if c.ws != nil {
			_ = c.ws.CloseNow()
		}
		c.mu.Unlock()
		<-served
	})
	return c
}

// client connects to the CSMS and to nothing else.
func (c *csms) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: c.listener.dial}}
}

func (c *csms) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.files != nil && !strings.HasPrefix(r.URL.Path, "/ocpp/") {
		c.files.ServeHTTP(w, r)
		return
	}
	c.mu.Lock()
	c.dials = append(c.dials, time.Now())
	refuse := c.refuse
	c.mu.Unlock()
	user, password, ok := r.BasicAuth()
	switch {
	case refuse != 0:
		w.Header().Set("Retry-After", "40")
		w.WriteHeader(refuse)
		return
	case !ok || password != c.password || user != r.PathValue("identity") && "/ocpp/demo/"+user != r.URL.Path:
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{c.version.Subprotocol()}})
	if err != nil {
		c.t.Errorf("accept: %v", err)
		return
	}
	c.mu.Lock()
	c.ws = ws
	c.mu.Unlock()
	c.serve(ws)
}

func (c *csms) serve(ws *websocket.Conn) {
	defer func() { _ = ws.CloseNow() }()
	for {
		_, raw, err := ws.Read(context.Background())
		if err != nil {
			return
		}
		f, err := frame.Parse(raw)
		if err != nil || len(f.Repairs) > 0 {
			c.t.Errorf("a frame had to be repaired: %s: %v %v", raw, err, f.Repairs)
			return
		}
		if f.Type == frame.Send && c.version == frame.V21 {
			c.note(f)
			continue
		}
		if f.Type != frame.Call {
			c.mu.Lock()
			answer := c.answers[f.ID]
			c.mu.Unlock()
			if answer == nil {
				c.t.Errorf("an answer to nothing: %s", raw)
				continue
			}
			answer <- f
			continue
		}
		if out := c.handle(f); out != nil {
			if err := ws.Write(context.Background(), websocket.MessageText, out); err != nil {
				return
			}
		}
	}
}

func (c *csms) handle(f frame.Frame) []byte {
	g := c.note(f)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silentID != "" {
		c.t.Errorf("%s was sent while %s was not answered", f.Action, c.silentID)
	}
	if c.fail[f.Action] > 0 {
		c.fail[f.Action]--
		return frame.AppendCallError(nil, f.ID, "InternalError", "not now", nil)
	}
	var response schema.Message
	if reply := c.reply[f.Action]; reply != nil {
		response = reply(g)
	} else {
		response = c.standard(g)
	}
	if response == nil {
		c.silentID = f.ID
		return nil
	}
	payload, err := c.encode(response, func(p []byte) (schema.Message, []schema.Repair, error) { return v201.DecodeResponse(f.Action, p) })
	if err != nil {
		c.t.Errorf("the test's answer to %s: %v", f.Action, err)
	}
	return frame.AppendCallResult(nil, f.ID, payload)
}

// note keeps a message, which has to be valid.
func (c *csms) note(f frame.Frame) got {
	request, err := c.decode(f.Payload, func(b book, p []byte) (schema.Message, []schema.Repair, error) { return b.request(f.Action, p) })
	if err != nil {
		c.t.Errorf("%s is not valid: %s: %v", f.Action, f.Payload, err)
	}
	g := got{f.ID, f.Action, request, time.Now()}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, g)
	return g
}

type read = func(action string, payload []byte) (schema.Message, []schema.Repair, error)

// book reads the messages of one version.
type book struct{ request, response read }

var books = map[frame.Version]book{
	frame.V16:  {v16.DecodeRequest, v16.DecodeResponse},
	frame.V201: {v201.DecodeRequest, v201.DecodeResponse},
	frame.V21:  {v21.DecodeRequest, v21.DecodeResponse},
}

// decode reads strictly in the version spoken. Tests see what came from 2.0.1 in the types of 2.1.
func (c *csms) decode(payload []byte, read func(b book, payload []byte) (schema.Message, []schema.Repair, error)) (schema.Message, error) {
	m, repairs, err := read(books[c.version], payload)
	if err == nil && len(repairs) > 0 {
		err = fmt.Errorf("it needs repairs: %v", repairs)
	}
	if err == nil {
		if broken := schema.Validate(m); len(broken) > 0 {
			err = fmt.Errorf("it breaks the schema: %v", broken)
		}
	}
	if err == nil && c.version == frame.V201 {
		m, _, err = read(books[frame.V21], payload)
	}
	return m, err
}

// encode writes in the version spoken.
func (c *csms) encode(m schema.Message, read201 func([]byte) (schema.Message, []schema.Repair, error)) ([]byte, error) {
	switch c.version {
	case frame.V16:
		return v16.Encode(m)
	case frame.V21:
		return v21.Encode(m)
	}
	return in201(m, read201)
}

func (c *csms) standard(g got) schema.Message {
	if c.version != frame.V16 {
		return c.standard2x(g)
	}
	accepted := v16.IDTagInfo{Status: v16.AuthorizationStatusAccepted}
	switch g.action {
	case "BootNotification":
		return &v16.BootNotificationResponse{Status: v16.RegistrationStatusAccepted, CurrentTime: schema.At(time.Now()), Interval: 300}
	case "Heartbeat":
		return &v16.HeartbeatResponse{CurrentTime: schema.At(time.Now())}
	case "Authorize":
		return &v16.AuthorizeResponse{IDTagInfo: accepted}
	case "StartTransaction":
		c.nextTx++
		return &v16.StartTransactionResponse{IDTagInfo: accepted, TransactionID: c.nextTx}
	}
	if g.action == "SignCertificate" {
		return &v16.SignCertificateResponse{Status: v16.GenericStatusAccepted}
	}
	return v16.Actions[g.action].NewResponse()
}

// call sends a call to the station and returns its answer, which has to be a valid one.
func (c *csms) call(request schema.Message, action string) schema.Message {
	c.t.Helper()
	payload, err := c.encode(request, func(p []byte) (schema.Message, []schema.Repair, error) { return v201.DecodeRequest(action, p) })
	if err != nil {
		c.t.Fatalf("the test's %s: %v", action, err)
	}
	f := c.callRaw(action, payload)
	if f.Type != frame.CallResult {
		c.t.Fatalf("%s was answered with %s: %s", action, f.ErrorCode, f.ErrorDescription)
	}
	response, err := c.decode(f.Payload, func(b book, p []byte) (schema.Message, []schema.Repair, error) { return b.response(action, p) })
	if err != nil {
		c.t.Fatalf("the answer to %s is not valid: %s: %v", action, f.Payload, err)
	}
	synctest.Wait()
	return response
}

func (c *csms) callRaw(action string, payload []byte) frame.Frame {
	c.t.Helper()
	id := frame.NewID()
	answer := make(chan frame.Frame, 1)
	c.mu.Lock()
	c.answers[id] = answer
	ws := c.ws
	c.mu.Unlock()
	if err := ws.Write(context.Background(), websocket.MessageText, frame.AppendCall(nil, id, action, payload)); err != nil {
		c.t.Fatalf("send %s: %v", action, err)
	}
	select {
	case f := <-answer:
		return f
	case <-time.After(time.Minute):
		c.t.Fatalf("%s was not answered", action)
		return frame.Frame{}
	}
}

// set changes the CSMS's ways while it runs.
func (c *csms) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// on answers an action in the test's way.
func (c *csms) on(action string, reply func(g got) schema.Message) {
	c.set(func() { c.reply[action] = reply })
}

// silence stops answering an action; drop ends the silence together with the connection.
func (c *csms) silence(action string) { c.on(action, func(got) schema.Message { return nil }) }

func (c *csms) drop() {
	c.mu.Lock()
	ws := c.ws
	c.silentID = ""
	clear(c.reply)
	c.mu.Unlock()
	_ = ws.CloseNow()
	synctest.Wait()
}

// take returns the calls since the last take.
func (c *csms) take() []got {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := c.calls
	c.calls = nil
	return calls
}

func (c *csms) attempts() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.dials)
}

// words makes calls short to compare: StatusNotification becomes "1 Charging", the rest is its action.
func words(calls []got) []string {
	list := []string{}
	for _, g := range calls {
		word := g.action
		switch r := g.request.(type) {
		case *v16.StatusNotificationRequest:
			word = fmt.Sprintf("%d %s", r.ConnectorID, r.Status)
		case *v16.StopTransactionRequest:
			word += " " + string(r.Reason)
		default:
			word = word2x(g)
		}
		list = append(list, word)
	}
	return list
}

// all returns the requests of one type among calls.
func all[T any](calls []got) []*T {
	var list []*T
	for _, g := range calls {
		if r, ok := g.request.(any).(*T); ok {
			list = append(list, r)
		}
	}
	return list
}

// quiet leaves heartbeats out.
func quiet(calls []got) []got {
	return slices.DeleteFunc(calls, func(g got) bool { return g.action == "Heartbeat" })
}

// pass lets time go by in the bubble.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func expect(t *testing.T, calls []got, want ...string) {
	t.Helper()
	if have := words(calls); !slices.Equal(have, want) {
		t.Fatalf("the station sent\n%q, not\n%q", have, want)
	}
}

// switchOn makes a station, runs it in the bubble and switches it off at the test's end.
func (c *csms) switchOn(o Options) *Station {
	c.t.Helper()
	o.Version = c.version.String()
	o.Identity, o.HTTPClient = "ST-1", c.client()
	o.URL = "ws://csms/ocpp/demo/ST-1"
	if o.Password == "" {
		o.Password = c.password
	}
	if o.Logger == nil {
		o.Logger = slog.New(complaints{slog.DiscardHandler, c.t})
	}
	s, err := New(o)
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(c.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	c.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			c.t.Errorf("run: %v", err)
		}
	})
	synctest.Wait()
	return s
}

// complaints fails the test where a station can't write what it has to say.
type complaints struct {
	slog.Handler
	t *testing.T
}

func (h complaints) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelError
}

func (h complaints) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	h.t.Error(text)
	return nil
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// pipeListener is a network in memory, in which every host is the CSMS but those that are unknown.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once

	mu      sync.Mutex
	dialled []string
	unknown string
}

// hosts are those that were dialled.
func (c *csms) hosts() []string {
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	return slices.Clone(c.listener.dialled)
}

// unknownHost has nobody answer at a host.
func (c *csms) unknownHost(name string) {
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	c.listener.unknown = name
}

func (l *pipeListener) dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, _, _ := strings.Cut(address, ":")
	l.mu.Lock()
	l.dialled = append(l.dialled, host)
	unknown := host == l.unknown
	l.mu.Unlock()
	if unknown {
		return nil, errors.New("no such host")
	}
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, io.EOF
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }
