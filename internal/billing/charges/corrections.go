package charges

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/billing/wallet"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/tenancy"
)

// The kinds and statuses of a correction.
const (
	refund     = "REFUND"
	writeOff   = "WRITE_OFF"
	rebill     = "REBILL"
	lateValues = "LATE_VALUES"

	open      = "OPEN"
	applied   = "APPLIED"
	dismissed = "DISMISSED"
)

// correction is a change to a charge, as differences.
type correction struct {
	ID             uuid.UUID
	Key, Kind      string
	Status, Reason string
	Net, Tax       int64
	Bill, Facts    []byte
	Version        *uuid.UUID
}

// owned loads a charge for a viewer who may change it, and keeps its session and it from others: in that order, as a stop does.
func (s *Service) owned(ctx context.Context, tx *db.Tx, id uuid.UUID) (*charge, error) {
	c, err := locked(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	v, err := viewer(ctx)
	if err != nil {
		return nil, err
	}
	if !v.Can(tenancy.ChargeWrite, c.Network) {
		return nil, fault.Lacking(tenancy.ChargeWrite)
	}
	return c, nil
}

func locked(ctx context.Context, tx *db.Tx, id uuid.UUID) (*charge, error) {
	if _, err := tx.Exec(ctx, "select from charging_sessions where id = (select session_id from charges where id = $1) for update", id); err != nil {
		return nil, fmt.Errorf("lock the session: %w", err)
	}
	c, err := findCharge(ctx, tx, "id", id)
	if err == nil && c == nil {
		err = fault.Missing("charge")
	}
	return c, err
}

// compare looks whether a session that was billed would be billed otherwise by what is known now, and opens a correction if so.
func (s *Service) compare(ctx context.Context, tx *db.Tx, c *session, before *charge) error {
	of := "COMPLETED"
	if before.Status == BillingFailed || before.Status == NeedsReview {
		of = before.Status
	}
	if err := setStatus(ctx, tx, c.ID, of); err != nil {
		return err
	}
	t, err := c.tariff()
	if err != nil {
		return err
	}
	facts, err := c.facts(ctx, tx, s.now())
	if err != nil {
		return err
	}
	sum := digest(facts)
	if string(sum) == string(before.Facts) {
		return nil
	}
	var old rating.Bill
	if err := json.Unmarshal(before.Bill, &old); err != nil {
		return fmt.Errorf("read the bill: %w", err)
	}
	bill, err := c.bill(t, facts)
	if err != nil {
		return err
	}
	if bill.NetMinor == old.NetMinor && bill.TaxMinor == old.TaxMinor && bill.NeedsReview() == old.NeedsReview() {
		return nil
	}
	text, err := json.Marshal(bill)
	if err != nil {
		return fmt.Errorf("write the bill down: %w", err)
	}
	x := &correction{
		Key: fmt.Sprintf("late %x", sum), Kind: lateValues, Status: open, Net: bill.NetMinor - old.NetMinor, Tax: bill.TaxMinor - old.TaxMinor, Bill: text, Facts: sum,
		Version: c.Version, Reason: "Values came after the session had been billed.",
	}
	fresh, err := s.write(ctx, tx, before, x)
	if err != nil || !fresh {
		return err
	}
	return s.issues.Raise(ctx, tx, issues.Issue{
		Kind: issues.LateValues, Severity: issues.Warning, Cause: before.ID.String(), Network: c.Network, Station: c.Station, Session: c.ID, Charge: before.ID,
		Details: map[string]string{"amount": says(x.Net+x.Tax, before.Currency), "station": c.Identity},
	})
}

// write stores a correction; it isn't fresh where its key is known.
func (s *Service) write(ctx context.Context, tx *db.Tx, c *charge, x *correction) (fresh bool, err error) {
	v, err := viewer(ctx)
	if err != nil {
		return false, err
	}
	x.ID = uuid.Must(uuid.NewV7())
	tag, err := tx.Exec(ctx, `insert into charge_corrections (id, tenant_id, network_id, charge_id, driver_id, key, kind, status, net, tax, gross, currency, bill, facts,
			tariff_version_id, reason, created_by, decided_by, decided_at)
		values ($1, busbar_tenant(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, case when $7 = 'APPLIED' then $16 else '' end, case when $7 = 'APPLIED' then now() end)
		on conflict (charge_id, key) do nothing`,
		x.ID, c.Network, c.ID, c.Driver, x.Key, x.Kind, x.Status, x.Net, x.Tax, x.Net+x.Tax, c.Currency, x.Bill, x.Facts, x.Version, x.Reason, v.Name)
	if err != nil {
		return false, fmt.Errorf("store the correction: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// apply books a correction that was stored. A charge that isn't paid yet only changes in what is to be paid.
func (s *Service) apply(ctx context.Context, tx *db.Tx, c *charge, x *correction) error {
	key := "correction " + x.ID.String()
	switch {
	case c.Status == Receivable || c.Status == Paid && c.Wallet == nil:
		return post(ctx, tx, c, "CORRECTION", key, x.Reason, ledger.Receivable, x.Net, x.Tax)
	case c.Status == WrittenOff:
		return post(ctx, tx, c, "CORRECTION", key, x.Reason, ledger.WriteOff, x.Net, x.Tax)
	case c.Status != Paid:
		return nil
	}
	err := tx.Try(ctx, func(ctx context.Context, tx *db.Tx) error {
		w := wallet.Wallet{ID: *c.Wallet, Network: c.Network, Currency: c.Currency}
		return wallet.Correct(ctx, tx, w, wallet.Correction{ID: x.ID, Session: c.Session, Net: x.Net, Tax: x.Tax, Memo: x.Reason})
	})
	if errors.Is(err, ledger.ErrInsufficient) {
		return fault.New(fault.Conflict, "The wallet doesn't cover the %s that the correction adds: ask the driver to top up, or dismiss it.", says(x.Net+x.Tax, c.Currency))
	}
	if err != nil {
		return err
	}
	return s.receipt(ctx, tx, c, x.ID)
}

// maxReason bounds why somebody corrects a charge.
const maxReason = 500

func checkReason(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > maxReason {
		return "", fault.In("reason", "Say why in 1 to %d characters: it stands in the books.", maxReason)
	}
	return reason, nil
}

// Refund gives a part of a paid charge back to where it was paid from. The key makes it happen once; nil gives everything back.
func (s *Service) Refund(ctx context.Context, id uuid.UUID, amount *int64, reason, key string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.owned(ctx, tx, id)
		if err != nil {
			return err
		}
		if reason, err = checkReason(reason); err != nil {
			return err
		}
		if key == "" || len(key) > 100 {
			return fault.In("idempotencyKey", "Give a key of 1 to 100 characters that is this refund's own, so that it happens once.")
		}
		back := c.Gross
		if amount != nil {
			back = *amount
		}
		x := &correction{Key: "refund " + key, Kind: refund, Status: applied, Reason: reason}
		if known, err := s.sameRefund(ctx, tx, c, x.Key, amount); known || err != nil {
			return err
		}
		switch {
		case c.Status != Paid && c.Status != Receivable:
			return fault.New(fault.Conflict, "Only what was paid can be given back: this charge is %s.", strings.ToLower(strings.ReplaceAll(c.Status, "_", " ")))
		case back <= 0:
			return fault.In("amount", "Give back more than nothing.")
		case back > c.Gross:
			return fault.In("amount", "At most %s is left of what was paid.", says(c.Gross, c.Currency))
		}
		x.Net, x.Tax = split(back, c.Net, c.Gross)
		if _, err := s.write(ctx, tx, c, x); err != nil {
			return err
		}
		if err := s.apply(ctx, tx, c, x); err != nil {
			return err
		}
		if err := flag(ctx, tx, c.Session, FlagCorrected); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, "charge.refund", map[string]any{"amount": says(back, c.Currency), "reason": reason})
	})
}

// split divides an amount that is given back into net and tax, as the charge is. Both come out negative.
func split(back, net, gross int64) (int64, int64) {
	if gross == 0 {
		return -back, 0
	}
	part := rating.Share(back, net, gross)
	return -part, part - back
}

// sameRefund finds a refund that was asked for before with the key, and refuses the key for another.
func (s *Service) sameRefund(ctx context.Context, tx *db.Tx, c *charge, key string, amount *int64) (bool, error) {
	var gross int64
	err := tx.QueryRow(ctx, "select -gross from charge_corrections where charge_id = $1 and key = $2", c.ID, key).Scan(&gross)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the same refund: %w", err)
	}
	if amount != nil && *amount != gross {
		f := fault.New(fault.Conflict, "The key was used for a refund of %s: another refund needs a key of its own.", says(gross, c.Currency))
		f.Field = "idempotencyKey"
		return false, f
	}
	return true, nil
}

// WriteOff gives up on a charge that isn't paid: it is booked as a loss, and what is held for it goes back.
func (s *Service) WriteOff(ctx context.Context, id uuid.UUID, reason string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.owned(ctx, tx, id)
		if err != nil {
			return err
		}
		if reason, err = checkReason(reason); err != nil {
			return err
		}
		if c.Status == WrittenOff {
			return nil
		}
		if c.Status != BillingFailed && c.Status != NeedsReview {
			return fault.New(fault.Conflict, "The charge is paid: give money back by a refund instead.")
		}
		if c.Wallet != nil {
			if err := wallet.Release(ctx, tx, wallet.Wallet{ID: *c.Wallet, Network: c.Network, Currency: c.Currency}, c.Session, "written off"); err != nil {
				return err
			}
		}
		if err := post(ctx, tx, c, "WRITE_OFF", "charge "+c.ID.String(), reason, ledger.WriteOff, c.Net, c.Tax); err != nil {
			return err
		}
		if _, err := s.write(ctx, tx, c, &correction{Key: "write-off", Kind: writeOff, Status: applied, Reason: reason}); err != nil {
			return err
		}
		if err := s.mark(ctx, tx, c, WrittenOff, "", ""); err != nil {
			return err
		}
		if err := s.settleIssues(ctx, tx, c); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, "charge.write_off", map[string]any{"amount": says(c.Gross, c.Currency), "reason": reason})
	})
}

// Decide applies a correction that waits for somebody, or dismisses it.
func (s *Service) Decide(ctx context.Context, id uuid.UUID, accept bool, reason string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var of uuid.UUID
		err := tx.QueryRow(ctx, "select charge_id from charge_corrections where id = $1", id).Scan(&of)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.Missing("correction")
		}
		if err != nil {
			return fmt.Errorf("load the correction: %w", err)
		}
		c, err := s.owned(ctx, tx, of)
		if err != nil {
			return err
		}
		var x correction
		if err := tx.QueryRow(ctx, "select id, kind, status, net, tax, reason from charge_corrections where id = $1 for update", id).
			Scan(&x.ID, &x.Kind, &x.Status, &x.Net, &x.Tax, &x.Reason); err != nil {
			return fmt.Errorf("load the correction: %w", err)
		}
		if x.Status != open {
			return fault.New(fault.Conflict, "The correction was %s already.", strings.ToLower(x.Status))
		}
		if strings.TrimSpace(reason) != "" {
			if x.Reason, err = checkReason(reason); err != nil {
				return err
			}
		}
		status := dismissed
		if accept {
			status = applied
		}
		v, err := viewer(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "update charge_corrections set status = $2, decided_by = $3, decided_at = $4, reason = $5 where id = $1", id, status, v.Name, s.now(), x.Reason); err != nil {
			return fmt.Errorf("decide about the correction: %w", err)
		}
		if err := s.issues.Settle(ctx, tx, c.Network, issues.LateValues, c.ID.String()); err != nil {
			return err
		}
		if accept {
			if err := s.accept(ctx, tx, c, &x); err != nil {
				return err
			}
		}
		return s.audit(ctx, tx, c, "charge.correction", map[string]any{"correction": id, "status": status, "reason": x.Reason})
	})
}

// accept books a correction that was just applied, and collects what is due where nothing was paid yet.
func (s *Service) accept(ctx context.Context, tx *db.Tx, c *charge, x *correction) error {
	if err := s.apply(ctx, tx, c, x); err != nil {
		return err
	}
	if err := flag(ctx, tx, c.Session, FlagCorrected); err != nil {
		return err
	}
	if c.Status != BillingFailed && c.Status != NeedsReview {
		return nil
	}
	c.Net, c.Tax, c.Gross = c.Net+x.Net, c.Tax+x.Tax, c.Gross+x.Net+x.Tax
	return s.collect(ctx, tx, c)
}

func (s *Service) settleIssues(ctx context.Context, tx *db.Tx, c *charge) error {
	for _, kind := range []issues.Kind{issues.BillingExhausted, issues.ChargeNeedsReview, issues.LateValues} {
		if err := s.issues.Settle(ctx, tx, c.Network, kind, c.ID.String()); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) audit(ctx context.Context, tx *db.Tx, c *charge, action string, details map[string]any) error {
	return audit.Write(ctx, tx, audit.Event{Action: action, Network: c.Network, SubjectType: "charge", SubjectID: c.ID.String(), Details: details})
}
