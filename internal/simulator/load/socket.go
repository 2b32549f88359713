package load

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"
)

// socket is a WebSocket client reduced to what a load driver needs: whole text frames, pings answered, one read and one
// write for each message. It masks with zeros, which the standard allows and which leaves the text as it is.
type socket struct {
	conn net.Conn
	in   []byte // read buffer
	r, w int    // what is read of it and not yet used
	out  []byte
	// deflater compresses what is written; nil for nothing.
	deflater *deflater
}

const (
	opText, opClose, opPing, opPong = 0x1, 0x8, 0x9, 0xA

	// rsvCompressed marks a compressed message (RFC 7692 §7.2).
	rsvCompressed = 0x40

	maxHandshake = 4 << 10
	maxMessage   = 1 << 20
)

// endpoint is where and as whom to connect.
type endpoint struct {
	address  string // host:port
	host     string
	path     string // of the station
	identity string
	password string
	version  *version
	// source is the local address, so that many connections don't run out of ports; empty for any.
	source string
}

// at makes the endpoint of a station below a base such as http://host:port.
func at(v *version, base *url.URL, tenant, identity, password string) endpoint {
	address := base.Host
	if base.Port() == "" {
		address = net.JoinHostPort(base.Hostname(), "80")
	}
	return endpoint{version: v, address: address, host: base.Host, path: "/ocpp/" + tenant + "/" + url.PathEscape(identity), identity: identity, password: password}
}

// errStatus is an answer to the handshake other than 101.
type errStatus struct{ line string }

func (e *errStatus) Error() string { return "the server refused the connection: " + e.line }

// dial connects as a station of its version, with Basic authentication.
func dial(e endpoint, timeout time.Duration) (*socket, error) {
	d := net.Dialer{Timeout: timeout, KeepAlive: -1}
	if e.source != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(e.source)}
	}
	conn, err := d.Dial("tcp", e.address)
	if err != nil {
		return nil, fmt.Errorf("connect as %s: %w", e.identity, err)
	}
	s := &socket{conn: conn, in: make([]byte, 512)}
	if err := s.handshake(e, timeout); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("connect as %s: %w", e.identity, err)
	}
	return s, nil
}

func (s *socket) handshake(e endpoint, timeout time.Duration) error {
	if err := s.conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	credential := base64.StdEncoding.EncodeToString([]byte(e.identity + ":" + e.password))
	request := "GET " + e.path + " HTTP/1.1\r\nHost: " + e.host + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: YnVzYmFyIGxvYWQgdGVzdA==\r\nSec-WebSocket-Protocol: " + e.version.protocol + "\r\nAuthorization: Basic " + credential + "\r\n"
	if e.version.compressed {
		request += "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover\r\n"
		s.deflater = &deflater{}
	}
	request += "\r\n"
	if _, err := io.WriteString(s.conn, request); err != nil {
		return err
	}
	for {
		if end := bytes.Index(s.in[:s.w], []byte("\r\n\r\n")); end >= 0 {
			line, _, _ := bytes.Cut(s.in[:end], []byte("\r\n"))
			if !bytes.HasPrefix(line, []byte("HTTP/1.1 101 ")) {
				return &errStatus{string(line)}
			}
			if s.deflater != nil && !bytes.Contains(s.in[:end], []byte("permessage-deflate")) {
				return errors.New("the server doesn't agree to compression")
			}
			s.r = end + 4
			return s.conn.SetDeadline(time.Time{})
		}
		if s.w > maxHandshake {
			return errors.New("the server's answer to the handshake is too long")
		}
		if err := s.fill(); err != nil {
			return err
		}
	}
}

// fill reads more into the buffer.
func (s *socket) fill() error {
	if s.r > 0 && s.r == s.w {
		s.r, s.w = 0, 0
	}
	if s.w == len(s.in) {
		if s.r > 0 {
			s.w = copy(s.in, s.in[s.r:s.w])
			s.r = 0
		} else {
			s.in = append(s.in, make([]byte, len(s.in))...)
		}
	}
	n, err := s.conn.Read(s.in[s.w:])
	s.w += n
	if n > 0 {
		return nil
	}
	return err
}

// need waits until n bytes are there.
func (s *socket) need(n int) error {
	for s.w-s.r < n {
		if err := s.fill(); err != nil {
			return err
		}
	}
	return nil
}

var errClosed = errors.New("the server closed the connection")

// read returns the next text. It is good until the next read.
func (s *socket) read() ([]byte, error) {
	for {
		op, payload, err := s.frame()
		switch {
		case err != nil:
			return nil, err
		case op == opText:
			return payload, nil
		case op == opPing:
			if err := s.send(opPong, payload); err != nil {
				return nil, err
			}
		case op == opClose && len(payload) >= 2:
			return nil, fmt.Errorf("%w: %d %s", errClosed, binary.BigEndian.Uint16(payload), payload[2:])
		case op == opClose:
			return nil, errClosed
		}
	}
}

func (s *socket) frame() (op byte, payload []byte, err error) {
	if err := s.need(2); err != nil {
		return 0, nil, err
	}
	head, first, second := 2, s.in[s.r], s.in[s.r+1]
	size := uint64(second & 0x7f)
	switch size {
	case 126:
		head = 4
		if err := s.need(head); err != nil {
			return 0, nil, err
		}
		size = uint64(binary.BigEndian.Uint16(s.in[s.r+2:]))
	case 127:
		head = 10
		if err := s.need(head); err != nil {
			return 0, nil, err
		}
		size = binary.BigEndian.Uint64(s.in[s.r+2:])
	}
	switch {
	case first&0x80 == 0 || second&0x80 != 0 || first&rsvCompressed != 0:
		return 0, nil, errors.New("the server sent a fragment, a masked or a compressed frame, which this driver doesn't read")
	case size > maxMessage:
		return 0, nil, fmt.Errorf("the server sent %d bytes at once", size)
	}
	if err := s.need(head + int(size)); err != nil {
		return 0, nil, err
	}
	payload = s.in[s.r+head : s.r+head+int(size)]
	s.r += head + int(size)
	return first & 0x0f, payload, nil
}

// write sends a text.
func (s *socket) write(text []byte) error {
	if s.deflater == nil {
		return s.send(opText, text)
	}
	small, err := s.deflater.deflate(text)
	if err != nil {
		return err
	}
	return s.send(rsvCompressed|opText, small)
}

func (s *socket) send(op byte, payload []byte) error {
	s.out = appendFrame(s.out[:0], op, payload)
	_, err := s.conn.Write(s.out)
	return err
}

// appendFrame writes a client's frame: masked, with a mask of zeros.
func appendFrame(b []byte, op byte, payload []byte) []byte {
	b = append(b, 0x80|op)
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

func (s *socket) close() { _ = s.conn.Close() }
