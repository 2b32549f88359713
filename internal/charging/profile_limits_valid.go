package charging

import (
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/fault"
)

// The rules of the standard for charging profiles (OCPP 1.6 §3.13, OCPP 2.0.1 Part 2 K01, OCPP 2.1 Part 2 K01 and K28).

// valid says what is wrong with a profile for an EVSE, 0 for the station as a whole, before any station is asked.
func (p *ChargingProfile) valid(version string, evseNo int, now time.Time) error {
	if err := p.fits(version, evseNo); err != nil {
		return err
	}
	switch {
	case p.StackLevel < 0:
		return fault.In("stackLevel", "The lowest level is 0.")
	case p.ID < 0:
		return fault.In("profileNo", "A profile's number is positive.")
	case p.ValidFrom != nil && p.ValidTo != nil && !p.ValidTo.After(*p.ValidFrom):
		return fault.In("validTo", "The profile would end before it begins.")
	case p.ValidTo != nil && !p.ValidTo.After(now):
		return fault.In("validTo", "The profile would have ended already.")
	case p.Kind == "RECURRING" && p.Recurrency == "":
		return fault.In("recurrency", "A recurring profile needs to say whether it comes back daily or weekly.")
	case p.Kind != "RECURRING" && p.Recurrency != "":
		return fault.In("recurrency", "Only a recurring profile comes back: leave this out, or make it RECURRING.")
	case len(p.Schedules) == 0:
		return fault.In("schedules", "A profile needs a schedule.")
	case version == "1.6" && len(p.Schedules) > 1:
		return fault.In("schedules", "In OCPP 1.6 a profile has one schedule.")
	case len(p.Schedules) > 3:
		return fault.In("schedules", "A profile has at most 3 schedules.")
	case p.Kind == "DYNAMIC" && (len(p.Schedules) != 1 || len(p.Schedules[0].Periods) != 1):
		return fault.In("schedules", "A dynamic profile has one schedule with one period.")
	}
	for i := range p.Schedules {
		if err := p.Schedules[i].valid(p, version); err != nil {
			return err
		}
	}
	return nil
}

// fits says what is wrong with the purpose and kind of a profile.
func (p *ChargingProfile) fits(version string, evseNo int) error {
	switch {
	case p.Purpose == PurposeExternalConstraints:
		return fault.In("purpose", "A limit of this purpose is set by somebody else, such as the grid's operator: use CHARGING_STATION_MAX_PROFILE.")
	case (p.Purpose == PurposePriorityCharging || p.Purpose == PurposeLocalGeneration) && version != "2.1":
		return fault.In("purpose", "OCPP %s has no profiles of purpose %s.", version, p.Purpose)
	case p.Kind == "DYNAMIC" && version != "2.1":
		return fault.In("kind", "OCPP %s has no dynamic profiles.", version)
	case p.UpdateEveryS != nil && p.Kind != "DYNAMIC":
		return fault.In("updateEveryS", "Only a dynamic profile gets new limits: leave this out, or make it DYNAMIC.")
	case p.UpdateEveryS != nil && *p.UpdateEveryS <= 0:
		return fault.In("updateEveryS", "Between two updates there is at least a second.")
	case (p.MaxOfflineS != nil || p.InvalidAfterOffline != nil) && version != "2.1":
		return fault.In("maxOfflineS", "In OCPP %s a profile holds whether the station is offline or not.", version)
	case p.MaxOfflineS != nil && *p.MaxOfflineS < 0:
		return fault.In("maxOfflineS", "A profile can't end before the station is offline.")
	case p.InvalidAfterOffline != nil && p.MaxOfflineS == nil:
		return fault.In("maxOfflineS", "Say how long the station may be offline before the profile is invalid.")
	case evseNo < 0:
		return fault.In("evseNo", "An EVSE's number is positive; 0 is the station as a whole.")
	case p.Purpose == PurposeStationMax && evseNo != 0:
		return fault.In("evseNo", "A profile of purpose CHARGING_STATION_MAX_PROFILE is of the station as a whole: leave the EVSE out.")
	case p.Purpose == PurposeStationMax && p.Kind == "RELATIVE":
		return fault.In("kind", "A profile of the station as a whole can't be relative to a session.")
	}
	return nil
}

func (s *ProfileSchedule) valid(p *ChargingProfile, version string) error {
	recurs := map[string]int64{"DAILY": 24 * 3600, "WEEKLY": 7 * 24 * 3600}[p.Recurrency]
	switch {
	case p.Kind == "RELATIVE" && s.StartAt != nil:
		return fault.In("startAt", "A relative schedule starts with the session: leave its start out.")
	case p.Kind == "RECURRING" && s.StartAt == nil:
		return fault.In("startAt", "A recurring schedule needs a start, from which its days or weeks count.")
	case s.Unit != "A" && s.Unit != "W":
		return fault.In("unit", "A limit is in A or W, not in %q.", fault.Printable(s.Unit))
	case s.DurationS != nil && *s.DurationS <= 0:
		return fault.In("durationS", "A schedule lasts at least a second.")
	case s.DurationS != nil && recurs > 0 && *s.DurationS > recurs:
		return fault.In("durationS", "A %s schedule begins anew after %d seconds: it can't last longer.", strings.ToLower(p.Recurrency), recurs)
	case (s.RandomizedDelayS != nil || s.UseLocalTime) && version != "2.1":
		return fault.In("randomizedDelayS", "In OCPP %s a schedule begins when it says, without a delay by chance, and in UTC.", version)
	case s.RandomizedDelayS != nil && (*s.RandomizedDelayS < 0 || *s.RandomizedDelayS > 24*3600):
		return fault.In("randomizedDelayS", "A schedule is delayed by 0 seconds to a day.")
	case len(s.Periods) == 0:
		return fault.In("periods", "A schedule needs a period.")
	case s.Periods[0].StartS != 0:
		return fault.In("periods", "The first period starts at 0, not at %d.", s.Periods[0].StartS)
	}
	for i := range s.Periods {
		period := &s.Periods[i]
		if i > 0 && period.StartS <= s.Periods[i-1].StartS {
			return fault.In("periods", "Periods come one after the other: %d s doesn't come after %d s.", period.StartS, s.Periods[i-1].StartS)
		}
		if s.DurationS != nil && period.StartS >= *s.DurationS {
			return fault.In("periods", "A period starts after %d s, when the schedule has ended.", period.StartS)
		}
		if err := period.valid(version); err != nil {
			return err
		}
	}
	return nil
}

func (p *SchedulePeriod) valid(version string) error {
	switch {
	case p.Limit == "" && (version != "2.1" || p.OperationMode == ""):
		return fault.In("limit", "A period needs a limit.")
	case p.Phases != nil && (*p.Phases < 1 || *p.Phases > 3):
		return fault.In("phases", "A period has 1 to 3 phases.")
	case p.PhaseToUse != nil && version == "1.6":
		return fault.In("phaseToUse", "OCPP 1.6 can't choose the phase.")
	case p.PhaseToUse != nil && (p.Phases == nil || *p.Phases != 1 || *p.PhaseToUse < 1 || *p.PhaseToUse > 3):
		return fault.In("phaseToUse", "The phase, 1 to 3, can be chosen where the period has one phase.")
	}
	if p.Limit == "" {
		return nil
	}
	if d, err := decimal.Parse(string(p.Limit)); err != nil || d.IsNeg() {
		return fault.In("limit", "%q is not a limit: it is a number from 0 on.", fault.Printable(string(p.Limit)))
	}
	return nil
}
