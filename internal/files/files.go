// Package files owns the files that stations fetch and send: firmware out, logs and diagnostics in. It keeps the bytes in a
// blob storage, what they are in the database, and hands out links that are short, serve one purpose and expire.
//
//	staff ─> Store ─> blob, row                     Offer ─> link ─> GET /files/{token} ─> station
//	         Open  <─ blob                          Expect ─> link <─ PUT, POST /files/{token} <─ station
//	                                                                   └─> blob, row ─> OnReceived
//
// Only the hash of a token is stored. A token is looked up by an actor that learns whose it is and nothing else; all that
// follows runs inside that tenant, behind its walls. A file exists once its row is committed: bytes without one are
// invisible, and Sweep removes them.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Kind says what a file is for.
type Kind string

// The kinds of file.
const (
	Firmware Kind = "FIRMWARE"
	Log      Kind = "LOG"
)

// defaultName is what a file without a usable name is called.
func (k Kind) defaultName() string {
	if k == Firmware {
		return "firmware.bin"
	}
	return "log.bin"
}

// Meta is what is said of a file that is stored.
type Meta struct {
	// Network is the network the file belongs to; nil for the tenant as a whole, which viewers of a network don't see.
	Network uuid.UUID
	// Station is the station a log came from; nil for firmware.
	Station     uuid.UUID
	Kind        Kind
	Name        string
	ContentType string
	// MaxBytes bounds the file; 0 is the service's limit.
	MaxBytes int64
}

// File is a file that is whole.
type File struct {
	ID      uuid.UUID
	Network uuid.UUID
	Station uuid.UUID
	Kind    Kind
	Name    string
	Size    int64
	SHA256  [32]byte
	// MD5 is kept of firmware, because OCPP has local controllers compare with it; nil otherwise.
	MD5         []byte
	ContentType string
	CreatedAt   time.Time

	blobKey string
}

// Received is an upload that has finished.
type Received struct {
	Tenant   uuid.UUID
	Network  uuid.UUID
	Station  uuid.UUID
	Transfer uuid.UUID
	File     File
}

// Config is what the service needs to know of its surroundings.
type Config struct {
	// PublicURL is where stations reach this server, without path: https://host.
	PublicURL string
	// MaxBytes bounds any file; 0 is 2 GiB.
	MaxBytes int64
	// Stall is how long a transfer may stand still before it is cut off; 0 is two minutes. A slow one that goes on is let be.
	Stall time.Duration
	// Now is the clock; nil is the system's.
	Now func() time.Time
}

// Service keeps files and the links to them.
type Service struct {
	db       *db.DB
	blobs    Blobs
	logger   *slog.Logger
	config   Config
	now      func() time.Time
	received atomic.Pointer[func(context.Context, Received)]
	busy     busy
}

// New puts the service together.
func New(database *db.DB, blobs Blobs, logger *slog.Logger, config Config) *Service {
	config.PublicURL = strings.TrimSuffix(config.PublicURL, "/")
	if config.MaxBytes == 0 {
		config.MaxBytes = 2 << 30
	}
	if config.Stall == 0 {
		config.Stall = 2 * time.Minute
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Service{db: database, blobs: blobs, logger: logger, config: config, now: config.Now}
}

// OnReceived sets what is called after an upload is committed and before its station is answered. The context carries the
// station as viewer, inside its tenant.
func (s *Service) OnReceived(fn func(context.Context, Received)) { s.received.Store(&fn) }

// Store keeps a file. It reads to the end, so the caller bounds the time.
func (s *Service) Store(ctx context.Context, m Meta, r io.Reader) (File, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return File{}, err
	}
	if !v.Sees(m.Network) {
		return File{}, fault.Missing("network")
	}
	file, err := s.keep(ctx, v.Tenant, m, r)
	if err != nil {
		return File{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return insert(ctx, tx, v.Tenant, file) })
	if err != nil {
		s.discard(ctx, file.blobKey)
		return File{}, err
	}
	return file, nil
}

func insert(ctx context.Context, tx *db.Tx, tenant uuid.UUID, f File) error {
	_, err := tx.Exec(ctx, `insert into files (id, tenant_id, network_id, station_id, kind, name, size, sha256, content_type, blob_key, created_at, md5)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		f.ID, tenant, optional(f.Network), optional(f.Station), string(f.Kind), f.Name, f.Size, f.SHA256[:], f.ContentType, f.blobKey, f.CreatedAt, f.MD5)
	if err != nil {
		return fmt.Errorf("keep what file %s is: %w", f.ID, err)
	}
	return nil
}

const selectFile = `select id, network_id, station_id, kind, name, size, sha256, content_type, blob_key, created_at, md5 from files `

func scanFile(row pgx.CollectableRow) (f File, err error) {
	var network, station *uuid.UUID
	var sum []byte
	err = row.Scan(&f.ID, &network, &station, &f.Kind, &f.Name, &f.Size, &sum, &f.ContentType, &f.blobKey, &f.CreatedAt, &f.MD5)
	copy(f.SHA256[:], sum)
	f.Network, f.Station = value(network), value(station)
	return f, err
}

// Get finds a file of the viewer's; a foreign one isn't there.
func (s *Service) Get(ctx context.Context, id uuid.UUID) (File, error) {
	rows, err := s.db.Query(ctx, selectFile+"where id = $1", id)
	if err != nil {
		return File{}, fmt.Errorf("find file %s: %w", id, err)
	}
	file, err := pgx.CollectExactlyOneRow(rows, scanFile)
	if errors.Is(err, pgx.ErrNoRows) {
		return File{}, fault.Missing("file")
	}
	if err != nil {
		return File{}, fmt.Errorf("find file %s: %w", id, err)
	}
	return file, nil
}

// Open gives the bytes of a file, for staff who download it. The reader must be closed.
func (s *Service) Open(ctx context.Context, id uuid.UUID) (File, io.ReadSeekCloser, error) {
	file, err := s.Get(ctx, id)
	if err != nil {
		return File{}, nil, err
	}
	blob, err := s.blobs.Open(ctx, file.blobKey)
	if err != nil {
		return File{}, nil, fmt.Errorf("open file %s: %w", id, err)
	}
	return file, blob, nil
}

// Delete removes a file and every link to it.
func (s *Service) Delete(ctx context.Context, id uuid.UUID) error {
	var discard func()
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		discard, err = s.DeleteIn(ctx, tx, id)
		return err
	})
	if err == nil {
		discard()
	}
	return err
}

// DeleteIn is Delete inside a transaction of the caller's, who calls discard once it is committed: the bytes go then.
func (s *Service) DeleteIn(ctx context.Context, tx *db.Tx, id uuid.UUID) (discard func(), err error) {
	var key string
	err = tx.QueryRow(ctx, "delete from files where id = $1 returning blob_key", id).Scan(&key)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.Missing("file")
	}
	if err != nil {
		return nil, fmt.Errorf("delete file %s: %w", id, err)
	}
	return func() { s.discard(ctx, key) }, nil
}

// discard removes bytes that no row names. What can't be removed now is found by Sweep.
func (s *Service) discard(ctx context.Context, key string) {
	if err := s.blobs.Delete(context.WithoutCancel(ctx), key); err != nil {
		s.logger.Warn("a file's bytes can't be removed now; the next clean-up tries again", "key", key, "error", err)
	}
}

func optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func value(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}
