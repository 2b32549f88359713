package graph

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
)

// chargingProfile reads a profile.
func chargingProfile(input *model.ChargingProfileInput) (charging.ChargingProfile, error) {
	p := charging.ChargingProfile{
		ID: int64(or(input.ProfileNo)), StackLevel: input.StackLevel, Purpose: charging.ProfilePurpose(input.Purpose), Kind: string(input.Kind),
		Recurrency: string(or(input.Recurrency)), ValidFrom: input.ValidFrom, ValidTo: input.ValidTo,
		ProfileDetails: charging.ProfileDetails{UpdateEveryS: wide(input.UpdateEveryS), MaxOfflineS: wide(input.MaxOfflineS), InvalidAfterOffline: input.InvalidAfterOffline},
		Schedules:      make([]charging.ProfileSchedule, len(input.Schedules)),
	}
	for i, s := range input.Schedules {
		p.Schedules[i] = charging.ProfileSchedule{
			StartAt: s.StartAt, DurationS: wide(s.DurationS), Unit: string(s.Unit), MinRate: exactly(s.MinRate), RandomizedDelayS: wide(s.RandomizedDelayS),
			UseLocalTime: or(s.UseLocalTime), Periods: make([]charging.SchedulePeriod, len(s.Periods)),
		}
		for j, period := range s.Periods {
			to := &p.Schedules[i].Periods[j]
			if err := extra(period.Extra, to); err != nil {
				return p, err
			}
			to.StartS, to.Phases, to.PhaseToUse = int64(period.StartS), wide(period.Phases), wide(period.PhaseToUse)
			if period.Limit != nil {
				to.Limit = exactly(period.Limit)
			}
		}
	}
	return p, nil
}

// maybeProfile reads a profile that may be left out.
func maybeProfile(input *model.ChargingProfileInput) (*charging.ChargingProfile, error) {
	if input == nil {
		return nil, nil
	}
	p, err := chargingProfile(input)
	return &p, err
}

// dynamicLimits reads the limits that a dynamic profile is to have from now on.
func dynamicLimits(input *model.UpdateDynamicScheduleInput) (limits charging.DynamicLimits, err error) {
	if err := extra(input.Extra, &limits); err != nil {
		return limits, err
	}
	for _, n := range []struct {
		from *float64
		into *json.Number
	}{{input.Limit, &limits.Limit}, {input.Setpoint, &limits.Setpoint}, {input.DischargeLimit, &limits.DischargeLimit}} {
		if n.from != nil {
			*n.into = exactly(n.from)
		}
	}
	return limits, nil
}

// extra reads what is named as the domain shows it.
func extra(text *vocabulary.JSON, into any) error {
	if text == nil || strings.TrimSpace(string(*text)) == "" {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(*text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fault.In("extra", "What is given beside the limit can't be read: %s. Use names as in dischargeLimit, setpoint and operationMode.",
			strings.TrimPrefix(err.Error(), "json: ")).Because(err)
	}
	return nil
}

func wide(n *int) *int64 {
	if n == nil {
		return nil
	}
	w := int64(*n)
	return &w
}

func exactly(f *float64) json.Number {
	if f == nil {
		return ""
	}
	return charging.Exactly(*f)
}
