package load

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/v201"
)

func noMeter() gauges { return gauges{} }

func TestClosedLoopCountsWhatIsAnswered(t *testing.T) {
	t.Parallel()
	for _, v := range versions {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			countsWhatIsAnswered(t, v)
		})
	}
}

func countsWhatIsAnswered(t *testing.T, v *version) {
	d := newDouble(t)
	d.version = v
	d.callEvery = 5
	l, err := connectLoop(t.Context(), d.endpoints(9))
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	w, err := l.measure(t.Context(), 20*time.Millisecond, 200*time.Millisecond, noMeter, func() {})
	if err != nil {
		t.Fatal(err)
	}
	answered, calls := l.answered()
	d.mu.Lock()
	defer d.mu.Unlock()
	var sum uint64
	for kind, action := range v.actions {
		sum += answered[kind]
		received := d.received[action]
		if kind == meterValues && v.begin != "" {
			received -= 9 // each station began a transaction
		}
		if answered[kind] == 0 || answered[kind] != received {
			t.Errorf("%d of %d %s were answered", answered[kind], d.received[action], action)
		}
		// Equal parts: each station sends them in turn.
		if diff := int(answered[kind]) - int(answered[heartbeat]); diff < -9 || diff > 9 {
			t.Errorf("%d %s beside %d heartbeats", answered[kind], action, answered[heartbeat])
		}
	}
	if w.messages == 0 || w.messages >= sum || w.latency.n != w.messages || w.lost != 0 || w.faults != 0 || len(w.broken) != 0 {
		t.Errorf("of %d messages %d were measured, %d lost, %d errors, %q", sum, w.messages, w.lost, w.faults, w.broken)
	}
	if calls == 0 || d.accepted+9 < calls || d.received["BootNotification"] != 9 {
		t.Errorf("%d calls were answered, %d of them with Accepted; %d boots", calls, d.accepted, d.received["BootNotification"])
	}
}

func TestClosedLoopNoticesWhatIsLost(t *testing.T) {
	t.Parallel()
	d := newDouble(t)
	d.reply = func(f frame.Frame, n uint64) []byte {
		switch {
		case f.Action == "MeterValues" && n == 20:
			return nil
		case f.Action == "StatusNotification" && n == 20:
			return frame.AppendCallError(nil, f.ID, "InternalError", "", nil)
		}
		return answerTo(f)
	}
	l, err := connectLoop(t.Context(), d.endpoints(3))
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	l.patience = 50 * time.Millisecond
	w, err := l.measure(t.Context(), 0, 200*time.Millisecond, noMeter, func() {})
	if err != nil {
		t.Fatal(err)
	}
	if w.lost != 1 || w.faults != 1 || len(w.broken) != 1 {
		t.Errorf("%d lost, %d errors, %q", w.lost, w.faults, w.broken)
	}
}

func TestClosedLoopSaysWhyItCannotBegin(t *testing.T) {
	t.Parallel()
	d := newDouble(t)
	endpoints := d.endpoints(2)
	endpoints[1].password = "wrong"
	_, err := connectLoop(t.Context(), endpoints)
	if refused := (*errStatus)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), "401") {
		t.Errorf("a wrong password gives %v", err)
	}
	d.reply = func(f frame.Frame, _ uint64) []byte {
		return frame.AppendCallResult(nil, f.ID, []byte(`{"status":"Pending","currentTime":"2026-01-01T00:00:00Z","interval":9}`))
	}
	if _, err := connectLoop(t.Context(), d.endpoints(1)); err == nil || !strings.Contains(err.Error(), "Pending") {
		t.Errorf("a station that isn't accepted gives %v", err)
	}
}

func TestRampHoldsConnectionsAndAnswersPings(t *testing.T) {
	t.Parallel()
	d := newDouble(t)
	memory := int64(1 << 20)
	var pinged sync.Once
	r, err := ramp(t.Context(), d.endpoints(20), 50*time.Millisecond, func() int64 {
		if d.count() == 20 {
			pinged.Do(func() {
				d.ping()
				memory += 20 * 4096
			})
		}
		return memory
	}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	if r.connections != 20 || r.broken != 0 || r.perConnection() != 4 {
		t.Errorf("%+v, %v KB each", r, r.perConnection())
	}
}

func (d *double) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.sockets)
}

// ping asks every connection for a sign of life. The double reads all the while, which is what finds the pong.
func (d *double) ping() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, ws := range d.sockets {
		if err := ws.Ping(ctx); err != nil {
			d.t.Errorf("a connection doesn't answer pings: %v", err)
		}
	}
}

func TestRampNoticesLostConnections(t *testing.T) {
	t.Parallel()
	d := newDouble(t)
	closed := false
	d.reply = func(f frame.Frame, _ uint64) []byte {
		if !closed {
			closed = true
			ws := d.sockets[len(d.sockets)-1]
			time.AfterFunc(20*time.Millisecond, func() { _ = ws.Close(websocket.StatusGoingAway, "bye") })
		}
		return answerTo(f)
	}
	r, err := ramp(t.Context(), d.endpoints(5), 200*time.Millisecond, func() int64 { return 0 }, func(int) {})
	if err != nil || r.broken != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// pipe is a socket with its other end.
func pipe(t *testing.T) (*socket, net.Conn) {
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	return &socket{conn: ours, in: make([]byte, 8)}, theirs
}

func serverFrame(op byte, payload string) []byte {
	b := []byte{0x80 | op}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

func TestSocketReadsFramesOfEverySize(t *testing.T) {
	t.Parallel()
	s, theirs := pipe(t)
	sizes := []int{0, 1, 125, 126, 127, 300, 65535, 65536, 70_000, 3}
	go func() {
		var all []byte
		for _, n := range sizes {
			all = append(all, serverFrame(opText, strings.Repeat("x", n))...)
		}
		// In pieces that fit no frame.
		for len(all) > 0 {
			n := min(len(all), 7919)
			_, _ = theirs.Write(all[:n])
			all = all[n:]
		}
		_, _ = theirs.Write(serverFrame(opClose, "\x03\xe9bye"))
	}()
	for _, n := range sizes {
		text, err := s.read()
		if err != nil || len(text) != n {
			t.Fatalf("a frame of %d gives %d bytes and %v", n, len(text), err)
		}
	}
	if _, err := s.read(); !errors.Is(err, errClosed) || !strings.Contains(err.Error(), "1001 bye") {
		t.Errorf("a close frame gives %v", err)
	}
}

func TestSocketRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string][]byte{
		"fragment": {0x01, 1, 'x'}, "masked": {0x81, 0x81, 0, 0, 0, 0, 'x'}, "huge": {0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0},
	} {
		s, theirs := pipe(t)
		go func() { _, _ = theirs.Write(raw) }()
		if _, err := s.read(); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestFramesAreMasked(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 200, 70_000} {
		payload := bytes.Repeat([]byte("y"), n)
		b := appendFrame(nil, opText, payload)
		if b[0] != 0x81 || b[1]&0x80 == 0 || !bytes.HasSuffix(b, append([]byte{0, 0, 0, 0}, payload...)) {
			t.Errorf("a frame of %d begins % x", n, b[:14])
		}
	}
}

// What several stretches measured is put together, and what one counted doesn't count in the next.
func TestClosedLoopBeginsAnew(t *testing.T) {
	t.Parallel()
	d := newDouble(t)
	l, err := connectLoop(t.Context(), d.endpoints(3))
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	all := &window{}
	var sum uint64
	for range 3 {
		w, err := l.measure(t.Context(), 0, 50*time.Millisecond, func() gauges { return gauges{machine: time.Second} }, func() {})
		if err != nil {
			t.Fatal(err)
		}
		sum += w.messages
		all.add(w)
	}
	answered, _ := l.answered()
	if total := answered[heartbeat] + answered[status] + answered[meterValues]; all.messages == 0 || all.messages != sum || all.messages > total || all.latency.n != sum {
		t.Errorf("of %d messages %d were measured, in stretches %d", total, all.messages, sum)
	}
	if all.duration < 150*time.Millisecond || all.lost != 0 || len(all.broken) != 0 {
		t.Errorf("%v, %d lost, %q", all.duration, all.lost, all.broken)
	}
}

func TestScriptNumbersTheEventsOfATransaction(t *testing.T) {
	t.Parallel()
	c := newScript(versions[2], 7)
	var name string
	for n := range 4 {
		text := c.templates[meterValues].text
		if n == 0 {
			text, _ = c.fill(&c.begin, time.Now())
		} else {
			c.fill(&c.templates[meterValues], time.Now())
		}
		f, err := frame.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		m, repairs, err := v201.DecodeRequest(f.Action, f.Payload)
		if err != nil || len(repairs) > 0 {
			t.Fatal(repairs, err)
		}
		event := m.(*v201.TransactionEventRequest)
		if event.SeqNo != int64(20_000_000+n) {
			t.Errorf("event %d has the number %d", n, event.SeqNo)
		}
		if id := event.TransactionInfo.TransactionID; name == "" {
			name = id
		} else if id != name || len(id) > 36 {
			t.Errorf("event %d is of %q, the one before of %q", n, id, name)
		}
	}
	if again := newScript(versions[2], 7); bytes.Contains(again.begin.text, []byte(name)) {
		t.Error("a station that connects again begins the same transaction")
	}
}

func TestScriptPatchesItsMessages(t *testing.T) {
	t.Parallel()
	c := newScript(versions[0], 42)
	at := time.Date(2026, 2, 3, 4, 5, 6, 789_999_999, time.FixedZone("", 3600))
	for n := range 6 {
		text, id, kind := c.next(at)
		f, err := frame.Parse(text)
		if err != nil || f.ID != string(id) || f.Action != versions[0].actions[kind] || f.ID != fmt.Sprintf("000042-%08d", n+1) {
			t.Errorf("message %d is %s", n, text)
		}
		if kind != heartbeat && !strings.Contains(string(f.Payload), `"timestamp":"2026-02-03T03:05:06.789Z"`) {
			t.Errorf("message %d is not of that time: %s", n, text)
		}
		if kind == meterValues && !strings.Contains(string(f.Payload), fmt.Sprintf(`"value":"%d"`, 10_000_001+n)) {
			t.Errorf("message %d doesn't count on: %s", n, text)
		}
	}
}

func TestRecognise(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]shape{
		`[3,"a",{}]`: answer, `[4,"a","InternalError","",{}]`: fault, `[2,"a","Reset",{}]`: call, `[3,4,{}]`: unknown, `{}`: unknown, `[3,"a`: unknown, ``: unknown,
	} {
		if kind, id := recognise([]byte(text)); kind != want || want != unknown && string(id) != "a" {
			t.Errorf("%s is %v with id %s", text, kind, id)
		}
	}
	for text, want := range map[string]string{
		`[2,"x1","GetConfiguration",{}]`: `NumberOfConnectors`, `[2,"x1","Reset",{"type":"Soft"}]`: `{"status":"Accepted"}`,
	} {
		out := appendAnswer(nil, []byte("x1"), []byte(text))
		f, err := frame.Parse(out)
		if err != nil || len(f.Repairs) > 0 || f.ID != "x1" || !strings.Contains(string(f.Payload), want) {
			t.Errorf("%s is answered %s", text, out)
		}
	}
}

func TestHandshakeNeedsAnAnswer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	answers := make(chan string, 2)
	answers <- strings.Repeat("x", 3*maxHandshake)
	answers <- "HTTP/1.1 101"
	go func() {
		for answer := range answers {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, answer)
			_ = c.Close()
		}
	}()
	defer close(answers)
	for range 2 {
		if _, err := dial(endpoint{version: versions[0], address: l.Addr().String(), identity: "X"}, 10*time.Second); err == nil {
			t.Error("nonsense was taken for a handshake")
		}
	}
}
