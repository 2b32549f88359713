package ocpp

import (
	"encoding/json"
	"strconv"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// Smart charging (OCPP 1.6 §3.13, §5.3, §5.7, §5.16).

var purposes16 = map[charging.ProfilePurpose]v16.ChargingProfilePurpose{
	charging.PurposeStationMax: v16.ChargingProfilePurposeChargePointMaxProfile, charging.PurposeTxDefault: v16.ChargingProfilePurposeTxDefaultProfile,
	charging.PurposeTx: v16.ChargingProfilePurposeTxProfile,
}

var profileKinds16 = map[string]v16.ChargingProfileKind{
	"ABSOLUTE": v16.ChargingProfileKindAbsolute, "RECURRING": v16.ChargingProfileKindRecurring, "RELATIVE": v16.ChargingProfileKindRelative,
}

var recurrencies16 = map[string]v16.RecurrencyKind{"DAILY": v16.RecurrencyKindDaily, "WEEKLY": v16.RecurrencyKindWeekly}

// setChargingProfile16 sets a limit over time.
var setChargingProfile16 = orderAs(func(o charging.SetProfileOrder) (*v16.SetChargingProfileRequest, error) {
	profile, err := profile16(&o.Profile, o.TransactionID)
	if err != nil {
		return nil, err
	}
	return &v16.SetChargingProfileRequest{ConnectorID: int64(o.EvseNo), CsChargingProfiles: *profile}, nil
}, func(_ *v16.SetChargingProfileRequest, r *v16.SetChargingProfileResponse) charging.Outcome {
	why := ""
	if r.Status == v16.ChargingProfileStatusNotSupported {
		why = "It has no smart charging."
	}
	return accepted16(r.Status == v16.ChargingProfileStatusAccepted, string(r.Status), why)
})

// profile16 writes a profile. It belongs to a transaction where one is named.
func profile16(p *charging.ChargingProfile, transaction string) (*v16.ChargingProfile, error) {
	purpose, ok := purposes16[p.Purpose]
	if !ok {
		return nil, fault.In("purpose", "OCPP 1.6 has no profiles of purpose %s.", p.Purpose)
	}
	kind, ok := profileKinds16[p.Kind]
	if !ok {
		return nil, fault.In("kind", "OCPP 1.6 has no profiles of kind %s.", p.Kind)
	}
	if len(p.Schedules) != 1 {
		return nil, fault.In("schedules", "In OCPP 1.6 a profile has one schedule.")
	}
	s := &p.Schedules[0]
	to := &v16.ChargingProfile{
		ChargingProfileID: p.ID, StackLevel: int64(p.StackLevel), ChargingProfilePurpose: purpose, ChargingProfileKind: kind,
		RecurrencyKind: recurrencies16[p.Recurrency], ValidFrom: sometime(p.ValidFrom), ValidTo: sometime(p.ValidTo),
		ChargingSchedule: v16.ChargingSchedule{
			Duration: someInt(s.DurationS), StartSchedule: sometime(s.StartAt), ChargingRateUnit: v16.ChargingRateUnit(s.Unit), MinChargingRate: someFloat(s.MinRate),
		},
	}
	if transaction != "" {
		id, err := strconv.ParseInt(transaction, 10, 64)
		if err != nil {
			return nil, fault.In("sessionId", "The session has no transaction that OCPP 1.6 could name.")
		}
		to.TransactionID = schema.Some(id)
	}
	for i := range s.Periods {
		period := &s.Periods[i]
		if period.DynamicLimits != (charging.DynamicLimits{Limit: period.Limit}) || period.OperationMode != "" {
			return nil, fault.In("extra", "In OCPP 1.6 a period has a limit and nothing beside.")
		}
		to.ChargingSchedule.ChargingSchedulePeriod = append(to.ChargingSchedule.ChargingSchedulePeriod, v16.ChargingSchedulePeriod{
			StartPeriod: period.StartS, Limit: someFloat(period.Limit).Value, NumberPhases: someInt(period.Phases),
		})
	}
	return to, nil
}

// clearChargingProfile16 clears profiles.
var clearChargingProfile16 = orderAs(func(o charging.ClearProfileOrder) (*v16.ClearChargingProfileRequest, error) {
	r := &v16.ClearChargingProfileRequest{ID: someInt(o.ProfileID), ConnectorID: whole(o.EvseNo), StackLevel: whole(o.StackLevel)}
	if o.Purpose != "" {
		purpose, ok := purposes16[o.Purpose]
		if !ok {
			return nil, fault.In("purpose", "OCPP 1.6 has no profiles of purpose %s.", o.Purpose)
		}
		r.ChargingProfilePurpose = purpose
	}
	return r, nil
}, func(_ *v16.ClearChargingProfileRequest, r *v16.ClearChargingProfileResponse) charging.Outcome {
	return accepted16(r.Status == v16.ClearChargingProfileStatusAccepted, string(r.Status), noSuchProfile)
})

const noSuchProfile = "It has no such profile."

// getCompositeSchedule16 asks for the limit that comes of all profiles.
var getCompositeSchedule16 = orderAs(func(o charging.CompositeScheduleOrder) (*v16.GetCompositeScheduleRequest, error) {
	return &v16.GetCompositeScheduleRequest{ConnectorID: int64(o.EvseNo), Duration: o.DurationS, ChargingRateUnit: v16.ChargingRateUnit(o.Unit)}, nil
}, func(q *v16.GetCompositeScheduleRequest, r *v16.GetCompositeScheduleResponse) charging.Outcome {
	o := accepted16(r.Status == v16.GetCompositeScheduleStatusAccepted, string(r.Status), "It may not know the connector, or have no smart charging.")
	if !o.Accepted || r.ChargingSchedule == nil {
		return o
	}
	s := r.ChargingSchedule
	schedule := charging.CompositeSchedule{
		EvseNo: int(r.ConnectorID.Or(q.ConnectorID)), StartAt: moment2(r.ScheduleStart), DurationS: optional(s.Duration), Unit: string(s.ChargingRateUnit),
		MinRate: exactly2(s.MinChargingRate), Periods: make([]charging.SchedulePeriod, len(s.ChargingSchedulePeriod)),
	}
	if schedule.StartAt == nil {
		schedule.StartAt = moment2(s.StartSchedule)
	}
	for i := range s.ChargingSchedulePeriod {
		p := &s.ChargingSchedulePeriod[i]
		schedule.Periods[i] = charging.SchedulePeriod{
			StartS: p.StartPeriod, Phases: optional(p.NumberPhases), DynamicLimits: charging.DynamicLimits{Limit: charging.Exactly(p.Limit)},
		}
	}
	o.Results = []any{charging.Single{Value: schedule}}
	return o
})

func someInt(n *int64) (to schema.Opt[int64]) {
	if n != nil {
		to = schema.Some(*n)
	}
	return to
}

func whole(n *int) (to schema.Opt[int64]) {
	if n != nil {
		to = schema.Some(int64(*n))
	}
	return to
}

// someFloat writes a decimal as JSON has it. An empty one isn't sent.
func someFloat(n json.Number) (to schema.Opt[float64]) {
	if f, err := n.Float64(); err == nil {
		to = schema.Some(f)
	}
	return to
}
