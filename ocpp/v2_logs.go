package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// getLog2 has a station upload a log (OCPP 2.0.1 Part 2, N01). What 1.6 calls diagnostics is one of its logs.
var getLog2 = orderAs(func(o charging.LogOrder) (*v21.GetLogRequest, error) {
	return &v21.GetLogRequest{
		LogType: v21.LogType(logTypes[o.Type]), RequestID: o.RequestID, Retries: maybe(o.Retries), RetryInterval: maybe(o.RetryInterval),
		Log: v21.LogParameters{RemoteLocation: o.Location, OldestTimestamp: schema.At(o.From), LatestTimestamp: schema.At(o.To)},
	}, nil
}, func(_ *v21.GetLogRequest, r *v21.GetLogResponse) charging.Outcome {
	o := outcome2(r.Status == v21.LogStatusAccepted || r.Status == v21.LogStatusAcceptedCanceled, string(r.Status), r.StatusInfo, "")
	o.Results = []any{charging.Single{Value: charging.LogAnswer{Status: string(r.Status), FileName: r.Filename}}}
	return o
})
