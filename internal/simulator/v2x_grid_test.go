package simulator

import (
	"math"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

func TestSessionIsPricedByTheTariffOfTheStation(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{SampleInterval: time.Hour})
		tariff := v21.Tariff{TariffID: "T-1", Currency: "EUR", Energy: &v21.TariffEnergy{Prices: []v21.TariffEnergyPrice{{PriceKwh: 0.5}}},
			FixedFee: &v21.TariffFixed{Prices: []v21.TariffFixedPrice{{PriceFixed: 1}}}}
		set := func(evse int64) v21.TariffSetStatus {
			return ask[v21.SetDefaultTariffResponse](c, "SetDefaultTariff", &v21.SetDefaultTariffRequest{EVSEID: evse, Tariff: tariff}).Status
		}
		if set(7) != v21.TariffSetStatusRejected || set(0) != v21.TariffSetStatusAccepted || set(1) != v21.TariffSetStatusDuplicateTariffID {
			t.Error("the wrong tariff was set")
		}
		if a := ask[v21.GetTariffsResponse](c, "GetTariffs", &v21.GetTariffsRequest{}); len(a.TariffAssignments) != 1 || a.TariffAssignments[0].TariffID != "T-1" {
			t.Errorf("the tariffs are %+v", a)
		}
		tx := charge2x(t, c, s)
		pass(time.Hour)
		other := tariff
		other.Currency = "USD"
		change := ask[v21.ChangeTransactionTariffResponse](c, "ChangeTransactionTariff", &v21.ChangeTransactionTariffRequest{TransactionID: tx, Tariff: other})
		if change.Status != v21.TariffChangeStatusNoCurrencyChange {
			t.Errorf("another currency was %s", change.Status)
		}
		c.take()
		ok(t, s.StopLocal(t.Context(), 1))
		cost := all[v21.TransactionEventRequest](c.take())[0].CostDetails
		if cost == nil || math.Abs(cost.TotalCost.Total.ExclTax.Value-(1+0.5*cost.TotalUsage.Energy)) > 0.01 || cost.TotalUsage.Energy < 10 || cost.TotalUsage.ChargingTime != 3600 {
			t.Errorf("the session cost %+v", cost)
		}
		gone := ask[v21.ClearTariffsResponse](c, "ClearTariffs", &v21.ClearTariffsRequest{TariffIDs: []string{"T-1", "T-2"}}).ClearTariffsResult
		if len(gone) != 2 || gone[0].Status != v21.TariffClearStatusAccepted || gone[1].Status != v21.TariffClearStatusNoTariff {
			t.Errorf("the tariffs were cleared with %+v", gone)
		}
	})
}

func TestLimitsEndATransaction(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		limit v21.TransactionLimit
		want  string
	}{
		"energy": {v21.TransactionLimit{MaxEnergy: schema.Some(2_000.0)}, "Ended EnergyLimitReached EVConnected EnergyLimitReached"},
		"time":   {v21.TransactionLimit{MaxTime: schema.Some[int64](600)}, "Ended TimeLimitReached EVConnected TimeLimitReached"},
		"SoC":    {v21.TransactionLimit{MaxSoC: schema.Some[int64](40)}, "Ended SoCLimitReached EVConnected SOCLimitReached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble21(t, func(t *testing.T, c *csms) {
				c.on("TransactionEvent", func(g got) schema.Message {
					return &v21.TransactionEventResponse{TransactionLimit: &k.limit, IDTokenInfo: &v21.IDTokenInfo{Status: v21.AuthorizationStatusAccepted}}
				})
				s := c.switchOn(Options{SampleInterval: 10 * time.Hour})
				charge2x(t, c, s)
				pass(2 * time.Hour)
				expect(t, quiet(c.take()), k.want)
			})
		})
	}
}

func TestDynamicAndPriorityProfiles(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{SampleInterval: time.Hour})
		tx := charge2x(t, c, s)
		pass(time.Minute)
		set := func(id int64, purpose v21.ChargingProfilePurpose, kind v21.ChargingProfileKind, watts float64) {
			a := ask[v21.SetChargingProfileResponse](c, "SetChargingProfile", &v21.SetChargingProfileRequest{EVSEID: 1, ChargingProfile: v21.ChargingProfile{
				ID: id, ChargingProfilePurpose: purpose, ChargingProfileKind: kind, ChargingSchedule: limits(v21.ChargingRateUnitW, 0, watts),
			}})
			if a.Status != v21.ChargingProfileStatusAccepted {
				t.Fatalf("profile %d was %+v", id, a)
			}
		}
		set(1, v21.ChargingProfilePurposeTxDefaultProfile, v21.ChargingProfileKindDynamic, 9_000)
		near(t, "with the dynamic profile", powerOf(t, s), 9_000)
		update := ask[v21.UpdateDynamicScheduleResponse](c, "UpdateDynamicSchedule", &v21.UpdateDynamicScheduleRequest{ChargingProfileID: 1, ScheduleUpdate: v21.ChargingScheduleUpdate{Limit: schema.Some(6_000.0)}})
		if update.Status != v21.ChargingProfileStatusAccepted {
			t.Errorf("the update was %+v", update)
		}
		near(t, "after the update", powerOf(t, s), 6_000)
		set(2, v21.ChargingProfilePurposePriorityCharging, v21.ChargingProfileKindAbsolute, 10_000)
		near(t, "before it has priority", powerOf(t, s), 6_000)
		c.take()
		use := ask[v21.UsePriorityChargingResponse](c, "UsePriorityCharging", &v21.UsePriorityChargingRequest{TransactionID: tx, Activate: true})
		if use.Status != v21.PriorityChargingStatusAccepted {
			t.Errorf("priority was %+v", use)
		}
		near(t, "with priority", powerOf(t, s), 10_000)
		expect(t, c.take(), "NotifyPriorityCharging")
	})
}

func TestDERControlsSupersedeEachOther(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		c.switchOn(Options{})
		c.take()
		set := func(id string, priority int64) *v21.SetDERControlResponse {
			return ask[v21.SetDERControlResponse](c, "SetDERControl", &v21.SetDERControlRequest{ControlID: id, ControlType: v21.DERControlTypeGradients,
				Gradient: &v21.Gradient{Priority: priority, Gradient: 5, SoftGradient: 2}})
		}
		set("low", 5)
		if a := set("high", 1); len(a.SupersededIDs) != 1 || a.SupersededIDs[0] != "low" {
			t.Errorf("the stronger control was %+v", a)
		}
		expect(t, c.take(), "NotifyDERStartStop", "NotifyDERStartStop")
		ask[v21.GetDERControlResponse](c, "GetDERControl", &v21.GetDERControlRequest{RequestID: 5})
		reports := all[v21.ReportDERControlRequest](c.take())
		if len(reports) != 2 || !reports[0].Tbc.Value || reports[1].Tbc.Value || reports[1].RequestID != 5 || reports[0].Gradient[0].ID != "high" {
			t.Errorf("the reports are %+v", reports)
		}
		clear := func() v21.DERControlStatus {
			return ask[v21.ClearDERControlResponse](c, "ClearDERControl", &v21.ClearDERControlRequest{ControlID: "low"}).Status
		}
		if a, b := clear(), clear(); a != v21.DERControlStatusAccepted || b != v21.DERControlStatusNotFound {
			t.Errorf("the control was cleared with %s, then %s", a, b)
		}
	})
}

func TestBatterySwap(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		c.switchOn(Options{})
		c.take()
		ask[v21.RequestBatterySwapResponse](c, "RequestBatterySwap", &v21.RequestBatterySwapRequest{RequestID: 3, IDToken: v21.IDToken{IDToken: "A", Type: "Central"}})
		pass(time.Minute)
		swaps := all[v21.BatterySwapRequest](c.take())
		if len(swaps) != 2 || swaps[0].EventType != v21.BatterySwapEventBatteryIn || swaps[1].EventType != v21.BatterySwapEventBatteryOut || swaps[1].RequestID != 3 {
			t.Errorf("the swap went %+v", swaps)
		}
	})
}
