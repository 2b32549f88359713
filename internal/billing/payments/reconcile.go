package payments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/tenancy"
)

// RunReconciliation is the job that compares an account's payments with what its provider says of them.
type RunReconciliation struct {
	Tenant         uuid.UUID `json:"tenant"`
	Reconciliation uuid.UUID `json:"reconciliation"`
}

// Kind names the job.
func (RunReconciliation) Kind() string { return "run_reconciliation" }

// reconciled is how far back a reconciliation looks at what was settled, beside everything that isn't.
const reconciled = 3 * 24 * time.Hour

// Finding is what kind of difference was found.
type Finding string

// The findings.
const (
	// NotBooked came in at the provider and wasn't in the books: a webhook that never arrived.
	NotBooked Finding = "NOT_BOOKED"
	// NotReturned was given back at the provider, or taken by a bank, and wasn't in the books.
	NotReturned Finding = "NOT_RETURNED"
	// TooMuchReturned has left the wallet, and the provider didn't give it back.
	TooMuchReturned Finding = "TOO_MUCH_RETURNED"
	// FeeDiffers is a fee that wasn't in the books.
	FeeDiffers Finding = "FEE_DIFFERS"
	// UnknownThere isn't known to the provider.
	UnknownThere Finding = "UNKNOWN_THERE"
	// NoAnswer is a payment for which the provider gave no answer.
	NoAnswer Finding = "NO_ANSWER"
	// AmountDiffers came otherwise than it was asked for; it is credited as it came.
	AmountDiffers Finding = "AMOUNT_DIFFERS"
)

// Difference is something that was otherwise in the books than at the provider.
type Difference struct {
	Payment uuid.UUID `json:"payment"`
	Finding Finding   `json:"finding"`
	// Booked and Provider are what either says, in minor units of the currency; for AmountDiffers Booked is what was asked for.
	Booked   int64  `json:"booked"`
	Provider int64  `json:"provider"`
	Currency string `json:"currency"`
	// Resolved is set where the books say by now what the provider says.
	Resolved bool `json:"resolved"`
	// Reason is what the provider answered, where that isn't an amount.
	Reason string `json:"reason,omitempty"`
}

// Reconcile starts comparing an account's payments with what its provider says: everything that is open or uncertain, and what was
// settled in the last three days. A job does it.
func (s *Service) Reconcile(ctx context.Context, id uuid.UUID) (started *ent.Reconciliation, err error) {
	a, err := s.account(ctx, id)
	if err != nil {
		return nil, err
	}
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if !v.Can(tenancy.PaymentWrite, orNil(a.NetworkID)) { // an account of the whole tenant is seen in all networks
		return nil, fault.Lacking(tenancy.PaymentWrite)
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		fresh := newID()
		if err := s.begin(ctx, tx, a.ID, a.NetworkID, fresh, v); err != nil {
			return err
		}
		if started, err = tx.Ent.Reconciliation.Get(ctx, fresh); err != nil {
			return fmt.Errorf("load the reconciliation: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "payment_account.reconcile", Network: orNil(a.NetworkID), SubjectType: "payment_account", SubjectID: a.ID.String()})
	})
	return started, err
}

func (s *Service) begin(ctx context.Context, tx *db.Tx, account uuid.UUID, network *uuid.UUID, id uuid.UUID, v tenancy.Viewer) error {
	_, err := tx.Exec(ctx, "insert into reconciliations (id, tenant_id, network_id, account_id, asked_by, created_at) values ($1, $2, $3, $4, $5, $6)",
		id, v.Tenant, network, account, v.Name, s.now())
	if err != nil {
		return fmt.Errorf("store the reconciliation: %w", err)
	}
	return tx.Enqueue(ctx, RunReconciliation{Tenant: v.Tenant, Reconciliation: id}, nil)
}

// ReconcileNightly starts the reconciliation of every account that is due: between three and four in the morning where the tenant is, and
// at the latest a good day after the one before. Periodic work calls it for each tenant, however often.
func (s *Service) ReconcileNightly(ctx context.Context) (int, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return 0, err
	}
	begun := 0
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, `select a.id, a.network_id from payment_accounts a join tenants t on t.id = a.tenant_id
			left join lateral (select max(created_at) as at from reconciliations r where r.account_id = a.id) last on true
			where exists (select from payments p where p.account_id = a.id)
				and coalesce(last.at, a.created_at) < $1::timestamptz - case when extract(hour from $1 at time zone t.timezone) = 3 then interval '20 hours' else interval '26 hours' end
			order by a.id for update of a`, s.now())
		if err != nil {
			return fmt.Errorf("look which accounts are due: %w", err)
		}
		due, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
			ID      uuid.UUID
			Network *uuid.UUID
		}])
		if err != nil {
			return fmt.Errorf("look which accounts are due: %w", err)
		}
		begun = len(due)
		for _, a := range due {
			if err := s.begin(ctx, tx, a.ID, a.Network, newID(), v); err != nil {
				return err
			}
		}
		return nil
	})
	return begun, err
}

// RunReconciliation compares, brings the books to what the provider says where that can be done, and stores what was different. It can be
// interrupted: it goes over everything again then, and what was settled meanwhile stays so.
func (s *Service) RunReconciliation(ctx context.Context, id uuid.UUID) error {
	var accountID uuid.UUID
	var network *uuid.UUID
	var name, status string
	rows, err := s.db.Query(ctx, `select r.account_id, r.network_id, a.name, r.status from reconciliations r join payment_accounts a on a.tenant_id = r.tenant_id and a.id = r.account_id where r.id = $1`, id)
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (struct{}, error) {
			return struct{}{}, row.Scan(&accountID, &network, &name, &status)
		})
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.Missing("reconciliation")
	}
	if err != nil {
		return fmt.Errorf("load the reconciliation: %w", err)
	}
	if status != "RUNNING" {
		return nil
	}
	if err := s.settleRefunds(ctx, accountID); err != nil {
		return err
	}
	rows, err = s.db.Query(ctx, `select id from payments where account_id = $1 and (uncertain or status in ('PENDING', 'FAILED') and settled_at is null or settled_at > $2 or exists (
			select from payment_refunds f where f.payment_id = payments.id and (f.status = 'PENDING' or f.settled_at > $2))) order by id`, accountID, s.now().Add(-reconciled))
	if err != nil {
		return fmt.Errorf("look what is to be reconciled: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("look what is to be reconciled: %w", err)
	}
	found := []Difference{}
	for _, p := range all {
		differences, err := s.compare(ctx, p)
		if err != nil {
			return err
		}
		found = append(found, differences...)
	}
	return s.finish(ctx, id, len(all), found, network, name, accountID)
}

// settleRefunds looks up what became of an account's refunds that aren't done.
func (s *Service) settleRefunds(ctx context.Context, account uuid.UUID) error {
	rows, err := s.db.Query(ctx, `select f.id from payment_refunds f join payments p on p.tenant_id = f.tenant_id and p.id = f.payment_id
		where p.account_id = $1 and (f.status = 'PENDING' or f.status = 'DONE' and f.settled_at > $2) order by f.id`, account, s.now().Add(-reconciled))
	if err != nil {
		return fmt.Errorf("look for open refunds: %w", err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("look for open refunds: %w", err)
	}
	for _, f := range open {
		if _, err := s.SettleRefund(ctx, f); err != nil && !errors.Is(err, payment.ErrUncertain) {
			return err
		}
	}
	return nil
}

// compare looks a payment up and says what was different.
func (s *Service) compare(ctx context.Context, id uuid.UUID) ([]Difference, error) {
	l, err := s.process(ctx, id)
	odd := Difference{Payment: id}
	if l.before != nil {
		odd.Currency = l.before.Currency
	}
	switch {
	case errors.Is(err, payment.ErrUncertain):
		odd.Finding, odd.Reason = NoAnswer, err.Error()
		return []Difference{odd}, nil
	case errors.Is(err, payment.ErrUnknown):
		odd.Finding, odd.Booked, odd.Reason = UnknownThere, l.before.Credited-l.before.Returned, err.Error()
		return []Difference{odd}, nil
	case err != nil:
		return nil, err
	case l.said.Captured == 0:
		return nil, nil
	}
	var pending int64
	rows, err := s.db.Query(ctx, "select coalesce(sum(amount), 0)::bigint from payment_refunds where payment_id = $1 and status = 'PENDING'", id)
	if err == nil {
		pending, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
	}
	if err != nil {
		return nil, fmt.Errorf("add up the refunds under way: %w", err)
	}
	return l.differences(pending), nil
}

// differences are those between the books as they were and what the provider says. Pending is what of our refunds it hasn't decided on.
func (l looked) differences(pending int64) (found []Difference) {
	b, a, said := l.before, l.after, l.said
	add := func(kind Finding, booked, provider, now int64) {
		found = append(found, Difference{Payment: b.ID, Finding: kind, Booked: booked, Provider: provider, Currency: said.Currency, Resolved: now == provider})
	}
	if b.Credited != said.Captured {
		add(NotBooked, b.Credited, said.Captured, a.Credited)
	}
	returned := said.Refunded + said.Taken()
	switch {
	case b.Returned < returned:
		add(NotReturned, b.Returned, returned, a.Returned)
	case a.Returned-pending > returned:
		add(TooMuchReturned, a.Returned, returned, a.Returned)
	}
	fee := func(r *record) (kept int64) {
		if r.Fee != nil {
			kept = *r.Fee
		}
		return kept
	}
	if fee(a) != fee(b) && b.Credited > 0 { // of a payment that was booked before: otherwise it comes with it
		add(FeeDiffers, fee(b), fee(a), fee(a))
	}
	if said.Differs(b.Amount, b.Currency) != "" {
		d := Difference{Payment: b.ID, Finding: AmountDiffers, Booked: b.Amount, Provider: said.Captured, Currency: said.Currency}
		if b.Currency != said.Currency {
			d.Reason = "asked for in " + b.Currency
		}
		found = append(found, d)
	}
	return found
}

func (s *Service) finish(ctx context.Context, id uuid.UUID, lookedUp int, found []Difference, network *uuid.UUID, name string, account uuid.UUID) error {
	text, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("store what was different: %w", err)
	}
	open := 0
	for _, d := range found {
		if !d.Resolved {
			open++
		}
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tag, err := tx.Exec(ctx, "update reconciliations set status = 'DONE', looked_up = $2, differences = $3, finished_at = $4 where id = $1 and status = 'RUNNING'", id, lookedUp, text, s.now())
		if err != nil {
			return fmt.Errorf("store the reconciliation: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		if open == 0 {
			if err := s.issues.Settle(ctx, tx, orNil(network), issues.ReconciliationFound, account.String()); err != nil {
				return err
			}
		}
		if len(found) == 0 {
			return nil
		}
		severity := issues.Notice
		if open > 0 {
			severity = issues.Warning
		}
		return s.issues.Raise(ctx, tx, issues.Issue{
			Kind: issues.ReconciliationFound, Severity: severity, Cause: account.String(), Network: orNil(network),
			Details: map[string]string{"count": strconv.Itoa(len(found)), "account": name},
		})
	})
}

// GiveUpReconciliation ends one that couldn't be done.
func (s *Service) GiveUpReconciliation(ctx context.Context, id uuid.UUID, why string) error {
	_, err := s.db.Exec(ctx, "update reconciliations set status = 'FAILED', failure = $2, finished_at = $3 where id = $1 and status = 'RUNNING'", id, why, s.now())
	if err != nil {
		return fmt.Errorf("end the reconciliation: %w", err)
	}
	return nil
}
