package simulator

import (
	"math"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Cars that plan (ISO 15118). Such a car tells what it needs when it may charge; the CSMS sends a profile, of which the car makes a
// plan that is told in turn, and so again whenever its profile changes (OCPP 2.0.1 Part 2, K15 to K17).

// maxTuples is how many periods a car takes in a schedule.
const maxTuples = 12

// planAhead is how far a car plans that doesn't say when it leaves.
const planAhead = 12 * time.Hour

// tellNeeds says what the car of a session needs, once.
func (s *station2x) tellNeeds(c *connector, sess *session2x) {
	if sess.needsTold || c.car == nil || !c.car.Plans {
		return
	}
	sess.needsTold = true
	r := v21.NotifyEVChargingNeedsRequest{EVSEID: int64(c.no), MaxScheduleTuples: schema.Some[int64](maxTuples), ChargingNeeds: c.car.needs(&c.opts)}
	if c.car.StaysFor > 0 {
		sess.leavesAt = s.now().Add(c.car.StaysFor)
		r.ChargingNeeds.DepartureTime = schema.At(sess.leavesAt)
	}
	s.send(&call{action: "NotifyEVChargingNeeds", request: func() schema.Message { return &r }})
}

// needs are what a car takes, in the words of its charge parameters.
func (v *Vehicle) needs(o *ConnectorOptions) v21.ChargingNeeds {
	wanted := math.Round(max(v.Target-v.SoC, 0) * v.CapacityWh)
	if o.Type == DC {
		const volts = 450.0
		return v21.ChargingNeeds{RequestedEnergyTransfer: v21.EnergyTransferModeDC, DCChargingParameters: &v21.DCChargingParameters{
			EVMaxCurrent: math.Round(v.MaxDCPowerW / volts), EVMaxVoltage: volts, EVMaxPower: schema.Some(math.Round(v.MaxDCPowerW)), EnergyAmount: schema.Some(wanted),
			EVEnergyCapacity: schema.Some(math.Round(v.CapacityWh)), StateOfCharge: schema.Some(int64(100 * v.SoC)), FullSoC: schema.Some(int64(100 * v.Target)),
		}}
	}
	mode, phases := v21.EnergyTransferModeACThreePhase, v.phases(o)
	if phases == 1 {
		mode = v21.EnergyTransferModeACSinglePhase
	}
	return v21.ChargingNeeds{RequestedEnergyTransfer: mode, ACChargingParameters: &v21.ACChargingParameters{
		EnergyAmount: wanted, EVMinCurrent: minimumCurrent, EVMaxCurrent: v.maxCurrent(o), EVMaxVoltage: voltage,
	}}
}

// maxCurrent is what a car takes at most on each phase.
func (v *Vehicle) maxCurrent(o *ConnectorOptions) float64 {
	return math.Round(v.MaxACPowerW / voltage / float64(v.phases(o)))
}

// tellPlan says what the car has made of its profile: never more than it allows, and never more than the car takes.
func (s *station2x) tellPlan(c *connector, sess *session2x) {
	if c.car == nil || !c.car.Plans || s.sessions[c] != sess {
		return
	}
	now, ahead := s.now(), planAhead
	if left := sess.leavesAt.Sub(now); left > 0 {
		ahead = left
	}
	unit, most := v21.ChargingRateUnitA, c.car.maxCurrent(&c.opts)
	if c.opts.Type == DC {
		unit, most = v21.ChargingRateUnitW, c.car.MaxDCPowerW
	}
	plan := v21.ChargingSchedule{ID: 1, ChargingRateUnit: unit, Duration: schema.Some(int64(ahead / time.Second))}
	for _, period := range s.composite(c.no, int64(ahead/time.Second), unit) {
		period.Limit = schema.Some(min(period.Limit.Value, most))
		if n := len(plan.ChargingSchedulePeriod); n > 0 && plan.ChargingSchedulePeriod[n-1].Limit == period.Limit {
			continue
		}
		plan.ChargingSchedulePeriod = append(plan.ChargingSchedulePeriod, period)
	}
	r := v21.NotifyEVChargingScheduleRequest{TimeBase: schema.At(now), EVSEID: int64(c.no), ChargingSchedule: plan}
	s.send(&call{action: "NotifyEVChargingSchedule", request: func() schema.Message { return &r }})
}
