package simulator

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

func TestLocalList(t *testing.T) {
	t.Parallel()
	entry := func(id, status string) listEntry {
		return listEntry{token: token{id: id}, info: &tokenInfo{status: status}}
	}
	var l localList
	for _, k := range []struct {
		version int64
		full    bool
		entries []listEntry
		want    string
		size    int
	}{
		{0, true, nil, listFailed, 0},
		{3, true, []listEntry{entry("A", "Accepted"), entry("B", "Blocked")}, listAccepted, 2},
		{3, false, []listEntry{entry("C", "Accepted")}, listMismatch, 2},
		{4, false, []listEntry{entry("C", "Accepted"), {token: token{id: "a"}}}, listAccepted, 2},
		{5, false, []listEntry{entry("D", "Accepted"), entry("d", "Accepted")}, listFailed, 2},
		{2, true, []listEntry{{token: token{id: "A"}}}, listFailed, 2},
		{1, true, nil, listAccepted, 0},
	} {
		if status := l.update(k.version, k.full, k.entries); status != k.want || len(l.entries) != k.size {
			t.Errorf("version %d (full: %v) was %s and left %d entries", k.version, k.full, status, len(l.entries))
		}
	}
}

func TestLocalListLetsChargeOffline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		info := func(status v16.AuthorizationStatus) *v16.IDTagInfo { return &v16.IDTagInfo{Status: status} }
		c.call(&v16.SendLocalListRequest{ListVersion: 7, UpdateType: v16.UpdateTypeFull, LocalAuthorizationList: []v16.AuthorizationData{
			{IDTag: "GOOD", IDTagInfo: info(v16.AuthorizationStatusAccepted)}, {IDTag: "BAD", IDTagInfo: info(v16.AuthorizationStatusBlocked)},
		}}, "SendLocalList")
		if v := c.call(&v16.GetLocalListVersionRequest{}, "GetLocalListVersion").(*v16.GetLocalListVersionResponse).ListVersion; v != 7 {
			t.Errorf("the list's version is %d", v)
		}
		c.take()
		ok(t, s.Disconnect(t.Context(), 5*time.Minute))
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "BAD"))
		ok(t, s.StartLocal(t.Context(), 1, "good"))
		pass(10 * time.Minute)
		if starts := all[v16.StartTransactionRequest](c.take()); len(starts) != 1 || starts[0].IDTag != "good" {
			t.Errorf("offline began %+v", starts)
		}
	})
}

func TestReservation16(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{Connectors: []ConnectorOptions{{Type: AC, MaxPowerW: 22_000}, {Type: AC, MaxPowerW: 22_000}}})
		c.take()
		reserve := func(id, connector int64, tag string) v16.ReservationStatus {
			return ask[v16.ReserveNowResponse](c, "ReserveNow", &v16.ReserveNowRequest{
				ReservationID: id, ConnectorID: connector, IDTag: tag, ExpiryDate: schema.At(time.Now().Add(10 * time.Minute)),
			}).Status
		}
		if status := reserve(1, 1, "TAG-1"); status != v16.ReservationStatusAccepted {
			t.Fatalf("the reservation was %s", status)
		}
		expect(t, c.take(), "1 Reserved")
		if status := reserve(2, 1, "TAG-2"); status != v16.ReservationStatusOccupied {
			t.Errorf("a second reservation was %s", status)
		}
		start := ask[v16.RemoteStartTransactionResponse](c, "RemoteStartTransaction", &v16.RemoteStartTransactionRequest{IDTag: "TAG-2", ConnectorID: schema.Some[int64](1)})
		if start.Status != v16.RemoteStartStopStatusRejected {
			t.Errorf("somebody else's start was %s", start.Status)
		}
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-2"))
		expect(t, c.take(), "1 Preparing", "Authorize")
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		calls := c.take()
		expect(t, calls, "Authorize", "StartTransaction", "1 Charging")
		if id := all[v16.StartTransactionRequest](calls)[0].ReservationID; id.Value != 1 {
			t.Errorf("the session has the reservation %+v", id)
		}
		reserve(3, 2, "TAG-3")
		cancel := func(id int64) v16.CancelReservationStatus {
			return ask[v16.CancelReservationResponse](c, "CancelReservation", &v16.CancelReservationRequest{ReservationID: id}).Status
		}
		if cancel(1) != v16.CancelReservationStatusRejected || cancel(3) != v16.CancelReservationStatusAccepted {
			t.Error("the wrong reservation was cancelled")
		}
		expect(t, c.take(), "2 Reserved", "2 Available")
		reserve(4, 2, "TAG-4")
		pass(11 * time.Minute)
		if last := all[v16.StatusNotificationRequest](c.take()); last[len(last)-1].Status != v16.ChargePointStatusAvailable {
			t.Errorf("after its time the connector is %s", last[len(last)-1].Status)
		}
	})
}

func TestReservation2xExpires(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{})
		c.take()
		reserve := func(id int64, evse schema.Opt[int64]) v21.ReserveNowStatus {
			return ask[v21.ReserveNowResponse](c, "ReserveNow", &v21.ReserveNowRequest{
				ID: id, EVSEID: evse, IDToken: v21.IDToken{IDToken: "TAG-1", Type: "ISO14443"}, ExpiryDateTime: schema.At(time.Now().Add(time.Minute)),
			}).Status
		}
		if status := reserve(1, schema.Some[int64](1)); status != v21.ReserveNowStatusAccepted {
			t.Fatalf("the reservation was %s", status)
		}
		expect(t, c.take(), "1 Reserved")
		pass(61 * time.Second)
		calls := c.take()
		expect(t, calls, "1 Available", "ReservationStatusUpdate")
		if u := all[v21.ReservationStatusUpdateRequest](calls)[0]; u.ReservationID != 1 || u.ReservationUpdateStatus != v21.ReservationUpdateStatusExpired {
			t.Errorf("the reservation ended as %+v", u)
		}
		// Any EVSE will do: the only one is kept, though it doesn't say so.
		if status := reserve(2, schema.Opt[int64]{}); status != v21.ReserveNowStatusAccepted {
			t.Fatalf("the reservation of any EVSE was %s", status)
		}
		start := ask[v21.RequestStartTransactionResponse](c, "RequestStartTransaction", &v21.RequestStartTransactionRequest{IDToken: v21.IDToken{IDToken: "TAG-2", Type: "Central"}})
		if start.Status != v21.RequestStartStopStatusRejected {
			t.Errorf("somebody else's start was %s", start.Status)
		}
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		for _, e := range all[v21.TransactionEventRequest](c.take()) {
			if (e.IDToken != nil) != (e.ReservationID.Value == 2) {
				t.Errorf("an event has the reservation %+v and the token %+v", e.ReservationID, e.IDToken)
			}
		}
	})
}
