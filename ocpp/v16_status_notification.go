package ocpp

import (
	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// statuses16 are the statuses of OCPP 1.6 (§7.7), and two that older stations still send.
var statuses16 = map[v16.ChargePointStatus]vocabulary.ConnectorStatus{
	v16.ChargePointStatusAvailable:     vocabulary.Available,
	v16.ChargePointStatusPreparing:     vocabulary.Preparing,
	v16.ChargePointStatusCharging:      vocabulary.Charging,
	v16.ChargePointStatusSuspendedEVSE: vocabulary.SuspendedEVSE,
	v16.ChargePointStatusSuspendedEV:   vocabulary.SuspendedEV,
	v16.ChargePointStatusFinishing:     vocabulary.Finishing,
	v16.ChargePointStatusReserved:      vocabulary.Reserved,
	v16.ChargePointStatusUnavailable:   vocabulary.Unavailable,
	v16.ChargePointStatusFaulted:       vocabulary.Faulted,
	"Occupied":                         vocabulary.Occupied,
}

// statusNotification16 records the status of a connector, or of the station as connector 0 (OCPP 1.6 §4.9).
func statusNotification16(x *exchange, r *v16.StatusNotificationRequest) (schema.Message, error) {
	status, ok := statuses16[r.Status]
	if !ok {
		// A status that no version has says at least that something is the matter; the raw one is in the log.
		status = vocabulary.Unavailable
	}
	err := x.c.link.ReportStatus(x.c.ctx, &x.c.entry, charging.StatusReport{
		EvseNo: int(r.ConnectorID), ConnectorNo: min(1, int(r.ConnectorID)), Status: status, ErrorCode: string(r.ErrorCode), Info: r.Info, VendorID: r.VendorID,
		VendorErrorCode: r.VendorErrorCode, At: x.said(&r.Timestamp), ReceivedAt: x.at,
	})
	if err != nil {
		return nil, err
	}
	return &v16.StatusNotificationResponse{}, nil
}
