package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/tenancy"
)

// bulkQueue holds bulk commands apart: they run for as long as their stations take, and would keep other work waiting.
const bulkQueue = charging.BulkQueue

// bulkSlice is how long a bulk command runs before its job makes room for others and goes on.
const bulkSlice = jobTimeout - time.Minute

type bulkWorker struct {
	river.WorkerDefaults[charging.BulkRun]
	parts Parts
}

// Work gives a bulk command to its stations, as whoever asked for it.
func (w *bulkWorker) Work(ctx context.Context, job *river.Job[charging.BulkRun]) error {
	if job.Args.Tenant == uuid.Nil {
		return river.JobCancel(errors.New("the job names no tenant"))
	}
	slice, cancel := context.WithTimeout(tenancy.NewContext(ctx, tenancy.Maintenance(job.Args.Tenant)), bulkSlice)
	defer cancel()
	err := w.parts.Charging.RunBulk(slice, job.Args.Bulk, w.parts.Carry)
	if errors.Is(slice.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		return river.JobSnooze(0)
	}
	return err
}
