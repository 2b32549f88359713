package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/tenancy"
)

// addPayments adds the workers of payments.
func addPayments(workers *river.Workers, p Parts) {
	river.AddWorker(workers, &paymentWorker{parts: p})
	river.AddWorker(workers, &eventWorker{parts: p})
	river.AddWorker(workers, &refundWorker{parts: p})
	river.AddWorker(workers, &autoTopUpWorker{parts: p})
	river.AddWorker(workers, &forgetWorker{parts: p})
	river.AddWorker(workers, &reconciliationWorker{parts: p})
}

type paymentWorker struct {
	river.WorkerDefaults[payments.ProcessPayment]
	parts Parts
}

// Work looks a payment up and books what its provider says.
func (w *paymentWorker) Work(ctx context.Context, job *river.Job[payments.ProcessPayment]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	return given(w.parts.Payments.Process(ctx, job.Args.Payment))
}

type eventWorker struct {
	river.WorkerDefaults[payments.ProcessEvent]
	parts Parts
}

// Work looks at what an event of a provider is about.
func (w *eventWorker) Work(ctx context.Context, job *river.Job[payments.ProcessEvent]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	return given(w.parts.Payments.HandleEvent(ctx, job.Args))
}

type refundWorker struct {
	river.WorkerDefaults[payments.ProcessRefund]
	parts Parts
}

// refundPause is how long a refund rests that its provider hasn't decided on. An event tells earlier, as a rule.
const refundPause = time.Hour

// Work finds out what became of a refund.
func (w *refundWorker) Work(ctx context.Context, job *river.Job[payments.ProcessRefund]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	pending, err := w.parts.Payments.SettleRefund(ctx, job.Args.Refund)
	if err == nil && pending {
		return river.JobSnooze(refundPause)
	}
	return given(err)
}

type autoTopUpWorker struct {
	river.WorkerDefaults[payments.AutoTopUp]
	parts Parts
}

// Work tops a wallet up that is below its line.
func (w *autoTopUpWorker) Work(ctx context.Context, job *river.Job[payments.AutoTopUp]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	return given(w.parts.Payments.TopUpByItself(ctx, job.Args.Wallet))
}

type forgetWorker struct {
	river.WorkerDefaults[payments.ForgetMethod]
	parts Parts
}

// Work has a provider forget a way to pay.
func (w *forgetWorker) Work(ctx context.Context, job *river.Job[payments.ForgetMethod]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	return given(w.parts.Payments.Forget(ctx, job.Args.Method))
}

type reconciliationWorker struct {
	river.WorkerDefaults[payments.RunReconciliation]
	parts Parts
}

// Timeout leaves a reconciliation as long as a job may take.
func (w *reconciliationWorker) Timeout(*river.Job[payments.RunReconciliation]) time.Duration {
	return jobTimeout
}

// Work compares an account with its provider. The last try that fails ends it, so that the next can begin.
func (w *reconciliationWorker) Work(ctx context.Context, job *river.Job[payments.RunReconciliation]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Billing)
	if err != nil {
		return err
	}
	err = w.parts.Payments.RunReconciliation(ctx, job.Args.Reconciliation)
	if err != nil && job.Attempt >= reconciliationTries {
		return errors.Join(river.JobCancel(err), w.parts.Payments.GiveUpReconciliation(context.WithoutCancel(ctx), job.Args.Reconciliation, err.Error()))
	}
	return given(err)
}

const reconciliationTries = 5

// underWay are the states of jobs that aren't done: what is being tried again isn't enqueued once more.
var underWay = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// paymentUpkeep enqueues a look at each payment that is open, at each wallet below its line, and at accounts that are due, and deletes old events.
func (w *tenantUpkeepWorker) paymentUpkeep(ctx context.Context, tenant uuid.UUID) error {
	var problems []error
	client := river.ClientFromContext[pgx.Tx](ctx)
	once := &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: underWay}}
	open, err := w.parts.Payments.Open(ctx)
	problems = append(problems, err)
	for _, id := range open {
		_, err := client.Insert(ctx, payments.ProcessPayment{Tenant: tenant, Payment: id}, once)
		problems = append(problems, err)
	}
	low, err := w.parts.Payments.Low(ctx)
	problems = append(problems, err)
	for _, id := range low {
		_, err := client.Insert(ctx, payments.AutoTopUp{Tenant: tenant, Wallet: id}, once)
		problems = append(problems, err)
	}
	_, err = w.parts.Payments.ReconcileNightly(ctx)
	problems = append(problems, err)
	_, err = w.parts.Payments.ForgetEvents(ctx)
	return errors.Join(append(problems, err)...)
}
