package simulator

import (
	"context"
	"crypto/md5" //nolint:gosec // the standard asks for MD5 here (OCPP 2.0.1 Part 2, L03)
	"encoding/hex"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// updateFirmware checks the certificate, where there is one, before it accepts (OCPP 2.0.1 Part 2, L01, L02).
func (s *station2x) updateFirmware(r *v21.UpdateFirmwareRequest) (*v21.UpdateFirmwareResponse, func()) {
	u := &update{
		requestID: r.RequestID, location: r.Firmware.Location, retrieve: r.Firmware.RetrieveDateTime.Time, install: r.Firmware.InstallDateTime.Time,
		retries: int(r.Retries.Value), pause: time.Duration(r.RetryInterval.Or(60)) * time.Second,
	}
	if r.Firmware.SigningCertificate != "" && u.sign(r.Firmware.SigningCertificate, r.Firmware.Signature, s.now()) != nil {
		return &v21.UpdateFirmwareResponse{Status: v21.UpdateFirmwareStatusInvalidCertificate}, func() {
			s.securityEvent("InvalidFirmwareSigningCertificate", "")
		}
	}
	status := v21.UpdateFirmwareStatusAccepted
	if s.updating() {
		status = v21.UpdateFirmwareStatusAcceptedCanceled
	}
	return &v21.UpdateFirmwareResponse{Status: status}, func() { s.startUpdate(u) }
}

func (s *station2x) fetchedFirmware(u *update) {
	r := &v21.FirmwareStatusNotificationRequest{Status: v21.FirmwareStatus(u.status)}
	if r.Status != v21.FirmwareStatusIdle { // L01.FR.20
		r.RequestID = schema.Some(u.requestID)
	}
	s.notify("FirmwareStatusNotification", r)
	if u.status == "InvalidSignature" {
		s.securityEvent("InvalidFirmwareSignature", "")
	}
	if u.status == "Installed" {
		s.securityEvent("FirmwareUpdated", s.opts.Firmware)
	}
}

func (s *station2x) getLog(r *v21.GetLogRequest) (*v21.GetLogResponse, func()) {
	name, file := s.logFile(string(r.LogType))
	l := &logUpload{
		requestID: r.RequestID, location: r.Log.RemoteLocation, name: name, retries: int(r.Retries.Value), pause: time.Duration(r.RetryInterval.Or(60)) * time.Second,
	}
	status := v21.LogStatusAccepted
	if s.upload != nil {
		status = v21.LogStatusAcceptedCanceled
	}
	return &v21.GetLogResponse{Status: status, Filename: name}, func() { s.startUpload(l, file) }
}

func (s *station2x) sentLog(l *logUpload) {
	r := &v21.LogStatusNotificationRequest{Status: v21.UploadLogStatus(l.status)}
	if r.Status != v21.UploadLogStatusIdle {
		r.RequestID = schema.Some(l.requestID)
	}
	s.notify("LogStatusNotification", r)
}

// publishFirmware fetches an image to offer it to others at the site (OCPP 2.0.1 Part 2, L03).
func (s *station2x) publishFirmware(r *v21.PublishFirmwareRequest) (*v21.PublishFirmwareResponse, func()) {
	return &v21.PublishFirmwareResponse{Status: v21.GenericStatusAccepted}, func() { s.fetchToPublish(r, int(r.Retries.Value)) }
}

func (s *station2x) fetchToPublish(r *v21.PublishFirmwareRequest, retries int) {
	s.publication(r, v21.PublishFirmwareStatusDownloading, nil)
	s.background(func(ctx context.Context) func() {
		image, err := fetch(ctx, s.opts.HTTPClient, r.Location)
		return func() {
			sum := md5.Sum(image) //nolint:gosec // see the import
			switch {
			case err != nil && retries > 0:
				s.plan.after(time.Duration(r.RetryInterval.Or(60))*time.Second, func() { s.fetchToPublish(r, retries-1) })
			case err != nil:
				s.publication(r, v21.PublishFirmwareStatusDownloadFailed, nil)
			case !strings.EqualFold(hex.EncodeToString(sum[:]), r.Checksum):
				s.publication(r, v21.PublishFirmwareStatusDownloaded, nil)
				s.publication(r, v21.PublishFirmwareStatusInvalidChecksum, nil)
			default:
				s.publication(r, v21.PublishFirmwareStatusDownloaded, nil)
				s.publication(r, v21.PublishFirmwareStatusChecksumVerified, nil)
				places := []string{"http://" + s.opts.Identity + ".local/firmware/" + strings.ToLower(r.Checksum)}
				s.published[strings.ToLower(r.Checksum)] = places
				s.publication(r, v21.PublishFirmwareStatusPublished, places)
			}
		}
	})
}

func (s *station2x) publication(r *v21.PublishFirmwareRequest, status v21.PublishFirmwareStatus, places []string) {
	s.notify("PublishFirmwareStatusNotification", &v21.PublishFirmwareStatusNotificationRequest{
		Status: status, RequestID: schema.Some(r.RequestID), Location: places,
	})
}

func (s *station2x) unpublishFirmware(r *v21.UnpublishFirmwareRequest) (*v21.UnpublishFirmwareResponse, func()) {
	key := strings.ToLower(r.Checksum)
	if s.published[key] == nil {
		return &v21.UnpublishFirmwareResponse{Status: v21.UnpublishFirmwareStatusNoFirmware}, nil
	}
	delete(s.published, key)
	return &v21.UnpublishFirmwareResponse{Status: v21.UnpublishFirmwareStatusUnpublished}, nil
}
