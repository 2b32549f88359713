package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
)

// StopReport is a StopTransaction.
type StopReport struct {
	TransactionID int64
	IDTag         string
	MeterWh       int64
	// MeterMissing is set where the station gave no meter: then the session ends where its last sample stood.
	MeterMissing bool
	At           time.Time
	RawAt        string
	Reason       string
	Samples      []SampledValue
	ReceivedAt   time.Time
}

// StopAnswer is what the station is told; Token is set when the stop named one.
type StopAnswer struct{ Token *TokenInfo }

// running is a session as a stop finds it.
type stopping struct {
	id     uuid.UUID
	evseNo int
	idTag  string
	// group is that of the token that started it, stopGroup that of the token that stops it.
	group, stopGroup string
	status           string
	startedAt        time.Time
	meterStart       *string
	// lastMeter is where the register stood at the newest sample.
	lastMeter int64
	flags     flagList
}

// StopSession records that a session has ended. A stop is a report of something that happened: it is kept and answered whatever
// it says, because a station repeats a stop that is refused, for ever.
func (l *Link) StopSession(ctx context.Context, r StopReport, rows Rows[StopAnswer]) (StopAnswer, error) {
	r.MeterWh = l.registerWh(r.MeterWh)
	at := believable(r.At, r.ReceivedAt)
	var ended uuid.UUID
	answer, err := inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (StopAnswer, error) {
		var answer StopAnswer
		session, err := l.findStopping(ctx, tx, r)
		if err != nil {
			return answer, err
		}
		if r.IDTag != "" {
			except := uuid.Nil
			if session != nil {
				except = session.id
			}
			info, err := l.authorize(ctx, tx, r.IDTag, use{session: except})
			if err != nil {
				return answer, err
			}
			answer.Token = &info
			if session != nil {
				session.stopGroup = info.GroupID
			}
		}
		if session == nil {
			ended, err = l.stopWithoutStart(ctx, tx, r, at)
			return answer, err
		}
		ended = session.id
		if r.MeterMissing {
			r.MeterWh = session.lastMeter
			session.flags.add(FlagMeterMissing)
		}
		return answer, l.end(ctx, tx, session, r, at)
	})
	if err != nil {
		return answer, err
	}
	for _, ref := range l.sessions {
		if ref.id == ended {
			l.forget(ref)
		}
	}
	return answer, nil
}

const selectStopping = `select id, evse_no, id_tag, status, started_at, meter_start_wh,
	round(coalesce(meter_start_wh, 0) + coalesce(energy_wh, 0))::bigint, coalesce(flags, '[]')::text,
	coalesce((select t.group_id from tokens t where t.id = charging_sessions.token_id), '') from charging_sessions `

func scanStopping(row pgx.Row) (*stopping, error) {
	var s stopping
	var flags string
	err := row.Scan(&s.id, &s.evseNo, &s.idTag, &s.status, &s.startedAt, &s.meterStart, &s.lastMeter, &flags, &s.group)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the session that stops: %w", err)
	}
	if err := json.Unmarshal([]byte(flags), &s.flags); err != nil {
		return nil, fmt.Errorf("read the session's flags: %w", err)
	}
	return &s, nil
}

// findStopping finds the session by its transaction id; where the station states one that we never gave, by what else it says:
// the token, then the only session that runs.
func (l *Link) findStopping(ctx context.Context, tx *db.Tx, r StopReport) (*stopping, error) {
	s, err := scanStopping(tx.QueryRow(ctx, selectStopping+"where station_id = $1 and ocpp_transaction_id = $2 order by started_at desc limit 1 for update",
		l.Station, strconv.FormatInt(r.TransactionID, 10)))
	if s != nil || err != nil {
		return s, err
	}
	s, err = scanStopping(tx.QueryRow(ctx, selectStopping+"where station_id = $1 and stop_key = $2 for update", l.Station, stopKey(r)))
	if s != nil || err != nil {
		return s, err
	}
	s, err = scanStopping(tx.QueryRow(ctx, selectStopping+`
		where station_id = $1 and status in ('PENDING', 'RUNNING') and (meter_start_wh is null or meter_start_wh <= $2::bigint + 10)
			and ($3 = '' or upper(id_tag) = upper($3)
				or 1 = (select count(*) from charging_sessions where station_id = $1 and status in ('PENDING', 'RUNNING')))
		order by upper(id_tag) = upper($3) desc, started_at desc limit 1 for update`, l.Station, r.MeterWh, l.tag(r.IDTag)))
	if s != nil {
		s.flags.add(FlagMatchedByTag)
	}
	return s, err
}

// stopKey tells a repeated stop without a known transaction from another one. Stations change the time in retries.
func stopKey(r StopReport) string {
	return clip(fmt.Sprintf("%d|%s|%d", r.TransactionID, r.IDTag, r.MeterWh), 512)
}

// end closes a session with what its station reports. A session that ended already stays as it is, unless its end was only
// inferred: then the report knows better.
func (l *Link) end(ctx context.Context, tx *db.Tx, s *stopping, r StopReport, at time.Time) error {
	running := s.status == "PENDING" || s.status == "RUNNING"
	if !running {
		if !s.flags.has(FlagInferredStop) || s.flags.has(FlagLateStop) {
			return nil
		}
		s.flags.add(FlagLateStop)
	}
	if at.Before(s.startedAt) {
		at = s.startedAt
		s.flags.add(FlagTimeBackwards)
	}
	if r.ReceivedAt.Sub(at) > late {
		s.flags.add(FlagOffline)
	}
	if tag := l.tag(r.IDTag); tag != "" && !sameTag(tag, s.idTag) && !sameGroup(s.stopGroup, s.group) {
		s.flags.add(FlagOtherTag)
	}
	energy, err := s.energy(r.MeterWh, at)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update charging_sessions set status = 'COMPLETED', stopped_at = $2, stop_received_at = $3, meter_stop_wh = $4,
			energy_wh = $5::text::numeric, power_w = null, stop_reason = $6, stop_id_tag = $7, flags = $8, stop_key = coalesce(stop_key, $9)
		where id = $1`, s.id, at, r.ReceivedAt, r.MeterWh, energy.String(), stopReason(r.Reason), l.tag(r.IDTag), s.flags.json(), stopKey(r))
	if err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	if err := endProfiles(ctx, tx, s.id); err != nil {
		return err
	}
	if err := insertSamples(ctx, tx, l.samplesOf(r, s.id, s.evseNo)); err != nil {
		return err
	}
	l.park(EventSession, Event{Object: s.id, EvseNo: s.evseNo})
	return l.settle(ctx, tx, s.id)
}

// maxSessionWh and maxSessionW are more than any car takes: beyond them the meter or its unit is wrong.
var maxSessionWh = decimal.MustNew(2_000_000, 0)

const maxSessionW = 1_500_000

// energy is what the session took. A register that ran backwards counts as nothing, and what can't be true is flagged.
func (s *stopping) energy(meterStop int64, at time.Time) (decimal.Decimal, error) {
	stop, err := decimal.New(meterStop, 0)
	if err != nil {
		return decimal.Zero, fmt.Errorf("read the meter at the stop: %w", err)
	}
	start := decimal.Zero
	if s.meterStart != nil {
		if start, err = decimal.Parse(*s.meterStart); err != nil {
			return decimal.Zero, fmt.Errorf("read the meter at the start: %w", err)
		}
	}
	energy, err := stop.Sub(start)
	if err != nil {
		return decimal.Zero, fmt.Errorf("subtract the meters: %w", err)
	}
	if energy.IsNeg() {
		s.flags.add(FlagMeterBackwards)
		return decimal.Zero, nil
	}
	wh, _ := energy.Float64()
	if hours := at.Sub(s.startedAt).Hours(); energy.Cmp(maxSessionWh) > 0 || hours > 1.0/60 && wh/hours > maxSessionW {
		s.flags.add(FlagMeterImplausible)
	}
	return energy, nil
}

// stopWithoutStart keeps a stop whose start never arrived as a session of its own.
func (l *Link) stopWithoutStart(ctx context.Context, tx *db.Tx, r StopReport, at time.Time) (uuid.UUID, error) {
	id, started := journal.NewID(), at
	var meterStart *string
	for _, v := range r.Samples {
		read := l.normalise(v, r.ReceivedAt)
		if read.At.Before(started) {
			started = read.At
		}
		if read.wholeSession() && read.Context == "Transaction.Begin" {
			text := read.number.String()
			meterStart = &text
		}
	}
	s := stopping{startedAt: started, meterStart: meterStart, flags: flagList{FlagStopWithoutStart}}
	energy := decimal.Zero
	if meterStart != nil {
		var err error
		if energy, err = s.energy(r.MeterWh, at); err != nil {
			return uuid.Nil, err
		}
	}
	// The connector isn't part of the message; on a station with one it is that one.
	evseNo := 1
	for at := range l.connectors {
		if len(l.connectors) == 1 {
			evseNo = at.evse
		}
	}
	_, err := tx.Exec(ctx, `
		insert into charging_sessions (id, tenant_id, network_id, station_id, connector_id, location_id, evse_no, connector_no, ocpp_transaction_id, id_tag,
			started_at, start_received_at, stopped_at, stop_received_at, meter_start_wh, meter_stop_wh, energy_wh, status, stop_reason, stop_id_tag, flags, stop_key)
		select $1, $2, $3, $4, (select id from connectors where station_id = $4 and evse_no = $5 and connector_no = 1), s.location_id, $5, 1, $6, $7, $8, $9,
			$10, $9, $11::text::numeric, $12, $13::text::numeric, 'COMPLETED', $14, $7, $15, $16
		from stations s where s.id = $4
		on conflict (station_id, stop_key) where stop_key is not null do nothing`,
		id, l.Tenant, l.Network, l.Station, evseNo, strconv.FormatInt(r.TransactionID, 10), l.tag(r.IDTag), started, r.ReceivedAt, at, meterStart,
		r.MeterWh, energy.String(), stopReason(r.Reason), s.flags.json(), stopKey(r))
	if err != nil {
		return uuid.Nil, fmt.Errorf("keep the stop without its start: %w", err)
	}
	if err := insertSamples(ctx, tx, l.samplesOf(r, id, evseNo)); err != nil {
		return uuid.Nil, err
	}
	l.park(EventSession, Event{Object: id, EvseNo: evseNo})
	if err := l.beginBilling(ctx, tx, id, started, r.ReceivedAt, nil); err != nil {
		return uuid.Nil, err
	}
	return id, l.settle(ctx, tx, id)
}

func (l *Link) samplesOf(r StopReport, session uuid.UUID, evseNo int) []journal.Sample {
	samples := make([]journal.Sample, 0, len(r.Samples))
	for _, v := range r.Samples {
		read := l.normalise(v, r.ReceivedAt)
		read.Origin, read.Session, read.EvseNo = l.Origin, session, evseNo
		samples = append(samples, read.Sample)
	}
	return samples
}

// stopReason is Local where the station gives none (OCPP 1.6 §6.49).
func stopReason(reason string) string {
	if reason == "" {
		return "Local"
	}
	return clip(reason, 32)
}
