package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
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

// carry gives the command to one station, unless whoever asked for it may not any more.
func (w *bulkWorker) carry(ctx context.Context, station uuid.UUID, command string, parameters json.RawMessage) (uuid.UUID, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	may, err := w.parts.Identity.MayStillAct(ctx, v)
	switch {
	case err != nil:
		return uuid.Nil, err
	case !may:
		return uuid.Nil, fault.New(fault.Forbidden, "Whoever gave the bulk command may not give it any more: their key was revoked, or their role has changed.")
	}
	return w.parts.Carry(ctx, station, command, parameters)
}

// Work gives a bulk command to its stations, as whoever asked for it.
func (w *bulkWorker) Work(ctx context.Context, job *river.Job[charging.BulkRun]) error {
	if job.Args.Tenant == uuid.Nil {
		return river.JobCancel(errors.New("the job names no tenant"))
	}
	slice, cancel := context.WithTimeout(tenancy.NewContext(ctx, tenancy.Maintenance(job.Args.Tenant)), bulkSlice)
	defer cancel()
	err := w.parts.Charging.RunBulk(slice, job.Args.Bulk, w.carry)
	if errors.Is(slice.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		return river.JobSnooze(0)
	}
	return err
}
