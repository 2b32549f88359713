package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/tenancy"
)

// Upkeep keeps the database in shape: partitions made ahead and dropped behind, expired sign-ins deleted, and each tenant's
// own upkeep enqueued.
type Upkeep struct{}

// Kind names the job.
func (Upkeep) Kind() string { return "upkeep" }

type upkeepWorker struct {
	river.WorkerDefaults[Upkeep]
	parts Parts
}

// Work runs the upkeep of the platform.
func (w *upkeepWorker) Work(ctx context.Context, _ *river.Job[Upkeep]) error {
	now := time.Now()
	var problems []error
	problems = append(problems, w.parts.Journal.EnsurePartitions(ctx, now))
	for _, table := range []string{"ocpp_messages", "meter_values", "status_changes", "station_events"} {
		_, err := w.parts.Journal.DropPartitions(ctx, table, now.Add(-w.parts.Retention))
		problems = append(problems, err)
	}
	problems = append(problems, w.parts.Identity.Sweep(ctx))
	tenants, err := w.parts.Identity.Tenants(ctx)
	problems = append(problems, err)
	client := river.ClientFromContext[pgx.Tx](ctx)
	for _, tenant := range tenants {
		_, err := client.Insert(ctx, TenantUpkeep{Tenant: tenant}, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: 5 * time.Minute}})
		problems = append(problems, err)
		_, err = client.Insert(ctx, VerifyBooks{Tenant: tenant}, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: 24 * time.Hour}})
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// TenantUpkeep is the upkeep of one tenant, done as that tenant.
type TenantUpkeep struct {
	Tenant uuid.UUID `json:"tenant"`
}

// Kind names the job.
func (TenantUpkeep) Kind() string { return "tenant_upkeep" }

type tenantUpkeepWorker struct {
	river.WorkerDefaults[TenantUpkeep]
	parts Parts
}

// Work gives up on commands whose node died, ends reservations, profiles and uploads whose time has passed, deletes connection attempts past
// retention, expired links and bytes that no file names, reopens issues, keeps holds ahead of running sessions, compares bills with
// values that came late, looks after payments, seals the books, and renews certificates of stations that are about to end.
func (w *tenantUpkeepWorker) Work(ctx context.Context, job *river.Job[TenantUpkeep]) error {
	if job.Args.Tenant == uuid.Nil {
		return river.JobCancel(errors.New("the job names no tenant"))
	}
	ctx = tenancy.NewContext(ctx, tenancy.Maintenance(job.Args.Tenant))
	_, expiring := w.parts.Charging.ExpireCommands(ctx)
	_, reservations := w.parts.Charging.ExpireReservations(ctx)
	_, profiles := w.parts.Charging.ExpireProfiles(ctx)
	// Before the links are removed that tell what became of an upload.
	_, uploads := w.parts.Charging.SettleUploads(ctx)
	_, firmware := w.parts.Charging.SettleFirmware(ctx)
	_, sweeping := w.parts.Files.Sweep(ctx)
	_, waking := w.parts.Issues.Wake(ctx)
	billing := tenancy.NewContext(ctx, tenancy.Billing(job.Args.Tenant))
	_, growing := w.parts.Charges.Grow(billing)
	_, comparing := w.parts.Charges.CompareLate(billing, time.Now().Add(-lateWindow))
	paying := w.paymentUpkeep(billing, job.Args.Tenant)
	_, sealing := ledger.Seal(ctx, w.parts.DB)
	certificates := tenancy.NewContext(ctx, tenancy.Certificates(job.Args.Tenant))
	_, renewing := w.parts.Charging.PlanRenewals(certificates)
	return errors.Join(w.parts.Charging.ResumeSecurity(certificates), w.parts.Charging.WatchExpiry(certificates), w.parts.Charging.RetireSuperseded(certificates), renewing,
		expiring, reservations, profiles, uploads, firmware, sweeping, waking, growing, comparing, paying, sealing, w.parts.Charging.ForgetAttempts(ctx, time.Now().Add(-w.parts.Retention)))
}

// lateWindow is how far back upkeep looks for values of sessions that were billed: longer than it can ever pause.
const lateWindow = 2 * time.Hour

// failures logs jobs that fail; River tries them again.
type failures struct{ logger *slog.Logger }

// HandleError logs an error.
func (f *failures) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.logger.Error("a job failed and will be tried again", "job", job.Kind, "id", job.ID, "attempt", job.Attempt, "error", err)
	return nil
}

// HandlePanic logs a panic.
func (f *failures) HandlePanic(_ context.Context, job *rivertype.JobRow, panicked any, trace string) *river.ErrorHandlerResult {
	f.logger.Error("a job panicked and will be tried again", "job", job.Kind, "id", job.ID, "panic", fmt.Sprint(panicked), "stack", trace)
	return nil
}
