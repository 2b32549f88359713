package simulator

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v201"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// station2x is a station that speaks OCPP 2.0.1 or 2.1. It thinks in the types of 2.1, which has everything that 2.0.1 has; what
// 2.0.1 doesn't know is left out on the way, and what it would refuse is never sent.
type station2x struct {
	*Station
	spoken frame.Version

	sessions map[*connector]*session2x
	remote   map[*connector]int64 // remoteStartIds of those who haven't plugged in yet
	told     map[*connector]v21.ConnectorStatus

	model     model
	monitors  monitors
	screen    screen
	networks  map[int64]v21.NetworkConnectionProfile
	published map[string][]string // firmware offered to others, by checksum
	tariffs   tariffs
	grid      grid
	streams   map[int64]*stream

	networkAt, networkTries int // the profile in use, by its place in the priority, and how often it has failed
}

func newStation2x(s *Station, spoken frame.Version) *station2x {
	made := &station2x{
		Station: s, spoken: spoken, sessions: map[*connector]*session2x{}, remote: map[*connector]int64{}, told: map[*connector]v21.ConnectorStatus{},
		networks: map[int64]v21.NetworkConnectionProfile{}, published: map[string][]string{}, streams: map[int64]*stream{},
	}
	made.screen.messages = map[int64]v21.MessageInfo{}
	made.tariffs.defaults = map[int64]v21.Tariff{}
	made.grid.controls = map[string]*derControl{}
	made.monitors.list = map[int64]*monitor{}
	made.model = newModel(made)
	return made
}

// answerer2x answers a call of the CSMS.
type answerer2x func(s *station2x, payload []byte) (schema.Message, func(), error)

// on2x ties a method to the type of its request.
func on2x[T any, M interface {
	*T
	schema.Message
}, A schema.Message](handle func(s *station2x, request *T) (A, func())) answerer2x {
	return func(s *station2x, payload []byte) (schema.Message, func(), error) {
		request, _, err := v21.Decode[T, M](payload)
		if err != nil {
			return nil, nil, err
		}
		answer, after := handle(s, request)
		return answer, after, nil
	}
}

func (s *station2x) version() frame.Version { return s.spoken }

func (s *station2x) is21() bool { return s.spoken == frame.V21 }

func (s *station2x) answer(f frame.Frame) ([]byte, func(), error) {
	handle, ok := answerers2x[f.Action]
	known := false
	if s.is21() {
		_, known = v21.Actions[f.Action]
	} else {
		_, known = v201.Actions[f.Action]
	}
	if !ok || !known {
		return nil, nil, notAnswered(f.Action, known)
	}
	if !s.is21() {
		if _, _, err := v201.DecodeRequest(f.Action, f.Payload); err != nil {
			return nil, nil, err
		}
	}
	m, after, err := handle(s, f.Payload)
	if err != nil {
		return nil, nil, err
	}
	if s.is21() {
		payload, err := v21.Encode(m)
		return payload, after, err
	}
	payload, err := in201(m, func(payload []byte) (schema.Message, []schema.Repair, error) {
		return v201.DecodeResponse(f.Action, payload)
	})
	return payload, after, err
}

func (s *station2x) encode(action string, m schema.Message) ([]byte, error) {
	if s.is21() {
		return v21.Encode(m)
	}
	return in201(m, func(payload []byte) (schema.Message, []schema.Repair, error) {
		return v201.DecodeRequest(action, payload)
	})
}

// in201 writes a message of 2.1 as one of 2.0.1, without the members that 2.0.1 doesn't have.
func in201(m schema.Message, read func([]byte) (schema.Message, []schema.Repair, error)) ([]byte, error) {
	older, repairs, err := read(m.AppendJSON(nil))
	if err != nil {
		return nil, err
	}
	for _, r := range repairs {
		// A public key that isn't sent is left out in 2.1, and empty in 2.0.1.
		if r.Kind != schema.KindUnknown && (r.Kind != schema.KindMissing || !strings.HasSuffix(r.Path, "/publicKey")) {
			return nil, fmt.Errorf("OCPP 2.0.1 has no such value: %v", r)
		}
	}
	return v201.Encode(older)
}

func (s *station2x) decode(action string, payload []byte) (schema.Message, error) {
	if !s.is21() {
		if _, _, err := v201.DecodeResponse(action, payload); err != nil {
			return nil, err
		}
	}
	m, _, err := v21.DecodeResponse(action, payload)
	return m, err
}

func (s *station2x) sendBoot(answered func(registration), failed func(error)) {
	s.send(&call{
		action: "BootNotification", urgent: true,
		request: func() schema.Message {
			reason := v21.BootReason(s.boot.cause)
			if reason == "" {
				reason = v21.BootReasonPowerUp
			}
			return &v21.BootNotificationRequest{Reason: reason, ChargingStation: v21.ChargingStation{
				VendorName: s.opts.Vendor, Model: s.opts.Model, SerialNumber: s.opts.Serial, FirmwareVersion: s.opts.Firmware,
			}}
		},
		answered: func(m schema.Message) {
			r := m.(*v21.BootNotificationResponse)
			answered(registration{v16.RegistrationStatus(r.Status), r.Interval, r.CurrentTime})
		},
		failed: failed,
	})
}

// booted tells that the station is there (OCPP 2.0.1 Part 2, appendix: security events).
func (s *station2x) booted() {
	clear(s.told)
	if s.boot.cause != string(v21.BootReasonTriggered) {
		s.securityEvent("StartupOfTheDevice", "")
	}
	s.boot.cause = ""
	s.resumeSessions()
}

func (s *station2x) securityEvent(kind, info string) {
	r := v21.SecurityEventNotificationRequest{Type: kind, Timestamp: timeNow(s.Station), TechInfo: info}
	s.send(&call{action: "SecurityEventNotification", keep: true, request: func() schema.Message { return &r }})
}

func (s *station2x) sendHeartbeat(urgent bool) {
	s.send(&call{
		action: "Heartbeat", urgent: urgent, request: func() schema.Message { return &v21.HeartbeatRequest{} },
		answered: func(m schema.Message) { s.setClock(m.(*v21.HeartbeatResponse).CurrentTime.Time) },
	})
}

// sendMain has nothing to say: 2.x has statuses of connectors alone.
func (s *station2x) sendMain(bool) {}

// connectorStatus is the status in the five words of 2.x.
func connectorStatus(c *connector) v21.ConnectorStatus {
	switch c.status {
	case v16.ChargePointStatusFaulted:
		return v21.ConnectorStatusFaulted
	case v16.ChargePointStatusUnavailable:
		return v21.ConnectorStatusUnavailable
	case v16.ChargePointStatusReserved:
		return v21.ConnectorStatusReserved
	}
	if c.car != nil {
		return v21.ConnectorStatusOccupied
	}
	return v21.ConnectorStatusAvailable
}

func (s *station2x) sendStatus(c *connector, urgent bool) {
	status := connectorStatus(c)
	if s.told[c] == status && !urgent {
		return
	}
	s.told[c] = status
	r := v21.StatusNotificationRequest{Timestamp: schema.At(c.statusAt), ConnectorStatus: status, EVSEID: int64(c.no), ConnectorID: 1}
	s.send(&call{
		action: "StatusNotification", urgent: urgent, request: func() schema.Message { return &r },
		failed: func(error) {
			c.reported = false
			delete(s.told, c)
		},
	})
}

func (s *station2x) sendAuthorize(t token, answered func(tokenInfo), failed func(error)) {
	s.send(&call{
		action: "Authorize", request: func() schema.Message { return &v21.AuthorizeRequest{IDToken: idToken(t)} }, failed: failed,
		answered: func(m schema.Message) { answered(info2x(&m.(*v21.AuthorizeResponse).IDTokenInfo)) },
	})
}

func idToken(t token) v21.IDToken {
	if t.kind == "" {
		t.kind = "ISO14443"
	}
	return v21.IDToken{IDToken: t.id, Type: t.kind}
}

func info2x(i *v21.IDTokenInfo) tokenInfo {
	info := tokenInfo{status: string(i.Status), expires: i.CacheExpiryDateTime.Time}
	if i.GroupIDToken != nil {
		info.group = i.GroupIDToken.IDToken
	}
	return info
}

// meterValue puts a sample into the types of 2.x, which have no temperature.
func meterValue(m *v16.MeterValue) *v21.MeterValue {
	if m == nil {
		return nil
	}
	made := &v21.MeterValue{Timestamp: m.Timestamp}
	for i := range m.SampledValue {
		v := &m.SampledValue[i]
		if v.Format == v16.ValueFormatSignedData {
			signedValue2x(made, v)
			continue
		}
		measurand := v21.Measurand(v.Measurand)
		if !measurand.Known() {
			continue
		}
		value, _ := strconv.ParseFloat(v.Value, 64) // one made it
		made.SampledValue = append(made.SampledValue, v21.SampledValue{
			Value: value, Measurand: measurand, Context: v21.ReadingContext(v.Context), Phase: v21.Phase(v.Phase), Location: v21.Location(v.Location),
			UnitOfMeasure: &v21.UnitOfMeasure{Unit: string(v.Unit)},
		})
	}
	if len(made.SampledValue) == 0 {
		return nil
	}
	return made
}

// reservationEnded tells what became of a reservation (OCPP 2.0.1 Part 2, H04).
func (s *station2x) reservationEnded(r *reservation, why string) {
	s.notify("ReservationStatusUpdate", &v21.ReservationStatusUpdateRequest{ReservationID: r.id, ReservationUpdateStatus: v21.ReservationUpdateStatus(why)})
}

// sorted are the keys of a map in their order, so that reports can be repeated.
func sorted[K ~int64 | ~string, V any](m map[K]V) []K {
	return sortedKeys(maps.Keys(m))
}
