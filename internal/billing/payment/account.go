package payment

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/google/uuid"
)

// Account is an account with a provider, of a tenant or a network. Printed or logged, it keeps its secrets.
type Account struct {
	ID       uuid.UUID
	Provider Provider
	// Live is false for an account on which no real money moves. Events of the other kind are refused.
	Live bool
	// Key names the account where the provider wants that; Secret and WebhookSecret are its secrets.
	Key, Secret, WebhookSecret string
	// Merchant is the provider's own id of the account, where it is known: events that name another are refused then.
	Merchant string
}

// ModeMatches reports whether a key is of the account's mode, as far as its prefixes tell: "sk_live_" and "sk_test_" for one.
func (a Account) ModeMatches(key, live, test string) bool {
	return !strings.HasPrefix(key, live) && !strings.HasPrefix(key, test) || strings.HasPrefix(key, live) == a.Live
}

// String names the account without its secrets.
func (a Account) String() string { return string(a.Provider) + " account " + a.ID.String() }

// GoString is String, so that no way of printing shows secrets.
func (a Account) GoString() string { return a.String() }

// LogValue implements slog.LogValuer.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.String()) }

// ErrKeyMode refuses keys of the other mode when an account is set up.
var ErrKeyMode = errors.New("the key is of the other mode than the account: live accounts take live keys, test accounts test keys")
