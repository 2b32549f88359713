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
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/tenancy"
)

// The certificate that a station shows cars stands under a V2G root, so the operator of Plug and Charge signs it. It is asked outside of any
// transaction, with a key by which it knows a request that came before; whatever breaks off between its answer and our commit is done again:
//
//	job SignRequest ─ load the request ─> operator (key) ─> certificate SIGNED, with those above it ─> job DeliverCertificate
//	       ▲                                 │ unreachable
//	       └──────── again, with an issue ───┘

// V2GSigner is a PlugAndCharge that also signs the certificates that stations show cars.
type V2GSigner interface {
	// SignsV2G reports whether it signs for the station's tenant.
	SignsV2G(ctx context.Context, station journal.Origin) (bool, error)
	// SignV2G gives the station's certificate with those above it, as PEM, the station's own first. The same key gets the same answer.
	// A fault with the code Unavailable or Timeout is tried again.
	SignV2G(ctx context.Context, station journal.Origin, r V2GRequest) (chain string, err error)
}

// V2GRequest is what a station asks to have signed for cars.
type V2GRequest struct {
	// Key tells this request from all others.
	Key string
	// Use is V2G or V2G20.
	Use string
	// CSR is the request as PEM.
	CSR                    string
	Identity, SerialNumber string
}

// signsForCars reports whether somebody signs requests of a use that isn't the station's own connection.
func (l *Link) signsForCars(ctx context.Context, use string) (bool, error) {
	signer, ok := l.service.plugAndCharge.(V2GSigner)
	if !ok || use == useStation {
		return false, nil
	}
	return signer.SignsV2G(l.context(ctx), l.Origin)
}

// waitingForCars is a request with whose it is.
type waitingForCars struct {
	origin  journal.Origin
	request V2GRequest
	number  *int64
}

// cause tells the issue of a request for cars from that of the station's own certificate.
func (w *waitingForCars) cause() string { return w.origin.Station.String() + " " + w.request.Use }

// signForCars has the operator sign what a station asked for last. Nothing happens where that was signed already, or where nobody signs.
func (s *Service) signForCars(ctx context.Context, station uuid.UUID, use string) error {
	signer, ok := s.plugAndCharge.(V2GSigner)
	if !ok {
		return nil
	}
	w, err := s.loadForCars(ctx, station, use)
	if w == nil || err != nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, plugAndChargeTimeout)
	defer cancel()
	chain, err := signer.SignV2G(asking, w.origin, w.request)
	if errors.Is(err, ErrNoPlugAndCharge) {
		return nil // somebody else signs for this tenant
	}
	if err == nil {
		err = s.storeForCars(ctx, w, chain)
	}
	f := fault.Of(err)
	if f == nil {
		return err
	}
	raised := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.issues.Raise(ctx, tx, issues.Issue{Kind: issues.CertificateNotSigned, Severity: issues.Warning, Cause: w.cause(), Network: w.origin.Network, Station: station,
			Details: map[string]string{"station": w.request.Identity, "reason": f.Message}})
	})
	if raised != nil || f.Code == fault.Unavailable || f.Code == fault.Timeout {
		return errors.Join(err, raised) // the job comes again
	}
	return nil
}

// loadForCars is what is to be signed; nil where there is nothing.
func (s *Service) loadForCars(ctx context.Context, station uuid.UUID, use string) (w *waitingForCars, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		st, err := s.loadStation(ctx, tx.Ent, station, tenancy.StationCredential)
		if err != nil {
			return ignoring(err, fault.NotFound) // it was removed meanwhile
		}
		waiting, err := s.waitingRequest(ctx, tx, station, use)
		if err != nil || waiting.Status != "WAITING" {
			return ignoring(err, fault.Conflict)
		}
		request, err := pki.ReadRequest(waiting.CSR)
		if err != nil {
			return fmt.Errorf("read a request that was checked: %w", err)
		}
		w = &waitingForCars{origin: originOf(st), number: waiting.RequestID, request: V2GRequest{
			Key: station.String() + "-" + use + "-" + request.Digest(), Use: use, CSR: waiting.CSR, Identity: st.Identity, SerialNumber: st.SerialNumber,
		}}
		return nil
	})
	return w, err
}

// mostForCars bounds what is signed for one station in a day: more is a station gone mad, or somebody who has got at it.
const mostForCars = 20

// storeForCars keeps what the operator signed, and has it delivered. Done twice it is kept once.
func (s *Service) storeForCars(ctx context.Context, w *waitingForCars, chain string) error {
	request, err := pki.ReadRequest(w.request.CSR)
	if err != nil {
		return fmt.Errorf("read a request that was checked: %w", err)
	}
	if _, err := s.chainFor(ctx, target{Address: Address{Origin: w.origin}}, request, chain); err != nil {
		if f := fault.Of(err); f != nil {
			return fault.New(fault.Conflict, "The operator of Plug and Charge signed what can't be delivered. %s", f.Message)
		}
		return err
	}
	list, err := pki.ReadPEM(chain)
	if err != nil || list[0].IsCA {
		return fault.New(fault.Conflict, "The operator of Plug and Charge signed an authority where a station's certificate was asked for: its answer isn't delivered.")
	}
	c := list[0]
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var today int
		err := tx.QueryRow(ctx, "select (select count(*) from station_certificates where station_id = $1 and use = $2 and origin = 'ELSEWHERE' and created_at > $3) from stations where id = $1 for update",
			w.origin.Station, w.request.Use, s.now().Add(-24*time.Hour)).Scan(&today)
		switch {
		case err != nil:
			return fmt.Errorf("look up the station to sign for: %w", err)
		case today >= mostForCars:
			return fault.New(fault.Limit, "%d certificates for cars were signed for this station in a day: look why it asks so often.", today)
		}
		waiting, err := s.waitingRequest(ctx, tx, w.origin.Station, w.request.Use)
		if err != nil || waiting.CSR != w.request.CSR {
			return ignoring(err, fault.Conflict) // it asked for another one meanwhile, which has its own job
		}
		var id uuid.UUID
		err = tx.QueryRow(ctx, `insert into station_certificates (id, tenant_id, network_id, station_id, use, origin, status, serial_number, subject, issuer, key_type, fingerprint,
				request, request_id, request_digest, certificate, chain, not_before, not_after, deliver_at, created_at)
			values ($1, $2, $3, $4, $5, 'ELSEWHERE', 'SIGNED', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)
			on conflict (tenant_id, station_id, use, request_digest) do update set request_id = excluded.request_id returning id`,
			journal.NewID(), w.origin.Tenant, w.origin.Network, w.origin.Station, w.request.Use, pki.SerialNumber(c), c.Subject.String(), c.Issuer.String(), pki.KeyName(c.PublicKey),
			pki.Fingerprint(c), w.request.CSR, w.number, request.Digest(), c.Raw, pki.WritePEM(list[1:]...), c.NotBefore, c.NotAfter, s.now()).Scan(&id)
		if err != nil {
			return fmt.Errorf("store the certificate for cars: %w", err)
		}
		if err := s.issues.Settle(ctx, tx, w.origin.Network, issues.CertificateNotSigned, w.cause()); err != nil {
			return err
		}
		return tx.Enqueue(ctx, DeliverCertificate{Tenant: w.origin.Tenant, Certificate: id}, &river.InsertOpts{Queue: SecurityQueue})
	})
}

// signedCertificate loads a certificate to deliver: above one that somebody else signed stands what came with it, above ours our authorities.
func (s *Service) signedCertificate(ctx context.Context, id uuid.UUID) (*authority.Issued, error) {
	var above string
	rows, err := s.db.Query(ctx, "select chain from station_certificates where id = $1", id)
	if err == nil {
		above, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	}
	if err != nil {
		return nil, fmt.Errorf("load the certificate: %w", err)
	}
	issued, err := s.authorities.Load(ctx, s.db, id)
	if err != nil || above == "" {
		return issued, err
	}
	if issued.Above, err = pki.ReadPEM(above); err != nil {
		return nil, fmt.Errorf("read the certificates above: %w", err)
	}
	return issued, nil
}

// supersedeForCars notes which certificates the station shows cars no more. Those by which it connects are superseded when it does.
func supersedeForCars(ctx context.Context, tx *db.Tx, o CertificateSignedOrder, r recording) error {
	if o.Use == useStation {
		return nil
	}
	_, err := tx.Exec(ctx, `update station_certificates k set status = 'SUPERSEDED' from station_certificates now
		where now.id = $2 and k.station_id = $1 and k.use = now.use and k.id <> now.id and k.status = 'INSTALLED' and k.created_at < now.created_at`, r.Station, o.ours)
	if err != nil {
		return fmt.Errorf("note which certificates the station shows cars no more: %w", err)
	}
	return nil
}
