package journal

import (
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"
)

// Origin is the station that rows belong to, as its connection was told at admission.
type Origin struct {
	Tenant, Network, Station uuid.UUID
}

// Entry is everything that one frame makes, stored together or not at all. A connection reuses its entry, one frame at a
// time.
type Entry struct {
	Messages []Message
	Statuses []Status
	Samples  []Sample
	Progress []Progress
	Events   []Event

	done chan error
}

// Reset empties the entry for the next frame.
func (e *Entry) Reset() {
	clear(e.Messages)
	e.Messages = e.Messages[:0]
	e.Statuses = e.Statuses[:0]
	e.Samples = e.Samples[:0]
	e.Progress = e.Progress[:0]
	clear(e.Events)
	e.Events = e.Events[:0]
}

func (e *Entry) prepare() {
	if e.done == nil {
		e.done = make(chan error, 1)
	}
}

// Directions and types of message rows.
const (
	Received = "RECEIVED"
	Sent     = "SENT"

	Call            = "CALL"
	CallResult      = "CALLRESULT"
	CallError       = "CALLERROR"
	CallResultError = "CALLRESULTERROR"
	Send            = "SEND"
	Unreadable      = "UNREADABLE"
)

// Message is a row of the OCPP message log.
type Message struct {
	Origin
	ID        uuid.UUID
	At        time.Time
	Direction string
	Type      string
	Action    string
	MessageID string
	// Payload is JSON; for an unreadable frame a JSON string of it.
	Payload   []byte
	ErrorCode string
	// Repairs say what had to be mended; with them Raw keeps the frame as it came.
	Repairs []string
	Raw     []byte
}

// Status is what a station reported of a connector, or of itself as connector 0.
type Status struct {
	Origin
	// Connector is the row to bring up to date; nil for the station itself.
	Connector           uuid.UUID
	EvseNo, ConnectorNo int
	Status, ErrorCode   string
	Info                string
	VendorID            string
	VendorErrorCode     string
	// At is the station's time, or the time of receipt where it gave none that can be believed.
	At, ReceivedAt time.Time
}

// Sample is one sampled value.
type Sample struct {
	Origin
	// Session is the session it belongs to; nil when it belongs to none.
	Session        uuid.UUID
	EvseNo         int
	At, ReceivedAt time.Time
	Measurand      string
	Phase          string
	Location       string
	Context        string
	// Value is in Unit, the measurand's base unit; Valid is false where the raw value is no number.
	Value    float64
	Valid    bool
	Unit     string
	RawValue string
	RawUnit  string
	// Signed is the signed form of the value as JSON, as it came; nil for a value that isn't signed.
	Signed []byte
}

// Event is something that a station noticed beside status and meter.
type Event struct {
	Origin
	ID                  uuid.UUID
	Session             uuid.UUID
	Kind, Type          string
	Severity            *int
	Cleared             bool
	EvseNo, ConnectorNo int
	Component, Variable string
	Value, Info         string
	// Data is the whole of it as JSON.
	Data           []byte
	At, ReceivedAt time.Time
}

// Progress is what the newest samples say about a running session.
type Progress struct {
	Session uuid.UUID
	At      time.Time
	// EnergyWh is the energy since the start.
	EnergyWh decimal.Decimal
	HasWh    bool
	PowerW   *float64
	SoC      *float64
	// State is the charging state that OCPP 2.x reports, empty where nothing was said of it.
	State string
	// Seen are the numbers of the events of an OCPP 2.x session that are stored with this.
	Seen []int64
}
