package simulator

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

func TestSessionGoesOnWhileOffline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{SampleInterval: time.Minute})
		charge(t, c, s)
		ok(t, s.Disconnect(t.Context(), 10*time.Minute))
		pass(5*time.Minute + time.Second)
		ok(t, s.StopLocal(t.Context(), 1))
		expect(t, c.take())
		view, err := s.Snapshot(t.Context())
		ok(t, err)
		if view.Online || view.Queued != 6 {
			t.Errorf("offline the station looks like %+v", view)
		}
		pass(6 * time.Minute)
		calls := c.take()
		// Transaction messages in their order; of the statuses only the last.
		expect(t, calls, "MeterValues", "MeterValues", "MeterValues", "MeterValues", "MeterValues", "StopTransaction Local", "1 Finishing")
		first := all[v16.MeterValuesRequest](calls)[0]
		if first.TransactionID.Value != 101 || calls[0].at.Sub(first.MeterValue[0].Timestamp.Time) < 8*time.Minute {
			t.Errorf("the first sample from offline is %+v", first)
		}
	})
}

func TestSessionBegunOfflineLearnsItsID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		charge(t, c, s)
		ok(t, s.StopLocal(t.Context(), 1))
		ok(t, s.Unplug(t.Context(), 1))
		c.take()
		ok(t, s.Disconnect(t.Context(), 10*time.Minute))
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		// Nobody knows this tag, and nobody can be asked; the other one is in the cache.
		ok(t, s.StartLocal(t.Context(), 1, "STRANGER"))
		ok(t, s.StartLocal(t.Context(), 1, "tag-1"))
		pass(2*time.Minute + time.Second)
		ok(t, s.Unplug(t.Context(), 1))
		pass(10 * time.Minute)
		calls := c.take()
		expect(t, calls, "StartTransaction", "MeterValues", "MeterValues", "StopTransaction EVDisconnected", "1 Available")
		if start := all[v16.StartTransactionRequest](calls)[0]; start.IDTag != "tag-1" {
			t.Errorf("%s began a session offline", start.IDTag)
		}
		for _, m := range all[v16.MeterValuesRequest](calls) {
			if m.TransactionID.Value != 102 {
				t.Errorf("a sample belongs to transaction %+v", m.TransactionID)
			}
		}
		if stop := all[v16.StopTransactionRequest](calls)[0]; stop.TransactionID != 102 || stop.MeterStop < 300 {
			t.Errorf("the session ended as %+v", stop)
		}
	})
}

func TestUnansweredStartIsSentAgainWithItsID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{SampleInterval: 10 * time.Second})
		c.take()
		c.silence("StartTransaction")
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		first := c.take()
		expect(t, first, "1 Preparing", "Authorize", "StartTransaction")
		c.drop()
		pass(30 * time.Second)
		again := c.take()
		if w := words(again); w[0] != "StartTransaction" {
			t.Fatalf("after the interruption came %q", w)
		}
		if again[0].id != first[2].id {
			t.Errorf("the start was sent as %s, and again as %s", first[2].id, again[0].id)
		}
		for _, m := range all[v16.MeterValuesRequest](again) {
			if m.TransactionID.Value != 101 {
				t.Errorf("a sample belongs to transaction %+v", m.TransactionID)
			}
		}
	})
}

func TestRefusedStopIsTriedThreeTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		charge(t, c, s)
		c.set(func() { c.fail["StopTransaction"] = 5 })
		ok(t, s.StopLocal(t.Context(), 1))
		pass(9 * time.Second)
		calls := c.take()
		// Others don't wait behind it.
		expect(t, calls, "StopTransaction Local", "1 Finishing")
		pass(2 * time.Second)
		second := c.take()
		expect(t, second, "StopTransaction Local")
		pass(20 * time.Second)
		expect(t, c.take(), "StopTransaction Local")
		pass(2 * time.Minute)
		expect(t, c.take())
		if calls[0].id != second[0].id {
			t.Error("the stop got another message id")
		}
	})
}

func TestStartNeverTakenIsStoppedWithoutID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		c.set(func() { c.fail["StartTransaction"] = 9 })
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		pass(5 * time.Minute)
		ok(t, s.StopLocal(t.Context(), 1))
		stop := all[v16.StopTransactionRequest](c.take())
		if len(stop) != 1 || stop[0].TransactionID != unknownTransaction {
			t.Errorf("the session ended as %+v", stop)
		}
	})
}

func TestOneCallAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{Connectors: []ConnectorOptions{{Type: AC, MaxPowerW: 22_000}, {Type: AC, MaxPowerW: 22_000}}})
		c.take()
		// The double reports a call that comes while another isn't answered.
		c.on("StatusNotification", func(got) schema.Message { return nil })
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000}))
		ok(t, s.PlugIn(t.Context(), 2, Vehicle{CapacityWh: 50_000}))
		ok(t, s.StartLocal(t.Context(), 2, "TAG-2"))
		expect(t, c.take(), "1 Preparing")
		// Calls of the CSMS are answered meanwhile.
		if a := c.call(&v16.ClearCacheRequest{}, "ClearCache").(*v16.ClearCacheResponse); a.Status != v16.ClearCacheStatusAccepted {
			t.Errorf("ClearCache was answered %s", a.Status)
		}
	})
}
