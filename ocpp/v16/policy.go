package v16

import (
	"github.com/busbar-ev/busbar/ocpp/schema/repair"
)

// policy is what 1.6 stations leave out or call by another name.
var policy = repair.Policy{
	Supply: map[string]string{
		// A status without an error code reports no error.
		"StatusNotificationRequest.errorCode": `"NoError"`,
		// A StopTransaction that is refused comes back for ever, so it is always taken. Transaction 0 is unknown to
		// us; the domain finds the session by connector, tag and meter.
		"StopTransactionRequest.transactionId": "0",
		"StopTransactionRequest.meterStop":     "0",
	},
	Reshape: map[string]func(*repair.Object){
		"StopTransactionRequest": stopReason,
	},
}

// stopReason finds the reason where a simulator puts it.
func stopReason(o *repair.Object) {
	if o.Text("disconnectReason") != "" && Reason(o.Text("disconnectReason")).Known() {
		o.Rename("disconnectReason", "reason")
	}
}
