package graph_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/simulator"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// A car is plugged in, charges and leaves: whatever version the station speaks, subscribers see the connector and the session in
// the same words, and in the end the session has the energy that the meter counted.
func TestEveryVersionIsFollowedFromPlugToStop(t *testing.T) {
	t.Parallel()
	for version, plugged := range map[string]string{"1.6": "PREPARING", "2.0.1": "OCCUPIED", "2.1": "OCCUPIED"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			w := a.w
			st := w.AddStation(w.A, w.A.Main, "CP1", 1)
			if _, err := w.Charging.CreateToken(w.A.As(tenancy.Admin), charging.TokenSpec{IDTag: "CARD-1"}); err != nil {
				t.Fatal(err)
			}
			charger, err := simulator.New(simulator.Options{
				URL: "ws" + strings.TrimPrefix(w.HTTP.URL, "http") + "/ocpp/alpha/CP1", Identity: "CP1", Password: worldtest.Password, Version: version,
				Vendor: "Demo", Model: "AC11", Serial: "1", Firmware: "1.0", Connectors: []simulator.ConnectorOptions{{Type: simulator.AC, MaxPowerW: 11000, MeterWh: 5000}},
				Behaviour: simulator.Manual, SampleInterval: time.Second, Speed: 600, Seed: 1, Logger: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			over := make(chan error, 1)
			go func() { over <- charger.Run(ctx) }()
			t.Cleanup(func() { stop(); <-over })
			w.Eventually("the station is onboarded", func() bool {
				return worldtest.OwnerValue[string](w, "select onboarding || (inventory_at is not null) from stations where id = $1", st.ID) == "ONBOARDEDtrue"
			})
			key := a.owner(w.A)
			connector, session := a.open(key), a.open(key)
			connector.subscribe("1", `subscription($id: ID!) { connectorStatus(stationIds: [$id]) { evseNo connectorNo status } }`, map[string]any{"id": st.ID})
			session.subscribe("1", `subscription($id: ID!) { sessions(stationIds: [$id]) { session { status energyWh evseNo idTag stopReason } } }`, map[string]any{"id": st.ID})
			connector.until(`"evseNo":1`, "AVAILABLE")

			do := func(what string, err error) {
				t.Helper()
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
			}
			do("plug in", charger.PlugIn(ctx, 1, simulator.Vehicle{CapacityWh: 100_000, SoC: 0.1, Target: 1, MaxACPowerW: 11_000}))
			connector.until(`"evseNo":1`, plugged)
			do("present a card", charger.StartLocal(ctx, 1, "CARD-1"))
			session.until("RUNNING", `"evseNo":1`, "CARD-1")
			session.until("RUNNING", `"energyWh":1`) // a kilowatt-hour and some, or ten of them
			do("present the card again", charger.StopLocal(ctx, 1))
			session.until("COMPLETED", "Local")
			do("unplug", charger.Unplug(ctx, 1))
			connector.until(`"evseNo":1`, "AVAILABLE")
			snapshot, err := charger.Snapshot(ctx)
			do("read the meter", err)
			counted := snapshot.Connectors[0].MeterWh - 5000
			if got := worldtest.OwnerValue[float64](w, "select energy_wh::float8 from charging_sessions where station_id = $1", st.ID); got < counted-1 || got > counted+1 || got < 100 {
				t.Errorf("the session has %f Wh, and the meter counted %f", got, counted)
			}
		})
	}
}
