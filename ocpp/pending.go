package ocpp

import (
	"encoding/json"
	"strings"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// mayNotYet reports whether a station isn't accepted and says something that it wasn't asked for: in OCPP 2.x it may only boot, and
// send what a trigger or a report demands (B01.FR.10, B02.FR.09, B03.FR.07). A station of 1.6 is answered as any other.
//
// One whose certificate is good for nothing but a new one starts no sessions in 1.6 either; what it kept of those that ran is taken.
func (c *conn) mayNotYet(action string) bool {
	if c.link.RenewalOnly && c.dialect.version() == schema.V16 {
		return action == "Authorize" || action == "StartTransaction"
	}
	return !c.link.Accepted && c.dialect.version() != schema.V16 && action != "BootNotification" && !c.invited[action]
}

const notYet = "The station isn't accepted yet: until it is, it may send BootNotification, and what it is asked for with TriggerMessage, GetBaseReport or GetReport."

// invite notes what a station that isn't accepted yet agreed to send.
func (c *conn) invite(call charging.Call, answer json.RawMessage) {
	if c.link.Accepted || c.dialect.version() == schema.V16 {
		return
	}
	var agreed struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(answer, &agreed) != nil || !strings.EqualFold(agreed.Status, "Accepted") {
		return
	}
	action := ""
	switch call.Action {
	case "GetBaseReport", "GetReport":
		action = "NotifyReport"
	case "TriggerMessage":
		var asked struct {
			Message string `json:"requestedMessage"`
		}
		_ = json.Unmarshal(call.Payload, &asked) // a call of ours that was sent
		action = asked.Message
		if strings.HasPrefix(action, "Sign") { // one message asks for every kind of certificate
			action = "SignCertificate"
		}
	default:
		return
	}
	if c.invited == nil {
		c.invited = map[string]bool{}
	}
	c.invited[action] = true
}
