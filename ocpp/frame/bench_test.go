package frame_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v201"
)

const statusPayload = `{"connectorId":1,"errorCode":"NoError","info":"","status":"Charging","timestamp":"2026-03-01T10:00:00.123Z","vendorId":"demo"}`

func meterPayload() string {
	var samples []string
	for _, phase := range []string{"L1", "L2", "L3"} {
		samples = append(samples,
			fmt.Sprintf(`{"value":"16.02","context":"Sample.Periodic","format":"Raw","measurand":"Current.Import","phase":"%s","location":"Outlet","unit":"A"}`, phase),
			fmt.Sprintf(`{"value":"230.4","context":"Sample.Periodic","format":"Raw","measurand":"Voltage","phase":"%s","location":"Outlet","unit":"V"}`, phase))
	}
	samples = append(samples, `{"value":"1234567","context":"Sample.Periodic","format":"Raw","measurand":"Energy.Active.Import.Register","location":"Outlet","unit":"Wh"}`)
	return `{"connectorId":1,"transactionId":4711,"meterValue":[{"timestamp":"2026-03-01T10:00:00Z","sampledValue":[` + strings.Join(samples, ",") + `]}]}`
}

// eventPayload is a TransactionEvent of 1.5 KB.
func eventPayload() string {
	var samples []string
	for i, measurand := range []string{
		"Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "Current.Import", "Current.Import", "Voltage", "Voltage",
	} {
		samples = append(samples, fmt.Sprintf(
			`{"value":%d.5,"context":"Sample.Periodic","measurand":"%s","phase":"L%d","location":"Outlet","unitOfMeasure":{"unit":"Wh","multiplier":0}}`,
			1000+i, measurand, 1+i%3))
	}
	return `{"eventType":"Updated","timestamp":"2026-03-01T10:00:00.123Z","triggerReason":"MeterValuePeriodic","seqNo":12,"offline":false,` +
		`"numberOfPhasesUsed":3,"cableMaxCurrent":32,"transactionInfo":{"transactionId":"2f5d3a1e-2c4b-4f0e-9a55-0b6f7c8d9e0f","chargingState":"Charging","timeSpentCharging":1234},` +
		`"evse":{"id":1,"connectorId":1},"idToken":{"idToken":"04A2B3C4D5E6F7","type":"ISO14443"},` +
		`"meterValue":[{"timestamp":"2026-03-01T10:00:00.123Z","sampledValue":[` + strings.Join(samples, ",") + `]}]}`
}

func benchmarkDecode(b *testing.B, payload string, decode func([]byte) ([]schema.Repair, error)) {
	text := []byte(payload)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if repairs, err := decode(text); err != nil || len(repairs) > 0 {
			b.Fatal(repairs, err)
		}
	}
}

func BenchmarkDecode16StatusNotification(b *testing.B) {
	benchmarkDecode(b, statusPayload, func(text []byte) ([]schema.Repair, error) {
		_, repairs, err := v16.DecodeRequest("StatusNotification", text)
		return repairs, err
	})
}

func BenchmarkDecode16MeterValues(b *testing.B) {
	benchmarkDecode(b, meterPayload(), func(text []byte) ([]schema.Repair, error) {
		_, repairs, err := v16.DecodeRequest("MeterValues", text)
		return repairs, err
	})
}

func BenchmarkDecode201TransactionEvent(b *testing.B) {
	benchmarkDecode(b, eventPayload(), func(text []byte) ([]schema.Repair, error) {
		_, repairs, err := v201.DecodeRequest("TransactionEvent", text)
		return repairs, err
	})
}

// BenchmarkRepair16MeterValues is the way of a station that sends numbers in place of texts.
func BenchmarkRepair16MeterValues(b *testing.B) {
	text := []byte(strings.NewReplacer(`"16.02"`, `16.02`, `"230.4"`, `230.4`).Replace(meterPayload()))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, repairs, err := v16.DecodeRequest("MeterValues", text); err != nil || len(repairs) != 6 {
			b.Fatal(repairs, err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for name, payload := range map[string]string{"StatusNotification": statusPayload, "TransactionEvent": eventPayload()} {
		action := name
		raw := frame.AppendCall(nil, frame.NewID(), action, []byte(payload))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if f, err := frame.Parse(raw); err != nil || f.Repairs != nil {
					b.Fatal(f, err)
				}
			}
		})
	}
}

func BenchmarkAnswer(b *testing.B) {
	m := &v16.StatusNotificationResponse{}
	b.ReportAllocs()
	out := make([]byte, 0, 256)
	for b.Loop() {
		payload, err := v16.Encode(m)
		if err != nil {
			b.Fatal(err)
		}
		out = frame.AppendCallResult(out[:0], "0193a5e0-0000-7000-8000-000000000000", payload)
	}
}
