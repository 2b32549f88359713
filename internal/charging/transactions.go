package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
)

// TransactionStep is which part of a session an event of OCPP 2.x is.
type TransactionStep string

// The steps (OCPP 2.0.1 Part 2 §3.84).
const (
	TransactionStarted TransactionStep = "Started"
	TransactionUpdated TransactionStep = "Updated"
	TransactionEnded   TransactionStep = "Ended"
)

// TransactionReport is a TransactionEvent of OCPP 2.x.
type TransactionReport struct {
	Step          TransactionStep
	TransactionID string
	SeqNo         int64
	Offline       bool
	// EvseNo is 0 where the event doesn't say it: only the first has to.
	EvseNo, ConnectorNo int
	// Token is nil where the event carries none.
	Token         *IDToken
	RemoteStartID int64
	// ReservationID is nil where the event ends no reservation.
	ReservationID *int64
	ChargingState string
	Reason        string
	// Asked is set for an event that the station was asked for: it may be that something waits to be told to it.
	Asked bool
	// Limits are what the session may take at most, where the event says so; Cost is what the session costs by the station's own
	// reckoning, as JSON.
	Limits  *SessionLimits
	Cost    []byte
	Samples []SampledValue
	// At is the station's time; zero where it gave none.
	At         time.Time
	ReceivedAt time.Time
}

// IDToken identifies a driver in OCPP 2.x.
type IDToken struct{ Value, Type string }

// TransactionAnswer is what the station is told.
type TransactionAnswer struct {
	// Token is set when the event carried one.
	Token *TokenInfo
	// Cost is what the session costs so far, or in all once it has ended; nil where nobody reckons it.
	Cost *decimal.Decimal
	// Limits are what the session may take at most; nil without any.
	Limits *SessionLimits
}

// TransactionProgress takes an event that only tells how a known session goes on. It adds to the entry of its message and
// reports whether it did; all other events need ReportTransaction.
func (l *Link) TransactionProgress(e *journal.Entry, r TransactionReport) bool {
	ref := l.sessions[r.TransactionID]
	if r.Asked || r.Limits != nil || r.Cost != nil {
		return false
	}
	if ref == nil || l.costDue(ref, r.ReceivedAt) || ref.changes(r) || !ref.begun || ref.ended || r.Step != TransactionUpdated || r.Token != nil || r.ReservationID != nil || r.EvseNo != 0 && r.EvseNo != ref.evseNo || !ref.hasMeterStart {
		return false
	}
	if ref.seen.has(r.SeqNo) {
		return true // the station didn't see our answer
	}
	p := progress{session: ref, at: believable(r.At, r.ReceivedAt)}
	for i := range r.Samples {
		read := l.normalise(r.Samples[i], r.ReceivedAt)
		read.Origin, read.EvseNo, read.Session = l.Origin, ref.evseNo, ref.id
		p.take(&read)
		e.Samples = append(e.Samples, read.Sample)
	}
	row, _ := p.row()
	row.State = r.ChargingState
	if r.SeqNo >= 0 && r.SeqNo <= maxSeq {
		row.Seen = []int64{r.SeqNo}
	}
	e.Progress = append(e.Progress, row)
	l.park(EventSession, Event{Object: ref.id, At: r.ReceivedAt, EvseNo: ref.evseNo})
	l.onCommit = append(l.onCommit, func() { ref.seen, ref.stateSeq = ref.seen.with(r.SeqNo), r.SeqNo })
	return true
}

// changes reports whether an event's state of charging is to be stored: it isn't the one of the event right before it, or nobody can
// tell, because events came in another order than they happened.
func (s *sessionRef) changes(r TransactionReport) bool {
	return s.stateSeq+1 != r.SeqNo || r.ChargingState != "" && r.ChargingState != s.state
}

// transaction is a session of OCPP 2.x as an event finds it.
type transaction struct {
	id                    uuid.UUID
	evseNo                int
	status                string
	startedAt             time.Time
	meterStart, meterStop *decimal.Decimal
	energy                decimal.Decimal
	begun, stopped        bool
	idTag                 string
	flags                 flagList
	seen                  sequence
}

func (t *transaction) running() bool { return t.status == "PENDING" || t.status == "RUNNING" }

// ReportTransaction records an event of a session. Events may come twice, late and out of order: whichever is first makes the
// session, and each adds what it alone knows. It is always answered with a result, because a station repeats what is refused.
func (l *Link) ReportTransaction(ctx context.Context, r TransactionReport, rows Rows[TransactionAnswer]) (TransactionAnswer, error) {
	at := believable(r.At, r.ReceivedAt)
	var connector *connectorRef
	if r.EvseNo > 0 {
		var err error
		if connector, err = l.connector(ctx, place{r.EvseNo, max(1, r.ConnectorNo)}); err != nil {
			return TransactionAnswer{}, err
		}
	}
	var found *transaction
	var replaced []uuid.UUID
	var started *SetProfileOrder
	var reckoned bool
	answer, err := inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (answer TransactionAnswer, err error) {
		replaced, reckoned = replaced[:0], false
		if found, err = l.findTransaction(ctx, tx, r.TransactionID); err != nil {
			return answer, err
		}
		fresh, tagged := found == nil, found != nil && found.idTag != ""
		if fresh {
			found = &transaction{id: journal.NewID(), status: "RUNNING", startedAt: at}
		}
		if r.Token != nil {
			u := use{session: found.id}
			if r.Step != TransactionEnded && found.idTag == "" {
				// The token that a session has first is the one that it begins with.
				u.evseNo = max(r.EvseNo, found.evseNo)
			}
			info, err := l.authorizeToken(ctx, tx, *r.Token, u)
			if err != nil {
				return answer, err
			}
			answer.Token = &info
		}
		if found.seen.has(r.SeqNo) && !fresh {
			return answer, nil
		}
		if fresh && r.EvseNo > 0 {
			if replaced, err = l.endSilent(ctx, tx, r.EvseNo, at); err != nil {
				return answer, err
			}
		}
		begin, last := l.registers(r)
		found.take(r, at, begin, last, answer.Token)
		if err := l.keepTransaction(ctx, tx, found, r, answer.Token, connector); err != nil {
			return answer, err
		}
		if err := keepState(ctx, tx, l, found.id, r.ChargingState, at); err != nil {
			return answer, err
		}
		samples := make([]journal.Sample, 0, len(r.Samples))
		for _, v := range r.Samples {
			read := l.normalise(v, r.ReceivedAt)
			read.Origin, read.Session, read.EvseNo = l.Origin, found.id, found.evseNo
			samples = append(samples, read.Sample)
		}
		if err := insertSamples(ctx, tx, samples); err != nil {
			return answer, err
		}
		l.park(EventSession, Event{Object: found.id, EvseNo: found.evseNo})
		if err := l.useReservation(ctx, tx, r.ReservationID, found.id, at); err != nil {
			return answer, err
		}
		if started, err = l.tieTransaction(ctx, tx, found.id, r.RemoteStartID); err != nil {
			return answer, err
		}
		if fresh || !tagged && answer.Token != nil {
			if err := l.beginBilling(ctx, tx, found.id, found.startedAt, r.ReceivedAt, answer.Token); err != nil {
				return answer, err
			}
		}
		if !found.running() {
			if err := endProfiles(ctx, tx, found.id); err != nil {
				return answer, err
			}
			if err := l.settleTransaction(ctx, tx, found); err != nil {
				return answer, err
			}
		}
		reckoned = true
		return answer, l.reckon(ctx, tx, found.id, r, &answer)
	})
	if err != nil {
		return answer, err
	}
	for _, old := range l.sessions {
		for _, id := range replaced {
			if old.id == id {
				l.forget(old)
			}
		}
	}
	ref := l.know(r.TransactionID, found)
	if r.ChargingState != "" || r.SeqNo != ref.stateSeq+1 {
		ref.state = r.ChargingState
	}
	ref.stateSeq = r.SeqNo
	if reckoned {
		if ref.costAt = r.ReceivedAt; answer.Cost == nil {
			ref.costAt = forever // nothing says what the session costs, and that stays so
		}
	}
	l.owe(started, found.evseNo, r.TransactionID)
	return answer, nil
}

// know brings what the link remembers of a session up to date.
func (l *Link) know(transactionID string, t *transaction) *sessionRef {
	ref := l.sessions[transactionID]
	if ref == nil {
		ref = &sessionRef{transactionID: transactionID}
	}
	ref.id, ref.evseNo, ref.begun, ref.seen = t.id, t.evseNo, t.begun, t.seen
	if t.meterStart != nil {
		ref.meterStart, ref.hasMeterStart = *t.meterStart, true
	}
	l.sessions[transactionID] = ref
	if t.running() {
		l.remember(ref)
	} else {
		l.forget(ref)
	}
	return ref
}

// forever is later than any message.
var forever = time.Unix(1<<40, 0)

func (l *Link) findTransaction(ctx context.Context, tx *db.Tx, transactionID string) (*transaction, error) {
	var t transaction
	var start, stop, energy *string
	var flags, seen string
	err := tx.QueryRow(ctx, `select id, evse_no, status, started_at, meter_start_wh::text, meter_stop_wh::text, energy_wh::text, start_key is not null,
			stop_key is not null, id_tag, coalesce(flags, '[]')::text, coalesce(seq_seen, '{}')::text
		from charging_sessions where station_id = $1 and ocpp_transaction_id = $2 order by started_at desc limit 1 for update`,
		l.Station, clip(transactionID, 255)).Scan(&t.id, &t.evseNo, &t.status, &t.startedAt, &start, &stop, &energy, &t.begun, &t.stopped, &t.idTag, &flags, &seen)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the session: %w", err)
	}
	if err := json.Unmarshal([]byte(flags), &t.flags); err != nil {
		return nil, fmt.Errorf("read the session's flags: %w", err)
	}
	t.seen, t.meterStart, t.meterStop = parseSequence(seen), register(start), register(stop)
	if e := register(energy); e != nil {
		t.energy = *e
	}
	return &t, nil
}

func register(text *string) *decimal.Decimal {
	if text == nil {
		return nil
	}
	d, err := decimal.Parse(*text)
	if err != nil {
		return nil
	}
	return &d
}

// take adds what an event knows to what is known of its session.
func (t *transaction) take(r TransactionReport, at time.Time, begin, last *decimal.Decimal, token *TokenInfo) {
	t.seen = t.seen.with(r.SeqNo)
	if r.EvseNo > 0 {
		t.evseNo = r.EvseNo
	}
	switch {
	case r.Step == TransactionStarted:
		t.begun, t.startedAt = true, at
		if begin != nil {
			t.meterStart = begin
		}
		t.flags = t.flags.without(FlagStopWithoutStart)
	case !t.begun:
		t.flags.add(FlagStopWithoutStart)
	}
	if t.meterStart == nil && begin != nil {
		t.meterStart = begin
	}
	if token != nil && token.Status != TokenAccepted {
		t.flags.add(FlagUnauthorized)
	}
	if !at.Equal(r.At) {
		t.flags.add(FlagClock)
	}
	if r.Offline || r.ReceivedAt.Sub(at) > late {
		t.flags.add(FlagOffline)
	}
	if r.Step == TransactionEnded && !t.stopped {
		if t.flags.has(FlagInferredStop) {
			t.flags.add(FlagLateStop)
		}
		t.stopped, t.status, t.meterStop = true, "COMPLETED", last
		if last == nil {
			t.flags.add(FlagMeterMissing)
		}
	}
	t.count(last)
	if t.stopped {
		t.flags = t.flags.without(FlagEventsMissing)
		if !t.seen.complete() {
			t.flags.add(FlagEventsMissing)
		}
	}
}

// count works out the energy so far. A register that ran backwards counts as nothing.
func (t *transaction) count(last *decimal.Decimal) {
	if t.meterStop != nil {
		last = t.meterStop
	} else if t.stopped {
		return
	}
	if t.meterStart == nil || last == nil {
		return
	}
	energy, err := last.Sub(*t.meterStart)
	if err != nil {
		return
	}
	if energy.IsNeg() {
		t.flags.add(FlagMeterBackwards)
		energy = decimal.Zero
	}
	if energy.Cmp(maxSessionWh) > 0 {
		t.flags.add(FlagMeterImplausible)
	}
	if t.stopped || energy.Cmp(t.energy) > 0 {
		t.energy = energy
	}
}

// registers are the first and the last reading of the total register in an event.
func (l *Link) registers(r TransactionReport) (first, last *decimal.Decimal) {
	var firstAt, lastAt time.Time
	for _, v := range r.Samples {
		read := l.normalise(v, r.ReceivedAt)
		if !read.wholeSession() || read.number.IsNeg() {
			continue
		}
		n := read.number
		if first == nil || read.Context == "Transaction.Begin" || read.At.Before(firstAt) {
			first, firstAt = &n, read.At
		}
		if last == nil || read.Context == "Transaction.End" || !read.At.Before(lastAt) {
			last, lastAt = &n, read.At
		}
	}
	return first, last
}

// keepTransaction writes a session with what an event added.
func (l *Link) keepTransaction(ctx context.Context, tx *db.Tx, t *transaction, r TransactionReport, token *TokenInfo, connector *connectorRef) error {
	at := believable(r.At, r.ReceivedAt)
	var connectorID, tokenID *uuid.UUID
	connectorNo := 0
	if connector != nil {
		connectorID, connectorNo = &connector.id, connector.connector
	}
	var idTag, idType, authorization, startKey, stopKey, stopTag, reason *string
	if token != nil {
		tag := l.tag(r.Token.Value)
		status := string(token.Status)
		tokenID = db.OrNull(token.token)
		if r.Step == TransactionEnded {
			stopTag = &tag
		}
		if t.idTag == "" && tag != "" {
			idTag, idType, authorization = &tag, &r.Token.Type, &status
		}
	}
	key := clip("2|"+r.TransactionID, 512)
	if t.begun {
		startKey = &key
	}
	var stoppedAt, stopReceived *time.Time
	if t.stopped {
		stopKey = &key
	}
	if r.Step == TransactionEnded {
		if at.Before(t.startedAt) {
			at = t.startedAt
			t.flags.add(FlagTimeBackwards)
		}
		text := stopReason(r.Reason)
		stoppedAt, stopReceived, reason = &at, &r.ReceivedAt, &text
	}
	_, err := tx.Exec(ctx, `
		insert into charging_sessions as c (id, tenant_id, network_id, station_id, connector_id, location_id, token_id, evse_no, connector_no, ocpp_transaction_id,
			id_tag, id_token_type, started_at, start_received_at, stopped_at, stop_received_at, meter_start_wh, meter_stop_wh, energy_wh, status, stop_reason,
			stop_id_tag, flags, start_key, stop_key, authorization_status, charging_state, remote_start_id, seq_seen)
		select $1, $2, $3, $4, $5, s.location_id, $6, $7, $8, $9, coalesce($10, ''), coalesce($11, ''), $12, $13, $14, $15, $16::text::numeric, $17::text::numeric,
			$18::text::numeric, $19, coalesce($20, ''), coalesce($21, ''), $22, $23, $24, $25, $26, $27, $28::text::int4multirange
		from stations s where s.id = $4
		on conflict (id) do update set
			connector_id = coalesce(excluded.connector_id, c.connector_id), token_id = case when c.id_tag = '' then coalesce(excluded.token_id, c.token_id) else c.token_id end,
			evse_no = excluded.evse_no, connector_no = greatest(excluded.connector_no, c.connector_no),
			id_tag = case when c.id_tag = '' then excluded.id_tag else c.id_tag end,
			id_token_type = case when c.id_tag = '' then excluded.id_token_type else c.id_token_type end,
			authorization_status = coalesce(c.authorization_status, excluded.authorization_status),
			started_at = excluded.started_at, stopped_at = coalesce(excluded.stopped_at, c.stopped_at),
			stop_received_at = coalesce(excluded.stop_received_at, c.stop_received_at), meter_start_wh = excluded.meter_start_wh,
			meter_stop_wh = coalesce(excluded.meter_stop_wh, c.meter_stop_wh), energy_wh = excluded.energy_wh, status = excluded.status,
			power_w = case when excluded.status = 'RUNNING' then c.power_w end,
			stop_reason = case when excluded.stop_reason = '' then c.stop_reason else excluded.stop_reason end,
			stop_id_tag = case when excluded.stop_id_tag = '' then c.stop_id_tag else excluded.stop_id_tag end, flags = excluded.flags,
			start_key = excluded.start_key, stop_key = excluded.stop_key,
			charging_state = case when excluded.charging_state = '' then c.charging_state else excluded.charging_state end,
			remote_start_id = coalesce(excluded.remote_start_id, c.remote_start_id), seq_seen = excluded.seq_seen`,
		t.id, l.Tenant, l.Network, l.Station, connectorID, tokenID, t.evseNo, connectorNo, clip(r.TransactionID, 255), idTag, idType, t.startedAt, r.ReceivedAt,
		stoppedAt, stopReceived, decimalText(t.meterStart), decimalText(t.meterStop), t.energy.String(), t.status, reason, stopTag, t.flags.json(), startKey, stopKey,
		authorization, clip(r.ChargingState, 32), positive(r.RemoteStartID), t.seen.String())
	if err != nil {
		return fmt.Errorf("record the session: %w", err)
	}
	return nil
}

// tieTransaction ties a session to the remote start that it answers, and gives the profile that is to be sent for it now.
func (l *Link) tieTransaction(ctx context.Context, tx *db.Tx, session uuid.UUID, remoteStartID int64) (*SetProfileOrder, error) {
	if remoteStartID <= 0 {
		return nil, nil
	}
	var command uuid.UUID
	err := tx.QueryRow(ctx, `update commands set session_id = $3 where id = (select id from commands where station_id = $1 and session_id is null
		and action = 'RequestStartTransaction' and request->>'remoteStartId' = $2::text order by created_at desc limit 1) returning id`,
		l.Station, fmt.Sprint(remoteStartID), session).Scan(&command)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("tie the session to its command: %w", err)
	}
	if _, err := tx.Exec(ctx, "update charging_sessions set command_id = $2 where id = $1", session, command); err != nil {
		return nil, fmt.Errorf("tie the session to its command: %w", err)
	}
	l.park(EventCommand, Event{Object: command})
	return l.startProfile(ctx, tx, command, session)
}

func decimalText(d *decimal.Decimal) *string {
	if d == nil {
		return nil
	}
	text := d.String()
	return &text
}

func positive(n int64) *int64 {
	if n <= 0 || n > maxSeq {
		return nil
	}
	return &n
}
