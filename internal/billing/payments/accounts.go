package payments

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

const (
	longestName   = 200
	longestSecret = 500
)

// AccountSpec describes an account with a provider.
type AccountSpec struct {
	Provider payment.Provider
	Name     string
	// Live is false for an account on which no real money moves.
	Live bool
	// Key names the account where the provider wants that; Secret and WebhookSecret are its secrets.
	Key, Secret, WebhookSecret string
	// Network is where it is used; nil is the whole tenant, wherever a network has none of its own.
	Network uuid.UUID
}

// CreateAccount stores an account with a provider. Its secrets are sealed and never shown again.
func (s *Service) CreateAccount(ctx context.Context, spec AccountSpec) (made *ent.PaymentAccount, err error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if reached := v.Networks(); spec.Network == uuid.Nil && len(reached) == 1 {
		spec.Network = reached[0]
	}
	if _, err := viewer(ctx, tenancy.PaymentAccount, spec.Network, "network"); err != nil {
		return nil, err
	}
	if spec.Network != uuid.Nil {
		_, err := s.db.Ent().Network.Get(ctx, spec.Network)
		if ent.IsNotFound(err) {
			return nil, fault.Missing("network")
		}
		if err != nil {
			return nil, fmt.Errorf("load the network: %w", err)
		}
	}
	a := &account{ID: newID(), TenantID: v.Tenant, NetworkID: db.OrNull(spec.Network), Provider: spec.Provider, Live: spec.Live, Enabled: true}
	if err := s.seal(a, AccountChange{Name: &spec.Name, Key: &spec.Key, Secret: &spec.Secret, WebhookSecret: &spec.WebhookSecret}); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "insert into payment_accounts ("+accountColumns+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			a.ID, a.TenantID, a.NetworkID, a.Provider, a.Name, a.Live, a.Key, a.Secret, a.WebhookSecret, a.Enabled)
		if err != nil {
			return explainAccount("store the payment account", err)
		}
		if made, err = tx.Ent.PaymentAccount.Get(ctx, a.ID); err != nil {
			return fmt.Errorf("load the payment account: %w", err)
		}
		return a.audit(ctx, tx, "payment_account.create")
	})
	return made, err
}

// AccountChange is what may be changed of an account; nil leaves a thing as it is.
type AccountChange struct {
	Name, Key, Secret, WebhookSecret *string
	// Enabled accounts take new payments. One that isn't still hears of those that it took.
	Enabled *bool
}

// UpdateAccount changes an account.
func (s *Service) UpdateAccount(ctx context.Context, id uuid.UUID, c AccountChange) (changed *ent.PaymentAccount, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, "select "+accountColumns+" from payment_accounts where id = $1", id)
		if err != nil {
			return fmt.Errorf("load the payment account: %w", err)
		}
		a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[account])
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.Missing("payment account")
		}
		if err != nil {
			return fmt.Errorf("load the payment account: %w", err)
		}
		v, err := tenancy.FromContext(ctx)
		if err != nil {
			return err
		}
		if !v.Can(tenancy.PaymentAccount, orNil(a.NetworkID)) { // an account of the whole tenant is seen in all networks
			return fault.Lacking(tenancy.PaymentAccount)
		}
		if c.Enabled != nil {
			a.Enabled = *c.Enabled
		}
		if err := s.seal(a, c); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "update payment_accounts set name = $2, key = $3, secret = $4, webhook_secret = $5, enabled = $6 where id = $1",
			id, a.Name, a.Key, a.Secret, a.WebhookSecret, a.Enabled)
		if err != nil {
			return explainAccount("change the payment account", err)
		}
		if changed, err = tx.Ent.PaymentAccount.Get(ctx, id); err != nil {
			return fmt.Errorf("load the payment account: %w", err)
		}
		return a.audit(ctx, tx, "payment_account.update")
	})
	return changed, err
}

// seal puts what changes into an account, unless it couldn't be used then.
func (s *Service) seal(a *account, c AccountChange) error {
	for field, text := range map[string]*string{"name": c.Name, "key": c.Key, "secret": c.Secret, "webhookSecret": c.WebhookSecret} {
		if text == nil {
			continue
		}
		*text = strings.TrimSpace(*text)
		if len(*text) > longestSecret || !utf8.ValidString(*text) || strings.ContainsFunc(*text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fault.In(field, "This can't be right: it has line breaks, or more than %d characters.", longestSecret)
		}
	}
	open := func(column string, sealed []byte, change *string) (string, error) {
		if change != nil {
			return *change, nil
		}
		value, err := s.box.Open(a.place(column), sealed)
		return string(value), err
	}
	if c.Name != nil {
		a.Name = *c.Name
	}
	if c.Key != nil {
		a.Key = *c.Key
	}
	if a.Name == "" || utf8.RuneCountInString(a.Name) > longestName {
		return fault.In("name", "Give the account a name of 1 to %d characters.", longestName)
	}
	secret, err := open("secret", a.Secret, c.Secret)
	if err != nil {
		return fmt.Errorf("open the secret key: %w", err)
	}
	hook, err := open("webhook_secret", a.WebhookSecret, c.WebhookSecret)
	if err != nil {
		return fmt.Errorf("open the webhook secret: %w", err)
	}
	// What can't be used isn't stored: above all an account without a webhook secret, or with keys of the other mode.
	if _, err := s.gateways.connect(payment.Account{ID: a.ID, Provider: a.Provider, Live: a.Live, Key: a.Key, Secret: secret, WebhookSecret: hook}); err != nil {
		return err
	}
	if c.Secret != nil {
		if a.Secret, err = s.box.Seal(a.place("secret"), []byte(secret)); err != nil {
			return err
		}
	}
	if c.WebhookSecret != nil {
		if a.WebhookSecret, err = s.box.Seal(a.place("webhook_secret"), []byte(hook)); err != nil {
			return err
		}
	}
	return nil
}

func (a *account) audit(ctx context.Context, tx *db.Tx, action string) error {
	return audit.Write(ctx, tx, audit.Event{
		Action: action, Network: orNil(a.NetworkID), SubjectType: "payment_account", SubjectID: a.ID.String(),
		Details: map[string]any{"provider": a.Provider, "name": a.Name, "live": a.Live, "enabled": a.Enabled},
	})
}

func explainAccount(doing string, err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "payment_accounts_one" {
		return (&fault.Error{Code: fault.Conflict, Field: "provider",
			Message: "There is an account with this provider here already: change that one, or switch it off first."}).Because(err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Webhook is where a provider sends what happens on an account, and whether it does.
type Webhook struct {
	URL string
	// LastEventAt is when an event last came, to the minute; nil where none ever has.
	LastEventAt *time.Time
}

// Webhook tells of an account's webhook.
func (s *Service) Webhook(ctx context.Context, a *ent.PaymentAccount) (w Webhook, err error) {
	w.URL = s.public + "/webhooks/" + strings.ToLower(string(a.Provider)) + "/" + a.ID.String()
	rows, err := s.db.Query(ctx, "select last_event_at from payment_accounts where id = $1", a.ID)
	if err != nil {
		return w, fmt.Errorf("look when an event last came: %w", err)
	}
	if w.LastEventAt, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[*time.Time]); err != nil {
		return w, fmt.Errorf("look when an event last came: %w", err)
	}
	return w, nil
}
