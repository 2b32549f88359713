package repair

import (
	"bytes"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/busbar-ev/busbar/ocpp/schema"
)

// Policy is what a version knows beyond the shapes of its types. Keys name a member as Type.member,
// with the Go type's and the JSON member's name: "StatusNotificationRequest.errorCode".
type Policy struct {
	// Supply gives the JSON to put in for an absent required member.
	Supply map[string]string
	// Demand lists texts whose absence can't be made good, though "" could be written for them.
	Demand map[string]bool
	// Reshape moves members of an object, by type name, before it is read.
	Reshape map[string]func(*Object)
}

// mostRepairs bounds the list for one message; a frame of a megabyte could break in as many places.
const mostRepairs = 100

// Decode reads a payload into m, which must be zero. The error is a *schema.Error.
func Decode(payload []byte, m schema.Message, policy *Policy) ([]schema.Repair, error) {
	if schema.Unmarshal(payload, m) == nil {
		return accept(nil, m), nil
	}
	to := reflect.ValueOf(m).Elem()
	to.SetZero()
	rewritten, repairs, err := rewrite(payload, to.Type(), policy)
	if err != nil {
		return repairs, err
	}
	if err := schema.Unmarshal(rewritten, m); err != nil {
		return repairs, &schema.Error{Code: schema.TypeConstraintViolation, Description: fmt.Sprintf("the payload can't be read: %v", err)}
	}
	return accept(repairs, m), nil
}

// accept takes broken constraints as repairs: the value stays as sent.
func accept(repairs []schema.Repair, m schema.Message) []schema.Repair {
	rewritten := len(repairs)
	for _, v := range schema.Validate(m) {
		if len(repairs) >= mostRepairs {
			return append(repairs[:mostRepairs], more)
		}
		if noted(repairs[:rewritten], v.Path) {
			continue
		}
		what := v.What
		if v.Rule != schema.KindFormat && v.Rule != schema.KindMissing {
			what += "; kept as sent"
		}
		repairs = append(repairs, schema.Repair{Path: v.Path, Kind: v.Rule, What: what})
	}
	return repairs
}

var more = schema.Repair{Kind: schema.KindTruncated, What: "further repairs are not listed"}

func noted(repairs []schema.Repair, path string) bool {
	for i := range repairs {
		if repairs[i].Path == path {
			return true
		}
	}
	return false
}

func rewrite(payload []byte, t reflect.Type, policy *Policy) ([]byte, []schema.Repair, error) {
	payload = bytes.TrimSpace(payload)
	if !validJSON(payload) {
		return nil, nil, &schema.Error{Code: schema.FormatViolation, Description: "the payload is not JSON"}
	}
	w := walker{policy: policy}
	switch payload[0] {
	case '{':
	case 'n', '[', '"':
		if s := string(payload); s != "null" && s != "[]" && s != `""` {
			return nil, nil, &schema.Error{Code: schema.FormatViolation, Description: "the payload must be an object"}
		}
		w.note(schema.KindType, "an empty payload was not written as an object", payload)
		payload = []byte("{}")
	default:
		return nil, nil, &schema.Error{Code: schema.FormatViolation, Description: "the payload must be an object"}
	}
	out, ok := w.object(nil, payload, shapeOf(t))
	if !ok {
		return nil, w.repairs, w.fault
	}
	return out, w.repairs, nil
}

func validJSON(b []byte) bool {
	return jsontext.Value(b).IsValid(jsontext.AllowDuplicateNames(true))
}
