package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// Notifications that are kept as events of the station, and move what they are about. A station repeats one that isn't answered
// with a result, so they always are.

// diagnosticsStatusNotification16 keeps the progress of an upload (OCPP 1.6 §4.4).
func diagnosticsStatusNotification16(x *exchange, r *v16.DiagnosticsStatusNotificationRequest) (schema.Message, error) {
	return nil, x.upload(string(r.Status), schema.Opt[int64]{}, &v16.DiagnosticsStatusNotificationResponse{})
}

// firmwareStatusNotification16 keeps the progress of an update (OCPP 1.6 §4.5).
func firmwareStatusNotification16(x *exchange, r *v16.FirmwareStatusNotificationRequest) (schema.Message, error) {
	return nil, x.firmware(string(r.Status), schema.Opt[int64]{}, &v16.FirmwareStatusNotificationResponse{})
}

// logStatusNotification16 keeps the progress of an upload (security whitepaper, N01).
func logStatusNotification16(x *exchange, r *v16.LogStatusNotificationRequest) (schema.Message, error) {
	return nil, x.upload(string(r.Status), r.RequestID, &v16.LogStatusNotificationResponse{})
}

// signedFirmwareStatusNotification16 keeps the progress of an update (security whitepaper, L01).
func signedFirmwareStatusNotification16(x *exchange, r *v16.SignedFirmwareStatusNotificationRequest) (schema.Message, error) {
	return nil, x.firmware(string(r.Status), r.RequestID, &v16.SignedFirmwareStatusNotificationResponse{})
}

// securityEventNotification16 keeps what threatens a station's security; what is critical becomes an issue (security whitepaper, A04).
func securityEventNotification16(x *exchange, r *v16.SecurityEventNotificationRequest) (schema.Message, error) {
	return nil, x.c.link.SecurityEvent(x.c.ctx, x.noticed(charging.Notice{Type: r.Type, Info: r.TechInfo, At: x.said(&r.Timestamp)}),
		replying(x, &v16.SecurityEventNotificationResponse{}))
}
