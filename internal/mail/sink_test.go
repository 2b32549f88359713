package mail

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// sink is a mail server that keeps what it is sent. Answers replace its own, by the command: "RCPT" → "550 no such mailbox". An
// answer of "-" ends the connection, and one of "…" is never given.
type sink struct {
	t        *testing.T
	listener net.Listener
	tls      *tls.Config
	implicit bool
	offers   string // extensions beside STARTTLS
	answers  map[string]string

	mu    sync.Mutex
	heard []string // commands, content left out
	mails []string
	conns map[net.Conn]bool
	done  sync.WaitGroup

	once   sync.Once
	silent chan struct{} // closed once an answer isn't given
}

func newSink(t *testing.T, set func(*sink)) (*sink, Config) {
	t.Helper()
	certificate, roots := selfSigned(t)
	s := &sink{t: t, tls: &tls.Config{Certificates: []tls.Certificate{certificate}}, answers: map[string]string{}, conns: map[net.Conn]bool{},
		silent: make(chan struct{})}
	if set != nil {
		set(s)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.listener = listener
	s.done.Go(s.accept)
	t.Cleanup(s.close)
	return s, Config{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Security: Plain, Roots: roots,
		From: Address{Name: "Demo Charging", Email: "receipts@demo.example"},
	}
}

func (s *sink) close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
}

func (s *sink) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = true
		s.mu.Unlock()
		s.done.Go(func() {
			defer conn.Close()
			if s.implicit {
				s.talk(tls.Server(conn, s.tls))
			} else {
				s.talk(conn)
			}
		})
	}
}

func (s *sink) talk(conn net.Conn) {
	in := bufio.NewReader(conn)
	say := func(line string) { _, _ = conn.Write([]byte(line + "\r\n")) }
	answer := func(command, usual string) bool {
		said, scripted := s.answers[command]
		switch {
		case said == "-":
			_ = conn.Close()
			return false
		case said == "…":
			s.once.Do(func() { close(s.silent) })
			_, _ = in.ReadByte() // until the other side gives up
			return false
		case scripted:
			say(said)
			return said[0] < '4'
		}
		say(usual)
		return true
	}
	if !answer("GREETING", "220 sink.example ready") {
		return
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.heard = append(s.heard, line)
		s.mu.Unlock()
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch verb {
		case "EHLO":
			_, secured := conn.(*tls.Conn)
			for _, extension := range strings.Fields("8BITMIME " + s.offers) {
				if extension != "STARTTLS" || !secured {
					say("250-" + strings.ReplaceAll(extension, "_", " "))
				}
			}
			answer(verb, "250 sink.example")
		case "STARTTLS":
			if answer(verb, "220 begin") {
				secured := tls.Server(conn, s.tls)
				conn, in = secured, bufio.NewReader(secured)
			}
		case "AUTH":
			answer(verb, "235 welcome")
		case "DATA":
			if !answer(verb, "354 go on") {
				continue
			}
			var mail strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				mail.WriteString(strings.TrimPrefix(line, "."))
			}
			s.mu.Lock()
			s.mails = append(s.mails, mail.String())
			s.mu.Unlock()
			answer("END", "250 taken")
		case "QUIT":
			answer(verb, "221 bye")
			return
		default:
			answer(verb, "250 fine")
		}
	}
}

func (s *sink) received() (heard, mails []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.heard...), append([]string(nil), s.mails...)
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
