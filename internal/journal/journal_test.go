package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const patience = 20 * time.Second

// place is a journal over a database of its own.
type place struct {
	*Journal
	t     *testing.T
	owner *pgx.Conn
	url   string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, url: dbtest.New(t)}
	d, err := db.Open(t.Context(), p.url, db.Options{MaxConns: 2})
	p.must(err)
	t.Cleanup(d.Close)
	p.Journal, err = Open(t.Context(), d.JournalPool(), slog.New(slog.DiscardHandler))
	p.must(err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Errorf("close the journal: %v", err)
		}
	})
	p.owner = p.connect(p.url)
	return p
}

func (p *place) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) connect(url string) *pgx.Conn {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), url)
	p.must(err)
	p.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (p *place) eventually(what string, holds func() bool) {
	p.t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			p.t.Fatalf("it never came true that %s", what)
		case <-tick.C:
		}
	}
}

// hold keeps the flusher from committing until the returned function is called, so that what is handed over meanwhile shares a
// transaction.
func (p *place) hold() (release func()) {
	p.t.Helper()
	tx, err := p.owner.Begin(p.t.Context())
	p.must(err)
	_, err = tx.Exec(p.t.Context(), "lock table ocpp_messages in access exclusive mode")
	p.must(err)
	first := p.commit(p.entry("held"))
	p.eventually("the flusher waits for the table", func() (waits bool) {
		p.must(tx.QueryRow(p.t.Context(), `select exists (select from pg_locks where not granted
			and database = (select oid from pg_database where datname = current_database()))`).Scan(&waits))
		return waits
	})
	return func() {
		p.t.Helper()
		p.must(tx.Rollback(context.Background()))
		p.must(<-first)
	}
}

func (p *place) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue)
}

// commit hands an entry over and gives what becomes of it.
func (p *place) commit(e *Entry) <-chan error {
	done := make(chan error, 1)
	go func() { done <- p.Commit(context.Background(), e) }()
	return done
}

func (p *place) entry(id string) *Entry {
	origin := Origin{Tenant: uuid.New(), Network: uuid.New(), Station: uuid.New()}
	return &Entry{Messages: []Message{{Origin: origin, ID: NewID(), At: time.Now(), Direction: Received, Type: Call, Action: "Heartbeat", MessageID: id, Payload: []byte("{}")}}}
}

func (p *place) stored(where string) (n int) {
	p.t.Helper()
	p.must(p.owner.QueryRow(p.t.Context(), "select count(*) from ocpp_messages where "+where).Scan(&n))
	return n
}

// An entry that Postgres refuses for what it contains is given up alone: those that shared its transaction are stored, once.
func TestRefusedEntryDoesNotCostItsNeighbours(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	release := p.hold()
	const neighbours = 9
	var good []<-chan error
	for i := range neighbours {
		good = append(good, p.commit(p.entry(fmt.Sprintf("good-%d", i))))
	}
	poison := p.entry("poison")
	poison.Messages[0].At = time.Unix(0, 0) // a week that no partition is for
	bad := p.commit(poison)
	p.eventually("all wait for one transaction", func() bool { return p.waiting() == neighbours+1 })
	release()
	for _, done := range good {
		if err := <-done; err != nil {
			t.Errorf("a neighbour was refused: %v", err)
		}
	}
	if err := <-bad; err == nil || errors.Is(err, ErrClosed) {
		t.Errorf("the poison was answered %v", err)
	}
	if n := p.stored("message_id like 'good-%'"); n != neighbours {
		t.Errorf("%d neighbours are stored, want %d", n, neighbours)
	}
	if n := p.stored("message_id = 'poison'"); n != 0 {
		t.Errorf("%d rows of poison are stored", n)
	}
	p.must(<-p.commit(p.entry("afterwards")))
}

// What Postgres can't hold in a text is replaced, not refused: NUL, broken UTF-8. Long texts are kept whole.
func TestTextsFromOutsideAreStorable(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	nasty, long := "a\x00b\xff\xfec", strings.Repeat("x", 1<<20)
	e := p.entry("id\x00")
	m := &e.Messages[0]
	m.Action, m.ErrorCode, m.Payload, m.Raw = nasty, nasty, []byte(`"`+nasty+`"`), []byte(nasty)
	m.Repairs = []string{nasty, "\u0000", `\u0000`}
	second := *m
	second.ID, second.MessageID, second.Payload = NewID(), "long", []byte(`"`+long+`"`)
	e.Messages = append(e.Messages, second)
	e.Statuses = []Status{{Origin: m.Origin, Connector: uuid.New(), EvseNo: 1, ConnectorNo: 1, Status: "FAULTED", ErrorCode: nasty, Info: nasty, VendorID: nasty, VendorErrorCode: nasty, At: m.At, ReceivedAt: m.At}}
	e.Samples = []Sample{{Origin: m.Origin, EvseNo: 1, At: m.At, ReceivedAt: m.At, Measurand: nasty, Phase: nasty, Location: nasty, Context: nasty, Unit: nasty, RawValue: nasty, RawUnit: nasty}}
	p.must(<-p.commit(e))
	if n := p.stored("action = E'a\\uFFFDb\\uFFFDc' and raw = '\\x610062fffe63' and repairs->>0 <> ''"); n != 2 {
		t.Errorf("%d messages are stored as they should be", n)
	}
	if n := p.stored(fmt.Sprintf("length(payload) = %d", len(long)+2)); n != 1 {
		t.Errorf("the long payload is stored %d times", n)
	}
}

// Postgres takes no NUL in JSON; a backslash that is escaped itself begins none.
func TestStorable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"a":"x\u0000y"}`:      "{\"a\":\"x\uFFFDy\"}",
		`{"a":"\\u0000"}`:       `{"a":"\\u0000"}`,
		`{"a":"\\\u0000\n"}`:    "{\"a\":\"\\\\\uFFFD\\n\"}",
		`{"a":"\u0041"}`:        `{"a":"\u0041"}`,
		"{\"a\":\"\xff\"}":      "{\"a\":\"\uFFFD\"}",
		`{"\u0000":"\u0000\\"}`: "{\"\uFFFD\":\"\uFFFD\\\\\"}",
	} {
		if got := string(Storable([]byte(in))); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
	if Storable(nil) != nil {
		t.Error("nothing became something")
	}
}

// A commit whose answer was lost is looked up before anything is repeated: one that committed isn't, one that didn't is, and one
// that is still under way is waited for.
func TestLostCommitIsLookedUp(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	lost := errors.New("the connection broke")
	begin := func() (pgx.Tx, string) {
		t.Helper()
		tx, err := p.connect(p.url).Begin(t.Context())
		p.must(err)
		var xid string
		p.must(tx.QueryRow(t.Context(), "select pg_current_xact_id()::text").Scan(&xid))
		return tx, xid
	}
	tx, xid := begin()
	p.must(tx.Commit(t.Context()))
	if err := p.outcome(xid, lost); err != nil {
		t.Errorf("a committed transaction counts as %v", err)
	}
	tx, xid = begin()
	p.must(tx.Rollback(t.Context()))
	if err := p.outcome(xid, lost); !errors.Is(err, lost) {
		t.Errorf("a rolled back transaction counts as %v", err)
	}
	for name, end := range map[string]func(pgx.Tx) error{
		"commits":    func(tx pgx.Tx) error { return tx.Commit(t.Context()) },
		"rolls back": func(tx pgx.Tx) error { return tx.Rollback(t.Context()) },
	} {
		tx, xid = begin()
		p.outage.Store(false)
		verdict := make(chan error, 1)
		go func() { verdict <- p.outcome(xid, lost) }()
		p.eventually("the transaction was found under way", func() bool { return !p.Available() })
		select {
		case err := <-verdict:
			t.Errorf("a transaction under way was judged: %v", err)
		default:
		}
		p.must(end(tx))
		if err := <-verdict; (err == nil) != (name == "commits") {
			t.Errorf("a transaction that %s counts as %v", name, err)
		}
	}
}

// Closing stores what was handed over, and takes nothing more.
func TestCloseStoresWhatWaits(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	release := p.hold()
	var waiting []<-chan error
	for i := range 5 {
		waiting = append(waiting, p.commit(p.entry(fmt.Sprintf("waiting-%d", i))))
	}
	p.eventually("all wait", func() bool { return p.waiting() == 5 })
	closed := make(chan error, 1)
	go func() { closed <- p.Close(context.Background()) }()
	p.eventually("it is closing", func() bool { return p.abandoned() })
	if err := p.Commit(t.Context(), p.entry("late")); !errors.Is(err, ErrClosed) {
		t.Errorf("an entry after the closing was answered %v", err)
	}
	release()
	for _, done := range waiting {
		p.must(<-done)
	}
	p.must(<-closed)
	if n := p.stored("message_id like 'waiting-%'"); n != 5 {
		t.Errorf("%d of 5 are stored", n)
	}
	if n := p.stored("message_id = 'late'"); n != 0 {
		t.Error("what came too late is stored")
	}
}

// Closing during an outage gives up: nothing is acknowledged, and the stations keep their messages.
func TestCloseDuringAnOutageAcknowledgesNothing(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	u, err := url.Parse(p.url)
	p.must(err)
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	admin := p.connect(u.String())
	p.must(p.owner.Close(t.Context()))
	for _, sql := range []string{"alter database " + name + " allow_connections false", "select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + name + "'"} {
		_, err := admin.Exec(t.Context(), sql)
		p.must(err)
	}
	done := p.commit(p.entry("unstored"))
	p.eventually("the outage is noticed", func() bool { return !p.Available() })
	select {
	case err := <-done:
		t.Errorf("during the outage the entry was answered %v", err)
	default:
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p.must(p.Close(ctx))
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("at the closing the entry was answered %v", err)
	}
	_, err = admin.Exec(t.Context(), "alter database "+name+" allow_connections true")
	p.must(err)
	p.owner = p.connect(p.url)
	if n := p.stored("true"); n != 0 {
		t.Errorf("%d rows are stored", n)
	}
}

// Whoever stops waiting learns so at once, whatever becomes of the entry.
func TestCommitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	release := p.hold()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Commit(ctx, p.entry("left")); !errors.Is(err, context.Canceled) {
		t.Errorf("the commit ended with %v", err)
	}
	release()
}

func TestWeeksBeginOnMonday(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"2026-05-04T00:00:00Z": "2026-05-04", "2026-05-03T23:59:59Z": "2026-04-27", "2026-05-10T23:59:59Z": "2026-05-04",
		"2026-05-04T00:30:00+02:00": "2026-04-27", "2027-01-01T12:00:00Z": "2026-12-28",
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := startOfWeek(when).Format(time.DateOnly); got != want {
			t.Errorf("the week of %s begins on %s, want %s", at, got, want)
		}
	}
}
