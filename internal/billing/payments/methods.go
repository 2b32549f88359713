package payments

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// ForgetMethod is the job that has a provider forget a way to pay that was removed.
type ForgetMethod struct {
	Tenant uuid.UUID `json:"tenant"`
	Method uuid.UUID `json:"method"`
}

// Kind names the job.
func (ForgetMethod) Kind() string { return "forget_payment_method" }

// Setup is a page on which a driver leaves a way to pay.
type Setup struct {
	Method      *ent.PaymentMethod
	CheckoutURL string
}

// owner is a driver as a provider shall know them.
type owner struct {
	ID, TenantID, NetworkID uuid.UUID
	Name, Email             string
	TenantSlug, NetworkSlug string
}

// StartSetup opens a page on which a driver leaves a way to pay, for later. No money moves.
func (s *Service) StartSetup(ctx context.Context, driver uuid.UUID) (*Setup, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `select d.id, d.tenant_id, d.network_id, d.name, d.email, t.slug as tenant_slug, n.slug as network_slug
		from drivers d join tenants t on t.id = d.tenant_id join networks n on n.tenant_id = d.tenant_id and n.id = d.network_id where d.id = $1`, driver)
	if err != nil {
		return nil, fmt.Errorf("load the driver: %w", err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[owner])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.Missing("driver")
	}
	if err != nil {
		return nil, fmt.Errorf("load the driver: %w", err)
	}
	if v.Kind == tenancy.KindDriver {
		ctx = forDriver(ctx, v)
	} else if _, err := viewer(ctx, tenancy.PaymentWrite, d.NetworkID, "driver"); err != nil {
		return nil, err
	}
	a, saver, err := s.saverFor(ctx, d.NetworkID)
	if err != nil {
		return nil, err
	}
	id := newID()
	_, err = s.db.Exec(ctx, "insert into payment_methods (id, tenant_id, network_id, driver_id, account_id) values ($1, $2, $3, $4, $5)", id, d.TenantID, d.NetworkID, d.ID, a.ID)
	if err != nil {
		return nil, fmt.Errorf("store the way to pay: %w", err)
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	page, err := s.openSetup(ctx, saver, a, d, id)
	if err != nil {
		// Nothing is at stake: a page that nobody knows of is never used.
		if _, storing := s.db.Exec(ctx, "update payment_methods set status = 'FAILED' where id = $1", id); storing != nil {
			return nil, fmt.Errorf("store that the way to pay failed: %w", storing)
		}
		return nil, explainProvider(err, "Nothing was saved: try again in a while.")
	}
	made, err := s.db.Ent().PaymentMethod.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("load the way to pay: %w", err)
	}
	return &Setup{made, page.URL}, nil
}

// saverFor is the account that keeps ways to pay in a network.
func (s *Service) saverFor(ctx context.Context, network uuid.UUID) (*account, payment.Saver, error) {
	a, err := s.accountFor(ctx, network, payment.Stripe)
	if err == nil {
		gateway, err := s.gatewayOf(a)
		if err != nil {
			return nil, nil, err
		}
		if saver, ok := gateway.(payment.Saver); ok {
			return a, saver, nil
		}
	} else if fault.Of(err) == nil {
		return nil, nil, err
	}
	return nil, nil, fault.New(fault.Conflict, "Ways to pay can't be saved here: it takes an account with Stripe that is switched on.")
}

func (s *Service) openSetup(ctx context.Context, saver payment.Saver, a *account, d owner, id uuid.UUID) (page payment.Page, err error) {
	rows, err := s.db.Query(ctx, "select customer_ref from payment_methods where driver_id = $1 and account_id = $2 and customer_ref <> '' limit 1", d.ID, a.ID)
	if err != nil {
		return page, fmt.Errorf("look for the provider's customer: %w", err)
	}
	customer, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	if errors.Is(err, pgx.ErrNoRows) {
		customer, err = saver.MakeCustomer(ctx, payment.Customer{ID: d.ID, Name: d.Name, Email: d.Email})
	}
	if err != nil {
		return page, err
	}
	page, err = saver.StartSetup(ctx, payment.Setup{ID: id, Customer: customer, ReturnURL: s.pages(d.TenantSlug, d.NetworkSlug) + "?method=" + id.String()})
	if err != nil {
		return page, err
	}
	_, err = s.db.Exec(ctx, "update payment_methods set customer_ref = $2, setup_ref = $3 where id = $1", id, customer, page.Ref)
	if err != nil {
		return page, fmt.Errorf("store the page of the way to pay: %w", err)
	}
	return page, nil
}

// explainProvider says what a provider answered to whoever asked, and what happens next.
func explainProvider(err error, next string) error {
	var refused *payment.Refusal
	switch {
	case errors.As(err, &refused):
		return fault.New(fault.Conflict, "The payment provider refused: %s", refused.Reason)
	case errors.Is(err, payment.ErrUncertain):
		return fault.New(fault.Unavailable, "The payment provider didn't answer. %s", next).Because(err)
	}
	return err
}

// SettleSetup looks up whether a driver has left a way to pay. Done twice, it is done once.
func (s *Service) SettleSetup(ctx context.Context, id uuid.UUID) error {
	var accountID uuid.UUID
	var ref, status string
	rows, err := s.db.Query(ctx, "select account_id, setup_ref, status from payment_methods where id = $1", id)
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, row.Scan(&accountID, &ref, &status) })
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.Missing("payment method")
	}
	if err != nil {
		return fmt.Errorf("load the way to pay: %w", err)
	}
	if status != "PENDING" || ref == "" {
		return nil
	}
	gateway, _, err := s.gateway(ctx, accountID)
	if err != nil {
		return err
	}
	saver, ok := gateway.(payment.Saver)
	if !ok {
		return fmt.Errorf("payment account %s keeps no ways to pay", accountID)
	}
	state, err := saver.LookupSetup(ctx, ref)
	if err != nil {
		return err
	}
	switch {
	case state.Done:
		_, err = s.db.Exec(ctx, "update payment_methods set status = 'ACTIVE', ref = $2, label = $3, expires = $4 where id = $1 and status = 'PENDING'",
			id, state.Method.Ref, label(state.Method), expiry(state.Method))
	case state.Expired:
		_, err = s.db.Exec(ctx, "update payment_methods set status = 'FAILED' where id = $1 and status = 'PENDING'", id)
	}
	if err != nil {
		return fmt.Errorf("store the way to pay: %w", err)
	}
	return nil
}

func label(m payment.Method) string {
	name := m.Brand
	if name == "" {
		name = m.Kind
	}
	if name != "" {
		name = string(name[0]&^0x20) + name[1:]
	}
	if m.Last4 == "" {
		return name
	}
	return name + " •••• " + m.Last4
}

func expiry(m payment.Method) string {
	if m.ExpiryYear == 0 {
		return ""
	}
	return fmt.Sprintf("%02d/%d", m.ExpiryMonth, m.ExpiryYear)
}

// RemoveMethod removes a way to pay. Automatic top-ups that were taken from it end.
func (s *Service) RemoveMethod(ctx context.Context, id uuid.UUID) (removed *ent.PaymentMethod, err error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if v.Kind == tenancy.KindDriver {
		if err := s.sees(ctx, "payment_methods", id, "payment method"); err != nil {
			return nil, err
		}
		ctx = forDriver(ctx, v)
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := tx.Ent.PaymentMethod.Get(ctx, id)
		if ent.IsNotFound(err) {
			return fault.Missing("payment method")
		}
		if err != nil {
			return fmt.Errorf("load the way to pay: %w", err)
		}
		if _, err := viewer(ctx, tenancy.PaymentWrite, m.NetworkID, "payment method"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "update wallets set auto_top_up_below = null, auto_top_up_amount = null, payment_method_id = null where payment_method_id = $1", id); err != nil {
			return fmt.Errorf("end automatic top-ups: %w", err)
		}
		if _, err := tx.Exec(ctx, "update payment_methods set status = 'REMOVED' where id = $1", id); err != nil {
			return fmt.Errorf("remove the way to pay: %w", err)
		}
		if err := tx.Enqueue(ctx, ForgetMethod{Tenant: m.TenantID, Method: id}, nil); err != nil {
			return err
		}
		if removed, err = tx.Ent.PaymentMethod.Get(ctx, id); err != nil {
			return fmt.Errorf("load the way to pay: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "payment_method.remove", Network: m.NetworkID, SubjectType: "driver", SubjectID: m.DriverID.String(), Details: map[string]any{"method": id, "label": m.Label},
		})
	})
	return removed, err
}

// sees refuses what isn't there for the viewer: for drivers, what isn't theirs.
func (s *Service) sees(ctx context.Context, table string, id uuid.UUID, what string) error {
	rows, err := s.db.Query(ctx, "select id from "+pgx.Identifier{table}.Sanitize()+" where id = $1", id)
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[uuid.UUID])
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.Missing(what)
	}
	if err != nil {
		return fmt.Errorf("look for the %s: %w", what, err)
	}
	return nil
}

// Forget has the provider forget a way to pay that was removed here. One that is forgotten already is no error.
func (s *Service) Forget(ctx context.Context, id uuid.UUID) error {
	var accountID uuid.UUID
	var ref, status string
	rows, err := s.db.Query(ctx, "select account_id, ref, status from payment_methods where id = $1", id)
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, row.Scan(&accountID, &ref, &status) })
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.Missing("payment method")
	}
	if err != nil {
		return fmt.Errorf("load the way to pay: %w", err)
	}
	if status != "REMOVED" || ref == "" {
		return nil
	}
	gateway, _, err := s.gateway(ctx, accountID)
	if err != nil {
		return err
	}
	if saver, ok := gateway.(payment.Saver); ok {
		return saver.Detach(ctx, ref)
	}
	return nil
}
