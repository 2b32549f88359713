package charging

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/remark"
)

// AttemptRemarks are the sentences of a connection attempt, where they have codes.
type AttemptRemarks struct {
	Explanation []remark.Remark `json:"explanation"`
	Fix         []remark.Remark `json:"fix"`
}

// say puts a refusal in words.
func (r *Refusal) say(explanation, fix []remark.Remark) *Refusal {
	r.remarks = AttemptRemarks{explanation, fix}
	r.Explanation, r.Fix = remark.Text(explanation), remark.Text(fix)
	return r
}

// storedRemarks is nil of a refusal whose words have no codes.
func (r *Refusal) storedRemarks() ([]byte, error) {
	if len(r.remarks.Explanation) == 0 {
		return nil, nil
	}
	return json.Marshal(r.remarks)
}

// AttemptRemarks gives the sentences of connection attempts that the viewer may see. Those whose words have no codes are left out.
func (s *Service) AttemptRemarks(ctx context.Context, attempts ...uuid.UUID) (map[uuid.UUID]AttemptRemarks, error) {
	rows, err := s.db.Query(ctx, "select id, said from connection_attempts where id = any ($1) and said is not null", attempts)
	if err != nil {
		return nil, fmt.Errorf("load what is said of connection attempts: %w", err)
	}
	found := map[uuid.UUID]AttemptRemarks{}
	var id uuid.UUID
	var said AttemptRemarks
	if _, err := pgx.ForEachRow(rows, []any{&id, &said}, func() error {
		found[id] = said
		said = AttemptRemarks{}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("load what is said of connection attempts: %w", err)
	}
	return found, nil
}
