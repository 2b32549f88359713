// Package issues owns what somebody has to look at: what was detected, whom it concerns, and how it was dealt with.
//
//	any part of the system ─ Raise(kind, cause) ─> one row for each cause, counted while it lasts
//	the same part          ─ Settle(kind, cause) ─> resolved by itself once the cause is gone
//	people                 ─ Acknowledge, Snooze, Resolve
//
// An issue is raised in the transaction of what it tells, so that neither is without the other. Its words are in words.go.
package issues

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/detectedissue"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Severity says how soon somebody has to look.
type Severity string

// The severities.
const (
	Critical Severity = "CRITICAL"
	Warning  Severity = "WARNING"
	Notice   Severity = "NOTICE"
)

// Issue is something that was detected.
type Issue struct {
	Kind     Kind
	Severity Severity
	// Cause tells one issue of a kind from another, such as the id of a station. Raised twice, it is one issue.
	Cause   string
	Network uuid.UUID
	// What it is about; nil where it isn't about such a thing.
	Station, Session, Charge, Payment uuid.UUID
	// Details fill the words.
	Details map[string]string
}

// Service records issues, and lets people deal with them.
type Service struct {
	db  *db.DB
	bus bus.Bus
	now func() time.Time
}

// New makes the service.
func New(database *db.DB, b bus.Bus) *Service { return &Service{db: database, bus: b, now: time.Now} }

// Events is the subject of what happens to a tenant's issues.
func Events(tenant uuid.UUID) bus.Subject {
	return bus.MustSubject("tenant", tenant.String(), "issue")
}

// Event is what goes out on the bus: the shape of the domain's events.
type Event struct {
	Network uuid.UUID `json:"n"`
	Object  uuid.UUID `json:"o"`
	At      time.Time `json:"t"`
}

// Raise records an issue, or that it is still there. A snoozed or acknowledged one stays so.
func (s *Service) Raise(ctx context.Context, tx *db.Tx, i Issue) error {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return err
	}
	details, err := json.Marshal(i.Details)
	if err != nil {
		return fmt.Errorf("raise an issue: %w", err)
	}
	var id uuid.UUID
	err = tx.QueryRow(ctx, `insert into detected_issues as d (id, tenant_id, network_id, kind, severity, cause, station_id, session_id, charge_id, payment_id, details)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		on conflict (tenant_id, network_id, kind, cause) where status <> 'RESOLVED'
		do update set occurrences = d.occurrences + 1, last_seen_at = now(), severity = excluded.severity, details = excluded.details returning id`,
		uuid.Must(uuid.NewV7()), v.Tenant, db.OrNull(i.Network), i.Kind, i.Severity, i.Cause, db.OrNull(i.Station), db.OrNull(i.Session), db.OrNull(i.Charge), db.OrNull(i.Payment),
		details).Scan(&id)
	if err != nil {
		return fmt.Errorf("raise an issue: %w", err)
	}
	s.tell(tx, v.Tenant, Event{Network: i.Network, Object: id})
	return nil
}

// Settle resolves the issue of a cause that is gone. There may be none.
func (s *Service) Settle(ctx context.Context, tx *db.Tx, network uuid.UUID, kind Kind, cause string) error {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `update detected_issues set status = 'RESOLVED', resolved_at = now(), decided_by = $4
		where network_id is not distinct from $1 and kind = $2 and cause = $3 and status <> 'RESOLVED' returning id`, db.OrNull(network), kind, cause, v.Name)
	if err != nil {
		return fmt.Errorf("settle an issue: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return fmt.Errorf("settle an issue: %w", err)
		}
		s.tell(tx, v.Tenant, Event{Network: network, Object: id})
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("settle an issue: %w", err)
	}
	return nil
}

// tell publishes an event once what it tells is committed. One that is lost costs a refetch, never data.
func (s *Service) tell(tx *db.Tx, tenant uuid.UUID, e Event) {
	tx.AfterCommit(func() {
		e.At = s.now()
		if payload, err := json.Marshal(e); err == nil {
			_ = s.bus.Publish(context.Background(), Events(tenant), payload)
		}
	})
}

// Acknowledge says that somebody has seen the issue.
func (s *Service) Acknowledge(ctx context.Context, id uuid.UUID, note string) (*ent.DetectedIssue, error) {
	return s.decide(ctx, id, "issue.acknowledge", note, func(u *ent.DetectedIssueUpdateOne, _ *ent.DetectedIssue) error {
		u.SetStatus(detectedissue.StatusACKNOWLEDGED).ClearSnoozedUntil()
		return nil
	})
}

// Snooze hides the issue until a time.
func (s *Service) Snooze(ctx context.Context, id uuid.UUID, until time.Time, note string) (*ent.DetectedIssue, error) {
	return s.decide(ctx, id, "issue.snooze", note, func(u *ent.DetectedIssueUpdateOne, _ *ent.DetectedIssue) error {
		if !until.After(s.now()) || until.After(s.now().AddDate(1, 0, 0)) {
			return fault.In("until", "Choose a time in the next year.")
		}
		u.SetStatus(detectedissue.StatusSNOOZED).SetSnoozedUntil(until)
		return nil
	})
}

// Resolve says that the issue was dealt with. Where its cause is still there, it is raised anew.
func (s *Service) Resolve(ctx context.Context, id uuid.UUID, note string) (*ent.DetectedIssue, error) {
	return s.decide(ctx, id, "issue.resolve", note, func(u *ent.DetectedIssueUpdateOne, _ *ent.DetectedIssue) error {
		u.SetStatus(detectedissue.StatusRESOLVED).SetResolvedAt(s.now())
		return nil
	})
}

// maxNote bounds what people write about an issue.
const maxNote = 1000

func (s *Service) decide(ctx context.Context, id uuid.UUID, action, note string, decide func(*ent.DetectedIssueUpdateOne, *ent.DetectedIssue) error) (changed *ent.DetectedIssue, err error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := tx.Ent.DetectedIssue.Query().Where(detectedissue.ID(id)).ForUpdate().Only(ctx)
		if ent.IsNotFound(err) {
			return fault.Missing("issue")
		}
		if err != nil {
			return fmt.Errorf("load the issue: %w", err)
		}
		network := uuid.Nil
		if found.NetworkID != nil {
			network = *found.NetworkID
		}
		switch {
		case !v.Can(tenancy.IssueWrite, network):
			return fault.Lacking(tenancy.IssueWrite)
		case utf8.RuneCountInString(note) > maxNote:
			return fault.In("note", "A note has at most %d characters.", maxNote)
		case found.Status == detectedissue.StatusRESOLVED:
			return fault.New(fault.Conflict, "The issue is resolved already.")
		}
		update := tx.Ent.DetectedIssue.UpdateOne(found).SetDecidedBy(v.Name).SetNote(note)
		if err := decide(update, found); err != nil {
			return err
		}
		if changed, err = update.Save(ctx); err != nil {
			return fmt.Errorf("change the issue: %w", err)
		}
		s.tell(tx, v.Tenant, Event{Network: network, Object: id})
		return audit.Write(ctx, tx, audit.Event{Action: action, Network: network, SubjectType: "issue", SubjectID: id.String(), Details: map[string]any{"kind": found.Kind, "note": note}})
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// Wake reopens issues whose time to be hidden is over. Periodic work calls it for each tenant.
func (s *Service) Wake(ctx context.Context) (int64, error) {
	n, err := s.db.Exec(ctx, "update detected_issues set status = 'OPEN', snoozed_until = null where status = 'SNOOZED' and snoozed_until <= $1", s.now())
	if err != nil {
		return 0, fmt.Errorf("reopen issues that were hidden: %w", err)
	}
	return n, nil
}
