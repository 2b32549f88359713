package charging_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/quirks"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func rawOf(text string) *json.RawMessage {
	raw := json.RawMessage(text)
	return &raw
}

// What an operator says of a station's behaviour is checked, kept in one form, shown with what decided it, and cleared.
func TestTheOwnQuirksOfAStation(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	ctx := w.A.As(tenancy.Owner)
	wrong := "1.5"
	for field, change := range map[string]charging.StationChange{
		"quirks":              {Quirks: rawOf(`[1]`)},
		"quirks.turbo":        {Quirks: rawOf(`{"turbo": true}`)},
		"quirks.pingInterval": {Quirks: rawOf(`{"pingInterval": -1}`)},
		"preferredVersion":    {PreferredVersion: &wrong},
	} {
		if _, err := w.Charging.UpdateStation(ctx, st.ID, change); fault.Of(err) == nil || fault.Of(err).Code != fault.Invalid || fault.Of(err).Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := w.Charging.UpdateStation(w.A.As(tenancy.Reader), st.ID, charging.StationChange{Quirks: rawOf(`{}`)}); fault.Of(err) == nil || fault.Of(err).Code != fault.Forbidden {
		t.Errorf("a viewer changes how a station behaves: %v", err)
	}
	changed, err := w.Charging.UpdateStation(ctx, st.ID, charging.StationChange{Quirks: rawOf(` {"tokenCleanup" : "before_semicolon", "settleDelay": null} `)})
	if err != nil || changed.Quirks == nil || string(*changed.Quirks) != `{"tokenCleanup": "before_semicolon"}` {
		t.Fatalf("the quirks are kept as %+v, %v", changed, err)
	}
	w.Owner("update stations set vendor = 'KEBA', firmware_version = '1.15.2' where id = $1", st.ID)
	if changed, err = w.Charging.UpdateStation(ctx, st.ID, charging.StationChange{}); err != nil || changed.Quirks == nil {
		t.Fatalf("quirks that weren't touched are gone: %v", err)
	}
	b, applied, err := w.Charging.Behaviour(ctx, changed)
	if err != nil || quirks.Or(b.TokenCleanup, "") != "before_semicolon" || !quirks.Is(b.HexPassword) {
		t.Errorf("it behaves as %+v, %v", b, err)
	}
	if len(applied) == 0 || applied[0].Row != nil || !applied[0].Decides("tokenCleanup") {
		t.Errorf("what decided: %+v", applied)
	}
	one, err := w.Charging.BehaviourOf(ctx, st.ID)
	if err != nil || !reflect.DeepEqual(one, b) {
		t.Errorf("by its id it behaves as %+v, %v", one, err)
	}
	if _, err := w.Charging.BehaviourOf(w.B.As(tenancy.Owner), st.ID); fault.Of(err) == nil || fault.Of(err).Code != fault.NotFound {
		t.Errorf("another tenant learns how the station behaves: %v", err)
	}
	// Quirks that a later version of the program doesn't know any more don't keep the station from working.
	w.Owner(`update stations set quirks = '{"forgotten": true}' where id = $1`, st.ID)
	if one, err = w.Charging.BehaviourOf(ctx, st.ID); err != nil || quirks.Or(one.TokenCleanup, "") != "before_underscore" {
		t.Errorf("with quirks that can't be read it behaves as %+v, %v", one, err)
	}
	for _, nothing := range []string{"null", "{}", ""} {
		if _, err := w.Charging.UpdateStation(ctx, st.ID, charging.StationChange{Quirks: rawOf(`{"settleDelay": 1}`)}); err != nil {
			t.Fatal(err)
		}
		if changed, err := w.Charging.UpdateStation(ctx, st.ID, charging.StationChange{Quirks: rawOf(nothing)}); err != nil || changed.Quirks != nil {
			t.Errorf("cleared with %q the quirks are %v, %v", nothing, changed.Quirks, err)
		}
	}
}

// An order is written as the station takes it, or refused with the reason.
func TestOrdersSuitTheStation(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Onboarded(w.A, st)
	ctx := w.A.As(tenancy.Owner)
	own := `{"configurationKeySpelling": {"HeartbeatInterval": "HeartBeatInterval", "EVSE.Power": "EVSE.PowerNow"}, "measurandsWithPhase": true, "noEmptyMeasurands": true, "noBootTrigger": true}`
	if _, err := w.Charging.UpdateStation(ctx, st.ID, charging.StationChange{Quirks: rawOf(own)}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		order, want charging.Order
		says        string
	}{
		{charging.GetConfigurationOrder{Keys: []string{"heartbeatinterval", "Other"}}, charging.GetConfigurationOrder{Keys: []string{"HeartBeatInterval", "Other"}}, ""},
		{charging.ChangeConfigurationOrder{Key: "HeartbeatInterval", Value: "Voltage"}, charging.ChangeConfigurationOrder{Key: "HeartBeatInterval", Value: "Voltage"}, ""},
		{
			charging.ChangeConfigurationOrder{Key: "MeterValuesSampledData", Value: "SoC, Current.Import,Voltage.L1-N"},
			charging.ChangeConfigurationOrder{Key: "MeterValuesSampledData", Value: "SoC,Current.Import.L1,Current.Import.L2,Current.Import.L3,Voltage.L1-N"}, "",
		},
		{
			charging.GetVariablesOrder{Variables: []charging.VariableKey{{Name: "HeartbeatInterval"}, {Component: "EVSE", Name: "Power", EvseNo: 1}}},
			charging.GetVariablesOrder{Variables: []charging.VariableKey{{Name: "HeartBeatInterval"}, {Component: "EVSE", Name: "PowerNow", EvseNo: 1}}}, "",
		},
		{
			charging.SetVariablesOrder{Settings: []charging.VariableSetting{{VariableKey: charging.VariableKey{Component: "AlignedDataCtrlr", Name: "Measurands"}, Value: "Voltage"}}},
			charging.SetVariablesOrder{Settings: []charging.VariableSetting{
				{VariableKey: charging.VariableKey{Component: "AlignedDataCtrlr", Name: "Measurands"}, Value: "Voltage.L1-N,Voltage.L2-N,Voltage.L3-N"},
			}}, "",
		},
		{charging.ChangeConfigurationOrder{Key: "SampledDataCtrlr.TxUpdatedMeasurands", Value: " "}, nil, "reports nothing any more"},
		{charging.TriggerOrder{Message: "BOOT_NOTIFICATION"}, nil, "dies"},
		{charging.TriggerOrder{Message: "HEARTBEAT"}, charging.TriggerOrder{Message: "HEARTBEAT"}, ""},
		{charging.ClearCacheOrder{}, charging.ClearCacheOrder{}, ""},
	} {
		got, err := w.Charging.Suited(ctx, st.ID, c.order)
		if c.says != "" {
			if fault.Of(err) == nil || !strings.Contains(fault.Of(err).Message, c.says) {
				t.Errorf("%#v: %v", c.order, err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%#v became %#v, %v", c.order, got, err)
		}
	}
	for _, c := range []struct{ own, status, stopped, says string }{
		{`{"noStartWhileFinishing": true}`, "OCCUPIED", "now()", "cable is still in"},
		{`{"noStartWhileFinishing": true}`, "FINISHING", "now()", "cable is still in"},
		{`{"noStartWhileFinishing": true}`, "OCCUPIED", "now() - interval '1 hour'", ""}, // somebody has plugged in since
		{`{"noStartWhileFinishing": true}`, "AVAILABLE", "now()", ""},
		{`{}`, "OCCUPIED", "now()", ""},
	} {
		if _, err := w.Charging.UpdateStation(ctx, st.ID, charging.StationChange{Quirks: rawOf(c.own)}); err != nil {
			t.Fatal(err)
		}
		w.Owner("update connectors set status = $2, status_at = now() - interval '1 minute' where station_id = $1", st.ID, c.status)
		w.Owner("delete from charging_sessions")
		w.Owner(`insert into charging_sessions (id, tenant_id, network_id, station_id, evse_no, connector_no, ocpp_transaction_id, id_tag, started_at, start_received_at, stopped_at, status)
			select gen_random_uuid(), tenant_id, network_id, id, 1, 1, '1', 'T', now() - interval '2 hours', now(), `+c.stopped+`, 'COMPLETED' from stations where id = $1`, st.ID)
		_, err := w.Charging.Suited(ctx, st.ID, charging.RemoteStartOrder{EvseNo: 1, IDTag: "T"})
		if says := fmt.Sprint(err); (err == nil) != (c.says == "") || !strings.Contains(says, c.says) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// A refusal of what the station already is counts as done, for makes that refuse that.
func TestARefusalOfWhatIsAlreadySo(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 2)
	w.Onboarded(w.A, st)
	ctx := w.A.As(tenancy.Owner)
	on, off := charging.AvailabilityOrder{Operative: true}, charging.AvailabilityOrder{EvseNo: 1}
	for _, c := range []struct {
		own, status string
		order       charging.Order
		accepted    bool
	}{
		{`{"refusesRepeatedAvailability": true}`, "AVAILABLE", on, true},
		{`{"refusesRepeatedAvailability": true}`, "UNAVAILABLE", on, false},
		{`{"refusesRepeatedAvailability": true}`, "UNAVAILABLE", off, true},
		{`{"refusesRepeatedAvailability": true}`, "CHARGING", off, false},
		{`{"refusesRepeatedAvailability": true}`, "", on, false},
		{`{"refusesRepeatedAvailability": true}`, "AVAILABLE", charging.ResetOrder{}, false},
		{`{}`, "AVAILABLE", on, false},
	} {
		if _, err := w.Charging.UpdateStation(ctx, st.ID, charging.StationChange{Quirks: rawOf(c.own)}); err != nil {
			t.Fatal(err)
		}
		w.Owner("update connectors set status = nullif($2, '') where station_id = $1", st.ID, c.status)
		status, message, err := w.Charging.Forgiven(ctx, st.ID, c.order, "Refused.")
		if err != nil || (status == "ACCEPTED") != c.accepted || (message == "") != c.accepted {
			t.Errorf("%+v: %s %s, %v", c, status, message, err)
		}
	}
}
