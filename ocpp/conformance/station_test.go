package conformance_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// station is one charger of the other side. What the CSMS sends it is validated by a library that isn't ours; a breach fails
// the test.
type station struct {
	t    *testing.T
	d    *driver
	name string
	// ca is the authority that the station trusts, when it connects over TLS.
	ca string

	calls  chan call
	closed chan struct{}

	mu         sync.Mutex
	violations []string
	raws       int
}

// call is a call of the CSMS.
type call struct {
	s       *station
	id      string
	action  string
	payload json.RawMessage
}

// newStation makes a station that isn't connected yet.
func newStation(t *testing.T) *station {
	t.Helper()
	d, err := theDriver()
	if err != nil {
		t.Fatalf("%v: the tests of conformance need Node.js and the packages of package-lock.json (npm ci)", err)
	}
	d.mu.Lock()
	d.next++
	s := &station{t: t, d: d, name: fmt.Sprintf("s%d", d.next), calls: make(chan call, 256), closed: make(chan struct{})}
	d.stations[s.name] = s
	d.mu.Unlock()
	t.Cleanup(s.end)
	return s
}

// happened is told of events by the reader of the process; it must not wait.
func (s *station) happened(l line) {
	switch l.Event {
	case "call":
		select {
		case s.calls <- call{s, l.ID, l.Action, l.Payload}:
		default:
			s.breach("more calls came than any test asks for")
		}
	case "violation":
		s.breach("the CSMS broke the schema or the protocol: " + l.Message)
	case "closed":
		select {
		case <-s.closed:
		default:
			close(s.closed)
		}
	}
}

func (s *station) breach(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, what)
}

// end closes the socket and reports what the CSMS did wrong on it. The result of closing comes after all that happened before.
func (s *station) end() {
	_, err := s.d.do(step{Station: s.name, Do: "close", Force: true})
	if err != nil {
		s.t.Error(err)
	}
	s.d.mu.Lock()
	delete(s.d.stations, s.name)
	s.d.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.violations {
		s.t.Error(v)
	}
}

// connect dials and returns the subprotocol that was chosen, or the status of the refusal.
func (s *station) connect(version any, endpoint, identity, password string) (protocol, refusal string) {
	s.t.Helper()
	l, err := s.d.do(step{Station: s.name, Do: "connect", Version: version, Endpoint: strings.Replace(endpoint, "http", "ws", 1), Identity: identity, Password: password, CA: s.ca})
	if err != nil {
		s.t.Fatal(err)
	}
	if l.Code != nil {
		return "", fmt.Sprint(l.Code)
	}
	var result struct{ Protocol string }
	if err := json.Unmarshal(l.Result, &result); err != nil {
		s.t.Fatal(err)
	}
	return result.Protocol, ""
}

// ask sends a call and decodes its result into an answer, or returns the code of the error that came back.
func (s *station) ask(action string, payload, answer any) (code string) {
	s.t.Helper()
	l, err := s.d.do(step{Station: s.name, Do: "call", Action: action, Payload: payload})
	if err != nil {
		s.t.Fatal(err)
	}
	if l.Code != nil {
		return fmt.Sprint(l.Code) + ": " + l.Message
	}
	if answer != nil {
		if err := json.Unmarshal(l.Result, answer); err != nil {
			s.t.Fatalf("%s: read %s: %v", action, l.Result, err)
		}
	}
	return ""
}

// call sends a call that must be answered with a result.
func (s *station) call(action string, payload, answer any) {
	s.t.Helper()
	if code := s.ask(action, payload, answer); code != "" {
		s.t.Fatalf("%s was answered with the error %s", action, code)
	}
}

// frame sends a CALL past the library, for what its strict mode wouldn't let out, and returns the code of the error that came
// back; empty for a result.
func (s *station) frame(action, payload string) (code string) {
	s.t.Helper()
	s.mu.Lock()
	s.raws++
	id := fmt.Sprintf("raw-%d", s.raws)
	s.mu.Unlock()
	l, err := s.d.do(step{Station: s.name, Do: "raw", ID: id, Text: fmt.Sprintf("[2,%q,%q,%s]", id, action, payload)})
	if err != nil {
		s.t.Fatal(err)
	}
	var f []any
	if err := json.Unmarshal(l.Result, &f); err != nil || len(f) < 3 {
		s.t.Fatalf("%s was answered %s", action, l.Result)
	}
	if f[0] == 4.0 {
		return fmt.Sprint(f[2])
	}
	return ""
}

// text sends a text as it is and waits for nothing.
func (s *station) text(text string) {
	s.t.Helper()
	if _, err := s.d.do(step{Station: s.name, Do: "raw", Text: text}); err != nil {
		s.t.Fatal(err)
	}
}

// any waits for a call of the CSMS.
func (s *station) any() call {
	s.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case c := <-s.calls:
		return c
	case <-s.closed:
		s.t.Fatal("the socket closed while a call was awaited")
	case <-timer.C:
		s.t.Fatal("no call came")
	}
	return call{}
}

// expect waits for a call of the CSMS and decodes its payload.
func (s *station) expect(action string, payload any) call {
	s.t.Helper()
	c := s.any()
	if c.action != action {
		s.t.Fatalf("instead of %s came %s %s", action, c.action, c.payload)
	}
	decode(s.t, c, payload)
	return c
}

// decode reads the payload of a call, where somebody wants it.
func decode(t *testing.T, c call, payload any) {
	t.Helper()
	if payload == nil {
		return
	}
	if err := json.Unmarshal(c.payload, payload); err != nil {
		t.Fatalf("%s: read %s: %v", c.action, c.payload, err)
	}
}

// answer answers a call of the CSMS.
func (c call) answer(payload any) {
	c.s.t.Helper()
	if _, err := c.s.d.do(step{Station: c.s.name, Do: "answer", ID: c.id, Payload: payload}); err != nil {
		c.s.t.Fatal(err)
	}
}

// refuse answers a call of the CSMS with an error.
func (c call) refuse(code, description string) {
	c.s.t.Helper()
	if _, err := c.s.d.do(step{Station: c.s.name, Do: "answer", ID: c.id, Code: code, Description: description}); err != nil {
		c.s.t.Fatal(err)
	}
}

// hangUp ends the connection without a word; connect makes another.
func (s *station) hangUp() {
	s.t.Helper()
	if _, err := s.d.do(step{Station: s.name, Do: "close", Force: true}); err != nil {
		s.t.Fatal(err)
	}
}

// sentAway waits until the CSMS has closed the socket.
func (s *station) sentAway() {
	s.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-s.closed:
	case <-timer.C:
		s.t.Fatal("the socket stays open")
	}
}
