package drivers

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/tenancy"
)

// Correction is a change to the bill of one of the driver's sessions after it was made.
type Correction struct {
	ID   uuid.UUID
	Kind string
	// GivenBack is less than nothing for what was taken in addition.
	GivenBack int64
	Currency  string
	At        time.Time
	// Reason is the operator's, for the driver to read.
	Reason string
}

// Corrections are those of a session that changed what it cost, the oldest first. What the operator gave up, because nobody paid it, isn't
// money that the driver got back.
func (s *Service) Corrections(ctx context.Context, session *Session) ([]Correction, error) {
	v, err := me(ctx)
	if err != nil || session.Charge == nil || session.GivenBack == nil {
		return nil, err
	}
	found, err := list[Correction](ctx, s, "corrections", `select id, kind, -gross, currency, created_at, '' from charge_corrections
		where charge_id = $1 and status = 'APPLIED' and kind <> 'WRITE_OFF' order by created_at, id`, *session.Charge)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	// The role of drivers reads no reasons, since those of what is undecided are staff's own: those of what was seen here are read for them.
	ids := make([]uuid.UUID, len(found))
	for i, c := range found {
		ids[i] = c.ID
	}
	rows, err := s.db.Query(tenancy.NewContext(ctx, tenancy.OnBehalfOf(v)), "select id, reason from charge_corrections where id = any ($1) and driver_id = $2 and status = 'APPLIED'", ids, v.ID)
	if err != nil {
		return nil, fmt.Errorf("read why the bill was corrected: %w", err)
	}
	reasons := make(map[uuid.UUID]string, len(found))
	var id uuid.UUID
	var reason string
	if _, err := pgx.ForEachRow(rows, []any{&id, &reason}, func() error { reasons[id] = reason; return nil }); err != nil {
		return nil, fmt.Errorf("read why the bill was corrected: %w", err)
	}
	for i := range found {
		found[i].Reason = reasons[found[i].ID]
	}
	return found, nil
}
