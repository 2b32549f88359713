package v21

import (
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/schema/repair"
)

var book = repair.Book{Version: schema.V21, Actions: Actions, Policy: &repair.OCPP21}

// DecodeRequest reads the payload of a call into a new *<Action>Request. It fails with a *schema.Error only
// where a member is missing that can't be supplied, or the action is unknown.
func DecodeRequest(action string, payload []byte) (schema.Message, []schema.Repair, error) {
	return book.Request(action, payload)
}

// DecodeResponse reads the answer to a call of ours into a new *<Action>Response.
func DecodeResponse(action string, payload []byte) (schema.Message, []schema.Repair, error) {
	return book.Response(action, payload)
}

// Decode reads a payload into one type, e.g. Decode[StatusNotificationRequest](payload).
func Decode[T any, M interface {
	*T
	schema.Message
}](payload []byte) (*T, []schema.Repair, error) {
	m := M(new(T))
	repairs, err := repair.Decode(payload, m, &repair.OCPP21)
	return (*T)(m), repairs, err
}

// Encode gives the payload of a message, or a *schema.InvalidError where it breaks its schema.
func Encode(m schema.Message) ([]byte, error) { return schema.Encode(m) }
