package simulator

import (
	"time"

	"github.com/busbar-ev/busbar/ocpp/v16"
)

func (s *station16) updateFirmware(r *v16.UpdateFirmwareRequest) (*v16.UpdateFirmwareResponse, func()) {
	u := &update{
		location: r.Location, retrieve: r.RetrieveDate.Time, retries: int(r.Retries.Value), pause: time.Duration(r.RetryInterval.Or(60)) * time.Second,
	}
	return &v16.UpdateFirmwareResponse{}, func() { s.startUpdate(u) }
}

// signedUpdateFirmware checks the certificate before it accepts (security whitepaper, L01).
func (s *station16) signedUpdateFirmware(r *v16.SignedUpdateFirmwareRequest) (*v16.SignedUpdateFirmwareResponse, func()) {
	u := &update{
		requestID: r.RequestID, location: r.Firmware.Location, retrieve: r.Firmware.RetrieveDateTime.Time, install: r.Firmware.InstallDateTime.Time,
		retries: int(r.Retries.Value), pause: time.Duration(r.RetryInterval.Or(60)) * time.Second,
	}
	if u.sign(r.Firmware.SigningCertificate, r.Firmware.Signature, s.now()) != nil {
		return &v16.SignedUpdateFirmwareResponse{Status: v16.UpdateFirmwareStatusInvalidCertificate}, func() {
			s.securityEvent("InvalidFirmwareSigningCertificate", "")
		}
	}
	status := v16.UpdateFirmwareStatusAccepted
	if s.updating() {
		status = v16.UpdateFirmwareStatusAcceptedCanceled
	}
	return &v16.SignedUpdateFirmwareResponse{Status: status}, func() { s.startUpdate(u) }
}

func (s *station16) securityEvent(kind, info string) {
	s.notify("SecurityEventNotification", &v16.SecurityEventNotificationRequest{Type: kind, Timestamp: timeNow(s.Station), TechInfo: info})
}

func (s *station16) getDiagnostics(r *v16.GetDiagnosticsRequest) (*v16.GetDiagnosticsResponse, func()) {
	name, file := s.logFile("DiagnosticsLog")
	l := &logUpload{location: r.Location, name: name, retries: int(r.Retries.Value), pause: time.Duration(r.RetryInterval.Or(60)) * time.Second, diagnostics: true}
	return &v16.GetDiagnosticsResponse{FileName: name}, func() { s.startUpload(l, file) }
}

func (s *station16) getLog(r *v16.GetLogRequest) (*v16.GetLogResponse, func()) {
	name, file := s.logFile(string(r.LogType))
	l := &logUpload{
		requestID: r.RequestID, location: r.Log.RemoteLocation, name: name, retries: int(r.Retries.Value), pause: time.Duration(r.RetryInterval.Or(60)) * time.Second,
	}
	status := v16.LogStatusAccepted
	if s.upload != nil {
		status = v16.LogStatusAcceptedCanceled
	}
	return &v16.GetLogResponse{Status: status, Filename: name}, func() { s.startUpload(l, file) }
}
