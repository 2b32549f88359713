package v16_test

import (
	"errors"
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
