package simulator

import (
	"math"
	"reflect"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// readings by measurand and phase, in the order of the samples.
func readingsOf(t *testing.T, calls []got) map[string][]float64 {
	t.Helper()
	series := map[string][]float64{}
	for _, m := range all[v16.MeterValuesRequest](calls) {
		for _, v := range m.MeterValue[0].SampledValue {
			n, err := strconv.ParseFloat(v.Value, 64)
			if err != nil {
				t.Fatalf("a sample says %q", v.Value)
			}
			key := string(v.Measurand)
			if v.Phase != "" {
				key += " " + string(v.Phase)
			}
			series[key] = append(series[key], n)
		}
	}
	return series
}

func TestACSessionFromPlugToUnplug(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{Connectors: []ConnectorOptions{{Type: AC, MaxPowerW: 22_000, MeterWh: 10_000.4}}, SampleInterval: time.Minute})
		c.take()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 40_000, SoC: 0.8, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		calls := c.take()
		expect(t, calls, "1 Preparing", "Authorize", "StartTransaction", "1 Charging")
		start := all[v16.StartTransactionRequest](calls)[0]
		if start.ConnectorID != 1 || start.IDTag != "TAG-1" || start.MeterStart != 10_000 {
			t.Errorf("the session began as %+v", start)
		}
		pass(2 * time.Hour)
		calls = c.take()
		if status := all[v16.StatusNotificationRequest](calls); len(status) != 1 || status[0].Status != v16.ChargePointStatusSuspendedEV {
			t.Errorf("a full car is reported as %+v", status)
		}
		series := readingsOf(t, calls)
		for i, amps := range series["Current.Import L1"][1:20] {
			if math.Abs(amps-11_000/3/230.0) > 0.4 {
				t.Errorf("at full power L1 has %v A in sample %d", amps, i+1)
			}
		}
		register, power := series["Energy.Active.Import.Register"], series["Power.Active.Import"]
		if len(register) < 120 || len(power) != len(register) || len(series["Voltage L3-N"]) != len(register) || len(series["Temperature"]) != len(register) {
			t.Fatalf("%d samples of energy, %d of power, %d of voltage", len(register), len(power), len(series["Voltage L3-N"]))
		}
		if series["SoC"] != nil {
			t.Error("on AC nobody tells the station how full the car is")
		}
		for i := 1; i < len(register); i++ {
			if register[i] < register[i-1] {
				t.Fatalf("the register runs backwards: %v, then %v", register[i-1], register[i])
			}
		}
		if power[10] < 10_900 || power[10] > 11_100 || power[len(power)-1] != 0 {
			t.Errorf("power is %v W in the middle and %v W at the end", power[10], power[len(power)-1])
		}
		ok(t, s.StopLocal(t.Context(), 1))
		calls = c.take()
		expect(t, calls, "StopTransaction Local", "1 Finishing")
		stop := all[v16.StopTransactionRequest](calls)[0]
		// A fifth of the battery, and what is lost on the way.
		if want := 0.2 * 40_000 / efficiencyAC; math.Abs(float64(stop.MeterStop)-10_000-want) > 2 {
			t.Errorf("the car took %d Wh, not %.0f", stop.MeterStop-10_000, want)
		}
		if stop.TransactionID != 101 || stop.IDTag != "TAG-1" {
			t.Errorf("the session ended as %+v", stop)
		}
		data := stop.TransactionData
		if len(data) < 2 || len(data) > maxData+1 || data[0].SampledValue[0].Context != v16.ReadingContextTransactionBegin ||
			data[len(data)-1].SampledValue[0].Context != v16.ReadingContextTransactionEnd {
			t.Errorf("the stop carries %d samples from %+v to %+v", len(data), data[0], data[len(data)-1])
		}
		ok(t, s.Unplug(t.Context(), 1))
		expect(t, c.take(), "1 Available")
	})
}

func TestDCSessionTapers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{Connectors: []ConnectorOptions{{Type: DC, MaxPowerW: 150_000}}, SampleInterval: 30 * time.Second})
		charge(t, c, s)
		pass(40 * time.Minute)
		series := readingsOf(t, c.take())
		power, soc := series["Power.Active.Import"], series["SoC"]
		if len(power) != 80 || len(soc) != 80 || len(series["Current.Import"]) != 80 || len(series["Voltage"]) != 80 {
			t.Fatalf("%d samples of power, %d of SoC", len(power), len(soc))
		}
		if power[2] < 90_000 || power[79] > 40_000 {
			t.Errorf("power goes from %v to %v W", power[2], power[79])
		}
		for i := 1; i < len(soc); i++ {
			if soc[i] < soc[i-1] || soc[i] > 100 {
				t.Fatalf("the state of charge goes from %v to %v", soc[i-1], soc[i])
			}
		}
		if soc[79] < 75 {
			t.Errorf("after 40 minutes the car is at %v %%", soc[79])
		}
		if amps := series["Current.Import"][2] * series["Voltage"][2]; math.Abs(amps-power[2]) > 500 {
			t.Errorf("current times voltage is %v W, power %v W", amps, power[2])
		}
	})
}

func TestSpeedFillsBatteriesFaster(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{Speed: 60, SampleInterval: 10 * time.Second})
		charge(t, c, s)
		pass(61 * time.Second)
		register := readingsOf(t, c.take())["Energy.Active.Import.Register"]
		if len(register) != 6 || register[5] < 10_000 || register[5] > 11_200 {
			t.Errorf("an hour at 11 kW within a minute gives %v Wh", register)
		}
	})
}

func TestSameSeedSameRun(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (readings map[string][]float64, sent []string) {
		synctest.Test(t, func(t *testing.T) {
			c := newCSMS(t)
			c.switchOn(Options{Behaviour: Charging, Seed: seed, Connectors: []ConnectorOptions{{Type: DC, MaxPowerW: 50_000}, {Type: AC, MaxPowerW: 22_000}}})
			pass(3 * time.Hour)
			calls := c.take()
			readings, sent = readingsOf(t, calls), words(calls)
		})
		return readings, sent
	}
	first, words1 := run(7)
	second, words2 := run(7)
	if !reflect.DeepEqual(first, second) || !reflect.DeepEqual(words1, words2) {
		t.Error("the same seed gave another run")
	}
	if other, _ := run(8); reflect.DeepEqual(first, other) {
		t.Error("another seed gave the same run")
	}
}

func TestPeopleComeAndGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.switchOn(Options{Behaviour: Charging, Seed: 3, Connectors: []ConnectorOptions{{Type: DC, MaxPowerW: 50_000}}, IDTags: []string{"A", "B"}})
		pass(6 * time.Hour)
		calls := c.take()
		starts, stops := all[v16.StartTransactionRequest](calls), all[v16.StopTransactionRequest](calls)
		if len(starts) < 6 || len(stops) < len(starts)-1 {
			t.Fatalf("%d sessions began and %d ended in six hours", len(starts), len(stops))
		}
		for i, stop := range stops {
			if d := stop.Timestamp.Sub(starts[i].Timestamp.Time); d < 5*time.Minute || d > 43*time.Minute {
				t.Errorf("session %d took %v", i, d)
			}
			if want := []string{"A", "B"}[i%2]; starts[i].IDTag != want || stop.IDTag != want {
				t.Errorf("session %d is of %s and %s, not %s", i, starts[i].IDTag, stop.IDTag, want)
			}
		}
		for i := 1; i < len(starts); i++ {
			if starts[i].MeterStart < stops[i-1].MeterStop {
				t.Errorf("the register runs backwards between sessions %d and %d", i-1, i)
			}
		}
	})
}

func TestRefusedPeopleLeave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.on("Authorize", func(got) schema.Message {
			return &v16.AuthorizeResponse{IDTagInfo: v16.IDTagInfo{Status: v16.AuthorizationStatusBlocked}}
		})
		c.switchOn(Options{Behaviour: Charging})
		pass(time.Minute)
		expect(t, c.take(), "BootNotification", "0 Available", "1 Available", "1 Preparing", "Authorize", "1 Available")
	})
}

func TestSessionTheCSMSRefusesEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.on("StartTransaction", func(got) schema.Message {
			return &v16.StartTransactionResponse{TransactionID: 7, IDTagInfo: v16.IDTagInfo{Status: v16.AuthorizationStatusConcurrentTx}}
		})
		s := c.switchOn(Options{})
		c.take()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		calls := c.take()
		expect(t, calls, "1 Preparing", "Authorize", "StartTransaction", "StopTransaction DeAuthorized", "1 Finishing")
		if stop := all[v16.StopTransactionRequest](calls)[0]; stop.TransactionID != 7 || stop.MeterStop != 0 {
			t.Errorf("the refused session ended as %+v", stop)
		}
	})
}

func TestSessionTheCSMSRefusesGetsNoEnergy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.on("StartTransaction", func(got) schema.Message {
			return &v16.StartTransactionResponse{TransactionID: 7, IDTagInfo: v16.IDTagInfo{Status: v16.AuthorizationStatusInvalid}}
		})
		s := c.switchOn(Options{})
		c.call(&v16.ChangeConfigurationRequest{Key: "StopTransactionOnInvalidId", Value: "false"}, "ChangeConfiguration")
		c.take()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		expect(t, c.take(), "1 Preparing", "Authorize", "StartTransaction", "1 SuspendedEVSE")
		pass(10 * time.Minute)
		ok(t, s.Unplug(t.Context(), 1))
		calls := c.take()
		if stop := all[v16.StopTransactionRequest](calls)[0]; stop.MeterStop != 0 || stop.Reason != v16.ReasonEVDisconnected {
			t.Errorf("the session ended as %+v", stop)
		}
	})
}

func TestFaultEndsTheSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		charge(t, c, s)
		pass(time.Minute)
		c.take()
		ok(t, s.Fault(t.Context(), 1, Fault{Code: v16.ChargePointErrorCodeGroundFailure, Info: "Residual current", VendorCode: "E-1"}))
		calls := c.take()
		expect(t, calls, "StopTransaction Other", "1 Finishing", "1 Faulted")
		status := all[v16.StatusNotificationRequest](calls)[1]
		if status.ErrorCode != v16.ChargePointErrorCodeGroundFailure || status.Info != "Residual current" || status.VendorErrorCode != "E-1" {
			t.Errorf("the fault is reported as %+v", status)
		}
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		expect(t, c.take(), "Authorize")
		ok(t, s.ClearFault(t.Context(), 1))
		calls = c.take()
		expect(t, calls, "1 Finishing")
		if code := all[v16.StatusNotificationRequest](calls)[0].ErrorCode; code != v16.ChargePointErrorCodeNoError {
			t.Errorf("after the repair the error code is %s", code)
		}
	})
}

func TestControlSaysWhatIsImpossible(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		car := Vehicle{CapacityWh: 50_000}
		ok(t, s.PlugIn(t.Context(), 1, car))
		for what, err := range map[string]error{
			"a second car":         s.PlugIn(t.Context(), 1, car),
			"a car with no engine": s.PlugIn(t.Context(), 1, Vehicle{}),
			"connector 2":          s.PlugIn(t.Context(), 2, car),
			"connector 0":          s.Unplug(t.Context(), 0),
			"stop without session": s.StopLocal(t.Context(), 1),
		} {
			if err == nil {
				t.Errorf("%s was accepted", what)
			}
		}
		view, err := s.Snapshot(t.Context())
		ok(t, err)
		if !view.Online || view.Queued != 0 || !view.Connectors[0].PluggedIn || view.Connectors[0].Status != v16.ChargePointStatusPreparing {
			t.Errorf("the station looks like %+v", view)
		}
	})
}
