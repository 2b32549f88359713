package simulator

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Somebody pays at the terminal: the token is the payment, nobody is asked about it, and what the session costs is settled at its end,
// also when the station is offline then.
func TestPaymentAtTheTerminal(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		c.on("TransactionEvent", func(g got) schema.Message {
			answer := &v21.TransactionEventResponse{}
			if r := g.request.(*v21.TransactionEventRequest); r.IDToken != nil {
				answer.IDTokenInfo = &v21.IDTokenInfo{Status: v21.AuthorizationStatusAccepted}
			}
			if g.request.(*v21.TransactionEventRequest).EventType == v21.TransactionEventTypeEnded {
				answer.TotalCost = schema.Some(4.25)
			}
			return answer
		})
		s := c.switchOn(Options{SampleInterval: 10 * time.Hour})
		c.take()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 60_000, SoC: 0.3, MaxACPowerW: 11_000}))
		ok(t, s.PayAtTerminal(t.Context(), 1, "PSP-1"))
		begun := c.take()
		expect(t, begun, "Started CablePluggedIn EVConnected", "1 Occupied", "Updated Authorized EVConnected", "Updated ChargingStateChanged Charging")
		events := all[v21.TransactionEventRequest](begun)
		if token := events[1].IDToken; token == nil || token.IDToken != "PSP-1" || token.Type != "DirectPayment" {
			t.Errorf("the session is paid by %+v", token)
		}
		pass(time.Hour)
		ok(t, s.Disconnect(t.Context(), time.Minute))
		ok(t, s.StopLocal(t.Context(), 1))
		pass(2 * time.Minute)
		ended := quiet(c.take())
		expect(t, ended, "Ended StopAuthorized EVConnected Local", "NotifySettlement")
		settled := all[v21.NotifySettlementRequest](ended)[0]
		if settled.Status != v21.PaymentStatusSettled || settled.SettlementAmount != 4.25 || settled.PspRef != "PSP-1" || settled.TransactionID != events[0].TransactionInfo.TransactionID || settled.ReceiptID == "" {
			t.Errorf("the payment was settled as %+v", settled)
		}
		if err := s.PayAtTerminal(t.Context(), 9, "PSP-2"); err == nil {
			t.Error("somebody paid at a connector that isn't there")
		}
	})
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{})
		if err := s.PayAtTerminal(t.Context(), 1, "PSP-1"); (err == nil) != (c.version.String() == "2.1") {
			t.Errorf("a payment at a station of %v ended with %v", c.version, err)
		}
	})
}

// What costs nothing is cancelled. Of those who come by themselves every third pays by card.
func TestPaymentsOfThoseWhoCome(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		c.switchOn(Options{Behaviour: Charging, PaymentTerminal: true, Connectors: []ConnectorOptions{{Type: DC, MaxPowerW: 150_000}}, IDTags: []string{"A"}})
		pass(8 * time.Hour)
		sessions, paid := 0, 0
		for _, g := range c.take() {
			switch r := g.request.(type) {
			case *v21.TransactionEventRequest:
				if r.EventType == v21.TransactionEventTypeEnded {
					sessions++
				}
			case *v21.NotifySettlementRequest:
				if paid++; r.Status != v21.PaymentStatusCanceled || r.SettlementAmount != 0 {
					t.Errorf("a session that costs nothing was settled as %+v", r)
				}
			}
		}
		if paid == 0 || paid < sessions/3-1 || paid > sessions/3+1 {
			t.Errorf("%d of %d sessions were paid by card", paid, sessions)
		}
	})
}
