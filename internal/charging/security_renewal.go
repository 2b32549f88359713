package charging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/remark"
	"github.com/busbar-ev/busbar/tenancy"
)

// A station's certificate is renewed while the old one still counts:
//
//	ASK (TriggerMessage) ─> SIGN (it asks, certificate_delivery.go signs) ─> INSTALL (it takes it) ─> USE (it connects with it)
//
// The station makes a new key each time. The old certificate is superseded once the new one is seen.

// signingPatience is how long a station that agreed to ask may take to do so: some make their keys slowly.
const signingPatience = 15 * time.Minute

func renewalFlow() *flow {
	return &flow{
		stages: []stage{{key: "ASK", do: askForRequest}, {key: "SIGN", do: awaitSigned}, {key: "INSTALL", do: awaitInstalled}, {key: "USE", do: awaitUsed}},
		// It is begun anew every day until it succeeds.
		patience: 20 * time.Hour,
		what:     func(*operation) string { return "a new certificate" },
	}
}

// RenewCertificate has a station ask for a new certificate, and gives it one.
func (s *Service) RenewCertificate(ctx context.Context, station uuid.UUID) (*ent.SecurityOperation, error) {
	return s.begin(ctx, station, func(ctx context.Context, tx *db.Tx, st *ent.Station) (NewOperation, error) {
		if err := s.mustSign(ctx, tx); err != nil {
			return NewOperation{}, err
		}
		return NewOperation{Kind: OperationRenewal}, nil
	})
}

// begin begins an operation on a station that the viewer may give credentials to.
func (s *Service) begin(ctx context.Context, station uuid.UUID, prepare func(ctx context.Context, tx *db.Tx, st *ent.Station) (NewOperation, error)) (made *ent.SecurityOperation, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		st, err := s.loadStation(ctx, tx.Ent, station, tenancy.StationCredential)
		if err != nil {
			return err
		}
		n, err := prepare(ctx, tx, st)
		if err != nil {
			return err
		}
		id, err := s.beginOperation(ctx, tx, st, n)
		if err != nil {
			return err
		}
		if made, err = tx.Ent.SecurityOperation.Get(ctx, id); err != nil {
			return fmt.Errorf("load what was begun: %w", err)
		}
		return nil
	})
	return made, err
}

// mustSign refuses what needs an authority of the tenant where there is none.
func (s *Service) mustSign(ctx context.Context, tx *db.Tx) error {
	var signs bool
	if err := tx.QueryRow(ctx, "select exists (select from certificate_authorities where kind = 'INTERMEDIATE' and status = 'ACTIVE')").Scan(&signs); err != nil {
		return fmt.Errorf("look who signs: %w", err)
	}
	if !signs || s.authorities == nil {
		return fault.New(fault.Conflict, "No certificate authority signs for this tenant: make one on the page Certificates first.")
	}
	return nil
}

// askForRequest has the station ask for a certificate, unless it did since the operation began.
func askForRequest(ctx context.Context, s *Service, o *operation) (verdict, error) {
	if found, _, _, err := s.newest(ctx, o); found != uuid.Nil || err != nil {
		return advance(remark.New(remark.CertificateRequested)), err
	}
	return s.triggerRequest(ctx, o)
}

func (s *Service) triggerRequest(ctx context.Context, o *operation) (verdict, error) {
	asked := s.now()
	end, err := s.give(ctx, o, TriggerOrder{Message: "SIGN_CHARGING_STATION_CERTIFICATE"})
	v, done := outcome(s, end, err, remark.New(remark.RequestAskedFor))
	if !done {
		return verdict{}, err
	}
	if v.kind == "advance" {
		o.State.Asked++
		o.State.AskedAt = &asked
	}
	return v, nil
}

// mostAsked is how often a station is asked for a request in one operation, where it agrees each time.
const mostAsked = 5

// askAgain has a station ask once more that connected anew since it was asked last: what it sent was lost with the connection before, or is for a
// key that it had then. asked is false where there is no reason to.
func (s *Service) askAgain(ctx context.Context, o *operation) (v verdict, asked bool, err error) {
	p, err := s.presence(ctx, o.Station)
	if err != nil {
		return verdict{}, false, err
	}
	last := o.since("SIGN")
	if o.State.AskedAt != nil {
		last = *o.State.AskedAt
	}
	if o.State.Asked >= mostAsked || !p.online || p.connectedAt == nil || !p.connectedAt.After(last) || s.now().Before(p.connectedAt.Add(lookAgain)) {
		return verdict{}, false, nil
	}
	if v, err = s.triggerRequest(ctx, o); v.kind == "advance" {
		v = waitUntil(s.now().Add(lookAgain), remark.New(remark.WaitingForRequest), remark.New(remark.AskedAnew))
	}
	return v, true, err
}

// newest is the newest certificate by which the station connects that was signed since the operation began.
func (s *Service) newest(ctx context.Context, o *operation) (id uuid.UUID, status, lastError string, err error) {
	rows, err := s.db.Query(ctx, `select id, status, last_error from station_certificates where station_id = $1 and use = $2 and origin = 'SIGNED' and created_at >= $3
		order by created_at desc limit 1`, o.Station, useStation, o.CreatedAt)
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&id, &status, &lastError) })
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return id, "", "", fmt.Errorf("look for the station's new certificate: %w", err)
	}
	return id, status, lastError, nil
}

func awaitSigned(ctx context.Context, s *Service, o *operation) (verdict, error) {
	id, _, _, err := s.newest(ctx, o)
	switch {
	case err != nil:
		return verdict{}, err
	case id != uuid.Nil:
		o.State.Certificate = id
		return advance(remark.New(remark.CertificateSigned)), nil
	}
	if v, again, err := s.askAgain(ctx, o); again || err != nil {
		return v, err
	}
	asked := o.since("SIGN")
	if o.State.AskedAt != nil && o.State.AskedAt.After(asked) {
		asked = *o.State.AskedAt
	}
	if s.now().After(asked.Add(signingPatience)) {
		return fails(remark.New(remark.RequestMissing)), nil
	}
	return waitUntil(s.now().Add(lookAgain), remark.New(remark.WaitingForRequest)), nil
}

func awaitInstalled(ctx context.Context, s *Service, o *operation) (verdict, error) {
	_, status, lastError, err := s.newest(ctx, o)
	switch {
	case err != nil:
		return verdict{}, err
	case status == "INSTALLED", status == "IN_USE":
		return advance(remark.New(remark.CertificateTaken)), nil
	case status == "REFUSED", status == "REVOKED":
		return fails(append([]remark.Remark{remark.New(remark.CertificateNotTaken)}, remark.Said(lastError)...)...), nil
	case lastError != "":
		if v, again, err := s.askAgain(ctx, o); again || err != nil {
			return v, err
		}
		return waitUntil(s.now().Add(lookAgain), append([]remark.Remark{remark.New(remark.CertificateOffered)}, remark.Said(lastError)...)...), nil
	}
	return waitUntil(s.now().Add(lookAgain), remark.New(remark.BeingDelivered)), nil
}

// awaitUsed waits until a station that connects by certificate does so with its new one. It is cut off once for that: stations look for
// their certificate when they connect.
func awaitUsed(ctx context.Context, s *Service, o *operation) (verdict, error) {
	_, status, _, err := s.newest(ctx, o)
	if err != nil {
		return verdict{}, err
	}
	if status == "IN_USE" {
		return advance(remark.New(remark.CertificateInUse)), nil
	}
	p, err := s.presence(ctx, o.Station)
	switch {
	case err != nil:
		return verdict{}, err
	case p.online && p.profile < 3 && !p.renewalOnly:
		return advance(remark.New(remark.CertificateKept)), nil
	case p.online && !o.State.Cut:
		o.State.Cut = true
		s.commander.Disconnect(ctx, p.Address, "connect again with the new certificate")
		return waitUntil(s.now().Add(lookAgain), remark.New(remark.WaitingForCertificate)), nil
	}
	return waitUntil(s.now().Add(10*lookAgain), remark.New(remark.WaitingForCertificate)), nil
}
