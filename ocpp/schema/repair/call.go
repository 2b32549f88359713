package repair

import (
	"fmt"
	"strings"

	"github.com/busbar-ev/busbar/ocpp/schema"
)

// Book is a version's calls and what it knows of repairing them.
type Book struct {
	Version schema.Version
	Actions map[string]schema.Action
	Policy  *Policy
}

// Request reads the payload of a CALL. The error is a *schema.Error: NotImplemented for an action the
// version does not have.
func (b *Book) Request(action string, payload []byte) (schema.Message, []schema.Repair, error) {
	a, repairs, err := b.find(action)
	if err != nil {
		return nil, nil, err
	}
	m := a.NewRequest()
	more, err := Decode(payload, m, b.Policy)
	if err != nil {
		return nil, append(repairs, more...), err
	}
	return m, append(repairs, more...), nil
}

// Response reads the payload of the CALLRESULT to a CALL of ours.
func (b *Book) Response(action string, payload []byte) (schema.Message, []schema.Repair, error) {
	a, repairs, err := b.find(action)
	if err != nil {
		return nil, nil, err
	}
	if a.NewResponse == nil {
		return nil, nil, &schema.Error{Code: schema.ProtocolError, Description: fmt.Sprintf("%s has no answer", a.Name)}
	}
	m := a.NewResponse()
	more, err := Decode(payload, m, b.Policy)
	if err != nil {
		return nil, append(repairs, more...), err
	}
	return m, append(repairs, more...), nil
}

func (b *Book) find(action string) (schema.Action, []schema.Repair, error) {
	if a, ok := b.Actions[action]; ok {
		return a, nil, nil
	}
	for name, a := range b.Actions {
		if strings.EqualFold(name, action) {
			return a, []schema.Repair{{Kind: schema.KindEnvelope, What: fmt.Sprintf("action %s was read as %s", schema.Shorten([]byte(action)), name)}}, nil
		}
	}
	return schema.Action{}, nil, &schema.Error{
		Code:        schema.NotImplemented,
		Description: fmt.Sprintf("OCPP %s has no action %s", b.Version, schema.Shorten([]byte(action))),
	}
}
