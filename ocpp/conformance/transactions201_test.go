package conformance_test

import "testing"

func plugged(c *csms)         { c.s.status201(1, "Occupied") }
func shown(c *csms)           { c.s.authorize201(valid, "Accepted") }
func pluggedAndShown(c *csms) { plugged(c); shown(c) }

var (
	started201 = event{kind: "Started", trigger: "CablePluggedIn", state: "EVConnected", wh: 1000}
	allowed201 = event{kind: "Updated", trigger: "Authorized", state: "EVConnected", token: valid}
	flowing201 = event{kind: "Updated", trigger: "ChargingStateChanged", state: "Charging", wh: 1000}
)

func TestTC_E_01_CSMS_StartWhenPowerPathCloses(t *testing.T) {
	t.Parallel()
	transactionCase(t, 0, "", pluggedAndShown,
		event{kind: "Started", trigger: "Authorized", state: "EVConnected", token: valid, wh: 1000}, flowing201)
}

func TestTC_E_02_CSMS_StartWhenEnergyFlows(t *testing.T) {
	t.Parallel()
	transactionCase(t, 0, "", pluggedAndShown,
		event{kind: "Started", trigger: "ChargingStateChanged", state: "Charging", token: valid, wh: 1000})
}

func TestTC_E_03_CSMS_LocalStartCableFirst(t *testing.T) {
	t.Parallel()
	c := transactionCase(t, 0, "", plugged, started201, allowed201, flowing201)
	if got := c.session(); got.IDTag != valid || got.TokenID == nil {
		t.Errorf("the session's token is %q", got.IDTag)
	}
}

func TestTC_E_04_CSMS_LocalStartTokenFirst(t *testing.T) {
	t.Parallel()
	transactionCase(t, 0, "", shown,
		event{kind: "Started", trigger: "Authorized", token: valid, wh: 1000},
		event{kind: "Updated", trigger: "CablePluggedIn", state: "EVConnected"}, flowing201)
}

func TestTC_E_07_CSMS_StopWhenPowerPathOpens(t *testing.T) {
	t.Parallel()
	transactionCase(t, 500, "Local", plugged, started201, allowed201, flowing201,
		event{kind: "Ended", trigger: "StopAuthorized", state: "EVConnected", stopped: "Local", token: valid, wh: 1500})
}

func TestTC_E_08_CSMS_StopWhenEnergyStopsAndStopIsAuthorised(t *testing.T) {
	t.Parallel()
	transactionCase(t, 500, "Local", plugged, started201, allowed201, flowing201,
		event{kind: "Updated", trigger: "StopAuthorized", state: "EVConnected", token: valid, wh: 1500},
		event{kind: "Ended", trigger: "ChargingStateChanged", state: "EVConnected", stopped: "Local", wh: 1500})
}

func TestTC_E_09_CSMS_StartWhenCarIsConnected(t *testing.T) {
	t.Parallel()
	transactionCase(t, 0, "", plugged, started201)
}

func TestTC_E_10_CSMS_StartWhenTokenIsAccepted(t *testing.T) {
	t.Parallel()
	transactionCase(t, 0, "", shown, event{kind: "Started", trigger: "Authorized", token: valid, noEvse: true},
		event{kind: "Updated", trigger: "CablePluggedIn", state: "EVConnected", wh: 1000})
}

func TestTC_E_11_CSMS_StartWhenMeterSigns(t *testing.T) {
	t.Parallel()
	transactionCase(t, 0, "", pluggedAndShown,
		event{kind: "Started", trigger: "SignedDataReceived", state: "EVConnected", token: valid, wh: 1000})
}

func TestTC_E_12_CSMS_StartWhenBayIsTaken(t *testing.T) {
	t.Parallel()
	transactionCase(t, 0, "", nil, event{kind: "Started", trigger: "EVDetected", state: "Idle", wh: 1000},
		event{kind: "Updated", trigger: "CablePluggedIn", state: "EVConnected"})
}

func TestTC_E_14_CSMS_StopWhenUnpluggedAtTheStation(t *testing.T) {
	t.Parallel()
	transactionCase(t, 500, "EVDisconnected", plugged, started201, allowed201, flowing201,
		event{kind: "Updated", trigger: "StopAuthorized", state: "EVConnected", token: valid, wh: 1500},
		event{kind: "Ended", trigger: "EVCommunicationLost", state: "Idle", stopped: "EVDisconnected", wh: 1500})
}

func TestTC_E_15_CSMS_StopWithTheToken(t *testing.T) {
	t.Parallel()
	c := transactionCase(t, 500, "Local", plugged, started201, allowed201, flowing201,
		event{kind: "Ended", trigger: "StopAuthorized", state: "EVConnected", stopped: "Local", token: valid, wh: 1500})
	c.s.status201(1, "Available")
	c.shows(1, "AVAILABLE")
}

// The token is answered as not good with the event that names it, and the station ends what it began.
func TestTC_E_16_CSMS_StopForABadToken(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.s.status201(1, "Occupied")
	x := c.transaction(1)
	x.tell(started201)
	if got := x.tell(event{kind: "Updated", trigger: "Authorized", state: "EVConnected", token: unknown}); !got.is("Invalid", "Unknown") {
		t.Errorf("an unknown token was answered %+v", got.IDTokenInfo)
	}
	x.tell(event{kind: "Ended", trigger: "Deauthorized", state: "EVConnected", stopped: "DeAuthorized", wh: 1000})
	c.showsSession("COMPLETED", 0, "DeAuthorized")
}

func TestTC_E_17_CSMS_StopWhenUnpluggedAtTheCarEndsTheRight(t *testing.T) {
	t.Parallel()
	transactionCase(t, 500, "EVDisconnected", plugged, started201, allowed201, flowing201,
		event{kind: "Ended", trigger: "EVCommunicationLost", state: "Idle", stopped: "EVDisconnected", wh: 1500})
}

func TestTC_E_19_CSMS_StopWhenBayIsLeft(t *testing.T) {
	t.Parallel()
	transactionCase(t, 500, "Local", plugged, started201, allowed201, flowing201,
		event{kind: "Updated", trigger: "StopAuthorized", state: "EVConnected", token: valid, wh: 1500},
		event{kind: "Updated", trigger: "EVCommunicationLost", state: "Idle"},
		event{kind: "Ended", trigger: "EVDeparted", stopped: "Local", wh: 1500})
}

func TestTC_E_20_CSMS_StopWhenUnpluggedAtTheCar(t *testing.T) {
	t.Parallel()
	transactionCase(t, 250, "EVDisconnected", plugged, started201, allowed201, flowing201,
		event{kind: "Ended", trigger: "EVCommunicationLost", state: "Idle", stopped: "EVDisconnected", wh: 1250})
}

func TestTC_E_22_CSMS_StopWhenTheCarIsFull(t *testing.T) {
	t.Parallel()
	transactionCase(t, 500, "StoppedByEV", plugged, started201, allowed201, flowing201,
		event{kind: "Ended", trigger: "ChargingStateChanged", state: "SuspendedEV", stopped: "StoppedByEV", wh: 1500})
}

// The car was unplugged and the transaction waits: it goes on when the cable is back.
func TestTC_E_26_CSMS_UnpluggedAtTheCarSuspends(t *testing.T) {
	t.Parallel()
	transactionCase(t, 900, "Local", plugged, started201, allowed201, flowing201,
		event{kind: "Updated", trigger: "EVCommunicationLost", state: "Idle", wh: 1500},
		event{kind: "Updated", trigger: "CablePluggedIn", state: "EVConnected"},
		event{kind: "Updated", trigger: "ChargingStateChanged", state: "Charging", wh: 1500},
		event{kind: "Ended", trigger: "StopAuthorized", state: "EVConnected", stopped: "Local", token: valid, wh: 1900})
}

func TestTC_E_38_CSMS_CarIsNotReady(t *testing.T) {
	t.Parallel()
	transactionCase(t, 0, "", plugged, started201, allowed201,
		event{kind: "Updated", trigger: "ChargingStateChanged", state: "SuspendedEV", wh: 1000})
}

func TestTC_E_39_CSMS_StopWhenNoCableFollows(t *testing.T) {
	t.Parallel()
	transactionCase(t, 0, "Timeout", shown, event{kind: "Started", trigger: "Authorized", token: valid, wh: 1000},
		event{kind: "Ended", trigger: "EVConnectTimeout", stopped: "Timeout", wh: 1000})
}

// The sequence of every transaction begins at 0, a second time as well.
func TestTC_E_53_CSMS_SequenceBeginsAtZero(t *testing.T) {
	t.Parallel()
	c := transactionCase(t, 500, "Local", plugged, started201, allowed201, flowing201,
		event{kind: "Ended", trigger: "StopAuthorized", state: "EVConnected", stopped: "Local", token: valid, wh: 1500})
	second := c.transaction(1)
	second.id = "tx-second"
	second.tell(event{kind: "Started", trigger: "CablePluggedIn", state: "EVConnected", wh: 1500})
	second.tell(event{kind: "Ended", trigger: "EVCommunicationLost", state: "Idle", stopped: "EVDisconnected", wh: 1500})
	if n := len(c.sessions()); n != 2 {
		t.Errorf("there are %d sessions, want two", n)
	}
	for _, s := range c.sessions() {
		if s.Status != "COMPLETED" || len(s.Flags) != 0 {
			t.Errorf("transaction %s is %s and flagged %v", s.OcppTransactionID, s.Status, s.Flags)
		}
	}
}
