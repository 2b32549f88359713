package conformance_test

import (
	"encoding/json"
	"reflect"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
)

// Calls for which the tests use no order of the domain are given as they stand. They are checked by the schema of the version
// before they leave, and the domain keeps the command with its answer.

// given is a call that was given as it stands and has arrived at the station.
type given struct {
	c *csms
	p *pending
	call
}

// give gives a call as it stands and expects it at the station just so.
func (c *csms) give(action string, payload object) given {
	c.t.Helper()
	text, err := json.Marshal(payload)
	c.must(err, "write "+action)
	p := c.order(charging.RawOrder{Action: action, Payload: text})
	var came, want any
	got := c.s.expect(action, &came)
	c.must(json.Unmarshal(text, &want), "read "+action)
	if !reflect.DeepEqual(came, want) {
		c.t.Errorf("%s came as %s, not as %s", action, got.payload, text)
	}
	return given{c, p, got}
}

// raw gives a call as it stands and has it answered; the command shows the answer.
func (c *csms) raw(action string, payload, answer object) *ent.Command {
	c.t.Helper()
	return c.give(action, payload).answered(answer)
}

// answered answers the call and expects the answer to be kept with the command.
func (g given) answered(answer object) *ent.Command {
	g.c.t.Helper()
	g.answer(answer)
	got := g.p.wait()
	if got.Status != "ACCEPTED" && got.Status != "REJECTED" {
		g.c.t.Errorf("%s ended as %s: %s", got.Action, got.Status, orEmpty(got.Error))
	}
	if got.Response == nil {
		g.c.t.Fatalf("%s is kept without its answer", got.Action)
	}
	var kept, want any
	text, err := json.Marshal(answer)
	g.c.must(err, "write the answer")
	g.c.must(json.Unmarshal(text, &want), "read the answer")
	g.c.must(json.Unmarshal([]byte(*got.Response), &kept), "read the kept answer")
	if !reflect.DeepEqual(kept, want) {
		g.c.t.Errorf("%s is kept with the answer %s, not %s", got.Action, *got.Response, text)
	}
	return got
}

// kept expects the station's messages of an action in the log, each with its answer, and as events where its version has them.
func (c *csms) kept(action string, want int) {
	c.t.Helper()
	if got := c.logged(action); got != 2*want {
		c.t.Errorf("%d rows of %s are in the log, want %d", got, action, 2*want)
	}
}

func status(s string) object { return object{"status": s} }
