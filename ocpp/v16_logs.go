package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// getDiagnostics16 has a station upload its diagnostics (OCPP 1.6 §5.8).
var getDiagnostics16 = orderAs(func(o charging.LogOrder) (*v16.GetDiagnosticsRequest, error) {
	if !o.Diagnostics {
		return nil, nil
	}
	return &v16.GetDiagnosticsRequest{
		Location: o.Location, StartTime: schema.At(o.From), StopTime: schema.At(o.To), Retries: maybe(o.Retries), RetryInterval: maybe(o.RetryInterval),
	}, nil
}, func(_ *v16.GetDiagnosticsRequest, r *v16.GetDiagnosticsResponse) charging.Outcome {
	if r.FileName == "" {
		return charging.Outcome{Reason: "The station named no file: it has no diagnostics of that time."}
	}
	return charging.Outcome{Accepted: true, Results: []any{charging.Single{Value: charging.LogAnswer{Status: "Accepted", FileName: r.FileName}}}}
})

// getLog16 has a station upload a log (security whitepaper, GetLog).
var getLog16 = orderAs(func(o charging.LogOrder) (*v16.GetLogRequest, error) {
	if o.Diagnostics {
		return nil, nil
	}
	return &v16.GetLogRequest{
		LogType: v16.LogType(logTypes[o.Type]), RequestID: o.RequestID, Retries: maybe(o.Retries), RetryInterval: maybe(o.RetryInterval),
		Log: v16.LogParameters{RemoteLocation: o.Location, OldestTimestamp: schema.At(o.From), LatestTimestamp: schema.At(o.To)},
	}, nil
}, func(_ *v16.GetLogRequest, r *v16.GetLogResponse) charging.Outcome {
	o := accepted16(r.Status == v16.LogStatusAccepted || r.Status == v16.LogStatusAcceptedCanceled, string(r.Status), "")
	o.Results = []any{charging.Single{Value: charging.LogAnswer{Status: string(r.Status), FileName: r.Filename}}}
	return o
})

// logTypes are the types of log by the names that Busbar has for them.
var logTypes = map[string]string{"DIAGNOSTICS": "DiagnosticsLog", "SECURITY": "SecurityLog", "DATA_COLLECTOR": "DataCollectorLog"}

// maybe is a number that may be left out.
func maybe(n *int) (o schema.Opt[int64]) {
	if n != nil {
		o = schema.Some(int64(*n))
	}
	return o
}
