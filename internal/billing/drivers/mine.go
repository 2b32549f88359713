package drivers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// What drivers see of themselves. It is asked as the database's role for drivers, which has no other rows and no other columns, so
// nothing here says whose the rows have to be.

// me is the driver who is acting.
func me(ctx context.Context) (tenancy.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return v, err
	}
	if v.Kind != tenancy.KindDriver {
		return v, fault.New(fault.Forbidden, "This is a driver's own: sign in as one.")
	}
	return v, nil
}

// list asks as the driver.
func list[T any](ctx context.Context, s *Service, what, sql string, args ...any) ([]T, error) {
	if _, err := me(ctx); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("load the driver's %s: %w", what, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[T])
	if err != nil {
		return nil, fmt.Errorf("load the driver's %s: %w", what, err)
	}
	return found, nil
}

// one is the first of a list, or nothing.
func one[T any](found []T, err error) (*T, error) {
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// Profile is the driver with where they charge.
type Profile struct {
	ID                                       uuid.UUID
	Name, Email, Phone, Language             string
	Blocked                                  bool
	Tenant, TenantSlug, Network, NetworkSlug string
	Currency                                 string
	Wallet                                   uuid.UUID
	CreditLimit                              int64
	AutoTopUpBelow, AutoTopUpSum             *int64
	PaymentMethod                            *uuid.UUID
}

// Profile tells who the driver is.
func (s *Service) Profile(ctx context.Context) (*Profile, error) {
	p, err := one(list[Profile](ctx, s, "profile", `select d.id, d.name, d.email, d.phone, d.language, d.status = 'BLOCKED', t.name, t.slug, n.name, n.slug, w.currency,
			w.id, w.credit_limit, w.auto_top_up_below, w.auto_top_up_amount, w.payment_method_id
		from drivers d join tenants t on t.id = d.tenant_id join networks n on n.id = d.network_id join wallets w on w.driver_id = d.id`))
	if err == nil && p == nil {
		err = fault.Missing("driver")
	}
	return p, err
}

// Session is a session of the driver's.
type Session struct {
	ID, StationID          uuid.UUID
	Identity, Place, City  string
	EvseNo, ConnectorNo    int
	StartedAt              time.Time
	StoppedAt              *time.Time
	EnergyWh, PowerW, Soc  *float64
	Status, StopReason     string
	Charge                 *uuid.UUID
	Total                  *int64
	Currency, ChargeStatus *string
	// GivenBack is the sum of its corrections, less than nothing where more was taken; nil where there are none.
	GivenBack *int64
}

// Running reports whether the session goes on.
func (s *Session) Running() bool { return s.Status == "RUNNING" || s.Status == "PENDING" }

const mySessions = `select c.id, c.station_id, coalesce(s.identity, ''), coalesce(l.name, s.name, ''), coalesce(l.city, ''), c.evse_no, c.connector_no, c.started_at, c.stopped_at,
		c.energy_wh::float8, c.power_w, c.soc, c.status, c.stop_reason, h.id, h.gross, h.currency, h.status,
		(select -sum(x.gross)::bigint from charge_corrections x where x.charge_id = h.id and x.status = 'APPLIED' and x.kind <> 'WRITE_OFF')
	from charging_sessions c left join stations s on s.id = c.station_id left join locations l on l.id = c.location_id left join charges h on h.session_id = c.id `

// Sessions are the driver's, the newest first, that began before a moment where one is given.
func (s *Service) Sessions(ctx context.Context, before *time.Time, most int) ([]Session, error) {
	return list[Session](ctx, s, "sessions", mySessions+"where $1::timestamptz is null or c.started_at < $1 order by c.started_at desc, c.id desc limit $2", before, most)
}

// RunningSessions are those that go on.
func (s *Service) RunningSessions(ctx context.Context) ([]Session, error) {
	return list[Session](ctx, s, "sessions", mySessions+"where c.status in ('PENDING', 'RUNNING') order by c.started_at desc, c.id desc limit 20")
}

// Session is one of the driver's, or nil.
func (s *Service) Session(ctx context.Context, id uuid.UUID) (*Session, error) {
	return one(list[Session](ctx, s, "session", mySessions+"where c.id = $1", id))
}

// CostOf is what a session costs so far, or in all; nil where nothing says what it costs. The session has been loaded as the driver.
func (s *Service) CostOf(ctx context.Context, session *Session) (*rating.Bill, error) {
	v, err := me(ctx)
	if err != nil || s.charges == nil {
		return nil, err
	}
	bill, err := s.charges.CostOf(tenancy.NewContext(ctx, tenancy.OnBehalfOf(v)), s.db, session.ID)
	if err != nil && fault.Of(err) != nil {
		return nil, nil //nolint:nilerr // a session without a price has no cost to show
	}
	return bill, err
}

// Bill is the bill of a session as it counts now, after whatever was rebilled; nil before there is one. What was given back as money is
// not in its lines.
func (s *Service) Bill(ctx context.Context, session *Session) (json.RawMessage, error) {
	if session.Charge == nil {
		return nil, nil
	}
	found, err := list[struct{ Bill json.RawMessage }](ctx, s, "bill", `select coalesce((select x.bill from charge_corrections x where x.charge_id = c.id and x.status = 'APPLIED' and x.bill is not null
		order by x.id desc limit 1), c.bill) as bill from charges c where c.id = $1`, *session.Charge)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0].Bill, nil
}

// UseCharges sets who says what sessions cost so far.
func (s *Service) UseCharges(c *charges.Service) { s.charges = c }

// Receipt is what the driver got for a charge.
type Receipt struct {
	ID           uuid.UUID
	Session      uuid.UUID
	Kind, Number string
	Currency     string
	Gross        int64
	At           time.Time
	// Document is the receipt as package invoice reads it.
	Document json.RawMessage
}

const myReceipts = `select r.id, h.session_id, r.kind, r.number, r.currency, r.gross, r.created_at, r.document from receipts r join charges h on h.id = r.charge_id `

// Receipts are the driver's, the newest first.
func (s *Service) Receipts(ctx context.Context, most int) ([]Receipt, error) {
	return list[Receipt](ctx, s, "receipts", myReceipts+"order by r.created_at desc, r.id desc limit $1", most)
}

// ReceiptsOf are those of one session.
func (s *Service) ReceiptsOf(ctx context.Context, session uuid.UUID) ([]Receipt, error) {
	return list[Receipt](ctx, s, "receipts", myReceipts+"where h.session_id = $1 order by r.created_at, r.id", session)
}

// Paid is a payment of the driver's.
type Paid struct {
	ID                 uuid.UUID
	Provider, Purpose  string
	Amount             int64
	Currency, Status   string
	CheckoutURL        string
	Captured, Refunded int64
	Failure            string
	ExpiresAt          time.Time
	SettledAt          *time.Time
	At                 time.Time
}

// OpenURL is where a payment is made that waits for that; empty otherwise.
func (p *Paid) OpenURL() string {
	if p.Status != "PENDING" || !p.ExpiresAt.After(time.Now()) {
		return ""
	}
	return p.CheckoutURL
}

const myPayments = `select id, provider, purpose, amount, currency, status, checkout_url, captured, refunded, failure, expires_at, settled_at, created_at from payments `

// Payments are the driver's, the newest first.
func (s *Service) Payments(ctx context.Context, most int) ([]Paid, error) {
	return list[Paid](ctx, s, "payments", myPayments+"order by created_at desc, id desc limit $1", most)
}

// Payment is one of the driver's, or nil.
func (s *Service) Payment(ctx context.Context, id uuid.UUID) (*Paid, error) {
	return one(list[Paid](ctx, s, "payment", myPayments+"where id = $1", id))
}

// Method is a way to pay that the driver saved at a provider.
type Method struct {
	ID                     uuid.UUID
	Label, Expires, Status string
}

// Methods are the driver's that work, or may soon.
func (s *Service) Methods(ctx context.Context) ([]Method, error) {
	return list[Method](ctx, s, "ways to pay", "select id, label, expires, status from payment_methods where status <> 'REMOVED' order by created_at desc limit 50")
}

// Card is what identifies the driver to a station.
type Card struct {
	ID                         uuid.UUID
	IDTag, Type, Label, Status string
	ValidUntil                 *time.Time
}

// Cards are the driver's tokens.
func (s *Service) Cards(ctx context.Context) ([]Card, error) {
	return list[Card](ctx, s, "tokens", "select id, id_tag, type, label, status, valid_until from tokens order by created_at limit 100")
}

// noRows tells an empty answer from a failure.
func noRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
