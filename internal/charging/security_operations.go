package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/remark"
	"github.com/busbar-ev/busbar/tenancy"
)

// A station's security is changed in stages that may be done twice, so that a crash at any of them costs time and nothing else:
//
//	Start ─> operation ─ job SecurityStep ─> stage ┬─ advance ─> next stage … ─> COMPLETED
//	                          ▲                    ├─ wait ────> the station connects, something of it was delivered, or some time passed
//	                          └────────────────────┘
//	                                               └─ fail ────> undo what the flow did ─> FAILED, with an issue
//
// Each kind of operation is a flow: a list of stages in its own file. The station's old way to connect counts until the new one was seen.

// OperationKind is what is done to a station's security.
type OperationKind string

// The kinds.
const (
	OperationProfile  OperationKind = "PROFILE"
	OperationPassword OperationKind = "PASSWORD"
	OperationRenewal  OperationKind = "RENEWAL"
	OperationRoot     OperationKind = "ROOT"
)

// SecurityStep is the job that takes an operation on.
type SecurityStep struct {
	Tenant    uuid.UUID `json:"tenant"`
	Operation uuid.UUID `json:"operation"`
}

// Kind names the job.
func (SecurityStep) Kind() string { return "security_step" }

// operation is one as it is stored.
type operation struct {
	journal.Origin
	ID          uuid.UUID
	Kind        OperationKind
	FromProfile *int
	ToProfile   *int
	Status      string
	Step        string
	Attempts    int
	Deadline    time.Time
	CreatedAt   time.Time
	// State is what stages leave for later ones.
	State operationState
	// steps is what happened so far, as it is shown.
	steps []OperationStep
}

// operationState is what stages leave for later ones.
type operationState struct {
	// Command is the command whose outcome is awaited.
	Command uuid.UUID `json:"command,omitzero"`
	// Slot is the network profile that was written, and Before the order of those that were there (OCPP 2.x).
	Slot   int    `json:"slot,omitempty"`
	Before string `json:"before,omitempty"`
	// Certificate is the one that is to be installed or used.
	Certificate uuid.UUID `json:"certificate,omitzero"`
	// Asked is how often the station agreed to have a certificate signed, and AskedAt when it was asked last.
	Asked   int        `json:"asked,omitempty"`
	AskedAt *time.Time `json:"askedAt,omitempty"`
	// Root is the root that is to be installed.
	Root uuid.UUID `json:"root,omitzero"`
	// Cut tells that the station was cut off once, so that it connects anew.
	Cut bool `json:"cut,omitempty"`
	// Version is the version of OCPP that the station speaks.
	Version string `json:"version,omitempty"`
	// Met is set where the station met the profile when the operation began, and Had where it had the roots.
	Met bool `json:"met,omitempty"`
	Had bool `json:"had,omitempty"`
	// Sent is how often the password was sent; Withdraw is set where the station certainly hasn't taken it.
	Sent     int  `json:"sent,omitempty"`
	Withdraw bool `json:"withdraw,omitempty"`
	// Reboot is set where what was changed counts from the station's next restart on.
	Reboot bool `json:"reboot,omitempty"`
	// SwitchedAt is when the station was told to connect the new way.
	SwitchedAt *time.Time `json:"switchedAt,omitempty"`
	// Undoing says why what was done is undone, and Cancelled that somebody wanted it so.
	Undoing   string `json:"undoing,omitempty"`
	Cancelled bool   `json:"cancelled,omitempty"`
	// Why are the sentences of Undoing.
	Why []remark.Remark `json:"why,omitempty"`
}

// OperationStep is what a stage came to.
type OperationStep struct {
	Key         string    `json:"key"`
	At          time.Time `json:"at"`
	State       string    `json:"state"`
	Explanation string    `json:"explanation"`
	// Remarks are the sentences of the explanation; none of steps that were kept without.
	Remarks []remark.Remark `json:"remarks,omitempty"`
}

// verdict is what comes after a stage.
type verdict struct {
	kind  string // advance, wait, fail
	words []remark.Remark
	until time.Time
}

func advance(words ...remark.Remark) verdict { return verdict{kind: "advance", words: words} }
func waitUntil(until time.Time, words ...remark.Remark) verdict {
	return verdict{kind: "wait", words: words, until: until}
}
func fails(words ...remark.Remark) verdict { return verdict{kind: "fail", words: words} }

// stage is a part of a flow. It may be done again after a crash, so it looks before it acts.
type stage struct {
	key string
	do  func(ctx context.Context, s *Service, o *operation) (verdict, error)
	// final is set once there is no way back: neither the deadline nor anybody undoes the operation from here on.
	final bool
}

// flow is how an operation goes.
type flow struct {
	stages []stage
	// undo takes back what was done where the operation failed; nil where there is nothing to take back.
	undo func(ctx context.Context, s *Service, o *operation) (verdict, error)
	// patience is how long the whole may take.
	patience time.Duration
	// what names it in the issue that a failure raises.
	what func(o *operation) string
}

// flowOf is how an operation of a kind goes.
func flowOf(kind OperationKind) *flow {
	switch kind {
	case OperationRenewal:
		return renewalFlow()
	case OperationPassword:
		return passwordFlow()
	case OperationRoot:
		return rootFlow()
	case OperationProfile:
		return profileFlow()
	}
	return &flow{stages: []stage{{key: "UNKNOWN", do: func(context.Context, *Service, *operation) (verdict, error) {
		return fails(remark.New(remark.UnknownOperation)), nil
	}}}, what: func(*operation) string { return string(kind) }}
}

const (
	// stageLease is how long whoever works on a stage has it to itself. A command takes at most maxWait seconds of it.
	stageLease = 100 * time.Second
	// lookAgain is how often a stage that waits looks by itself.
	lookAgain = 30 * time.Second
)

// NewOperation is an operation to begin.
type NewOperation struct {
	Station    uuid.UUID
	Kind       OperationKind
	Batch      uuid.UUID
	ToProfile  *int
	State      operationState
	AsApproval bool
	// Reason is why somebody wants it, for the audit log.
	Reason string
}

// errBusyStation refuses a second operation on a station.
var errBusyStation = fault.New(fault.Conflict, "Something is being done to the station's security already: wait for it, or cancel it.")

// beginOperation stores an operation in a transaction and has it taken up.
func (s *Service) beginOperation(ctx context.Context, tx *db.Tx, st *ent.Station, n NewOperation) (uuid.UUID, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	f := flowOf(n.Kind)
	state, err := json.Marshal(n.State)
	if err != nil {
		return uuid.Nil, fmt.Errorf("write down what is to be done: %w", err)
	}
	id, status := journal.NewID(), "RUNNING"
	if n.AsApproval {
		status = "APPROVAL"
	}
	_, err = tx.Exec(ctx, `insert into security_operations (id, tenant_id, network_id, station_id, batch_id, kind, from_profile, to_profile, status, step, state, next_at, deadline, requested_by, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $12, $12)`,
		id, st.TenantID, st.NetworkID, st.ID, db.OrNull(n.Batch), n.Kind, st.SecurityProfile, n.ToProfile, status, f.stages[0].key, state, s.now(), s.now().Add(f.patience), v.Name)
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.ConstraintName == "security_operations_one" {
		return uuid.Nil, errBusyStation
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("begin what is to be done to the station's security: %w", err)
	}
	if err := audit.Write(ctx, tx, audit.Event{Action: "security." + string(n.Kind), Network: st.NetworkID, SubjectType: "station", SubjectID: st.ID.String(),
		Details: map[string]any{"operation": id, "toProfile": n.ToProfile, "reason": n.Reason}}); err != nil {
		return uuid.Nil, err
	}
	tx.AfterCommit(func() { s.publish(ctx, originOf(st), EventStation, Event{}) })
	if n.AsApproval {
		return id, s.asApproval(ctx, tx, st, id, n)
	}
	return id, tx.Enqueue(ctx, SecurityStep{Tenant: st.TenantID, Operation: id}, &river.InsertOpts{Queue: SecurityQueue})
}

// wakeSecurity takes the station's operation on, where there is one, because something happened that it may wait for.
func (s *Service) wakeSecurity(ctx context.Context, tx *db.Tx, station uuid.UUID) error {
	var id, tenant uuid.UUID
	err := tx.QueryRow(ctx, "select id, tenant_id from security_operations where station_id = $1 and status = 'RUNNING'", station).Scan(&id, &tenant)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look what is being done to the station's security: %w", err)
	}
	return tx.Enqueue(ctx, SecurityStep{Tenant: tenant, Operation: id}, &river.InsertOpts{Queue: SecurityQueue})
}

// securityConnected goes on, in the transaction of a connection, with what waits for the station: certificates to deliver, and what is
// being done to its security. A station that was let in only for a new certificate is given one.
func (s *Service) securityConnected(ctx context.Context, tx *db.Tx, l *Link, _ *Admission) error {
	rows, err := tx.Query(ctx, `with waiting as (update station_certificates set deliver_at = $2 where station_id = $1 and status = 'SIGNED' and not_after > $2 returning id)
		select true, id from waiting union all select false, id from security_operations where station_id = $1 and status = 'RUNNING'`, l.Station, s.now())
	if err != nil {
		return fmt.Errorf("look what waits for the station: %w", err)
	}
	var jobs []river.JobArgs
	var certificate, busy bool
	var id uuid.UUID
	if _, err := pgx.ForEachRow(rows, []any{&certificate, &id}, func() error {
		if certificate {
			jobs = append(jobs, DeliverCertificate{Tenant: l.Tenant, Certificate: id})
			return nil
		}
		busy = true
		jobs = append(jobs, SecurityStep{Tenant: l.Tenant, Operation: id})
		return nil
	}); err != nil {
		return fmt.Errorf("look what waits for the station: %w", err)
	}
	for _, job := range jobs {
		if err := tx.Enqueue(ctx, job, &river.InsertOpts{Queue: SecurityQueue}); err != nil {
			return err
		}
	}
	if !l.RenewalOnly || busy {
		return nil
	}
	st, err := tx.Ent.Station.Get(ctx, l.Station)
	if err != nil {
		return fmt.Errorf("load the station: %w", err)
	}
	_, err = s.beginOperation(ctx, tx, st, NewOperation{Kind: OperationRenewal})
	return err
}

// AdvanceSecurity takes an operation on until it has to wait, ends or fails.
func (s *Service) AdvanceSecurity(ctx context.Context, id uuid.UUID) error {
	for ctx.Err() == nil {
		o, err := s.claimOperation(ctx, id)
		if o == nil || err != nil {
			return err
		}
		f := flowOf(o.Kind)
		at := stageOf(f, o.Step)
		v, err := s.doStage(ctx, f, at, o)
		if err != nil {
			// What went wrong is ours: it is tried again as it is.
			s.logger.Warn("a stage of a station's security can't be done now", "operation", id, "stage", o.Step, "error", err)
			v = waitUntil(s.now().Add(lookAgain), remark.New(remark.TriedAgain))
		}
		goOn, err := s.settleStage(ctx, f, at, o, v)
		if err != nil || !goOn {
			return err
		}
	}
	return ctx.Err()
}

func stageOf(f *flow, key string) int {
	for i, st := range f.stages {
		if st.key == key {
			return i
		}
	}
	return 0
}

func (s *Service) doStage(ctx context.Context, f *flow, at int, o *operation) (verdict, error) {
	switch {
	case o.State.Undoing != "" && f.undo != nil:
		return f.undo(ctx, s, o)
	case o.State.Undoing != "":
		return fails(o.State.why()...), nil
	case s.now().After(o.Deadline) && !f.stages[at].final:
		return fails(append([]remark.Remark{remark.New(remark.TookTooLong)}, words(o)...)...), nil
	}
	return f.stages[at].do(ctx, s, o)
}

// words are what was said last of an operation.
func words(o *operation) []remark.Remark {
	if n := len(o.steps); n > 0 {
		return remarksOr(o.steps[n-1].Remarks, o.steps[n-1].Explanation)
	}
	return []remark.Remark{remark.New(remark.NeverReached)}
}

// why says why what was done is undone.
func (s operationState) why() []remark.Remark { return remarksOr(s.Why, s.Undoing) }

// remarksOr are sentences as they were kept, or the text of which they weren't.
func remarksOr(list []remark.Remark, text string) []remark.Remark {
	if len(list) == 0 {
		return remark.Said(text)
	}
	return slices.Clone(list)
}

// claimOperation takes an operation up, unless somebody else is at it or it has ended.
func (s *Service) claimOperation(ctx context.Context, id uuid.UUID) (*operation, error) {
	rows, err := s.db.Query(ctx, `update security_operations set busy_until = $2::timestamptz + $3::interval, attempts = attempts + 1, updated_at = $2
		where id = $1 and status = 'RUNNING' and (busy_until is null or busy_until <= $2)
		returning id, tenant_id, network_id, station_id, kind, from_profile, to_profile, status, step, attempts, deadline, created_at, state, steps`, id, s.now(), stageLease)
	if err != nil {
		return nil, fmt.Errorf("take up what is being done to a station's security: %w", err)
	}
	o := &operation{}
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) {
		return nil, row.Scan(&o.ID, &o.Tenant, &o.Network, &o.Station, &o.Kind, &o.FromProfile, &o.ToProfile, &o.Status, &o.Step, &o.Attempts, &o.Deadline, &o.CreatedAt, &o.State, &o.steps)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("take up what is being done to a station's security: %w", err)
	}
	return o, nil
}

// settleStage stores what a stage came to, and says whether to go on at once.
func (s *Service) settleStage(ctx context.Context, f *flow, at int, o *operation, v verdict) (goOn bool, err error) {
	now := s.now()
	status, step, next := "RUNNING", o.Step, (*time.Time)(nil)
	mark := "DONE"
	switch {
	case v.kind == "advance" && o.State.Undoing != "":
		status, mark = o.ended()
		v.words = append(o.State.why(), v.words...)
	case v.kind == "advance" && at+1 < len(f.stages):
		step, goOn = f.stages[at+1].key, true
	case v.kind == "advance":
		status = "COMPLETED"
	case v.kind == "wait":
		next, mark = &v.until, "WAITING"
	case o.State.Undoing == "" && f.undo != nil:
		o.State.Undoing, o.State.Why, mark, goOn = remark.Text(v.words), v.words, "FAILED", true
	default:
		status, mark = o.ended()
	}
	said := remark.Text(v.words)
	if said != "" {
		o.note(mark, v.words, now)
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		// Somebody may have cancelled it while the stage was done: that is kept, and heeded next.
		var cancelled bool
		err := tx.QueryRow(ctx, `update security_operations set status = $2::text, step = $3, explanation = coalesce(nullif($4::text, ''), explanation), steps = $5,
				state = $6::jsonb || case when state->>'cancelled' = 'true' then jsonb_build_object('cancelled', true, 'undoing', state->>'undoing', 'why', state->'why') else '{}'::jsonb end,
				sealed_secret = case when $2::text = 'RUNNING' or $9 then sealed_secret end, next_at = $7, busy_until = null, updated_at = $8::timestamptz,
				completed_at = case when $2::text <> 'RUNNING' then $8::timestamptz end where id = $1 and status = 'RUNNING' returning coalesce(state->>'cancelled', '') = 'true'`,
			o.ID, status, step, said, o.steps, o.State, next, now, status != "COMPLETED" && o.State.Sent > 0 && !o.State.Withdraw).Scan(&cancelled)
		if errors.Is(err, pgx.ErrNoRows) {
			goOn = false // it ended meanwhile: the station was removed
			return nil
		}
		if err != nil {
			return fmt.Errorf("store how far the change of the station's security is: %w", err)
		}
		if cancelled && !o.State.Cancelled && status == "RUNNING" {
			goOn = true
			return nil
		}
		if next != nil {
			return tx.Enqueue(ctx, SecurityStep{Tenant: o.Tenant, Operation: o.ID}, &river.InsertOpts{Queue: SecurityQueue, ScheduledAt: *next})
		}
		return s.operationIssue(ctx, tx, f, o, status, said)
	})
	if err == nil {
		s.publish(ctx, o.Origin, EventStation, Event{})
	}
	return goOn, err
}

// ended is how an operation ends that doesn't succeed, and how its last step is marked.
func (o *operation) ended() (status, mark string) {
	if o.State.Cancelled {
		return "CANCELLED", "DONE"
	}
	return "FAILED", "FAILED"
}

// keepState stores what a stage leaves before it is done: what must not be forgotten in a crash.
func (s *Service) keepState(ctx context.Context, o *operation) error {
	if _, err := s.db.Exec(ctx, "update security_operations set state = state || $2::jsonb where id = $1 and status = 'RUNNING'", o.ID, o.State); err != nil {
		return fmt.Errorf("note what is being done to the station's security: %w", err)
	}
	return nil
}

// operationIssue raises an issue for what failed, and settles it once it succeeds.
func (s *Service) operationIssue(ctx context.Context, tx *db.Tx, f *flow, o *operation, status, why string) error {
	cause := o.Station.String() + " " + string(o.Kind)
	switch status {
	case "COMPLETED":
		return s.issues.Settle(ctx, tx, o.Network, issues.SecurityUpgrade, cause)
	case "FAILED":
		var identity string
		if err := tx.QueryRow(ctx, "select identity from stations where id = $1", o.Station).Scan(&identity); err != nil {
			return fmt.Errorf("look up the station: %w", err)
		}
		return s.issues.Raise(ctx, tx, issues.Issue{Kind: issues.SecurityUpgrade, Severity: issues.Warning, Cause: cause, Network: o.Network, Station: o.Station,
			Details: map[string]string{"station": identity, "what": f.what(o), "reason": why}})
	}
	return nil
}

// note adds what a stage came to, or puts it in place of what was said of the same stage before.
func (o *operation) note(state string, words []remark.Remark, at time.Time) {
	key := o.Step
	if o.State.Undoing != "" && state != "FAILED" {
		key = "UNDO"
	}
	if n := len(o.steps); n > 0 && o.steps[n-1].Key == key {
		o.steps = o.steps[:n-1]
	}
	o.steps = append(o.steps, OperationStep{Key: key, At: at.UTC(), State: state, Explanation: remark.Text(words), Remarks: words})
}
