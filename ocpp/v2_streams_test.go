package ocpp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

type answer2 struct {
	Status     string
	StatusInfo struct{ ReasonCode, AdditionalInfo string }
}

func ask2(s *worldtest.Station, action, payload string) answer2 {
	return worldtest.Do[answer2](s, action, json.RawMessage(payload))
}

// A stream is known from its opening to its end, and shows what its monitor watches.
func TestStreams_OpenAndClose(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := onboarded2(t, w, st, "2.1")
	tell(s, "NotifyMonitoringReport", monitors(5, 0, false, 7, "Periodic", 60))
	const open = `{"constantStreamData":{"id":%d,"variableMonitoringId":7,"params":{"interval":30,"values":10}}}`
	for range 2 { // once more when the station doesn't see our answer
		if got := ask2(s, "OpenPeriodicEventStream", fmt.Sprintf(open, 4)); got.Status != "Accepted" {
			t.Errorf("the stream was answered %+v", got)
		}
		s = again2(t, w, s, "2.1")
	}
	if got := worldtest.OwnerValue[string](w, "select string_agg(key || ' ' || evse_no || ' ' || component || ' ' || variable || ' ' || summary, '; ') from station_settings where kind = 'EVENT_STREAM'"); got !=
		"4 1 Connector Temperature Values of monitor 7, every 30 s, 10 at once" {
		t.Errorf("the streams are %s", got)
	}
	w.Owner(`insert into station_settings (id, tenant_id, network_id, station_id, kind, key, data, reported_at)
		select gen_random_uuid(), $1, $2, $3, 'EVENT_STREAM', n::text, '{}', now() from generate_series(100, 198) n`, w.A.ID, w.A.Main, st.ID)
	if got := ask2(s, "OpenPeriodicEventStream", fmt.Sprintf(open, 5)); got.Status != "Rejected" || got.StatusInfo.AdditionalInfo == "" {
		t.Errorf("one stream too many was answered %+v", got)
	}
	for range 2 {
		tell(s, "ClosePeriodicEventStream", `{"id":4}`)
	}
	if got := settings(w, st.ID, "EVENT_STREAM"); strings.HasPrefix(got, "4 ") || strings.HasSuffix(got, " 4") || len(strings.Fields(got)) != 99 {
		t.Errorf("after the end of the stream there are %s", got)
	}
	if got := ask2(s, "OpenPeriodicEventStream", fmt.Sprintf(open, 5)); got.Status != "Accepted" {
		t.Errorf("with room again the stream was answered %+v", got)
	}
}

// Controls of the grid are kept by their ids, each in words, and a report of all takes away what it doesn't name.
func TestReports_ControlsOfTheGrid(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := onboarded2(t, w, st, "2.1")
	known(w, w.A, st.ID, "DER_CONTROL", "old")
	awaited(w, w.A, st.ID, "DER_CONTROLS", 4, true)
	tell(s, "ReportDERControl", `{"requestId":4,"tbc":true,
		"curve":[{"id":"c1","curveType":"VoltWatt","isDefault":true,"isSuperseded":false,"curve":{"priority":1,"yUnit":"PctMaxW","curveData":[{"x":1,"y":2},{"x":3,"y":4}]}}],
		"fixedPFInject":[{"id":"c2","isDefault":false,"isSuperseded":true,"fixedPF":{"priority":2,"displacement":0.95,"excitation":true}}]}`)
	s = again2(t, w, s, "2.1")
	tell(s, "ReportDERControl", `{"requestId":4,"tbc":false,
		"enterService":[{"id":"c3","enterService":{"priority":0,"highVoltage":253,"lowVoltage":207,"highFreq":50.2,"lowFreq":49.5}}],
		"fixedPFAbsorb":[{"id":"c8","isDefault":false,"isSuperseded":false,"fixedPF":{"priority":2,"displacement":0.9,"excitation":false}}],
		"fixedVar":[{"id":"c4","isDefault":false,"isSuperseded":false,"fixedVar":{"priority":3,"setpoint":-12.5,"unit":"PctMaxVar"}}],
		"freqDroop":[{"id":"c5","isDefault":false,"isSuperseded":false,"freqDroop":{"priority":4,"overFreq":50.2,"underFreq":49.8,"overDroop":5,"underDroop":5,"responseTime":2}}],
		"gradient":[{"id":"c6","gradient":{"priority":5,"gradient":10,"softGradient":5}}],
		"limitMaxDischarge":[{"id":"c7","isDefault":true,"isSuperseded":false,"limitMaxDischarge":{"priority":6,"pctMaxDischargePower":80}}]}`)
	want := `c1 VoltWatt: curve of 2 points, priority 1, by default
c2 FixedPFInject: power factor 0.95, over-excited, priority 2, superseded by another
c3 EnterService: between 207 and 253 V, 49.5 and 50.2 Hz, priority 0
c4 FixedVar: -12.5 PctMaxVar, priority 3
c5 FreqDroop: above 50.2 and below 49.8 Hz, priority 4
c6 Gradients: 10 % a second, priority 5
c7 LimitMaxDischarge: 80 % of the greatest power, priority 6, by default
c8 FixedPFAbsorb: power factor 0.9, under-excited, priority 2`
	if got := worldtest.OwnerValue[string](w, "select string_agg(key || ' ' || summary, E'\n' order by key) from station_settings where kind = 'DER_CONTROL'"); got != want {
		t.Errorf("the controls are\n%s", got)
	}
	if got := worldtest.OwnerValue[string](w, "select data::text from station_settings where kind = 'DER_CONTROL' and key = 'c4'"); got !=
		`{"fixedVar": {"unit": "PctMaxVar", "priority": 3, "setpoint": -12.5}, "controlId": "c4", "isDefault": false, "controlType": "FixedVar", "isSuperseded": false}` {
		t.Errorf("a control is kept as %s", got)
	}
}

// A station fetches the limits that its dynamic profile has now; what it doesn't hold it isn't given, nor what another holds.
func TestPullDynamicScheduleUpdate(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	other := w.AddStation(w.B, w.B.Main, "CP1", 1)
	s := onboarded2(t, w, st, "2.1")
	add := func(tenant worldtest.Tenant, station uuid.UUID, id int, kind, status, limits string) {
		w.Owner(`insert into charging_profiles (id, tenant_id, network_id, station_id, evse_no, profile_id, stack_level, purpose, kind, schedules, status)
			values ($1, $2, $3, $4, 1, $5, 0, 'TX_DEFAULT_PROFILE', $6, $7, $8)`, uuid.New(), tenant.ID, tenant.Main, station, id, kind,
			`[{"id":1,"unit":"W","periods":[{"startS":0,`+limits+`}]}]`, status)
	}
	add(w.A, st.ID, 1, "DYNAMIC", "INSTALLED", `"limit":11000.5,"dischargeLimit":-200,"setpointReactiveL3":7,"operationMode":"CentralSetpoint"`)
	add(w.A, st.ID, 2, "ABSOLUTE", "INSTALLED", `"limit":1`)
	add(w.A, st.ID, 3, "DYNAMIC", "CLEARED", `"limit":1`)
	add(w.B, other.ID, 4, "DYNAMIC", "INSTALLED", `"limit":1`)
	got := worldtest.Do[map[string]any](s, "PullDynamicScheduleUpdate", json.RawMessage(`{"chargingProfileId":1}`))
	if fmt.Sprint(got) != "map[scheduleUpdate:map[dischargeLimit:-200 limit:11000.5 setpointReactive_L3:7] status:Accepted]" {
		t.Errorf("the limits were answered %v", got)
	}
	for _, id := range []int{2, 3, 4, 5} {
		if got := ask2(s, "PullDynamicScheduleUpdate", fmt.Sprintf(`{"chargingProfileId":%d}`, id)); got.Status != "Rejected" || got.StatusInfo.AdditionalInfo == "" {
			t.Errorf("profile %d was answered %+v", id, got)
		}
	}
}

const (
	hashes = `"hashAlgorithm":"SHA256","issuerNameHash":"aa","issuerKeyHash":"bb","serialNumber":"01"`
	ocsp   = `{"ocspRequestData":{` + hashes + `,"responderURL":"https://ocsp.example"}}`
	chain  = `{"certificateStatusRequests":[{"source":"OCSP","urls":["https://ocsp.example"],"certificateHashData":{` + hashes + `}},
		{"source":"CRL","urls":["https://crl.example"],"certificateHashData":{` + hashes + `}}]}`
	contract = `{"iso15118SchemaVersion":"urn:iso:15118:2:2013:MsgDef","action":"Update","exiRequest":"AAAA"}`
)

// Nobody vouches for certificates, and no register of VAT numbers is there: stations are told so, and it is kept.
func TestPlugAndCharge_NobodyVouches(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		for action, payload := range map[string]string{"GetCertificateStatus": ocsp, "Get15118EVCertificate": contract} {
			if got := ask2(s, action, payload); got.Status != "Failed" || got.StatusInfo.ReasonCode != "NotEnabled" || !strings.Contains(got.StatusInfo.AdditionalInfo, "not set up") {
				t.Errorf("%s was answered %+v", action, got)
			}
		}
		want := "CERTIFICATE Get15118EVCertificate Update, CERTIFICATE GetCertificateStatus 01"
		if version == "2.1" {
			answer := worldtest.Do[struct{ CertificateStatus []answer2 }](s, "GetCertificateChainStatus", json.RawMessage(chain))
			if len(answer.CertificateStatus) != 2 || answer.CertificateStatus[0].Status != "Failed" || answer.CertificateStatus[1].Status != "Failed" {
				t.Errorf("the chain was answered %+v", answer)
			}
			if got := ask2(s, "VatNumberValidation", `{"vatNumber":"XX123","evseId":1}`); got.Status != "Rejected" || got.StatusInfo.AdditionalInfo == "" {
				t.Errorf("a VAT number was answered %+v", got)
			}
			want = "CERTIFICATE Get15118EVCertificate Update, CERTIFICATE GetCertificateChainStatus , CERTIFICATE GetCertificateStatus 01, PAYMENT VatNumberValidation XX123"
		}
		if got := worldtest.OwnerValue[string](w, "select string_agg(kind || ' ' || type || ' ' || value, ', ' order by kind, type) from station_events where station_id = $1", st.ID); got != want {
			t.Errorf("the events are %s", got)
		}
	})
}

// operator vouches for certificates as a test has it.
type operator struct{ err error }

func (o operator) CertificateStatus(_ context.Context, st journal.Origin, c charging.CertificateID) (string, error) {
	return fmt.Sprint("result for ", c.SerialNumber, " ", c.URLs, " ", st.Station != uuid.Nil), o.err
}

func (o operator) ChainStatus(context.Context, journal.Origin, []charging.CertificateID) ([]charging.CertificateStanding, error) {
	return []charging.CertificateStanding{{Status: "Good", NextUpdate: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}}, o.err
}

func (o operator) ContractCertificate(_ context.Context, _ journal.Origin, r charging.ContractRequest) (charging.ContractAnswer, error) {
	remaining := int64(2)
	return charging.ContractAnswer{EXI: fmt.Sprint(r.EXI, r.Update), Remaining: &remaining}, o.err
}

// With somebody who vouches, stations are given the answers; an error reaches them in the words that are meant for them.
func TestPlugAndCharge_SomebodyVouches(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.Charging.UsePlugAndCharge(operator{})
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := onboarded2(t, w, st, "2.1")
	for _, c := range []struct{ action, payload, want string }{
		{"GetCertificateStatus", ocsp, "map[ocspResult:result for 01 [https://ocsp.example] true status:Accepted]"},
		{"Get15118EVCertificate", contract, "map[exiResponse:AAAAtrue remainingContracts:2 status:Accepted]"},
		{"GetCertificateChainStatus", chain, "map[certificateStatus:[map[certificateHashData:map[hashAlgorithm:SHA256 issuerKeyHash:bb issuerNameHash:aa serialNumber:01]" +
			" nextUpdate:2030-01-01T00:00:00.000Z source:OCSP status:Good] map["},
	} {
		if got := fmt.Sprint(worldtest.Do[map[string]any](s, c.action, json.RawMessage(c.payload))); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s was answered %s", c.action, got)
		}
	}
	w2 := worldtest.New(t)
	w2.Charging.UsePlugAndCharge(operator{fault.New(fault.Unavailable, "The pool of contracts doesn't answer.")})
	s2 := onboarded2(t, w2, w2.AddStation(w2.A, w2.A.Main, "CP1", 1), "2.1")
	if got := ask2(s2, "Get15118EVCertificate", contract); got.Status != "Failed" || got.StatusInfo.AdditionalInfo != "The pool of contracts doesn't answer." {
		t.Errorf("an error was answered %+v", got)
	}
}
