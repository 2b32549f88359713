package simulator

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// directPayment is the type of the token of somebody who pays at the station's terminal (OCPP 2.1 Part 2, C18 to C25). Its id is the
// reference of the payment, and nobody is asked whether it may charge: the terminal has a hold on the card.
const directPayment = "DirectPayment"

// PayAtTerminal is somebody who holds a card to the payment terminal: the session begins as with any token, and what it costs is
// settled at its end. Stations of OCPP 2.1 have one.
func (s *Station) PayAtTerminal(ctx context.Context, connectorNo int, reference string) error {
	return s.at(ctx, connectorNo, func(c *connector) error {
		spoken, ok := s.dialect.(*station2x)
		switch {
		case !ok || !spoken.is21():
			return errors.New("only stations of OCPP 2.1 have a payment terminal")
		case c.tx != nil:
			return fmt.Errorf("connector %d has a session already", connectorNo)
		}
		s.allow(c, token{reference, directPayment})
		return nil
	})
}

// settle tells that a payment was settled, or that nothing had to be paid. The amount is what the CSMS said, or what the tariff makes
// of the session.
func (s *station2x) settle(c *connector, sess *session2x, t token) func() {
	if !s.is21() || t.kind != directPayment {
		return func() {}
	}
	byTariff := price(sess, c.meterWh)
	return func() {
		r := v21.NotifySettlementRequest{
			TransactionID: sess.id, PspRef: t.id, Status: v21.PaymentStatusSettled, SettlementAmount: math.Round(100*max(sess.cost, byTariff)) / 100,
			SettlementTime: timeNow(s.Station), ReceiptID: "R-" + sess.id[:8],
		}
		if r.SettlementAmount == 0 {
			r.Status, r.ReceiptID = v21.PaymentStatusCanceled, ""
		}
		s.send(&call{action: "NotifySettlement", keep: true, about: sess.id, request: func() schema.Message { return &r }})
	}
}
