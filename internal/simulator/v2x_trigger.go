package simulator

import (
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// triggerMessage sends what is asked for (OCPP 2.0.1 Part 2, F06).
func (s *station2x) triggerMessage(r *v21.TriggerMessageRequest) (*v21.TriggerMessageResponse, func()) {
	targets := s.connectors
	if r.EVSE != nil && r.EVSE.ID != 0 {
		c := s.connector(r.EVSE.ID)
		if c == nil {
			return &v21.TriggerMessageResponse{Status: v21.TriggerMessageStatusRejected, StatusInfo: because("UnknownEvse")}, nil
		}
		targets = []*connector{c}
	}
	send, known := s.trigger(r.RequestedMessage, targets)
	switch {
	case !known:
		return &v21.TriggerMessageResponse{Status: v21.TriggerMessageStatusNotImplemented}, nil
	case send == nil:
		return &v21.TriggerMessageResponse{Status: v21.TriggerMessageStatusRejected}, nil
	}
	return &v21.TriggerMessageResponse{Status: v21.TriggerMessageStatusAccepted}, send
}

func (s *station2x) trigger(message v21.MessageTrigger, targets []*connector) (send func(), known bool) {
	switch message {
	case v21.MessageTriggerBootNotification:
		if s.accepted() {
			return nil, true // F06.FR.17
		}
		return func() {
			s.boot.cause = string(v21.BootReasonTriggered)
			s.Station.sendBoot()
		}, true
	case v21.MessageTriggerHeartbeat:
		return func() { s.sendHeartbeat(true) }, true
	case v21.MessageTriggerStatusNotification:
		return func() {
			for _, c := range targets {
				s.report(c, true)
			}
		}, true
	case v21.MessageTriggerMeterValues:
		return func() {
			for _, c := range targets {
				s.sampled(c, keySampledData, v16.ReadingContextTrigger, true)
			}
		}, true
	case v21.MessageTriggerTransactionEvent:
		return s.triggerEvents(targets), true
	case v21.MessageTriggerLogStatusNotification:
		return func() {
			l := s.upload
			if l == nil {
				l = &logUpload{status: "Idle"}
			}
			s.sentLog(l)
		}, true
	case v21.MessageTriggerFirmwareStatusNotification:
		return func() { s.fetchedFirmware(s.firmwareState(false)) }, true
	case v21.MessageTriggerPublishFirmwareStatusNotification:
		return func() {
			s.notify("PublishFirmwareStatusNotification", &v21.PublishFirmwareStatusNotificationRequest{Status: v21.PublishFirmwareStatusIdle})
		}, true
	case v21.MessageTriggerSignChargingStationCertificate:
		return s.requestCertificate(useStation), true
	case v21.MessageTriggerSignV2GCertificate:
		return s.requestCertificate(string(v21.CertificateSigningUseV2GCertificate)), true
	case v21.MessageTriggerSignV2G20Certificate:
		return s.requestCertificate(string(v21.CertificateSigningUseV2G20Certificate)), true
	case v21.MessageTriggerSignCombinedCertificate:
		return s.requestCertificate(""), true
	}
	return nil, false
}

// triggerEvents tells of the transactions that run (F06.FR.07).
func (s *station2x) triggerEvents(targets []*connector) func() {
	var running []*connector
	for _, c := range targets {
		if s.sessions[c] != nil {
			running = append(running, c)
		}
	}
	if len(running) == 0 {
		return nil
	}
	return func() {
		for _, c := range running {
			sess := s.sessions[c]
			r := s.event(c, sess, v21.TransactionEventTypeUpdated, v21.TriggerReasonTrigger)
			r.MeterValue = s.values(c, keySampledData, v16.ReadingContextTrigger)
			r.EVSE = &v21.EVSE{ID: int64(c.no), ConnectorID: schema.Some[int64](1)}
			s.tellEvent(c, sess, r, nil)
		}
	}
}
