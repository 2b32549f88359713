package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// What a car asks for, by ISO 15118: it gets a schedule within the limits that hold at its EVSE (OCPP 2.0.1 Part 2 K15 to K17).

// ChargingNeeds is what a car asks for.
type ChargingNeeds struct {
	EvseNo int
	// Phases are how many a car on AC charges with; 0 is DC.
	Phases int64
	// MaxW is what the car takes at most.
	MaxW float64
	// Departure is when the car leaves; zero where it doesn't say.
	Departure time.Time
	// MaxPeriods bounds the schedule; 0 doesn't.
	MaxPeriods int64
}

// Charges reports whether a session runs on an EVSE.
func (l *Link) Charges(evseNo int) bool {
	ref := l.running[evseNo]
	return ref != nil && !ref.ended
}

// MeetNeeds sends the session of a car a schedule within its needs and the limits that hold.
func (l *Link) MeetNeeds(ctx context.Context, n ChargingNeeds) {
	ref := l.running[n.EvseNo]
	if ref == nil || ref.ended {
		return
	}
	if err := l.meetNeeds(l.context(ctx), ref, n); err != nil {
		l.service.logger.Warn("a car gets no schedule for its needs", "station", l.Identity, "evse", n.EvseNo, "error", err)
	}
}

func (l *Link) meetNeeds(ctx context.Context, ref *sessionRef, n ChargingNeeds) error {
	s := l.service
	set, row, err := l.sent(ctx, ref)
	if err != nil {
		return err
	}
	forNeeds := true
	details := ProfileDetails{ForNeeds: &forNeeds}
	switch {
	case set == nil:
	case set.Profile.ForNeeds != nil:
		details.LimitedBy = set.Profile.LimitedBy
	default:
		details.LimitedBy = &row
	}
	able, err := s.abilities(ctx, l.target(), n.EvseNo)
	if err != nil {
		return err
	}
	limits, most, err := l.limitsAt(ctx, n.EvseNo, ref.id, details.LimitedBy)
	if err != nil {
		return err
	}
	now := s.now().Truncate(time.Second)
	unit, perUnit := "W", 1.0
	if n.Phases > 0 && (len(able.units) == 0 || slices.Contains(able.units, "A")) {
		unit, perUnit = "A", 230*float64(n.Phases)
	}
	ceiling := n.MaxW
	if most > 0 && (most < ceiling || ceiling <= 0) {
		ceiling = most
	}
	if ceiling <= 0 {
		return errors.New("neither the car nor the station says how much it takes")
	}
	schedule := ProfileSchedule{Unit: unit, Periods: limits.within(ceiling, now, n, perUnit)}
	if n.Departure.After(now) {
		until := int64(n.Departure.Sub(now).Seconds())
		schedule.DurationS = &until
	}
	schedule.StartAt = &now
	o := SetProfileOrder{EvseNo: n.EvseNo, Session: ref.id, TransactionID: ref.transactionID, Profile: ChargingProfile{
		Purpose: PurposeTx, Kind: "ABSOLUTE", ProfileDetails: details, Schedules: []ProfileSchedule{schedule},
	}}
	if err := s.suitProfile(ctx, l.target(), &o); err != nil {
		return err
	}
	_, err = s.command(ctx, l.target(), o, 0)
	return err
}

// standing is a schedule that holds at an EVSE, with the moment from which its periods count.
type standing struct {
	ProfileSchedule
	from, until time.Time
	every       time.Duration
}

type standings []standing

// limitsAt are the schedules of ours and of others that hold at an EVSE, of the session's own the one that somebody set, and the most
// that the EVSE delivers in watt; 0 where that isn't known.
func (l *Link) limitsAt(ctx context.Context, evseNo int, session uuid.UUID, set *uuid.UUID) (limits standings, most float64, err error) {
	rows, err := l.service.db.Query(ctx, `
		select least((select max(coalesce(max_limit, case when value ~ '^[0-9]+([.][0-9]+)?$' then value::float8 end)) from station_variables
				where station_id = $1 and component = 'EVSE' and variable = 'Power' and evse_no = $2),
			(select max(max_power_w)::float8 from connectors where station_id = $1 and evse_no = $2))`, l.Station, evseNo)
	if err != nil {
		return nil, 0, fmt.Errorf("look up the power of the EVSE: %w", err)
	}
	power, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[*float64])
	if err != nil {
		return nil, 0, fmt.Errorf("look up the power of the EVSE: %w", err)
	}
	if power != nil {
		most = *power
	}
	rows, err = l.service.db.Query(ctx, `
		select p.kind, p.recurrency, p.valid_from, p.valid_to, p.schedules, c.started_at from charging_profiles p, charging_sessions c
		where c.id = $3 and p.station_id = $1 and (p.id = $7 or p.status = 'INSTALLED' and p.evse_no in (0, $2) and p.purpose in ($4, $5, $6))`,
		l.Station, evseNo, session, PurposeStationMax, PurposeTxDefault, PurposeExternalConstraints, set)
	if err != nil {
		return nil, 0, fmt.Errorf("look up the limits at the EVSE: %w", err)
	}
	var kind, recurrency string
	var from, to *time.Time
	var text []byte
	var started time.Time
	_, err = pgx.ForEachRow(rows, []any{&kind, &recurrency, &from, &to, &text, &started}, func() error {
		var schedules []ProfileSchedule
		if err := json.Unmarshal(text, &schedules); err != nil {
			return err
		}
		for _, schedule := range schedules[:min(1, len(schedules))] {
			limits = append(limits, stand(schedule, kind, recurrency, from, to, started))
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("look up the limits at the EVSE: %w", err)
	}
	return limits, most, nil
}

func stand(schedule ProfileSchedule, kind, recurrency string, from, to *time.Time, started time.Time) standing {
	st := standing{ProfileSchedule: schedule, from: started}
	if schedule.StartAt != nil && kind != "RELATIVE" {
		st.from = *schedule.StartAt
	}
	if kind == "RECURRING" {
		st.every = map[string]time.Duration{"DAILY": 24 * time.Hour, "WEEKLY": 7 * 24 * time.Hour}[recurrency]
	}
	if from != nil && from.After(st.from) && st.every == 0 {
		st.from = *from
	}
	if to != nil {
		st.until = *to
	}
	return st
}

// at is the limit in watt at a moment, and when the next one holds; ok is false where there is none.
func (s *standing) at(t time.Time) (limit float64, next time.Time, ok bool) {
	since := t.Sub(s.from)
	if !s.until.IsZero() && !t.Before(s.until) {
		return 0, time.Time{}, false
	}
	if since < 0 {
		return 0, s.from, false
	}
	begin := s.from
	if s.every > 0 {
		begin = t.Add(-(since % s.every))
		next = begin.Add(s.every)
	}
	elapsed := int64(t.Sub(begin).Seconds())
	if s.DurationS != nil {
		if elapsed >= *s.DurationS {
			return 0, next, false
		}
		next = begin.Add(time.Duration(*s.DurationS) * time.Second)
	}
	for i := range s.Periods {
		p := &s.Periods[i]
		if p.StartS > elapsed {
			return limit, begin.Add(time.Duration(p.StartS) * time.Second), ok
		}
		f, err := p.Limit.Float64()
		if err != nil {
			continue
		}
		if s.Unit == "A" {
			phases := 3.0
			if p.Phases != nil {
				phases = float64(*p.Phases)
			}
			f *= 230 * phases
		}
		limit, ok = f, true
	}
	return limit, next, ok
}

// ahead is how far limits are looked up for a car that doesn't say when it leaves.
const ahead = 24 * time.Hour

// within is what a car may take from now on: never more than the ceiling and what holds at each moment. A schedule that would have
// more periods than the car takes ends with the lowest of the rest.
func (l standings) within(ceiling float64, now time.Time, n ChargingNeeds, perUnit float64) (periods []SchedulePeriod) {
	end := now.Add(ahead)
	if n.Departure.After(now) {
		end = n.Departure
	}
	most := 100
	if n.MaxPeriods > 0 {
		most = int(min(n.MaxPeriods, 100))
	}
	last := math.Inf(1)
	for t, steps := now, 0; t.Before(end) && steps < 1000; steps++ {
		limit, next := ceiling, end
		for i := range l {
			f, change, ok := l[i].at(t)
			if ok {
				limit = min(limit, f)
			}
			if change.After(t) && change.Before(next) {
				next = change
			}
		}
		limit = math.Floor(limit/perUnit*10) / 10
		// Schedules count in whole seconds: less is allowed from the second in which it begins, more from the one after.
		start := int64(t.Sub(now) / time.Second)
		if limit > last && t.Sub(now)%time.Second > 0 {
			start++
		}
		switch {
		case limit == last && len(periods) > 0:
		case len(periods) > 0 && periods[len(periods)-1].StartS == start:
			periods[len(periods)-1].Limit, last = Exactly(limit), limit
		case len(periods) < most:
			p := SchedulePeriod{StartS: start, DynamicLimits: DynamicLimits{Limit: Exactly(limit)}}
			if n.Phases > 0 {
				phases := n.Phases
				p.Phases = &phases
			}
			periods, last = append(periods, p), limit
		case limit < last:
			periods[len(periods)-1].Limit, last = Exactly(limit), limit
		}
		t = next
	}
	return periods
}

// CheckSchedule compares the schedule that a car made with the one that it was sent. Where it goes beyond, it returns what sends the
// car ours once more, for when the answer has left (OCPP 2.0.1 K15.FR.12, K15.FR.13); nil where the car keeps to it.
func (l *Link) CheckSchedule(ctx context.Context, evseNo int, base time.Time, made ProfileSchedule) (again func()) {
	ref := l.running[evseNo]
	if ref == nil || ref.ended {
		return nil
	}
	ctx = l.context(ctx)
	unable := func(err error) {
		l.service.logger.Warn("a car whose schedule goes beyond the one that it was sent can't be told so", "station", l.Identity, "evse", evseNo, "error", err)
	}
	o, _, err := l.sent(ctx, ref)
	if err != nil {
		unable(err)
		return nil
	}
	if o == nil || !o.exceeded(base, made) {
		return nil
	}
	o.EvseNo, o.TransactionID = evseNo, ref.transactionID
	return func() {
		if _, err := l.service.command(ctx, l.target(), *o, 0); err != nil {
			unable(err)
		}
	}
}

// sent is the profile that a session has from us, with its row, or nil.
func (l *Link) sent(ctx context.Context, ref *sessionRef) (o *SetProfileOrder, id uuid.UUID, err error) {
	rows, err := l.service.db.Query(ctx, `select profile_id, stack_level, kind, recurrency, valid_from, valid_to, schedules, coalesce(details, '{}'), id from charging_profiles
		where session_id = $1 and purpose = $2 and source = 'CSO' and status in ('REQUESTED', 'INSTALLED') order by stack_level desc, created_at desc limit 1`, ref.id, PurposeTx)
	if err != nil {
		return nil, id, fmt.Errorf("load the session's profile: %w", err)
	}
	o = &SetProfileOrder{Session: ref.id, Profile: ChargingProfile{Purpose: PurposeTx}}
	p := &o.Profile
	var text, details []byte
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) {
		return nil, row.Scan(&p.ID, &p.StackLevel, &p.Kind, &p.Recurrency, &p.ValidFrom, &p.ValidTo, &text, &details, &id)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, id, nil
	}
	if err == nil {
		err = errors.Join(json.Unmarshal(text, &p.Schedules), json.Unmarshal(details, &p.ProfileDetails))
	}
	if err != nil {
		return nil, id, fmt.Errorf("load the session's profile: %w", err)
	}
	return o, id, nil
}

// exceeded reports whether a schedule allows more at any of its periods than the order does.
func (o *SetProfileOrder) exceeded(base time.Time, made ProfileSchedule) bool {
	theirs := standing{ProfileSchedule: made, from: base}
	for i := range o.Profile.Schedules {
		ours := stand(o.Profile.Schedules[i], o.Profile.Kind, o.Profile.Recurrency, o.Profile.ValidFrom, o.Profile.ValidTo, base)
		for _, p := range made.Periods {
			at := base.Add(time.Duration(p.StartS) * time.Second)
			limit, _, ok := ours.at(at)
			if wants, _, asks := theirs.at(at); ok && asks && wants > limit+1 { // a watt is lost in rounding
				return true
			}
		}
	}
	return false
}
