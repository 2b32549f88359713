package ocpp

import (
	"encoding/json"
	"strconv"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Streams of values of periodic monitors, and schedules that stations fetch (OCPP 2.1 N11 to N15, K28).

// openPeriodicEventStream2 takes a stream, unless the station has too many (N11).
func openPeriodicEventStream2(x *exchange, r *v21.OpenPeriodicEventStreamRequest) (schema.Message, error) {
	s := &r.ConstantStreamData
	monitor := strconv.FormatInt(s.VariableMonitoringID, 10)
	summary := "Values of monitor " + monitor
	if s.Params.Interval.Set {
		summary += ", every " + strconv.FormatInt(s.Params.Interval.Value, 10) + " s"
	}
	if s.Params.Values.Set {
		summary += ", " + strconv.FormatInt(s.Params.Values.Value, 10) + " at once"
	}
	stream := charging.Setting{Key: strconv.FormatInt(s.ID, 10), Summary: summary, Data: s.AppendJSON(nil)}
	return nil, x.c.link.OpenStream(x.c.ctx, stream, monitor, x.at, inTransaction(x, func(open bool) schema.Message {
		if !open {
			return &v21.OpenPeriodicEventStreamResponse{
				Status: v21.GenericStatusRejected, StatusInfo: reason2("TooManyElements", "The station has too many streams open: it must close one first."),
			}
		}
		return &v21.OpenPeriodicEventStreamResponse{Status: v21.GenericStatusAccepted}
	}))
}

// closePeriodicEventStream2 forgets a stream (N13).
func closePeriodicEventStream2(x *exchange, r *v21.ClosePeriodicEventStreamRequest) (schema.Message, error) {
	return nil, x.c.link.CloseStream(x.c.ctx, strconv.FormatInt(r.ID, 10), replying(x, &v21.ClosePeriodicEventStreamResponse{}))
}

// pullDynamicScheduleUpdate2 gives the limits that a dynamic profile has now (K28).
func pullDynamicScheduleUpdate2(x *exchange, r *v21.PullDynamicScheduleUpdateRequest) (schema.Message, error) {
	limits, found, err := x.c.link.Dynamic(x.c.ctx, r.ChargingProfileID)
	if err != nil {
		return nil, err
	}
	if !found {
		return &v21.PullDynamicScheduleUpdateResponse{
			Status: v21.ChargingProfileStatusRejected, StatusInfo: reason2("NotFound", "No dynamic profile of this number is set on the station."),
		}, nil
	}
	update := &v21.ChargingScheduleUpdate{
		Limit: float2(limits.Limit), LimitL2: float2(limits.LimitL2), LimitL3: float2(limits.LimitL3),
		DischargeLimit: float2(limits.DischargeLimit), DischargeLimitL2: float2(limits.DischargeLimitL2), DischargeLimitL3: float2(limits.DischargeLimitL3),
		Setpoint: float2(limits.Setpoint), SetpointL2: float2(limits.SetpointL2), SetpointL3: float2(limits.SetpointL3),
		SetpointReactive: float2(limits.SetpointReactive), SetpointReactiveL2: float2(limits.SetpointReactiveL2), SetpointReactiveL3: float2(limits.SetpointReactiveL3),
	}
	return &v21.PullDynamicScheduleUpdateResponse{Status: v21.ChargingProfileStatusAccepted, ScheduleUpdate: update}, nil
}

// reason2 says why something was refused. The words that don't fit are cut by the sender, not by the station.
func reason2(code, words string) *v21.StatusInfo {
	if runes := []rune(words); len(runes) > 500 {
		words = string(runes[:500])
	}
	return &v21.StatusInfo{ReasonCode: code, AdditionalInfo: words}
}

func float2(n json.Number) schema.Opt[float64] {
	f, err := n.Float64()
	if err != nil {
		return schema.Opt[float64]{} // empty: not set
	}
	return schema.Some(f)
}
