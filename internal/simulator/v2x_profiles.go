package simulator

import (
	"math"
	"slices"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// limitSource is who has set the profiles of this station.
const limitSource = "CSO"

func (s *station2x) setChargingProfile(r *v21.SetChargingProfileRequest) (*v21.SetChargingProfileResponse, func()) {
	p := r.ChargingProfile
	code := ""
	if !s.config.is("SmartChargingCtrlr.Enabled") {
		code = "NotEnabled"
	} else if p.ChargingProfilePurpose == v21.ChargingProfilePurposeTxProfile && p.TransactionID == "" {
		code = "MissingParam" // K01.FR.03
	} else {
		code = s.setProfile(int(r.EVSEID), p)
	}
	if code != "" {
		return &v21.SetChargingProfileResponse{Status: v21.ChargingProfileStatusRejected, StatusInfo: because(code)}, nil
	}
	return &v21.SetChargingProfileResponse{Status: v21.ChargingProfileStatusAccepted}, func() {
		if c, sess := s.session(p.TransactionID); sess != nil && p.ChargingProfilePurpose == v21.ChargingProfilePurposeTxProfile {
			s.tellPlan(c, sess)
		}
	}
}

func (s *station2x) clearChargingProfile(r *v21.ClearChargingProfileRequest) (*v21.ClearChargingProfileResponse, func()) {
	wanted := r.ChargingProfileCriteria
	cleared := s.clearProfiles(func(p *profile) bool {
		if r.ChargingProfileID.Set {
			return p.ID == r.ChargingProfileID.Value
		}
		return wanted == nil || (!wanted.EVSEID.Set || wanted.EVSEID.Value == int64(p.evse)) && (!wanted.StackLevel.Set || wanted.StackLevel.Value == p.StackLevel) &&
			(wanted.ChargingProfilePurpose == "" || wanted.ChargingProfilePurpose == p.ChargingProfilePurpose)
	})
	if cleared == 0 {
		return &v21.ClearChargingProfileResponse{Status: v21.ClearChargingProfileStatusUnknown}, nil
	}
	return &v21.ClearChargingProfileResponse{Status: v21.ClearChargingProfileStatusAccepted}, nil
}

// getChargingProfiles reports the installed profiles, one message for each EVSE (OCPP 2.0.1 Part 2, K09).
func (s *station2x) getChargingProfiles(r *v21.GetChargingProfilesRequest) (*v21.GetChargingProfilesResponse, func()) {
	wanted := &r.ChargingProfile
	byEVSE := map[int64][]v21.ChargingProfile{}
	for _, p := range s.profiles {
		if r.EVSEID.Set && r.EVSEID.Value != int64(p.evse) || len(wanted.ChargingProfileID) > 0 && !slices.Contains(wanted.ChargingProfileID, p.ID) ||
			wanted.StackLevel.Set && wanted.StackLevel.Value != p.StackLevel || wanted.ChargingProfilePurpose != "" && wanted.ChargingProfilePurpose != p.ChargingProfilePurpose ||
			len(wanted.ChargingLimitSource) > 0 && !slices.Contains(wanted.ChargingLimitSource, limitSource) {
			continue
		}
		byEVSE[int64(p.evse)] = append(byEVSE[int64(p.evse)], p.ChargingProfile)
	}
	if len(byEVSE) == 0 {
		return &v21.GetChargingProfilesResponse{Status: v21.GetChargingProfileStatusNoProfiles}, nil
	}
	return &v21.GetChargingProfilesResponse{Status: v21.GetChargingProfileStatusAccepted}, func() {
		places := sorted(byEVSE)
		for i, evse := range places {
			s.notify("ReportChargingProfiles", &v21.ReportChargingProfilesRequest{
				RequestID: r.RequestID, ChargingLimitSource: limitSource, EVSEID: evse, ChargingProfile: byEVSE[evse], Tbc: schema.Some(i < len(places)-1),
			})
		}
	}
}

func (s *station2x) getCompositeSchedule(r *v21.GetCompositeScheduleRequest) (*v21.GetCompositeScheduleResponse, func()) {
	if r.EVSEID < 0 || int(r.EVSEID) > len(s.connectors) {
		return &v21.GetCompositeScheduleResponse{Status: v21.GenericStatusRejected, StatusInfo: because("UnknownEvse")}, nil
	}
	unit := r.ChargingRateUnit
	if unit == "" {
		unit = v21.ChargingRateUnitA
	}
	return &v21.GetCompositeScheduleResponse{Status: v21.GenericStatusAccepted, Schedule: &v21.CompositeSchedule{
		EVSEID: r.EVSEID, Duration: r.Duration, ScheduleStart: timeNow(s.Station), ChargingRateUnit: unit,
		ChargingSchedulePeriod: s.composite(int(r.EVSEID), r.Duration, unit),
	}}, nil
}

// updateDynamicSchedule changes the limit of a dynamic profile that is installed (OCPP 2.1 Part 2, K28).
func (s *station2x) updateDynamicSchedule(r *v21.UpdateDynamicScheduleRequest) (*v21.UpdateDynamicScheduleResponse, func()) {
	for _, p := range s.profiles {
		if p.ID != r.ChargingProfileID || p.ChargingProfileKind != v21.ChargingProfileKindDynamic {
			continue
		}
		if p.updated == nil {
			p.updated = map[string]float64{}
		}
		if r.ScheduleUpdate.Limit.Set {
			p.updated["limit"] = r.ScheduleUpdate.Limit.Value
		}
		if r.ScheduleUpdate.Setpoint.Set {
			p.updated["setpoint"] = r.ScheduleUpdate.Setpoint.Value
		}
		p.DynUpdateTime = timeNow(s.Station)
		return &v21.UpdateDynamicScheduleResponse{Status: v21.ChargingProfileStatusAccepted}, s.limitsChanged
	}
	return &v21.UpdateDynamicScheduleResponse{Status: v21.ChargingProfileStatusRejected, StatusInfo: because("InvalidProfileId")}, nil
}

// usePriorityCharging switches to the priority profile of a session and back (OCPP 2.1 Part 2, K21).
func (s *station2x) usePriorityCharging(r *v21.UsePriorityChargingRequest) (*v21.UsePriorityChargingResponse, func()) {
	c, sess := s.session(r.TransactionID)
	if sess == nil || c.tx == nil {
		return &v21.UsePriorityChargingResponse{Status: v21.PriorityChargingStatusRejected, StatusInfo: because("TxNotFound")}, nil
	}
	if math.IsInf(s.purposeLimit(c, v21.ChargingProfilePurposePriorityCharging, s.now(), 3), 1) {
		return &v21.UsePriorityChargingResponse{Status: v21.PriorityChargingStatusNoProfile}, nil
	}
	return &v21.UsePriorityChargingResponse{Status: v21.PriorityChargingStatusAccepted}, func() {
		c.priority = r.Activate
		s.limitsChanged()
		s.notify("NotifyPriorityCharging", &v21.NotifyPriorityChargingRequest{TransactionID: sess.id, Activated: r.Activate})
	}
}
