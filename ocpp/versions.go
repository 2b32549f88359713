package ocpp

import (
	"net/http"
	"strings"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// dialect adapts one OCPP version to the domain.
type dialect interface {
	version() schema.Version
	// actions are all calls that the version has.
	actions() map[string]schema.Action
	// action finds what to do with a call of a station. ok is false for one that the version doesn't have.
	action(name string) (a stationAction, ok bool)
	// encode writes the answer to a call of a station.
	encode(action string, response schema.Message) ([]byte, error)
	// prepare writes an order as a call.
	prepare(order charging.Order) (schema.Message, string, error)
	// interpret says what an answer means.
	interpret(call charging.Call, payload []byte) (charging.Outcome, error)
	// inventoryID is the number under which a station will report everything it has, for a call that asks for that.
	inventoryID(call charging.Call) (id int64, ok bool)
	// setup are the calls that read a new station's settings.
	setup() setupCalls
}

// stationAction decodes and handles one call of a station. handle is nil for a call that only the CSMS may make.
type stationAction struct {
	decode func(payload []byte) (schema.Message, []schema.Repair, error)
	handle func(x *exchange, request schema.Message) (schema.Message, error)
}

// dialects are the versions that are spoken, the preferred one first.
var dialects = []dialect{v2Dialect{schema.V21}, v2Dialect{schema.V201}, v16Dialect{}}

// offered is the list of subprotocols of a request. Stations send one header or several, with or without blanks.
func offered(r *http.Request) []string {
	var list []string
	for _, header := range r.Header.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(header, ",") {
			if name = strings.TrimSpace(name); name != "" && len(list) < 16 {
				list = append(list, name)
			}
		}
	}
	return list
}

// choose picks the version to speak and the subprotocol to answer with: the preferred version where the station offers it,
// otherwise the newest. A station that offers none speaks its default version; the answer then names none either.
func choose(offer []string, preferred, byDefault string) (dialect, []string) {
	if len(offer) == 0 {
		return dialectOf(byDefault), nil
	}
	if d := dialectOf(preferred); d != nil {
		if name := nameOf(d, offer); name != "" {
			return d, []string{name}
		}
	}
	for _, d := range dialects {
		if name := nameOf(d, offer); name != "" {
			return d, []string{name}
		}
	}
	return nil, nil
}

// nameOf is how an offer names a version, or nothing where it doesn't.
func nameOf(d dialect, offer []string) string {
	for _, name := range offer {
		if strings.EqualFold(name, d.version().Subprotocol()) {
			return name
		}
	}
	return ""
}
