package conformance_test

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
)

func TestTC_001_CSMS_ColdBoot(t *testing.T) {
	t.Parallel()
	c := connected(t, "1.6")
	answer := c.boot16()
	if answer.Status != "Accepted" || answer.Interval != int(c.Charging.HeartbeatInterval()/time.Second) {
		t.Errorf("the boot was answered %+v", answer)
	}
	if off := time.Since(answer.CurrentTime).Abs(); off > time.Minute {
		t.Errorf("the time given at the boot is %v away", off)
	}
	c.onboard16()
	for n := range 3 {
		c.s.status(n, "Available")
	}
	c.shows(1, "AVAILABLE")
	c.shows(2, "AVAILABLE")
	if got := c.state().Status; got == nil || *got != "AVAILABLE" {
		t.Errorf("the station as a whole shows %v", got)
	}
	var beat struct{ CurrentTime time.Time }
	c.s.call("Heartbeat", nil, &beat)
	if off := time.Since(beat.CurrentTime).Abs(); off > time.Minute {
		t.Errorf("the time given at the heartbeat is %v away", off)
	}
	if got := c.state(); !got.Online || got.BootedAt == nil || got.Vendor != "Voltara" || got.Model != "AC22" || got.FirmwareVersion != "1.0.0" {
		t.Errorf("the station is kept as %+v", got)
	}
}

func TestTC_003_CSMS_RegularSessionPluginFirst(t *testing.T) {
	t.Parallel()
	c := open16(t)
	transaction := c.charging()
	c.s.call("MeterValues", object{"connectorId": 1, "transactionId": transaction, "meterValue": []object{{
		"timestamp": stamp(time.Now()), "sampledValue": []object{{"value": "1750", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}},
	}}}, nil)
	c.showsSession("RUNNING", 750, "")
	c.s.finish(transaction, valid, 9500, time.Now(), "Local")
	c.s.status(1, "Finishing")
	c.shows(1, "FINISHING")
	c.s.status(1, "Available")
	c.showsSession("COMPLETED", 8500, "Local")
	if got := c.session(); got.IDTag != valid || got.StopIDTag != valid || len(got.Flags) != 0 || got.TokenID == nil {
		t.Errorf("the session is %+v", got)
	}
}

func TestTC_004_1_CSMS_RegularSessionIdentificationFirst(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.s.authorize(valid, "Accepted")
	c.s.status(1, "Preparing")
	c.shows(1, "PREPARING")
	c.s.begin(1, valid, 0, time.Now(), "Accepted")
	c.s.status(1, "Charging")
	c.shows(1, "CHARGING")
	c.showsSession("RUNNING", 0, "")
}

func TestTC_004_2_CSMS_IdentificationFirstConnectionTimeOut(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.s.authorize(valid, "Accepted")
	c.s.status(1, "Preparing")
	c.shows(1, "PREPARING")
	c.s.status(1, "Available")
	c.shows(1, "AVAILABLE")
	if n := len(c.sessions()); n != 0 {
		t.Errorf("%d sessions were made", n)
	}
	// The token isn't kept busy by what never began.
	c.s.authorize(valid, "Accepted")
}

func TestTC_005_1_CSMS_EVSideDisconnectedStopsTheTransaction(t *testing.T) {
	t.Parallel()
	c := open16(t)
	transaction := c.charging()
	c.s.status(1, "SuspendedEV")
	c.shows(1, "SUSPENDED_EV")
	c.s.finish(transaction, "", 1010, time.Now(), "EVDisconnected")
	c.s.status(1, "Finishing")
	c.s.status(1, "Available")
	c.shows(1, "AVAILABLE")
	c.showsSession("COMPLETED", 10, "EVDisconnected")
}

// A station that knows the token from its cache starts without asking, and is told the token's state at the start.
func TestTC_007_CSMS_RegularStartCachedID(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.s.status(1, "Preparing")
	answer := c.s.begin(1, valid, 0, time.Now(), "Accepted")
	if answer.IDTagInfo.ParentIDTag != group {
		t.Errorf("the cache is told the group %q", answer.IDTagInfo.ParentIDTag)
	}
	c.s.status(1, "Charging")
	c.shows(1, "CHARGING")
	c.showsSession("RUNNING", 0, "")
}

func TestTC_023_1_CSMS_AuthorizeInvalid(t *testing.T) {
	t.Parallel()
	refusedToken(t, unknown, "Invalid")
}

func TestTC_023_2_CSMS_AuthorizeExpired(t *testing.T) {
	t.Parallel()
	refusedToken(t, expired, "Expired")
}

func TestTC_023_3_CSMS_AuthorizeBlocked(t *testing.T) {
	t.Parallel()
	refusedToken(t, blocked, "Blocked")
}

func refusedToken(t *testing.T, idTag, want string) {
	t.Helper()
	c := open16(t)
	c.s.status(1, "Preparing")
	c.s.authorize(idTag, want)
	c.s.status(1, "Available")
	c.shows(1, "AVAILABLE")
	if n := len(c.sessions()); n != 0 {
		t.Errorf("%d sessions were made", n)
	}
}

func TestTC_024_CSMS_StartSessionLockFailure(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.s.status(1, "Preparing")
	c.s.authorize(valid, "Accepted")
	c.s.fault(1, "Faulted", "ConnectorLockFailure")
	c.shows(1, "FAULTED")
	// The fault is told to whoever would start there from afar.
	if _, err := c.Charging.RemoteStart(c.ctx, c.station.ID, charging.RemoteStart{EvseNo: 1, IDTag: valid}, 1); err == nil {
		t.Error("a start on a faulted connector was let through")
	}
}

// The station restarts after a power failure and ends what it was doing.
func TestTC_032_1_CSMS_PowerFailureStopsTransactions(t *testing.T) {
	t.Parallel()
	c := open16(t)
	transaction := c.charging()
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	c.s = c.dial("1.6")
	if got := c.boot16(); got.Status != "Accepted" {
		t.Errorf("the boot was answered %+v", got)
	}
	c.s.status(0, "Available")
	c.s.finish(transaction, "", 1200, time.Now(), "PowerLoss")
	c.s.status(1, "Available")
	c.shows(1, "AVAILABLE")
	c.showsSession("COMPLETED", 200, "PowerLoss")
}

func TestTC_037_1_CSMS_OfflineStartValidToken(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.whileOffline()
	c.s.begin(1, valid, 1000, time.Now().Add(-time.Minute), "Accepted")
	c.s.status(1, "Charging")
	c.shows(1, "CHARGING")
	c.showsSession("RUNNING", 0, "")
	if age := time.Since(c.session().StartedAt); age < 50*time.Second {
		t.Errorf("the session began %v ago, not when the station says", age)
	}
}

// The token turns out to be invalid once the station is back. It gets a transaction id all the same, and ends the session.
func TestTC_037_3_CSMS_OfflineStartInvalidToken(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.whileOffline()
	transaction := c.s.begin(1, unknown, 1000, time.Now().Add(-time.Minute), "Invalid").TransactionID
	c.s.finish(transaction, "", 1100, time.Now(), "DeAuthorized")
	c.s.status(1, "Finishing")
	c.showsSession("COMPLETED", 100, "DeAuthorized")
	if flags := c.session().Flags; len(flags) != 1 || flags[0] != "UNAUTHORIZED_TOKEN" {
		t.Errorf("the session is flagged %v", flags)
	}
}

func TestTC_039_CSMS_OfflineTransaction(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.whileOffline()
	transaction := c.s.begin(1, valid, 1000, time.Now().Add(-2*time.Minute), "Accepted").TransactionID
	c.s.finish(transaction, valid, 2500, time.Now().Add(-time.Minute), "Local")
	c.s.status(1, "Available")
	c.showsSession("COMPLETED", 1500, "Local")
	c.shows(1, "AVAILABLE")
	if got := c.session(); got.StoppedAt == nil || got.StoppedAt.Sub(got.StartedAt).Round(time.Second) != time.Minute {
		t.Errorf("the session lasted from %v to %v", got.StartedAt, got.StoppedAt)
	}
}

// whileOffline loses the connection and comes back, as a station does that kept charging meanwhile.
func (c *csms) whileOffline() {
	c.t.Helper()
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	c.s = c.dial("1.6")
}

func TestTC_064_CSMS_DataTransferToTheCSMS(t *testing.T) {
	t.Parallel()
	c := open16(t)
	var answer struct{ Status string }
	c.s.call("DataTransfer", object{"vendorId": "com.example.nobody", "messageId": "hello", "data": "some data"}, &answer)
	if answer.Status != "UnknownVendorId" {
		t.Errorf("the maker's message was answered %s", answer.Status)
	}
	if n := c.logged("DataTransfer"); n != 2 {
		t.Errorf("%d rows of it are in the log", n)
	}
}
