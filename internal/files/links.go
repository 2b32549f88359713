package files

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

const (
	// tokenLength keeps URLs short, because some stations have short columns for them: 62^16 is 95 bits.
	tokenLength = 16
	alphabet    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

	defaultTTL = 6 * time.Hour
	longestTTL = 30 * 24 * time.Hour
	// defaultMaxBytes is for an upload whose size nobody bounded: station logs are some megabytes.
	defaultMaxBytes = 256 << 20
)

// Expectation is an upload that a station is about to be asked for, or firmware that somebody is about to send.
type Expectation struct {
	// Network may be nil; where a station is given it must be the station's.
	Network uuid.UUID
	// Station is nil for firmware, which belongs to the network, or to the tenant as a whole.
	Station uuid.UUID
	Kind    Kind
	// Name is what the file is called unless the station gives a name of its own.
	Name string
	// MaxBytes bounds the upload; 0 is 256 MiB for a log, and what any file may have for firmware.
	MaxBytes int64
	// TTL is how long the upload may be begun; 0 is six hours.
	TTL time.Duration
}

// Transfer is a link as it stands.
type Transfer struct {
	ID, Station, File uuid.UUID
	Outbound          bool
	ReceivedBytes     int64
	// UsedAt is when the link was used first; FinishedAt is when the upload was complete. Both are zero before.
	UsedAt, FinishedAt, ExpiresAt time.Time
}

// Offer makes a link over which a station can fetch the file until ttl has passed; 0 is six hours. The link works as it is and
// with a file name behind it: see Named.
func (s *Service) Offer(ctx context.Context, file uuid.UUID, ttl time.Duration) (string, error) {
	expires, err := s.expiry(ttl)
	if err != nil {
		return "", err
	}
	token, hash := newToken()
	n, err := s.db.Exec(ctx, `insert into file_transfers (id, tenant_id, network_id, station_id, token_hash, direction, kind, name, file_id, expires_at, created_at)
		select $1, tenant_id, network_id, station_id, $2, 'OUT', kind, name, id, $3, $4 from files where id = $5`,
		newID(), hash, expires, s.now(), file)
	if err != nil {
		return "", fmt.Errorf("make a link to file %s: %w", file, err)
	}
	if n == 0 {
		return "", fault.Missing("file")
	}
	return s.link(token), nil
}

// Expect makes a link over which one file can be sent, and returns it with the id of the transfer.
func (s *Service) Expect(ctx context.Context, e Expectation) (link string, transfer uuid.UUID, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		link, transfer, err = s.ExpectIn(ctx, tx, e)
		return err
	})
	return link, transfer, err
}

// ExpectIn is Expect inside a transaction of the caller's.
func (s *Service) ExpectIn(ctx context.Context, tx *db.Tx, e Expectation) (link string, transfer uuid.UUID, err error) {
	expires, err := s.expiry(e.TTL)
	if err != nil {
		return "", uuid.Nil, err
	}
	if e.Kind == "" {
		e.Kind = Log
	}
	switch {
	case e.MaxBytes < 0 || e.MaxBytes > s.config.MaxBytes:
		return "", uuid.Nil, fault.In("maxBytes", "An upload may have 1 to %d bytes.", s.config.MaxBytes)
	case e.MaxBytes == 0 && e.Kind == Log:
		e.MaxBytes = min(defaultMaxBytes, s.config.MaxBytes)
	case e.MaxBytes == 0:
		e.MaxBytes = s.config.MaxBytes
	}
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return "", uuid.Nil, err
	}
	token, hash := newToken()
	transfer = newID()
	into := `insert into file_transfers (id, tenant_id, network_id, station_id, token_hash, direction, kind, name, max_bytes, expires_at, created_at) `
	arguments := []any{transfer, hash, string(e.Kind), cleanName(e.Name, e.Kind), e.MaxBytes, expires, s.now(), optional(e.Network)}
	owner := e.Station
	if e.Station == uuid.Nil && e.Kind == Firmware {
		if !v.Sees(e.Network) {
			return "", uuid.Nil, fault.Missing("network")
		}
		into += "values ($1, $9, $8, null, $2, 'IN', $3, $4, $5, $6, $7)"
		owner = v.Tenant
	} else {
		into += `select $1, tenant_id, network_id, id, $2, 'IN', $3, $4, $5, $6, $7 from stations
			where id = $9 and removed_at is null and ($8::uuid is null or network_id = $8)`
	}
	tag, err := tx.Exec(ctx, into, append(arguments, owner)...)
	if err != nil {
		return "", uuid.Nil, fmt.Errorf("make a link for an upload: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return "", uuid.Nil, fault.Missing("station")
	}
	return s.link(token), transfer, nil
}

// Named puts a file name behind a link, for stations that take the name from the URL.
func Named(link, name string) string { return link + "/" + url.PathEscape(name) }

// Transfer tells how a transfer stands, for whoever missed OnReceived.
func (s *Service) Transfer(ctx context.Context, id uuid.UUID) (Transfer, error) {
	rows, err := s.db.Query(ctx, `select id, station_id, file_id, direction = 'OUT', received_bytes, used_at, finished_at, expires_at
		from file_transfers where id = $1`, id)
	if err != nil {
		return Transfer{}, fmt.Errorf("find transfer %s: %w", id, err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (t Transfer, err error) {
		var station, file *uuid.UUID
		var used, finished *time.Time
		err = row.Scan(&t.ID, &station, &file, &t.Outbound, &t.ReceivedBytes, &used, &finished, &t.ExpiresAt)
		t.Station, t.File = value(station), value(file)
		if used != nil {
			t.UsedAt = *used
		}
		if finished != nil {
			t.FinishedAt = *finished
		}
		return t, err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Transfer{}, fault.Missing("transfer")
	}
	if err != nil {
		return Transfer{}, fmt.Errorf("find transfer %s: %w", id, err)
	}
	return t, nil
}

// Revoke ends a link that isn't needed any more. An upload that is under way is refused at its end.
func (s *Service) Revoke(ctx context.Context, transfer uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return RevokeIn(ctx, tx, transfer) })
}

// RevokeIn is Revoke in the transaction of what makes the link needless.
func RevokeIn(ctx context.Context, tx *db.Tx, transfer uuid.UUID) error {
	if _, err := tx.Exec(ctx, "delete from file_transfers where id = $1 and finished_at is null", transfer); err != nil {
		return fmt.Errorf("revoke transfer %s: %w", transfer, err)
	}
	return nil
}

func (s *Service) expiry(ttl time.Duration) (time.Time, error) {
	if ttl == 0 {
		ttl = defaultTTL
	}
	if ttl < 0 || ttl > longestTTL {
		return time.Time{}, fault.In("ttl", "A link may live for up to 30 days, not for %s.", ttl)
	}
	return s.now().Add(ttl), nil
}

func (s *Service) link(token string) string { return s.config.PublicURL + "/files/" + token }

// newToken makes a token and the hash that is stored of it. The token is random, so a plain hash gives nothing away.
func newToken() (token string, hash []byte) {
	letters := make([]byte, tokenLength)
	size := big.NewInt(int64(len(alphabet)))
	for i := range letters {
		n, _ := rand.Int(rand.Reader, size) // never fails: crypto/rand ends the program instead
		letters[i] = alphabet[n.Int64()]
	}
	return string(letters), hashOf(string(letters))
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
