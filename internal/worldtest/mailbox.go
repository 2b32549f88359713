package worldtest

import (
	"context"
	"sync"

	"github.com/busbar-ev/busbar/internal/mail"
)

// Mailbox takes what a world mails, instead of a mail server.
type Mailbox struct {
	mu    sync.Mutex
	mails []mail.Message
}

// Send implements mail.Sender.
func (m *Mailbox) Send(_ context.Context, message mail.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails = append(m.mails, message)
	return nil
}

// Mails are what came so far, in order.
func (m *Mailbox) Mails() []mail.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]mail.Message(nil), m.mails...)
}
