package db

import (
	"context"
	"slices"

	"github.com/google/uuid"
)

// Change names a thing that a transaction changed, for whoever follows it live.
type Change struct {
	// Kind is what sort of thing it is, in the words of the package that owns it.
	Kind                string
	Tenant, Network, ID uuid.UUID
}

// OnChange adds somebody who is told of every change once it is committed. Services ask for it when they are put together, before
// anybody works.
func (d *DB) OnChange(tell func(ctx context.Context, c Change)) {
	d.followers = append(d.followers, tell)
}

// Changed tells of a change once the transaction is committed, and once only, however often the transaction makes it.
func (t *Tx) Changed(ctx context.Context, c Change) {
	if slices.Contains(t.changed, c) {
		return
	}
	t.changed = append(t.changed, c)
	ctx = context.WithoutCancel(ctx) // whoever asked for the change may be gone; the others still want to know
	t.AfterCommit(func() {
		for _, tell := range t.db.followers {
			tell(ctx, c)
		}
	})
}
