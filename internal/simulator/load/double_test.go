package load

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v201"
)

// double is a server that answers stations. What they send has to be valid.
type double struct {
	t   *testing.T
	url *url.URL
	// version is what its stations speak.
	version *version

	mu       sync.Mutex
	received map[string]uint64 // by action
	ids      map[string]bool
	accepted uint64 // answers to our calls that say Accepted
	sockets  []*websocket.Conn

	// reply decides on the answer to a call; nil answers everything.
	reply func(f frame.Frame, n uint64) []byte
	// callEvery sends a call of our own after so many messages of a station.
	callEvery int
}

func newDouble(t *testing.T) *double {
	d := &double{t: t, version: versions[0], received: map[string]uint64{}, ids: map[string]bool{}}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	d.url, _ = url.Parse(server.URL)
	return d
}

func (d *double) endpoints(n int) []endpoint {
	list := make([]endpoint, n)
	for i := range list {
		list[i] = at(d.version, d.url, "bench", string(rune('A'+i)), "secret")
	}
	return list
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if !strings.HasSuffix(r.URL.Path, "/bench/"+user) || password != "secret" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{d.version.protocol}, CompressionMode: websocket.CompressionNoContextTakeover})
	if err != nil {
		d.t.Errorf("accept: %v", err)
		return
	}
	defer func() { _ = ws.CloseNow() }()
	d.mu.Lock()
	d.sockets = append(d.sockets, ws)
	d.mu.Unlock()
	for n := 1; ; n++ {
		_, raw, err := ws.Read(context.Background())
		if err != nil {
			return
		}
		out := d.handle(raw)
		if d.callEvery > 0 && n%d.callEvery == 0 {
			call := frame.AppendCall(nil, "call-"+user, "TriggerMessage", []byte(`{"requestedMessage":"Heartbeat"}`))
			if ws.Write(context.Background(), websocket.MessageText, call) != nil {
				return
			}
		}
		if out != nil && ws.Write(context.Background(), websocket.MessageText, out) != nil {
			return
		}
	}
}

func (d *double) handle(raw []byte) []byte {
	f, err := frame.Parse(raw)
	if err != nil || len(f.Repairs) > 0 {
		d.t.Errorf("a frame had to be repaired: %s: %v %v", raw, err, f.Repairs)
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if f.Type == frame.CallResult {
		if string(f.Payload) == `{"status":"Accepted"}` {
			d.accepted++
		}
		return nil
	}
	decode := v16.DecodeRequest
	if d.version.protocol != "ocpp1.6" {
		decode = v201.DecodeRequest
	}
	message, repairs, err := decode(f.Action, f.Payload)
	if err != nil || len(repairs) > 0 || len(schema.Validate(message)) > 0 {
		d.t.Errorf("%s is not valid: %v %v", raw, err, repairs)
	}
	if d.ids[f.ID] && f.Action != "BootNotification" {
		d.t.Errorf("the id %s came twice", f.ID)
	}
	d.ids[f.ID] = true
	d.received[f.Action]++
	if d.reply != nil {
		return d.reply(f, d.received[f.Action])
	}
	return answerTo(f)
}

func answerTo(f frame.Frame) []byte {
	payload := `{}`
	switch f.Action {
	case "BootNotification":
		payload = `{"status":"Accepted","currentTime":"2026-01-01T00:00:00Z","interval":300}`
	case "Heartbeat":
		payload = `{"currentTime":"2026-01-01T00:00:00Z"}`
	}
	return frame.AppendCallResult(nil, f.ID, []byte(payload))
}
