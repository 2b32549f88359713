package conformance_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent/metervalue"
)

func TestTC_C_02_CSMS_UnknownToken(t *testing.T) {
	t.Parallel()
	refusedToken201(t, unknown, "Invalid", "Unknown")
}

func TestTC_C_06_CSMS_BlockedToken(t *testing.T) {
	t.Parallel()
	refusedToken201(t, blocked, "Blocked")
}

func TestTC_C_07_CSMS_ExpiredToken(t *testing.T) {
	t.Parallel()
	refusedToken201(t, expired, "Expired")
}

func refusedToken201(t *testing.T, idToken string, want ...string) {
	t.Helper()
	c := open201(t)
	c.s.authorize201(idToken, want...)
	if n := len(c.sessions()); n != 0 {
		t.Errorf("%d sessions were made", n)
	}
}

func TestTC_C_08_CSMS_StartFromTheCache(t *testing.T) {
	t.Parallel()
	c := transactionCase(t, 0, "", plugged, event{kind: "Started", trigger: "Authorized", state: "EVConnected", token: valid, wh: 1000})
	if got := c.session(); got.IDTag != valid {
		t.Errorf("the session's token is %q", got.IDTag)
	}
}

func TestTC_C_20_CSMS_StartFromTheCacheWithABadToken(t *testing.T) {
	t.Parallel()
	c := open201(t)
	x := c.transaction(1)
	if got := x.tell(event{kind: "Started", trigger: "Authorized", state: "EVConnected", token: blocked, wh: 1000}); !got.is("Blocked") {
		t.Errorf("a blocked token in the cache was answered %+v", got.IDTokenInfo)
	}
	x.tell(event{kind: "Ended", trigger: "Deauthorized", state: "EVConnected", stopped: "DeAuthorized", wh: 1000})
	c.showsSession("COMPLETED", 0, "DeAuthorized")
}

// Another token of the group ends the transaction: the station decides by the group that it is told.
func TestTC_C_39_CSMS_StopByTheGroup(t *testing.T) {
	t.Parallel()
	c := open201(t)
	x := c.charging201(1)
	got := c.s.authorize201(relative, "Accepted")
	if g := got.IDTokenInfo.GroupIDToken; g == nil || g.IDToken != group {
		t.Errorf("the group is told as %+v", g)
	}
	x.tell(event{kind: "Ended", trigger: "StopAuthorized", state: "EVConnected", stopped: "Local", token: relative, wh: 1500})
	c.showsSession("COMPLETED", 500, "Local")
}

func TestTC_C_47_CSMS_MasterPassStopsAll(t *testing.T) {
	t.Parallel()
	masterPass(t, 1, 2)
}

func TestTC_C_48_CSMS_MasterPassStopsSome(t *testing.T) {
	t.Parallel()
	masterPass(t, 2)
}

func TestTC_C_49_CSMS_MasterPassWithoutDisplay(t *testing.T) {
	t.Parallel()
	masterPass(t, 1, 2)
}

// masterPass ends transactions with a token of the group that may: the CSMS tells the group, the station does the rest.
func masterPass(t *testing.T, evses ...int) {
	t.Helper()
	c := open201(t)
	running := map[int]*transaction{1: c.charging201(1), 2: c.chargingWith(2, relative)}
	got := c.s.authorize201(relative, "Accepted", "ConcurrentTx")
	if g := got.IDTokenInfo.GroupIDToken; g == nil || g.IDToken != group {
		t.Errorf("the group is told as %+v", g)
	}
	for _, evse := range evses {
		running[evse].tell(event{kind: "Ended", trigger: "StopAuthorized", state: "EVConnected", stopped: "MasterPass", token: relative, wh: 1500})
	}
	ended := 0
	for _, s := range c.sessions() {
		if s.Status == "COMPLETED" && s.StopReason == "MasterPass" {
			ended++
		}
	}
	if ended != len(evses) || len(c.sessions()) != 2 {
		t.Errorf("%d of %d sessions were ended, want %d of 2", ended, len(c.sessions()), len(evses))
	}
}

func (c *csms) chargingWith(evse int, idToken string) *transaction {
	c.t.Helper()
	x := c.transaction(evse)
	x.tell(event{kind: "Started", trigger: "Authorized", state: "EVConnected", token: idToken, wh: 1000})
	x.tell(event{kind: "Updated", trigger: "ChargingStateChanged", state: "Charging", wh: 1000})
	return x
}

func TestTC_P_02_CSMS_DataTransferToTheCSMS(t *testing.T) {
	t.Parallel()
	c := open201(t)
	var answer struct{ Status string }
	c.s.call("DataTransfer", object{"vendorId": "com.example.nobody", "messageId": "hello", "data": object{"a": 1}}, &answer)
	if answer.Status != "UnknownVendorId" {
		t.Errorf("the maker's message was answered %s", answer.Status)
	}
}

func TestTC_P_03_CSMS_CustomData(t *testing.T) {
	t.Parallel()
	c := open201(t)
	custom := object{"vendorId": "com.example.nobody", "more": object{"deep": []int{1, 2}}}
	var answer tokenInfo
	c.s.call("Authorize", object{"idToken": object{"idToken": valid, "type": "ISO14443", "customData": custom}, "customData": custom}, &answer)
	if !answer.is("Accepted") {
		t.Errorf("the token was answered %+v", answer.IDTokenInfo)
	}
}

func TestTC_J_01_CSMS_ClockAlignedValuesWithoutTransaction(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.s.call("MeterValues", object{"evseId": 1, "meterValue": []object{sampled(1000, "Sample.Clock", nil)}}, nil)
	if n := c.samples(); n != 1 {
		t.Errorf("%d values are kept", n)
	}
	if n := len(c.sessions()); n != 0 {
		t.Errorf("%d sessions were made", n)
	}
}

func sampled(wh int, context string, signed object) object {
	value := object{"value": wh, "context": context, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": object{"unit": "Wh"}}
	if signed != nil {
		value["signedMeterValue"] = signed
	}
	return object{"timestamp": stamp(time.Now()), "sampledValue": []object{value}}
}

func TestTC_J_02_CSMS_ClockAlignedValuesOfATransaction(t *testing.T) {
	t.Parallel()
	valuesOf(t, "Updated", "MeterValueClock", sampled(1700, "Sample.Clock", nil))
}

func TestTC_J_03_CSMS_ClockAlignedValuesWithTheEnd(t *testing.T) {
	t.Parallel()
	valuesOf(t, "Ended", "StopAuthorized", sampled(1600, "Sample.Clock", nil), sampled(1700, "Transaction.End", nil))
}

func TestTC_J_04_CSMS_SignedClockAlignedValues(t *testing.T) {
	t.Parallel()
	valuesOf(t, "Updated", "MeterValueClock", sampled(1700, "Sample.Clock", signature)).keepsSignatures(1)
}

func TestTC_J_07_CSMS_SampledValuesWithTheStart(t *testing.T) {
	t.Parallel()
	c := transactionCase(t, 0, "", pluggedAndShown, event{kind: "Started", trigger: "Authorized", state: "EVConnected", token: valid, wh: 1000})
	if got := c.session().MeterStartWh; got == nil || got.Trim(0).String() != "1000" {
		t.Errorf("the session began at %v", got)
	}
}

// The EVSE, and with it the meter, is known only with the cable: the first value of the transaction comes with a later event.
func TestTC_J_08_CSMS_SampledValuesWhenEvseIsKnownLater(t *testing.T) {
	t.Parallel()
	c := transactionCase(t, 500, "Local", shown, event{kind: "Started", trigger: "Authorized", token: valid, noEvse: true},
		event{kind: "Updated", trigger: "CablePluggedIn", state: "EVConnected", more: object{"meterValue": []object{sampled(1000, "Transaction.Begin", nil)}}},
		event{kind: "Ended", trigger: "StopAuthorized", state: "EVConnected", stopped: "Local", token: valid, wh: 1500})
	if got := c.session(); got.EvseNo != 1 {
		t.Errorf("the session is at EVSE %d", got.EvseNo)
	}
}

func TestTC_J_09_CSMS_SampledValuesDuringATransaction(t *testing.T) {
	t.Parallel()
	valuesOf(t, "Updated", "MeterValuePeriodic", sampled(1700, "Sample.Periodic", nil))
}

func TestTC_J_10_CSMS_SampledValuesWithTheEnd(t *testing.T) {
	t.Parallel()
	valuesOf(t, "Ended", "StopAuthorized", sampled(1600, "Sample.Periodic", nil), sampled(1700, "Transaction.End", nil))
}

func TestTC_J_11_CSMS_SignedSampledValues(t *testing.T) {
	t.Parallel()
	valuesOf(t, "Ended", "StopAuthorized", sampled(1000, "Transaction.Begin", signature), sampled(1700, "Transaction.End", signature)).keepsSignatures(2)
}

// keepsSignatures expects signed values to be kept as they came.
func (c *csms) keepsSignatures(want int) {
	c.t.Helper()
	found, err := c.DB.Ent().MeterValue.Query().Where(metervalue.StationID(c.station.ID), metervalue.SignedNotNil()).All(c.ctx)
	c.must(err, "load the signed values")
	if len(found) != want {
		c.t.Errorf("%d signed values are kept, want %d", len(found), want)
	}
	for _, v := range found {
		var kept object
		c.must(json.Unmarshal([]byte(*v.Signed), &kept), "read a signed value")
		if !reflect.DeepEqual(kept, signature) {
			c.t.Errorf("a signed value is kept as %v", kept)
		}
	}
}

var signature = object{"signedMeterData": "T0NNRnx7IkZWIjoiMS4wIn18eyJTRCI6ImFiIn0=", "signingMethod": "ECDSA-secp256r1-SHA256", "encodingMethod": "OCMF", "publicKey": "cHVibGljIGtleQ=="}

// valuesOf sends values with an event of a running transaction: they are kept, and the last is the session's.
func valuesOf(t *testing.T, kind, trigger string, values ...object) *csms {
	t.Helper()
	c := open201(t)
	x := c.charging201(1)
	before := c.samples()
	e := event{kind: kind, trigger: trigger, more: object{"meterValue": values}}
	if kind == "Ended" {
		e.stopped = "Local"
	}
	x.tell(e)
	if n := c.samples() - before; n != len(values) {
		t.Errorf("%d values are kept of %d", n, len(values))
	}
	if kind == "Ended" {
		c.showsSession("COMPLETED", 700, "Local")
		return c
	}
	if got := c.runs().EnergyWh; got == nil || got.Trim(0).String() != "700" {
		t.Errorf("the session shows %v Wh, want 700", got)
	}
	return c
}
