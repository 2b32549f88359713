package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// bootNotification16 records what a station is, and tells it the time (OCPP 1.6 §4.2). Its settings are read once the answer
// has left, never before.
func bootNotification16(x *exchange, r *v16.BootNotificationRequest) (schema.Message, error) {
	serial := r.ChargePointSerialNumber
	if serial == "" {
		serial = r.ChargeBoxSerialNumber
	}
	_, err := x.c.link.Boot(x.c.ctx, charging.BootReport{
		Vendor: r.ChargePointVendor, Model: r.ChargePointModel, SerialNumber: serial, FirmwareVersion: r.FirmwareVersion, ICCID: r.ICCID,
		IMSI: r.IMSI, MeterType: r.MeterType, MeterSerialNumber: r.MeterSerialNumber, ReceivedAt: x.at,
	}, inTransaction(x, func(a charging.BootAnswer) schema.Message {
		return &v16.BootNotificationResponse{
			Status: v16.RegistrationStatus(a.Status), CurrentTime: schema.At(a.At), Interval: int64(a.Interval.Seconds()),
		}
	}))
	x.after = x.c.afterBoot
	return nil, err
}
