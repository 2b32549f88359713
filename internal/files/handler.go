package files

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/tenancy"
)

// request is what a station asks for.
type request struct {
	token string
	// name is what the station put behind the token; it is a hint and never part of a path of ours.
	name string
}

// parse reads the path of a request for a file. Some stations percent-encode the whole of it, the query included, so it is
// the decoded path that counts; some double the slash, and some put their file name right behind the token.
func parse(u *url.URL) (request, bool) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(u.Path, "/"), "files/")
	if !ok {
		return request{}, false
	}
	rest, _, _ = strings.Cut(strings.TrimLeft(rest, "/"), "?")
	if len(rest) < tokenLength || strings.Trim(rest[:tokenLength], alphabet) != "" {
		return request{}, true
	}
	r := request{token: rest[:tokenLength]}
	if behind := strings.Trim(rest[tokenLength:], "/"); behind != "" {
		r.name = path.Base(behind)
	}
	return r, true
}

// Claims reports whether a request is for a file. The server asks before its own routing, which would redirect the odd
// spellings that stations use.
func Claims(r *http.Request) bool {
	_, ok := parse(r.URL)
	return ok
}

// link is a transfer as the handler needs it.
type link struct {
	id, tenant       uuid.UUID
	network, station uuid.UUID
	file             uuid.UUID
	outbound         bool
	kind             Kind
	name             string
	maxBytes         int64
}

// ServeHTTP gives a file to a station, or takes one. Whatever is wrong with a link, the answer is the same: who guesses learns
// nothing.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, _ := parse(r.URL)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Body != nil && r.Body != http.NoBody {
		// Also a body that nobody reads must not hold the connection for ever.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.config.Stall))
	}
	if q.token == "" {
		missing(w)
		return
	}
	l, ctx, err := s.find(r.Context(), q.token)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		missing(w)
	case err != nil:
		s.trouble(w, "find a link", err)
	case l.outbound && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		s.give(ctx, w, r, l)
	case !l.outbound && (r.Method == http.MethodPut || r.Method == http.MethodPost):
		s.take(ctx, w, r, l, q.name)
	default:
		missing(w)
	}
}

// find looks a token up. The tenant is found by an actor that learns nothing else; the rest is read as the station's own.
func (s *Service) find(ctx context.Context, token string) (l link, inTenant context.Context, err error) {
	hash := hashOf(token)
	rows, err := s.db.Query(tenancy.NewContext(ctx, tenancy.Files()), "select tenant_id from file_transfers where token_hash = $1", hash)
	if err != nil {
		return l, ctx, err
	}
	if l.tenant, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[uuid.UUID]); err != nil {
		return l, ctx, err
	}
	ctx = tenancy.NewContext(ctx, tenancy.Station(l.tenant, "at a link to a file"))
	rows, err = s.db.Query(ctx, `select t.id, t.network_id, t.station_id, t.file_id, t.direction = 'OUT', t.kind, t.name, coalesce(t.max_bytes, 0)
		from file_transfers t join tenants on tenants.id = t.tenant_id
		where t.token_hash = $1 and t.expires_at > $2 and tenants.status = 'ACTIVE' and (t.direction = 'OUT' or t.finished_at is null)`, hash, s.now())
	if err != nil {
		return l, ctx, err
	}
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var network, station, file *uuid.UUID
		err := row.Scan(&l.id, &network, &station, &file, &l.outbound, &l.kind, &l.name, &l.maxBytes)
		l.network, l.station, l.file = value(network), value(station), value(file)
		return struct{}{}, err
	})
	return l, ctx, err
}

// missing is the one answer to everything that can't be used.
func missing(w http.ResponseWriter) {
	http.Error(w, "There is nothing here, or not any more.", http.StatusNotFound)
}

// trouble is ours: the station is asked to come back.
func (s *Service) trouble(w http.ResponseWriter, doing string, err error) {
	if errors.Is(err, context.Canceled) {
		return // the station has gone
	}
	s.logger.Error("a file can't be transferred", "doing", doing, "error", err)
	w.Header().Set("Retry-After", "30")
	http.Error(w, "Temporarily unavailable", http.StatusServiceUnavailable)
}

// give sends a file, or the part of it that was asked for.
func (s *Service) give(ctx context.Context, w http.ResponseWriter, r *http.Request, l link) {
	file, blob, err := s.Open(ctx, l.file)
	if err != nil {
		s.trouble(w, "open a file", err)
		return
	}
	defer func() { _ = blob.Close() }()
	if _, err := s.db.Exec(ctx, "update file_transfers set used_at = coalesce(used_at, $2) where id = $1", l.id, s.now()); err != nil {
		s.trouble(w, "note that a link is used", err)
		return
	}
	header(w, file)
	steady := newSteady(w, s.config.Stall)
	defer steady.done()
	http.ServeContent(steady, r, "", file.CreatedAt, blob)
}

// steadyWriter moves the deadline on with every write, so that a transfer may be slow but not stand still.
type steadyWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
}

func newSteady(w http.ResponseWriter, stall time.Duration) *steadyWriter {
	return &steadyWriter{w, http.NewResponseController(w), stall}
}

// Write implements io.Writer.
func (s *steadyWriter) Write(p []byte) (int, error) {
	_ = s.control.SetWriteDeadline(time.Now().Add(s.stall)) // a connection without deadlines is one of a test
	return s.ResponseWriter.Write(p)
}

// done lets the connection serve the next request without a deadline of this one.
func (s *steadyWriter) done() { _ = s.control.SetWriteDeadline(time.Time{}) }

// busy counts the uploads under way for each link: a station that lost its connection begins again while the old one still
// hangs, but nobody needs more than a few.
type busy struct {
	mu    sync.Mutex
	count map[uuid.UUID]int
}

const mostUploads = 3

func (b *busy) enter(transfer uuid.UUID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.count[transfer] >= mostUploads {
		return false
	}
	if b.count == nil {
		b.count = map[uuid.UUID]int{}
	}
	b.count[transfer]++
	return true
}

func (b *busy) leave(transfer uuid.UUID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.count[transfer]--; b.count[transfer] == 0 {
		delete(b.count, transfer)
	}
}
