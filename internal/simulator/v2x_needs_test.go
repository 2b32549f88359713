package simulator

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// A car that plans tells its needs once it may charge, makes a plan of the profile that it gets, and another when that changes.
func TestCarsThatPlan(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		c.on("NotifyEVChargingNeeds", func(got) schema.Message {
			return &v21.NotifyEVChargingNeedsResponse{Status: v21.NotifyEVChargingNeedsStatusAccepted}
		})
		c.on("NotifyEVChargingSchedule", func(got) schema.Message {
			return &v21.NotifyEVChargingScheduleResponse{Status: v21.GenericStatusAccepted}
		})
		s := c.switchOn(Options{SampleInterval: 10 * time.Hour})
		c.take()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 60_000, SoC: 0.3, MaxACPowerW: 11_000, Plans: true, StaysFor: 4 * time.Hour}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		calls := c.take()
		expect(t, calls, "Started CablePluggedIn EVConnected", "1 Occupied", "Authorize", "Updated Authorized EVConnected", "NotifyEVChargingNeeds", "Updated ChargingStateChanged Charging")
		needs := all[v21.NotifyEVChargingNeedsRequest](calls)[0]
		if p := needs.ChargingNeeds.ACChargingParameters; needs.EVSEID != 1 || needs.ChargingNeeds.RequestedEnergyTransfer != v21.EnergyTransferModeACThreePhase || p == nil || p.EVMaxCurrent != 16 || p.EnergyAmount != 42_000 {
			t.Errorf("the car needs %+v", needs.ChargingNeeds)
		}
		if leaves := time.Until(needs.ChargingNeeds.DepartureTime.Time); leaves < 3*time.Hour+50*time.Minute || leaves > 4*time.Hour {
			t.Errorf("the car leaves in %v", leaves)
		}
		tx := all[v21.TransactionEventRequest](calls)[0].TransactionInfo.TransactionID
		for _, limits := range [][]float64{{10, 6}, {32}} {
			periods := make([]v21.ChargingSchedulePeriod, len(limits))
			for i, limit := range limits {
				periods[i] = v21.ChargingSchedulePeriod{StartPeriod: int64(3600 * i), Limit: schema.Some(limit)}
			}
			a := ask[v21.SetChargingProfileResponse](c, "SetChargingProfile", &v21.SetChargingProfileRequest{EVSEID: 1, ChargingProfile: v21.ChargingProfile{
				ID: 1, ChargingProfilePurpose: v21.ChargingProfilePurposeTxProfile, ChargingProfileKind: v21.ChargingProfileKindAbsolute, TransactionID: tx,
				ChargingSchedule: []v21.ChargingSchedule{{ID: 1, StartSchedule: schema.At(time.Now()), ChargingRateUnit: v21.ChargingRateUnitA, ChargingSchedulePeriod: periods}},
			}})
			if a.Status != v21.ChargingProfileStatusAccepted {
				t.Fatalf("the profile was %+v", a)
			}
			calls := c.take()
			expect(t, calls, "NotifyEVChargingSchedule")
			plan := all[v21.NotifyEVChargingScheduleRequest](calls)[0].ChargingSchedule
			if plan.ChargingRateUnit != v21.ChargingRateUnitA || len(plan.ChargingSchedulePeriod) != len(limits) {
				t.Fatalf("the car plans %+v", plan)
			}
			for i, limit := range limits {
				if got := plan.ChargingSchedulePeriod[i].Limit.Value; got > min(limit, 16) || got < min(limit, 16)-0.1 {
					t.Errorf("the car plans %v A where it may take %v A", got, limit)
				}
			}
		}
	})
}

// On DC a car says how full it is. A CSMS that has nothing to say to it lets it charge as it does.
func TestCarsThatPlanOnDC(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		c.on("NotifyEVChargingNeeds", func(got) schema.Message {
			return &v21.NotifyEVChargingNeedsResponse{Status: v21.NotifyEVChargingNeedsStatusRejected}
		})
		s := c.switchOn(Options{Behaviour: Charging, PlanningCars: true, Connectors: []ConnectorOptions{{Type: DC, MaxPowerW: 50_000}}})
		pass(time.Minute)
		needs := all[v21.NotifyEVChargingNeedsRequest](c.take())
		if len(needs) != 1 {
			t.Fatalf("%d cars told their needs", len(needs))
		}
		if p := needs[0].ChargingNeeds.DCChargingParameters; p == nil || p.StateOfCharge.Value <= 0 || p.EVMaxPower.Value <= 0 || !needs[0].ChargingNeeds.DepartureTime.Present() {
			t.Errorf("the car needs %+v", needs[0].ChargingNeeds)
		}
		near(t, "without a profile", powerOf(t, s), 50_000)
	})
}
