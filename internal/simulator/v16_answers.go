package simulator

import (
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// answerers16 has every call that a 1.6 station answers.
var answerers16 = map[string]answerer16{
	"CancelReservation":          on16((*station16).cancelReservation),
	"CertificateSigned":          on16((*station16).certificateSigned),
	"ChangeAvailability":         on16((*station16).changeAvailability),
	"ChangeConfiguration":        on16((*station16).changeConfiguration),
	"ClearCache":                 on16((*station16).clearCache),
	"ClearChargingProfile":       on16((*station16).clearChargingProfile),
	"DataTransfer":               on16((*station16).dataTransfer),
	"DeleteCertificate":          on16((*station16).deleteCertificate),
	"ExtendedTriggerMessage":     on16((*station16).extendedTriggerMessage),
	"GetCompositeSchedule":       on16((*station16).getCompositeSchedule),
	"GetConfiguration":           on16((*station16).getConfiguration),
	"GetDiagnostics":             on16((*station16).getDiagnostics),
	"GetInstalledCertificateIds": on16((*station16).getInstalledCertificateIDs),
	"GetLocalListVersion":        on16((*station16).getLocalListVersion),
	"GetLog":                     on16((*station16).getLog),
	"InstallCertificate":         on16((*station16).installCertificate),
	"RemoteStartTransaction":     on16((*station16).remoteStart),
	"RemoteStopTransaction":      on16((*station16).remoteStop),
	"ReserveNow":                 on16((*station16).reserveNow),
	"Reset":                      on16((*station16).resetCalled),
	"SendLocalList":              on16((*station16).sendLocalList),
	"SetChargingProfile":         on16((*station16).setChargingProfile),
	"SignedUpdateFirmware":       on16((*station16).signedUpdateFirmware),
	"TriggerMessage":             on16((*station16).triggerMessage),
	"UnlockConnector":            on16((*station16).unlockConnector),
	"UpdateFirmware":             on16((*station16).updateFirmware),
}

func (s *station16) remoteStart(r *v16.RemoteStartTransactionRequest) (*v16.RemoteStartTransactionResponse, func()) {
	c := s.freeConnector(r.ConnectorID.Value, token{id: r.IDTag})
	refused := c == nil || !s.accepted() || s.boot.resetting || r.ConnectorID.Set && r.ConnectorID.Value == 0
	// A profile for a session that is to begin has to be its own (OCPP 1.6 §5.11).
	if p := r.ChargingProfile; refused || p != nil && p.ChargingProfilePurpose != v16.ChargingProfilePurposeTxProfile {
		return &v16.RemoteStartTransactionResponse{Status: v16.RemoteStartStopStatusRejected}, nil
	}
	return &v16.RemoteStartTransactionResponse{Status: v16.RemoteStartStopStatusAccepted}, func() {
		c.requested = nil
		if r.ChargingProfile != nil {
			p := profile21(r.ChargingProfile)
			c.requested = &p
		}
		s.permit(c, token{id: r.IDTag})
	}
}

func (s *station16) remoteStop(r *v16.RemoteStopTransactionRequest) (*v16.RemoteStopTransactionResponse, func()) {
	for _, c := range s.connectors {
		if tx := c.tx; tx != nil && tx.known && tx.id == r.TransactionID {
			return &v16.RemoteStopTransactionResponse{Status: v16.RemoteStartStopStatusAccepted}, func() {
				if c.tx == tx {
					s.stop(c, v16.ReasonRemote, token{})
				}
			}
		}
	}
	return &v16.RemoteStopTransactionResponse{Status: v16.RemoteStartStopStatusRejected}, nil
}

func (s *station16) resetCalled(r *v16.ResetRequest) (*v16.ResetResponse, func()) {
	if !r.Type.Known() || s.boot.resetting {
		return &v16.ResetResponse{Status: v16.ResetStatusRejected}, nil
	}
	return &v16.ResetResponse{Status: v16.ResetStatusAccepted}, func() { s.reset(r.Type) }
}

func (s *station16) changeAvailability(r *v16.ChangeAvailabilityRequest) (*v16.ChangeAvailabilityResponse, func()) {
	targets := s.connectors
	if r.ConnectorID != 0 {
		c := s.connector(r.ConnectorID)
		if c == nil {
			return &v16.ChangeAvailabilityResponse{Status: v16.AvailabilityStatusRejected}, nil
		}
		targets = []*connector{c}
	}
	if !r.Type.Known() {
		return &v16.ChangeAvailabilityResponse{Status: v16.AvailabilityStatusRejected}, nil
	}
	operative := r.Type == v16.AvailabilityTypeOperative
	status := v16.AvailabilityStatusAccepted
	for _, c := range targets {
		if c.tx != nil && !operative {
			status = v16.AvailabilityStatusScheduled
		}
	}
	return &v16.ChangeAvailabilityResponse{Status: status}, func() {
		for _, c := range targets {
			s.setOperative(c, operative)
		}
		if r.ConnectorID == 0 && s.operative != operative {
			s.operative = operative
			s.boot.mainStatus = v16.ChargePointStatusUnavailable
			if operative {
				s.boot.mainStatus = v16.ChargePointStatusAvailable
			}
			s.reportMain(false)
		}
	}
}

func (s *station16) unlockConnector(r *v16.UnlockConnectorRequest) (*v16.UnlockConnectorResponse, func()) {
	c := s.connector(r.ConnectorID)
	if c == nil {
		return &v16.UnlockConnectorResponse{Status: v16.UnlockStatusNotSupported}, nil
	}
	return &v16.UnlockConnectorResponse{Status: v16.UnlockStatusUnlocked}, func() {
		if c.tx != nil {
			s.stop(c, v16.ReasonUnlockCommand, token{})
		}
	}
}

func (s *station16) clearCache(*v16.ClearCacheRequest) (*v16.ClearCacheResponse, func()) {
	if !s.config.is(keyCache) {
		return &v16.ClearCacheResponse{Status: v16.ClearCacheStatusRejected}, nil
	}
	clear(s.cache)
	return &v16.ClearCacheResponse{Status: v16.ClearCacheStatusAccepted}, nil
}

func (s *station16) dataTransfer(*v16.DataTransferRequest) (*v16.DataTransferResponse, func()) {
	return &v16.DataTransferResponse{Status: v16.DataTransferStatusUnknownVendorID}, nil
}
