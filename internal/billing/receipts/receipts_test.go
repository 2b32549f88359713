package receipts_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/billing/receipts"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/mail"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// office is a network of a tenant with charges that were paid.
type office struct {
	*worldtest.World
	t       *testing.T
	tenant  worldtest.Tenant
	ctx     context.Context
	driver  uuid.UUID
	version uuid.UUID
	station uuid.UUID
}

const bill = `{"currency":"EUR","digits":2,"lines":[{"kind":"CHARGE","dimension":"ENERGY","element":1,"quantity":"8500","billed":"8500","unit_price":"0.50","tax_percent":"20",
	"net_minor":425,"tax_minor":85,"gross_minor":510,"from":"2030-01-01T10:00:00Z","to":"2030-01-01T11:00:00Z"}],"net_minor":425,"tax_minor":85,"gross_minor":510,
	"energy_wh":"8500","charging_s":"3600","idle_s":"0"}`

func newOffice(t *testing.T, w *worldtest.World, tenant worldtest.Tenant) *office {
	t.Helper()
	o := &office{World: w, t: t, tenant: tenant, ctx: tenancy.NewContext(context.Background(), tenancy.Billing(tenant.ID)), driver: uuid.Must(uuid.NewV7()), version: uuid.Must(uuid.NewV7())}
	of := uuid.Must(uuid.NewV7())
	w.Owner("insert into drivers (id, tenant_id, network_id, name, email, language) values ($1, $2, $3, 'Somebody', 'somebody@demo.example', 'nl')", o.driver, tenant.ID, tenant.Main)
	w.Owner("insert into tariffs (id, tenant_id, network_id, name, currency) values ($1, $2, $3, 'Plain', 'EUR')", of, tenant.ID, tenant.Main)
	w.Owner("insert into tariff_versions (id, tenant_id, network_id, tariff_id, number, definition, created_by) values ($1, $2, $3, $4, 1, '{}', 'somebody')", o.version, tenant.ID, tenant.Main, of)
	w.Owner("update tenants set legal_name = 'Energy Ltd', address = E'Quay 1\\n1000 Harbour', tax_id = 'NL1', receipt_prefix = 'R' where id = $1", tenant.ID)
	o.station = w.AddStation(tenant, tenant.Main, "CP1", 1).ID
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// charge makes a charge that was paid.
func (o *office) charge() uuid.UUID {
	o.t.Helper()
	session, id := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	o.Owner(`insert into charging_sessions (id, tenant_id, network_id, station_id, evse_no, connector_no, ocpp_transaction_id, started_at, start_received_at, stopped_at, status)
		values ($1, $2, $3, $4, 1, 1, '1', now() - interval '1 hour', now(), now(), 'COMPLETED')`, session, o.tenant.ID, o.tenant.Main, o.station)
	o.Owner(`insert into charges (id, tenant_id, network_id, session_id, driver_id, tariff_version_id, currency, net, tax, gross, bill, facts, status, paid_at)
		values ($1, $2, $3, $4, $5, $6, 'EUR', 425, 85, 510, $7, 'x', 'PAID', now())`, id, o.tenant.ID, o.tenant.Main, session, o.driver, o.version, bill)
	return id
}

func (o *office) correct(charge uuid.UUID, kind string, net, tax int64) uuid.UUID {
	o.t.Helper()
	id := uuid.Must(uuid.NewV7())
	o.Owner(`insert into charge_corrections (id, tenant_id, network_id, charge_id, key, kind, status, net, tax, gross, currency, reason, created_by)
		values ($1, $2, $3, $4, gen_random_uuid()::text, $5, 'APPLIED', $6::bigint, $7::bigint, $6::bigint + $7::bigint, 'EUR', 'The cable was short.', 'somebody')`, id, o.tenant.ID, o.tenant.Main, charge, kind, net, tax)
	return id
}

func (o *office) numbers() []string {
	o.t.Helper()
	found, err := o.DB.Ent().Receipt.Query().All(o.ctx)
	o.must(err)
	numbers := make([]string, len(found))
	for i, r := range found {
		numbers[i] = r.Number
	}
	slices.Sort(numbers)
	return numbers
}

// However many are written at once, and whatever fails meanwhile, numbers have no gaps and none is given twice.
func TestNumbers_HaveNoGaps(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	o := newOffice(t, w, w.A)
	broken := errors.New("broken")
	var all sync.WaitGroup
	for range 20 {
		id := o.charge()
		for range 3 {
			all.Go(func() {
				if err := o.Receipts.Write(o.ctx, id, uuid.Nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			err := o.DB.InTx(o.ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `insert into receipt_counters as c (tenant_id, prefix, year, last) values (busbar_tenant(), 'R', $1, 1)
					on conflict (tenant_id, prefix, year) do update set last = c.last + 1`, time.Now().Year())
				return errors.Join(err, broken)
			})
			if !errors.Is(err, broken) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	numbers := o.numbers()
	if len(numbers) != 20 || !strings.HasSuffix(numbers[0], "-000001") || !strings.HasSuffix(numbers[19], "-000020") || len(slices.Compact(slices.Clone(numbers))) != 20 {
		t.Errorf("the numbers are %v", numbers)
	}
}

// A correction has a paper of its own: what is given back is a credit note that names the receipt.
func TestWrite_CorrectionsAreTheirOwn(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	o := newOffice(t, w, w.A)
	charge := o.charge()
	back := o.correct(charge, "REFUND", -100, -20)
	if err := o.Receipts.Write(o.ctx, charge, back); !errors.Is(err, receipts.ErrEarly) {
		t.Fatalf("before the receipt that it corrects it was answered %v", err)
	}
	o.must(o.Receipts.Write(o.ctx, charge, uuid.Nil))
	for range 2 {
		o.must(o.Receipts.Write(o.ctx, charge, back))
		o.must(o.Receipts.Write(o.ctx, charge, o.correct(charge, "WRITE_OFF", 0, 0))) // says nothing, and takes no number
	}
	o.must(o.Receipts.Write(o.ctx, charge, o.correct(charge, "REBILL", 50, 10)))
	found, err := o.DB.Ent().Receipt.Query().All(o.ctx)
	o.must(err)
	var said []string
	for _, r := range found {
		d, err := receipts.Read([]byte(r.Document))
		o.must(err)
		o.must(d.Check())
		said = append(said, string(r.Kind)+" "+d.Number[len(d.Number)-1:]+" "+decimal.MustNew(d.Gross, 2).String()+" "+d.Seller.Name)
	}
	slices.Sort(said)
	if want := []string{"CREDIT_NOTE 2 -1.20 Energy Ltd", "RECEIPT 1 5.10 Energy Ltd", "RECEIPT 3 0.60 Energy Ltd"}; !slices.Equal(said, want) {
		t.Errorf("the papers are %q, want %q", said, want)
	}
}

// What the meter signed is on the paper as it was: the newest of the session.
func TestWrite_HasWhatTheMeterSigned(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	o := newOffice(t, w, w.A)
	charge := o.charge()
	for minute, data := range []string{"first", "last"} {
		w.Owner(`insert into meter_values (id, tenant_id, network_id, station_id, session_id, evse_no, at, received_at, measurand, value, unit, raw_value, signed)
			select gen_random_uuid(), $1, $2, $3, session_id, 1, now() + make_interval(mins => $4), now(), 'Energy.Active.Import.Register', 1, 'Wh', '1',
				jsonb_build_object('signedMeterData', $5::text, 'encodingMethod', 'OCMF', 'signingMethod', 'ECDSA', 'publicKey', 'key') from charges where id = $6`,
			w.A.ID, w.A.Main, o.station, minute, data, charge)
	}
	o.must(o.Receipts.Write(o.ctx, charge, uuid.Nil))
	d, err := receipts.Read([]byte(o.DB.Ent().Receipt.Query().OnlyX(o.ctx).Document))
	o.must(err)
	if m := d.Meter; m == nil || m.Text != "last" || m.Format != "OCMF ECDSA" || m.PublicKey != "key" {
		t.Errorf("the paper has %+v", m)
	}
	if _, err := d.PDF("en"); err != nil {
		t.Error(err)
	}
}

// The driver gets the paper by mail, in their language, once.
func TestMail_ReachesTheDriver(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	o := newOffice(t, w, w.A)
	o.must(o.Receipts.Write(o.ctx, o.charge(), uuid.Nil))
	id := worldtest.OwnerValue[uuid.UUID](w, "select id from receipts")
	for range 2 {
		o.must(o.Receipts.Mail(o.ctx, id))
	}
	mails := w.Mails.Mails()
	if len(mails) != 1 || mails[0].To.Email != "somebody@demo.example" || !strings.HasPrefix(mails[0].Subject, "Kwitantie R-") || !strings.Contains(mails[0].Text, "5.10 EUR") ||
		len(mails[0].Attachments) != 1 || !bytes.HasPrefix(mails[0].Attachments[0].Data, []byte("%PDF-")) {
		t.Fatalf("the mails are %+v", mails)
	}
	if status := worldtest.OwnerValue[string](w, "select email_status from receipts"); status != "SENT" {
		t.Errorf("afterwards it is %s", status)
	}
	o.must(o.Receipts.Again(o.tenant.As(tenancy.Finance), id, "books@demo.example"))
	o.must(o.Receipts.Mail(o.ctx, id))
	if mails = w.Mails.Mails(); len(mails) != 2 || mails[1].To.Email != "books@demo.example" || mails[1].ID != mails[0].ID {
		t.Errorf("mailed again, the mails are %+v", mails)
	}
	w.Owner("update drivers set language = 'hi'")
	o.must(o.Receipts.Again(o.tenant.As(tenancy.Finance), id, ""))
	o.must(o.Receipts.Mail(o.ctx, id))
	if mails = w.Mails.Mails(); len(mails) != 3 || !strings.Contains(mails[2].Subject, "रसीद R-") || !strings.Contains(mails[2].Text, "रसीद अंग्रेज़ी में है") {
		t.Errorf("in Hindi the mails are %+v", mails)
	}
}

type refusing struct{ err error }

func (r refusing) Send(context.Context, mail.Message) error { return r.err }

// A mail that will never be taken is given up with the reason; one that may be is tried again.
func TestMail_SaysWhyItFailed(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	o := newOffice(t, w, w.A)
	o.must(o.Receipts.Write(o.ctx, o.charge(), uuid.Nil))
	id := worldtest.OwnerValue[uuid.UUID](w, "select id from receipts")
	later := receipts.New(w.DB, refusing{&mail.Failure{Message: "The server is busy."}}, nil, nil)
	if err := later.Mail(o.ctx, id); err == nil || worldtest.OwnerValue[string](w, "select email_status from receipts") != "QUEUED" {
		t.Errorf("a busy server was answered %v", err)
	}
	never := receipts.New(w.DB, refusing{&mail.Failure{Refused: true, Message: "There is no such mailbox."}}, nil, nil)
	o.must(never.Mail(o.ctx, id))
	if said := worldtest.OwnerValue[string](w, "select email_status || ': ' || email_failure from receipts"); said != "FAILED: There is no such mailbox." {
		t.Errorf("a mailbox that isn't there gave %q", said)
	}
}

// Receipts of another tenant or network aren't there.
func TestSec099_ReceiptsAreTheTenantsOwn(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	a := newOffice(t, w, w.A)
	charge := a.charge()
	a.must(a.Receipts.Write(a.ctx, charge, uuid.Nil))
	id := worldtest.OwnerValue[uuid.UUID](w, "select id from receipts")
	for who, ctx := range map[string]context.Context{
		"another tenant": tenancy.NewContext(context.Background(), tenancy.Billing(w.B.ID)), "its owner": w.B.As(tenancy.Owner), "another network": w.A.In(w.A.Sub, tenancy.Owner),
	} {
		for what, do := range map[string]func() error{
			"writing": func() error { return a.Receipts.Write(ctx, charge, uuid.Nil) },
			"mailing": func() error { return a.Receipts.Mail(ctx, id) },
			"sending": func() error { return a.Receipts.Again(ctx, id, "x@demo.example") },
		} {
			if err := do(); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s by %s was answered %v", what, who, err)
			}
		}
	}
	if err := a.Receipts.Again(w.A.As(tenancy.Operator), id, ""); !fault.Is(err, fault.Forbidden) {
		t.Errorf("sending by an operator was answered %v", err)
	}
	b := newOffice(t, w, w.B)
	b.must(b.Receipts.Write(b.ctx, b.charge(), uuid.Nil))
	if numbers := b.numbers(); len(numbers) != 1 || !strings.HasSuffix(numbers[0], "-000001") {
		t.Errorf("the other tenant's numbers are %v", numbers)
	}
}

// A line that adjusts amounts of several tax rates is divided over them, to the cent.
func TestSplit_AdjustmentsOverSeveralRates(t *testing.T) {
	t.Parallel()
	seven, twenty := decimal.MustNew(7, 0), decimal.MustNew(20, 0)
	b := rating.Bill{Currency: "EUR", Digits: 2, NetMinor: 1000, TaxMinor: 152, GrossMinor: 1152, Lines: []rating.Line{
		{Kind: rating.Charge, Dimension: tariff.Energy, TaxPercent: &seven, NetMinor: 300, TaxMinor: 21, GrossMinor: 321},
		{Kind: rating.Charge, Dimension: tariff.Flat, TaxPercent: &twenty, NetMinor: 500, TaxMinor: 100, GrossMinor: 600},
		{Kind: rating.MinPrice, NetMinor: 200, TaxMinor: 31, GrossMinor: 231},
	}}
	split := receipts.Split(b)
	var net, tax int64
	for _, l := range split.Lines {
		net, tax = net+l.NetMinor, tax+l.TaxMinor
		if l.TaxPercent == nil || l.NetMinor+l.TaxMinor != l.GrossMinor {
			t.Errorf("a line is %+v", l)
		}
	}
	if len(split.Lines) != 4 || net != 1000 || tax != 152 || split.Lines[2].NetMinor != 75 || split.Lines[3].NetMinor != 125 {
		t.Errorf("the lines come to %d and %d: %+v", net, tax, split.Lines)
	}
}
