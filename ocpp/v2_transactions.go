package ocpp

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Authorisation, transactions and metering (OCPP 2.0.1 Part 2, functional blocks C, E, F and J).

// authorize2 answers whether a token may charge (C01), or a car on its contract (v2_plug_and_charge.go).
func authorize2(x *exchange, r *v21.AuthorizeRequest) (schema.Message, error) {
	if r.Certificate != "" || len(r.ISO15118CertificateHashData) > 0 {
		return authorizeContract2(x, r)
	}
	_, err := x.c.link.AuthorizeToken(x.c.ctx, charging.IDToken{Value: r.IDToken.IDToken, Type: r.IDToken.Type}, inTransaction(x, func(t charging.TokenInfo) schema.Message {
		return &v21.AuthorizeResponse{IDTokenInfo: *tokenInfo2(t, r.IDToken.Type)}
	}))
	return nil, err
}

// tokenInfo2 answers a token. Its group is of the type of the token, which the station knows how to read.
func tokenInfo2(t charging.TokenInfo, tokenType string) *v21.IDTokenInfo {
	info := &v21.IDTokenInfo{Status: v21.AuthorizationStatus(t.Status)}
	if !t.Expiry.IsZero() {
		info.CacheExpiryDateTime = schema.At(t.Expiry)
	}
	if t.GroupID != "" {
		info.GroupIDToken = &v21.IDToken{IDToken: t.GroupID, Type: tokenType}
	}
	return info
}

// transactionEvent2 records how a session begins, goes on and ends (E01 to E15). It is always answered with a result.
func transactionEvent2(x *exchange, r *v21.TransactionEventRequest) (schema.Message, error) {
	t := &r.TransactionInfo
	report := charging.TransactionReport{
		Step: charging.TransactionStep(r.EventType), TransactionID: t.TransactionID, SeqNo: r.SeqNo, Offline: r.Offline.Value,
		RemoteStartID: t.RemoteStartID.Value, ReservationID: optional(r.ReservationID), ChargingState: string(t.ChargingState), Reason: string(t.StoppedReason),
		Samples: samples2(x, r.MeterValue), At: x.said(&r.Timestamp), ReceivedAt: x.at,
		Asked: r.TriggerReason == v21.TriggerReasonTrigger, Limits: limits2(t.TransactionLimit),
	}
	if r.CostDetails != nil {
		report.Cost = r.CostDetails.AppendJSON(nil)
	}
	if r.EVSE != nil {
		report.EvseNo, report.ConnectorNo = int(r.EVSE.ID), int(r.EVSE.ConnectorID.Value)
	}
	tokenType := ""
	if r.IDToken != nil {
		tokenType = r.IDToken.Type
		report.Token = &charging.IDToken{Value: r.IDToken.IDToken, Type: tokenType}
	}
	if x.c.link.TransactionProgress(&x.c.entry, report) {
		return &v21.TransactionEventResponse{}, nil
	}
	x.after = x.c.payOff
	_, err := x.c.link.ReportTransaction(x.c.ctx, report, inTransaction(x, func(a charging.TransactionAnswer) schema.Message {
		response := &v21.TransactionEventResponse{}
		if a.Token != nil {
			response.IDTokenInfo = tokenInfo2(*a.Token, tokenType)
		}
		if a.Cost != nil {
			// It goes out with as many digits as it has: the shortest number that reads back the same is written.
			cost, _ := a.Cost.Float64()
			response.TotalCost = schema.Some(cost)
		}
		response.TransactionLimit = toldLimits2(a.Limits)
		return response
	}))
	return nil, err
}

// meterValues2 records samples outside of a session (J01).
func meterValues2(x *exchange, r *v21.MeterValuesRequest) (schema.Message, error) {
	err := x.c.link.ReportSamples(x.c.ctx, &x.c.entry, charging.MeterReport{EvseNo: int(r.EVSEID), Values: samples2(x, r.MeterValue), ReceivedAt: x.at})
	if err != nil {
		return nil, err
	}
	return &v21.MeterValuesResponse{}, nil
}

func samples2(x *exchange, values []v21.MeterValue) []charging.SampledValue {
	var samples []charging.SampledValue
	var signed *signedAsSent
	for i := range values {
		at := x.said(&values[i].Timestamp)
		for j := range values[i].SampledValue {
			v := &values[i].SampledValue[j]
			s := charging.SampledValue{
				At: at, Value: strconv.FormatFloat(v.Value, 'f', -1, 64), Measurand: string(v.Measurand), Phase: string(v.Phase),
				Location: string(v.Location), Context: string(v.Context),
			}
			if u := v.UnitOfMeasure; u != nil {
				s.Unit, s.Exponent = u.Unit, int(max(-100, min(u.Multiplier.Value, 100)))
			}
			if v.SignedMeterValue != nil {
				if signed == nil {
					signed = readSigned(x.frame.Payload)
				}
				if s.Signed = signed.at(values, i, j); s.Signed == nil {
					s.Signed = v.SignedMeterValue.AppendJSON(nil)
				}
			}
			samples = append(samples, s)
		}
	}
	return samples
}

// requestStartTransaction2 asks for a session (F01, F02).
var requestStartTransaction2 = orderAs(func(o charging.RemoteStartOrder) (*v21.RequestStartTransactionRequest, error) {
	r := &v21.RequestStartTransactionRequest{IDToken: idToken2(o.IDTag, o.TokenType), RemoteStartID: requestID()}
	if o.EvseNo > 0 {
		r.EVSEID = schema.Some(int64(o.EvseNo))
	}
	if o.Profile != nil && !o.ProfileLater {
		var err error
		if r.ChargingProfile, err = profile2(o.Profile, ""); err != nil {
			return nil, err
		}
	}
	return r, nil
}, func(_ *v21.RequestStartTransactionRequest, r *v21.RequestStartTransactionResponse) charging.Outcome {
	return outcome2(r.Status == v21.RequestStartStopStatusAccepted, string(r.Status), r.StatusInfo, "Usually the EVSE isn't free: a cable from the last session may still be in.")
})

// requestStopTransaction2 asks for the end of a session (F03).
var requestStopTransaction2 = orderAs(func(o charging.RemoteStopOrder) (*v21.RequestStopTransactionRequest, error) {
	return &v21.RequestStopTransactionRequest{TransactionID: o.TransactionID}, nil
}, func(_ *v21.RequestStopTransactionRequest, r *v21.RequestStopTransactionResponse) charging.Outcome {
	return outcome2(r.Status == v21.RequestStartStopStatusAccepted, string(r.Status), r.StatusInfo, "It may not know the session any more.")
})

// clearCache2 empties the station's memory of tokens (C11).
var clearCache2 = orderAs(func(charging.ClearCacheOrder) (*v21.ClearCacheRequest, error) { return &v21.ClearCacheRequest{}, nil },
	func(_ *v21.ClearCacheRequest, r *v21.ClearCacheResponse) charging.Outcome {
		return outcome2(r.Status == v21.ClearCacheStatusAccepted, string(r.Status), r.StatusInfo, "It may have no cache.")
	})

// dataTransfer2 keeps a maker's own message in the log. Nobody here acts on it, and the answer says so (P02).
func dataTransfer2(*exchange, *v21.DataTransferRequest) (schema.Message, error) {
	return &v21.DataTransferResponse{Status: v21.DataTransferStatusUnknownVendorID}, nil
}

// sendDataTransfer2 sends a maker's own message (P01). Data that is JSON goes as it is, other data as a text.
var sendDataTransfer2 = orderAs(func(o charging.DataTransferOrder) (*v21.DataTransferRequest, error) {
	r := &v21.DataTransferRequest{VendorID: o.VendorID, MessageID: o.MessageID}
	if data := strings.TrimSpace(o.Data); data != "" {
		if !json.Valid([]byte(data)) {
			text, err := json.Marshal(o.Data)
			if err != nil {
				return nil, fault.In("data", "The data can't be written as JSON.")
			}
			data = string(text)
		}
		r.Data = schema.Raw(data)
	}
	return r, nil
}, func(_ *v21.DataTransferRequest, r *v21.DataTransferResponse) charging.Outcome {
	return outcome2(r.Status == v21.DataTransferStatusAccepted, string(r.Status), r.StatusInfo, "")
})
