package ocpp

import (
	"bytes"
	"encoding/json"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// maxRawBytes bounds a call that somebody else wrote.
const maxRawBytes = 256 << 10

// prepareRaw takes a call as it stands. Unless it is forced it must be one that the version's schema allows us to make.
func prepareRaw(d dialect, o charging.RawOrder) (charging.Call, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, o.Payload); err != nil {
		return charging.Call{}, fault.In("payload", "The payload is not JSON: %v.", err)
	}
	payload := compact.Bytes()
	switch {
	case len(payload) == 0 || payload[0] != '{':
		return charging.Call{}, fault.In("payload", "The payload of a call is an object.")
	case len(payload) > maxRawBytes:
		return charging.Call{}, fault.In("payload", "The payload has %d bytes; at most %d are sent.", len(payload), maxRawBytes)
	case o.Action == "" || len(o.Action) > 128:
		return charging.Call{}, fault.In("action", "Name the action, in at most 128 characters.")
	}
	call := charging.Call{MessageID: frame.NewID(), Action: o.Action, Payload: payload}
	if o.Force {
		return call, nil
	}
	action, ok := d.actions()[o.Action]
	switch {
	case !ok:
		return call, fault.In("action", "OCPP %s has no action %s.", d.version(), printable(o.Action))
	case !action.ByCSMS():
		return call, fault.In("action", "%s is a call that stations make, not the central system.", o.Action)
	}
	message := action.NewRequest()
	if err := schema.Unmarshal(payload, message); err != nil {
		return call, fault.In("payload", "OCPP %s doesn't allow this payload: %v.", d.version(), err)
	}
	if violations := schema.Validate(message); len(violations) > 0 {
		return call, fault.In("payload", "OCPP %s doesn't allow this: %s.", d.version(), violations[0])
	}
	return call, nil
}

// interpretRaw says what an answer means to a call that no order of ours makes: it came, and its status speaks for itself.
func interpretRaw(payload []byte) charging.Outcome {
	var answer struct {
		Status string `json:"status"`
	}
	_ = json.Unmarshal(payload, &answer) // an answer without a status has none
	switch answer.Status {
	case "", "Accepted", "AcceptedCanceled", "Scheduled", "RebootRequired", "Unlocked":
		return charging.Outcome{Accepted: true}
	}
	return charging.Outcome{Reason: "The station answered " + answer.Status + "."}
}
