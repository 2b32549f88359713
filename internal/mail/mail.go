// Package mail owns how a mail leaves Busbar: what it consists of, the server that takes it, and whether a failure is worth another
// try. It doesn't know why a mail is sent.
//
//	Message ─> check ─> SMTP: connect ─> TLS ─> sign in ─> sender, recipient ─> content ─> taken
//	              │        └──────── Later ──────────┘         │            │
//	              └─ an error of ours                    Refused / Later  Refused / Later
//
// A message carries an id that its caller gives. It becomes the Message-ID, so that a mail that was sent twice, because nobody heard
// whether the first was taken, is one mail to whoever reads it.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
)

// Address is of a mailbox, with the name of its owner where that is known.
type Address struct {
	Name, Email string
}

// Attachment is a file that comes with a mail.
type Attachment struct {
	// Name is a file's name, such as "2026-000123.pdf".
	Name string
	// Type is its media type, such as "application/pdf".
	Type string
	Data []byte
}

// Message is one mail to one recipient.
type Message struct {
	// ID names the mail: letters, digits, dots, dashes and underscores, at most 100. The same mail sent again has the same one.
	ID      string
	To      Address
	ReplyTo Address // may be empty
	Subject string
	// Text is the mail. HTML says the same with more looks, and may be empty.
	Text, HTML  string
	Attachments []Attachment
	// At is when the mail was written.
	At time.Time
}

// Sender sends mails. An error that is a *Failure says whether another try is worth it; any other means that the message itself is
// not one that can be sent.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Failure is why a mail wasn't taken.
type Failure struct {
	// Refused means that it never will be: another try ends alike.
	Refused bool
	// Code is the server's answer, such as 550; 0 where there was none.
	Code    int
	Message string
	cause   error
}

// Error says what happened and what to do.
func (f *Failure) Error() string { return f.Message }

// Unwrap gives the cause, for the log.
func (f *Failure) Unwrap() error { return f.cause }

// Refused reports whether an error means that the mail will never be taken.
func Refused(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.Refused
}

// ErrNowhere means that no mail server is configured.
var ErrNowhere = errors.New("no mail server is configured")

// Nowhere is the sender of an installation without a mail server.
type Nowhere struct{}

// Send says that there is nowhere to send to. Mails that wait go out once a server is configured.
func (Nowhere) Send(context.Context, Message) error {
	return &Failure{
		Message: "The mail wasn't sent, because no mail server is configured. Name one (host, port and sender) and restart; mails that wait are sent then.",
		cause:   ErrNowhere,
	}
}

const (
	maxID      = 100
	maxSubject = 200
	maxName    = 100
	maxEmail   = 254 // RFC 5321 §4.5.3.1.3, less the brackets
	maxContent = 20 << 20
)

// check refuses what can't be sent, before any server is asked.
func (m *Message) check() error {
	if m.ID == "" || len(m.ID) > maxID || strings.Trim(m.ID, ".") != m.ID || strings.Contains(m.ID, "..") || strings.ContainsFunc(m.ID, notInID) {
		return fmt.Errorf("a mail needs an id of at most %d letters, digits, dots, dashes and underscores", maxID)
	}
	if err := m.To.check(); err != nil {
		return fmt.Errorf("recipient: %w", err)
	}
	if m.ReplyTo != (Address{}) {
		if err := m.ReplyTo.check(); err != nil {
			return fmt.Errorf("reply address: %w", err)
		}
	}
	if m.Text == "" {
		return errors.New("a mail needs a text")
	}
	size := len(m.Text) + len(m.HTML)
	for i := range m.Attachments {
		a := &m.Attachments[i]
		if a.Name == "" || oneLine(a.Name, maxName) != a.Name || strings.ContainsAny(a.Name, `/\"`) {
			return fmt.Errorf("attachment %d: its name isn't one of a file", i+1)
		}
		if kind, rest, ok := strings.Cut(a.Type, "/"); !ok || kind == "" || rest == "" || strings.ContainsFunc(a.Type, notInType) {
			return fmt.Errorf("attachment %d: its type isn't one such as application/pdf", i+1)
		}
		size += len(a.Data)
	}
	if size > maxContent {
		return fmt.Errorf("a mail has at most %d MB", maxContent>>20)
	}
	return nil
}

func notInID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
}

func notInType(r rune) bool { return notInID(r) && r != '/' && r != '+' }

// check accepts a bare address alone. A name is made one line, so it needs no check.
func (a Address) check() error {
	if a.Email == "" {
		return errors.New("there is no address")
	}
	read, err := mail.ParseAddress(a.Email)
	if err != nil || read.Name != "" || read.Address != a.Email || len(a.Email) > maxEmail || strings.ContainsFunc(a.Email, inert) ||
		strings.ContainsAny(a.Email, " \"<>(),;:\\") {
		return fmt.Errorf("%q isn't an address such as driver@demo.example", oneLine(a.Email, 60))
	}
	return nil
}

// CheckAddress reports whether mails can be addressed to it, without asking anybody.
func CheckAddress(email string) error { return Address{Email: email}.check() }

// inert are characters that a header must not hold: those that end it, and those that make it read as what it isn't.
func inert(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || r == unicode.ReplacementChar
}

// oneLine makes a text fit for a header.
func oneLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if inert(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most-1]) + "…"
	}
	return s
}
