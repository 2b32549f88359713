package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
}

// Why a call got no answer.
var (
	ErrStationOffline = fault.New(fault.StationOffline, "The station is not connected: commands reach it once it is online again.")
	ErrCallTimeout    = fault.New(fault.Timeout, "The station did not answer in time. It may still carry the command out.")
	ErrQueueFull      = fault.New(fault.Limit, "Too many commands are waiting for this station: wait for them to finish.")
	ErrConnectionLost = fault.New(fault.Unavailable, "The connection was lost before the station answered. It may have carried the command out.")
)

// callTimeout bounds how long a station may take to answer.
const callTimeout = 30 * time.Second

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
	var online bool
	var onboarding string
	rows, err := s.db.Query(ctx, `select tenant_id, network_id, identity, online, onboarding, node, connection_version from stations
		where id = $1 and removed_at is null`, id)
	if err != nil {
		return t, fmt.Errorf("load the station: %w", err)
	}
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) {
		return nil, row.Scan(&t.Tenant, &t.Network, &t.identity, &online, &onboarding, &t.Node, &t.version)
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
		return t, fault.New(fault.Conflict, "The station is still Pending: commands are possible once it is onboarded.")
	}
	return t, nil
}

// command records an order, sends it, and waits for its outcome up to wait seconds. The command goes on after that.
func (s *Service) command(ctx context.Context, t target, order Order, wait int) (*ent.Command, error) {
	if wait < 0 || wait > maxWait {
		return nil, fault.In("wait", "Wait between 0 and %d seconds, not %d.", maxWait, wait)
	}
	call, err := s.commander.Prepare(t.version, order)
	if err != nil {
		return nil, err
	}
	id, err := s.recordCommand(ctx, t, order, call)
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	// The caller may go away; the command does not.
	background := context.WithoutCancel(ctx)
	go func() {
		defer close(done)
		s.carryOut(background, t, id, call)
	}()
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

func (s *Service) recordCommand(ctx context.Context, t target, order Order, call Call) (uuid.UUID, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	id := journal.NewID()
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into commands (id, tenant_id, network_id, station_id, session_id, action, request, requested_by, message_id, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			id, t.Tenant, t.Network, t.Station, orNull(order.session()), call.Action, call.Payload, v.Name, call.MessageID, s.now())
		if err != nil {
			return fmt.Errorf("record the command: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "command." + call.Action, Network: t.Network, SubjectType: "station", SubjectID: t.Station.String(),
			Details: map[string]any{"command": id, "request": call.Payload},
		})
	})
	if err == nil {
		s.publish(ctx, t.Origin, EventCommand, Event{Object: id})
	}
	return id, err
}

// carryOut sends a recorded command and stores its outcome. No transaction is open while the station is awaited.
func (s *Service) carryOut(ctx context.Context, t target, id uuid.UUID, call Call) {
	if err := s.updateCommand(ctx, t, id, "update commands set status = 'SENT', sent_at = $2 where id = $1 and status = 'PENDING'", s.now()); err != nil {
		s.logger.Error("a command can't be sent because it can't be recorded as sent", "command", id, "error", err)
		return
	}
	sending, cancel := context.WithTimeout(ctx, callTimeout+5*time.Second)
	defer cancel()
	answer, err := s.commander.Send(sending, t.Address, call)
	end := commandEnd{answer: answer}
	switch {
	case err != nil:
		end.failed(err)
	case answer.ErrorCode != "":
		end.status, end.errorCode = "FAILED", answer.ErrorCode
		end.message = "The station answered with the error " + answer.ErrorCode + ". " + answer.ErrorDescription
	default:
		outcome, err := s.commander.Interpret(t.version, call, answer)
		end.interpreted(outcome, err)
		if err == nil && len(outcome.Variables) > 0 {
			if err := s.StoreInventory(ctx, t.Origin, outcome.Variables, outcome.Complete); err != nil {
				s.logger.Error("settings that a station reported can't be stored", "station", t.identity, "error", err)
			}
		}
	}
	s.finish(ctx, t, id, end)
}

// commandEnd is how a command ended.
type commandEnd struct {
	status, errorCode, message string
	answer                     Answer
}

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
	switch {
	case err != nil:
		e.status, e.errorCode, e.message = "FAILED", "UNREADABLE_ANSWER", "The station's answer can't be understood: "+err.Error()
	case o.Accepted:
		e.status = "ACCEPTED"
	default:
		e.status, e.message = "REJECTED", o.Reason
	}
}

func (s *Service) finish(ctx context.Context, t target, id uuid.UUID, e commandEnd) {
	var response any
	if e.answer.Payload != nil {
		response = e.answer.Payload
	}
	// Only the first outcome counts.
	const update = `update commands set status = $2, response = $3, error = nullif($4, ''), error_code = nullif($5, ''), completed_at = $6
		where id = $1 and status in ('PENDING', 'SENT')`
	pause := 50 * time.Millisecond
	for {
		err := s.updateCommand(ctx, t, id, update, e.status, response, clip(e.message, 1000), clip(e.errorCode, 64), s.now())
		if err == nil || !Transient(err) {
			if err != nil {
				s.logger.Error("the outcome of a command can't be stored", "command", id, "error", err)
			}
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
		where status in ('PENDING', 'SENT') and created_at < $1`, s.now().Add(-2*callTimeout-time.Minute))
	if err != nil {
		return 0, fmt.Errorf("give up on commands without an answer: %w", err)
	}
	return n, nil
}

func (s *Service) evict(ctx context.Context, node string, station uuid.UUID, epoch int64) {
	s.commander.Evict(ctx, node, station, epoch)
}
