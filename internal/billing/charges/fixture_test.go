package charges_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/billing/wallet"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// shop is a network that sells energy to a driver at one station.
type shop struct {
	*worldtest.World
	t       *testing.T
	ctx     context.Context
	drivers *drivers.Service
	tariff  *ent.Tariff
	station *ent.Station
	driver  *ent.EVDriver
	wallet  *ent.Wallet
	tag     string
	charger *worldtest.Station
}

// newShop opens a shop with a tariff and an amount in the driver's wallet.
func newShop(t *testing.T, definition string, amount int64) *shop {
	t.Helper()
	w := worldtest.New(t)
	s := &shop{World: w, t: t, ctx: w.A.As(tenancy.Owner), drivers: drivers.New(w.DB, w.Bus, slog.New(slog.NewTextHandler(io.Discard, nil)))}
	w.Owner("update networks set free = false where tenant_id = $1", w.A.ID)
	if definition != "" {
		s.sell(definition)
	}
	var err error
	s.driver, err = s.drivers.Create(s.ctx, drivers.Spec{Name: "Somebody", Email: "somebody@demo.example", Network: w.A.Main})
	s.must(err)
	s.wallet = s.driver.QueryWallet().OnlyX(s.ctx)
	s.tag = s.driver.QueryTokens().OnlyX(s.ctx).IDTag
	if amount > 0 {
		s.topUp(amount)
	}
	s.station = w.AddStation(w.A, w.A.Main, "CP1", 2)
	s.charger = w.Onboarded(w.A, s.station)
	return s
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// sell makes a tariff count in the network.
func (s *shop) sell(definition string) {
	s.t.Helper()
	parsed, err := tariff.Parse([]byte(definition))
	s.must(err)
	s.tariff, err = s.Pricing.Create(s.ctx, pricing.Spec{Name: "Plain", Network: s.A.Main, Definition: parsed})
	s.must(err)
	_, err = s.Pricing.Assign(s.ctx, s.tariff.ID, pricing.Target{Level: pricing.OnNetwork, ID: s.A.Main})
	s.must(err)
}

// perKWh is a tariff for energy alone.
func perKWh(price string) string {
	return `{"currency":"EUR","tax_included":"N/A","elements":[{"price_components":[{"type":"ENERGY","price":` + price + `,"step_size":1}]}]}`
}

// topUp credits the wallet as a payment would.
func (s *shop) topUp(amount int64) {
	s.t.Helper()
	s.must(s.DB.InTx(s.ctx, func(ctx context.Context, tx *db.Tx) error {
		return wallet.TopUp(ctx, tx, wallet.Wallet{ID: s.wallet.ID, Network: s.A.Main, Currency: "EUR"}, uuid.New(), uuid.New(), amount)
	}))
}

// start begins a session at a connector, so long ago, and gives its transaction id and the answer to its token.
func (s *shop) start(connector int, tag string, meter int64, ago time.Duration) (transaction int64, status string) {
	s.t.Helper()
	a := worldtest.Do[struct {
		TransactionID int64
		IDTagInfo     struct{ Status string }
	}](s.charger, "StartTransaction", map[string]any{"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": at(ago)})
	return a.TransactionID, a.IDTagInfo.Status
}

func (s *shop) stop(transaction, meter int64, ago time.Duration) {
	s.t.Helper()
	worldtest.Do[any](s.charger, "StopTransaction", map[string]any{"transactionId": transaction, "meterStop": meter, "timestamp": at(ago)})
}

func at(ago time.Duration) string { return time.Now().Add(-ago).UTC().Format(time.RFC3339Nano) }

// session runs a session of an hour that took so much, and gives what is stored of it.
func (s *shop) session(wh int64) *ent.ChargingSession {
	s.t.Helper()
	transaction, _ := s.start(1, s.tag, 1000, time.Hour)
	s.stop(transaction, 1000+wh, 0)
	return s.newest()
}

func (s *shop) newest() *ent.ChargingSession {
	s.t.Helper()
	id := worldtest.OwnerValue[uuid.UUID](s.World, "select id from charging_sessions order by id desc limit 1")
	found, err := s.DB.Ent().ChargingSession.Get(s.ctx, id)
	s.must(err)
	return found
}

func (s *shop) charge(session *ent.ChargingSession) *ent.Charge {
	s.t.Helper()
	found, err := session.QueryCharge().Only(s.ctx)
	s.must(err)
	return found
}

// balance is what is in the wallet, and held what is set aside of it.
func (s *shop) balance() (balance, held int64) {
	s.t.Helper()
	return worldtest.OwnerValue[int64](s.World, "select coalesce(sum(e.amount), 0)::bigint from ledger_entries e join ledger_accounts a on a.id = e.account_id where a.kind = 'WALLET' and a.owner_id = $1", s.wallet.ID),
		worldtest.OwnerValue[int64](s.World, "select coalesce(sum(e.amount), 0)::bigint from ledger_entries e join ledger_accounts a on a.id = e.account_id where a.kind = 'HOLD'")
}

func (s *shop) account(kind string) int64 {
	s.t.Helper()
	return worldtest.OwnerValue[int64](s.World, "select coalesce(sum(e.amount), 0)::bigint from ledger_entries e join ledger_accounts a on a.id = e.account_id where a.kind = $1", kind)
}

// addsUp checks the books: they are sealed, verified, and zero.
func (s *shop) addsUp() {
	s.t.Helper()
	ctx := tenancy.NewContext(context.Background(), tenancy.Maintenance(s.A.ID))
	_, err := ledger.Seal(ctx, s.DB)
	s.must(err)
	report, err := ledger.Verify(ctx, s.DB)
	s.must(err)
	if len(report.Findings) > 0 {
		s.t.Errorf("the books show %+v", report.Findings)
	}
	if total := worldtest.OwnerValue[int64](s.World, "select coalesce(sum(amount), 0)::bigint from ledger_entries"); total != 0 {
		s.t.Errorf("all entries add up to %d", total)
	}
}

// issues are the kinds of what is open.
func (s *shop) issues() []string {
	s.t.Helper()
	open, err := s.DB.Ent().DetectedIssue.Query().All(s.ctx)
	s.must(err)
	var kinds []string
	for _, i := range open {
		if i.Status != "RESOLVED" {
			kinds = append(kinds, i.Kind)
		}
	}
	return kinds
}

func contains(text string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

func replace(format, with string) string { return strings.Replace(format, "%s", with, 1) }
