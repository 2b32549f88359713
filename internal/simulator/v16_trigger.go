package simulator

import (
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// triggerMessage sends what is asked for, even before the boot is accepted (OCPP 1.6, Trigger Message).
func (s *station16) triggerMessage(r *v16.TriggerMessageRequest) (*v16.TriggerMessageResponse, func()) {
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
		send = s.Station.sendBoot
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
				s.sampled(c, keySampledData, v16.ReadingContextTrigger, true)
			}
		}
	case v16.MessageTriggerDiagnosticsStatusNotification:
		l := logUpload{status: "Idle", diagnostics: true}
		if s.upload != nil && s.upload.diagnostics {
			l.status = s.upload.status
		}
		send = func() { s.sentLog(&l) }
	case v16.MessageTriggerFirmwareStatusNotification:
		send = func() { s.fetchedFirmware(s.firmwareState(false)) }
	default:
		return &v16.TriggerMessageResponse{Status: v16.TriggerMessageStatusNotImplemented}, nil
	}
	return &v16.TriggerMessageResponse{Status: v16.TriggerMessageStatusAccepted}, send
}

// firmwareState is what a trigger is answered with: the update on its way, or none.
func (s *Station) firmwareState(signed bool) *update {
	if s.update != nil && s.update.status != "" {
		return s.update
	}
	return &update{status: "Idle", signed: signed}
}

// extendedTriggerMessage is the trigger of the security extension, which knows its messages too.
func (s *station16) extendedTriggerMessage(r *v16.ExtendedTriggerMessageRequest) (*v16.ExtendedTriggerMessageResponse, func()) {
	accepted := &v16.ExtendedTriggerMessageResponse{Status: v16.TriggerMessageStatusAccepted}
	switch r.RequestedMessage {
	case v16.ExtendedMessageTriggerLogStatusNotification:
		l := logUpload{status: "Idle"}
		if s.upload != nil && !s.upload.diagnostics {
			l = logUpload{status: s.upload.status, requestID: s.upload.requestID}
		}
		return accepted, func() { s.sentLog(&l) }
	case v16.ExtendedMessageTriggerFirmwareStatusNotification:
		return accepted, func() { s.fetchedFirmware(s.firmwareState(true)) }
	case v16.ExtendedMessageTriggerSignChargePointCertificate:
		return accepted, s.requestCertificate(useStation)
	}
	answer, send := s.triggerMessage(&v16.TriggerMessageRequest{RequestedMessage: v16.MessageTrigger(r.RequestedMessage), ConnectorID: r.ConnectorID})
	return &v16.ExtendedTriggerMessageResponse{Status: answer.Status}, send
}
