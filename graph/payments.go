package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/payment"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/deadjobs"
)

func accountPayload(a *ent.PaymentAccount) *model.PaymentAccountPayload {
	return &model.PaymentAccountPayload{PaymentAccount: a}
}

func methodPayload(m *ent.PaymentMethod) *model.PaymentMethodPayload {
	return &model.PaymentMethodPayload{PaymentMethod: m}
}

func reconciliationPayload(r *ent.Reconciliation) *model.ReconciliationPayload {
	return &model.ReconciliationPayload{Reconciliation: r}
}

// inApp reports whether a top-up is paid in an app.
func inApp(via *model.TopUpVia) bool { return via != nil && *via == model.TopUpViaCheckout }

// checkoutOf is what an app is given, where it pays.
func checkoutOf(c *payments.Checkout) *model.Checkout {
	if c == nil {
		return nil
	}
	return &model.Checkout{
		Provider: payment.Provider(c.Provider), Key: orNil(c.Key), OrderID: c.Ref, ClientSecret: orNil(c.ClientSecret), Amount: amountOf(c.Asked, c.Currency),
		MinorUnits: strconv.FormatInt(c.Order.Amount, 10), Name: c.Name, Description: c.Description,
	}
}

// payIn is an amount as somebody wrote it, for the domain to read once it knows the currency.
func payIn(m *model.MoneyInput) payments.Amount {
	if m == nil {
		return payments.Amount{}
	}
	return payments.Amount{Value: m.Amount, Currency: m.Currency}
}

// cameIn shows an amount of a payment in the currency that came in, which is another one only where that is flagged.
func (r *Resolver) cameIn(ctx context.Context, p *ent.Payment, minor int64) (*model.Money, error) {
	for _, flag := range p.Flags {
		if flag != "CURRENCY_DIFFERS" {
			continue
		}
		figures, err := r.Payments.Figures(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		return amountOf(minor, figures.Currency), nil
	}
	return amountOf(minor, p.Currency), nil
}

func (r *Resolver) refundPayment(ctx context.Context, f payments.Refund) (*model.RefundPaymentPayload, error) {
	done, err := r.Payments.Refund(ctx, f)
	if err != nil {
		return nil, err
	}
	paid, err := r.ent().Payment.Get(ctx, f.Payment)
	if err != nil {
		return nil, fmt.Errorf("load the payment: %w", err)
	}
	return &model.RefundPaymentPayload{Refund: done.Refund, Payment: paid, Message: orNil(done.Message)}, nil
}

func disputesOf(f payments.Figures) []*model.PaymentDispute {
	out := make([]*model.PaymentDispute, len(f.Disputes))
	for i, d := range f.Disputes {
		out[i] = &model.PaymentDispute{
			Ref: d.Ref, Amount: amountOf(d.Amount, f.Currency), Taken: amountOf(d.Taken, f.Currency), Fee: amountOf(d.Fee, f.Currency), Reason: d.Reason,
			Outcome: model.DisputeOutcome(d.Outcome), CreatedAt: d.CreatedAt,
		}
	}
	return out
}

func bookingsOf(booked []payments.Booking) []*model.PaymentBooking {
	out := make([]*model.PaymentBooking, len(booked))
	for i, b := range booked {
		out[i] = &model.PaymentBooking{
			TransactionID: b.Transaction, At: b.At, Kind: b.Kind, AccountKind: model.LedgerAccountKind(b.Account), Amount: amountOf(b.Amount, b.Currency), Memo: b.Memo,
		}
	}
	return out
}

// foundIn reads what a reconciliation found.
func foundIn(r *ent.Reconciliation) ([]*model.PaymentDifference, error) {
	var found []payments.Difference
	if err := json.Unmarshal([]byte(r.Differences), &found); err != nil {
		return nil, fmt.Errorf("read what reconciliation %s found: %w", r.ID, err)
	}
	out := make([]*model.PaymentDifference, len(found))
	for i, d := range found {
		out[i] = &model.PaymentDifference{
			PaymentID: d.Payment, Finding: model.PaymentFinding(d.Finding), Booked: amountOf(d.Booked, d.Currency), Provider: amountOf(d.Provider, d.Currency),
			Resolved: d.Resolved, Reason: d.Reason,
		}
	}
	return out, nil
}

// autoTopUpLine reads what a wallet shall be topped up with.
func autoTopUpLine(in model.UpdateWalletAutoTopUpInput) payments.Line {
	return payments.Line{Wallet: in.WalletID, Below: payIn(in.Below), Amount: payIn(in.Amount), Method: or(in.PaymentMethodID), Off: or(in.Off)}
}

func deadJobOf(j *deadjobs.Job) *model.DeadJob {
	out := &model.DeadJob{ID: j.ID, Kind: j.Kind, What: j.What, Error: j.Error, Attempts: j.Attempts, FailedAt: j.FailedAt, About: make([]*model.JobSubject, len(j.About))}
	for i, t := range j.About {
		out.About[i] = &model.JobSubject{Kind: t.Kind, ID: t.ID}
	}
	return out
}

func (r *Resolver) deadJobs(ctx context.Context, first int) ([]*model.DeadJob, error) {
	dead, err := r.DeadJobs.List(ctx, first)
	if err != nil {
		return nil, err
	}
	out := make([]*model.DeadJob, len(dead))
	for i := range dead {
		out[i] = deadJobOf(&dead[i])
	}
	return out, nil
}

// amountForWallet is an amount in the currency that is named, or in the wallet's.
func (r *Resolver) amountForWallet(ctx context.Context, wallet uuid.UUID, amount decimal.Decimal, currency *string) (payments.Amount, error) {
	if currency == nil {
		w, err := r.ent().Wallet.Get(ctx, wallet)
		if err != nil {
			return payments.Amount{}, missing(err, "wallet")
		}
		currency = &w.Currency
	}
	return payments.Amount{Value: amount.String(), Currency: *currency}, nil
}
