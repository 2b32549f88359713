package simulator

import (
	"errors"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// answerer answers a call of the CSMS. What it returns beside the answer runs when the answer has left.
type answerer func(s *Station, payload []byte) (schema.Message, func(), error)

// answerers has every call that a station answers.
var answerers = map[string]answerer{
	"ChangeAvailability":     on((*Station).changeAvailability),
	"ChangeConfiguration":    on((*Station).changeConfiguration),
	"ClearCache":             on((*Station).clearCache),
	"DataTransfer":           on((*Station).dataTransfer),
	"GetConfiguration":       on((*Station).getConfiguration),
	"RemoteStartTransaction": on((*Station).remoteStart),
	"RemoteStopTransaction":  on((*Station).remoteStop),
	"Reset":                  on((*Station).resetCalled),
	"TriggerMessage":         on((*Station).triggerMessage),
	"UnlockConnector":        on((*Station).unlockConnector),
}

// on ties a method to the type of its request.
func on[T any, M interface {
	*T
	schema.Message
}, A schema.Message](handle func(s *Station, request *T) (A, func())) answerer {
	return func(s *Station, payload []byte) (schema.Message, func(), error) {
		request, _, err := v16.Decode[T, M](payload)
		if err != nil {
			return nil, nil, err
		}
		answer, after := handle(s, request)
		return answer, after, nil
	}
}

// answer answers a call of the CSMS.
func (s *Station) answer(f frame.Frame) {
	s.emit(Event{Kind: Called, Detail: f.Action})
	handle, ok := answerers[f.Action]
	if !ok {
		code := schema.NotImplemented
		if _, known := v16.Actions[f.Action]; known {
			code = schema.NotSupported
		}
		s.write(frame.AppendCallError(nil, f.ID, code.Spell(frame.V16), "This station doesn't do "+f.Action+".", nil))
		return
	}
	m, after, err := handle(s, f.Payload)
	var payload []byte
	if err == nil {
		payload, err = v16.Encode(m)
	}
	if err != nil {
		code := schema.InternalError
		var fault *schema.Error
		if errors.As(err, &fault) {
			code = fault.Code
		}
		s.write(frame.AppendCallError(nil, f.ID, code.Spell(frame.V16), err.Error(), nil))
		return
	}
	s.write(frame.AppendCallResult(nil, f.ID, payload))
	if after != nil {
		after()
	}
}

// accepted reports whether the CSMS has accepted the station; before, sessions may not be commanded (OCPP 1.6, Boot
// Notification).
func (s *Station) accepted() bool { return s.boot.status == v16.RegistrationStatusAccepted }

func (s *Station) remoteStart(r *v16.RemoteStartTransactionRequest) (*v16.RemoteStartTransactionResponse, func()) {
	c := s.freeConnector(r.ConnectorID)
	if c == nil || !s.accepted() || s.boot.resetting {
		return &v16.RemoteStartTransactionResponse{Status: v16.RemoteStartStopStatusRejected}, nil
	}
	return &v16.RemoteStartTransactionResponse{Status: v16.RemoteStartStopStatusAccepted}, func() {
		if !s.config.is(keyAuthorizeRemote) {
			s.allow(c, r.IDTag)
			return
		}
		s.authorize(r.IDTag, func(accepted bool) {
			if accepted {
				s.allow(c, r.IDTag)
			}
		})
	}
}

// freeConnector is the connector asked for, or the best one where none is: one with a car first.
func (s *Station) freeConnector(no schema.Opt[int64]) *connector {
	free := func(c *connector) bool {
		return c != nil && c.tx == nil && c.fault == nil && c.operative && c.authorised == ""
	}
	if no.Set {
		if c := s.connector(no.Value); free(c) {
			return c
		}
		return nil
	}
	var best *connector
	for _, c := range s.connectors {
		if free(c) && (best == nil || best.car == nil && c.car != nil) {
			best = c
		}
	}
	return best
}

func (s *Station) remoteStop(r *v16.RemoteStopTransactionRequest) (*v16.RemoteStopTransactionResponse, func()) {
	for _, c := range s.connectors {
		if tx := c.tx; tx != nil && tx.known && tx.id == r.TransactionID {
			return &v16.RemoteStopTransactionResponse{Status: v16.RemoteStartStopStatusAccepted}, func() {
				if c.tx == tx {
					s.stop(c, v16.ReasonRemote, "")
				}
			}
		}
	}
	return &v16.RemoteStopTransactionResponse{Status: v16.RemoteStartStopStatusRejected}, nil
}

func (s *Station) resetCalled(r *v16.ResetRequest) (*v16.ResetResponse, func()) {
	if !r.Type.Known() || s.boot.resetting {
		return &v16.ResetResponse{Status: v16.ResetStatusRejected}, nil
	}
	return &v16.ResetResponse{Status: v16.ResetStatusAccepted}, func() { s.reset(r.Type) }
}

func (s *Station) changeAvailability(r *v16.ChangeAvailabilityRequest) (*v16.ChangeAvailabilityResponse, func()) {
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

func (s *Station) unlockConnector(r *v16.UnlockConnectorRequest) (*v16.UnlockConnectorResponse, func()) {
	c := s.connector(r.ConnectorID)
	if c == nil {
		return &v16.UnlockConnectorResponse{Status: v16.UnlockStatusNotSupported}, nil
	}
	return &v16.UnlockConnectorResponse{Status: v16.UnlockStatusUnlocked}, func() {
		if c.tx != nil {
			s.stop(c, v16.ReasonUnlockCommand, "")
		}
	}
}

func (s *Station) clearCache(*v16.ClearCacheRequest) (*v16.ClearCacheResponse, func()) {
	if !s.config.is(keyCache) {
		return &v16.ClearCacheResponse{Status: v16.ClearCacheStatusRejected}, nil
	}
	clear(s.cache)
	return &v16.ClearCacheResponse{Status: v16.ClearCacheStatusAccepted}, nil
}

func (s *Station) dataTransfer(*v16.DataTransferRequest) (*v16.DataTransferResponse, func()) {
	return &v16.DataTransferResponse{Status: v16.DataTransferStatusUnknownVendorID}, nil
}

// triggerMessage sends what is asked for, even before the boot is accepted (OCPP 1.6, Trigger Message).
func (s *Station) triggerMessage(r *v16.TriggerMessageRequest) (*v16.TriggerMessageResponse, func()) {
	targets := s.connectors
	if r.ConnectorID.Set && r.ConnectorID.Value != 0 {
		c := s.connector(r.ConnectorID.Value)
		if c == nil {
			return &v16.TriggerMessageResponse{Status: v16.TriggerMessageStatusRejected}, nil
		}
		targets = []*connector{c}
	} else if r.ConnectorID.Set && r.RequestedMessage == v16.MessageTriggerStatusNotification {
		targets = nil // connector 0 alone
	}
	var send func()
	switch r.RequestedMessage {
	case v16.MessageTriggerBootNotification:
		send = s.sendBoot
	case v16.MessageTriggerHeartbeat:
		send = func() { s.sendHeartbeat(true) }
	case v16.MessageTriggerStatusNotification:
		send = func() {
			if !r.ConnectorID.Set || r.ConnectorID.Value == 0 {
				s.reportMain(true)
			}
			for _, c := range targets {
				s.report(c, true)
			}
		}
	case v16.MessageTriggerMeterValues:
		send = func() {
			for _, c := range targets {
				s.sendSample(c, keySampledData, v16.ReadingContextTrigger, true)
			}
		}
	case v16.MessageTriggerDiagnosticsStatusNotification:
		send = s.sender("DiagnosticsStatusNotification", &v16.DiagnosticsStatusNotificationRequest{Status: v16.DiagnosticsStatusIdle})
	case v16.MessageTriggerFirmwareStatusNotification:
		send = s.sender("FirmwareStatusNotification", &v16.FirmwareStatusNotificationRequest{Status: v16.FirmwareStatusIdle})
	default:
		return &v16.TriggerMessageResponse{Status: v16.TriggerMessageStatusNotImplemented}, nil
	}
	return &v16.TriggerMessageResponse{Status: v16.TriggerMessageStatusAccepted}, send
}

func (s *Station) sender(action string, m schema.Message) func() {
	return func() { s.send(&call{action: action, urgent: true, request: func() schema.Message { return m }}) }
}
