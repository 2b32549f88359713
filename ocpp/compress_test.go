package ocpp_test

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

const offerDeflate = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"

// deflated is a text as permessage-deflate has it (RFC 7692 §7.2.1).
func deflated(t *testing.T, texts ...string) string {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(out.String(), "\x00\x00\xff\xff")
}

func inflated(t *testing.T, payload []byte) string {
	t.Helper()
	text, err := io.ReadAll(flate.NewReader(io.MultiReader(bytes.NewReader(payload), strings.NewReader("\x00\x00\xff\xff\x01\x00\x00\xff\xff"))))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// OCPP 2.0.1 Part 4 §3.3: a station may compress. Neither side keeps a context from one message to the next.
func TestCompression_IsAgreedToWithStationsOf2x(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.0.1", "2.1"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			w := worldtest.New(t)
			w.AddStation(w.A, w.A.Main, "CP1", 1)
			plain := openRawAs(t, w, "CP1", "ocpp"+version)
			if agreed := plain.answer.Header.Get("Sec-WebSocket-Extensions"); agreed != "" {
				t.Errorf("what wasn't offered was agreed to: %s", agreed)
			}
			s := openRawAs(t, w, "CP1", "ocpp"+version, offerDeflate)
			agreed := s.answer.Header.Get("Sec-WebSocket-Extensions")
			for _, want := range []string{"permessage-deflate", "client_no_context_takeover", "server_no_context_takeover"} {
				if !strings.Contains(agreed, want) {
					t.Errorf("the server agreed to %q, without %s", agreed, want)
				}
			}
			for n := range 3 {
				call := fmt.Sprintf(`[2,"%d","Heartbeat",{}]`, n)
				frames := appendFrame(nil, final|compressed|opText, deflated(t, call))
				if n == 1 { // both forms may come on one connection
					frames = appendFrame(nil, final|opText, call)
				}
				if err := s.write(frames); err != nil {
					t.Fatal(err)
				}
				if first, payload, err := s.readHead(); err != nil || first != final|opText || !bytes.HasPrefix(payload, []byte(fmt.Sprintf(`[3,"%d",`, n))) {
					t.Errorf("call %d was answered %x %s, %v", n, first, payload, err)
				}
			}
		})
	}
}

// What is short leaves as it is, what is long is compressed.
func TestCompression_OfLongCallsOnly(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Owner("update stations set onboarding = 'ONBOARDED', registration_status = 'ACCEPTED', inventory_at = now()")
	s := openRawAs(t, w, "CP1", "ocpp2.0.1", offerDeflate)
	w.Eventually("the station is online", func() bool { return worldtest.OwnerValue[bool](w, "select online from stations") })
	for _, size := range []int{10, 5000} {
		payload := fmt.Sprintf(`{"vendorId":"demo","data":%q}`, strings.Repeat("z", size))
		if _, err := w.Charging.Order(w.A.As(tenancy.Admin), st.ID, charging.RawOrder{Action: "DataTransfer", Payload: []byte(payload)}, 0); err != nil {
			t.Fatal(err)
		}
		first, frame, err := s.readHead()
		if err != nil {
			t.Fatal(err)
		}
		text := string(frame)
		if long := size > 1024; (first&compressed != 0) != long {
			t.Errorf("a call with %d characters has the head %x", size, first)
		} else if long {
			text = inflated(t, frame)
			if len(frame) > 200 {
				t.Errorf("%d characters take %d bytes", len(text), len(frame))
			}
		}
		if !strings.Contains(text, payload) {
			t.Errorf("the call is %.200s", text)
		}
		if err := s.write(appendFrame(nil, final|opText, `[3,"`+text[4:4+36]+`",{"status":"Accepted"}]`)); err != nil {
			t.Fatal(err)
		}
	}
}

// A frame of 100 KB that inflates to 100 MB ends its own connection, at the megabyte that a message may have, and nothing else.
func TestSec023_CompressionBombIsBounded(t *testing.T) {
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "BOMB", 1)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	honest := w.Connect(w.A, "CP1")
	const blocks = 100
	texts := make([]string, blocks)
	for i := range texts {
		texts[i] = strings.Repeat(" ", 1<<20)
	}
	bomb := deflated(t, texts...)
	if len(bomb) > 200<<10 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	// In fragments, which are inflated as one.
	var frames []byte
	for first := byte(compressed | opText); len(bomb) > 0; first = opContinuation {
		part := bomb[:min(len(bomb), 1<<15)]
		if bomb = bomb[len(part):]; bomb == "" {
			first |= final
		}
		frames = appendFrame(frames, first, part)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 5 {
		s := openRawAs(t, w, "BOMB", "ocpp2.0.1", offerDeflate)
		_ = s.write(frames) // the server closes before it has read everything
		if status := s.closedWith(); status != 1009 {
			t.Errorf("the bomb was closed with %d", status)
		}
	}
	runtime.ReadMemStats(&after)
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 5*blocks/2 {
		t.Errorf("five bombs had %d MB allocated", took)
	}
	worldtest.Do[map[string]any](honest, "Heartbeat", struct{}{})
	good := openRawAs(t, w, "BOMB", "ocpp2.0.1", offerDeflate)
	if err := good.write(appendFrame(nil, final|compressed|opText, deflated(t, `[2,"1","Heartbeat",{}]`))); err != nil {
		t.Fatal(err)
	}
	if op, payload, err := good.read(); err != nil || op != opText || !bytes.HasPrefix(payload, []byte(`[3,"1",`)) {
		t.Errorf("after the bombs a call was answered %s, %v", payload, err)
	}
}

// What isn't deflate ends the connection that sent it.
func TestSec023_BrokenCompressionEndsItsConnection(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := openRawAs(t, w, "CP1", "ocpp2.1", offerDeflate)
	if err := s.write(appendFrame(nil, final|compressed|opText, "\xff\xff\xff not deflate")); err != nil {
		t.Fatal(err)
	}
	if err := s.conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, _, err := s.read(); err != nil {
			break
		}
	}
	w.Eventually("the connection is gone", func() bool { return w.Stations.Connections() == 0 })
	worldtest.Do[map[string]any](w.Connect(w.A, "CP1"), "Heartbeat", struct{}{})
}
