package charging

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
)

// Flags of a session: what was repaired or looked odd. They are codes; the portal has the words.
const (
	FlagUnauthorized     = "UNAUTHORIZED_TOKEN"
	FlagInferredStop     = "INFERRED_STOP"
	FlagLateStop         = "LATE_STOP"
	FlagStopWithoutStart = "STOP_WITHOUT_START"
	FlagMatchedByTag     = "MATCHED_WITHOUT_TRANSACTION_ID"
	FlagOtherTag         = "STOPPED_BY_ANOTHER_TOKEN"
	FlagMeterBackwards   = "METER_RAN_BACKWARDS"
	FlagMeterImplausible = "METER_IMPLAUSIBLE"
	FlagMeterMissing     = "METER_MISSING"
	FlagTimeBackwards    = "STOPPED_BEFORE_START"
	FlagClock            = "STATION_CLOCK_NOT_BELIEVED"
	FlagOffline          = "REPORTED_LATE"
	FlagEventsMissing    = "EVENTS_MISSING"
)

// StartReport is a StartTransaction.
type StartReport struct {
	ConnectorNo int
	IDTag       string
	MeterWh     int64
	// ReservationID is nil where the session uses none.
	ReservationID *int64
	// At is the station's time, RawAt its text: together with the rest it tells a retry from a second session.
	At         time.Time
	RawAt      string
	MessageID  string
	ReceivedAt time.Time
}

// StartAnswer is what the station is told.
type StartAnswer struct {
	TransactionID int64
	Token         TokenInfo
}

// late is how much later than it happened a report has to arrive to be called late.
const late = 5 * time.Minute

// StartSession records that a session has begun. It always finds an answer: a token that isn't good is answered so, and the
// station decides whether it ends the session it has already begun (OCPP 1.6 §4.8).
func (l *Link) StartSession(ctx context.Context, r StartReport, rows Rows[StartAnswer]) (StartAnswer, error) {
	at := believable(r.At, r.ReceivedAt)
	key := startKey(r, at)
	r.MeterWh = l.registerWh(r.MeterWh)
	meter, err := decimal.New(r.MeterWh, 0)
	if err != nil {
		return StartAnswer{}, fmt.Errorf("read the meter at the start: %w", err)
	}
	connector, err := l.connector(ctx, place{max(1, r.ConnectorNo), 1})
	if err != nil {
		return StartAnswer{}, err
	}
	ref := &sessionRef{evseNo: connector.evse, meterStart: meter, hasMeterStart: true}
	var replaced []uuid.UUID
	var started *SetProfileOrder
	answer, err := inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (StartAnswer, error) {
		replaced = replaced[:0]
		answer, known, err := l.repeatedStart(ctx, tx, key, ref)
		if err != nil || known {
			return answer, err
		}
		ref.id = journal.NewID()
		if answer.Token, err = l.authorize(ctx, tx, r.IDTag, use{session: ref.id, evseNo: connector.evse}); err != nil {
			return answer, err
		}
		if replaced, err = l.endSilent(ctx, tx, connector.evse, at); err != nil {
			return answer, err
		}
		command, err := l.causingCommand(ctx, tx, r.IDTag, connector.evse)
		if err != nil {
			return answer, err
		}
		if answer.TransactionID, err = l.newTransactionID(ctx, tx); err != nil {
			return answer, err
		}
		ref.transactionID = strconv.FormatInt(answer.TransactionID, 10)
		flags := startFlags(r, at, answer.Token)
		_, err = tx.Exec(ctx, `
			insert into charging_sessions (id, tenant_id, network_id, station_id, connector_id, location_id, token_id, command_id, evse_no, connector_no,
				ocpp_transaction_id, id_tag, started_at, start_received_at, meter_start_wh, energy_wh, status, flags, start_key, authorization_status)
			select $1, $2, $3, $4, $5, s.location_id, $6, $7, $8, 1, $9, $10, $11, $12, $13::text::numeric, 0, 'RUNNING', $14, $15, $16
			from stations s where s.id = $4`,
			ref.id, l.Tenant, l.Network, l.Station, connector.id, db.OrNull(answer.Token.token), db.OrNull(command), connector.evse,
			ref.transactionID, l.tag(r.IDTag), at, r.ReceivedAt, meter.String(), flags, key, answer.Token.Status)
		if err != nil {
			return answer, fmt.Errorf("record the session: %w", err)
		}
		if command != uuid.Nil {
			if _, err := tx.Exec(ctx, "update commands set session_id = $2 where id = $1", command, ref.id); err != nil {
				return answer, fmt.Errorf("tie the session to its command: %w", err)
			}
			l.park(EventCommand, Event{Object: command})
			if started, err = l.startProfile(ctx, tx, command, ref.id); err != nil {
				return answer, err
			}
		}
		l.park(EventSession, Event{Object: ref.id, EvseNo: connector.evse})
		if err := l.useReservation(ctx, tx, r.ReservationID, ref.id, at); err != nil {
			return answer, err
		}
		return answer, l.beginBilling(ctx, tx, ref.id, at, r.ReceivedAt, &answer.Token)
	})
	if err != nil {
		return answer, err
	}
	l.owe(started, connector.evse, ref.transactionID)
	for _, id := range replaced {
		for _, old := range l.sessions {
			if old.id == id {
				l.forget(old)
			}
		}
	}
	if ref.transactionID != "" && l.sessions[ref.transactionID] == nil && !ref.ended {
		l.remember(ref)
	}
	return answer, nil
}

// repeatedStart answers a retry with what was answered the first time.
func (l *Link) repeatedStart(ctx context.Context, tx *db.Tx, key string, ref *sessionRef) (answer StartAnswer, known bool, err error) {
	var transactionID, status, authorization string
	err = tx.QueryRow(ctx, `select id, ocpp_transaction_id, status, coalesce(authorization_status, 'Accepted') from charging_sessions
		where station_id = $1 and start_key = $2`, l.Station, key).Scan(&ref.id, &transactionID, &status, &authorization)
	if errors.Is(err, pgx.ErrNoRows) {
		return answer, false, nil
	}
	if err != nil {
		return answer, false, fmt.Errorf("look for an earlier report of the start: %w", err)
	}
	ref.transactionID = transactionID
	ref.ended = status != "RUNNING" && status != "PENDING"
	return StartAnswer{TransactionID: parseTransactionID(transactionID), Token: TokenInfo{Status: Authorization(authorization)}}, true, nil
}

// startKey is the same for every retry of one start, and differs between two sessions. A station whose clock can't be believed
// may begin twice at the same time, so its message id tells them apart.
func startKey(r StartReport, at time.Time) string {
	key := fmt.Sprintf("%d|%s|%s|%d", r.ConnectorNo, r.RawAt, r.IDTag, r.MeterWh)
	if !at.Equal(r.At) {
		key += "|" + r.MessageID
	}
	return clip(key, 512)
}

func startFlags(r StartReport, at time.Time, token TokenInfo) []byte {
	var flags flagList
	if token.Status != TokenAccepted {
		flags.add(FlagUnauthorized)
	}
	if !at.Equal(r.At) {
		flags.add(FlagClock)
	}
	if r.ReceivedAt.Sub(at) > late {
		flags.add(FlagOffline)
	}
	return flags.json()
}

// endSilent ends sessions on the connector that the station never stopped: it lost power, or its memory. A start that is older
// than a running session is a replay and ends nothing.
func (l *Link) endSilent(ctx context.Context, tx *db.Tx, evseNo int, at time.Time) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `
		update charging_sessions set status = 'COMPLETED', stopped_at = coalesce(last_sample_at, $3), stop_received_at = now(), stop_reason = 'PowerLoss',
			power_w = null, flags = coalesce(flags, '[]') || to_jsonb($4::text),
			meter_stop_wh = coalesce(meter_start_wh + energy_wh, meter_start_wh)
		where station_id = $1 and evse_no = $2 and status in ('PENDING', 'RUNNING') and started_at <= $3
		returning id`, l.Station, evseNo, at, FlagInferredStop)
	if err != nil {
		return nil, fmt.Errorf("end the session that was left running: %w", err)
	}
	ended, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("end the session that was left running: %w", err)
	}
	for _, id := range ended {
		l.park(EventSession, Event{Object: id, EvseNo: evseNo})
	}
	if err := endProfiles(ctx, tx, ended...); err != nil {
		return nil, err
	}
	return ended, l.settle(ctx, tx, ended...)
}

// causingCommand finds the remote start that this session answers.
func (l *Link) causingCommand(ctx context.Context, tx *db.Tx, idTag string, evseNo int) (uuid.UUID, error) {
	var id uuid.UUID
	err := tx.QueryRow(ctx, `
		select id from commands where station_id = $1 and action = 'RemoteStartTransaction' and session_id is null
			and status in ('SENT', 'ACCEPTED', 'TIMEOUT') and upper(request->>'idTag') = upper($2) and created_at > $4
			and (request->>'connectorId' is null or (request->>'connectorId')::int = $3)
		order by created_at desc limit 1`, l.Station, l.tag(idTag), evseNo, l.service.now().Add(-10*time.Minute)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, nil
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("look for the command behind the session: %w", err)
	}
	return id, nil
}

func parseTransactionID(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func isNetwork(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}

// newTransactionID takes an id that the station hasn't used: it may have stopped sessions here that another system had numbered.
func (l *Link) newTransactionID(ctx context.Context, tx *db.Tx) (id int64, err error) {
	for used := true; used; {
		err = tx.QueryRow(ctx, `with next as (select nextval('ocpp_transaction_ids') as id)
			select id, exists (select from charging_sessions where station_id = $1 and ocpp_transaction_id = next.id::text) from next`, l.Station).Scan(&id, &used)
		if err != nil {
			return 0, fmt.Errorf("take a transaction id: %w", err)
		}
	}
	return id, nil
}
