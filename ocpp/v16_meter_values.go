package ocpp

import (
	"strconv"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// meterValues16 records samples (OCPP 1.6 §4.7).
func meterValues16(x *exchange, r *v16.MeterValuesRequest) (schema.Message, error) {
	report := charging.MeterReport{EvseNo: int(r.ConnectorID), Values: samples16(x, r.MeterValue), ReceivedAt: x.at}
	if r.TransactionID.Set {
		report.TransactionID = strconv.FormatInt(r.TransactionID.Value, 10)
	}
	err := x.c.link.ReportSamples(x.c.ctx, &x.c.entry, report)
	if err != nil {
		return nil, err
	}
	return &v16.MeterValuesResponse{}, nil
}

func samples16(x *exchange, values []v16.MeterValue) []charging.SampledValue {
	n := 0
	for i := range values {
		n += len(values[i].SampledValue)
	}
	samples := make([]charging.SampledValue, 0, n)
	for i := range values {
		at := x.said(&values[i].Timestamp)
		for j := range values[i].SampledValue {
			v := &values[i].SampledValue[j]
			if v.Format == v16.ValueFormatSignedData {
				// Signed data is no number: it is kept as it came, under its measurand.
				samples = append(samples, charging.SampledValue{At: at, Value: v.Value, Measurand: string(v.Measurand), Context: string(v.Context), Unit: "SignedData"})
				continue
			}
			samples = append(samples, charging.SampledValue{
				At: at, Value: v.Value, Measurand: string(v.Measurand), Phase: string(v.Phase), Location: string(v.Location),
				Context: string(v.Context), Unit: string(v.Unit),
			})
		}
	}
	return samples
}
