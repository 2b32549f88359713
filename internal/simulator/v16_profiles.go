package simulator

import (
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

func (s *station16) setChargingProfile(r *v16.SetChargingProfileRequest) (*v16.SetChargingProfileResponse, func()) {
	if s.setProfile(int(r.ConnectorID), profile21(&r.CsChargingProfiles)) != "" {
		return &v16.SetChargingProfileResponse{Status: v16.ChargingProfileStatusRejected}, nil
	}
	return &v16.SetChargingProfileResponse{Status: v16.ChargingProfileStatusAccepted}, nil
}

func (s *station16) clearChargingProfile(r *v16.ClearChargingProfileRequest) (*v16.ClearChargingProfileResponse, func()) {
	purpose := v21.ChargingProfilePurpose(r.ChargingProfilePurpose)
	if r.ChargingProfilePurpose == v16.ChargingProfilePurposeChargePointMaxProfile {
		purpose = v21.ChargingProfilePurposeChargingStationMaxProfile
	}
	cleared := s.clearProfiles(func(p *profile) bool {
		if r.ID.Set { // the id alone decides (OCPP 1.6 §6.5)
			return p.ID == r.ID.Value
		}
		return (!r.ConnectorID.Set || int(r.ConnectorID.Value) == p.evse) && (purpose == "" || purpose == p.ChargingProfilePurpose) &&
			(!r.StackLevel.Set || r.StackLevel.Value == p.StackLevel)
	})
	if cleared == 0 {
		return &v16.ClearChargingProfileResponse{Status: v16.ClearChargingProfileStatusUnknown}, nil
	}
	return &v16.ClearChargingProfileResponse{Status: v16.ClearChargingProfileStatusAccepted}, nil
}

func (s *station16) getCompositeSchedule(r *v16.GetCompositeScheduleRequest) (*v16.GetCompositeScheduleResponse, func()) {
	if r.ConnectorID < 0 || int(r.ConnectorID) > len(s.connectors) {
		return &v16.GetCompositeScheduleResponse{Status: v16.GetCompositeScheduleStatusRejected}, nil
	}
	unit := r.ChargingRateUnit
	if unit == "" {
		unit = v16.ChargingRateUnitA
	}
	sched := v16.ChargingSchedule{Duration: schema.Some(r.Duration), StartSchedule: schema.At(s.now()), ChargingRateUnit: unit}
	for _, p := range s.composite(int(r.ConnectorID), r.Duration, v21.ChargingRateUnit(unit)) {
		sched.ChargingSchedulePeriod = append(sched.ChargingSchedulePeriod, v16.ChargingSchedulePeriod{
			StartPeriod: p.StartPeriod, Limit: p.Limit.Value, NumberPhases: p.NumberPhases,
		})
	}
	return &v16.GetCompositeScheduleResponse{
		Status: v16.GetCompositeScheduleStatusAccepted, ConnectorID: schema.Some(r.ConnectorID), ScheduleStart: schema.At(s.now()), ChargingSchedule: &sched,
	}, nil
}
