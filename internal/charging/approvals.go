package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/approval"
	"github.com/busbar-ev/busbar/ent/securityoperation"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/remark"
	"github.com/busbar-ev/busbar/tenancy"
)

// What could strand a station or lower its guard takes two people:
//
//	one asks ─> approval WAITING ┬─ another agrees ───> APPROVED, and it is carried out
//	                             ├─ anybody says no ──> REFUSED
//	                             └─ seven days ───────> EXPIRED

// The actions that take two people.
const (
	deleteLastRoot   = "DELETE_LAST_ROOT"
	profileDowngrade = "PROFILE_DOWNGRADE"
)

const (
	// approvalLife is how long a request waits for somebody else.
	approvalLife = 7 * 24 * time.Hour
	maxReason    = 1000
)

var (
	errReason     = fault.In("reason", "Say why, in up to %d characters: somebody else has to agree to it.", maxReason)
	errSamePerson = fault.New(fault.Forbidden, "You asked for this yourself: somebody else has to agree to it.")
)

// approvalRequest is what is asked for.
type approvalRequest struct {
	Certificate *CertificateHash `json:"certificate,omitempty"`
	Operation   uuid.UUID        `json:"operation,omitzero"`
	FromProfile *int             `json:"fromProfile,omitempty"`
	ToProfile   *int             `json:"toProfile,omitempty"`
}

// person tells people apart: by their id, an app by its key's. What the server's operators do at the console is one person's.
func person(v tenancy.Viewer) string {
	if v.ID != uuid.Nil {
		return v.ID.String()
	}
	return string(v.Kind) + " " + string(v.Actor)
}

// Asked reports whether the viewer asked for something himself: then somebody else has to agree to it.
func Asked(ctx context.Context, a *ent.Approval) (bool, error) {
	v, err := tenancy.FromContext(ctx)
	return err == nil && a.Requester == person(v), err
}

// insertApproval stores a request. One that waits already for the same is given back.
func (s *Service) insertApproval(ctx context.Context, tx *db.Tx, st *ent.Station, action string, r approvalRequest, reason string) (uuid.UUID, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	if reason == "" || utf8.RuneCountInString(reason) > maxReason {
		return uuid.Nil, errReason
	}
	request, err := json.Marshal(r)
	if err != nil {
		return uuid.Nil, fmt.Errorf("write the request: %w", err)
	}
	var id uuid.UUID
	err = tx.Try(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `insert into approvals (id, tenant_id, network_id, station_id, action, request, reason, requested_by, requester, expires_at, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id`,
			journal.NewID(), st.TenantID, st.NetworkID, st.ID, action, request, reason, v.Name, person(v), s.now().Add(approvalLife), s.now()).Scan(&id)
	})
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.ConstraintName == "approvals_one" {
		err = tx.QueryRow(ctx, "select id from approvals where station_id = $1 and action = $2 and request = $3::jsonb and status = 'WAITING'", st.ID, action, request).Scan(&id)
		if err == nil {
			return id, nil
		}
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("store the request for an approval: %w", err)
	}
	return id, audit.Write(ctx, tx, audit.Event{Action: "approval.request", Network: st.NetworkID, SubjectType: "station", SubjectID: st.ID.String(),
		Details: map[string]any{"approval": id, "action": action, "request": r, "reason": reason}})
}

// RequestRootDeletion asks for the deletion of the only root by which a station trusts this system. Another person has to approve it.
func (s *Service) RequestRootDeletion(ctx context.Context, station uuid.UUID, hash CertificateHash, reason string) (made *ent.Approval, err error) {
	st, err := s.loadStation(ctx, s.db.Ent(), station, tenancy.StationCredential)
	if err != nil {
		return nil, err
	}
	if err := s.expireApprovals(ctx, station); err != nil {
		return nil, err
	}
	uses, others, err := s.usesOf(ctx, station, hash)
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(uses, "CSMS_ROOT") || others > 0:
		return nil, fault.New(fault.Conflict, "It isn't the only root by which the station trusts this system, so nobody else has to agree: delete it as any other.")
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		id, err := s.insertApproval(ctx, tx, st, deleteLastRoot, approvalRequest{Certificate: &hash}, strings.TrimSpace(reason))
		if err != nil {
			return err
		}
		if made, err = tx.Ent.Approval.Get(ctx, id); err != nil {
			return fmt.Errorf("load the request: %w", err)
		}
		return nil
	})
	return made, err
}

// DecideApproval agrees to what another person asked for, or doesn't. What is agreed to is carried out. Whoever asked may take it back.
func (s *Service) DecideApproval(ctx context.Context, id uuid.UUID, approve bool) (*ent.Approval, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	var decided *ent.Approval
	var carryOut func() error
	var expired bool
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := tx.Ent.Approval.Query().Where(approval.ID(id)).ForUpdate().Only(ctx)
		switch {
		case ent.IsNotFound(err):
			return fault.Missing("approval")
		case err != nil:
			return fmt.Errorf("load the request: %w", err)
		case !v.Can(tenancy.StationCredential, found.NetworkID):
			return fault.Lacking(tenancy.StationCredential)
		case found.Status == approval.StatusWAITING && !found.ExpiresAt.After(s.now()):
			expired = true
			decided, err = found, s.endApproval(ctx, tx, found, approval.StatusEXPIRED, "")
			return err
		}
		status := approval.StatusREFUSED
		if approve {
			status = approval.StatusAPPROVED
		}
		switch {
		case approve && found.Requester == person(v):
			return errSamePerson
		case found.Status == status:
			decided = found // it was decided so before
		case found.Status != approval.StatusWAITING:
			return fault.New(fault.Conflict, "It was decided already: %s.", strings.ToLower(string(found.Status)))
		}
		var request approvalRequest
		if err := json.Unmarshal([]byte(found.Request), &request); err != nil {
			return fmt.Errorf("read what was asked for: %w", err)
		}
		if approve && found.Action == approval.ActionDELETE_LAST_ROOT {
			if carryOut, err = s.deletion(ctx, tx, found, request); err != nil {
				return err
			}
		}
		if decided != nil {
			return nil
		}
		if err := s.endApproval(ctx, tx, found, status, v.Name); err != nil {
			return err
		}
		if approve && found.Action == approval.ActionPROFILE_DOWNGRADE {
			if err := s.startApproved(ctx, tx, found, request); err != nil {
				return err
			}
		}
		if decided, err = tx.Ent.Approval.Get(ctx, id); err != nil {
			return fmt.Errorf("load the request: %w", err)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case expired:
		return nil, fault.New(fault.Conflict, "It waited for seven days and counts no more: ask for it again.")
	case carryOut != nil:
		err = carryOut()
	}
	return decided, err
}

// endApproval stores how a request ended. A change that waited for it and may not be is over, too.
func (s *Service) endApproval(ctx context.Context, tx *db.Tx, a *ent.Approval, status approval.Status, by string) error {
	if _, err := tx.Exec(ctx, "update approvals set status = $2, decided_by = $3, decided_at = $4 where id = $1", a.ID, status, by, s.now()); err != nil {
		return fmt.Errorf("store the decision: %w", err)
	}
	if status != approval.StatusAPPROVED {
		words := map[approval.Status]string{approval.StatusREFUSED: "Somebody didn't agree to it.", approval.StatusEXPIRED: "Nobody agreed to it within seven days."}[status]
		if _, err := tx.Exec(ctx, `update security_operations set status = 'CANCELLED', explanation = $3, updated_at = $4, completed_at = $4
			where station_id = $1 and status = 'APPROVAL' and id::text = $2`, a.StationID, operationOf(a), words, s.now()); err != nil {
			return fmt.Errorf("end what waited for the decision: %w", err)
		}
	}
	origin := journal.Origin{Tenant: a.TenantID, Network: a.NetworkID, Station: a.StationID}
	tx.AfterCommit(func() { s.publish(ctx, origin, EventStation, Event{}) })
	return audit.Write(ctx, tx, audit.Event{Action: "approval." + strings.ToLower(string(status)), Network: a.NetworkID, SubjectType: "station", SubjectID: a.StationID.String(),
		Details: map[string]any{"approval": a.ID, "action": a.Action, "requestedBy": a.RequestedBy}})
}

// operationOf is the id of the change that waits for a request, or nothing.
func operationOf(a *ent.Approval) string {
	var request approvalRequest
	if json.Unmarshal([]byte(a.Request), &request) != nil {
		return ""
	}
	return request.Operation.String()
}

// startApproved has a change begin that waited for the approval.
func (s *Service) startApproved(ctx context.Context, tx *db.Tx, a *ent.Approval, r approvalRequest) error {
	tag, err := tx.Exec(ctx, "update security_operations set status = 'RUNNING', next_at = $2, deadline = $3, updated_at = $2 where id = $1 and status = 'APPROVAL'",
		r.Operation, s.now(), s.now().Add(profilePatience))
	if err != nil {
		return fmt.Errorf("begin what was approved: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.Conflict, "What was asked for was cancelled meanwhile.")
	}
	return tx.Enqueue(ctx, SecurityStep{Tenant: a.TenantID, Operation: r.Operation}, &river.InsertOpts{Queue: SecurityQueue})
}

// deletion prepares to delete a root that two people want gone. The station must be there for it: what was approved isn't left undone.
func (s *Service) deletion(ctx context.Context, tx *db.Tx, a *ent.Approval, r approvalRequest) (func() error, error) {
	if r.Certificate == nil {
		return nil, fault.New(fault.Conflict, "It isn't known which certificate was meant: ask for it again.")
	}
	if a.Status == approval.StatusAPPROVED {
		// It is given once more only where it wasn't carried out.
		var has bool
		if err := tx.QueryRow(ctx, "select exists (select from station_settings where station_id = $1 and kind = $2 and key = $3)",
			a.StationID, SettingCertificate, certificateKey("CSMS_ROOT", *r.Certificate)).Scan(&has); err != nil || !has {
			return nil, err
		}
	}
	t, err := s.target(ctx, a.StationID, tenancy.StationCredential)
	if err != nil {
		return nil, err
	}
	return func() error {
		_, err := s.command(ctx, t, DeleteCertificateOrder{CertificateHash: *r.Certificate}, 0)
		return err
	}, nil
}

// ExpireApprovals ends what nobody agreed to in time. Periodic work calls it for each tenant.
func (s *Service) ExpireApprovals(ctx context.Context) error { return s.expireApprovals(ctx, uuid.Nil) }

func (s *Service) expireApprovals(ctx context.Context, station uuid.UUID) error {
	rows, err := s.db.Query(ctx, "select id from approvals where status = 'WAITING' and expires_at <= $1 and ($2::uuid is null or station_id = $2)", s.now(), db.OrNull(station))
	if err != nil {
		return fmt.Errorf("look for requests that nobody agreed to: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("look for requests that nobody agreed to: %w", err)
	}
	for _, id := range list {
		err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			found, err := tx.Ent.Approval.Query().Where(approval.ID(id), approval.StatusEQ(approval.StatusWAITING)).ForUpdate().Only(ctx)
			if ent.IsNotFound(err) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("load the request: %w", err)
			}
			return s.endApproval(ctx, tx, found, approval.StatusEXPIRED, "")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// CancelOperation ends what is being done to a station's security: what was done is put back first. What waits for an approval is over at once.
// Cancelled twice, it is cancelled once.
func (s *Service) CancelOperation(ctx context.Context, id uuid.UUID) (cancelled *ent.SecurityOperation, err error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := tx.Ent.SecurityOperation.Query().Where(securityoperation.ID(id)).ForUpdate().Only(ctx)
		switch {
		case ent.IsNotFound(err):
			return fault.Missing("operation")
		case err != nil:
			return fmt.Errorf("load what is being done: %w", err)
		case !v.Can(tenancy.StationCredential, found.NetworkID):
			return fault.Lacking(tenancy.StationCredential)
		}
		if err := s.cancel(ctx, tx, found, v); err != nil {
			return err
		}
		if cancelled, err = tx.Ent.SecurityOperation.Get(ctx, id); err != nil {
			return fmt.Errorf("load what is being done: %w", err)
		}
		return nil
	})
	return cancelled, err
}

func (s *Service) cancel(ctx context.Context, tx *db.Tx, o *ent.SecurityOperation, v tenancy.Viewer) error {
	words := remark.New(remark.Cancelled, "name", v.Name)
	switch o.Status {
	case "CANCELLED":
		return nil
	case "RUNNING":
		f := flowOf(OperationKind(o.Kind))
		if f.stages[stageOf(f, o.Step)].final {
			return fault.New(fault.Conflict, "It is done but for tidying up: the old way counts no more.")
		}
		change, err := json.Marshal(operationState{Undoing: words.String(), Why: []remark.Remark{words}, Cancelled: true})
		if err != nil {
			return fmt.Errorf("write the cancellation: %w", err)
		}
		if _, err := tx.Exec(ctx, `update security_operations set state = state || $2::jsonb || case when state ? 'undoing' then jsonb_build_object('undoing', state->>'undoing', 'why', state->'why') else '{}'::jsonb end,
			next_at = $3, updated_at = $3 where id = $1 and status = 'RUNNING'`, o.ID, change, s.now()); err != nil {
			return fmt.Errorf("cancel what is being done: %w", err)
		}
		if err := tx.Enqueue(ctx, SecurityStep{Tenant: o.TenantID, Operation: o.ID}, &river.InsertOpts{Queue: SecurityQueue}); err != nil {
			return err
		}
	case "APPROVAL":
		waiting, err := tx.Ent.Approval.Query().Where(approval.StationID(o.StationID), approval.ActionEQ(approval.ActionPROFILE_DOWNGRADE), approval.StatusEQ(approval.StatusWAITING)).ForUpdate().All(ctx)
		if err != nil {
			return fmt.Errorf("load the request for an approval: %w", err)
		}
		for _, a := range waiting {
			if operationOf(a) == o.ID.String() {
				if err := s.endApproval(ctx, tx, a, approval.StatusREFUSED, v.Name); err != nil {
					return err
				}
			}
		}
		if _, err := tx.Exec(ctx, "update security_operations set status = 'CANCELLED', explanation = $2, updated_at = $3, completed_at = $3 where id = $1", o.ID, words.String(), s.now()); err != nil {
			return fmt.Errorf("cancel what is being done: %w", err)
		}
	default:
		return fault.New(fault.Conflict, "It has ended already.")
	}
	origin := journal.Origin{Tenant: o.TenantID, Network: o.NetworkID, Station: o.StationID}
	tx.AfterCommit(func() { s.publish(ctx, origin, EventStation, Event{}) })
	return audit.Write(ctx, tx, audit.Event{Action: "security.cancel", Network: o.NetworkID, SubjectType: "station", SubjectID: o.StationID.String(), Details: map[string]any{"operation": o.ID, "kind": o.Kind}})
}

// asApproval stores the request that a change waits for.
func (s *Service) asApproval(ctx context.Context, tx *db.Tx, st *ent.Station, operation uuid.UUID, n NewOperation) error {
	from := st.SecurityProfile
	_, err := s.insertApproval(ctx, tx, st, profileDowngrade, approvalRequest{Operation: operation, FromProfile: &from, ToProfile: n.ToProfile}, n.Reason)
	return err
}
