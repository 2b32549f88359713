package graph

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/chargecorrection"
	"github.com/busbar-ev/busbar/ent/chargingsession"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/billing/rating"
)

// due is what a charge comes to with the corrections that were applied.
func (r *Resolver) due(ctx context.Context, c *ent.Charge) (*model.Money, error) {
	corrections, err := c.QueryCorrections().Where(chargecorrection.StatusEQ(chargecorrection.StatusAPPLIED)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the charge's corrections: %w", err)
	}
	sum := c.Gross
	for _, x := range corrections {
		sum += x.Gross
	}
	return amountOf(sum, c.Currency), nil
}

// presentBill is the newest bill of a charge that counts.
func (r *Resolver) presentBill(ctx context.Context, c *ent.Charge) (*model.Bill, error) {
	text := c.Bill
	newest, err := c.QueryCorrections().Where(chargecorrection.StatusEQ(chargecorrection.StatusAPPLIED), chargecorrection.BillNotNil()).
		Order(ent.Desc(chargecorrection.FieldID)).First(ctx)
	switch {
	case err == nil:
		text = *newest.Bill
	case !ent.IsNotFound(err):
		return nil, fmt.Errorf("load the charge's corrections: %w", err)
	}
	bill, err := storedBill(text)
	if err != nil {
		return nil, err
	}
	return billOf(bill), nil
}

// correctionLines is a correction line by line, beside the bill that counted before it.
func (r *Resolver) correctionLines(ctx context.Context, x *ent.ChargeCorrection) ([]*model.BillDifference, error) {
	if x.Bill == nil {
		return nil, nil
	}
	c, err := x.QueryCharge().Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the correction's charge: %w", err)
	}
	text := c.Bill
	earlier, err := c.QueryCorrections().Where(chargecorrection.StatusEQ(chargecorrection.StatusAPPLIED), chargecorrection.BillNotNil(), chargecorrection.IDLT(x.ID)).
		Order(ent.Desc(chargecorrection.FieldID)).First(ctx)
	switch {
	case err == nil:
		text = *earlier.Bill
	case !ent.IsNotFound(err):
		return nil, fmt.Errorf("load the charge's corrections: %w", err)
	}
	before, err := storedBill(text)
	if err != nil {
		return nil, err
	}
	after, err := storedBill(*x.Bill)
	if err != nil {
		return nil, err
	}
	difference, err := rating.Compare(before, after)
	if err != nil {
		return nil, err
	}
	return differencesOf(difference, x.Currency), nil
}

// cost is what a session cost, by its charge, or costs so far.
func (r *Resolver) cost(ctx context.Context, s *ent.ChargingSession) (*model.Bill, error) {
	if s.Status != chargingsession.StatusPENDING && s.Status != chargingsession.StatusRUNNING {
		c, err := s.QueryCharge().Only(ctx)
		if err == nil {
			return r.presentBill(ctx, c)
		}
		if !ent.IsNotFound(err) {
			return nil, fmt.Errorf("load the session's charge: %w", err)
		}
	}
	bill, err := r.Charges.CostOf(ctx, r.DB, s.ID)
	if err != nil || bill == nil {
		return nil, err
	}
	return billOf(*bill), nil
}

// tariffOfVersion is the tariff of a version; null where the viewer doesn't see it.
func (r *Resolver) tariffOfVersion(ctx context.Context, id uuid.UUID) (*ent.Tariff, error) {
	v, err := r.ent().TariffVersion.Get(ctx, id)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	return found(v.QueryTariff().Only(ctx))
}

// afterwards is the charge once something was done with it.
func (r *Resolver) afterwards(ctx context.Context, id uuid.UUID, err error) (*model.ChargePayload, error) {
	if err != nil {
		return nil, err
	}
	c, err := r.ent().Charge.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("load the charge: %w", err)
	}
	return &model.ChargePayload{Charge: c}, nil
}

func (r *Resolver) refundCharge(ctx context.Context, in model.RefundChargeInput) (*model.ChargePayload, error) {
	c, err := r.ent().Charge.Get(ctx, in.ChargeID)
	if err != nil {
		return nil, missing(err, "charge")
	}
	var amount *int64
	if in.Amount != nil {
		minor, err := minorOf("amount", in.Amount, c.Currency)
		if err != nil {
			return nil, err
		}
		amount = &minor
	}
	return r.afterwards(ctx, c.ID, r.Charges.Refund(ctx, c.ID, amount, in.Reason, in.IdempotencyKey))
}

func (r *Resolver) decideCorrection(ctx context.Context, in model.DecideCorrectionInput) (*model.ChargePayload, error) {
	x, err := r.ent().ChargeCorrection.Get(ctx, in.CorrectionID)
	if err != nil {
		return nil, missing(err, "correction")
	}
	return r.afterwards(ctx, x.ChargeID, r.Charges.Decide(ctx, x.ID, in.Apply, or(in.Reason)))
}

func (r *Resolver) rebill(ctx context.Context, in model.RebillSessionInput) (*model.RebillPayload, error) {
	replayed, err := r.Charges.Rebill(ctx, in.SessionID, or(in.TariffVersionID), or(in.Apply), or(in.Reason))
	if err != nil {
		return nil, err
	}
	s, err := r.ent().ChargingSession.Get(ctx, in.SessionID)
	if err != nil {
		return nil, fmt.Errorf("load the session: %w", err)
	}
	currency := replayed.After.Currency
	out := &model.RebillPayload{
		Session: s, After: billOf(replayed.After), Differences: differencesOf(replayed.Difference, currency), Total: amountOf(replayed.Difference.GrossMinor, currency),
	}
	if replayed.Before != nil {
		out.Before = billOf(*replayed.Before)
	}
	return out, nil
}
