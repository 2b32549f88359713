package charging

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/quirks"
)

// What a station can do with limits, and how limits are suited to it.

// abilities are what a station says of its smart charging. Nil and empty are what it doesn't say.
type abilities struct {
	version                                string
	off                                    bool
	maxStackLevel, maxPeriods, maxProfiles *int
	// units are A, W or both.
	units []string
	// phases are how many the EVSE has.
	phases int64
}

// abilities looks up what a station reported of its smart charging (OCPP 1.6 §9.4, OCPP 2.0.1 Part 2 §2.12).
func (s *Service) abilities(ctx context.Context, t target, evseNo int) (*abilities, error) {
	rows, err := s.db.Query(ctx, `
		select component || '.' || variable || case instance when '' then '' else '.' || instance end, value, max_limit from station_variables
		where station_id = $1 and attribute = 'Actual' and (component = 'SmartChargingCtrlr' or component = '' and variable in
				('ChargeProfileMaxStackLevel', 'ChargingScheduleAllowedChargingRateUnit', 'ChargingScheduleMaxPeriods', 'MaxChargingProfilesInstalled')
			or component in ('EVSE', 'Connector') and variable = 'SupplyPhases' and (evse_no = $2 or $2 = 0))`, t.Station, evseNo)
	if err != nil {
		return nil, fmt.Errorf("look up what the station says of its smart charging: %w", err)
	}
	able := &abilities{version: t.version}
	var name, value string
	var most *float64
	_, err = pgx.ForEachRow(rows, []any{&name, &value, &most}, func() error {
		able.take(name, strings.TrimSpace(value), most)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up what the station says of its smart charging: %w", err)
	}
	return able, s.wiring(ctx, t, evseNo, able)
}

func (a *abilities) take(name, value string, most *float64) {
	n, err := strconv.Atoi(value)
	isNumber := err == nil && n >= 0
	switch {
	case name == "SmartChargingCtrlr.Enabled":
		a.off = strings.EqualFold(value, "false")
	case name == ".ChargingScheduleAllowedChargingRateUnit", name == "SmartChargingCtrlr.RateUnit":
		for word := range strings.SplitSeq(value, ",") {
			switch strings.ToLower(strings.TrimSpace(word)) {
			case "a", "current":
				a.units = append(a.units, "A")
			case "w", "power":
				a.units = append(a.units, "W")
			}
		}
	case name == "SmartChargingCtrlr.Entries.ChargingProfiles":
		if most != nil {
			n := int(*most)
			a.maxProfiles = &n
		}
	case !isNumber:
	case name == ".ChargeProfileMaxStackLevel", name == "SmartChargingCtrlr.ProfileStackLevel":
		a.maxStackLevel = &n
	case name == ".ChargingScheduleMaxPeriods", name == "SmartChargingCtrlr.PeriodsPerSchedule":
		a.maxPeriods = &n
	case name == ".MaxChargingProfilesInstalled":
		a.maxProfiles = &n
	case strings.HasSuffix(name, ".SupplyPhases") && n >= 1 && n <= 3:
		a.phases = max(a.phases, int64(n))
	}
}

// wiring checks that the station has the EVSE, and learns from its plugs how many phases it has.
func (s *Service) wiring(ctx context.Context, t target, evseNo int, able *abilities) error {
	rows, err := s.db.Query(ctx, `select count(*) > 0, count(*) filter (where evse_no = $2) > 0,
			coalesce(bool_and(type in ('TYPE1', 'SCHUKO', 'NACS')) filter (where evse_no = $2 or $2 = 0), false) from connectors where station_id = $1`, t.Station, evseNo)
	if err != nil {
		return fmt.Errorf("look at the station's connectors: %w", err)
	}
	var any, known, single bool
	if _, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (none struct{}, err error) { return none, row.Scan(&any, &known, &single) }); err != nil {
		return fmt.Errorf("look at the station's connectors: %w", err)
	}
	switch {
	case evseNo > 0 && any && !known:
		return fault.In("evseNo", "The station has no EVSE %d.", evseNo)
	case able.phases > 0:
	case single:
		able.phases = 1
	default:
		able.phases = 3
	}
	return nil
}

// suit makes of a profile one that the station takes, and says what it changed. It never allows more than was asked for.
func (a *abilities) suit(p *ChargingProfile, b quirks.Behaviour, now time.Time) (notes []string, err error) {
	if err := a.takes(p, b); err != nil {
		return nil, err
	}
	note := func(format string, args ...any) {
		if text := fmt.Sprintf(format, args...); !slices.Contains(notes, text) {
			notes = append(notes, text)
		}
	}
	schedules := make([]ProfileSchedule, len(p.Schedules))
	for i, schedule := range p.Schedules {
		if schedule.ID = int64(i + 1); a.version == "1.6" {
			schedule.ID = 0
		}
		schedule.Periods = slices.Clone(schedule.Periods)
		if err := a.inUnit(&schedule, b, note); err != nil {
			return nil, err
		}
		for j := range schedule.Periods {
			if err := suitLimits(&schedule.Periods[j].DynamicLimits, schedule.Unit, b, note); err != nil {
				return nil, err
			}
		}
		begin(p, &schedule, b, now, note)
		if a.maxPeriods != nil && len(schedule.Periods) > *a.maxPeriods {
			return nil, fault.In("periods", "The station takes at most %d periods in a schedule, not %d.", *a.maxPeriods, len(schedule.Periods))
		}
		schedules[i] = schedule
	}
	p.Schedules = schedules
	return notes, nil
}

// takes says why a station would not take a profile at all.
func (a *abilities) takes(p *ChargingProfile, b quirks.Behaviour) error {
	highest := a.maxStackLevel
	if b.MaxStackLevel != nil && (highest == nil || *b.MaxStackLevel < *highest) {
		highest = b.MaxStackLevel
	}
	switch {
	case quirks.Is(b.NoSmartCharging):
		return fault.New(fault.Conflict, "This make of station takes no charging profile: its power can't be limited from here.")
	case a.off:
		return fault.New(fault.Conflict, "Smart charging is switched off on the station: set SmartChargingCtrlr.Enabled to true first.")
	case ignores(b, p.Purpose):
		return fault.In("purpose", "This make of station accepts a profile of purpose %s and then ignores it: use another purpose.", p.Purpose)
	case highest != nil && p.StackLevel > *highest:
		return fault.In("stackLevel", "The station takes levels up to %d, not %d.", *highest, p.StackLevel)
	}
	return nil
}

// ignores reports whether a make is known to accept profiles of a purpose without keeping to them.
func ignores(b quirks.Behaviour, purpose ProfilePurpose) bool {
	return slices.ContainsFunc(b.IgnoredProfilePurposes, func(name string) bool {
		return name == ocppPurpose[purpose] || name == "ChargePointMaxProfile" && purpose == PurposeStationMax
	})
}

// volts are what a phase has, where limits are reckoned from one unit to the other.
var volts = decimal.MustNew(230, 0)

// inUnit brings a schedule to the unit that the make of station wants, and refuses one that the station says it doesn't take.
func (a *abilities) inUnit(schedule *ProfileSchedule, b quirks.Behaviour, note func(string, ...any)) error {
	wanted := quirks.Or(b.RateUnit, schedule.Unit)
	if wanted == schedule.Unit {
		if len(a.units) > 0 && b.RateUnit == nil && !slices.Contains(a.units, schedule.Unit) {
			return fault.In("unit", "The station takes limits in %s only.", a.units[0])
		}
		return nil
	}
	convert := func(n *json.Number, phases int64) error {
		if *n == "" {
			return nil
		}
		d, err := decimal.Parse(string(*n))
		if err != nil {
			return fault.In("limit", "%q is not a limit.", fault.Printable(string(*n)))
		}
		factor, err := volts.Mul(decimal.MustNew(phases, 0))
		if err == nil && wanted == "W" {
			d, err = d.Mul(factor)
		} else if err == nil {
			d, err = d.Quo(factor)
		}
		if err != nil {
			return fault.In("limit", "%q is too large to reckon with.", fault.Printable(string(*n)))
		}
		*n = json.Number(d.Trunc(3).Trim(0).String())
		return nil
	}
	for i := range schedule.Periods {
		p := &schedule.Periods[i]
		phases := a.phases
		if p.Phases != nil {
			phases = max(1, min(*p.Phases, a.phases))
		}
		for _, n := range []*json.Number{&p.Limit, &p.DischargeLimit, &p.Setpoint} {
			if err := convert(n, phases); err != nil {
				return err
			}
		}
		note("This make of station takes limits in %s: those in %s were converted with %d × 230 V.", wanted, schedule.Unit, phases)
	}
	schedule.Unit = wanted
	return convert(&schedule.MinRate, a.phases)
}

// suitLimits rounds limits down to what the make of station knows.
func suitLimits(limits *DynamicLimits, unit string, b quirks.Behaviour, note func(string, ...any)) error {
	for _, n := range []*json.Number{&limits.Limit, &limits.LimitL2, &limits.LimitL3} {
		if *n == "" {
			continue
		}
		d, err := decimal.Parse(string(*n))
		if err != nil {
			return fault.In("limit", "%q is not a limit.", fault.Printable(string(*n)))
		}
		asked := d
		if b.LimitDecimals != nil {
			d = d.Trunc(*b.LimitDecimals)
		}
		if len(b.LimitSteps) > 0 && unit == "A" {
			if d, err = knownLimit(d, b.LimitSteps); err != nil {
				return err
			}
		}
		if d.Cmp(asked) != 0 {
			note("The limit of %s %s was lowered to %s %s, which the station knows.", asked.Trim(0), unit, d.Trim(0), unit)
		}
		if err := livable(d, unit, b); err != nil {
			return err
		}
		*n = json.Number(d.Trim(0).String())
	}
	return nil
}

// knownLimit is the highest of the limits that a station knows that isn't above the one asked for.
func knownLimit(limit decimal.Decimal, steps []string) (decimal.Decimal, error) {
	var found *decimal.Decimal
	for _, text := range steps {
		d, err := decimal.Parse(text)
		if err == nil && d.Cmp(limit) <= 0 && (found == nil || d.Cmp(*found) > 0) {
			found = &d
		}
	}
	if found == nil {
		return limit, fault.In("limit", "This make of station knows only the limits %s A: %s A is below them all.", strings.Join(steps, ", "), limit.Trim(0))
	}
	return *found, nil
}

// livable refuses a limit at which the make of station ends the session instead of charging slowly or pausing.
func livable(limit decimal.Decimal, unit string, b quirks.Behaviour) error {
	least := b.MinLimitA
	if unit == "W" {
		least = b.MinLimitW
	}
	lowest := ""
	if least != nil {
		lowest = fmt.Sprintf(" The lowest that keeps it alive is %s %s.", number(*least), unit)
	}
	f, _ := limit.Float64()
	switch {
	case limit.IsZero() && quirks.Is(b.ZeroLimitEndsSession):
		return fault.In("limit", "A limit of 0 ends the session at this make of station, instead of pausing it: stop the session, or set a limit.%s", lowest)
	case !limit.IsZero() && least != nil && f < *least:
		return fault.In("limit", "At %s %s this make of station doesn't keep a session alive.%s", limit.Trim(0), unit, lowest)
	}
	return nil
}

// begin settles when a schedule begins. A station whose clock runs late waits for a beginning that is now, so it begins earlier
// by as much, and its periods hold when they would have.
func begin(p *ChargingProfile, schedule *ProfileSchedule, b quirks.Behaviour, now time.Time, note func(string, ...any)) {
	if p.Kind != "ABSOLUTE" {
		return
	}
	start := now.Truncate(time.Second)
	if schedule.StartAt != nil {
		start = *schedule.StartAt
	}
	if earlier := time.Duration(quirks.Or(b.StartScheduleInPast, 0)) * time.Second; !start.After(now) && now.Sub(start) < earlier {
		moved := now.Truncate(time.Second).Add(-earlier)
		by := int64(start.Sub(moved).Seconds())
		for i := range schedule.Periods[1:] {
			schedule.Periods[1+i].StartS += by
		}
		if schedule.DurationS != nil {
			longer := *schedule.DurationS + by
			schedule.DurationS = &longer
		}
		start = moved
		note("The schedule begins %d s earlier, so that a clock that runs late doesn't delay it.", by)
	}
	start = start.UTC()
	schedule.StartAt = &start
}
