package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
)

// ProcessEvent is the job that looks at what an event of a provider is about.
type ProcessEvent struct {
	Tenant  uuid.UUID `json:"tenant"`
	Account uuid.UUID `json:"account"`
	// Event is the provider's id of it.
	Event   string    `json:"event"`
	Payment uuid.UUID `json:"payment,omitzero"`
	Refund  uuid.UUID `json:"refund,omitzero"`
	Setup   uuid.UUID `json:"setup,omitzero"`
	Ref     string    `json:"ref,omitempty"`
	Charge  string    `json:"charge,omitempty"`
}

// Kind names the job.
func (ProcessEvent) Kind() string { return "process_payment_event" }

// receive stores an event and has it looked at, in one transaction. One that is there already changes nothing.
func (s *Service) receive(ctx context.Context, a *account, e payment.Event, body []byte) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tag, err := tx.Exec(ctx, `insert into payment_events (account_id, event_id, tenant_id, network_id, kind, payment_id, ref, body, received_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`, a.ID, e.ID, a.TenantID, a.NetworkID, clip(e.Kind), db.OrNull(e.Payment), clip(e.Ref), body, s.now())
		if err != nil {
			return fmt.Errorf("store the event: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		_, err = tx.Exec(ctx, "update payment_accounts set last_event_at = $2 where id = $1 and coalesce(last_event_at, '-infinity') < $3", a.ID, s.now(), s.now().Add(-time.Minute))
		if err != nil {
			return fmt.Errorf("note that the webhook works: %w", err)
		}
		return tx.Enqueue(ctx, ProcessEvent{
			Tenant: a.TenantID, Account: a.ID, Event: e.ID, Payment: e.Payment, Refund: e.Refund, Setup: e.Setup, Ref: e.Ref, Charge: e.Charge,
		}, nil)
	})
}

func clip(text string) string { return text[:min(len(text), 200)] }

// HandleEvent does what an event asks for: a look at what it is about. Done twice, it is done once.
func (s *Service) HandleEvent(ctx context.Context, e ProcessEvent) error {
	outcome, err := s.handle(ctx, e)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, "update payment_events set processed_at = $3, outcome = $4 where account_id = $1 and event_id = $2 and processed_at is null", e.Account, e.Event, s.now(), outcome)
	if err != nil {
		return fmt.Errorf("note what became of the event: %w", err)
	}
	return nil
}

func (s *Service) handle(ctx context.Context, e ProcessEvent) (outcome string, err error) {
	if e.Setup != uuid.Nil {
		if err := s.SettleSetup(ctx, e.Setup); err != nil {
			return notOurs, foreign(err)
		}
		return "a way to pay was looked up", nil
	}
	if e.Refund != uuid.Nil {
		if _, err := s.SettleRefund(ctx, e.Refund); foreign(err) != nil {
			return "", err
		}
	}
	id, err := s.paymentOf(ctx, e)
	if err != nil {
		return notOurs, foreign(err)
	}
	if err := s.Process(ctx, id); err != nil {
		return "", err
	}
	return "payment " + id.String() + " was looked up", nil
}

const notOurs = "nothing of ours"

// foreign passes errors on, except that something isn't ours.
func foreign(err error) error {
	if fault.Is(err, fault.NotFound) || errors.Is(err, payment.ErrUnknown) {
		return nil
	}
	return err
}

// paymentOf finds the payment of an event, among those of its account alone.
func (s *Service) paymentOf(ctx context.Context, e ProcessEvent) (id uuid.UUID, err error) {
	find := func() error {
		rows, err := s.db.Query(ctx, `select id from payments where account_id = $1 and (id = $2 or $3 <> '' and ref = $3 or $4 <> '' and charge_ref = $4)
			order by id = $2 desc, ref = $3 desc limit 1`, e.Account, e.Payment, e.Ref, e.Charge)
		if err != nil {
			return err
		}
		id, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[uuid.UUID])
		return err
	}
	err = find()
	if errors.Is(err, pgx.ErrNoRows) && e.Payment == uuid.Nil && e.Charge != "" {
		gateway, _, gatewayErr := s.gateway(ctx, e.Account)
		if gatewayErr != nil {
			return id, gatewayErr
		}
		tracer, ok := gateway.(payment.Tracer)
		if !ok {
			return id, fault.Missing("payment")
		}
		traced, traceErr := tracer.Trace(ctx, payment.Event{ID: e.Event, Ref: e.Ref, Charge: e.Charge})
		if traceErr != nil {
			return id, traceErr
		}
		e.Payment = traced.Payment
		err = find()
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return id, fault.Missing("payment")
	}
	if err != nil {
		return id, fmt.Errorf("look for the event's payment: %w", err)
	}
	return id, nil
}

// keepEvents is how long events are kept. A provider sends one again for three days at most; one that comes later still does no harm.
const keepEvents = 90 * 24 * time.Hour

// ForgetEvents deletes old events. Periodic work calls it for each tenant.
func (s *Service) ForgetEvents(ctx context.Context) (int64, error) {
	n, err := s.db.Exec(ctx, "delete from payment_events where received_at < $1", s.now().Add(-keepEvents))
	if err != nil {
		return 0, fmt.Errorf("delete old events: %w", err)
	}
	return n, nil
}
