package worldtest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/tenancy"
)

// patience is how long anything in a test may take before the test fails.
const patience = 20 * time.Second

// testLog sends the log to the test.
type testLog struct{ tb testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.tb.Log(string(p))
	return len(p), nil
}

// late lets the HTTP server know its handler after its address.
type late struct{ handler http.Handler }

func (l *late) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.handler.ServeHTTP(w, r) }

// Password is what stations of a world are added with.
const Password = "0123456789abcdef0123456789abcdef01234567"

// AddStation adds a station to a network, with connectors 1 to n.
func (w *World) AddStation(t Tenant, network uuid.UUID, identity string, connectors int) *ent.Station {
	w.tb.Helper()
	spec := charging.StationSpec{Identity: identity, Network: network, Password: Password}
	for n := range connectors {
		spec.Evses = append(spec.Evses, charging.EvseSpec{No: n + 1})
	}
	st, _, err := w.Charging.AddStation(t.As(tenancy.Owner), spec)
	w.must(err, "add station "+identity)
	return st
}

// Station is a charger's end of a socket.
type Station struct {
	tb testing.TB
	ws *websocket.Conn

	mu      sync.Mutex
	next    int
	waiting map[string]chan Reply
	// Calls are the calls of the CSMS, unless Answer answers them.
	Calls chan Call
	// Closed is closed when the socket is.
	Closed  chan struct{}
	closeAs websocket.StatusCode
}

// Call is a call of the CSMS.
type Call struct {
	ID, Action string
	Payload    json.RawMessage
}

// Reply is an answer of the CSMS: a payload, or an error code.
type Reply struct {
	Payload json.RawMessage
	Code    string
	Raw     string
}

// Dial connects with Basic authentication, and returns the HTTP status when it is refused.
func (w *World) Dial(path, user, password string, protocols ...string) (*Station, int, error) {
	header := http.Header{}
	if user != "" || password != "" {
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	}
	return w.DialWith(path, header, protocols...)
}

// DialWith connects with the given headers.
func (w *World) DialWith(path string, header http.Header, protocols ...string) (*Station, int, error) {
	return w.dial(&websocket.DialOptions{HTTPHeader: header, Subprotocols: protocols}, w.HTTP.URL+path)
}

func (w *World) dial(options *websocket.DialOptions, url string) (*Station, int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, response, err := websocket.Dial(ctx, url, options)
	status := 0
	if response != nil {
		status = response.StatusCode
	}
	if err != nil {
		return nil, status, err
	}
	ws.SetReadLimit(1 << 20)
	s := &Station{tb: w.tb, ws: ws, waiting: map[string]chan Reply{}, Calls: make(chan Call, 64), Closed: make(chan struct{})}
	go s.read()
	w.tb.Cleanup(s.Hang)
	return s, status, nil
}

// Connect dials a station of the world with its right password, or fails the test.
func (w *World) Connect(t Tenant, identity string) *Station {
	w.tb.Helper()
	s, _, err := w.Dial("/ocpp/"+t.Slug+"/"+identity, identity, Password, "ocpp1.6")
	w.must(err, "connect "+identity)
	return s
}

func (s *Station) read() {
	defer close(s.Closed)
	for {
		_, raw, err := s.ws.Read(context.Background())
		if err != nil {
			s.closeAs = websocket.CloseStatus(err)
			return
		}
		var f []json.RawMessage
		var kind int
		var id string
		if json.Unmarshal(raw, &f) != nil || len(f) < 3 || json.Unmarshal(f[0], &kind) != nil || json.Unmarshal(f[1], &id) != nil {
			s.tb.Errorf("the CSMS sent %s", raw)
			return
		}
		switch kind {
		case 2:
			var action string
			_ = json.Unmarshal(f[2], &action)
			s.Calls <- Call{id, action, f[3]}
		case 3:
			s.reply(id, Reply{Payload: f[2], Raw: string(raw)})
		case 4:
			var code string
			_ = json.Unmarshal(f[2], &code)
			s.reply(id, Reply{Code: code, Raw: string(raw)})
		}
	}
}

func (s *Station) reply(id string, r Reply) {
	s.mu.Lock()
	ch := s.waiting[id]
	delete(s.waiting, id)
	s.mu.Unlock()
	if ch != nil {
		ch <- r
	}
}

// CloseStatus is how the CSMS closed the socket; valid once Closed is closed.
func (s *Station) CloseStatus() websocket.StatusCode { return s.closeAs }

// Hang ends the connection without a word.
func (s *Station) Hang() { _ = s.ws.CloseNow() }

// SendRaw sends a text as it is.
func (s *Station) SendRaw(text string) {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.ws.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		s.tb.Errorf("send %s: %v", text, err)
	}
}

// Expect registers interest in the reply to a message id.
func (s *Station) Expect(id string) <-chan Reply {
	ch := make(chan Reply, 1)
	s.mu.Lock()
	s.waiting[id] = ch
	s.mu.Unlock()
	return ch
}

// ErrNoReply is returned when the CSMS stays silent or closes the socket.
var ErrNoReply = errors.New("no reply")

// Ask sends a frame and waits for its reply.
func (s *Station) Ask(id, text string) (Reply, error) {
	s.tb.Helper()
	ch := s.Expect(id)
	s.SendRaw(text)
	select {
	case r := <-ch:
		return r, nil
	case <-s.Closed:
		return Reply{}, ErrNoReply
	case <-time.After(patience):
		return Reply{}, ErrNoReply
	}
}

// Call sends a call and decodes its result, or fails the test.
func Do[T any](s *Station, action string, payload any) (result T) {
	s.tb.Helper()
	s.mu.Lock()
	s.next++
	id := fmt.Sprintf("m%d", s.next)
	s.mu.Unlock()
	body, err := json.Marshal(payload)
	if err != nil {
		s.tb.Fatalf("write %s: %v", action, err)
	}
	r, err := s.Ask(id, fmt.Sprintf(`[2,%q,%q,%s]`, id, action, body))
	if err != nil || r.Code != "" {
		s.tb.Fatalf("%s: %v %s", action, err, r.Raw)
	}
	if err := json.Unmarshal(r.Payload, &result); err != nil {
		s.tb.Fatalf("%s: read %s: %v", action, r.Payload, err)
	}
	return result
}

// Answer answers a call of the CSMS.
func (s *Station) Answer(c Call, payload string) {
	s.tb.Helper()
	s.SendRaw(fmt.Sprintf(`[3,%q,%s]`, c.ID, payload))
}

// NextCall waits for a call of the CSMS.
func (s *Station) NextCall() Call {
	s.tb.Helper()
	select {
	case c := <-s.Calls:
		return c
	case <-s.Closed:
		s.tb.Fatal("the socket closed while a call was awaited")
	case <-time.After(patience):
		s.tb.Fatal("no call came")
	}
	return Call{}
}

// Boot boots the station and answers the question for its settings, so that it is onboarded.
func (s *Station) Boot() {
	s.tb.Helper()
	Do[map[string]any](s, "BootNotification", map[string]string{"chargePointVendor": "Voltara", "chargePointModel": "AC22", "firmwareVersion": "1.0"})
	c := s.NextCall()
	if c.Action == "TriggerMessage" { // the boot took longer than the CSMS waits for it
		s.Answer(c, `{"status":"Accepted"}`)
		c = s.NextCall()
	}
	if c.Action != "GetConfiguration" {
		s.tb.Fatalf("after the boot came %s, not GetConfiguration", c.Action)
	}
	s.Answer(c, `{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"300"},{"key":"NumberOfConnectors","readonly":true,"value":"2"}]}`)
}

// Eventually waits until a condition holds, asking again after every pause.
func (w *World) Eventually(what string, holds func() bool) {
	w.tb.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			w.tb.Fatalf("it never came true that %s", what)
		case <-tick.C:
		}
	}
}

// Onboarded connects and boots a station, and waits until it is onboarded.
func (w *World) Onboarded(t Tenant, st *ent.Station) *Station {
	w.tb.Helper()
	s := w.Connect(t, st.Identity)
	s.Boot()
	w.Eventually("station "+st.Identity+" is onboarded", func() bool {
		return OwnerValue[string](w, "select onboarding from stations where id = $1", st.ID) == "ONBOARDED"
	})
	return s
}

// Ping sends a ping and waits for the pong.
func (s *Station) Ping() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return s.ws.Ping(ctx)
}
