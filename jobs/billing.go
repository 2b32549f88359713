package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/receipts"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/tenancy"
)

// as runs a job as its tenant. One that names none is given up.
func as(ctx context.Context, tenant uuid.UUID, actor func(uuid.UUID) tenancy.Viewer) (context.Context, error) {
	if tenant == uuid.Nil {
		return nil, river.JobCancel(errors.New("the job names no tenant"))
	}
	return tenancy.NewContext(ctx, actor(tenant)), nil
}

type retryWorker struct {
	river.WorkerDefaults[charges.Retry]
	parts Parts
}

// Work tries a charge again, every half hour until it is paid or a day is over.
func (w *retryWorker) Work(ctx context.Context, job *river.Job[charges.Retry]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	again, err := w.parts.Charges.Collect(ctx, job.Args.Charge)
	if err == nil && again {
		return river.JobSnooze(charges.RetryAfter)
	}
	return given(err)
}

type retryWalletWorker struct {
	river.WorkerDefaults[charges.RetryWallet]
	parts Parts
}

// Work collects what a wallet owes, because something came in.
func (w *retryWalletWorker) Work(ctx context.Context, job *river.Job[charges.RetryWallet]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	return w.parts.Charges.CollectWallet(ctx, job.Args.Wallet)
}

type settleWorker struct {
	river.WorkerDefaults[charges.SettleLater]
	parts Parts
}

// Work bills a session whose billing went wrong, or that waited for its events.
func (w *settleWorker) Work(ctx context.Context, job *river.Job[charges.SettleLater]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	return given(w.parts.Charges.SettleAgain(ctx, job.Args.Session))
}

type writeReceiptWorker struct {
	river.WorkerDefaults[charges.WriteReceipt]
	parts Parts
}

// Work writes the receipt of a charge or of a correction, in the order of what happened.
func (w *writeReceiptWorker) Work(ctx context.Context, job *river.Job[charges.WriteReceipt]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	err = w.parts.Receipts.Write(ctx, job.Args.Charge, job.Args.Correction)
	if errors.Is(err, receipts.ErrEarly) {
		return river.JobSnooze(earlyPause)
	}
	return given(err)
}

// earlyPause is how long a correction's paper waits for the one that it corrects.
const earlyPause = 5 * time.Second

type sendReceiptWorker struct {
	river.WorkerDefaults[receipts.Send]
	parts Parts
}

// Work mails a receipt.
func (w *sendReceiptWorker) Work(ctx context.Context, job *river.Job[receipts.Send]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	return given(w.parts.Receipts.Mail(ctx, job.Args.Receipt))
}

// VerifyBooks is the job that looks through a tenant's books, once a day.
type VerifyBooks struct {
	Tenant uuid.UUID `json:"tenant"`
}

// Kind names the job.
func (VerifyBooks) Kind() string { return "verify_books" }

type verifyWorker struct {
	river.WorkerDefaults[VerifyBooks]
	parts Parts
}

// Work raises an issue where the books aren't what they were, and settles it once they are again.
func (w *verifyWorker) Work(ctx context.Context, job *river.Job[VerifyBooks]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	report, err := ledger.Verify(ctx, w.parts.DB)
	if err != nil {
		return err
	}
	return w.parts.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if len(report.Findings) == 0 {
			return w.parts.Issues.Settle(ctx, tx, uuid.Nil, issues.BooksWrong, "books")
		}
		w.parts.Logger.Error("a tenant's books don't verify", "tenant", job.Args.Tenant, "findings", len(report.Findings), "first", report.Findings[0].What)
		return w.parts.Issues.Raise(ctx, tx, issues.Issue{
			Kind: issues.BooksWrong, Severity: issues.Critical, Cause: "books", Details: map[string]string{"reason": report.Findings[0].What},
		})
	})
}

// given gives a job up whose object isn't there for its tenant: it never will be.
func given(err error) error {
	if fault.Is(err, fault.NotFound) {
		return river.JobCancel(err)
	}
	return err
}
