package ocpp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// given runs an order and has the station answer each of its calls in turn. It returns the command and what the station was asked.
func given(t *testing.T, s *worldtest.Station, order func() (*ent.Command, error), answers ...string) (*ent.Command, []worldtest.Call) {
	t.Helper()
	type end struct {
		command *ent.Command
		err     error
	}
	done := make(chan end, 1)
	go func() {
		c, err := order()
		done <- end{c, err}
	}()
	var calls []worldtest.Call
	for _, answer := range answers {
		c := s.NextCall()
		calls = append(calls, c)
		s.Answer(c, answer)
	}
	e := <-done
	if e.err != nil {
		t.Fatal(e.err)
	}
	return e.command, calls
}

func outcomeOf(c *ent.Command) string {
	result := ""
	if c.Result != nil {
		result = " " + string(*c.Result)
	}
	why := ""
	if c.Error != nil {
		why = " (" + *c.Error + ")"
	}
	return string(c.Status) + why + result
}

// Variables are read and written in calls that the station can take, and each has its own outcome.
func TestV2_VariablesInBatches(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		ctx := w.A.As(tenancy.Admin)
		w.Owner(`insert into station_variables (id, tenant_id, network_id, station_id, component, variable, instance, value, mutability, data_type, reported_at)
			values (gen_random_uuid(), $1, $2, $3, 'DeviceDataCtrlr', 'ItemsPerMessage', 'SetVariables', '2', 'READ_ONLY', 'INTEGER', now()),
				(gen_random_uuid(), $1, $2, $3, 'DeviceDataCtrlr', 'ItemsPerMessage', 'GetVariables', '1', 'READ_ONLY', 'INTEGER', now())`, w.A.ID, w.A.Main, st.ID)
		set := func(names ...string) charging.SetVariablesOrder {
			var o charging.SetVariablesOrder
			for _, name := range names {
				component, variable, _ := strings.Cut(name, ".")
				o.Settings = append(o.Settings, charging.VariableSetting{VariableKey: charging.VariableKey{Component: component, Name: variable}, Value: "5"})
			}
			return o
		}
		results := func(pairs ...string) string {
			var list []string
			for _, p := range pairs {
				name, status, _ := strings.Cut(p, "=")
				component, variable, _ := strings.Cut(name, ".")
				list = append(list, fmt.Sprintf(`{"component":{"name":%q},"variable":{"name":%q},"attributeStatus":%q}`, component, variable, status))
			}
			return `{"setVariableResult":[` + strings.Join(list, ",") + `]}`
		}
		c, calls := given(t, s, func() (*ent.Command, error) {
			return w.Charging.Order(ctx, st.ID, set("A.One", "A.Two", "B.Three"), 10)
		},
			results("A.Two=Rejected", "A.One=RebootRequired"), results("B.Three=Accepted"))
		if len(calls) != 2 || strings.Count(string(calls[0].Payload), "attributeValue") != 2 || strings.Count(string(calls[1].Payload), "attributeValue") != 1 {
			t.Errorf("the calls were %v", calls)
		}
		want := `REJECTED (A.Two: Rejected.) [{"status": "Rejected", "variable": "Two", "component": "A"}, {"status": "RebootRequired", "variable": "One", "component": "A"}, ` +
			`{"status": "Accepted", "variable": "Three", "component": "B"}]`
		if got := outcomeOf(c); got != want {
			t.Errorf("the command ended\n%s, want\n%s", got, want)
		}
		if got := worldtest.OwnerValue[string](w, `select string_agg(variable || ' ' || value || ' ' || reboot_required, ', ' order by variable) from station_variables
			where station_id = $1 and component in ('A', 'B')`, st.ID); got != "One 5 true, Three 5 false" {
			t.Errorf("the station's variables are %s", got)
		}
		c, _ = given(t, s, func() (*ent.Command, error) {
			return w.Charging.Order(ctx, st.ID, charging.GetVariablesOrder{Variables: []charging.VariableKey{{Component: "A", Name: "One"}, {Component: "A", Name: "No"}}}, 10)
		}, `{"getVariableResult":[{"component":{"name":"A"},"variable":{"name":"One"},"attributeStatus":"Accepted","attributeValue":"7"}]}`,
			`{"getVariableResult":[{"component":{"name":"A"},"variable":{"name":"No"},"attributeStatus":"UnknownVariable"}]}`)
		if got := outcomeOf(c); !strings.Contains(got, `"value": "7"`) || !strings.Contains(got, `"UnknownVariable"`) {
			t.Errorf("reading ended %s", got)
		}
	})
}

// What a station said of a variable is checked before it is asked to change it.
func TestV2_VariablesAreCheckedBeforeTheyAreSent(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	onboarded2(t, w, st, "2.1")
	ctx := w.A.As(tenancy.Admin)
	for _, v := range []struct{ name, kind, mutability, low, high, values string }{
		{"Count", "INTEGER", "READ_WRITE", "1", "10", "null"}, {"Limit", "DECIMAL", "READ_WRITE", "0", "32.5", "null"}, {"On", "BOOLEAN", "READ_WRITE", "null", "null", "null"},
		{"When", "DATE_TIME", "READ_WRITE", "null", "null", "null"}, {"One", "OPTION_LIST", "READ_WRITE", "null", "null", `["A","B"]`},
		{"Some", "MEMBER_LIST", "READ_WRITE", "null", "null", `["A","B"]`}, {"Name", "STRING", "READ_WRITE", "null", "3", "null"}, {"Fixed", "STRING", "READ_ONLY", "null", "null", "null"},
	} {
		w.Owner(`insert into station_variables (id, tenant_id, network_id, station_id, component, variable, value, mutability, data_type, min_limit, max_limit, values_list, reported_at)
			values (gen_random_uuid(), $1, $2, $3, 'C', $4, '', $5, $6, nullif($7, 'null')::float8, nullif($8, 'null')::float8, nullif($9, 'null')::jsonb, now())`,
			w.A.ID, w.A.Main, st.ID, v.name, v.mutability, v.kind, v.low, v.high, v.values)
	}
	for _, c := range []struct{ name, value, says string }{
		{"Count", "1.5", "whole number"}, {"Count", "0", "at least 1"}, {"Count", "11", "at most 10"}, {"Limit", "32.6", "at most 32.5"}, {"Limit", "much", "not a number"},
		{"On", "yes", "true or false"}, {"When", "tomorrow", "not a time"}, {"One", "C", "one of A, B"}, {"Some", "A,C", "only A, B"}, {"Name", "long", "at most 3 characters"},
		{"Fixed", "x", "only be read"},
	} {
		_, err := w.Charging.Order(ctx, st.ID, charging.SetVariablesOrder{Settings: []charging.VariableSetting{{
			VariableKey: charging.VariableKey{Component: "C", Name: c.name}, Value: c.value}}}, 1)
		if f := fault.Of(err); f == nil || f.Code != fault.Invalid || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s = %s was answered %v, want one that says %q", c.name, c.value, err, c.says)
		}
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from commands where station_id = $1", st.ID); n != 0 {
		t.Errorf("%d commands were sent although none was valid", n)
	}
}

// In OCPP 1.6 keys are changed one by one, and what has no key there is refused before anything is sent.
func TestV16_SeveralVariables(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Onboarded(w.A, st)
	ctx := w.A.As(tenancy.Admin)
	key := func(name string) charging.VariableKey { return charging.VariableKey{Name: name} }
	c, calls := given(t, s, func() (*ent.Command, error) {
		return w.Charging.Order(ctx, st.ID, charging.SetVariablesOrder{Settings: []charging.VariableSetting{{VariableKey: key("HeartbeatInterval"), Value: "60"}, {VariableKey: key("Other"), Value: "1"}}}, 10)
	}, `{"status":"Accepted"}`, `{"status":"NotSupported"}`)
	if len(calls) != 2 || string(calls[1].Payload) != `{"key":"Other","value":"1"}` {
		t.Errorf("the calls were %v", calls)
	}
	if got := outcomeOf(c); !strings.HasPrefix(got, "REJECTED (The station answered NotSupported. It doesn't know this key.)") || !strings.Contains(got, `{"status": "Accepted", "variable": "HeartbeatInterval"}`) {
		t.Errorf("the command ended %s", got)
	}
	if got := worldtest.OwnerValue[string](w, "select request::text || response::text from commands where id = $1", c.ID); strings.Count(got, `"key"`) != 2 || strings.Count(got, `"status"`) != 2 {
		t.Errorf("the command keeps %s", got)
	}
	_, err := w.Charging.Order(ctx, st.ID, charging.GetVariablesOrder{Variables: []charging.VariableKey{{Component: "OCPPCommCtrlr", Name: "HeartbeatInterval"}}}, 1)
	if f := fault.Of(err); f == nil || f.Code != fault.Invalid {
		t.Errorf("a component in OCPP 1.6 was answered %v", err)
	}
	_, err = w.Charging.SetMonitoringLevel(ctx, st.ID, 5, 1)
	if f := fault.Of(err); f == nil || f.Code != fault.Invalid || !strings.Contains(f.Message, "OCPP 1.6 has no such command") {
		t.Errorf("a monitoring level in OCPP 1.6 was answered %v", err)
	}
}

// A reservation is recorded before the station is asked, and is what the station makes of it: the same in every version.
func TestReservations(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.6", "2.0.1", "2.1"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			w := worldtest.New(t)
			w.Owner("insert into tokens (id, tenant_id, id_tag) values (gen_random_uuid(), $1, 'TAG-1')", w.A.ID)
			st := w.AddStation(w.A, w.A.Main, "CP1", 1)
			var s *worldtest.Station
			if version == "1.6" {
				s = w.Onboarded(w.A, st)
			} else {
				s = onboarded2(t, w, st, version)
			}
			ctx := w.A.As(tenancy.Admin)
			reserve := func() (*ent.Command, error) {
				return w.Charging.ReserveNow(ctx, st.ID, charging.ReservationRequest{EvseNo: 1, IDTag: "tag-1", GroupID: "FLEET", Until: time.Now().Add(time.Hour)}, 10)
			}
			states := func() string {
				return worldtest.OwnerValue[string](w, "select string_agg(status || ' ' || id_tag || ' ' || (token_id is not null) || ' ' || (ended_at is not null), ', ' order by created_at) from reservations where station_id = $1", st.ID)
			}
			c, calls := given(t, s, reserve, `{"status":"Occupied"}`)
			if got := outcomeOf(c); got != "REJECTED (The station answered Occupied. The connector is taken.)" {
				t.Errorf("an occupied connector ended %s", got)
			}
			var sent map[string]any
			_ = json.Unmarshal(calls[0].Payload, &sent)
			number, holder := sent["reservationId"], sent["idTag"]
			if version != "1.6" {
				number, holder = sent["id"], sent["idToken"].(map[string]any)["idToken"]
			}
			if known := worldtest.OwnerValue[float64](w, "select reservation_id::float8 from reservations where station_id = $1", st.ID); number != known || holder != "TAG-1" {
				t.Errorf("the station was asked %s", calls[0].Payload)
			}
			given(t, s, reserve, `{"status":"Accepted"}`)
			if got := states(); got != "REFUSED TAG-1 true true, ACTIVE TAG-1 true false" {
				t.Errorf("the reservations are %s", got)
			}
			id := worldtest.OwnerValue[uuid.UUID](w, "select id from reservations where status = 'ACTIVE'")
			if _, err := w.Charging.CancelReservation(w.B.As(tenancy.Owner), id, 1); fault.Of(err) == nil || fault.Of(err).Code != fault.NotFound {
				t.Errorf("another tenant's cancelling was answered %v", err)
			}
			given(t, s, func() (*ent.Command, error) { return w.Charging.CancelReservation(ctx, id, 10) }, `{"status":"Rejected"}`)
			if got := states(); got != "REFUSED TAG-1 true true, ACTIVE TAG-1 true false" {
				t.Errorf("after a refused cancelling the reservations are %s", got)
			}
			given(t, s, func() (*ent.Command, error) { return w.Charging.CancelReservation(ctx, id, 10) }, `{"status":"Accepted"}`)
			if got := states(); got != "REFUSED TAG-1 true true, CANCELLED TAG-1 true true" {
				t.Errorf("after cancelling the reservations are %s", got)
			}
			if _, err := w.Charging.CancelReservation(ctx, id, 1); fault.Of(err) == nil || fault.Of(err).Code != fault.Conflict {
				t.Errorf("cancelling it again was answered %v", err)
			}
		})
	}
}

// A reservation whose answer is lost stays as requested: the station may hold it.
func TestReservation_AnswerLost(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.Owner("insert into tokens (id, tenant_id, id_tag) values (gen_random_uuid(), $1, 'TAG-1')", w.A.ID)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Onboarded(w.A, st)
	done := make(chan *ent.Command, 1)
	go func() {
		c, err := w.Charging.ReserveNow(w.A.As(tenancy.Admin), st.ID, charging.ReservationRequest{IDTag: "TAG-1", Until: time.Now().Add(time.Hour)}, 30)
		if err != nil {
			t.Error(err)
		}
		done <- c
	}()
	s.NextCall()
	s.Hang()
	if c := <-done; c == nil || c.Status != "FAILED" {
		t.Errorf("the command ended %v", c)
	}
	if got := worldtest.OwnerValue[string](w, "select status from reservations"); got != "REQUESTED" {
		t.Errorf("the reservation is %s", got)
	}
}

// Monitors that the station accepted are listed, those that it refused or forgot are not.
func TestV2_Monitors(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		ctx := w.A.As(tenancy.Admin)
		listed := func() string {
			return worldtest.OwnerValue[string](w, "select coalesce(string_agg(key || ' ' || summary, ', ' order by key), '') from station_settings where station_id = $1 and kind = 'MONITOR'", st.ID)
		}
		temperature := charging.VariableKey{Component: "Connector", EvseNo: 1, ConnectorNo: 1, Name: "Temperature"}
		c, _ := given(t, s, func() (*ent.Command, error) {
			return w.Charging.SetMonitors(ctx, st.ID, []charging.Monitor{{VariableKey: temperature, Type: "UpperThreshold", Value: 80, Severity: 5}, {VariableKey: temperature, Type: "Delta", Value: 1, Severity: 9}}, 10)
		}, `{"setMonitoringResult":[{"id":7,"status":"Accepted","type":"UpperThreshold","severity":5,"component":{"name":"Connector"},"variable":{"name":"Temperature"}},
			{"status":"UnsupportedMonitorType","type":"Delta","severity":9,"component":{"name":"Connector"},"variable":{"name":"Temperature"}}]}`)
		if got := outcomeOf(c); !strings.HasPrefix(got, "REJECTED (Connector.Temperature: UnsupportedMonitorType.") || !strings.Contains(got, `"id": 7`) {
			t.Errorf("setting the monitors ended %s", got)
		}
		if got := listed(); got != "7 Above 80: Connector.Temperature, severity 5" {
			t.Errorf("the monitors are %s", got)
		}
		given(t, s, func() (*ent.Command, error) { return w.Charging.ClearMonitors(ctx, st.ID, []int{7}, 10) }, `{"clearMonitoringResult":[{"id":7,"status":"NotFound"}]}`)
		if got := listed(); got != "" {
			t.Errorf("after clearing the monitors are %s", got)
		}
		if _, err := w.Charging.SetMonitoringLevel(ctx, st.ID, 10, 1); fault.Of(err) == nil || fault.Of(err).Field != "severity" {
			t.Errorf("severity 10 was answered %v", err)
		}
	})
}

// A report of which the station has nothing is complete, and what was known before is gone.
func TestV2_EmptyReport(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := onboarded2(t, w, st, "2.0.1")
	w.Owner(`insert into station_settings (id, tenant_id, network_id, station_id, kind, key, data, reported_at)
		values (gen_random_uuid(), $1, $2, $3, 'DISPLAY_MESSAGE', '1', '{}', now() - interval '1 hour')`, w.A.ID, w.A.Main, st.ID)
	c, _ := given(t, s, func() (*ent.Command, error) {
		return w.Charging.DisplayMessages(w.A.As(tenancy.Admin), st.ID, nil, "", "", 10)
	}, `{"status":"Unknown"}`)
	if c.Status != "ACCEPTED" {
		t.Errorf("the command ended %s", outcomeOf(c))
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from station_settings where kind = 'DISPLAY_MESSAGE'"); n != 0 {
		t.Errorf("%d messages are listed although the station has none", n)
	}
	c, _ = given(t, s, func() (*ent.Command, error) {
		return w.Charging.MonitoringReport(w.A.As(tenancy.Admin), st.ID, nil, nil, 10)
	}, `{"status":"EmptyResultSet"}`)
	if c.Status != "ACCEPTED" {
		t.Errorf("the command ended %s", outcomeOf(c))
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from station_reports where kind = 'MONITORS' and completed_at is not null and command_id is not null"); n != 1 {
		t.Errorf("%d reports are complete, want 1", n)
	}
}

// What a station shows, holds and knows is asked for in calls that its version allows, or refused before they are sent.
func TestV2_WhatAStationHolds(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := onboarded2(t, w, st, "2.1")
	w.Owner("insert into tokens (id, tenant_id, id_tag) values (gen_random_uuid(), $1, 'TAG-1')", w.A.ID)
	send2(s, "t-1", event2{kind: "Started", trigger: "CablePluggedIn", seq: 0, evse: true, state: "EVConnected", wh: 1000, context: "Transaction.Begin", token: "TAG-1"})
	session := worldtest.OwnerValue[uuid.UUID](w, "select id from charging_sessions")
	ctx := w.A.As(tenancy.Admin)
	raw := func(text string) json.RawMessage { return json.RawMessage(text) }
	for name, c := range map[string]struct {
		order  func(ctx context.Context) (*ent.Command, error)
		action string
		answer string
		holds  string
	}{
		"display message": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.SetDisplayMessage(ctx, st.ID, charging.DisplayMessage{ID: 5, Priority: "AlwaysFront", Contents: []charging.DisplayContent{{Format: "UTF8", Content: "Hello"}}, Session: session}, 10)
		}, "SetDisplayMessage", `{"status":"Accepted"}`, "DISPLAY_MESSAGE 5 Hello"},
		"cost": {func(ctx context.Context) (*ent.Command, error) { return w.Charging.ShowCost(ctx, session, "12.50", 10) }, "CostUpdated", `{}`, ""},
		"status": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.TransactionStatus(ctx, uuid.Nil, session, 10)
		}, "GetTransactionStatus", `{"messagesInQueue":false,"ongoingIndicator":true}`, ""},
		"tariff": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.SetDefaultTariff(ctx, st.ID, 0, raw(`{"tariffId":"T1","currency":"EUR"}`), 10)
		}, "SetDefaultTariff", `{"status":"Accepted"}`, "TARIFF T1 Default tariff T1"},
		"other tariff": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.ChangeTransactionTariff(ctx, session, raw(`{"tariffId":"T2","currency":"EUR"}`), 10)
		}, "ChangeTransactionTariff", `{"status":"Accepted"}`, ""},
		"tariffs": {func(ctx context.Context) (*ent.Command, error) { return w.Charging.Tariffs(ctx, st.ID, 0, 10) }, "GetTariffs", `{"status":"Accepted"}`, ""},
		"network": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.SetNetworkProfile(ctx, st.ID, 2, raw(`{"ocppInterface":"Wired0","ocppTransport":"JSON","messageTimeout":30,"ocppCsmsUrl":"wss://csms.example","securityProfile":1,"basicAuthPassword":"a-secret-of-16-characters"}`), 10)
		}, "SetNetworkProfile", `{"status":"Accepted"}`, "NETWORK_PROFILE 2 wss://csms.example"},
		"grid": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.SetDERControl(ctx, st.ID, raw(`{"isDefault":true,"controlId":"c1","controlType":"EnterService"}`), 10)
		}, "SetDERControl", `{"status":"Accepted"}`, "DER_CONTROL c1 EnterService"},
		"signal": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.AFRRSignal(ctx, st.ID, 1, time.Now(), 10)
		}, "AFRRSignal", `{"status":"Accepted"}`, ""},
		"stream": {func(ctx context.Context) (*ent.Command, error) { return w.Charging.Streams(ctx, st.ID, 10) }, "GetPeriodicEventStream", `{}`, ""},
		"batteries": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.RequestBatterySwap(ctx, st.ID, uuid.Nil, "TAG-1", 10)
		}, "RequestBatterySwap", `{"status":"Accepted"}`, ""},
		"web payment": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.WebPaymentStarted(ctx, st.ID, 1, 60, 10)
		}, "NotifyWebPaymentStarted", `{}`, ""},
		"energy": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.AllowEnergyTransfer(ctx, session, []string{"AC_three_phase"}, 10)
		}, "NotifyAllowedEnergyTransfer", `{"status":"Accepted"}`, ""},
		"clear tariffs": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.ClearTariffs(ctx, st.ID, []string{"T9"}, nil, 10)
		}, "ClearTariffs", `{"clearTariffsResult":[{"tariffId":"T9","status":"NoTariff"}]}`, ""},
		"customer": {func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.CustomerInformation(ctx, st.ID, charging.Customer{Identifier: "someone"}, true, true, 10)
		}, "CustomerInformation", `{"status":"Accepted"}`, ""},
	} {
		command, calls := given(t, s, func() (*ent.Command, error) { return c.order(ctx) }, c.answer)
		if calls[0].Action != c.action || name != "clear tariffs" && command.Status != "ACCEPTED" {
			t.Errorf("%s: the station was asked %s, and the command ended %s", name, calls[0].Action, outcomeOf(command))
		}
		if name == "clear tariffs" && command.Status != "REJECTED" {
			t.Errorf("%s: the command ended %s", name, outcomeOf(command))
		}
		if c.holds != "" {
			kind, _, _ := strings.Cut(c.holds, " ")
			if got := worldtest.OwnerValue[string](w, "select kind || ' ' || key || ' ' || summary from station_settings where kind = $1", kind); got != c.holds {
				t.Errorf("%s: the station holds %s, want %s", name, got, c.holds)
			}
		}
	}
	if kept := worldtest.OwnerValue[int](w, "select count(*) from station_settings where data::text like '%a-secret%'"); kept != 0 {
		t.Error("the password of a network profile is kept")
	}
	_, err := w.Charging.SetDERControl(ctx, st.ID, raw(`{"isDefault":true,"controlId":"c1","controlType":"Nonsense"}`), 1)
	if f := fault.Of(err); f == nil || f.Code != fault.Invalid {
		t.Errorf("a control that there isn't was answered %v", err)
	}
}

// A station that is still Pending can be asked for its boot and its settings, and for nothing else.
func TestPendingStationTakesFewOrders(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.Owner("update networks set allow_unsecured = true where id = $1", w.A.Main)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Owner("update stations set security_profile = 0, password_salt = null, password_mac = null where id = $1", st.ID)
	s, _, err := w.DialWith("/ocpp/alpha/CP1", nil, "ocpp2.0.1")
	if err != nil {
		t.Fatal(err)
	}
	boot := worldtest.Do[map[string]any](s, "BootNotification", map[string]any{"reason": "PowerUp", "chargingStation": map[string]any{"vendorName": "Voltara", "model": "AC22"}})
	if boot["status"] != "Pending" {
		t.Fatalf("the boot was answered %v", boot)
	}
	ctx := w.A.As(tenancy.Admin)
	_, err = w.Charging.Order(ctx, st.ID, charging.ClearCacheOrder{}, 1)
	if f := fault.Of(err); f == nil || f.Code != fault.Conflict || !strings.Contains(f.Message, "still Pending") {
		t.Errorf("clearing the cache was answered %v", err)
	}
	c, calls := given(t, s, func() (*ent.Command, error) {
		return w.Charging.Order(ctx, st.ID, charging.TriggerOrder{Message: "BOOT_NOTIFICATION"}, 10)
	}, `{"status":"Accepted"}`)
	if c.Status != "ACCEPTED" || calls[0].Action != "TriggerMessage" {
		t.Errorf("asking for the boot ended %s", outcomeOf(c))
	}
	c, calls = given(t, s, func() (*ent.Command, error) {
		return w.Charging.Order(ctx, st.ID, charging.SetVariablesOrder{Settings: []charging.VariableSetting{{VariableKey: charging.VariableKey{Component: "OCPPCommCtrlr", Name: "HeartbeatInterval"}, Value: "60"}}}, 10)
	}, `{"setVariableResult":[{"attributeStatus":"Accepted","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"}}]}`)
	if c.Status != "ACCEPTED" || calls[0].Action != "SetVariables" {
		t.Errorf("setting it up ended %s", outcomeOf(c))
	}
}

// A reset that lets sessions go on exists in OCPP 2.1 alone.
func TestResetAndResume(t *testing.T) {
	resume := charging.ResetOrder{Type: "IMMEDIATE_AND_RESUME"}
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		order := func() (*ent.Command, error) { return w.Charging.Order(w.A.As(tenancy.Operator), st.ID, resume, 10) }
		if version == "2.0.1" {
			if _, err := order(); fault.Of(err) == nil || fault.Of(err).Code != fault.Invalid {
				t.Errorf("it was answered %v", err)
			}
			return
		}
		if c, calls := given(t, s, order, `{"status":"Accepted"}`); c.Status != "ACCEPTED" || string(calls[0].Payload) != `{"type":"ImmediateAndResume"}` {
			t.Errorf("%s ended %s", calls[0].Payload, outcomeOf(c))
		}
	})
	t.Run("1.6", func(t *testing.T) {
		t.Parallel()
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		w.Onboarded(w.A, st)
		if _, err := w.Charging.Order(w.A.As(tenancy.Operator), st.ID, resume, 10); fault.Of(err) == nil || fault.Of(err).Field != "type" {
			t.Errorf("it was answered %v", err)
		}
	})
}
