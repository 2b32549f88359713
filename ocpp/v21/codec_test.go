package v21_test

import (
	"errors"
	"testing"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

func TestASendMessageHasNoResponse(t *testing.T) {
	t.Parallel()
	_, _, err := v21.DecodeResponse("NotifyPeriodicEventStream", []byte(`{}`))
	var fault *schema.Error
	if !errors.As(err, &fault) || fault.Code != schema.ProtocolError {
		t.Errorf("got %v", err)
	}
	without := 0
	for name, a := range v21.Actions {
		if a.Name != name || a.NewRequest() == nil || !a.ByStation() && !a.ByCSMS() {
			t.Errorf("%+v", a)
		}
		if a.NewResponse == nil {
			without++
		}
	}
	if without != 1 {
		t.Errorf("%d actions without a response", without)
	}
}

func TestDirections(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]schema.Direction{
		"TransactionEvent": schema.FromStation, "Reset": schema.FromCSMS, "DataTransfer": schema.FromBoth,
		"NotifyWebPaymentStarted": schema.FromCSMS, "NotifySettlement": schema.FromStation,
	} {
		if got := v21.Actions[name].From; got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}
