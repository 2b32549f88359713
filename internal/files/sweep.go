package files

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// grace is how long a transfer past its time, or bytes without a row, are let be: an upload may still be under way.
const grace = 24 * time.Hour

// Swept is what a clean-up removed.
type Swept struct{ Transfers, Blobs int }

// Sweep removes, in one tenant, links that expired and bytes that no file names: of uploads that died, and of files that were
// deleted while the storage was away. The viewer must reach the whole tenant, because bytes don't say whose network they are.
func (s *Service) Sweep(ctx context.Context) (Swept, error) {
	var swept Swept
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return swept, err
	}
	if v.Networks() != nil {
		return swept, fault.New(fault.Forbidden, "Cleaning up takes a viewer of the whole tenant.")
	}
	before := s.now().Add(-grace)
	n, err := s.db.Exec(ctx, "delete from file_transfers where expires_at < $1", before)
	if err != nil {
		return swept, fmt.Errorf("remove expired links: %w", err)
	}
	swept.Transfers = int(n)
	var old []string
	flush := func() error {
		n, err := s.removeStrays(ctx, old)
		swept.Blobs += n
		old = old[:0]
		return err
	}
	err = s.blobs.List(ctx, v.Tenant, func(key string, modified time.Time) error {
		if modified.After(before) {
			return nil
		}
		if old = append(old, key); len(old) < 500 {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return swept, err
}

// removeStrays removes those of the blobs that no row names.
func (s *Service) removeStrays(ctx context.Context, keys []string) (removed int, err error) {
	if len(keys) == 0 {
		return 0, nil
	}
	rows, err := s.db.Query(ctx, "select blob_key from files where blob_key = any ($1)", keys)
	if err != nil {
		return 0, fmt.Errorf("look which blobs are files: %w", err)
	}
	known, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("look which blobs are files: %w", err)
	}
	named := make(map[string]bool, len(known))
	for _, key := range known {
		named[key] = true
	}
	for _, key := range keys {
		if named[key] {
			continue
		}
		if err := s.blobs.Delete(ctx, key); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
