package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// Notifications that are kept as events of the station. A station repeats one that isn't answered with a
// result, so they always are.

// diagnosticsStatusNotification16 keeps the progress of an upload (OCPP 1.6 §4.4).
func diagnosticsStatusNotification16(x *exchange, r *v16.DiagnosticsStatusNotificationRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticeLog, Type: string(r.Status)})
	return &v16.DiagnosticsStatusNotificationResponse{}, nil
}

// firmwareStatusNotification16 keeps the progress of an update (OCPP 1.6 §4.5).
func firmwareStatusNotification16(x *exchange, r *v16.FirmwareStatusNotificationRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticeFirmware, Type: string(r.Status)})
	return &v16.FirmwareStatusNotificationResponse{}, nil
}

// logStatusNotification16 keeps the progress of an upload (security whitepaper, N01).
func logStatusNotification16(x *exchange, r *v16.LogStatusNotificationRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticeLog, Type: string(r.Status), Value: numbered(r.RequestID)})
	return &v16.LogStatusNotificationResponse{}, nil
}

// signedFirmwareStatusNotification16 keeps the progress of an update (security whitepaper, L01).
func signedFirmwareStatusNotification16(x *exchange, r *v16.SignedFirmwareStatusNotificationRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticeFirmware, Type: string(r.Status), Value: numbered(r.RequestID)})
	return &v16.SignedFirmwareStatusNotificationResponse{}, nil
}

// securityEventNotification16 keeps what a station noticed (security whitepaper, A04).
func securityEventNotification16(x *exchange, r *v16.SecurityEventNotificationRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticeSecurity, Type: r.Type, Info: r.TechInfo, At: r.Timestamp.Time})
	return &v16.SecurityEventNotificationResponse{}, nil
}

// signCertificate16 refuses: no certificate authority is set up (security whitepaper, A02.FR.05).
func signCertificate16(x *exchange, _ *v16.SignCertificateRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticeCertificate, Type: "SignCertificate"})
	return &v16.SignCertificateResponse{Status: v16.GenericStatusRejected}, nil
}
