package schema

// Direction says who may send a call.
type Direction uint8

// Who sends a call.
const (
	FromStation Direction = 1 << iota
	FromCSMS
	FromBoth = FromStation | FromCSMS
)

// Action is one call of a version.
type Action struct {
	Name       string
	From       Direction
	NewRequest func() Message
	// NewResponse is nil for messages sent with SEND, which have no answer (OCPP 2.1 Part 4 §4.2.5).
	NewResponse func() Message
}

// ByStation reports whether stations send this call.
func (a Action) ByStation() bool { return a.From&FromStation != 0 }

// ByCSMS reports whether the CSMS sends this call.
func (a Action) ByCSMS() bool { return a.From&FromCSMS != 0 }
