package v16_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

func TestDecodeRequestReadsAValidCallWithoutRepairs(t *testing.T) {
	t.Parallel()
	m, repairs, err := v16.DecodeRequest("StartTransaction", []byte(
		`{"connectorId":2,"idTag":"TAG-1","meterStart":1500,"timestamp":"2026-01-02T03:04:05.678+01:00"}`))
	if err != nil || len(repairs) > 0 {
		t.Fatalf("got repairs %v, error %v", repairs, err)
	}
	got := m.(*v16.StartTransactionRequest)
	if got.ConnectorID != 2 || got.IDTag != "TAG-1" || got.MeterStart != 1500 || got.ReservationID.Set {
		t.Errorf("got %+v", got)
	}
	if want := time.Date(2026, 1, 2, 2, 4, 5, 678e6, time.UTC); !got.Timestamp.Equal(want) {
		t.Errorf("timestamp %v, want %v", got.Timestamp, want)
	}
}

func TestDecodeRequestRefusesWhatCannotBeSupplied(t *testing.T) {
	t.Parallel()
	_, _, err := v16.DecodeRequest("StartTransaction", []byte(`{"idTag":"TAG-1","meterStart":1,"timestamp":"2026-01-02T03:04:05Z"}`))
	var fault *schema.Error
	if !errors.As(err, &fault) {
		t.Fatalf("got %v, want a *schema.Error", err)
	}
	if got := fault.Code.Spell(frame.V16); got != "OccurenceConstraintViolation" {
		t.Errorf("code %s", got)
	}
	if want := "required member /connectorId is missing"; fault.Description != want {
		t.Errorf("description %q, want %q", fault.Description, want)
	}
}

func TestEncodeWritesTimesInUTCWithMilliseconds(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 2*60*60)
	got, err := v16.Encode(&v16.BootNotificationResponse{
		Status:      v16.RegistrationStatusAccepted,
		CurrentTime: schema.At(time.Date(2026, 1, 2, 3, 4, 5, 678e6, zone)),
		Interval:    300,
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"status":"Accepted","currentTime":"2026-01-02T01:04:05.678Z","interval":300}`; string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEncodeRefusesWhatBreaksTheSchema(t *testing.T) {
	t.Parallel()
	_, err := v16.Encode(&v16.BootNotificationResponse{Status: "Maybe", Interval: 300})
	var invalid *schema.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v, want a *schema.InvalidError", err)
	}
	if len(invalid.Violations) != 2 || invalid.Violations[0].Path != "/status" || invalid.Violations[1].Path != "/currentTime" {
		t.Errorf("got %v", invalid.Violations)
	}
}

func TestDecodeRequestWithoutTheEnvelopesCare(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		action, payload string
		repairs         int
		code            string
	}{
		"member twice":        {"Authorize", `{"idTag":"A","idTag":"B"}`, 1, ""},
		"text cut":            {"Authorize", `{"idTag":"A`, 0, "FormationViolation"},
		"something behind":    {"Authorize", `{"idTag":"A"}{}`, 0, "FormationViolation"},
		"an array":            {"Authorize", `["A"]`, 0, "FormationViolation"},
		"nothing":             {"Authorize", ``, 0, "FormationViolation"},
		"null":                {"Heartbeat", `null`, 1, ""},
		"action in lowercase": {"authorize", `{"idTag":"A"}`, 1, ""},
		"action of 2.0.1":     {"TransactionEvent", `{}`, 0, "NotImplemented"},
		"escaped name":        {"Authorize", `{"\u0069dTag":"A"}`, 0, ""},
		"control character":   {"Authorize", `{"idTag":"A\u0000"}`, 1, ""},
	} {
		m, repairs, err := v16.DecodeRequest(c.action, []byte(c.payload))
		var fault *schema.Error
		code := ""
		if errors.As(err, &fault) {
			code = fault.Code.Spell(frame.V16)
		}
		if code != c.code || len(repairs) != c.repairs || (m == nil) != (err != nil) {
			t.Errorf("%s: %v, repairs %v, error %v", name, m, repairs, err)
		}
	}
	m, _, err := v16.Decode[v16.AuthorizeRequest]([]byte(`{"idTag":"A","idTag":"B"}`))
	if err != nil || m.IDTag != "B" {
		t.Errorf("of members that stand twice the last counts; got %+v, %v", m, err)
	}
}

func TestMessagesInEncodingJSON(t *testing.T) {
	t.Parallel()
	profile := v16.ChargingProfile{
		ChargingProfileID: 1, ChargingProfilePurpose: v16.ChargingProfilePurposeTxProfile, ChargingProfileKind: v16.ChargingProfileKindRelative,
		ChargingSchedule: v16.ChargingSchedule{
			ChargingRateUnit: v16.ChargingRateUnitA, Duration: schema.Some[int64](60),
			ChargingSchedulePeriod: []v16.ChargingSchedulePeriod{{Limit: 16.1}},
		},
	}
	text, err := json.Marshal(&profile)
	if err != nil {
		t.Fatal(err)
	}
	var back v16.ChargingProfile
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, profile) {
		t.Errorf("went as %+v, came back as %+v", profile, back)
	}
}

func TestNumbersLeaveAsPlainDigits(t *testing.T) {
	t.Parallel()
	for limit, want := range map[float64]string{0: "0", 16.1: "16.1", 22000: "22000", 1234567.5: "1234567.5", -0.5: "-0.5"} {
		m := v16.ChargingSchedulePeriod{Limit: limit}
		if got := string(m.AppendJSON(nil)); got != `{"startPeriod":0,"limit":`+want+`}` {
			t.Errorf("%v left as %s", limit, got)
		}
	}
}

func TestEncodeRefusesMoreDecimalsThanAllowed(t *testing.T) {
	t.Parallel()
	schedule := v16.ChargingSchedule{ChargingRateUnit: v16.ChargingRateUnitA, ChargingSchedulePeriod: []v16.ChargingSchedulePeriod{{Limit: 16.25}}}
	m := &v16.GetCompositeScheduleResponse{Status: v16.GetCompositeScheduleStatusAccepted, ChargingSchedule: &schedule}
	for _, limit := range []float64{16.25, math.NaN(), math.Inf(1)} {
		schedule.ChargingSchedulePeriod[0].Limit = limit
		if _, err := v16.Encode(m); err == nil {
			t.Errorf("limit %v was let out", limit)
		}
	}
	schedule.ChargingSchedulePeriod[0].Limit = 16.2
	if _, err := v16.Encode(m); err != nil {
		t.Error(err)
	}
}
