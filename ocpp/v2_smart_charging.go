package ocpp

import (
	"strings"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Smart charging (OCPP 2.0.1 Part 2, functional block K).

// ocppNames turns around how the words of OCPP are understood.
func ocppNames[K, V comparable](understood map[K]V) map[V]K {
	names := make(map[V]K, len(understood))
	for name, meaning := range understood {
		names[meaning] = name
	}
	return names
}

var (
	purposeNames2    = ocppNames(purposes2)
	kindNames2       = ocppNames(kinds2)
	recurrencyNames2 = ocppNames(recurrencies2)
)

// setChargingProfile2 sets a limit over time (K01).
var setChargingProfile2 = orderAs(func(o charging.SetProfileOrder) (*v21.SetChargingProfileRequest, error) {
	profile, err := profile2(&o.Profile, o.TransactionID)
	if err != nil {
		return nil, err
	}
	return &v21.SetChargingProfileRequest{EVSEID: int64(o.EvseNo), ChargingProfile: *profile}, nil
}, func(_ *v21.SetChargingProfileRequest, r *v21.SetChargingProfileResponse) charging.Outcome {
	return outcome2(r.Status == v21.ChargingProfileStatusAccepted, string(r.Status), r.StatusInfo, "")
})

// profile2 writes a profile. It belongs to a transaction where one is named.
func profile2(p *charging.ChargingProfile, transaction string) (*v21.ChargingProfile, error) {
	to := &v21.ChargingProfile{
		ID: p.ID, StackLevel: int64(p.StackLevel), ChargingProfilePurpose: purposeNames2[p.Purpose], ChargingProfileKind: kindNames2[p.Kind],
		RecurrencyKind: recurrencyNames2[p.Recurrency], ValidFrom: sometime(p.ValidFrom), ValidTo: sometime(p.ValidTo), TransactionID: transaction,
		DynUpdateInterval: someInt(p.UpdateEveryS), MaxOfflineDuration: someInt(p.MaxOfflineS), InvalidAfterOfflineDuration: someBool(p.InvalidAfterOffline),
		ChargingSchedule: make([]v21.ChargingSchedule, len(p.Schedules)),
	}
	for i := range p.Schedules {
		s := &p.Schedules[i]
		schedule := &to.ChargingSchedule[i]
		*schedule = v21.ChargingSchedule{
			ID: s.ID, StartSchedule: sometime(s.StartAt), Duration: someInt(s.DurationS), ChargingRateUnit: v21.ChargingRateUnit(s.Unit),
			MinChargingRate: someFloat(s.MinRate), RandomizedDelay: someInt(s.RandomizedDelayS), UseLocalTime: onlyTrue(s.UseLocalTime),
			ChargingSchedulePeriod: make([]v21.ChargingSchedulePeriod, len(s.Periods)),
		}
		for j := range s.Periods {
			schedule.ChargingSchedulePeriod[j] = toPeriod2(&s.Periods[j])
		}
	}
	if violations := schema.Validate(&v21.SetChargingProfileRequest{ChargingProfile: *to}); len(violations) > 0 {
		return nil, fault.In(violations[0].Path, "OCPP 2.x doesn't allow this profile: %s.", violations[0])
	}
	return to, nil
}

func toPeriod2(p *charging.SchedulePeriod) v21.ChargingSchedulePeriod {
	to := v21.ChargingSchedulePeriod{
		StartPeriod: p.StartS, NumberPhases: someInt(p.Phases), PhaseToUse: someInt(p.PhaseToUse),
		Limit: someFloat(p.Limit), LimitL2: someFloat(p.LimitL2), LimitL3: someFloat(p.LimitL3),
		DischargeLimit: someFloat(p.DischargeLimit), DischargeLimitL2: someFloat(p.DischargeLimitL2), DischargeLimitL3: someFloat(p.DischargeLimitL3),
		Setpoint: someFloat(p.Setpoint), SetpointL2: someFloat(p.SetpointL2), SetpointL3: someFloat(p.SetpointL3),
		SetpointReactive: someFloat(p.SetpointReactive), SetpointReactiveL2: someFloat(p.SetpointReactiveL2), SetpointReactiveL3: someFloat(p.SetpointReactiveL3),
		OperationMode: v21.OperationMode(p.OperationMode), PreconditioningRequest: someBool(p.Preconditioning), EVSESleep: someBool(p.EVSESleep),
		V2xBaseline: someFloat(p.V2XBaseline),
	}
	for _, point := range p.V2XFreqWattCurve {
		to.V2xFreqWattCurve = append(to.V2xFreqWattCurve, v21.V2XFreqWattPoint{Frequency: someFloat(point.Frequency).Value, Power: someFloat(point.Power).Value})
	}
	for _, point := range p.V2XSignalWattCurve {
		to.V2xSignalWattCurve = append(to.V2xSignalWattCurve, v21.V2XSignalWattPoint{Signal: point.Signal, Power: someFloat(point.Power).Value})
	}
	return to
}

// clearChargingProfile2 clears profiles (K10).
var clearChargingProfile2 = orderAs(func(o charging.ClearProfileOrder) (*v21.ClearChargingProfileRequest, error) {
	if o.ProfileID != nil {
		return &v21.ClearChargingProfileRequest{ChargingProfileID: schema.Some(*o.ProfileID)}, nil
	}
	return &v21.ClearChargingProfileRequest{ChargingProfileCriteria: &v21.ClearChargingProfile{
		EVSEID: whole(o.EvseNo), ChargingProfilePurpose: purposeNames2[o.Purpose], StackLevel: whole(o.StackLevel),
	}}, nil
}, func(_ *v21.ClearChargingProfileRequest, r *v21.ClearChargingProfileResponse) charging.Outcome {
	return outcome2(r.Status == v21.ClearChargingProfileStatusAccepted, string(r.Status), r.StatusInfo, noSuchProfile)
})

// getCompositeSchedule2 asks for the limit that comes of all profiles (K08).
var getCompositeSchedule2 = orderAs(func(o charging.CompositeScheduleOrder) (*v21.GetCompositeScheduleRequest, error) {
	return &v21.GetCompositeScheduleRequest{EVSEID: int64(o.EvseNo), Duration: o.DurationS, ChargingRateUnit: v21.ChargingRateUnit(o.Unit)}, nil
}, func(_ *v21.GetCompositeScheduleRequest, r *v21.GetCompositeScheduleResponse) charging.Outcome {
	o := outcome2(r.Status == v21.GenericStatusAccepted, string(r.Status), r.StatusInfo, "It may not know the EVSE.")
	if !o.Accepted || r.Schedule == nil {
		return o
	}
	s := r.Schedule
	schedule := charging.CompositeSchedule{
		EvseNo: int(s.EVSEID), StartAt: moment2(s.ScheduleStart), DurationS: &s.Duration, Unit: string(s.ChargingRateUnit),
		Periods: make([]charging.SchedulePeriod, len(s.ChargingSchedulePeriod)),
	}
	for i := range s.ChargingSchedulePeriod {
		schedule.Periods[i] = period2(&s.ChargingSchedulePeriod[i])
	}
	o.Results = []any{charging.Single{Value: schedule}}
	return o
})

// updateDynamicSchedule2 changes the limits of a dynamic profile (OCPP 2.1 K28).
var updateDynamicSchedule2 = orderAs(func(o charging.DynamicScheduleOrder) (*v21.UpdateDynamicScheduleRequest, error) {
	l := &o.Limits
	return &v21.UpdateDynamicScheduleRequest{ChargingProfileID: o.ProfileID, ScheduleUpdate: v21.ChargingScheduleUpdate{
		Limit: someFloat(l.Limit), LimitL2: someFloat(l.LimitL2), LimitL3: someFloat(l.LimitL3),
		DischargeLimit: someFloat(l.DischargeLimit), DischargeLimitL2: someFloat(l.DischargeLimitL2), DischargeLimitL3: someFloat(l.DischargeLimitL3),
		Setpoint: someFloat(l.Setpoint), SetpointL2: someFloat(l.SetpointL2), SetpointL3: someFloat(l.SetpointL3),
		SetpointReactive: someFloat(l.SetpointReactive), SetpointReactiveL2: someFloat(l.SetpointReactiveL2), SetpointReactiveL3: someFloat(l.SetpointReactiveL3),
	}}, nil
}, func(_ *v21.UpdateDynamicScheduleRequest, r *v21.UpdateDynamicScheduleResponse) charging.Outcome {
	return outcome2(r.Status == v21.ChargingProfileStatusAccepted, string(r.Status), r.StatusInfo, noSuchProfile)
})

// chargingNeeds2 reads what a car asks for (K15).
func chargingNeeds2(r *v21.NotifyEVChargingNeedsRequest) charging.ChargingNeeds {
	c := &r.ChargingNeeds
	needs := charging.ChargingNeeds{EvseNo: int(r.EVSEID), Departure: c.DepartureTime.Time, MaxPeriods: r.MaxScheduleTuples.Value}
	switch mode := string(c.RequestedEnergyTransfer); {
	case strings.HasPrefix(mode, "AC_single"):
		needs.Phases = 1
	case strings.HasPrefix(mode, "AC_two"):
		needs.Phases = 2
	case strings.HasPrefix(mode, "AC"):
		needs.Phases = 3
	}
	switch {
	case c.ACChargingParameters != nil:
		needs.MaxW = c.ACChargingParameters.EVMaxCurrent * 230 * float64(max(1, needs.Phases))
	case c.DCChargingParameters != nil:
		needs.MaxW = c.DCChargingParameters.EVMaxPower.Or(c.DCChargingParameters.EVMaxCurrent * c.DCChargingParameters.EVMaxVoltage)
	case c.V2xChargingParameters != nil:
		needs.MaxW = c.V2xChargingParameters.MaxChargePower.Value
	}
	return needs
}

// payOff gives the station the calls that follow from what it said.
func (c *conn) payOff() { c.link.PayOff(c.ctx) }

func sometime(t *time.Time) schema.Time {
	if t == nil {
		return schema.Time{}
	}
	return schema.At(t.UTC())
}

// onlyTrue leaves out what isn't so: no version but 2.1 has the member.
func onlyTrue(b bool) (to schema.Opt[bool]) {
	if b {
		to = schema.Some(true)
	}
	return to
}

func someBool(b *bool) (to schema.Opt[bool]) {
	if b != nil {
		to = schema.Some(*b)
	}
	return to
}
