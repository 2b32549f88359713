package repair

import (
	"maps"

	"github.com/busbar-ev/busbar/ocpp/schema"
)

// OCPP2 is the policy of 2.0.1 and 2.1. Stations that speak 1.6 at heart send its payloads on a 2.0.1
// connection; they are moved to where 2.x has the same things.
var OCPP2 = Policy{
	Supply: map[string]string{
		"BootNotificationRequest.reason":        `"Unknown"`,
		"StatusNotificationRequest.connectorId": "1",
		"TransactionEventRequest.triggerReason": `""`,
		"IDToken.type":                          `""`,
	},
	Demand: map[string]bool{
		// Without it the events of all sessions would be one session's.
		"Transaction.transactionId": true,
	},
	Reshape: map[string]func(*Object){
		"BootNotificationRequest":   bootOf16,
		"StatusNotificationRequest": statusOf16,
		"MeterValuesRequest":        func(o *Object) { o.Rename("connectorId", "evseId") },
		"SampledValue":              sampleOf16,
	},
}

// OCPP21 is OCPP2 with what a station of OCPP 2.0.1 doesn't say: its messages are read as 2.1 has them.
var OCPP21 = OCPP2.supplying("VariableMonitoring.eventNotificationType", `""`)

func (p Policy) supplying(member, value string) Policy {
	p.Supply = maps.Clone(p.Supply)
	p.Supply[member] = value
	return p
}

// bootOf16 gathers the flat members of 1.6 §6.3 into chargingStation.
func bootOf16(o *Object) {
	if o.Has("chargingStation") || !o.Has("chargePointModel") && !o.Has("chargePointVendor") {
		return
	}
	station, modem := o.w.empty(), o.w.empty()
	for _, move := range []struct {
		to       *Object
		from, as string
	}{
		{station, "chargePointModel", "model"},
		{station, "chargePointVendor", "vendorName"},
		{station, "chargePointSerialNumber", "serialNumber"},
		{station, "firmwareVersion", "firmwareVersion"},
		{modem, "iccid", "iccid"},
		{modem, "imsi", "imsi"},
	} {
		if v := o.Take(move.from); v != nil {
			move.to.Set(move.as, string(v))
		}
	}
	if len(modem.members) > 0 {
		station.Set("modem", string(modem.json()))
	}
	o.Set("chargingStation", string(station.json()))
	o.Note(schema.KindRenamed, "chargingStation", "gathered from the members of an OCPP 1.6 BootNotification", nil)
}

// occupied are the states of 1.6 §7.7 in which 2.x calls a connector occupied.
var occupied = map[string]bool{
	"Preparing": true, "Charging": true, "SuspendedEV": true, "SuspendedEVSE": true, "Finishing": true,
}

func statusOf16(o *Object) {
	if !o.Has("evseId") && o.Has("connectorId") {
		// Connector n of 1.6 is EVSE n, connector 1; connector 0 is the station.
		v := o.Take("connectorId")
		o.Set("evseId", string(v))
		connector := "1"
		if string(v) == "0" {
			connector = "0"
		}
		o.Set("connectorId", connector)
		o.Note(schema.KindRenamed, "evseId", "taken from the connectorId of an OCPP 1.6 StatusNotification", v)
	}
	o.Rename("status", "connectorStatus")
	if status := o.Text("connectorStatus"); occupied[status] {
		v := o.Take("connectorStatus")
		o.Set("connectorStatus", `"Occupied"`)
		o.Note(schema.KindRenamed, "connectorStatus", "the OCPP 1.6 status "+status+" is Occupied", v)
	}
}

// sampleOf16 moves the unit to where 2.x has it.
func sampleOf16(o *Object) {
	unit := o.Get("unit")
	if unit == nil || unit[0] != '"' || o.Has("unitOfMeasure") {
		return
	}
	o.Take("unit")
	o.Set("unitOfMeasure", `{"unit":`+string(unit)+`}`)
	o.Note(schema.KindRenamed, "unitOfMeasure", "taken from unit, where OCPP 1.6 has it", unit)
}
