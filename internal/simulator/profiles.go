package simulator

import (
	"math"
	"slices"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// profile is an installed charging profile, in the words of 2.1, which has all that the others have.
type profile struct {
	v21.ChargingProfile
	evse    int // 0 is the station
	setAt   time.Time
	updated map[string]float64 // the last dynamic update (OCPP 2.1 Part 2, K28)
}

// Bounds of what a station keeps.
const (
	maxStackLevel  = 9
	maxProfiles    = 40
	maxPeriods     = 96
	minimumCurrent = 6.0 // A; below it a car doesn't charge on AC (IEC 61851-1)
)

// unlimited is the limit where no profile is installed.
var unlimited = math.Inf(1)

// setProfile installs a profile, in place of the one with its id or with its level and purpose (OCPP 1.6 §5.16, OCPP 2.0.1 Part
// 2, K01). It says in a reason code of the standard why one isn't installed.
func (s *Station) setProfile(evse int, p v21.ChargingProfile) (reason string) {
	switch purpose := p.ChargingProfilePurpose; {
	case evse < 0 || evse > len(s.connectors):
		return "InvalidValue"
	case p.StackLevel < 0 || p.StackLevel > maxStackLevel:
		return "InvalidStackLevel"
	case len(p.ChargingSchedule) == 0 || slices.ContainsFunc(p.ChargingSchedule, invalidSchedule):
		return "InvalidSchedule"
	case purpose == v21.ChargingProfilePurposeChargingStationExternalConstraints:
		return "InvalidValue" // K01.FR.22: only an external system sets these
	case purpose == v21.ChargingProfilePurposeChargingStationMaxProfile && evse != 0:
		return "InvalidValue"
	case p.ChargingProfileKind == v21.ChargingProfileKindRecurring && p.RecurrencyKind == "":
		return "InvalidValue"
	case purpose == v21.ChargingProfilePurposeTxProfile:
		c := s.connector(int64(evse))
		if c == nil || c.tx == nil {
			return "TxNotFound"
		}
		if p.TransactionID != "" && p.TransactionID != c.tx.name {
			return "TxNotFound"
		}
	}
	kept := slices.DeleteFunc(slices.Clone(s.profiles), func(q *profile) bool {
		return q.ID == p.ID || q.evse == evse && q.StackLevel == p.StackLevel && q.ChargingProfilePurpose == p.ChargingProfilePurpose && q.TransactionID == p.TransactionID
	})
	if len(kept) >= maxProfiles {
		return "OutOfStorage"
	}
	s.profiles = append(kept, &profile{ChargingProfile: p, evse: evse, setAt: s.now()})
	s.limitsChanged()
	return ""
}

func invalidSchedule(sched v21.ChargingSchedule) bool {
	periods := sched.ChargingSchedulePeriod
	if len(periods) == 0 || len(periods) > maxPeriods || periods[0].StartPeriod != 0 {
		return true
	}
	for i, p := range periods {
		if i > 0 && p.StartPeriod <= periods[i-1].StartPeriod || p.Limit.Value < 0 {
			return true
		}
	}
	return false
}

// clearProfiles removes what a test names, and says how many there were.
func (s *Station) clearProfiles(which func(p *profile) bool) int {
	before := len(s.profiles)
	s.profiles = slices.DeleteFunc(s.profiles, which)
	if len(s.profiles) != before {
		s.limitsChanged()
	}
	return before - len(s.profiles)
}

// limitsChanged lets new limits take hold at once.
func (s *Station) limitsChanged() {
	for _, c := range s.connectors {
		s.advance(c)
		s.relimit(c)
	}
}

// relimit looks up the limit of a connector.
func (s *Station) relimit(c *connector) {
	before := c.limitW
	c.limitW = s.limit(c, s.now(), c.opts.phasesUsed(c.car))
	if c.tx != nil && c.tx.energised && (before <= 0) != (c.limitW <= 0) {
		s.refresh(c)
	}
}

// phasesUsed is how many phases a car takes, or could take.
func (o *ConnectorOptions) phasesUsed(v *Vehicle) int {
	switch {
	case v != nil && o.Type == AC:
		return v.phases(o)
	case o.Phases == 1:
		return 1
	}
	return 3
}

// limit is how many W a connector may deliver at a moment: the least of what the station and the connector may, where a session's
// own profile stands in for the default (OCPP 1.6 §3.13.3, OCPP 2.0.1 Part 2, K01).
func (s *Station) limit(c *connector, at time.Time, phases int) float64 {
	least := s.purposeLimit(nil, v21.ChargingProfilePurposeChargingStationMaxProfile, at, phases)
	least = min(least, s.purposeLimit(nil, v21.ChargingProfilePurposeChargingStationExternalConstraints, at, phases))
	own := s.purposeLimit(c, v21.ChargingProfilePurposeTxProfile, at, phases)
	if c.priority {
		// Priority charging replaces the session's profile (OCPP 2.1 Part 2, K21).
		if p := s.purposeLimit(c, v21.ChargingProfilePurposePriorityCharging, at, phases); !math.IsInf(p, 1) {
			own = p
		}
	}
	if math.IsInf(own, 1) {
		own = s.purposeLimit(c, v21.ChargingProfilePurposeTxDefaultProfile, at, phases)
	}
	least = min(least, own)
	if c.opts.Type == AC && least < minimumCurrent*voltage*float64(phases) {
		return 0
	}
	return least
}

// purposeLimit is the limit of the highest level of one purpose that says something about this moment.
func (s *Station) purposeLimit(c *connector, purpose v21.ChargingProfilePurpose, at time.Time, phases int) float64 {
	limit, level, from := unlimited, int64(-1), -1
	for _, p := range s.profiles {
		if p.ChargingProfilePurpose != purpose || c == nil && p.evse != 0 || c != nil && p.evse != 0 && p.evse != c.no {
			continue
		}
		if p.TransactionID != "" && (c == nil || c.tx == nil || c.tx.name != p.TransactionID) {
			continue
		}
		// A connector's own default comes before the station's.
		if p.StackLevel < level || p.StackLevel == level && p.evse < from {
			continue
		}
		if w, ok := p.at(c, at, phases); ok {
			limit, level, from = w, p.StackLevel, p.evse
		}
	}
	return limit
}

// at is what a profile says about a moment, in W; ok is false where it says nothing.
func (p *profile) at(c *connector, at time.Time, phases int) (watts float64, ok bool) {
	if p.ValidFrom.Present() && at.Before(p.ValidFrom.Time) || p.ValidTo.Present() && !at.Before(p.ValidTo.Time) {
		return 0, false
	}
	sched := &p.ChargingSchedule[0]
	start := sched.StartSchedule.Time
	switch p.ChargingProfileKind {
	case v21.ChargingProfileKindRelative, v21.ChargingProfileKindDynamic:
		start = p.setAt
		if c != nil && c.tx != nil && c.tx.energised {
			start = c.tx.begunAt
		}
	case v21.ChargingProfileKindRecurring:
		cycle := 24 * time.Hour
		if p.RecurrencyKind == v21.RecurrencyKindWeekly {
			cycle = 7 * cycle
		}
		if !start.IsZero() && at.After(start) {
			start = start.Add(at.Sub(start) / cycle * cycle)
		}
	default:
		if start.IsZero() {
			start = p.setAt
		}
	}
	since := at.Sub(start)
	if since < 0 || sched.Duration.Set && since >= time.Duration(sched.Duration.Value)*time.Second {
		return 0, false
	}
	var period *v21.ChargingSchedulePeriod
	for i := range sched.ChargingSchedulePeriod {
		if since >= time.Duration(sched.ChargingSchedulePeriod[i].StartPeriod)*time.Second {
			period = &sched.ChargingSchedulePeriod[i]
		}
	}
	if period == nil {
		return 0, false
	}
	value, set := period.Limit.Value, period.Limit.Set
	if period.Setpoint.Set && (!set || period.Setpoint.Value < value) {
		value, set = period.Setpoint.Value, true
	}
	for _, name := range []string{"limit", "setpoint"} {
		if v, ok := p.updated[name]; ok {
			value, set = v, true
		}
	}
	if !set {
		return 0, false
	}
	if sched.ChargingRateUnit == v21.ChargingRateUnitA {
		if n := period.NumberPhases; n.Set && int(n.Value) < phases {
			phases = int(n.Value)
		}
		value *= voltage * float64(phases)
	}
	return max(value, 0), true
}

// compositeStep is how finely a composite schedule is computed.
const compositeStep = time.Minute

// composite is what a connector, or the station for 0, may deliver over a time (OCPP 1.6 §5.7, OCPP 2.0.1 Part 2, K08).
func (s *Station) composite(evse int, duration int64, unit v21.ChargingRateUnit) []v21.ChargingSchedulePeriod {
	now := s.now()
	var periods []v21.ChargingSchedulePeriod
	for at := time.Duration(0); at < time.Duration(max(duration, 1))*time.Second && len(periods) < maxPeriods; at += compositeStep {
		watts, phases := 0.0, 3
		if evse == 0 {
			for _, c := range s.connectors {
				watts += min(c.opts.MaxPowerW, s.limit(c, now.Add(at), c.opts.phasesUsed(c.car)))
			}
			watts = min(watts, s.purposeLimit(nil, v21.ChargingProfilePurposeChargingStationMaxProfile, now.Add(at), phases))
		} else {
			c := s.connectors[evse-1]
			phases = c.opts.phasesUsed(c.car)
			watts = min(c.opts.MaxPowerW, s.limit(c, now.Add(at), phases))
		}
		value := watts
		if unit == v21.ChargingRateUnitA {
			value = watts / voltage / float64(phases)
		}
		value = math.Round(10*value) / 10 // one decimal (OCPP 1.6, ChargingSchedulePeriod)
		if n := len(periods); n > 0 && periods[n-1].Limit.Value == value {
			continue
		}
		period := v21.ChargingSchedulePeriod{StartPeriod: int64(at / time.Second), Limit: schema.Some(value)}
		if evse != 0 && s.connectors[evse-1].opts.Type == AC {
			period.NumberPhases = schema.Some(int64(phases))
		}
		periods = append(periods, period)
	}
	return periods
}
