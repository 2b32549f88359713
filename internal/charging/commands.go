package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/tenancy"
)

// Commander is the way to stations' sockets, on whichever node they are. Package ocpp implements it.
type Commander interface {
	// Prepare writes an order as a call of the station's OCPP version, or says that the version has no such thing.
	Prepare(version string, order Order) (Call, error)
	// Send delivers a call to the node that holds the socket and waits for the station's answer.
	Send(ctx context.Context, to Address, call Call) (Answer, error)
	// Interpret says what an answer means.
	Interpret(version string, call Call, answer Answer) (Outcome, error)
	// Evict tells a node that it lost a station to a newer connection.
	Evict(ctx context.Context, node string, station uuid.UUID, epoch int64)
	// Disconnect closes a station's connection, wherever it is.
	Disconnect(ctx context.Context, to Address, reason string)
}

// Address is where a station's socket is.
type Address struct {
	journal.Origin
	Node string
}

// Call is a message to a station.
type Call struct {
	MessageID string
	Action    string
	Payload   json.RawMessage
}

// Answer is what came back: a result, or an error code with its description.
type Answer struct {
	Payload          json.RawMessage `json:"payload,omitempty"`
	ErrorCode        string          `json:"errorCode,omitempty"`
	ErrorDescription string          `json:"errorDescription,omitempty"`
}

// Outcome is the meaning of an answer.
type Outcome struct {
	Accepted bool
	// Reason says in words why a station refused, where its answer says why.
	Reason string
	// Variables are settings that the answer reports, or that the call changed.
	Variables []Variable
	// Complete is set when Variables are all the station has.
	Complete bool
	// Empty is set when a station that was asked for a report has nothing to report.
	Empty bool
	// Results are what the answer says, in the same shape for every version of OCPP. An answer about several things has
	// several.
	Results []any
}

// and joins the outcomes of a command that took several calls.
func (o Outcome) and(next Outcome) Outcome {
	return Outcome{
		Accepted: o.Accepted && next.Accepted, Reason: strings.TrimSpace(o.Reason + " " + next.Reason), Variables: append(o.Variables, next.Variables...),
		Complete: o.Complete && next.Complete, Empty: o.Empty && next.Empty, Results: append(o.Results, next.Results...),
	}
}

// Why a call got no answer.
var (
	ErrStationOffline = fault.New(fault.StationOffline, "The station is not connected: commands reach it once it is online again.")
	ErrCallTimeout    = fault.New(fault.Timeout, "The station did not answer in time. It may still carry the command out.")
	ErrQueueFull      = fault.New(fault.Limit, "Too many commands are waiting for this station: wait for them to finish.")
	ErrConnectionLost = fault.New(fault.Unavailable, "The connection was lost before the station answered. It may have carried the command out.")
)

// errPending refuses a command to a station that isn't onboarded.
var errPending = fault.New(fault.Conflict, "The station is still Pending: until it is onboarded it can only be asked for messages, be set up, and be restarted.")

// errRenewalOnly refuses a command to a station whose certificate is good for nothing but a new one.
var errRenewalOnly = fault.New(fault.Conflict, "The station's certificate has expired or is its maker's: until it has a new one it can only be asked for messages, be set up, and be restarted.")

// beforeOnboarding reports whether an order may go to a station that is still Pending: what shows why it is, or helps it out
// of that (OCPP 2.0.1 B02.FR.05).
func beforeOnboarding(order Order) bool {
	switch order.(type) {
	case TriggerOrder, ResetOrder, GetConfigurationOrder, ChangeConfigurationOrder, GetVariablesOrder, SetVariablesOrder, BaseReportOrder, ReportOrder,
		CertificateSignedOrder, RawOrder:
		return true
	}
	return false
}

// commandLifetime bounds a command, with what it waits for others to the same station and with all its calls. How long one
// call may take is the connection's to say.
const commandLifetime = 5 * time.Minute

// maxWait bounds how long a caller may wait for a command.
const maxWait = 60

// target is a station as a command meets it.
type target struct {
	Address
	identity string
	version  string
}

// target loads a station for a command, as the viewer may see it.
func (s *Service) target(ctx context.Context, id uuid.UUID, p tenancy.Permission) (target, error) {
	t := target{Address: Address{Origin: journal.Origin{Station: id}}}
	var online, renewalOnly bool
	var onboarding string
	rows, err := s.db.Query(ctx, `select tenant_id, network_id, identity, online, onboarding, renewal_only, node, connection_version from stations
		where id = $1 and removed_at is null`, id)
	if err != nil {
		return t, fmt.Errorf("load the station: %w", err)
	}
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) {
		return nil, row.Scan(&t.Tenant, &t.Network, &t.identity, &online, &onboarding, &renewalOnly, &t.Node, &t.version)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return t, fault.Missing("station")
	}
	if err != nil {
		return t, fmt.Errorf("load the station: %w", err)
	}
	if _, err := viewer(ctx, p, t.Network, "station"); err != nil {
		return t, err
	}
	switch {
	case !online:
		return t, ErrStationOffline
	case onboarding != "ONBOARDED":
		return t, errPending
	case renewalOnly:
		return t, errRenewalOnly
	}
	return t, nil
}

// command records an order, sends it, and waits for its outcome up to wait seconds. The command goes on after that.
func (s *Service) command(ctx context.Context, t target, order Order, wait int) (*ent.Command, error) {
	if wait < 0 || wait > maxWait {
		return nil, fault.In("wait", "Wait between 0 and %d seconds, not %d.", maxWait, wait)
	}
	calls, err := s.prepare(t, order)
	if err != nil {
		return nil, err
	}
	id, err := s.recordCommand(ctx, t, order, calls)
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	// The caller may go away; the command does not.
	background := context.WithoutCancel(ctx)
	s.underway.Go(func() {
		defer close(done)
		s.carryOut(background, t, id, order, calls)
	})
	if wait > 0 {
		timer := time.NewTimer(time.Duration(wait) * time.Second)
		defer timer.Stop()
		select {
		case <-done:
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return s.db.Ent().Command.Get(ctx, id)
}

// FinishCommands waits until the outcome of every command is stored. Once the stations' connections are closed that is soon; what
// takes longer is ended by ExpireCommands, on whichever node.
func (s *Service) FinishCommands(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.underway.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// prepare writes an order as the calls that it takes.
func (s *Service) prepare(t target, order Order) ([]Call, error) {
	parts := []Order{order}
	if several, ok := order.(batched); ok {
		parts = several.parts()
	}
	calls := make([]Call, len(parts))
	for i, part := range parts {
		var err error
		if calls[i], err = s.commander.Prepare(t.version, part); err != nil {
			return nil, err
		}
	}
	return calls, nil
}

// requestOf is what a command asked for: the payload of its call, or the list of them where it took several.
func requestOf(calls []Call) json.RawMessage {
	if len(calls) == 1 {
		return calls[0].Payload
	}
	payloads := make([]json.RawMessage, len(calls))
	for i, call := range calls {
		payloads[i] = call.Payload
	}
	list, _ := json.Marshal(payloads) // payloads are JSON already
	return list
}

func (s *Service) recordCommand(ctx context.Context, t target, order Order, calls []Call) (uuid.UUID, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	id, request := journal.NewID(), json.RawMessage(Redacted(requestOf(calls)))
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into commands (id, tenant_id, network_id, station_id, session_id, action, request, requested_by, message_id, created_at, bulk_id)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			id, t.Tenant, t.Network, t.Station, db.OrNull(order.session()), calls[0].Action, request, v.Name, calls[0].MessageID, s.now(), db.OrNull(bulkOf(ctx)))
		if err != nil {
			return fmt.Errorf("record the command: %w", err)
		}
		if r, ok := order.(recorded); ok {
			if err := r.record(ctx, tx, recording{target: t, command: id, at: s.now()}); err != nil {
				return err
			}
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "command." + calls[0].Action, Network: t.Network, SubjectType: "station", SubjectID: t.Station.String(),
			Details: map[string]any{"command": id, "request": request},
		})
	})
	if err == nil {
		s.publish(ctx, t.Origin, EventCommand, Event{Object: id})
	}
	return id, err
}

// carryOut sends a recorded command, and stores and returns how it ended. No transaction is open while the station is awaited.
func (s *Service) carryOut(ctx context.Context, t target, id uuid.UUID, order Order, calls []Call) (end commandEnd) {
	if err := s.updateCommand(ctx, t, id, "update commands set status = 'SENT', sent_at = $2 where id = $1 and status = 'PENDING'", s.now()); err != nil {
		s.logger.Error("a command can't be sent because it can't be recorded as sent", "command", id, "error", err)
		return end
	}
	sending, cancel := context.WithTimeout(ctx, commandLifetime)
	defer cancel()
	_, inSeries := order.(series)
	end = s.send(sending, t, calls, inSeries)
	order, end = s.secondTry(sending, t, order, end)
	if len(end.outcome.Variables) > 0 {
		if err := s.StoreInventory(ctx, t.Origin, end.outcome.Variables, end.outcome.Complete); err != nil {
			s.logger.Error("settings that a station reported can't be stored", "station", t.identity, "error", err)
		}
	}
	s.forgive(ctx, t, order, &end)
	if e, ok := order.(explained); ok {
		e.explain(&end)
	}
	s.finish(ctx, t, id, order, end)
	return end
}

// secondTry gives an order once more, otherwise, where the station's answer asks for that.
func (s *Service) secondTry(ctx context.Context, t target, order Order, end commandEnd) (Order, commandEnd) {
	first, ok := order.(repeatable)
	if !ok {
		return order, end
	}
	next := first.second(ctx, s, t, &end)
	if next == nil {
		return order, end
	}
	calls, err := s.prepare(t, next)
	if err != nil {
		end.failed(err)
		return order, end
	}
	return next, s.send(ctx, t, calls, false)
}

// send makes the calls of a command one after the other, up to the first that fails, or, outside a series, that is refused.
func (s *Service) send(ctx context.Context, t target, calls []Call, inSeries bool) (end commandEnd) {
	for i, call := range calls {
		answer, err := s.commander.Send(ctx, t.Address, call)
		if answer.Payload != nil {
			end.responses = append(end.responses, answer.Payload)
		}
		switch {
		case err != nil:
			end.failed(err)
			return end
		case answer.ErrorCode != "":
			end.status, end.errorCode, end.erred = "FAILED", answer.ErrorCode, true
			end.message = "The station answered with the error " + answer.ErrorCode + ". " + answer.ErrorDescription
			return end
		}
		outcome, err := s.commander.Interpret(t.version, call, answer)
		if i > 0 {
			outcome = end.outcome.and(outcome)
		}
		end.interpreted(outcome, err)
		if err != nil || !end.accepted() && !inSeries {
			return end
		}
	}
	return end
}

// commandEnd is how a command ended.
type commandEnd struct {
	status, errorCode, message string
	responses                  []json.RawMessage
	outcome                    Outcome
	// erred is set when the station answered with an error.
	erred bool
}

func (e *commandEnd) accepted() bool { return e.status == "ACCEPTED" }

// response is what the station answered: a payload, or the list of them where the command took several calls.
func (e *commandEnd) response() any {
	switch len(e.responses) {
	case 0:
		return nil
	case 1:
		return json.RawMessage(Redacted(e.responses[0]))
	}
	list, _ := json.Marshal(e.responses) // answers are JSON already
	return json.RawMessage(Redacted(list))
}

// result is what the answer means: a thing, or the list of things where it is about several.
func (e *commandEnd) result() any {
	if len(e.outcome.Results) == 0 {
		return nil
	}
	var result any = e.outcome.Results
	if one, ok := e.outcome.Results[0].(Single); ok && len(e.outcome.Results) == 1 {
		result = one.Value
	}
	text, err := json.Marshal(result)
	if err != nil {
		return nil
	}
	return json.RawMessage(Redacted(text))
}

// Single is the only result of an answer that is about one thing.
type Single struct{ Value any }

func (e *commandEnd) failed(err error) {
	e.status = "FAILED"
	if errors.Is(err, context.DeadlineExceeded) {
		err = ErrCallTimeout
	}
	if f := fault.Of(err); f != nil {
		e.errorCode, e.message = string(f.Code), f.Message
		if f.Code == fault.Timeout {
			e.status = "TIMEOUT"
		}
		return
	}
	e.errorCode, e.message = "INTERNAL", "The command could not be delivered."
}

func (e *commandEnd) interpreted(o Outcome, err error) {
	e.outcome = o
	switch {
	case err != nil:
		e.status, e.errorCode, e.message = "FAILED", "UNREADABLE_ANSWER", "The station's answer can't be understood: "+err.Error()
	case o.Accepted:
		e.status = "ACCEPTED"
	default:
		e.status, e.message = "REJECTED", o.Reason
	}
}

// finish stores how a command ended, and what that makes of the order's own record, together. Only the first outcome counts.
func (s *Service) finish(ctx context.Context, t target, id uuid.UUID, order Order, e commandEnd) {
	const update = `update commands set status = $2, response = $3, error = nullif($4, ''), error_code = nullif($5, ''), completed_at = $6, result = $7
		where id = $1 and status in ('PENDING', 'SENT')`
	pause := 50 * time.Millisecond
	for {
		err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			tag, err := tx.Exec(ctx, update, id, e.status, e.response(), clip(e.message, 1000), clip(e.errorCode, 64), s.now(), e.result())
			if err != nil || tag.RowsAffected() == 0 {
				return err
			}
			if r, ok := order.(settled); ok {
				return r.settle(ctx, tx, recording{target: t, command: id, at: s.now()}, &e)
			}
			return nil
		})
		if err == nil {
			s.publish(ctx, t.Origin, EventCommand, Event{Object: id})
			if _, ok := order.(settled); ok {
				s.publish(ctx, t.Origin, EventStation, Event{})
			}
			return
		}
		if !Transient(err) {
			s.logger.Error("the outcome of a command can't be stored", "command", id, "error", err)
			return
		}
		time.Sleep(pause)
		pause = min(2*pause, time.Second)
	}
}

func (s *Service) updateCommand(ctx context.Context, t target, id uuid.UUID, sql string, args ...any) error {
	n, err := s.db.Exec(ctx, sql, append([]any{id}, args...)...)
	if err != nil {
		return fmt.Errorf("update the command: %w", err)
	}
	if n > 0 {
		s.publish(ctx, t.Origin, EventCommand, Event{Object: id})
	}
	return nil
}

// ExpireCommands gives up on commands whose node died while a station was awaited. Periodic work calls it for each tenant.
func (s *Service) ExpireCommands(ctx context.Context) (int64, error) {
	n, err := s.db.Exec(ctx, `update commands set status = 'TIMEOUT', completed_at = now(), error_code = 'TIMEOUT',
		error = 'The server restarted before the station answered. It may have carried the command out.'
		where status in ('PENDING', 'SENT') and created_at < $1`, s.now().Add(-commandLifetime-time.Minute))
	if err != nil {
		return 0, fmt.Errorf("give up on commands without an answer: %w", err)
	}
	return n, nil
}

func (s *Service) evict(ctx context.Context, node string, station uuid.UUID, epoch int64) {
	s.commander.Evict(ctx, node, station, epoch)
}
