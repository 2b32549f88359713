package schema

// Version is a version of OCPP that Busbar speaks.
type Version uint8

// The versions, in order of preference when a station offers several.
const (
	V16 Version = iota + 1
	V201
	V21
)

// String is the version as people write it.
func (v Version) String() string {
	switch v {
	case V16:
		return "1.6"
	case V201:
		return "2.0.1"
	case V21:
		return "2.1"
	}
	return "unknown"
}

// Subprotocol is the version's name in Sec-WebSocket-Protocol.
func (v Version) Subprotocol() string { return "ocpp" + v.String() }

// Code is a CALLERROR code, free of the spelling that each version gives it.
type Code uint8

// The codes of OCPP-J 1.6 §4.2.3 and OCPP 2.0.1 Part 4 §4.3.
const (
	GenericError Code = iota
	NotImplemented
	NotSupported
	InternalError
	ProtocolError
	SecurityError
	FormatViolation
	PropertyConstraintViolation
	OccurrenceConstraintViolation
	TypeConstraintViolation
	MessageTypeNotSupported
	RPCFrameworkError
)

var codeNames = [...]string{
	"GenericError", "NotImplemented", "NotSupported", "InternalError", "ProtocolError", "SecurityError",
	"FormatViolation", "PropertyConstraintViolation", "OccurrenceConstraintViolation", "TypeConstraintViolation",
	"MessageTypeNotSupported", "RpcFrameworkError",
}

// Spell gives the code as the version writes it on the wire.
func (c Code) Spell(v Version) string {
	if v == V16 {
		switch c {
		case FormatViolation:
			return "FormationViolation"
		case OccurrenceConstraintViolation:
			// One r is how OCPP-J 1.6 spells it; some stations repeat the call for ever otherwise.
			return "OccurenceConstraintViolation"
		case MessageTypeNotSupported, RPCFrameworkError:
			// 1.6 has no code of its own for these.
			return "ProtocolError"
		}
	}
	return c.String()
}

// String is the code as OCPP 2.x spells it.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return codeNames[GenericError]
}

// Error is a fault of a received message that no repair can mend. Code.Spell gives the CALLERROR code
// for the connection's version and Description its text.
type Error struct {
	Code        Code
	Description string
}

func (e *Error) Error() string { return e.Code.String() + ": " + e.Description }
