package jobs

import (
	"context"

	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/tenancy"
)

// addCertificates adds the work on what stations connect with.
func addCertificates(workers *river.Workers, p Parts) {
	river.AddWorker(workers, &signRequestWorker{parts: p})
	river.AddWorker(workers, &deliverCertificateWorker{parts: p})
	river.AddWorker(workers, &securityStepWorker{parts: p})
}

// securityQueue is apart, because its jobs wait for stations.
const securityQueue = charging.SecurityQueue

type signRequestWorker struct {
	river.WorkerDefaults[charging.SignRequest]
	parts Parts
}

// Work signs what a station asked for.
func (w *signRequestWorker) Work(ctx context.Context, job *river.Job[charging.SignRequest]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Certificates)
	if err != nil {
		return err
	}
	return w.parts.Charging.SignRequest(ctx, job.Args.Station, job.Args.Use)
}

type deliverCertificateWorker struct {
	river.WorkerDefaults[charging.DeliverCertificate]
	parts Parts
}

// Work gives a station the certificate that was signed for it.
func (w *deliverCertificateWorker) Work(ctx context.Context, job *river.Job[charging.DeliverCertificate]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Certificates)
	if err != nil {
		return err
	}
	return w.parts.Charging.DeliverSigned(ctx, job.Args.Certificate)
}

type securityStepWorker struct {
	river.WorkerDefaults[charging.SecurityStep]
	parts Parts
}

// Work takes what is done to a station's security on, until it has to wait.
func (w *securityStepWorker) Work(ctx context.Context, job *river.Job[charging.SecurityStep]) error {
	ctx, err := as(ctx, job.Args.Tenant, tenancy.Certificates)
	if err != nil {
		return err
	}
	return w.parts.Charging.AdvanceSecurity(ctx, job.Args.Operation)
}
