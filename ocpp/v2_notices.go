package ocpp

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// What stations notice beside status and meter. It is kept as events of the station, with the whole message.

// notice keeps the message of an exchange as an event.
func (x *exchange) notice(n charging.Notice) { x.c.link.Notice(&x.c.entry, x.noticed(n)) }

// noticed adds the message itself to what was noticed.
func (x *exchange) noticed(n charging.Notice) charging.Notice {
	n.ReceivedAt = x.at
	if n.Data == nil && json.Valid(x.frame.Payload) {
		n.Data = x.frame.Payload
	}
	return n
}

// firmware keeps a status of an update and moves the update.
func (x *exchange) firmware(status string, request schema.Opt[int64], response schema.Message) error {
	return x.c.link.ReportFirmware(x.c.ctx, x.progress(charging.NoticeFirmware, status, request), replying(x, response))
}

// upload keeps a status of an upload and moves the upload.
func (x *exchange) upload(status string, request schema.Opt[int64], response schema.Message) error {
	return x.c.link.ReportUpload(x.c.ctx, x.progress(charging.NoticeLog, status, request), replying(x, response))
}

func (x *exchange) progress(kind charging.NoticeKind, status string, request schema.Opt[int64]) charging.ProgressReport {
	return charging.ProgressReport{
		Status: status, RequestID: optional(request), Notice: x.noticed(charging.Notice{Kind: kind, Type: status, Value: numbered(request)}),
	}
}

// replying is inTransaction for an answer that is the same whatever happens.
func replying(x *exchange, response schema.Message) charging.Rows[struct{}] {
	return inTransaction(x, func(struct{}) schema.Message { return response })
}

func optionalBool(b schema.Opt[bool]) *bool {
	if !b.Set {
		return nil
	}
	return &b.Value
}

func optional(n schema.Opt[int64]) *int64 {
	if !n.Set {
		return nil
	}
	return &n.Value
}

// securityEventNotification2 keeps what threatens a station's security (A04); what is critical becomes an issue.
func securityEventNotification2(x *exchange, r *v21.SecurityEventNotificationRequest) (schema.Message, error) {
	return nil, x.c.link.SecurityEvent(x.c.ctx, x.noticed(charging.Notice{Type: r.Type, Info: r.TechInfo, At: x.said(&r.Timestamp)}),
		replying(x, &v21.SecurityEventNotificationResponse{}))
}

// notifyEvent2 keeps what monitored variables did (N07). The availability of a connector may come this way as well.
func notifyEvent2(x *exchange, r *v21.NotifyEventRequest) (schema.Message, error) {
	severities := severities2(x, r)
	for i := range r.EventData {
		d := &r.EventData[i]
		n := charging.Notice{
			Kind: charging.NoticeMonitoring, Type: string(d.Trigger), Cleared: d.Cleared.Value, Component: d.Component.Name, Variable: d.Variable.Name,
			Value: d.ActualValue, Info: d.TechInfo, TransactionID: d.TransactionID, At: x.said(&d.Timestamp), Data: d.AppendJSON(nil),
		}
		if d.Severity.Set {
			severity := int(d.Severity.Value)
			n.Severity = &severity
		} else if severity, ok := severities[d.VariableMonitoringID.Value]; ok && d.VariableMonitoringID.Set {
			n.Severity = &severity
		}
		if d.TechCode != "" {
			n.Info = d.TechCode + " " + d.TechInfo
		}
		if d.Component.EVSE != nil {
			n.EvseNo, n.ConnectorNo = int(d.Component.EVSE.ID), int(d.Component.EVSE.ConnectorID.Value)
		}
		x.notice(n)
		status, known := statuses2[v21.ConnectorStatus(d.ActualValue)]
		if d.Component.Name == "Connector" && d.Variable.Name == "AvailabilityState" && known && n.EvseNo > 0 {
			err := x.c.link.ReportStatus(x.c.ctx, &x.c.entry, charging.StatusReport{
				EvseNo: n.EvseNo, ConnectorNo: n.ConnectorNo, Status: status, Info: d.TechInfo, VendorErrorCode: d.TechCode, At: x.said(&d.Timestamp), ReceivedAt: x.at,
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return &v21.NotifyEventResponse{}, nil
}

// severities2 are those of the monitors behind events that don't say it, as 2.0.1 can't.
func severities2(x *exchange, r *v21.NotifyEventRequest) map[int64]int {
	var monitors []int64
	for i := range r.EventData {
		if d := &r.EventData[i]; d.VariableMonitoringID.Set && !d.Severity.Set {
			monitors = append(monitors, d.VariableMonitoringID.Value)
		}
	}
	return x.c.link.Severities(x.c.ctx, monitors)
}

// firmwareStatusNotification2 keeps the progress of an update, and moves it. It is always answered with a result (L01).
func firmwareStatusNotification2(x *exchange, r *v21.FirmwareStatusNotificationRequest) (schema.Message, error) {
	return nil, x.firmware(string(r.Status), r.RequestID, &v21.FirmwareStatusNotificationResponse{})
}

// publishFirmwareStatusNotification2 keeps the progress of firmware that a local controller hands on (L03).
func publishFirmwareStatusNotification2(x *exchange, r *v21.PublishFirmwareStatusNotificationRequest) (schema.Message, error) {
	return nil, x.firmware(string(r.Status), r.RequestID, &v21.PublishFirmwareStatusNotificationResponse{})
}

// logStatusNotification2 keeps the progress of an upload, and moves it (N01).
func logStatusNotification2(x *exchange, r *v21.LogStatusNotificationRequest) (schema.Message, error) {
	return nil, x.upload(string(r.Status), r.RequestID, &v21.LogStatusNotificationResponse{})
}

func numbered(id schema.Opt[int64]) string {
	if !id.Set {
		return ""
	}
	return strconv.FormatInt(id.Value, 10)
}

// reservationStatusUpdate2 ends a reservation that ended by itself (H04).
func reservationStatusUpdate2(x *exchange, r *v21.ReservationStatusUpdateRequest) (schema.Message, error) {
	n := x.noticed(charging.Notice{Kind: charging.NoticeReservation, Type: string(r.ReservationUpdateStatus), Value: strconv.FormatInt(r.ReservationID, 10)})
	return nil, x.c.link.ReportReservation(x.c.ctx, r.ReservationID, n.Type, n, replying(x, &v21.ReservationStatusUpdateResponse{}))
}

// notifyChargingLimit2 keeps a limit that somebody else set (K12).
func notifyChargingLimit2(x *exchange, r *v21.NotifyChargingLimitRequest) (schema.Message, error) {
	n := x.noticed(charging.Notice{Kind: charging.NoticeChargingLimit, Type: "Set", EvseNo: int(r.EVSEID.Value), Info: r.ChargingLimit.ChargingLimitSource})
	return nil, x.c.link.ReportLimit(x.c.ctx, charging.ExternalLimit{
		EvseNo: int(min(r.EVSEID.Value, math.MaxInt32)), Source: r.ChargingLimit.ChargingLimitSource, Schedules: schedules2(r.ChargingSchedule),
		ProfileDetails: charging.ProfileDetails{GridCritical: optionalBool(r.ChargingLimit.IsGridCritical), LocalGeneration: optionalBool(r.ChargingLimit.IsLocalGeneration)},
	}, n, replying(x, &v21.NotifyChargingLimitResponse{}))
}

// clearedChargingLimit2 keeps that such a limit is gone (K13).
func clearedChargingLimit2(x *exchange, r *v21.ClearedChargingLimitRequest) (schema.Message, error) {
	n := x.noticed(charging.Notice{Kind: charging.NoticeChargingLimit, Type: "Cleared", Cleared: true, EvseNo: int(r.EVSEID.Value), Info: r.ChargingLimitSource})
	var evseNo *int
	if r.EVSEID.Set {
		evse := int(min(r.EVSEID.Value, math.MaxInt32))
		evseNo = &evse
	}
	return nil, x.c.link.ReportLimitCleared(x.c.ctx, r.ChargingLimitSource, evseNo, n, replying(x, &v21.ClearedChargingLimitResponse{}))
}

// notifyEVChargingNeeds2 keeps what a car asks for, and sends its session a schedule once the answer has left (K15).
func notifyEVChargingNeeds2(x *exchange, r *v21.NotifyEVChargingNeedsRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticeChargingNeeds, Type: string(r.ChargingNeeds.RequestedEnergyTransfer), EvseNo: int(r.EVSEID), At: x.said(&r.Timestamp)})
	if !x.c.link.Charges(int(r.EVSEID)) {
		return &v21.NotifyEVChargingNeedsResponse{
			Status: v21.NotifyEVChargingNeedsStatusRejected, StatusInfo: reason2("NoTransaction", "No transaction is known to run on the EVSE."),
		}, nil
	}
	needs := chargingNeeds2(r)
	x.after = func() { x.c.link.MeetNeeds(x.c.ctx, needs) }
	return &v21.NotifyEVChargingNeedsResponse{Status: v21.NotifyEVChargingNeedsStatusAccepted}, nil
}

// notifyEVChargingSchedule2 keeps the schedule that a car made. One beyond the limits is refused, and answered with the limits
// (K15.FR.11 to K15.FR.13).
func notifyEVChargingSchedule2(x *exchange, r *v21.NotifyEVChargingScheduleRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticeChargingSchedule, EvseNo: int(r.EVSEID), At: r.TimeBase.Time})
	made := schedules2([]v21.ChargingSchedule{r.ChargingSchedule})[0]
	if x.after = x.c.link.CheckSchedule(x.c.ctx, int(r.EVSEID), r.TimeBase.Time, made); x.after != nil {
		return &v21.NotifyEVChargingScheduleResponse{
			Status: v21.GenericStatusRejected, StatusInfo: reason2("ValueTooHigh", "The schedule goes beyond the limits, which are sent once more."),
		}, nil
	}
	return &v21.NotifyEVChargingScheduleResponse{Status: v21.GenericStatusAccepted}, nil
}

// notifyPriorityCharging2 keeps that a driver asked for priority, or gave it up (OCPP 2.1 K21).
func notifyPriorityCharging2(x *exchange, r *v21.NotifyPriorityChargingRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticePriority, Type: "Priority", Cleared: !r.Activated, TransactionID: r.TransactionID})
	return &v21.NotifyPriorityChargingResponse{}, nil
}

// notifySettlement2 keeps that a payment terminal settled a payment (OCPP 2.1 C22).
func notifySettlement2(x *exchange, r *v21.NotifySettlementRequest) (schema.Message, error) {
	x.notice(charging.Notice{
		Kind: charging.NoticePayment, Type: string(r.Status), Value: strconv.FormatFloat(r.SettlementAmount, 'f', -1, 64), Info: r.PspRef,
		TransactionID: r.TransactionID, At: x.said(&r.SettlementTime),
	})
	return &v21.NotifySettlementResponse{}, nil
}

// notifyDERAlarm2 keeps a fault of the grid (OCPP 2.1 R06).
func notifyDERAlarm2(x *exchange, r *v21.NotifyDERAlarmRequest) (schema.Message, error) {
	x.notice(charging.Notice{
		Kind: charging.NoticeDER, Type: string(r.GridEventFault), Component: string(r.ControlType), Cleared: r.AlarmEnded.Value, Info: r.ExtraInfo, At: x.said(&r.Timestamp),
	})
	return &v21.NotifyDERAlarmResponse{}, nil
}

// notifyDERStartStop2 keeps that a control of the grid began or ended (OCPP 2.1 R04).
func notifyDERStartStop2(x *exchange, r *v21.NotifyDERStartStopRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticeDER, Type: "Control", Value: r.ControlID, Cleared: !r.Started, At: x.said(&r.Timestamp)})
	return &v21.NotifyDERStartStopResponse{}, nil
}

// batterySwap2 keeps that batteries came in or went out (OCPP 2.1 S01).
func batterySwap2(x *exchange, r *v21.BatterySwapRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticeBatterySwap, Type: string(r.EventType), Value: strconv.FormatInt(r.RequestID, 10)})
	return &v21.BatterySwapResponse{}, nil
}

// notifyPeriodicEventStream2 keeps the values of a stream (OCPP 2.1 N11). It comes as a SEND and is not answered.
func notifyPeriodicEventStream2(x *exchange, r *v21.NotifyPeriodicEventStreamRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticeStream, Type: "Values", Value: strconv.FormatInt(r.ID, 10), At: r.Basetime.Time})
	return nil, nil
}
