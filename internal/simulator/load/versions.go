package load

import (
	"slices"
	"strings"
)

// kinds of messages of the load, in equal parts.
const (
	heartbeat = iota
	status
	meterValues
	kinds
)

// The places that are patched, with texts of the same length.
const (
	idPlace          = "000000-00000000"
	timePlace        = "2006-01-02T15:04:05.000Z"
	meterPlace       = "10000000"
	sequencePlace    = "20000000"
	transactionPlace = "transaction-of-the-load"
)

// version is what stations speak: the same three kinds of messages, with the same figures in them.
type version struct {
	name, protocol string
	// compressed stations send every message deflated (OCPP 2.0.1 Part 4 §3.3).
	compressed bool
	boot       string
	// begin is sent after the boot, where the kinds need a transaction that runs.
	begin string
	// texts of the kinds. The status alternates, so that each one is a change: the last text is its other one.
	texts [kinds + 1]string
	// actions of the kinds, as the message log has them.
	actions [kinds]string
}

// firmware is what the stations say in their boot and what their rows say from the start: another one would have them asked for
// their settings.
const firmware = "1.0.0"

// samplesPerMessage is how many rows one message with meter values makes.
const samplesPerMessage = 3

const (
	samples16 = `[{"timestamp":"` + timePlace + `","sampledValue":[` +
		`{"value":"` + meterPlace + `","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","location":"Outlet","unit":"Wh"},` +
		`{"value":"11043.2","context":"Sample.Periodic","measurand":"Power.Active.Import","location":"Outlet","unit":"W"},` +
		`{"value":"16.02","context":"Sample.Periodic","measurand":"Current.Import","phase":"L1","location":"Outlet","unit":"A"}]}]`
	samples201 = `[{"timestamp":"` + timePlace + `","sampledValue":[` +
		`{"value":` + meterPlace + `,"context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","location":"Outlet","unitOfMeasure":{"unit":"Wh"}},` +
		`{"value":11043.2,"context":"Sample.Periodic","measurand":"Power.Active.Import","location":"Outlet","unitOfMeasure":{"unit":"W"}},` +
		`{"value":16.02,"context":"Sample.Periodic","measurand":"Current.Import","phase":"L1","location":"Outlet","unitOfMeasure":{"unit":"A"}}]}]`
	boot201 = `[2,"` + idPlace + `","BootNotification",{"reason":"PowerUp","chargingStation":{"vendorName":"Voltara","model":"Load","firmwareVersion":"` + firmware + `"}}]`
)

func status16(is string) string {
	return `[2,"` + idPlace + `","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"` + is + `","timestamp":"` + timePlace + `"}]`
}

func status201(is string) string {
	return `[2,"` + idPlace + `","StatusNotification",{"timestamp":"` + timePlace + `","connectorStatus":"` + is + `","evseId":1,"connectorId":1}]`
}

func event201(kind, trigger, more string) string {
	return `[2,"` + idPlace + `","TransactionEvent",{"eventType":"` + kind + `","timestamp":"` + timePlace + `","triggerReason":"` + trigger + `","seqNo":` + sequencePlace +
		`,"transactionInfo":{"transactionId":"` + transactionPlace + `","chargingState":"Charging"},"evse":{"id":1,"connectorId":1}` + more + `}]`
}

const beat = `[2,"` + idPlace + `","Heartbeat",{}]`

var (
	meterValues201 = [kinds + 1]string{beat, status201("Available"), `[2,"` + idPlace + `","MeterValues",{"evseId":1,"meterValue":` + samples201 + `}]`, status201("Occupied")}

	versions = []*version{
		{
			name: "1.6", protocol: "ocpp1.6",
			boot:    `[2,"` + idPlace + `","BootNotification",{"chargePointVendor":"Voltara","chargePointModel":"Load","firmwareVersion":"` + firmware + `"}]`,
			texts:   [kinds + 1]string{beat, status16("Available"), `[2,"` + idPlace + `","MeterValues",{"connectorId":1,"meterValue":` + samples16 + `}]`, status16("Preparing")},
			actions: [kinds]string{"Heartbeat", "StatusNotification", "MeterValues"},
		},
		{
			name: "2.0.1", protocol: "ocpp2.0.1", boot: boot201, texts: meterValues201,
			actions: [kinds]string{"Heartbeat", "StatusNotification", "MeterValues"},
		},
		{
			name: "2.0.1-events", protocol: "ocpp2.0.1", boot: boot201, begin: event201("Started", "CablePluggedIn", `,"meterValue":`+samples201),
			texts: [kinds + 1]string{
				beat, status201("Available"), event201("Updated", "MeterValuePeriodic", `,"meterValue":`+samples201), status201("Occupied"),
			},
			actions: [kinds]string{"Heartbeat", "StatusNotification", "TransactionEvent"},
		},
		{
			name: "2.0.1-deflate", protocol: "ocpp2.0.1", compressed: true, boot: boot201, texts: meterValues201,
			actions: [kinds]string{"Heartbeat", "StatusNotification", "MeterValues"},
		},
	}
)

// versionsOf reads a list of names.
func versionsOf(list string) ([]*version, error) {
	var chosen []*version
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(versions, func(v *version) bool { return v.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, usageError("--versions %q: there are 1.6, 2.0.1, 2.0.1-events and 2.0.1-deflate", list)
		}
		chosen = append(chosen, versions[i])
	}
	return chosen, nil
}
