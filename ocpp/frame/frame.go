package frame

import (
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// Names that users of the envelope need, from the run time below it.
type (
	// Repair says what was changed or accepted to make sense of a frame.
	Repair = schema.Repair
	// Version is a version of OCPP.
	Version = schema.Version
	// Code is a CALLERROR code; Spell gives it as a version writes it.
	Code = schema.Code
	// Message is a request or response of any version.
	Message = schema.Message
)

// The versions Busbar speaks.
const (
	V16  = schema.V16
	V201 = schema.V201
	V21  = schema.V21
)

// Bounds of a frame.
const (
	MaxBytes = 1 << 20 // of text
	MaxDepth = 64      // of nested arrays and objects; messages of OCPP 2.1 need 12
	MaxID    = 255     // of a message id that is accepted; the standard has 36
)

// Type is the message type id.
type Type uint8

// Message type ids. The last two exist in OCPP 2.1 only.
const (
	Call            Type = 2
	CallResult      Type = 3
	CallError       Type = 4
	CallResultError Type = 5
	Send            Type = 6
)

// String is the type's name in the standard.
func (t Type) String() string {
	switch t {
	case Call:
		return "CALL"
	case CallResult:
		return "CALLRESULT"
	case CallError:
		return "CALLERROR"
	case CallResultError:
		return "CALLRESULTERROR"
	case Send:
		return "SEND"
	}
	return "unknown"
}

// In reports whether the version has this message type. A receiver answers a CALL of a type it does not have
// with MessageTypeNotSupported (OCPP 2.0.1 Part 4 §4.1.3), and ignores others.
func (t Type) In(v Version) bool {
	return t >= Call && (t <= CallError || t <= Send && v == V21)
}

// Frame is one message. Its byte slices may share memory with the text given to Parse.
type Frame struct {
	Type    Type
	ID      string
	Action  string // of CALL and SEND
	Payload []byte // JSON object of CALL, CALLRESULT and SEND

	ErrorCode        string // of CALLERROR and CALLRESULTERROR
	ErrorDescription string
	ErrorDetails     []byte // JSON object

	Repairs []Repair
}

// Error is why a frame can't be used.
type Error struct {
	Code        Code
	Description string
	Type        Type   // zero when unreadable
	ID          string // "" when unreadable
}

func (e *Error) Error() string { return e.Code.String() + ": " + e.Description }

// Answerable reports whether a CALLERROR should go out: the frame was a call, and its id is known. A message type
// that nobody knows is ignored in 1.6 (OCPP-J 1.6 §4.1.3) and answered in 2.x (Part 4 §4.3).
func (e *Error) Answerable(v Version) bool {
	if e.Code == schema.MessageTypeNotSupported {
		return e.ID != "" && v != V16
	}
	return e.ID != "" && e.Type == Call
}

func fault(code Code, description string) *Error {
	return &Error{Code: code, Description: description}
}
