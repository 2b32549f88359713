package ocpp

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Reports that stations deliver in parts. A part is always answered with a result: what a part says is stored, whether somebody
// asked for it or not.

// notifyCustomerInformation2 keeps a part of what a station knows of a customer (N09, N10).
func notifyCustomerInformation2(x *exchange, r *v21.NotifyCustomerInformationRequest) (schema.Message, error) {
	part := charging.ReportPart{RequestID: r.RequestID, SeqNo: r.SeqNo, More: r.Tbc.Value, ReceivedAt: x.at}
	return nil, x.c.link.ReportCustomer(x.c.ctx, part, r.Data, replying(x, &v21.NotifyCustomerInformationResponse{}))
}

// notifyDisplayMessages2 keeps a part of the messages that a station holds (O03, O04).
func notifyDisplayMessages2(x *exchange, r *v21.NotifyDisplayMessagesRequest) (schema.Message, error) {
	settings := make([]charging.Setting, len(r.MessageInfo))
	for i := range r.MessageInfo {
		settings[i] = displayMessage2(&r.MessageInfo[i])
	}
	return nil, x.c.link.ReportSettings(x.c.ctx, charging.ReportOfDisplayMessages, x.unnumbered(r.RequestID, r.Tbc), settings,
		replying(x, &v21.NotifyDisplayMessagesResponse{}))
}

// unnumbered is a part of a report whose parts have no numbers.
func (x *exchange) unnumbered(requestID int64, tbc schema.Opt[bool]) charging.ReportPart {
	return charging.ReportPart{RequestID: requestID, Unnumbered: true, More: tbc.Value, ReceivedAt: x.at}
}

func displayMessage2(m *v21.MessageInfo) charging.Setting {
	s := charging.Setting{Key: strconv.FormatInt(m.ID, 10), Summary: m.Message.Content, Data: m.AppendJSON(nil)}
	if m.Display != nil {
		s.Component, s.EvseNo = m.Display.Name, evseNo2(m.Display.EVSE)
	}
	return s
}

func evseNo2(e *v21.EVSE) int {
	if e == nil {
		return 0
	}
	return int(min(max(e.ID, 0), 1<<31-1))
}

// notifyMonitoringReport2 keeps a part of the monitors that a station has set (N02, N03).
func notifyMonitoringReport2(x *exchange, r *v21.NotifyMonitoringReportRequest) (schema.Message, error) {
	var settings []charging.Setting
	for i := range r.Monitor {
		d := &r.Monitor[i]
		for j := range d.VariableMonitoring {
			settings = append(settings, monitor2(d, &d.VariableMonitoring[j]))
		}
	}
	part := charging.ReportPart{RequestID: r.RequestID, SeqNo: r.SeqNo, More: r.Tbc.Value, ReceivedAt: x.at}
	return nil, x.c.link.ReportSettings(x.c.ctx, charging.ReportOfMonitors, part, settings, replying(x, &v21.NotifyMonitoringReportResponse{}))
}

// monitor2 is a monitor as it is kept, whether a station reports it or we set it: with the variable that it watches.
func monitor2(d *v21.MonitoringData, m *v21.VariableMonitoring) charging.Setting {
	monitor := m.AppendJSON(nil)
	if m.EventNotificationType == "" {
		monitor = bytes.Replace(monitor, []byte(`,"eventNotificationType":""`), nil, 1) // OCPP 2.0.1 doesn't have it
	}
	data := d.Component.AppendJSON([]byte(`{"component":`))
	data = d.Variable.AppendJSON(append(data, `,"variable":`...))
	data = append(append(data, ','), monitor[1:]...)
	key := key2(&d.Component, &d.Variable, "")
	return charging.Setting{
		Key: strconv.FormatInt(m.ID, 10), EvseNo: key.EvseNo, Component: key.Component, Variable: key.Name,
		Summary: charging.MonitorSummary(string(m.Type), string(charging.Exactly(m.Value)), key, int(m.Severity)), Data: data,
	}
}

var purposes2 = map[v21.ChargingProfilePurpose]charging.ProfilePurpose{
	v21.ChargingProfilePurposeChargingStationMaxProfile:          charging.PurposeStationMax,
	v21.ChargingProfilePurposeTxDefaultProfile:                   charging.PurposeTxDefault,
	v21.ChargingProfilePurposeTxProfile:                          charging.PurposeTx,
	v21.ChargingProfilePurposeChargingStationExternalConstraints: charging.PurposeExternalConstraints,
	v21.ChargingProfilePurposePriorityCharging:                   charging.PurposePriorityCharging,
	v21.ChargingProfilePurposeLocalGeneration:                    charging.PurposeLocalGeneration,
}

var kinds2 = map[v21.ChargingProfileKind]string{
	v21.ChargingProfileKindAbsolute: "ABSOLUTE", v21.ChargingProfileKindRecurring: "RECURRING", v21.ChargingProfileKindRelative: "RELATIVE",
	v21.ChargingProfileKindDynamic: "DYNAMIC",
}

var recurrencies2 = map[v21.RecurrencyKind]string{v21.RecurrencyKindDaily: "DAILY", v21.RecurrencyKindWeekly: "WEEKLY"}

// reportChargingProfiles2 keeps a part of the charging profiles that a station holds (K09).
func reportChargingProfiles2(x *exchange, r *v21.ReportChargingProfilesRequest) (schema.Message, error) {
	profiles := make([]charging.ReportedProfile, len(r.ChargingProfile))
	for i := range r.ChargingProfile {
		p := &r.ChargingProfile[i]
		profiles[i] = charging.ReportedProfile{
			ProfileID: p.ID, EvseNo: int(min(r.EVSEID, 1<<31-1)), StackLevel: p.StackLevel,
			Purpose: cmp.Or(purposes2[p.ChargingProfilePurpose], charging.ProfilePurpose(p.ChargingProfilePurpose)),
			Kind:    cmp.Or(kinds2[p.ChargingProfileKind], "ABSOLUTE"), Recurrency: recurrencies2[p.RecurrencyKind], Source: r.ChargingLimitSource,
			TransactionID: p.TransactionID, ValidFrom: moment2(p.ValidFrom), ValidTo: moment2(p.ValidTo), Schedules: schedules2(p.ChargingSchedule),
			ProfileDetails: charging.ProfileDetails{
				UpdateEveryS: optional(p.DynUpdateInterval), UpdatedAt: moment2(p.DynUpdateTime), MaxOfflineS: optional(p.MaxOfflineDuration),
				InvalidAfterOffline: optionalBool(p.InvalidAfterOfflineDuration), PriceScheduleSignature: p.PriceScheduleSignature,
			},
		}
	}
	return nil, x.c.link.ReportProfiles(x.c.ctx, x.unnumbered(r.RequestID, r.Tbc), profiles, replying(x, &v21.ReportChargingProfilesResponse{}))
}

func moment2(t schema.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	at := t.UTC()
	return &at
}

// schedules2 reads the schedules of a profile.
func schedules2(list []v21.ChargingSchedule) []charging.ProfileSchedule {
	schedules := make([]charging.ProfileSchedule, len(list))
	for i := range list {
		s := &list[i]
		to := charging.ProfileSchedule{
			ID: s.ID, StartAt: moment2(s.StartSchedule), DurationS: optional(s.Duration), Unit: string(s.ChargingRateUnit), MinRate: exactly2(s.MinChargingRate),
			PowerTolerance: exactly2(s.PowerTolerance), RandomizedDelayS: optional(s.RandomizedDelay), UseLocalTime: s.UseLocalTime.Value,
			SignatureID: optional(s.SignatureID), DigestValue: s.DigestValue, Periods: make([]charging.SchedulePeriod, len(s.ChargingSchedulePeriod)),
		}
		if s.LimitAtSoC != nil {
			to.LimitAtSoC = &charging.LimitAtSoC{SoC: s.LimitAtSoC.Soc, Limit: charging.Exactly(s.LimitAtSoC.Limit)}
		}
		if s.SalesTariff != nil {
			to.SalesTariff = s.SalesTariff.AppendJSON(nil)
		}
		if s.AbsolutePriceSchedule != nil {
			to.AbsolutePriceSchedule = s.AbsolutePriceSchedule.AppendJSON(nil)
		}
		if s.PriceLevelSchedule != nil {
			to.PriceLevelSchedule = s.PriceLevelSchedule.AppendJSON(nil)
		}
		for j := range s.ChargingSchedulePeriod {
			to.Periods[j] = period2(&s.ChargingSchedulePeriod[j])
		}
		schedules[i] = to
	}
	return schedules
}

func period2(p *v21.ChargingSchedulePeriod) charging.SchedulePeriod {
	to := charging.SchedulePeriod{
		StartS: p.StartPeriod, Phases: optional(p.NumberPhases), PhaseToUse: optional(p.PhaseToUse),
		DynamicLimits: charging.DynamicLimits{
			Limit: exactly2(p.Limit), LimitL2: exactly2(p.LimitL2), LimitL3: exactly2(p.LimitL3),
			DischargeLimit: exactly2(p.DischargeLimit), DischargeLimitL2: exactly2(p.DischargeLimitL2), DischargeLimitL3: exactly2(p.DischargeLimitL3),
			Setpoint: exactly2(p.Setpoint), SetpointL2: exactly2(p.SetpointL2), SetpointL3: exactly2(p.SetpointL3),
			SetpointReactive: exactly2(p.SetpointReactive), SetpointReactiveL2: exactly2(p.SetpointReactiveL2), SetpointReactiveL3: exactly2(p.SetpointReactiveL3),
		},
		OperationMode: string(p.OperationMode), Preconditioning: maybe2(p.PreconditioningRequest), EVSESleep: maybe2(p.EVSESleep), V2XBaseline: exactly2(p.V2xBaseline),
	}
	for _, point := range p.V2xFreqWattCurve {
		to.V2XFreqWattCurve = append(to.V2XFreqWattCurve, charging.FreqWattPoint{Frequency: charging.Exactly(point.Frequency), Power: charging.Exactly(point.Power)})
	}
	for _, point := range p.V2xSignalWattCurve {
		to.V2XSignalWattCurve = append(to.V2XSignalWattCurve, charging.SignalWattPoint{Signal: point.Signal, Power: charging.Exactly(point.Power)})
	}
	return to
}

func exactly2(n schema.Opt[float64]) json.Number {
	if !n.Set {
		return ""
	}
	return charging.Exactly(n.Value)
}

func maybe2(b schema.Opt[bool]) *bool {
	if !b.Set {
		return nil
	}
	return &b.Value
}
