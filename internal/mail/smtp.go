package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Security is how the way to the mail server is protected.
type Security string

// Nothing, for a server on this machine; TLS that begins after the greeting, usually on port 587; and TLS from the start, usually on
// port 465.
const (
	Plain    Security = "NONE"
	StartTLS Security = "STARTTLS"
	Implicit Security = "TLS"
)

// Config names a mail server.
type Config struct {
	Host     string
	Port     int
	Security Security
	// Username is empty where the server asks for none.
	Username, Password string
	From               Address
	// Timeout bounds connecting, and then sending. It is 30 s where it is 0.
	Timeout time.Duration
	// Roots are who may vouch for the server; those of the system where it is nil.
	Roots *x509.CertPool
}

// SMTP sends through a mail server, with a connection for each mail.
type SMTP struct {
	config Config
	domain string
}

// NewSMTP checks the settings; it doesn't connect.
func NewSMTP(c Config) (*SMTP, error) {
	if c.Host == "" || strings.ContainsFunc(c.Host, inert) || c.Port < 1 || c.Port > 65535 {
		return nil, errors.New("a mail server needs a host and a port, such as mail.demo.example and 587")
	}
	switch c.Security {
	case StartTLS, Implicit:
	case Plain:
		if ip := net.ParseIP(c.Host); c.Host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, fmt.Errorf("mails to %s would travel in the open: use %s (port 587) or %s (port 465)", c.Host, StartTLS, Implicit)
		}
	default:
		return nil, fmt.Errorf("there is no security %q for mails: use %s, %s, or %s for a server on this machine", c.Security, StartTLS, Implicit, Plain)
	}
	if (c.Username == "") != (c.Password == "") {
		return nil, errors.New("a mail server takes user name and password together")
	}
	if err := c.From.check(); err != nil {
		return nil, fmt.Errorf("sender of mails: %w", err)
	}
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	return &SMTP{config: c, domain: c.From.Email[strings.LastIndexByte(c.From.Email, '@')+1:]}, nil
}

// Send hands a mail to the server. Once the server has taken it, nothing that happens afterwards is a failure.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	if err := m.check(); err != nil {
		return fmt.Errorf("send mail %s: %w", oneLine(m.ID, maxID), err)
	}
	msg := s.compose(&m)
	hangUp := func() bool { return false }
	defer func() { hangUp() }()
	client, err := s.client(func(conn net.Conn) {
		hangUp = context.AfterFunc(ctx, func() { _ = conn.Close() })
	})
	if err != nil {
		return fmt.Errorf("send mail %s: %w", m.ID, err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return s.unreached(err)
	}
	defer func() { _ = session.Close() }()
	if err := client.SendWithSMTPClient(session, msg); err != nil && !msg.IsDelivered() {
		return s.untaken(&m, err)
	}
	_ = client.CloseWithSMTPClient(session) // the mail is taken
	return nil
}

// client is made for each mail, because its settings aren't safe to share. It tells of the connection once there is one.
func (s *SMTP) client(connected func(net.Conn)) (*gomail.Client, error) {
	c := &s.config
	secure := &tls.Config{ServerName: c.Host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
	policy := gomail.NoTLS
	if c.Security == StartTLS {
		policy = gomail.TLSMandatory
	}
	options := []gomail.Option{
		gomail.WithPort(c.Port), gomail.WithTimeout(c.Timeout), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(secure),
		gomail.WithHELO(helo(s.domain)), gomail.WithoutNoop(),
		gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			connected(conn)
			if c.Security != Implicit {
				return conn, nil
			}
			wrapped := tls.Client(conn, secure)
			if err := wrapped.HandshakeContext(ctx); err != nil {
				return nil, errors.Join(err, conn.Close())
			}
			return wrapped, nil
		}),
	}
	if c.Username != "" {
		options = append(options, gomail.WithUsername(c.Username), gomail.WithPassword(c.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return gomail.NewClient(c.Host, options...)
}

// helo is what we call ourselves: the sender's domain, because the machine's name is nobody's business.
func helo(domain string) string {
	for i := range len(domain) {
		if domain[i] >= 0x80 {
			return "localhost"
		}
	}
	return domain
}

func (s *SMTP) compose(m *Message) *gomail.Msg {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(s.config.From.header())
	msg.AddToMailAddress(m.To.header())
	if m.ReplyTo.Email != "" {
		msg.ReplyToMailAddress(m.ReplyTo.header())
	}
	msg.Subject(oneLine(m.Subject, maxSubject))
	msg.SetMessageIDWithValue(m.ID + "@" + s.domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: nobody's holiday notice answers it
	if !m.At.IsZero() {
		msg.SetDateWithValue(m.At)
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for i := range m.Attachments {
		a := &m.Attachments[i]
		msg.AttachReadSeeker(a.Name, bytes.NewReader(a.Data), gomail.WithFileContentType(gomail.ContentType(a.Type)))
	}
	return msg
}

// header is the address with its name as data: put together as text, a quote in the name would begin another address.
func (a Address) header() *mail.Address {
	return &mail.Address{Name: oneLine(a.Name, maxName), Address: a.Email}
}

func (s *SMTP) server() string { return net.JoinHostPort(s.config.Host, strconv.Itoa(s.config.Port)) }
