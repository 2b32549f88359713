// Package receipts owns the papers of charges: their numbers, what was written on them, and that they reach the driver.
//
//	charge paid, or corrected ─ job ─> Write: number without gaps + document, in one transaction ─ job ─> Send: mail with the PDF
//	                                                                   └─> JSON, PDF whenever somebody asks
//
// A number is taken in the transaction that stores its paper, under a lock on the tenant's counter: there is neither a gap nor a number
// that was given twice. What a paper says is stored with it and never changes; a correction gets a paper of its own.
package receipts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/invoice"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/mail"
)

// Service writes receipts and mails them.
type Service struct {
	db     *db.DB
	mail   mail.Sender
	logger *slog.Logger
	now    func() time.Time
}

// New makes the service. Now is the clock; nil is the system's.
func New(database *db.DB, sender mail.Sender, logger *slog.Logger, now func() time.Time) *Service {
	if sender == nil {
		sender = mail.Nowhere{}
	}
	if now == nil {
		now = time.Now
	}
	return &Service{db: database, mail: sender, logger: logger, now: now}
}

// Send is the job that mails a receipt.
type Send struct {
	Tenant  uuid.UUID `json:"tenant"`
	Receipt uuid.UUID `json:"receipt"`
}

// Kind names the job.
func (Send) Kind() string { return "send_receipt" }

// source is what a receipt is written from.
type source struct {
	Tenant, Network, Charge uuid.UUID
	Driver, Wallet          *uuid.UUID
	Status                  string
	Bill                    []byte
	Currency                string
	PaidAt                  *time.Time
	Session                 uuid.UUID
	Start                   time.Time
	Stop                    *time.Time
	EvseNo                  int
	Identity                string
	StationName, Location   *string
	Zone, TenantZone        string
	TenantName, LegalName   string
	Address, TaxID, Prefix  string
	DriverName, DriverEmail *string
	Original                *string
}

const selectSource = `
	select c.tenant_id, c.network_id, c.id, c.driver_id, c.wallet_id, c.status, c.bill, c.currency, c.paid_at, s.id, s.started_at, s.stopped_at, s.evse_no, st.identity, st.name,
		concat_ws(', ', l.name, nullif(l.address, ''), nullif(l.city, '')), coalesce(nullif(l.timezone, ''), t.timezone), t.timezone, t.name, t.legal_name, t.address, t.tax_id,
		t.receipt_prefix, d.name, nullif(d.email, ''), (select number from receipts r where r.charge_id = c.id and r.correction_id is null)
	from charges c join charging_sessions s on s.id = c.session_id join stations st on st.id = s.station_id join tenants t on t.id = c.tenant_id
		left join locations l on l.id = s.location_id left join drivers d on d.id = c.driver_id
	where c.id = $1`

// Write writes the receipt of a charge that was paid, or of a correction of it. Asked for again, it is the one that there is.
func (s *Service) Write(ctx context.Context, charge, correction uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "select from charges where id = $1 for update", charge); err != nil {
			return fmt.Errorf("lock the charge: %w", err)
		}
		var known bool
		if err := tx.QueryRow(ctx, "select exists (select from receipts where charge_id = $1 and correction_id is not distinct from $2)", charge, db.OrNull(correction)).Scan(&known); err != nil {
			return fmt.Errorf("look for the receipt: %w", err)
		}
		if known {
			return nil
		}
		rows, err := tx.Query(ctx, selectSource, charge)
		if err != nil {
			return fmt.Errorf("load what the receipt is about: %w", err)
		}
		from, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[source])
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.Missing("charge")
		}
		if err != nil {
			return fmt.Errorf("load what the receipt is about: %w", err)
		}
		if correction != uuid.Nil && from.Original == nil {
			// Their order is that of what happened: the receipt that is corrected comes first.
			return ErrEarly
		}
		document, err := s.document(ctx, tx, from, correction)
		if err != nil || document == nil {
			return err
		}
		return s.store(ctx, tx, from, correction, document)
	})
}

// ErrEarly has a correction's paper wait for the one that it corrects.
var ErrEarly = errors.New("the receipt that is corrected isn't written yet")

// document says what the paper says; nil where there is nothing to say.
func (s *Service) document(ctx context.Context, tx *db.Tx, from *source, correction uuid.UUID) (*invoice.Document, error) {
	about := invoice.Document{
		Kind: invoice.Receipt, IssuedAt: s.now(), Zone: from.Zone, Seller: from.seller(), Buyer: from.buyer(),
		Session: &invoice.Session{ID: from.Session.String(), Location: text(from.Location), Station: from.station(), EVSE: fmt.Sprint(from.EvseNo), Start: from.Start, Stop: *from.Stop},
	}
	if from.PaidAt != nil {
		about.Paid = &invoice.Payment{Method: invoice.Wallet, Reference: from.Charge.String(), At: *from.PaidAt}
	}
	var err error
	if about.Meter, err = signed(ctx, tx, from.Session); err != nil {
		return nil, err
	}
	var bill rating.Bill
	if err := json.Unmarshal(from.Bill, &bill); err != nil {
		return nil, fmt.Errorf("read the bill: %w", err)
	}
	if correction != uuid.Nil {
		return s.corrected(ctx, tx, from, correction, about, bill)
	}
	if about.Number, err = s.number(ctx, tx, from); err != nil {
		return nil, err
	}
	document, err := invoice.FromBill(Split(bill), about)
	return &document, err
}

func (f *source) seller() invoice.Party {
	name := f.LegalName
	if name == "" {
		name = f.TenantName
	}
	return invoice.Party{Name: name, AddressLines: lines(f.Address), TaxID: f.TaxID}
}

func (f *source) buyer() invoice.Party {
	return invoice.Party{Name: text(f.DriverName), Email: text(f.DriverEmail)}
}

func (f *source) station() string {
	if name := text(f.StationName); name != "" {
		return name
	}
	return f.Identity
}

func lines(s string) (out []string) {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// number takes the next of the tenant's year. It is the tenant's counter that makes others wait, until this is committed.
func (s *Service) number(ctx context.Context, tx *db.Tx, from *source) (string, error) {
	zone, err := time.LoadLocation(from.TenantZone)
	if err != nil {
		return "", fmt.Errorf("find the tenant's time zone: %w", err)
	}
	year := s.now().In(zone).Year()
	var n int64
	if err := tx.QueryRow(ctx, `insert into receipt_counters as c (tenant_id, prefix, year, last) values ($1, $2, $3, 1)
		on conflict (tenant_id, prefix, year) do update set last = c.last + 1 returning last`, from.Tenant, from.Prefix, year).Scan(&n); err != nil {
		return "", fmt.Errorf("take the receipt's number: %w", err)
	}
	return invoice.Number(from.Prefix, year, n)
}

// signed is the newest value of the session that its meter signed, as the station gave it.
func signed(ctx context.Context, tx *db.Tx, session uuid.UUID) (*invoice.SignedMeter, error) {
	var raw []byte
	err := tx.QueryRow(ctx, "select signed from meter_values where tenant_id = busbar_tenant() and session_id = $1 and signed is not null order by at desc limit 1", session).Scan(&raw)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load what the meter signed: %w", err)
	}
	// OCPP 2.0.1 Part 2 §2.43, SignedMeterValueType.
	var v struct {
		SignedMeterData, SigningMethod, EncodingMethod, PublicKey string
	}
	if err := json.Unmarshal(raw, &v); err != nil || v.SignedMeterData == "" {
		return &invoice.SignedMeter{Format: "JSON", Text: string(raw)}, nil
	}
	return &invoice.SignedMeter{Format: strings.TrimSpace(v.EncodingMethod + " " + v.SigningMethod), Text: v.SignedMeterData, PublicKey: v.PublicKey}, nil
}

// store keeps the paper, and has it mailed where the driver has an address.
func (s *Service) store(ctx context.Context, tx *db.Tx, from *source, correction uuid.UUID, d *invoice.Document) error {
	stored, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("write the receipt down: %w", err)
	}
	id, email, status := uuid.Must(uuid.NewV7()), text(from.DriverEmail), "NONE"
	if email != "" {
		status = "QUEUED"
	}
	if _, err := tx.Exec(ctx, `insert into receipts (id, tenant_id, network_id, charge_id, correction_id, driver_id, kind, number, currency, gross, document, email, email_status)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		id, from.Tenant, from.Network, from.Charge, db.OrNull(correction), from.Driver, d.Kind, d.Number, d.Currency, d.Gross, stored, email, status); err != nil {
		return fmt.Errorf("store the receipt: %w", err)
	}
	if email == "" {
		return nil
	}
	return tx.Enqueue(ctx, Send{Tenant: from.Tenant, Receipt: id}, nil)
}

// Read reads what a stored receipt says.
func Read(document []byte) (*invoice.Document, error) {
	var d invoice.Document
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("read a receipt: %w", err)
	}
	return &d, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
