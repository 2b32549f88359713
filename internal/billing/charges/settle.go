package charges

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/money"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/billing/wallet"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/issues"
)

// Settle bills a session that has ended, in the transaction that stores its end. Where billing itself goes wrong, the stop is stored
// all the same, and billing is tried again later. A session that was billed before is left alone: other facts open a correction.
func (s *Service) Settle(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	err := tx.Try(ctx, func(ctx context.Context, tx *db.Tx) error { return s.settle(ctx, tx, id) })
	if err == nil || ctx.Err() != nil {
		return err
	}
	s.logger.Error("a session couldn't be billed and will be tried again", "session", id, "error", err)
	return s.broken(ctx, tx, id)
}

func (s *Service) settle(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	c, err := loadSession(ctx, tx, id)
	if err != nil {
		return err
	}
	if c.Stopped == nil {
		return fmt.Errorf("session %s hasn't ended", id)
	}
	if c.Status == stopped {
		if err := setStatus(ctx, tx, id, "COMPLETED"); err != nil {
			return err
		}
	}
	before, err := findCharge(ctx, tx, "session_id", id)
	if err != nil {
		return err
	}
	if before != nil {
		return s.compare(ctx, tx, c, before)
	}
	if c.Version == nil {
		return s.unpriced(ctx, tx, c)
	}
	t, err := c.tariff()
	if err != nil {
		return err
	}
	facts, err := c.facts(ctx, tx, s.now())
	if err != nil {
		return err
	}
	bill, err := c.bill(t, facts)
	if err != nil {
		return err
	}
	made, err := s.insert(ctx, tx, c, bill, digest(facts))
	if err != nil || made == nil {
		return err
	}
	if bill.NeedsReview() {
		return s.review(ctx, tx, c, made, bill)
	}
	return s.collect(ctx, tx, made)
}

// awaited is for how long an ended session waits for events that its station hasn't brought yet.
const awaited = 10 * time.Minute

// Await leaves a session that has ended to be billed once its events are complete, or in a while in any case.
func (s *Service) Await(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	var billable, billed bool
	if err := tx.QueryRow(ctx, "select tariff_version_id is not null, exists (select from charges where session_id = $1) from charging_sessions where id = $1", id).
		Scan(&billable, &billed); err != nil {
		return fmt.Errorf("look whether the session is billed: %w", err)
	}
	if !billable || billed {
		return s.Settle(ctx, tx, id)
	}
	v, err := viewer(ctx)
	if err != nil {
		return err
	}
	if err := setStatus(ctx, tx, id, stopped); err != nil {
		return err
	}
	return tx.Enqueue(ctx, SettleLater{Tenant: v.Tenant, Session: id}, &river.InsertOpts{ScheduledAt: s.now().Add(awaited), UniqueOpts: river.UniqueOpts{ByArgs: true}})
}

// stopped is the status of a session that has ended and isn't billed yet.
const stopped = "STOPPED"

// unpriced is a session that nothing says the price of. Somebody's wallet waits for an answer then.
func (s *Service) unpriced(ctx context.Context, tx *db.Tx, c *session) error {
	if c.Wallet == nil || c.Free {
		return nil
	}
	return setStatus(ctx, tx, c.ID, NeedsReview)
}

// charge is a stored charge with what its corrections made of it.
type charge struct {
	ID, Network, Session, Version uuid.UUID
	Driver, Wallet                *uuid.UUID
	Currency                      string
	Net, Tax, Gross               int64 // with corrections that were applied
	Bill                          []byte
	Facts                         []byte
	Status, FailureCode           string
	Attempts                      int
	FailedAt                      *time.Time
	Identity                      string
	Made                          time.Time
}

const selectCharge = `
	select c.id, c.network_id, c.session_id, c.tariff_version_id, c.driver_id, c.wallet_id, c.currency,
		(c.net + coalesce(x.net, 0))::bigint, (c.tax + coalesce(x.tax, 0))::bigint, (c.gross + coalesce(x.gross, 0))::bigint,
		coalesce((select bill from charge_corrections where charge_id = c.id and status = 'APPLIED' and bill is not null order by id desc limit 1), c.bill),
		coalesce((select facts from charge_corrections where charge_id = c.id and facts is not null order by id desc limit 1), c.facts),
		c.status, c.failure_code, c.attempts, c.failed_at, st.identity, c.created_at
	from charges c join charging_sessions s on s.id = c.session_id join stations st on st.id = s.station_id
		left join lateral (select sum(net) as net, sum(tax) as tax, sum(gross) as gross from charge_corrections where charge_id = c.id and status = 'APPLIED') x on true
	where c.`

// findCharge finds a charge by its id or its session's, and keeps others from it until the transaction ends. Nil means none.
func findCharge(ctx context.Context, tx *db.Tx, by string, id uuid.UUID) (*charge, error) {
	rows, err := tx.Query(ctx, selectCharge+by+" = $1 for update of c", id)
	if err != nil {
		return nil, fmt.Errorf("load the charge: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[charge])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load the charge: %w", err)
	}
	return c, nil
}

// insert writes the one charge of a session; nil where there is one already.
func (s *Service) insert(ctx context.Context, tx *db.Tx, c *session, bill rating.Bill, facts []byte) (*charge, error) {
	text, err := json.Marshal(bill)
	if err != nil {
		return nil, fmt.Errorf("write the bill down: %w", err)
	}
	made := &charge{
		ID: uuid.Must(uuid.NewV7()), Network: c.Network, Session: c.ID, Version: *c.Version, Driver: c.Driver, Wallet: c.Wallet, Currency: bill.Currency,
		Net: bill.NetMinor, Tax: bill.TaxMinor, Gross: bill.GrossMinor, Bill: text, Facts: facts, Status: NeedsReview, Identity: c.Identity, Made: s.now(),
	}
	tag, err := tx.Exec(ctx, `insert into charges (id, tenant_id, network_id, session_id, driver_id, wallet_id, tariff_version_id, currency, net, tax, gross, bill, facts, status, created_at)
		values ($1, busbar_tenant(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (session_id) do nothing`,
		made.ID, made.Network, made.Session, made.Driver, made.Wallet, made.Version, made.Currency, made.Net, made.Tax, made.Gross, text, facts, made.Status, made.Made)
	if err != nil {
		return nil, fmt.Errorf("store the charge: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil, nil
	}
	return made, nil
}

// review holds a charge back until somebody has looked.
func (s *Service) review(ctx context.Context, tx *db.Tx, c *session, made *charge, bill rating.Bill) error {
	reason := bill.Review[0].Message
	if err := s.mark(ctx, tx, made, NeedsReview, codeDoubtful, reason); err != nil {
		return err
	}
	if err := flag(ctx, tx, c.ID, FlagDoubtful); err != nil {
		return err
	}
	return s.issues.Raise(ctx, tx, issues.Issue{
		Kind: issues.ChargeNeedsReview, Severity: issues.Warning, Cause: made.ID.String(), Network: c.Network, Station: c.Station, Session: c.ID, Charge: made.ID,
		Details: map[string]string{"amount": says(made.Gross, made.Currency), "station": c.Identity, "reason": reason},
	})
}

// says writes an amount for people.
func says(minor int64, currency string) string { return money.Format(minor, currency) + " " + currency }

// RetryAfter and retryFor are how often, and for how long, a charge is tried again that its wallet didn't cover.
const (
	RetryAfter = 30 * time.Minute
	retryFor   = 24 * time.Hour
)

// collect takes a charge from its wallet, or books it as billed outside where it has none. What the wallet doesn't cover is tried
// again.
func (s *Service) collect(ctx context.Context, tx *db.Tx, c *charge) error {
	if c.Wallet == nil {
		return s.bookOutside(ctx, tx, c)
	}
	err := tx.Try(ctx, func(ctx context.Context, tx *db.Tx) error {
		w := wallet.Wallet{ID: *c.Wallet, Network: c.Network, Currency: c.Currency}
		return wallet.Charge(ctx, tx, w, wallet.Bill{Charge: c.ID, Session: c.Session, Net: c.Net, Tax: c.Tax})
	})
	if errors.Is(err, ledger.ErrInsufficient) {
		return s.failed(ctx, tx, c)
	}
	if err != nil {
		return err
	}
	if err := s.mark(ctx, tx, c, Paid, "", ""); err != nil {
		return err
	}
	for _, kind := range []issues.Kind{issues.BillingExhausted, issues.ChargeNeedsReview} {
		if err := s.issues.Settle(ctx, tx, c.Network, kind, c.ID.String()); err != nil {
			return err
		}
	}
	return s.receipt(ctx, tx, c, uuid.Nil)
}

// bookOutside books what somebody else bills: a card that belongs to no driver here.
func (s *Service) bookOutside(ctx context.Context, tx *db.Tx, c *charge) error {
	if c.Gross != 0 {
		if err := post(ctx, tx, c, "CHARGE", "charge "+c.ID.String(), "", ledger.Receivable, c.Net, c.Tax); err != nil {
			return err
		}
	}
	if err := s.mark(ctx, tx, c, Receivable, "", ""); err != nil {
		return err
	}
	return s.issues.Settle(ctx, tx, c.Network, issues.ChargeNeedsReview, c.ID.String())
}

// post books net and tax against an account of a kind: more for us where they are positive, less where they are negative.
func post(ctx context.Context, tx *db.Tx, c *charge, kind, key, memo string, against ledger.Kind, net, tax int64) error {
	entries := make([]ledger.Entry, 0, 3)
	for _, e := range []struct {
		kind   ledger.Kind
		amount int64
	}{{against, -net - tax}, {ledger.Revenue, net}, {ledger.Tax, tax}} {
		if e.amount == 0 {
			continue
		}
		account, err := ledger.Open(ctx, tx, ledger.AccountSpec{Kind: e.kind, Currency: c.Currency, Network: c.Network})
		if err != nil {
			return err
		}
		entries = append(entries, ledger.Entry{Account: account, Amount: e.amount})
	}
	if len(entries) == 0 {
		return nil
	}
	_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: kind, Key: key, Subject: "session " + c.Session.String(), Memo: memo, Network: c.Network, Entries: entries})
	return err
}

// failed notes that the wallet didn't cover a charge, and when it is tried again.
func (s *Service) failed(ctx context.Context, tx *db.Tx, c *charge) error {
	now := s.now()
	first := c.FailedAt == nil
	if first {
		c.FailedAt = &now
	}
	status, code := BillingFailed, codeInsufficient
	message := fmt.Sprintf("The wallet doesn't cover %s. It is tried again every 30 minutes until %s, and at once when the wallet is topped up.",
		says(c.Gross, c.Currency), c.FailedAt.Add(retryFor).UTC().Format("2006-01-02 15:04 MST"))
	next := now.Add(RetryAfter)
	if exhausted := next.After(c.FailedAt.Add(retryFor)); exhausted {
		status, code = NeedsReview, codeExhausted
		message = fmt.Sprintf("The wallet didn't cover %s for 24 hours. It is collected at once when the wallet is topped up; or write it off.", says(c.Gross, c.Currency))
		if err := s.issues.Raise(ctx, tx, issues.Issue{
			Kind: issues.BillingExhausted, Severity: issues.Warning, Cause: c.ID.String(), Network: c.Network, Session: c.Session, Charge: c.ID,
			Details: map[string]string{"amount": says(c.Gross, c.Currency), "station": c.Identity},
		}); err != nil {
			return err
		}
	}
	if err := s.mark(ctx, tx, c, status, code, message); err != nil {
		return err
	}
	var nextAt *time.Time
	if status == BillingFailed {
		nextAt = &next
	}
	if _, err := tx.Exec(ctx, "update charges set attempts = attempts + 1, failed_at = $2, next_attempt_at = $3 where id = $1", c.ID, c.FailedAt, nextAt); err != nil {
		return fmt.Errorf("note that billing failed: %w", err)
	}
	if status != BillingFailed || !first {
		return nil
	}
	v, err := viewer(ctx)
	if err != nil {
		return err
	}
	return tx.Enqueue(ctx, Retry{Tenant: v.Tenant, Charge: c.ID}, &river.InsertOpts{ScheduledAt: next})
}

// mark sets the status of a charge, and what follows from it for its session.
func (s *Service) mark(ctx context.Context, tx *db.Tx, c *charge, status, code, message string) error {
	var paid *time.Time
	if status == Paid {
		now := s.now()
		paid = &now
	}
	c.Status, c.FailureCode = status, code
	if _, err := tx.Exec(ctx, `update charges set status = $2, failure_code = $3, failure = $4, paid_at = coalesce($5, paid_at),
		next_attempt_at = case when $2 = 'BILLING_FAILED' then next_attempt_at end where id = $1`, c.ID, status, code, message, paid); err != nil {
		return fmt.Errorf("note how the charge stands: %w", err)
	}
	of := "COMPLETED"
	if status == BillingFailed || status == NeedsReview {
		of = status
	}
	return setStatus(ctx, tx, c.Session, of)
}

func setStatus(ctx context.Context, tx *db.Tx, session uuid.UUID, status string) error {
	if _, err := tx.Exec(ctx, "update charging_sessions set status = $2 where id = $1 and status <> $2", session, status); err != nil {
		return fmt.Errorf("note how the session's billing stands: %w", err)
	}
	return nil
}

// broken keeps a session for billing later, when working out its bill went wrong.
func (s *Service) broken(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	v, err := viewer(ctx)
	if err != nil {
		return err
	}
	var network, station uuid.UUID
	var identity string
	if err := tx.QueryRow(ctx, `select c.network_id, c.station_id, s.identity from charging_sessions c join stations s on s.id = c.station_id where c.id = $1`, id).
		Scan(&network, &station, &identity); err != nil {
		return fmt.Errorf("load the session: %w", err)
	}
	if err := setStatus(ctx, tx, id, BillingFailed); err != nil {
		return err
	}
	if err := s.issues.Raise(ctx, tx, issues.Issue{
		Kind: issues.BillingBroken, Severity: issues.Critical, Cause: id.String(), Network: network, Station: station, Session: id,
		Details: map[string]string{"station": identity, "reason": "the server's log says more."},
	}); err != nil {
		return err
	}
	return tx.Enqueue(ctx, SettleLater{Tenant: v.Tenant, Session: id}, &river.InsertOpts{ScheduledAt: s.now().Add(RetryAfter)})
}
