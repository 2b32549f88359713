package ocpp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

// awaited notes that a station was asked for a report, as a command does.
func awaited(w *worldtest.World, tenant worldtest.Tenant, station uuid.UUID, kind string, request int, replaces bool) {
	w.Owner(`insert into station_reports (id, tenant_id, network_id, station_id, kind, request_id, replaces, requested_at) values ($1, $2, $3, $4, $5, $6, $7, now())`,
		uuid.New(), tenant.ID, tenant.Main, station, kind, request, replaces)
}

// known puts a setting of a station in place that was reported long ago.
func known(w *worldtest.World, tenant worldtest.Tenant, station uuid.UUID, kind, key string) {
	w.Owner(`insert into station_settings (id, tenant_id, network_id, station_id, kind, key, data, reported_at) values ($1, $2, $3, $4, $5, $6, '{}', now() - interval '1 day')`,
		uuid.New(), tenant.ID, tenant.Main, station, kind, key)
}

func settings(w *worldtest.World, station uuid.UUID, kind string) string {
	return worldtest.OwnerValue[string](w, `select coalesce(string_agg(key, ' ' order by key), '') from station_settings where station_id = $1 and kind = $2`, station, kind)
}

// reported tells whether a report is complete, and what it says.
func reported(w *worldtest.World, station uuid.UUID, kind string, request int) string {
	return worldtest.OwnerValue[string](w, `select (completed_at is not null) || ' ' || text from station_reports where station_id = $1 and kind = $2 and request_id = $3`,
		station, kind, request)
}

func tell(s *worldtest.Station, action, payload string) {
	worldtest.Do[any](s, action, json.RawMessage(payload))
}

func again2(t *testing.T, w *worldtest.World, s *worldtest.Station, version string) *worldtest.Station {
	t.Helper()
	s.Hang()
	s, _, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp"+version)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func monitors(request, seq int, more bool, id int, kind string, value float64) string {
	return fmt.Sprintf(`{"requestId":%d,"seqNo":%d,"tbc":%t,"generatedAt":"2026-01-01T00:00:00Z","monitor":[{"component":{"name":"Connector","evse":{"id":1,"connectorId":1}},
		"variable":{"name":"Temperature"},"variableMonitoring":[{"id":%d,"transaction":false,"value":%v,"type":%q,"severity":5%s}]}]}`, request, seq, more, id, value, kind,
		`,"eventNotificationType":"CustomMonitor"`)
}

// Parts come twice, out of order, and over connections that are lost between them. Only when all are there does the report
// count as complete, and what it doesn't name is gone.
func TestReports_PartsInAnyOrderOverReconnects(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		known(w, w.A, st.ID, "MONITOR", "99")
		known(w, w.A, st.ID, "DISPLAY_MESSAGE", "99")
		awaited(w, w.A, st.ID, "MONITORS", 5, true)
		part := func(seq int, more bool, kind string, value float64) {
			payload := monitors(5, seq, more, 10+seq, kind, value)
			if version == "2.0.1" {
				payload = strings.Replace(payload, `,"eventNotificationType":"CustomMonitor"`, "", 1)
			}
			tell(s, "NotifyMonitoringReport", payload)
		}
		part(2, false, "Periodic", 60)
		s = again2(t, w, s, version)
		for range 2 {
			part(0, true, "UpperThreshold", 80)
		}
		if got := reported(w, st.ID, "MONITORS", 5); got != "false " || settings(w, st.ID, "MONITOR") != "10 12 99" {
			t.Errorf("with a part missing the report is %s, the monitors are %s", got, settings(w, st.ID, "MONITOR"))
		}
		s = again2(t, w, s, version)
		part(1, true, "LowerThreshold", -10.5)
		if got := reported(w, st.ID, "MONITORS", 5); got != "true " || settings(w, st.ID, "MONITOR") != "10 11 12" {
			t.Errorf("with every part the report is %s, the monitors are %s", got, settings(w, st.ID, "MONITOR"))
		}
		if got := settings(w, st.ID, "DISPLAY_MESSAGE"); got != "99" {
			t.Errorf("a report of monitors left the display messages %q", got)
		}
		watched := charging.VariableKey{Component: "Connector", EvseNo: 1, ConnectorNo: 1, Name: "Temperature"}
		kind := map[string]string{"2.0.1": "none", "2.1": "CustomMonitor"}[version]
		if got := worldtest.OwnerValue[string](w, `select string_agg(concat_ws(' ', summary, '|', evse_no, component, variable, '|', data->'component'->>'name', data->>'id',
				coalesce(data->>'eventNotificationType', 'none')), '; ' order by key) from station_settings where station_id = $1 and kind = 'MONITOR'`, st.ID); got !=
			charging.MonitorSummary("UpperThreshold", "80", watched, 5)+" | 1 Connector Temperature | Connector 10 "+kind+"; "+
				charging.MonitorSummary("LowerThreshold", "-10.5", watched, 5)+" | 1 Connector Temperature | Connector 11 "+kind+"; "+
				charging.MonitorSummary("Periodic", "60", watched, 5)+" | 1 Connector Temperature | Connector 12 "+kind {
			t.Errorf("the monitors read %s", got)
		}
		// A part that comes once more brings nothing back that has changed since.
		w.Owner("delete from station_settings where station_id = $1 and key = '11'", st.ID)
		part(1, true, "LowerThreshold", -10.5)
		if got := settings(w, st.ID, "MONITOR"); got != "10 12" {
			t.Errorf("after a repeated part the monitors are %s", got)
		}
		// The number is used again in a call that somebody wrote: that is another report.
		w.Owner(`insert into commands (id, tenant_id, network_id, station_id, action, request, requested_by, message_id, status, created_at)
			values ($1, $2, $3, $4, 'GetMonitoringReport', '{"requestId":5}', 'somebody', 'm', 'ACCEPTED', now())`, uuid.New(), w.A.ID, w.A.Main, st.ID)
		part(1, true, "LowerThreshold", -10.5)
		if got := reported(w, st.ID, "MONITORS", 5); got != "false " || settings(w, st.ID, "MONITOR") != "10 11 12" {
			t.Errorf("the second report under a number is %s, the monitors are %s", got, settings(w, st.ID, "MONITOR"))
		}
	})
}

// A report that nobody asked for is kept, and takes nothing away. Neither does one of a part of what there is.
func TestReports_NobodyAsked(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		known(w, w.A, st.ID, "DISPLAY_MESSAGE", "99")
		const message = `{"requestId":%d,"tbc":%t,"messageInfo":[{"id":%d,"priority":"InFront","message":{"format":"UTF8","content":"Out of order on Monday"}}]}`
		tell(s, "NotifyDisplayMessages", fmt.Sprintf(message, 7, false, 1))
		if got := settings(w, st.ID, "DISPLAY_MESSAGE"); got != "1 99" || reported(w, st.ID, "DISPLAY_MESSAGES", 7) != "true " {
			t.Errorf("a report that nobody asked for left %s", got)
		}
		awaited(w, w.A, st.ID, "DISPLAY_MESSAGES", 8, false)
		tell(s, "NotifyDisplayMessages", fmt.Sprintf(message, 8, false, 2))
		awaited(w, w.A, st.ID, "DISPLAY_MESSAGES", 9, true)
		tell(s, "NotifyDisplayMessages", fmt.Sprintf(message, 9, true, 3))
		s = again2(t, w, s, version)
		if got := settings(w, st.ID, "DISPLAY_MESSAGE"); got != "1 2 3 99" {
			t.Errorf("in the middle of a report of everything there are %s", got)
		}
		tell(s, "NotifyDisplayMessages", fmt.Sprintf(message, 9, true, 3)) // the station didn't see our answer
		tell(s, "NotifyDisplayMessages", fmt.Sprintf(message, 9, false, 4))
		if got := settings(w, st.ID, "DISPLAY_MESSAGE"); got != "3 4" {
			t.Errorf("after a report of everything there are %s", got)
		}
		if got := worldtest.OwnerValue[string](w, "select summary || ' ' || (data->>'priority') from station_settings where key = '4'"); got != "Out of order on Monday InFront" {
			t.Errorf("the message reads %s", got)
		}
	})
}

// What a station knows of a customer is one text, however its parts come.
func TestReports_CustomerInformationInOrder(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		awaited(w, w.A, st.ID, "CUSTOMER_INFORMATION", 3, false)
		words := []string{"one ", "two ", "three ", "four ", "five ", "six ", "seven ", "eight ", "nine ", "ten ", `\u0000last \\u0000`}
		part := func(seq int) {
			tell(s, "NotifyCustomerInformation", fmt.Sprintf(`{"requestId":3,"seqNo":%d,"tbc":%t,"generatedAt":"2026-01-01T00:00:00Z","data":"%s"}`, seq, seq < len(words)-1, words[seq]))
		}
		for _, seq := range []int{10, 2, 0, 2} {
			part(seq)
		}
		if got := reported(w, st.ID, "CUSTOMER_INFORMATION", 3); got != "false one three last \\u0000" {
			t.Errorf("the beginning reads %q", got)
		}
		s = again2(t, w, s, version)
		for _, seq := range []int{9, 8, 7, 6, 5, 4, 3, 1, 10} {
			part(seq)
		}
		if got := reported(w, st.ID, "CUSTOMER_INFORMATION", 3); got != "true one two three four five six seven eight nine ten last \\u0000" {
			t.Errorf("the whole reads %q", got)
		}
		if n := worldtest.OwnerValue[int](w, "select count(*) from ocpp_messages where station_id = $1 and action = 'NotifyCustomerInformation' and type = 'CALLRESULT'", st.ID); n != 13 {
			t.Errorf("%d parts were answered, want 13", n)
		}
		// A number that no sequence has is answered, and isn't followed.
		tell(s, "NotifyCustomerInformation", `{"requestId":9007199254740991,"seqNo":4294967296,"tbc":false,"generatedAt":"2026-01-01T00:00:00Z","data":"x"}`)
	})
}

func profile(id int, purpose, kind, limit, more string) string {
	return fmt.Sprintf(`{"id":%d,"stackLevel":2,"chargingProfilePurpose":%q,"chargingProfileKind":%q,"chargingSchedule":[{"id":4,"duration":300,"startSchedule":"2026-01-01T00:00:00Z",
		"chargingRateUnit":"A","minChargingRate":6.1,"chargingSchedulePeriod":[{"startPeriod":0,"limit":%s,"numberPhases":3%s},{"startPeriod":60,"limit":10.5}]}]}`, id, purpose, kind, limit, more)
}

// The profiles that a station reports are the ones it holds: what was asked for is installed, what it doesn't name is cleared.
func TestReports_ProfilesAreWhatTheStationHolds(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		w.Owner("update networks set accept_unknown_tokens = true where id = $1", w.A.Main)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		send2(s, "t-1", event2{kind: "Started", trigger: "Authorized", seq: 0, evse: true, token: "CARD", wh: 1000, context: "Transaction.Begin"})
		for id, status := range map[int]string{1: "REQUESTED", 2: "REQUESTED", 3: "INSTALLED", 4: "REFUSED"} {
			w.Owner(`insert into charging_profiles (id, tenant_id, network_id, station_id, evse_no, profile_id, stack_level, purpose, kind, schedules, status, created_at, updated_at)
				values ($1, $2, $3, $4, 1, $5, 0, 'TX_DEFAULT_PROFILE', 'ABSOLUTE', '[]', $6, now() - interval '1 hour', now() - interval '1 hour')`, uuid.New(), w.A.ID, w.A.Main, st.ID, id, status)
		}
		awaited(w, w.A, st.ID, "CHARGING_PROFILES", 6, true)
		report := func(evse int, source string, more bool, profiles ...string) {
			tell(s, "ReportChargingProfiles", fmt.Sprintf(`{"requestId":6,"chargingLimitSource":%q,"evseId":%d,"tbc":%t,"chargingProfile":[%s]}`, source, evse, more, strings.Join(profiles, ",")))
		}
		all := func() string {
			return worldtest.OwnerValue[string](w, `select string_agg(concat_ws(' ', profile_id, status, evse_no, stack_level, purpose, kind, recurrency, source, session_id is not null), '; '
				order by profile_id, status) from charging_profiles where station_id = $1`, st.ID)
		}
		report(1, "CSO", true, profile(1, "TxProfile", "Recurring", "12.25", ""))
		report(1, "CSO", true, strings.Replace(profile(1, "TxProfile", "Recurring", "12.3", ""), `"stackLevel"`, `"recurrencyKind":"Daily","transactionId":"t-1","validFrom":"2026-01-01T00:00:00Z","stackLevel"`, 1))
		s = again2(t, w, s, version)
		if got := all(); got != "1 INSTALLED 1 2 TX_PROFILE RECURRING DAILY CSO t; 2 REQUESTED 1 0 TX_DEFAULT_PROFILE ABSOLUTE  CSO f; "+
			"3 INSTALLED 1 0 TX_DEFAULT_PROFILE ABSOLUTE  CSO f; 4 REFUSED 1 0 TX_DEFAULT_PROFILE ABSOLUTE  CSO f" {
			t.Errorf("in the middle of the report the profiles are %s", got)
		}
		report(0, "EMS", false, profile(8, "ChargingStationExternalConstraints", "Absolute", "16", ""))
		if got := all(); got != "1 INSTALLED 1 2 TX_PROFILE RECURRING DAILY CSO t; 2 REQUESTED 1 0 TX_DEFAULT_PROFILE ABSOLUTE  CSO f; "+
			"3 CLEARED 1 0 TX_DEFAULT_PROFILE ABSOLUTE  CSO f; 4 REFUSED 1 0 TX_DEFAULT_PROFILE ABSOLUTE  CSO f; "+
			"8 INSTALLED 0 2 CHARGING_STATION_EXTERNAL_CONSTRAINTS ABSOLUTE  EMS f" {
			t.Errorf("after the report the profiles are %s", got)
		}
		if got := worldtest.OwnerValue[string](w, "select schedules::text from charging_profiles where station_id = $1 and profile_id = 1", st.ID); got !=
			`[{"id": 4, "unit": "A", "minRate": 6.1, "periods": [{"limit": 12.3, "phases": 3, "startS": 0}, {"limit": 10.5, "startS": 60}], "startAt": "2026-01-01T00:00:00Z", "durationS": 300}]` {
			t.Errorf("the schedule is kept as %s", got)
		}
	})
}

// A station of another tenant that uses the same numbers changes nothing here.
func TestReports_AnotherTenantsNumbers(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		a := w.AddStation(w.A, w.A.Main, "CP1", 1)
		b := w.AddStation(w.B, w.B.Main, "CP1", 1)
		for kind, setting := range map[string]string{"MONITORS": "MONITOR", "DISPLAY_MESSAGES": "DISPLAY_MESSAGE", "CHARGING_PROFILES": "", "CUSTOMER_INFORMATION": ""} {
			awaited(w, w.A, a.ID, kind, 5, true)
			if setting != "" {
				known(w, w.A, a.ID, setting, "99")
			}
		}
		w.Owner(`insert into charging_profiles (id, tenant_id, network_id, station_id, evse_no, profile_id, stack_level, purpose, kind, schedules, status)
			values ($1, $2, $3, $4, 1, 1, 0, 'TX_DEFAULT_PROFILE', 'ABSOLUTE', '[]', 'INSTALLED')`, uuid.New(), w.A.ID, w.A.Main, a.ID)
		const every = `select md5(string_agg(t::text, '|' order by t::text)) from (
			select r::text as t from station_reports r where station_id = $1 union all select x::text from station_settings x where station_id = $1
			union all select p::text from charging_profiles p where station_id = $1) t`
		before := worldtest.OwnerValue[string](w, every, a.ID)
		s, _, err := w.Dial("/ocpp/beta/CP1", "CP1", worldtest.Password, "ocpp"+version)
		if err != nil {
			t.Fatal(err)
		}
		monitor := monitors(5, 0, false, 99, "Delta", 3)
		if version == "2.0.1" {
			monitor = strings.Replace(monitor, `,"eventNotificationType":"CustomMonitor"`, "", 1)
		}
		tell(s, "NotifyMonitoringReport", monitor)
		tell(s, "NotifyDisplayMessages", `{"requestId":5,"tbc":false,"messageInfo":[{"id":99,"priority":"InFront","message":{"format":"UTF8","content":"x"}}]}`)
		tell(s, "ReportChargingProfiles", `{"requestId":5,"chargingLimitSource":"CSO","evseId":1,"tbc":false,"chargingProfile":[`+profile(1, "TxDefaultProfile", "Absolute", "8", "")+`]}`)
		tell(s, "NotifyCustomerInformation", `{"requestId":5,"seqNo":0,"generatedAt":"2026-01-01T00:00:00Z","data":"x"}`)
		if after := worldtest.OwnerValue[string](w, every, a.ID); after != before {
			t.Error("another tenant's station changed what is known of this one")
		}
		if got := worldtest.OwnerValue[int](w, "select (select count(*) from station_reports where station_id = $1 and completed_at is not null) + (select count(*) from station_settings where station_id = $1)", b.ID); got != 6 {
			t.Errorf("of the other station itself %d things are known, want 6", got)
		}
	})
}
