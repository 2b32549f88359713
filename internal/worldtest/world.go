// Package worldtest is a small world to test in: a real Postgres, the domain and the stations' endpoint over real sockets, and
// two tenants that collide in every name, each with two networks. What a test does to A must never show in B.
package worldtest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/receipts"
	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/deadjobs"
	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/ocpp"
	"github.com/busbar-ev/busbar/tenancy"
)

// Tenant is one of the two, with a viewer for each way of being in it.
type Tenant struct {
	ID        uuid.UUID
	Slug      string
	Main, Sub uuid.UUID
}

// World is everything that runs.
type World struct {
	URL      string // of the database, as its owner
	DB       *db.DB
	Journal  *journal.Journal
	Bus      bus.Bus
	Charging *charging.Service
	Issues   *issues.Service
	Pricing  *pricing.Service
	Charges  *charges.Service
	Receipts *receipts.Service
	Drivers  *drivers.Service
	Payments *payments.Service
	DeadJobs *deadjobs.Service
	Files    *files.Service
	Identity *identity.Service
	// Authorities sign for stations and believe them.
	Authorities *authority.Service
	Mails       *Mailbox
	Stations    *ocpp.Server
	HTTP        *httptest.Server
	A, B        Tenant

	tb    testing.TB
	blobs files.Blobs
	// secure is the stations' endpoint over TLS, once somebody dialled it.
	secure     *httptest.Server
	secureOnce sync.Once
}

// Option changes how a world is made.
type Option func(*settings)

type settings struct {
	ocpp      ocpp.Config
	bus       bus.Bus
	node      string
	url       string
	cost      Cost
	costEvery time.Duration
	blobs     files.Blobs
	now       func() time.Time
	// providers is where the payment providers of accounts are.
	providers func(payment.Account) string
}

// Cost is what a session costs so far.
type Cost = func(ctx context.Context, tx *db.Tx, session uuid.UUID) (*decimal.Decimal, error)

// WithCost sets who reckons what sessions cost, and has stations told with every event.
func WithCost(c Cost) Option { return func(s *settings) { s.cost, s.costEvery = c, time.Nanosecond } }

// WithProviders sets where the payment providers of accounts are. Without it, nobody is asked: there are none at the address.
func WithProviders(url func(payment.Account) string) Option {
	return func(s *settings) { s.providers = url }
}

// WithOCPP sets how the endpoint behaves.
func WithOCPP(c ocpp.Config) Option { return func(s *settings) { s.ocpp = c } }

// WithClock sets the clock of what concerns stations and their certificates.
func WithClock(now func() time.Time) Option { return func(s *settings) { s.now = now } }

// WithPeer makes a second node over the same database and bus.
func WithPeer(of *World, node string) Option {
	return func(s *settings) { s.bus, s.node, s.url, s.blobs = of.Bus, node, of.URL, of.blobs }
}

// New makes a world that ends with the test.
func New(tb testing.TB, options ...Option) *World {
	tb.Helper()
	s := settings{node: "node-1", ocpp: ocpp.Config{SettleDelay: time.Millisecond, BootPatience: 300 * time.Millisecond, CallTimeout: 5 * time.Second}}
	for _, o := range options {
		o(&s)
	}
	w := &World{tb: tb, URL: s.url, Bus: s.bus, blobs: s.blobs}
	fresh := w.URL == ""
	if fresh {
		w.URL = dbtest.New(tb)
		w.Bus = bus.NewMemory()
		w.cleanup("close the bus", func(context.Context) error { return w.Bus.Close() })
	}
	ctx := context.Background()
	logger := slog.New(slog.NewTextHandler(testLog{tb}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var err error
	w.DB, err = db.Open(ctx, w.URL, db.Options{MaxConns: 8})
	w.must(err, "open the database")
	w.cleanup("close the database", func(context.Context) error { w.DB.Close(); return nil })
	w.Journal, err = journal.Open(ctx, w.DB.JournalPool(), logger)
	w.must(err, "open the journal")
	w.cleanup("close the journal", w.Journal.Close)
	mux := &late{}
	w.HTTP = httptest.NewServer(mux)
	w.cleanup("close HTTP", func(context.Context) error { w.HTTP.Close(); return nil })
	w.Charging = charging.New(w.DB, w.Journal, w.Bus, logger, charging.Config{
		Node: s.node, Now: s.now, Cost: s.cost, CostEvery: s.costEvery, Pepper: []byte("pepper for tests"), Secret: []byte("a secret of 32 bytes for stations"), StationURLs: []string{"ws" + strings.TrimPrefix(w.HTTP.URL, "http")},
	})
	w.Authorities, err = authority.New(w.DB, logger, authority.Config{Secret: []byte("a secret of 32 bytes for signing!"), PublicURL: w.HTTP.URL, Now: s.now})
	w.must(err, "make authorities")
	w.Charging.UseAuthorities(w.Authorities)
	w.Drivers = drivers.New(w.DB, w.Bus, logger)
	if w.blobs == nil {
		directory, err := files.OpenDirectory(w.tempDir())
		w.must(err, "open the directory for files")
		w.cleanup("close the directory for files", func(context.Context) error { return directory.Close() })
		w.blobs = directory
	}
	w.Files = files.New(w.DB, w.blobs, logger, files.Config{PublicURL: w.HTTP.URL})
	w.Charging.UseFiles(w.Files)
	w.Issues = issues.New(w.DB, w.Bus)
	w.Pricing = pricing.New(w.DB, w.Issues, nil)
	w.Charges = charges.New(w.DB, w.Pricing, w.Issues, logger, nil)
	w.Charging.UseCharges(w.Charges)
	w.addPayments(s.providers, logger)
	w.Files.OnReceived(w.Charging.ReceiveFile)
	w.Drivers.UseCharges(w.Charges)
	w.Drivers.UseCharging(w.Charging)
	w.Mails = &Mailbox{}
	w.Receipts = receipts.New(w.DB, w.Mails, logger, nil)
	w.Identity = identity.New(w.DB, w.Bus, logger, identity.Config{PublicURL: w.HTTP.URL, Secret: []byte("a secret of 32 bytes for testing"), Mail: w.Mails})
	w.Identity.UseDrivers(w.Drivers)
	w.cleanup("finish mails", w.Identity.FinishMails)
	w.Stations, err = ocpp.NewServer(w.Charging, w.Journal, w.Bus, logger, s.ocpp)
	w.must(err, "start the endpoint")
	mux.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if files.Claims(r) {
			w.Files.ServeHTTP(rw, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/webhooks/") {
			w.Payments.Handler().ServeHTTP(rw, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/pki/") {
			w.Authorities.Handler().ServeHTTP(rw, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/auth/") {
			w.Identity.Handler().ServeHTTP(rw, r)
			return
		}
		w.Stations.ServeHTTP(rw, r)
	})
	background, stop := context.WithCancel(ctx)
	w.must(w.Charging.Run(background), "join the cluster")
	w.cleanup("finish what was ordered", w.Charging.FinishCommands)
	w.cleanup("drain", func(ctx context.Context) error { stop(); return w.Stations.Drain(ctx) })
	if fresh {
		w.A, w.B = w.addTenant("alpha"), w.addTenant("beta")
	}
	return w
}

// addPayments makes what moves money over providers, with connections of its own that end with the world.
func (w *World) addPayments(providers func(payment.Account) string, logger *slog.Logger) {
	if providers == nil {
		providers = func(payment.Account) string { return "http://127.0.0.1:1" }
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}, Timeout: payment.Patience}
	w.cleanup("close connections to payment providers", func(context.Context) error { client.CloseIdleConnections(); return nil })
	var err error
	w.Payments, err = payments.New(w.DB, w.Issues, logger, payments.Config{
		PublicURL: w.HTTP.URL, Secret: []byte("a secret of 32 bytes for payments"), URL: providers, HTTPClient: client,
	})
	w.must(err, "make payments")
	w.DeadJobs, err = deadjobs.New(w.DB)
	w.must(err, "reach dead jobs")
}

// tempDir is a directory of the world's own. A fuzz target, which may open a world, has none of its own to give.
func (w *World) tempDir() string {
	dir, err := os.MkdirTemp("", "busbar-world-")
	w.must(err, "make a directory")
	w.cleanup("remove the directory", func(context.Context) error { return os.RemoveAll(dir) })
	return dir
}

func (w *World) cleanup(what string, do func(context.Context) error) {
	w.tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := do(ctx); err != nil {
			w.tb.Errorf("%s: %v", what, err)
		}
	})
}

func (w *World) must(err error, what string) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatalf("%s: %v", what, err)
	}
}

// Owner runs a statement as the owner of the database, behind every wall.
func (w *World) Owner(sql string, args ...any) {
	w.tb.Helper()
	conn, err := pgx.Connect(context.Background(), w.URL)
	w.must(err, "connect as owner")
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(context.Background(), sql, args...)
	w.must(err, "run "+sql)
}

// OwnerValue reads one value as the owner of the database, behind every wall.
func OwnerValue[T any](w *World, sql string, args ...any) (v T) {
	w.tb.Helper()
	conn, err := pgx.Connect(context.Background(), w.URL)
	w.must(err, "connect as owner")
	defer func() { _ = conn.Close(context.Background()) }()
	w.must(conn.QueryRow(context.Background(), sql, args...).Scan(&v), "read "+sql)
	return v
}

// addTenant makes a tenant with a main network and one of a sub-client. Charging is free in both; a tariff that is assigned changes that.
func (w *World) addTenant(slug string) Tenant {
	t := Tenant{ID: journal.NewID(), Slug: slug, Main: journal.NewID(), Sub: journal.NewID()}
	w.Owner("insert into tenants (id, slug, name, currency, timezone) values ($1, $2, 'Same name', 'EUR', 'Europe/Berlin')", t.ID, slug)
	w.Owner("insert into networks (id, tenant_id, slug, name, currency, free, created_at) values ($1, $2, 'main', 'Main', 'EUR', true, now() - interval '1 hour'), ($3, $2, 'sub', 'Sub', 'EUR', true, now())",
		t.Main, t.ID, t.Sub)
	return t
}

// Key makes an API key with a role in the tenant, or in one network of it.
func (w *World) Key(t Tenant, role tenancy.Role, network uuid.UUID, scopes ...string) string {
	w.tb.Helper()
	_, key, err := w.Identity.CreateAPIKey(tenancy.NewContext(context.Background(), tenancy.Console(t.ID)),
		identity.KeySpec{Name: string(role), Role: role, Network: network, Scopes: scopes})
	w.must(err, "make a key")
	return key
}

// As is a context in which somebody with the role acts in the whole tenant.
func (t Tenant) As(role tenancy.Role) context.Context {
	return tenancy.NewContext(context.Background(), tenancy.Viewer{
		Kind: tenancy.KindUser, Tenant: t.ID, ID: uuid.New(), Name: string(role), Grants: []tenancy.Grant{{Role: role}},
	})
}

// In is a context in which somebody with the role acts in one network of the tenant.
func (t Tenant) In(network uuid.UUID, role tenancy.Role) context.Context {
	return tenancy.NewContext(context.Background(), tenancy.Viewer{
		Kind: tenancy.KindUser, Tenant: t.ID, ID: uuid.New(), Name: string(role), Grants: []tenancy.Grant{{Role: role, Network: network}},
	})
}
