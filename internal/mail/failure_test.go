package mail

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

func TestFailuresAreToldApart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		command, answer string
		refused         bool
		code            int
		says            string
	}{
		"no such mailbox":   {"RCPT", "550 5.1.1 no such mailbox", true, 550, "refused the address driver@demo.example (it said: 550 5.1.1 no such mailbox)"},
		"mailbox is full":   {"RCPT", "452 4.2.2 mailbox full", false, 452, "can't take the mail to driver@demo.example now"},
		"greylisted":        {"RCPT", "451 try later", false, 451, "tried again"},
		"content refused":   {"END", "554 looks like spam", true, 554, "refused the mail to driver@demo.example (it said: 554 looks like spam)"},
		"content later":     {"END", "421 going down", false, 421, "tried again"},
		"content never":     {"DATA", "554 no", true, 554, "isn't tried again"},
		"cut in the middle": {"DATA", "-", false, 0, "ended before it took the mail"},
		"cut at the end":    {"END", "-", false, 0, "ended before it took the mail"},
		"sender refused":    {"MAIL", "550 not yours", false, 550, "takes no mails from receipts@demo.example"},
		"not let in":        {"GREETING", "554 go away", false, 554, "didn't let us in (it said: 554 go away)"},
		"no greeting":       {"GREETING", "-", false, 0, "can't be reached"},
		"wrong password":    {"AUTH", "535 5.7.8 wrong", false, 535, "didn't accept the user name and password (it said: 535 5.7.8 wrong)"},
		"slow at first":     {"GREETING", "…", false, 0, "didn't answer in time"},
		"slow at the end":   {"END", "…", false, 0, "ended before it took the mail"},
		"taken, then cut":   {"RSET", "-", false, 0, ""},
		"taken, no goodbye": {"QUIT", "-", false, 0, ""},
		"odd answer":        {"RCPT", "550 \x1b[31mred\u202e", true, 550, "(it said: 550 [31mred)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, config := newSink(t, func(s *sink) { s.offers, s.answers[c.command] = "AUTH_PLAIN", c.answer })
			config.Username, config.Password = "mailer", "correct horse"
			if c.answer == "…" {
				config.Timeout = 2 * time.Second
			}
			err := sender(t, config).Send(t.Context(), message())
			if c.says == "" {
				if err != nil {
					t.Errorf("the mail was taken, and yet: %v", err)
				}
				return
			}
			var f *Failure
			if !errors.As(err, &f) {
				t.Fatalf("got %v", err)
			}
			if f.Refused != c.refused || f.Code != c.code || !strings.Contains(f.Error(), c.says) {
				t.Errorf("got %v %d %q, want %v %d %q", f.Refused, f.Code, f, c.refused, c.code, c.says)
			}
			if strings.Contains(err.Error(), "correct horse") {
				t.Errorf("the password stands in %v", err)
			}
		})
	}
}

func TestAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, config := newSink(t, nil)
	config.Port = closed.Addr().(*net.TCPAddr).Port
	_ = closed.Close()
	if err := sender(t, config).Send(t.Context(), message()); err == nil || Refused(err) || !strings.Contains(err.Error(), "can't be reached") {
		t.Errorf("got %v", err)
	}
	if err := (Nowhere{}).Send(t.Context(), message()); !errors.Is(err, ErrNowhere) || Refused(err) {
		t.Errorf("got %v", err)
	}
}

func TestACalledOffMailEndsAtOnce(t *testing.T) {
	t.Parallel()
	server, config := newSink(t, func(s *sink) { s.answers["RCPT"] = "…" })
	config.Timeout = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- sender(t, config).Send(ctx, message()) }()
	<-server.silent
	cancel()
	if err := <-ended; err == nil || Refused(err) {
		t.Errorf("got %v", err)
	}
}
