package charges

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Replayed is a session rated anew beside what it was billed.
type Replayed struct {
	// Before is nil for a session that has no charge.
	Before     *rating.Bill
	After      rating.Bill
	Difference rating.Comparison
}

// Rebill rates a session by a version of a tariff, or by its own where none is given. Where it is to be applied, the difference becomes
// a correction; a session that nothing said the price of gets its charge.
func (s *Service) Rebill(ctx context.Context, id, version uuid.UUID, apply bool, reason string) (r Replayed, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "select from charging_sessions where id = $1 for update", id); err != nil {
			return fmt.Errorf("lock the session: %w", err)
		}
		c, err := loadSession(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.by(ctx, tx, c, version); err != nil {
			return err
		}
		v, err := viewer(ctx)
		switch {
		case err != nil:
			return err
		case !v.Can(tenancy.ChargeWrite, c.Network):
			return fault.Lacking(tenancy.ChargeWrite)
		case c.Stopped == nil:
			return fault.New(fault.Conflict, "The session is still running: its bill is made when it stops.")
		case c.Version == nil:
			return fault.In("tariffVersionId", "Nothing said what the session costs: choose the version of a tariff.")
		}
		if apply {
			if reason, err = checkReason(reason); err != nil {
				return err
			}
		}
		return s.replay(ctx, tx, c, apply, reason, &r)
	})
	return r, err
}

// by puts another version in place of the session's.
func (s *Service) by(ctx context.Context, tx *db.Tx, c *session, version uuid.UUID) error {
	if version == uuid.Nil {
		return nil
	}
	var currency string
	err := tx.QueryRow(ctx, "select v.definition, t.currency from tariff_versions v join tariffs t on t.id = v.tariff_id where v.id = $1", version).Scan(&c.Definition, &currency)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.Missing("version of a tariff")
	}
	if err != nil {
		return fmt.Errorf("load the version of the tariff: %w", err)
	}
	if currency != c.NetworkCurrency {
		return fault.In("tariffVersionId", "The tariff is in %s and the session's network sells in %s.", currency, c.NetworkCurrency)
	}
	c.Version = &version
	return nil
}

func (s *Service) replay(ctx context.Context, tx *db.Tx, c *session, apply bool, reason string, r *Replayed) error {
	t, err := pricing.Read(c.Definition)
	if err != nil {
		return err
	}
	facts, err := c.facts(ctx, tx, s.now())
	if err != nil {
		return err
	}
	if r.After, err = c.bill(t, facts); err != nil {
		return fault.New(fault.Invalid, "The session can't be priced by it: %v", err)
	}
	before, err := findCharge(ctx, tx, "session_id", c.ID)
	if err != nil {
		return err
	}
	old := rating.Bill{Currency: r.After.Currency, Digits: r.After.Digits}
	if before != nil {
		if err := json.Unmarshal(before.Bill, &old); err != nil {
			return fmt.Errorf("read the bill: %w", err)
		}
		r.Before = &old
	}
	if r.Difference, err = rating.Compare(old, r.After); err != nil || !apply {
		return err
	}
	if before == nil {
		if _, err := tx.Exec(ctx, "update charging_sessions set tariff_version_id = $2 where id = $1", c.ID, c.Version); err != nil {
			return fmt.Errorf("settle the session's tariff: %w", err)
		}
		return s.settle(ctx, tx, c.ID)
	}
	return s.change(ctx, tx, before, &correction{Kind: rebill, Version: c.Version, Reason: reason, Facts: digest(facts)}, old, r.After)
}

// change applies the difference between two bills as a correction.
func (s *Service) change(ctx context.Context, tx *db.Tx, c *charge, x *correction, old, next rating.Bill) error {
	text, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("write the bill down: %w", err)
	}
	x.Key, x.Status, x.Bill = "rebill "+uuid.NewString(), applied, text
	x.Net, x.Tax = next.NetMinor-old.NetMinor, next.TaxMinor-old.TaxMinor
	if x.Net == 0 && x.Tax == 0 && c.Status != NeedsReview && c.Status != BillingFailed {
		return nil
	}
	if _, err := s.write(ctx, tx, c, x); err != nil {
		return err
	}
	if err := s.accept(ctx, tx, c, x); err != nil {
		return err
	}
	return s.audit(ctx, tx, c, "charge.rebill", map[string]any{"difference": says(x.Net+x.Tax, c.Currency), "reason": x.Reason})
}

// Approve lets a charge through that was held back for its meter: as it is, or with the energy that was really taken.
func (s *Service) Approve(ctx context.Context, id uuid.UUID, energyWh *decimal.Decimal, reason string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.owned(ctx, tx, id)
		if err != nil {
			return err
		}
		if reason, err = checkReason(reason); err != nil {
			return err
		}
		if c.Status != NeedsReview || c.FailureCode != codeDoubtful {
			return fault.New(fault.Conflict, "The charge isn't held back for its meter values.")
		}
		if energyWh == nil {
			if err := s.collect(ctx, tx, c); err != nil {
				return err
			}
			return s.audit(ctx, tx, c, "charge.approve", map[string]any{"amount": says(c.Gross, c.Currency), "reason": reason})
		}
		of, err := loadSession(ctx, tx, c.Session)
		if err != nil {
			return err
		}
		t, err := of.tariff()
		if err != nil {
			return err
		}
		facts, err := of.facts(ctx, tx, s.now())
		if err != nil {
			return err
		}
		sum := digest(facts)
		// What is known of when the energy flowed can't be believed either: it counts as evenly spread.
		facts.Samples, facts.MeterStartWh = nil, decimal.NullDecimal{Decimal: decimal.Zero, Valid: true}
		facts.MeterStopWh = decimal.NullDecimal{Decimal: *energyWh, Valid: true}
		next, err := of.bill(t, facts)
		if err != nil || next.NeedsReview() {
			return fault.In("energyWh", "A session can't have taken %s Wh in its time at this connector.", energyWh)
		}
		var old rating.Bill
		if err := json.Unmarshal(c.Bill, &old); err != nil {
			return fmt.Errorf("read the bill: %w", err)
		}
		return s.change(ctx, tx, c, &correction{Kind: rebill, Version: of.Version, Reason: reason, Facts: sum}, old, next)
	})
}

// CompareLate looks at sessions that were billed and of which values came after that. Periodic work calls it for each tenant; it is
// the same however often.
func (s *Service) CompareLate(ctx context.Context, since time.Time) (int, error) {
	rows, err := s.db.Query(ctx, `select distinct c.session_id from meter_values m join charges c on c.session_id = m.session_id
		where m.tenant_id = busbar_tenant() and m.received_at >= $1 and m.received_at > c.created_at limit 1000`, since)
	if err != nil {
		return 0, fmt.Errorf("look for values that came late: %w", err)
	}
	late, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return 0, fmt.Errorf("look for values that came late: %w", err)
	}
	for _, id := range late {
		err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "select from charging_sessions where id = $1 for update", id); err != nil {
				return fmt.Errorf("lock the session: %w", err)
			}
			return s.settle(ctx, tx, id)
		})
		if err != nil {
			return 0, fmt.Errorf("compare session %s with its bill: %w", id, err)
		}
	}
	return len(late), nil
}

// digest tells facts that make a bill from others, whatever order they came in and how often.
func digest(f rating.Facts) []byte {
	h := sha256.New()
	text := func(s string) {
		_ = binary.Write(h, binary.BigEndian, int64(len(s))) // a hash takes everything
		h.Write([]byte(s))
	}
	number := func(d decimal.NullDecimal) {
		if d.Valid {
			text(d.Decimal.Trim(0).String())
		} else {
			text("")
		}
	}
	_ = binary.Write(h, binary.BigEndian, []int64{f.Start.UnixMicro(), f.End.UnixMicro()})
	number(f.MeterStartWh)
	number(f.MeterStopWh)
	samples := slices.SortedFunc(slices.Values(f.Samples), func(a, b rating.Sample) int { return a.At.Compare(b.At) })
	for _, v := range slices.CompactFunc(samples, func(a, b rating.Sample) bool { return a == b }) {
		text(v.At.UTC().Format(time.RFC3339Nano))
		number(v.EnergyWh)
		number(v.PowerW)
		number(v.CurrentA)
	}
	for _, c := range f.States {
		text(c.At.UTC().Format(time.RFC3339Nano))
		text(c.State)
	}
	return h.Sum(nil)
}
