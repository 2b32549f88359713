package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const goodPassword = "a long enough password"

// place is a service over a database of its own, with two tenants whose names and slugs collide where they can.
type place struct {
	*Service
	t     *testing.T
	url   string
	clock *clock
	a, b  site
}

// site is a tenant with its first network, and another one of the same slug in either.
type site struct {
	slug         string
	tenant       uuid.UUID
	main, second uuid.UUID
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, err error, code fault.Code, field string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Code != code || f.Field != field {
		t.Errorf("the answer is %#v (%v), want %s in field %q", f, err, code, field)
	}
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := bare(t)
	p.a, p.b = p.site("alpha"), p.site("beta")
	return p
}

// bare is a place without tenants.
func bare(t *testing.T) *place {
	t.Helper()
	url := dbtest.New(t)
	p := &place{t: t, url: url, clock: &clock{now: time.Now()}}
	p.Service = p.node(bus.NewMemory())
	return p
}

// node is another process on the same database.
func (p *place) node(b bus.Bus) *Service {
	p.t.Helper()
	d, err := db.Open(p.t.Context(), p.url, db.Options{MaxConns: 8})
	ok(p.t, err)
	p.t.Cleanup(d.Close)
	p.t.Cleanup(func() { _ = b.Close() })
	return New(d, b, slog.New(slog.DiscardHandler), Config{
		PublicURL: "https://portal.example/", Secret: []byte("0123456789abcdef0123456789abcdef"), Secure: true, Now: p.clock.Now,
	})
}

func (p *place) site(slug string) site {
	p.t.Helper()
	tenant, main, err := p.CreateTenant(p.t.Context(), NewTenant{Slug: slug, Name: "Demo Charging", OwnerEmail: "owner@" + slug + ".example", OwnerPassword: goodPassword})
	ok(p.t, err)
	second, err := p.CreateNetwork(console(p.t, tenant), NetworkSpec{Name: "Depot"})
	ok(p.t, err)
	return site{slug, tenant, main, second.ID}
}

func console(t *testing.T, tenant uuid.UUID) context.Context {
	return tenancy.NewContext(t.Context(), tenancy.Console(tenant))
}

// as is a person with one role, in one network or with uuid.Nil in the whole tenant.
func as(t *testing.T, tenant uuid.UUID, role tenancy.Role, network uuid.UUID) context.Context {
	return tenancy.NewContext(t.Context(), tenancy.Viewer{Kind: tenancy.KindUser, Tenant: tenant, ID: newID(), Name: "Somebody",
		Grants: []tenancy.Grant{{Role: role, Network: network}}})
}

// invite makes a member who hasn't accepted, and returns the link's token.
func (p *place) invite(ctx context.Context, email string, role tenancy.Role, network uuid.UUID) (id uuid.UUID, token string) {
	p.t.Helper()
	m, link, err := p.InviteMember(ctx, Invitation{Email: email, Name: "Somebody", Role: role, Network: network})
	ok(p.t, err)
	token, found := strings.CutPrefix(link, "https://portal.example/invite/")
	if !found {
		p.t.Fatalf("the link is %q", link)
	}
	return m.ID, token
}

// member makes a member who has accepted.
func (p *place) member(tenant uuid.UUID, email string, role tenancy.Role, network uuid.UUID) uuid.UUID {
	p.t.Helper()
	id, token := p.invite(console(p.t, tenant), email, role, network)
	ok(p.t, p.AcceptInvitation(p.t.Context(), token, goodPassword))
	return id
}

// key makes an API key.
func (p *place) key(tenant uuid.UUID, spec KeySpec) (id uuid.UUID, key string) {
	p.t.Helper()
	if spec.Name == "" {
		spec.Name = "App"
	}
	k, key, err := p.CreateAPIKey(console(p.t, tenant), spec)
	ok(p.t, err)
	return k.ID, key
}

// sql runs a statement as the superuser of the test's server, past every wall.
func (p *place) sql(statement string, args ...any) {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.url)
	ok(p.t, err)
	defer func() { ok(p.t, conn.Close(p.t.Context())) }()
	_, err = conn.Exec(p.t.Context(), statement, args...)
	ok(p.t, err)
}

func read[T any](p *place, query string, args ...any) T {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.url)
	ok(p.t, err)
	defer func() { ok(p.t, conn.Close(p.t.Context())) }()
	var v T
	ok(p.t, conn.QueryRow(p.t.Context(), query, args...).Scan(&v))
	return v
}

// snapshot is whatever the tables of people hold, to see that a refusal left no trace.
func (p *place) snapshot() string {
	return read[string](p, `select concat_ws('|', (select json_agg(t order by id) from tenants t), (select json_agg(n order by id) from networks n),
		(select json_agg(m order by id) from memberships m), (select json_agg(k order by id) from api_keys k), (select json_agg(u order by id) from users u))`)
}

// refused runs what must be refused and checks that it changed nothing.
func (p *place) refused(code fault.Code, field string, act func() error) {
	p.t.Helper()
	before := p.snapshot()
	want(p.t, act(), code, field)
	if p.snapshot() != before {
		p.t.Error("what was refused left a trace")
	}
}

// post knocks at a door.
func (p *place) post(path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), http.MethodPost, "https://portal.example"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	return w
}

func credentials(email, password string) string {
	body, _ := json.Marshal(map[string]string{"email": email, "password": password})
	return string(body)
}

// signIn returns the session's cookie.
func (p *place) signIn(email, password string, change ...func(*http.Request)) *http.Cookie {
	p.t.Helper()
	w := p.post("/auth/login", credentials(email, password), change...)
	if w.Code != http.StatusNoContent {
		p.t.Fatalf("signing in as %s answers %d: %s", email, w.Code, w.Body)
	}
	return sessionCookie(p.t, w)
}

func sessionCookie(t *testing.T, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	for _, c := range w.Result().Cookies() { //nolint:bodyclose // a recorder's body needs no closing
		if c.Name == cookieName {
			return c
		}
	}
	t.Fatal("no session cookie came")
	return nil
}

func with(cookie *http.Cookie) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value}) }
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// from sets the address a request comes from.
func from(address string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = address + ":4711" }
}

func (p *place) recognise(change ...func(*http.Request)) (Caller, error) {
	return recogniseAt(p.t, p.Service, change...)
}

func recogniseAt(t *testing.T, s *Service, change ...func(*http.Request)) (Caller, error) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://portal.example/graphql", nil)
	for _, c := range change {
		c(r)
	}
	return s.Recognise(r)
}

func bearer(key string) func(*http.Request) { return header("Authorization", "Bearer "+key) }

// person signs in and returns the caller.
func (p *place) person(email string) Caller {
	p.t.Helper()
	c, err := p.recognise(with(p.signIn(email, goodPassword)))
	ok(p.t, err)
	return c
}

func (p *place) app(key string) Caller {
	p.t.Helper()
	c, err := p.recognise(bearer(key))
	ok(p.t, err)
	return c
}

func (p *place) viewer(c Caller, tenant, network string) tenancy.Viewer {
	p.t.Helper()
	v, err := c.Viewer(p.t.Context(), tenant, network)
	ok(p.t, err)
	return v
}

// same tells that two refusals can't be told apart.
func same(t *testing.T, foreign, unknown error) {
	t.Helper()
	f, u := fault.Of(foreign), fault.Of(unknown)
	if f == nil || u == nil || f.Code != u.Code || f.Message != u.Message || f.Field != u.Field {
		t.Errorf("what is another tenant's and what isn't there answer differently: %v, %v", foreign, unknown)
	}
}

// event waits for an event of a subscription.
func event(t *testing.T, sub *bus.Subscription) bus.Event {
	t.Helper()
	select {
	case e := <-sub.C:
		return e
	case <-time.After(20 * time.Second):
		t.Fatal("no event came")
		return bus.Event{}
	}
}

// atOnce runs the same thing n times concurrently and returns the errors.
func atOnce(n int, act func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = act(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func succeeded(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}

// addStation puts a station into a network, the way the domain would.
func (p *place) addStation(tenant, network uuid.UUID, name string) {
	p.t.Helper()
	p.sql("insert into stations (id, tenant_id, network_id, identity, name) values ($1, $2, $3, $4, $4)", newID(), tenant, network, name)
}

func numbered(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s%02d", prefix, i+1)
	}
	return names
}

// whileHolding runs statements in a transaction that stays open while act runs. It commits once act waits for it, or is done
// without waiting, and returns what act returned.
func (p *place) whileHolding(act func() error, statements map[string]any) error {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.url)
	ok(p.t, err)
	defer func() { ok(p.t, conn.Close(p.t.Context())) }()
	tx, err := conn.Begin(p.t.Context())
	ok(p.t, err)
	for statement, arg := range statements {
		_, err := tx.Exec(p.t.Context(), statement, arg)
		ok(p.t, err)
	}
	result := make(chan error, 1)
	go func() { result <- act() }()
	for {
		select {
		case err := <-result:
			ok(p.t, tx.Commit(p.t.Context()))
			return err
		default:
		}
		if read[bool](p, "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')") {
			ok(p.t, tx.Commit(p.t.Context()))
			return <-result
		}
	}
}
