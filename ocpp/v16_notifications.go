package ocpp

import (
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// Notifications that are kept in the message log and change nothing else. A station repeats one that isn't answered with a
// result, so they always are.

// diagnosticsStatusNotification16 keeps the progress of an upload (OCPP 1.6 §4.4).
func diagnosticsStatusNotification16(*exchange, *v16.DiagnosticsStatusNotificationRequest) (schema.Message, error) {
	return &v16.DiagnosticsStatusNotificationResponse{}, nil
}

// firmwareStatusNotification16 keeps the progress of an update (OCPP 1.6 §4.5).
func firmwareStatusNotification16(*exchange, *v16.FirmwareStatusNotificationRequest) (schema.Message, error) {
	return &v16.FirmwareStatusNotificationResponse{}, nil
}

// logStatusNotification16 keeps the progress of an upload (security whitepaper, N01).
func logStatusNotification16(*exchange, *v16.LogStatusNotificationRequest) (schema.Message, error) {
	return &v16.LogStatusNotificationResponse{}, nil
}

// signedFirmwareStatusNotification16 keeps the progress of an update (security whitepaper, L01).
func signedFirmwareStatusNotification16(*exchange, *v16.SignedFirmwareStatusNotificationRequest) (schema.Message, error) {
	return &v16.SignedFirmwareStatusNotificationResponse{}, nil
}

// securityEventNotification16 keeps what a station noticed (security whitepaper, A04).
func securityEventNotification16(*exchange, *v16.SecurityEventNotificationRequest) (schema.Message, error) {
	return &v16.SecurityEventNotificationResponse{}, nil
}

// signCertificate16 refuses: no certificate authority is set up (security whitepaper, A02.FR.05).
func signCertificate16(*exchange, *v16.SignCertificateRequest) (schema.Message, error) {
	return &v16.SignCertificateResponse{Status: v16.GenericStatusRejected}, nil
}
