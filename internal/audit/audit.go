// Package audit owns the log of who did what. It is only ever added to, in the transaction of what it tells.
package audit

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/tenancy"
)

// Outcome is how an attempt ended.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "DONE"
	Refused Outcome = "REFUSED"
)

// Event is a line of the log of who did what.
type Event struct {
	Action string
	// Outcome is Done unless it says otherwise.
	Outcome                Outcome
	Network                uuid.UUID
	SubjectType, SubjectID string
	Details                map[string]any
}

// Write adds a line in the transaction of what it tells. Details never hold passwords or keys.
func Write(ctx context.Context, tx *db.Tx, a Event) error {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return err
	}
	if a.Outcome == "" {
		a.Outcome = Done
	}
	var details []byte
	if a.Details != nil {
		if details, err = json.Marshal(a.Details); err != nil {
			return fmt.Errorf("write the audit event: %w", err)
		}
	}
	_, err = tx.Exec(ctx, `insert into audit_events (id, tenant_id, network_id, at, actor_kind, actor_id, actor_name, action, subject_type, subject_id,
		outcome, remote_address, request_id, details) values ($1, $2, $3, now(), $4, $5, $6, $7, nullif($8, ''), nullif($9, ''), $10, nullif($11, ''), nullif($12, ''), $13)`,
		uuid.Must(uuid.NewV7()), v.Tenant, uuid.NullUUID{UUID: a.Network, Valid: a.Network != uuid.Nil}, v.Kind, uuid.NullUUID{UUID: v.ID, Valid: v.ID != uuid.Nil}, v.Name, a.Action, a.SubjectType, a.SubjectID, a.Outcome, v.Remote, v.RequestID, details)
	if err != nil {
		return fmt.Errorf("write the audit event: %w", err)
	}
	return nil
}
