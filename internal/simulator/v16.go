package simulator

import (
	"strconv"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// station16 is a station that speaks OCPP 1.6 with the security extension.
type station16 struct {
	*Station
}

// answerer16 answers a call of the CSMS.
type answerer16 func(s *station16, payload []byte) (schema.Message, func(), error)

// on16 ties a method to the type of its request.
func on16[T any, M interface {
	*T
	schema.Message
}, A schema.Message](handle func(s *station16, request *T) (A, func())) answerer16 {
	return func(s *station16, payload []byte) (schema.Message, func(), error) {
		request, _, err := v16.Decode[T, M](payload)
		if err != nil {
			return nil, nil, err
		}
		answer, after := handle(s, request)
		return answer, after, nil
	}
}

func (s *station16) version() frame.Version { return frame.V16 }

func (s *station16) answer(f frame.Frame) ([]byte, func(), error) {
	handle, ok := answerers16[f.Action]
	if !ok {
		_, known := v16.Actions[f.Action]
		return nil, nil, notAnswered(f.Action, known)
	}
	m, after, err := handle(s, f.Payload)
	if err != nil {
		return nil, nil, err
	}
	payload, err := v16.Encode(m)
	return payload, after, err
}

func (s *station16) encode(_ string, m schema.Message) ([]byte, error) { return v16.Encode(m) }

func (s *station16) decode(action string, payload []byte) (schema.Message, error) {
	m, _, err := v16.DecodeResponse(action, payload)
	return m, err
}

func (s *station16) sendBoot(answered func(registration), failed func(error)) {
	s.send(&call{
		action: "BootNotification", urgent: true,
		request: func() schema.Message {
			return &v16.BootNotificationRequest{
				ChargePointVendor: s.opts.Vendor, ChargePointModel: s.opts.Model, ChargePointSerialNumber: s.opts.Serial,
				FirmwareVersion: s.opts.Firmware, MeterType: "Class B", MeterSerialNumber: meterSerial(s.opts.Serial),
			}
		},
		answered: func(m schema.Message) {
			r := m.(*v16.BootNotificationResponse)
			answered(registration{r.Status, r.Interval, r.CurrentTime})
		},
		failed: failed,
	})
}

// OCPP 1.6 has one address, and sessions end with a restart.
func (s *station16) restarted()   {}
func (s *station16) dialled(bool) {}
func (s *station16) booted()      {}

func (s *station16) sendHeartbeat(urgent bool) {
	s.send(&call{
		action: "Heartbeat", urgent: urgent, request: func() schema.Message { return &v16.HeartbeatRequest{} },
		answered: func(m schema.Message) { s.setClock(m.(*v16.HeartbeatResponse).CurrentTime.Time) },
	})
}

func (s *station16) sendMain(urgent bool) {
	status, at := s.boot.mainStatus, s.now()
	s.send(&call{
		action: "StatusNotification", urgent: urgent, failed: func(error) { s.boot.reported = false },
		request: func() schema.Message {
			return &v16.StatusNotificationRequest{Status: status, ErrorCode: v16.ChargePointErrorCodeNoError, Timestamp: schema.At(at)}
		},
	})
}

func (s *station16) sendStatus(c *connector, urgent bool) {
	r := v16.StatusNotificationRequest{ConnectorID: int64(c.no), Status: c.status, ErrorCode: c.errorCode, Timestamp: schema.At(c.statusAt)}
	if c.fault != nil {
		r.Info, r.VendorErrorCode = c.fault.Info, c.fault.VendorCode
		r.VendorID = s.opts.Vendor
	}
	s.send(&call{
		action: "StatusNotification", urgent: urgent, request: func() schema.Message { return &r },
		failed: func(error) { c.reported = false },
	})
}

func (s *station16) sendAuthorize(t token, answered func(tokenInfo), failed func(error)) {
	s.send(&call{
		action: "Authorize", request: func() schema.Message { return &v16.AuthorizeRequest{IDTag: t.id} }, failed: failed,
		answered: func(m schema.Message) { answered(info16(m.(*v16.AuthorizeResponse).IDTagInfo)) },
	})
}

func info16(i v16.IDTagInfo) tokenInfo {
	return tokenInfo{string(i.Status), i.ParentIDTag, i.ExpiryDate.Time}
}

// What happens around sessions shows in the status alone.
func (s *station16) plugged(*connector)                    {}
func (s *station16) unplugged(*connector)                  {}
func (s *station16) authorised(*connector)                 {}
func (s *station16) abandoned(*connector)                  {}
func (s *station16) changed(*connector)                    {}
func (s *station16) watched(*connector)                    {}
func (s *station16) reservationEnded(*reservation, string) {}

// unknownTransaction is what stations write when they were never told the id.
const unknownTransaction = -1

// begin sends the StartTransaction, whose answer brings the id (OCPP 1.6, Start Transaction).
func (s *station16) begin(c *connector, tx *transaction) {
	r := v16.StartTransactionRequest{ConnectorID: int64(c.no), IDTag: tx.token.id, MeterStart: int64(c.meterWh), Timestamp: schema.At(tx.begunAt)}
	if id, ok := s.claim(c, tx.token); ok {
		r.ReservationID = schema.Some(id)
	}
	s.send(&call{
		action: "StartTransaction", keep: true, request: func() schema.Message { return &r },
		answered: func(m schema.Message) {
			r := m.(*v16.StartTransactionResponse)
			tx.id, tx.known, tx.name = r.TransactionID, true, strconv.FormatInt(r.TransactionID, 10)
			s.emit(Event{Kind: Started, Connector: c.no, Transaction: tx.id, TransactionID: tx.name})
			s.pendingProfile(c, tx)
			s.judged(c, tx, info16(r.IDTagInfo))
		},
		failed: func(error) {
			if c.tx == tx {
				s.energise(c)
			}
		},
	})
}

// pendingProfile installs the profile that came with a remote start.
func (s *station16) pendingProfile(c *connector, tx *transaction) {
	if p := c.requested; p != nil && c.tx == tx {
		p.TransactionID = tx.name
		s.setProfile(c.no, *p)
	}
	c.requested = nil
}

// sampled sends what a connector measures. Within a session it is a transaction message, which waits while offline.
func (s *station16) sampled(c *connector, setting string, context v16.ReadingContext, urgent bool) {
	m := s.sample(c, setting, context)
	if m == nil {
		return
	}
	tx := c.tx
	s.send(&call{
		action: "MeterValues", keep: tx != nil, droppable: true, urgent: urgent,
		request: func() schema.Message {
			r := &v16.MeterValuesRequest{ConnectorID: int64(c.no), MeterValue: []v16.MeterValue{*m}}
			if tx != nil && tx.known {
				r.TransactionID = schema.Some(tx.id)
			}
			return r
		},
	})
}

// end sends the StopTransaction (OCPP 1.6, Stop Transaction).
func (s *station16) end(c *connector, tx *transaction, reason v16.Reason, t token) {
	r := v16.StopTransactionRequest{
		IDTag: t.id, MeterStop: int64(c.meterWh), Timestamp: schema.At(s.now()), Reason: reason, TransactionData: tx.data,
	}
	s.send(&call{
		action: "StopTransaction", keep: true,
		request: func() schema.Message {
			r.TransactionID = unknownTransaction
			if tx.known {
				r.TransactionID = tx.id
			}
			return &r
		},
		answered: func(schema.Message) {
			s.emit(Event{Kind: Stopped, Connector: c.no, Transaction: tx.id, TransactionID: tx.name, Detail: string(reason)})
		},
	})
}

// fetchedFirmware says how an update is getting on, with the message of the extension where the update came with it.
func (s *station16) fetchedFirmware(u *update) {
	if u.signed {
		s.notify("SignedFirmwareStatusNotification", &v16.SignedFirmwareStatusNotificationRequest{
			Status: v16.SignedFirmwareStatus(u.status), RequestID: schema.Some(u.requestID),
		})
		return
	}
	if status := v16.FirmwareStatus(u.status); status.Known() { // 1.6 has fewer of them
		s.notify("FirmwareStatusNotification", &v16.FirmwareStatusNotificationRequest{Status: status})
	}
}

func (s *station16) sentLog(l *logUpload) {
	if l.diagnostics {
		status := v16.DiagnosticsStatus(l.status)
		if l.status == uploadFailure {
			status = v16.DiagnosticsStatusUploadFailed
		}
		s.notify("DiagnosticsStatusNotification", &v16.DiagnosticsStatusNotificationRequest{Status: status})
		return
	}
	if status := v16.UploadLogStatus(l.status); status.Known() {
		s.notify("LogStatusNotification", &v16.LogStatusNotificationRequest{Status: status, RequestID: schema.Some(l.requestID)})
	}
}

func (s *station16) sendCSR(csr, _ string) {
	s.notify("SignCertificate", &v16.SignCertificateRequest{CSR: csr})
}

// profile21 puts a profile into the words in which the station keeps it.
func profile21(p *v16.ChargingProfile) v21.ChargingProfile {
	sched := v21.ChargingSchedule{
		ID: 1, StartSchedule: p.ChargingSchedule.StartSchedule, Duration: p.ChargingSchedule.Duration,
		ChargingRateUnit: v21.ChargingRateUnit(p.ChargingSchedule.ChargingRateUnit), MinChargingRate: p.ChargingSchedule.MinChargingRate,
	}
	for _, period := range p.ChargingSchedule.ChargingSchedulePeriod {
		sched.ChargingSchedulePeriod = append(sched.ChargingSchedulePeriod, v21.ChargingSchedulePeriod{
			StartPeriod: period.StartPeriod, Limit: schema.Some(period.Limit), NumberPhases: period.NumberPhases,
		})
	}
	purpose := v21.ChargingProfilePurpose(p.ChargingProfilePurpose)
	if p.ChargingProfilePurpose == v16.ChargingProfilePurposeChargePointMaxProfile {
		purpose = v21.ChargingProfilePurposeChargingStationMaxProfile
	}
	made := v21.ChargingProfile{
		ID: p.ChargingProfileID, StackLevel: p.StackLevel, ChargingProfilePurpose: purpose, ChargingProfileKind: v21.ChargingProfileKind(p.ChargingProfileKind),
		RecurrencyKind: v21.RecurrencyKind(p.RecurrencyKind), ValidFrom: p.ValidFrom, ValidTo: p.ValidTo, ChargingSchedule: []v21.ChargingSchedule{sched},
	}
	if p.TransactionID.Set {
		made.TransactionID = strconv.FormatInt(p.TransactionID.Value, 10)
	}
	return made
}
