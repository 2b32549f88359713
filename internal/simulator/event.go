package simulator

import (
	"time"

	"github.com/busbar-ev/busbar/ocpp/v16"
)

// EventKind says what happened at a station.
type EventKind string

// The kinds of events, with the fields of Event that belong to them.
const (
	Connected    EventKind = "connected"    // the socket is open
	Refused      EventKind = "refused"      // Detail: why the connection didn't come about
	Disconnected EventKind = "disconnected" // Detail: why the socket is gone
	Registered   EventKind = "registered"   // Detail: the status of the boot answer
	Status       EventKind = "status"       // Connector, Detail: the status
	Started      EventKind = "started"      // Connector, Transaction: the CSMS has given the session its id
	Stopped      EventKind = "stopped"      // Connector, Transaction, Detail: the reason
	Sent         EventKind = "sent"         // Detail: the action of a call that left
	Answered     EventKind = "answered"     // Detail: the action of a call that was answered
	Called       EventKind = "called"       // Detail: the action of a call of the CSMS
)

// Event is something that happened at a station.
type Event struct {
	Station     string
	At          time.Time
	Kind        EventKind
	Connector   int
	Transaction int64 // in 1.6
	// TransactionID is the id as text, in every version.
	TransactionID string
	Detail        string
}

// emit tells whoever watches. It waits for a slow reader, but not past the end of the station.
func (s *Station) emit(e Event) {
	s.note(e)
	if s.opts.Events == nil {
		return
	}
	e.Station, e.At = s.opts.Identity, time.Now()
	select {
	case s.opts.Events <- e:
	case <-s.ctx.Done():
	}
}

// Snapshot is what a station looks like at one moment.
type Snapshot struct {
	Online       bool
	Registration v16.RegistrationStatus
	// Refusal is why it isn't online, as far as it knows.
	Refusal string
	// Queued counts the messages that wait to be sent or answered.
	Queued     int
	Connectors []ConnectorSnapshot
}

// ConnectorSnapshot is one connector of it.
type ConnectorSnapshot struct {
	Status      v16.ChargePointStatus
	ErrorCode   v16.ChargePointErrorCode
	PluggedIn   bool
	Transaction int64 // of 1.6; 0 when none is running, or its id isn't known yet
	// TransactionID is the id as text, in every version.
	TransactionID string
	IDTag         string
	MeterWh       float64
	PowerW        float64
	SoC           float64 // 0 to 1
}
