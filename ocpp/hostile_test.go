package ocpp_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/ocpp"
)

// Operation codes of WebSocket frames (RFC 6455 §5.2).
const (
	opContinuation = 0x0
	opText         = 0x1
	opClose        = 0x8
	opPing         = 0x9
	final          = 0x80
	compressed     = 0x40
)

// rawSocket is a station's socket that writes frames as it likes, and reads only when it is told to.
type rawSocket struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	// answer is how the server answered the handshake.
	answer *http.Response
}

func openRaw(t *testing.T, w *worldtest.World, identity string, headers ...string) *rawSocket {
	t.Helper()
	return openRawAs(t, w, identity, "ocpp1.6", headers...)
}

func openRawAs(t *testing.T, w *worldtest.World, identity, protocol string, headers ...string) *rawSocket {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.HTTP.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	request := append([]string{"GET /ocpp/alpha/" + identity + " HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
		"Sec-WebSocket-Protocol: " + protocol, "Sec-WebSocket-Version: 13", "Authorization: " + basic(identity, worldtest.Password)}, headers...)
	if _, err := io.WriteString(conn, strings.Join(request, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	s := &rawSocket{t: t, conn: conn, in: bufio.NewReader(conn)}
	if s.answer, err = http.ReadResponse(s.in, nil); err != nil || s.answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%s was answered %+v, %v", identity, s.answer, err)
	}
	return s
}

// appendFrame writes a frame masked with zeros, so that the payload stands as it is.
func appendFrame(b []byte, first byte, payload string) []byte {
	b = append(b, first)
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	default:
		b = append(b, 0x80|126)
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	b = append(b, 0, 0, 0, 0)
	return append(b, payload...)
}

func (s *rawSocket) write(b []byte) error {
	_, err := s.conn.Write(b)
	return err
}

// read returns the next frame of the server; all of ours are short and whole.
func (s *rawSocket) read() (op byte, payload []byte, err error) {
	first, payload, err := s.readHead()
	return first & 0x0f, payload, err
}

// readHead is read with all bits of the frame's first byte.
func (s *rawSocket) readHead() (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(s.in, head[:]); err != nil {
		return 0, nil, err
	}
	n := int(head[1] & 0x7f)
	if n == 126 {
		var long [2]byte
		if _, err := io.ReadFull(s.in, long[:]); err != nil {
			return 0, nil, err
		}
		n = int(binary.BigEndian.Uint16(long[:]))
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(s.in, payload)
	return head[0], payload, err
}

// closedWith reads up to the close frame of the server and returns its status.
func (s *rawSocket) closedWith() int {
	s.t.Helper()
	for {
		op, payload, err := s.read()
		if err != nil {
			s.t.Fatalf("the socket ended without a close frame: %v", err)
		}
		if op == opClose {
			return int(binary.BigEndian.Uint16(payload))
		}
	}
}

func TestSec021_FrameThatNeverEndsIsClosed(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t, worldtest.WithOCPP(ocpp.Config{FrameTimeout: 200 * time.Millisecond}))
	w.AddStation(w.A, w.A.Main, "SLOW", 1)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	honest := w.Connect(w.A, "CP1")
	slow := openRaw(t, w, "SLOW")
	whole := appendFrame(nil, final|opText, `[2,"1","Heartbeat",{}]`)
	if err := slow.write(whole[:10]); err != nil {
		t.Fatal(err)
	}
	if status := slow.closedWith(); status != 1008 {
		t.Errorf("the slow frame was closed with %d", status)
	}
	worldtest.Do[map[string]any](honest, "Heartbeat", struct{}{})
}

func TestSec022_HugeFrameIsClosedAndTheNextConnectionWorks(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := openRaw(t, w, "CP1")
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		head := binary.BigEndian.AppendUint64([]byte{final | opText, 0x80 | 127}, 64<<20)
		more := []byte(strings.Repeat(" ", 64<<10))
		for err := s.write(append(head, 0, 0, 0, 0)); err == nil; err = s.write(more) { // until the server closes it
		}
	}()
	if status := s.closedWith(); status != 1009 {
		t.Errorf("the huge frame was closed with %d", status)
	}
	_ = s.conn.Close()
	<-sent
	worldtest.Do[map[string]any](w.Connect(w.A, "CP1"), "Heartbeat", struct{}{})
}

func TestSec022_TinyFragmentsAreBoundedTogether(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := openRaw(t, w, "CP1")
	call := `[2,"1","Heartbeat",{}]`
	frames := appendFrame(nil, opText, call[:1])
	for i := 1; i < len(call); i++ {
		frames = appendFrame(frames, opContinuation, call[i:i+1])
	}
	if err := s.write(appendFrame(frames, final|opContinuation, "")); err != nil {
		t.Fatal(err)
	}
	if op, payload, err := s.read(); err != nil || op != opText || !bytes.HasPrefix(payload, []byte(`[3,"1",`)) {
		t.Errorf("a call in fragments of one character was answered %s, %v", payload, err)
	}
	flood := make(chan struct{})
	go func() {
		defer close(flood)
		if s.write(appendFrame(nil, opText, "[")) != nil {
			return
		}
		var more []byte
		for range 1000 {
			more = appendFrame(more, opContinuation, "        ")
		}
		for s.write(more) == nil { // until the server closes it
		}
	}()
	if status := s.closedWith(); status != 1009 {
		t.Errorf("the message of countless fragments was closed with %d", status)
	}
	_ = s.conn.Close()
	<-flood
	worldtest.Do[map[string]any](w.Connect(w.A, "CP1"), "Heartbeat", struct{}{})
}

// OCPP 1.6 has no compression, so it is neither agreed to nor taken.
func TestSec023_CompressionIsRefusedFor16(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := openRaw(t, w, "CP1", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
	if agreed := s.answer.Header.Get("Sec-WebSocket-Extensions"); agreed != "" {
		t.Errorf("the server agreed to %s", agreed)
	}
	if err := s.write(appendFrame(nil, final|compressed|opText, "\x00\x00\xff\xff")); err != nil {
		t.Fatal(err)
	}
	if status := s.closedWith(); status != 1002 {
		t.Errorf("a compressed frame was closed with %d", status)
	}
}

func TestSec024_StationThatNeverReadsIsClosed(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t, worldtest.WithOCPP(ocpp.Config{WriteTimeout: 200 * time.Millisecond}))
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.AddStation(w.A, w.A.Main, "CP2", 1)
	honest := w.Connect(w.A, "CP2")
	deaf := openRaw(t, w, "CP1")
	// Exact repeats are answered from memory, so that the answers and not the database fill the line.
	var frames []byte
	for range 1000 {
		frames = appendFrame(frames, final|opText, `[2,"1","Heartbeat",{}]`)
	}
	for deaf.write(frames) == nil { // until the server closes it; the deadline ends a server that doesn't
	}
	w.Eventually("the connection that isn't read is gone", func() bool { return w.Stations.Connections() == 1 })
	worldtest.Do[map[string]any](honest, "Heartbeat", struct{}{})
	worldtest.Do[map[string]any](w.Connect(w.A, "CP1"), "Heartbeat", struct{}{})
}

// While one station floods with calls, events and pings, its neighbours are answered: each has its own loop, and what is stored is
// stored together.
func TestSec025And052_FloodOfOneStationLeavesTheOthersBe(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "FLOOD", 1)
	neighbours := []*worldtest.Station{}
	for i := range 3 {
		st := w.AddStation(w.A, w.A.Main, fmt.Sprintf("CP%d", i), 1)
		neighbours = append(neighbours, w.Connect(w.A, st.Identity))
	}
	flood := openRaw(t, w, "FLOOD")
	stop, written, answered := make(chan struct{}), make(chan struct{}), make(chan int, 1)
	flowing := make(chan struct{})
	go func() {
		defer close(written)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			frames := appendFrame(nil, final|opPing, "x")
			frames = appendFrame(frames, final|opText, fmt.Sprintf(`[2,"e%d","SecurityEventNotification",{"type":"SettingSystemTime","timestamp":"2026-01-01T00:00:00Z"}]`, n))
			if flood.write(appendFrame(frames, final|opText, fmt.Sprintf(`[2,"h%d","Heartbeat",{}]`, n))) != nil {
				return
			}
		}
	}()
	go func() {
		n := 0
		for {
			op, _, err := flood.read()
			if err != nil {
				answered <- n
				return
			}
			if op == opText {
				if n++; n == 50 {
					close(flowing)
				}
			}
		}
	}()
	<-flowing
	for round := range 10 {
		for _, s := range neighbours {
			worldtest.Do[map[string]any](s, "Heartbeat", struct{}{})
			worldtest.Do[struct{}](s, "StatusNotification", map[string]any{"connectorId": 1, "errorCode": "NoError", "status": []string{"Preparing", "Charging"}[round%2]})
		}
	}
	select {
	case <-written:
		t.Error("the flood ended before its neighbours were served")
	default:
	}
	close(stop)
	_ = flood.conn.Close()
	<-written
	<-answered
}
