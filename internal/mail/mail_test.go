package mail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func message() Message {
	return Message{
		ID: "receipt-2030-000123", To: Address{Name: "Jörg Fahrer", Email: "driver@demo.example"},
		ReplyTo: Address{Email: "help@demo.example"}, Subject: "Receipt 2030-000123 for ₹ 85.00",
		Text: "Thank you.\n.\nA line that begins\n.with a dot, and ₹.\n", HTML: "<p>Thank <b>you</b>, ₹ 85.00.</p>",
		Attachments: []Attachment{{Name: "2030-000123.pdf", Type: "application/pdf", Data: bytes.Repeat([]byte{0, 1, 0xff, '\n', '.'}, 300)}},
		At:          time.Date(2030, 1, 7, 20, 0, 0, 0, time.UTC),
	}
}

func sender(t *testing.T, c Config) *SMTP {
	t.Helper()
	s, err := NewSMTP(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// part is one leaf of a mail, decoded.
type part struct {
	kind, name string
	content    []byte
}

func leaves(t *testing.T, header func(string) string, body io.Reader) []part {
	t.Helper()
	kind, params, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		t.Fatalf("%v in %q", err, header("Content-Type"))
	}
	if strings.HasPrefix(kind, "multipart/") {
		var all []part
		reader := multipart.NewReader(body, params["boundary"])
		for {
			p, err := reader.NextRawPart()
			if errors.Is(err, io.EOF) {
				return all
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, leaves(t, p.Header.Get, p)...)
		}
	}
	switch header("Content-Transfer-Encoding") {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	_, disposition, _ := mime.ParseMediaType(header("Content-Disposition"))
	return []part{{kind, disposition["filename"], content}}
}

func TestAMailArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	server, config := newSink(t, nil)
	m := message()
	for range 2 { // the second try of a mail whose first nobody heard of
		if err := sender(t, config).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	heard, mails := server.received()
	if len(mails) != 2 {
		t.Fatalf("%d mails came", len(mails))
	}
	if !slices.ContainsFunc(heard, func(s string) bool { return strings.HasPrefix(s, "MAIL FROM:<receipts@demo.example>") }) ||
		!slices.ContainsFunc(heard, func(s string) bool { return strings.HasPrefix(s, "RCPT TO:<driver@demo.example>") }) {
		t.Errorf("heard %q", heard)
	}
	for _, raw := range mails {
		got, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		decode := func(name string) string {
			text, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get(name))
			if err != nil {
				t.Error(err)
			}
			return text
		}
		for name, want := range map[string]string{
			"Message-Id": "<receipt-2030-000123@demo.example>", "Subject": m.Subject, "Auto-Submitted": "auto-generated",
			"To": `"Jörg Fahrer" <driver@demo.example>`, "From": `"Demo Charging" <receipts@demo.example>`, "Reply-To": "<help@demo.example>",
			"Date": "Mon, 07 Jan 2030 20:00:00 +0000", "User-Agent": "", "X-Mailer": "",
		} {
			if have := decode(name); have != want && have != strings.ReplaceAll(want, `"`, "") {
				t.Errorf("%s is %q, want %q", name, have, want)
			}
		}
		all := leaves(t, got.Header.Get, got.Body)
		if len(all) != 3 || all[0].kind != "text/plain" || all[1].kind != "text/html" || all[2].kind != "application/pdf" || all[2].name != "2030-000123.pdf" {
			t.Fatalf("parts are %+v", all)
		}
		if text := strings.ReplaceAll(string(all[0].content), "\r\n", "\n"); text != m.Text {
			t.Errorf("text is %q", text)
		}
		if string(all[1].content) != m.HTML || !bytes.Equal(all[2].content, m.Attachments[0].Data) {
			t.Error("HTML or attachment differ")
		}
	}
}

func TestTheWayIsSecured(t *testing.T) {
	t.Parallel()
	signIn := "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00mailer\x00correct horse"))
	for name, c := range map[string]struct {
		set    func(*sink)
		config func(*Config)
		fails  string
	}{
		"STARTTLS":            {func(s *sink) { s.offers = "STARTTLS AUTH_PLAIN" }, func(c *Config) { c.Security = StartTLS }, ""},
		"from the start":      {func(s *sink) { s.implicit, s.offers = true, "AUTH_PLAIN" }, func(c *Config) { c.Security = Implicit }, ""},
		"no STARTTLS offered": {func(s *sink) { s.offers = "AUTH_PLAIN" }, func(c *Config) { c.Security = StartTLS }, "offers no STARTTLS"},
		"no TLS at all":       {nil, func(c *Config) { c.Security = Implicit }, "doesn't begin with TLS"},
		"unknown authority":   {func(s *sink) { s.offers = "STARTTLS" }, func(c *Config) { c.Security, c.Roots = StartTLS, nil }, "isn't trusted"},
		"unknown authority from the start": {func(s *sink) { s.implicit = true },
			func(c *Config) { c.Security, c.Roots = Implicit, nil }, "isn't trusted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, config := newSink(t, c.set)
			c.config(&config)
			config.Username, config.Password = "mailer", "correct horse"
			err := sender(t, config).Send(t.Context(), message())
			heard, mails := server.received()
			if c.fails == "" {
				if err != nil || len(mails) != 1 || !slices.Contains(heard, signIn) {
					t.Errorf("%v, %d mails, heard %q", err, len(mails), heard)
				}
				return
			}
			if err == nil || Refused(err) || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("got %v, want %q", err, c.fails)
			}
			if len(mails) != 0 || slices.Contains(heard, signIn) {
				t.Errorf("the mail or the password went out: %q", heard)
			}
		})
	}
}

func TestSec045_HeadersCannotBeForged(t *testing.T) {
	t.Parallel()
	server, config := newSink(t, nil)
	refused := map[string]func(*Message){
		"address with a header":   func(m *Message) { m.To.Email = "driver@demo.example\r\nBcc: other@demo.example" },
		"address with a command":  func(m *Message) { m.To.Email = "driver@demo.example>\r\nRCPT TO:<other@demo.example" },
		"two addresses":           func(m *Message) { m.To.Email = "driver@demo.example, other@demo.example" },
		"a name in the address":   func(m *Message) { m.To.Email = "x <driver@demo.example>" },
		"quoted local part":       func(m *Message) { m.To.Email = "\"a\r\nb\"@demo.example" },
		"reversed address":        func(m *Message) { m.To.Email = "driver\u202e@demo.example" },
		"no address":              func(m *Message) { m.To.Email = "" },
		"no domain":               func(m *Message) { m.To.Email = "driver" },
		"long address":            func(m *Message) { m.To.Email = strings.Repeat("a", 250) + "@demo.example" },
		"reply address":           func(m *Message) { m.ReplyTo.Email = "a@demo.example\nBcc: b@demo.example" },
		"id with a header":        func(m *Message) { m.ID = "1>\r\nBcc: <other@demo.example" },
		"id with dots":            func(m *Message) { m.ID = "a..b" },
		"no id":                   func(m *Message) { m.ID = "" },
		"attachment with a path":  func(m *Message) { m.Attachments[0].Name = "../x.pdf" },
		"attachment with a quote": func(m *Message) { m.Attachments[0].Name = "x\"; y=\".pdf" },
		"attachment with a line":  func(m *Message) { m.Attachments[0].Name = "x\r\nBcc: b.pdf" },
		"type with a line":        func(m *Message) { m.Attachments[0].Type = "application/pdf\r\nBcc: b" },
		"no text":                 func(m *Message) { m.Text = "" },
		"too large":               func(m *Message) { m.Attachments[0].Data = make([]byte, maxContent) },
	}
	for name, change := range refused {
		m := message()
		change(&m)
		var f *Failure
		if err := sender(t, config).Send(t.Context(), m); err == nil || errors.As(err, &f) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if heard, _ := server.received(); len(heard) != 0 {
		t.Errorf("the server heard %q", heard)
	}
	m := message()
	m.Subject = "Receipt\r\nBcc: other@demo.example\r\n\r\n<script>" + strings.Repeat("long ", 100)
	m.To.Name = "A\r\nBcc: other@demo.example\u202e\" <x@demo.example>, "
	config.From.Name = "Demo\nBcc: other@demo.example"
	if err := sender(t, config).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	heard, mails := server.received()
	got, err := mail.ReadMessage(strings.NewReader(mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	if got.Header.Get("Bcc") != "" || strings.Count(strings.Join(heard, "\n"), "RCPT") != 1 {
		t.Errorf("headers %v, heard %q", got.Header, heard)
	}
	if to, err := got.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != "driver@demo.example" {
		t.Errorf("to %v, %v", to, err)
	}
	if len(leaves(t, got.Header.Get, got.Body)) != 3 {
		t.Error("the subject reached the content")
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	good := Config{Host: "mail.demo.example", Port: 587, Security: StartTLS, From: Address{Email: "receipts@demo.example"}}
	if _, err := NewSMTP(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no host":           func(c *Config) { c.Host = "" },
		"no port":           func(c *Config) { c.Port = 0 },
		"in the open":       func(c *Config) { c.Security = Plain },
		"unknown security":  func(c *Config) { c.Security = "SSL" },
		"no sender":         func(c *Config) { c.From.Email = "" },
		"a user alone":      func(c *Config) { c.Username = "mailer" },
		"password, no user": func(c *Config) { c.Password = "x" },
	} {
		c := good
		change(&c)
		if _, err := NewSMTP(c); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
