package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// patience is how long a test waits for what must happen.
const patience = time.Minute

// tenant is one of two that collide in every name, each with two networks and a station in each.
type tenant struct {
	id, main, sub           uuid.UUID
	mainStation, subStation uuid.UUID
}

func (t tenant) staff() context.Context {
	return tenancy.NewContext(context.Background(), tenancy.Viewer{
		Kind: tenancy.KindUser, Tenant: t.id, ID: uuid.New(), Name: "admin", Grants: []tenancy.Grant{{Role: tenancy.Admin}},
	})
}

func (t tenant) in(network uuid.UUID) context.Context {
	return tenancy.NewContext(context.Background(), tenancy.Viewer{
		Kind: tenancy.KindUser, Tenant: t.id, ID: uuid.New(), Name: "client", Grants: []tenancy.Grant{{Role: tenancy.Admin, Network: network}},
	})
}

func (t tenant) upkeep() context.Context {
	return tenancy.NewContext(context.Background(), tenancy.Maintenance(t.id))
}

type world struct {
	t      *testing.T
	url    string
	db     *db.DB
	blobs  files.Blobs
	files  *files.Service
	http   *httptest.Server
	client *http.Client
	a, b   tenant
}

func newWorld(t *testing.T, config files.Config) *world {
	t.Helper()
	w := &world{t: t, url: dbtest.New(t)}
	var err error
	w.db, err = db.Open(t.Context(), w.url, db.Options{MaxConns: 8})
	w.must(err)
	t.Cleanup(w.db.Close)
	directory, err := files.OpenDirectory(t.TempDir())
	w.must(err)
	t.Cleanup(func() { w.must(directory.Close()) })
	w.blobs = directory
	w.http = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !files.Claims(r) {
			http.Error(rw, "not for files", http.StatusTeapot)
			return
		}
		w.files.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.http.Close)
	w.client = w.http.Client()
	config.PublicURL = w.http.URL
	w.files = files.New(w.db, w.blobs, slog.New(slog.DiscardHandler), config)
	w.a, w.b = w.addTenant("a"), w.addTenant("b")
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) addTenant(slug string) tenant {
	w.t.Helper()
	t := tenant{uuid.New(), uuid.New(), uuid.New(), uuid.New(), uuid.New()}
	w.owner("insert into tenants (id, slug, name, currency, timezone) values ($1, $2, 'T', 'EUR', 'UTC')", t.id, slug)
	w.owner("insert into networks (id, tenant_id, slug, name, currency) values ($1, $3, 'main', 'Main', 'EUR'), ($2, $3, 'sub', 'Sub', 'EUR')", t.main, t.sub, t.id)
	w.owner(`insert into stations (id, tenant_id, network_id, identity, name) values ($1, $3, $4, 'CP1', 'One'), ($2, $3, $5, 'CP2', 'Two')`,
		t.mainStation, t.subStation, t.id, t.main, t.sub)
	return t
}

// owner runs a statement behind every wall.
func (w *world) owner(sql string, args ...any) {
	w.t.Helper()
	w.must(w.tryOwner(sql, args...))
}

func (w *world) tryOwner(sql string, args ...any) error {
	conn, err := pgx.Connect(context.Background(), w.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(context.Background(), sql, args...)
	return err
}

func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	conn, err := pgx.Connect(context.Background(), w.url)
	w.must(err)
	defer func() { _ = conn.Close(context.Background()) }()
	w.must(conn.QueryRow(context.Background(), sql, args...).Scan(&n))
	return n
}

// answer is a response that was read to its end.
type answer struct {
	status int
	body   string
	header http.Header
}

// ask sends a request whose target is taken as it is, whatever it looks like.
func (w *world) ask(method, url string, body io.Reader, headers ...string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, url, body)
	w.must(err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := w.client.Do(r)
	w.must(err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	w.must(err)
	return answer{response.StatusCode, string(text), response.Header}
}

func (w *world) firmware(t tenant, content string) files.File {
	w.t.Helper()
	f, err := w.files.Store(t.staff(), files.Meta{Network: t.main, Kind: files.Firmware, Name: "station-1.2.bin"}, strings.NewReader(content))
	w.must(err)
	return f
}

func (w *world) expect(t tenant, change ...func(*files.Expectation)) (string, uuid.UUID) {
	w.t.Helper()
	e := files.Expectation{Network: t.main, Station: t.mainStation, Kind: files.Log, Name: "diagnostics.log"}
	for _, c := range change {
		c(&e)
	}
	link, transfer, err := w.files.Expect(t.staff(), e)
	w.must(err)
	return link, transfer
}

func (w *world) content(t tenant, id uuid.UUID) string {
	w.t.Helper()
	f, r, err := w.files.Open(t.staff(), id)
	w.must(err)
	defer func() { w.must(r.Close()) }()
	text, err := io.ReadAll(r)
	w.must(err)
	if int64(len(text)) != f.Size || sha256.Sum256(text) != f.SHA256 {
		w.t.Errorf("file %s has %d bytes that don't fit its size or hash", id, len(text))
	}
	return string(text)
}

// eventually waits until a condition holds.
func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			w.t.Fatalf("it never came true that %s", what)
		case <-tick.C:
		}
	}
}

func token(link string) string { return link[strings.LastIndex(link, "/")+1:] }

func repeated(text string, times int) string { return string(bytes.Repeat([]byte(text), times)) }
