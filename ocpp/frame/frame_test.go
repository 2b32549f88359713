package frame_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v201"
)

func TestAppend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, got, want string }{
		{"call", string(frame.AppendCall(nil, "1", "Reset", []byte(`{"type":"Soft"}`))), `[2,"1","Reset",{"type":"Soft"}]`},
		{"call without payload", string(frame.AppendCall(nil, "1", "ClearCache", nil)), `[2,"1","ClearCache",{}]`},
		{"send", string(frame.AppendSend(nil, "1", "X", nil)), `[6,"1","X",{}]`},
		{"result", string(frame.AppendCallResult([]byte("…"), `a"b`, nil)), `…[3,"a\"b",{}]`},
		{"error", string(frame.AppendCallError(nil, "1", "GenericError", "no\nway", nil)), `[4,"1","GenericError","no\nway",{}]`},
		{"result error", string(frame.AppendCallResultError(nil, "1", "GenericError", "", []byte(`{"a":1}`))), `[5,"1","GenericError","",{"a":1}]`},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, c.got, c.want)
		}
	}
}

func TestErrorDescriptionIsCutTo255Characters(t *testing.T) {
	t.Parallel()
	f, err := frame.Parse(frame.AppendCallError(nil, "1", "GenericError", strings.Repeat("é", 300), nil))
	if err != nil || utf8.RuneCountInString(f.ErrorDescription) != 255 {
		t.Errorf("%d characters, %v", utf8.RuneCountInString(f.ErrorDescription), err)
	}
}

func TestNewIDIsUniqueAndFits(t *testing.T) {
	t.Parallel()
	a, b := frame.NewID(), frame.NewID()
	if a == b || len(a) != 36 {
		t.Errorf("%s, %s", a, b)
	}
}

func TestParseRefusesFramesThatAreTooLarge(t *testing.T) {
	t.Parallel()
	_, err := frame.Parse([]byte(`[2,"1","DataTransfer",{"vendorId":"` + strings.Repeat("x", frame.MaxBytes) + `"}]`))
	var fault *frame.Error
	if !errors.As(err, &fault) || fault.Answerable(frame.V16) {
		t.Errorf("%v", err)
	}
	_, err = frame.Parse([]byte(`[2,"` + strings.Repeat("x", frame.MaxID+1) + `","Heartbeat",{}]`))
	if !errors.As(err, &fault) || fault.ID != "" {
		t.Errorf("%v", err)
	}
}

func TestParseTakesMessagesAtTheDepthLimit(t *testing.T) {
	t.Parallel()
	// The frame, the payload and data's own brackets.
	nested := strings.Repeat("[", frame.MaxDepth-2) + strings.Repeat("]", frame.MaxDepth-2)
	f, err := frame.Parse([]byte(`[2,"1","DataTransfer",{"vendorId":"x","data":` + nested + `}]`))
	if err != nil || len(f.Repairs) > 0 {
		t.Fatalf("%v, %v", f.Repairs, err)
	}
	if _, err = frame.Parse([]byte(`[2,"1","DataTransfer",{"vendorId":"x","data":[` + nested + `]}]`)); err == nil {
		t.Error("one level more was taken")
	}
	// Brackets in texts do not nest.
	if _, err = frame.Parse([]byte(`[2,"1","DataTransfer",{"vendorId":"` + strings.Repeat(`[{\"`, 80) + `"}]`)); err != nil {
		t.Error(err)
	}
}

func TestRepairsOfOneFrameAreBounded(t *testing.T) {
	t.Parallel()
	f, err := frame.Parse([]byte(`[2,"1","MeterValues",{"connectorId":1,"meterValue":[` + strings.Repeat(",", 5000) + `]}]`))
	if err != nil || len(f.Repairs) > 60 {
		t.Errorf("%d repairs, %v", len(f.Repairs), err)
	}
}

func TestHugeBrokenFramesAreReadInLinearTime(t *testing.T) {
	t.Parallel()
	var names strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&names, `"name%d":1,`, i)
	}
	bad := strings.Repeat(`{"timestamp":0,"sampledValue":[{"value":1,"unit":"x"}]},`, 15_000)
	for what, raw := range map[string]string{
		"many members":  `[2,"1","Heartbeat",{` + names.String() + `}]`,
		"many repairs":  `[2,"1","MeterValues",{"connectorId":1,"meterValue":[` + strings.TrimSuffix(bad, ",") + `]}]`,
		"open brackets": `[2,"1","MeterValues",{"a":` + strings.Repeat("[", frame.MaxBytes/2),
		"open objects":  `[2,"1","MeterValues",{"a":` + strings.Repeat(`{"a":`, 50) + strings.Repeat(`1,"b":`, 100_000),
	} {
		started := time.Now()
		f, err := frame.Parse([]byte(raw))
		if err == nil {
			var repairs []frame.Repair
			if _, repairs, err = v16.DecodeRequest(f.Action, f.Payload); len(repairs) > 101 {
				t.Errorf("%s: %d repairs", what, len(repairs))
			}
		}
		// Milliseconds in truth; a quadratic reading takes minutes.
		if took := time.Since(started); took > 10*time.Second {
			t.Errorf("%s: %v (%v)", what, took, err)
		}
	}
}

func TestCodesAreSpelledAsEachVersionHasThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code      frame.Code
		v16, v201 string
	}{
		{schema.FormatViolation, "FormationViolation", "FormatViolation"},
		{schema.OccurrenceConstraintViolation, "OccurenceConstraintViolation", "OccurrenceConstraintViolation"},
		{schema.MessageTypeNotSupported, "ProtocolError", "MessageTypeNotSupported"},
		{schema.RPCFrameworkError, "ProtocolError", "RpcFrameworkError"},
		{schema.NotImplemented, "NotImplemented", "NotImplemented"},
	} {
		if got := c.code.Spell(frame.V16); got != c.v16 {
			t.Errorf("1.6: %s, want %s", got, c.v16)
		}
		if got := c.code.Spell(frame.V201); got != c.v201 {
			t.Errorf("2.0.1: %s, want %s", got, c.v201)
		}
	}
}

func TestTypesOfEachVersion(t *testing.T) {
	t.Parallel()
	for v, want := range map[frame.Version]int{frame.V16: 3, frame.V201: 3, frame.V21: 5} {
		n := 0
		for i := range frame.Type(10) {
			if i.In(v) {
				n++
			}
		}
		if n != want {
			t.Errorf("%s has %d message types, want %d", v, n, want)
		}
	}
}

// Not parallel: AllocsPerRun counts the whole process's allocations.
func TestDecodingATransactionEventAllocatesLittle(t *testing.T) {
	text := []byte(eventPayload())
	if len(text) < 1500 {
		t.Fatalf("the payload has only %d bytes", len(text))
	}
	n := testing.AllocsPerRun(100, func() {
		if _, repairs, err := v201.DecodeRequest("TransactionEvent", text); err != nil || len(repairs) > 0 {
			t.Fatal(repairs, err)
		}
	})
	if n >= 20 {
		t.Errorf("%v allocations", n)
	}
}
