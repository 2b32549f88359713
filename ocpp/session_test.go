package ocpp_test

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type started struct {
	TransactionID int64 `json:"transactionId"`
	IDTagInfo     struct {
		Status string `json:"status"`
	} `json:"idTagInfo"`
}

// A station is added, boots, is onboarded, reports, charges and stops; everything it said is stored.
func TestStationIsOnboardedAndCharges(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.Owner("insert into tokens (id, tenant_id, id_tag) values (gen_random_uuid(), $1, 'TAG-1')", w.A.ID)
	st := w.AddStation(w.A, w.A.Main, "CP001", 1)

	s := w.Onboarded(w.A, st)
	worldtest.Do[struct{}](s, "StatusNotification", map[string]any{"connectorId": 1, "errorCode": "NoError", "status": "Preparing", "timestamp": time.Now().UTC().Format(time.RFC3339)})
	start := worldtest.Do[started](s, "StartTransaction", map[string]any{"connectorId": 1, "idTag": "tag-1", "meterStart": 1000, "timestamp": time.Now().UTC().Format(time.RFC3339)})
	if start.IDTagInfo.Status != "Accepted" || start.TransactionID == 0 {
		t.Fatalf("the start was answered %+v", start)
	}
	worldtest.Do[struct{}](s, "MeterValues", map[string]any{"connectorId": 1, "transactionId": start.TransactionID, "meterValue": []any{map[string]any{
		"timestamp": time.Now().UTC().Format(time.RFC3339), "sampledValue": []any{
			map[string]any{"value": "1.5", "unit": "kWh", "measurand": "Energy.Active.Import.Register"},
			map[string]any{"value": "11000", "unit": "W", "measurand": "Power.Active.Import"},
		}}}})
	if got := worldtest.OwnerValue[string](w, "select energy_wh::text || ' ' || power_w from charging_sessions where station_id = $1", st.ID); got != "500.0000 11000" {
		t.Errorf("while it runs the session shows %s, want 500.0000 11000", got)
	}
	worldtest.Do[struct{}](s, "StopTransaction", map[string]any{"transactionId": start.TransactionID, "meterStop": 9500, "timestamp": time.Now().UTC().Format(time.RFC3339), "reason": "EVDisconnected"})

	if got := worldtest.OwnerValue[string](w, "select status || ' ' || energy_wh::text || ' ' || stop_reason from charging_sessions where station_id = $1", st.ID); got != "COMPLETED 8500.0000 EVDisconnected" {
		t.Errorf("the session ended as %s", got)
	}
	if got := worldtest.OwnerValue[string](w, "select status from connectors where station_id = $1", st.ID); got != "PREPARING" {
		t.Errorf("the connector shows %s, want PREPARING", got)
	}
	// Boot, GetConfiguration, status, start, meter values and stop: each with its answer.
	if got := worldtest.OwnerValue[int](w, "select count(*) from ocpp_messages where station_id = $1", st.ID); got != 12 {
		t.Errorf("%d messages are logged, want 12", got)
	}
	if got := worldtest.OwnerValue[int](w, "select count(*) from station_variables where station_id = $1", st.ID); got != 2 {
		t.Errorf("%d settings are stored, want 2", got)
	}
}

// A station brings stops of sessions that another system had numbered, with the numbers that come next here. None of them is given to
// it again: a stop would end the wrong session.
func TestTransactionIDs_AreNotThoseOfAnotherSystem(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.Owner("insert into tokens (id, tenant_id, id_tag) values (gen_random_uuid(), $1, 'TAG-1')", w.A.ID)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Onboarded(w.A, st)
	for id := 1; id <= 3; id++ {
		worldtest.Do[any](s, "StopTransaction", map[string]any{"transactionId": id, "meterStop": 100 * id, "timestamp": time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "idTag": "TAG-1"})
	}
	now := time.Now().UTC().Format(time.RFC3339)
	got := worldtest.Do[started](s, "StartTransaction", map[string]any{"connectorId": 1, "idTag": "TAG-1", "meterStart": 1000, "timestamp": now})
	if got.TransactionID <= 3 {
		t.Errorf("the station got transaction id %d a second time", got.TransactionID)
	}
	worldtest.Do[any](s, "StopTransaction", map[string]any{"transactionId": got.TransactionID, "meterStop": 1500, "timestamp": now, "idTag": "TAG-1"})
	if energy := worldtest.OwnerValue[float64](w, "select energy_wh::float8 from charging_sessions where station_id = $1 and meter_start_wh = 1000", st.ID); energy != 500 {
		t.Errorf("the session has %f Wh", energy)
	}
}
