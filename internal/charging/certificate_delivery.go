package charging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/tenancy"
)

// What a station asks to have signed is signed by the tenant's authority and delivered, each in a step that may be done twice:
//
//	SignCertificate ─> job SignRequest ─> certificate SIGNED ─> job DeliverCertificate ─> CertificateSigned ┬─> INSTALLED ─> (it connects) IN_USE
//	                                                                  ▲                                     └─> refused: again later, then REFUSED
//	                                                 the station connects

// useStation is the certificate by which a station connects.
const useStation = "CHARGING_STATION"

// SignRequest is the job that has what a station asks for signed.
type SignRequest struct {
	Tenant  uuid.UUID `json:"tenant"`
	Station uuid.UUID `json:"station"`
	Use     string    `json:"use"`
}

// Kind names the job.
func (SignRequest) Kind() string { return "sign_request" }

// DeliverCertificate is the job that gives a station a certificate that was signed for it.
type DeliverCertificate struct {
	Tenant      uuid.UUID `json:"tenant"`
	Certificate uuid.UUID `json:"certificate"`
}

// Kind names the job.
func (DeliverCertificate) Kind() string { return "deliver_certificate" }

// deliveryPauses are how long a station that refuses a certificate is left alone before it is offered again. After the last it is given up.
var deliveryPauses = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// haveSigned has a request signed by the tenant's authority, or by whoever signs for cars, where there is one for its use.
func (l *Link) haveSigned(ctx context.Context, tx *db.Tx, use string, forCars bool) error {
	if !forCars && (l.service.authorities == nil || use != useStation) {
		return nil
	}
	return tx.Enqueue(ctx, SignRequest{Tenant: l.Tenant, Station: l.Station, Use: use}, &river.InsertOpts{Queue: SecurityQueue})
}

// SignRequest signs what a station asked for last. Nothing happens where that was signed already, or where nobody signs.
func (s *Service) SignRequest(ctx context.Context, station uuid.UUID, use string) error {
	if use != useStation {
		return s.signForCars(ctx, station, use)
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		st, err := s.loadStation(ctx, tx.Ent, station, tenancy.StationCredential)
		if fault.Is(err, fault.NotFound) {
			return nil // it was removed meanwhile
		}
		if err != nil {
			return err
		}
		waiting, err := s.waitingRequest(ctx, tx, station, use)
		if err != nil || waiting.Status != "WAITING" {
			return ignoring(err, fault.Conflict)
		}
		request, err := pki.ReadRequest(waiting.CSR)
		if err != nil {
			return fmt.Errorf("read a request that was checked: %w", err)
		}
		issued, err := s.authorities.Sign(ctx, tx, authority.Signing{
			Origin: originOf(st), Use: use, Request: request, PEM: waiting.CSR, RequestID: waiting.RequestID, CommonName: request.Subject.CommonName,
		})
		if errors.Is(err, authority.ErrNone) {
			return nil // somebody else signs for this tenant
		}
		if f := fault.Of(err); f != nil {
			return s.issues.Raise(ctx, tx, issues.Issue{Kind: issues.CertificateNotSigned, Severity: issues.Warning, Cause: station.String(), Network: st.NetworkID, Station: station,
				Details: map[string]string{"station": st.Identity, "reason": f.Message}})
		}
		if err != nil {
			return err
		}
		if err := s.issues.Settle(ctx, tx, st.NetworkID, issues.CertificateNotSigned, station.String()); err != nil {
			return err
		}
		return tx.Enqueue(ctx, DeliverCertificate{Tenant: st.TenantID, Certificate: issued.ID}, &river.InsertOpts{Queue: SecurityQueue})
	})
}

// ignoring makes nothing of a fault of one kind.
func ignoring(err error, code fault.Code) error {
	if fault.Is(err, code) {
		return nil
	}
	return err
}

// DeliverSigned offers a station the certificate that was signed for it. It is done again when the station connects, or when its pause
// after a refusal is over.
func (s *Service) DeliverSigned(ctx context.Context, certificate uuid.UUID) error {
	var station uuid.UUID
	var use, csr string
	var requestID *int64
	// Whoever takes the delivery up has it to itself for as long as a command can take.
	rows, err := s.db.Query(ctx, `update station_certificates set deliver_at = $2::timestamptz + $3::interval where id = $1 and status = 'SIGNED' and deliver_at <= $2 and not_after > $2
		returning station_id, use, request, request_id`, certificate, s.now(), commandLifetime)
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&station, &use, &csr, &requestID) })
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("take up the certificate to deliver: %w", err)
	}
	t, err := s.target(ctx, station, tenancy.StationCredential)
	switch {
	case errors.Is(err, ErrStationOffline), fault.Is(err, fault.NotFound):
		return nil // it is delivered when the station connects
	case err != nil && !errors.Is(err, errPending) && !errors.Is(err, errRenewalOnly):
		return err
	}
	issued, err := s.signedCertificate(ctx, certificate)
	if err != nil {
		return err
	}
	room, err := s.roomForChain(ctx, s.db, station)
	if err != nil {
		return err
	}
	o := CertificateSignedOrder{Use: use, Chain: issued.Chain(room), RequestID: requestID, leaf: issued.Certificate, csr: csr, ours: certificate, by: s}
	_, err = s.command(ctx, t, o, maxWait)
	return err
}

// delivered notes how a station took a certificate of ours.
func (s *Service) delivered(ctx context.Context, tx *db.Tx, o CertificateSignedOrder, r recording, end *commandEnd) error {
	if end.accepted() {
		_, err := tx.Exec(ctx, `update station_certificates set status = 'INSTALLED', installed_at = $2, deliveries = deliveries + 1, deliver_at = null, last_error = ''
			where id = $1 and status = 'SIGNED'`, o.ours, r.at)
		if err != nil {
			return fmt.Errorf("note that the certificate is installed: %w", err)
		}
		if err := supersedeForCars(ctx, tx, o, r); err != nil {
			return err
		}
		if err := s.issues.Settle(ctx, tx, r.Network, issues.CertificateRefused, r.Station.String()); err != nil {
			return err
		}
		return s.wakeSecurity(ctx, tx, r.Station)
	}
	var deliveries int
	err := tx.QueryRow(ctx, "update station_certificates set deliveries = deliveries + 1, last_error = $2 where id = $1 and status = 'SIGNED' returning deliveries", o.ours, clip(end.message, 500)).Scan(&deliveries)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("note that the certificate wasn't taken: %w", err)
	}
	switch {
	case end.errorCode == string(fault.StationOffline):
		return nil // it is offered when the station connects
	case !end.refused():
		// It didn't answer.
		return s.deliverLater(ctx, tx, r.Tenant, o.ours, r.at.Add(deliveryPauses[0]))
	}
	if deliveries <= len(deliveryPauses) {
		return s.deliverLater(ctx, tx, r.Tenant, o.ours, r.at.Add(deliveryPauses[deliveries-1]))
	}
	if _, err := tx.Exec(ctx, "update station_certificates set status = 'REFUSED', deliver_at = null where id = $1", o.ours); err != nil {
		return fmt.Errorf("give the delivery up: %w", err)
	}
	if err := s.issues.Raise(ctx, tx, issues.Issue{Kind: issues.CertificateRefused, Severity: issues.Warning, Cause: r.Station.String(), Network: r.Network, Station: r.Station,
		Details: map[string]string{"station": r.identity, "count": fmt.Sprint(deliveries), "reason": end.message}}); err != nil {
		return err
	}
	return s.wakeSecurity(ctx, tx, r.Station)
}

func (s *Service) deliverLater(ctx context.Context, tx *db.Tx, tenant, certificate uuid.UUID, at time.Time) error {
	if _, err := tx.Exec(ctx, "update station_certificates set deliver_at = $2 where id = $1", certificate, at); err != nil {
		return fmt.Errorf("plan the next delivery: %w", err)
	}
	return tx.Enqueue(ctx, DeliverCertificate{Tenant: tenant, Certificate: certificate}, &river.InsertOpts{Queue: SecurityQueue, ScheduledAt: at})
}
