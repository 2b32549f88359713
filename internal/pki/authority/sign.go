package authority

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
)

// Signing is a request of a station that was checked against what is known of it.
type Signing struct {
	journal.Origin
	Use     string
	Request pki.Request
	// PEM is the request as it came, and RequestID the station's number for it (OCPP 2.1).
	PEM       string
	RequestID *int64
	// CommonName is what the certificate calls the station: its serial number, or its identity where it asked for that.
	CommonName string
}

// Issued is a certificate that was signed, with those above it.
type Issued struct {
	ID          uuid.UUID
	Certificate *x509.Certificate
	// Above are the authorities above it, the nearest first, the root last.
	Above []*x509.Certificate
	// New is false where the request was signed before.
	New bool
}

// Chain is the certificate with those above it as PEM, as long as the station takes: without the root, and where that is still too
// long, alone.
func (i *Issued) Chain(most int) string {
	list := []*x509.Certificate{i.Certificate}
	for _, c := range i.Above {
		if !pki.SelfSigned(c) {
			list = append(list, c)
		}
	}
	text := pki.WritePEM(list...)
	if most > 0 && len(text) > most {
		text = pki.WritePEM(list[0])
	}
	return text
}

// mostPerDay bounds what is signed for one station: more is a station gone mad, or somebody who has got at it.
const mostPerDay = 20

// Sign signs a station's request in the transaction of whatever asks for it. The same request is signed once.
func (s *Service) Sign(ctx context.Context, tx *db.Tx, g Signing) (*Issued, error) {
	// The station is held first: of two jobs for one request the second finds what the first signed, what is counted stays counted, and
	// whoever removes the station waits and revokes what was signed, or is seen here.
	var shut bool
	err := tx.QueryRow(ctx, "select removed_at is not null or registration_status = 'REJECTED' from stations where id = $1 for no key update", g.Station).Scan(&shut)
	switch {
	case errors.Is(err, pgx.ErrNoRows) || err == nil && shut:
		return nil, fault.New(fault.Conflict, "The station was removed or rejected: nothing is signed for it any more.")
	case err != nil:
		return nil, fmt.Errorf("look up the station to sign for: %w", err)
	}
	digest := g.Request.Digest()
	if found, err := s.signed(ctx, tx, g, digest); found != nil || err != nil {
		return found, err
	}
	var today int
	err = tx.QueryRow(ctx, "select count(*) from station_certificates where station_id = $1 and origin = 'SIGNED' and created_at > $2", g.Station, s.now().Add(-24*time.Hour)).Scan(&today)
	switch {
	case err != nil:
		return nil, fmt.Errorf("count what was signed for the station: %w", err)
	case today >= mostPerDay:
		return nil, fault.New(fault.Limit, "%d certificates were signed for this station in a day: look why it asks so often.", today)
	}
	if err := s.uncompromised(ctx, tx, g); err != nil {
		return nil, err
	}
	p, err := s.policy(ctx, tx)
	if err != nil {
		return nil, err
	}
	// It is held as well, so that whoever has the next one sign plans the renewal of this certificate too.
	const active = "kind = 'INTERMEDIATE' and status = 'ACTIVE' for share"
	by, a, err := s.open(ctx, tx, active)
	if errors.Is(err, ErrNone) {
		by, a, err = s.open(ctx, tx, active) // it was that until just now: a new statement sees the next one
	}
	if err != nil {
		return nil, err
	}
	c, err := a.Sign(g.Request, pki.Profile{Organization: p.Organization, CommonName: g.CommonName, Lifetime: p.Lifetime(), CRL: s.listURL(by.ID), OCSP: s.answerURL(by.ID)}, s.now())
	if errors.Is(err, pki.ErrAuthorityExpires) {
		return nil, fault.New(fault.Conflict, "The tenant's certificate authority has expired: prepare a new one on the page Certificates.")
	}
	if err != nil {
		return nil, err
	}
	i := &Issued{ID: newID(), Certificate: c, New: true}
	_, err = tx.Exec(ctx, `insert into station_certificates (id, tenant_id, network_id, station_id, authority_id, use, origin, status, serial_number, subject, issuer, key_type, fingerprint,
			request, request_id, request_digest, certificate, not_before, not_after, renew_at, deliver_at, created_at)
		values ($1, $2, $3, $4, $5, $6, 'SIGNED', 'SIGNED', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)`,
		i.ID, g.Tenant, g.Network, g.Station, by.ID, g.Use, pki.SerialNumber(c), c.Subject.String(), c.Issuer.String(), pki.KeyName(c.PublicKey), pki.Fingerprint(c), g.PEM, g.RequestID, digest,
		c.Raw, c.NotBefore, c.NotAfter, pki.RenewAt(c), s.now())
	if err != nil {
		return nil, fmt.Errorf("store the certificate: %w", err)
	}
	if i.Above, err = s.Above(ctx, tx, by.ID); err != nil {
		return nil, err
	}
	return i, audit.Write(ctx, tx, audit.Event{Action: "certificate.sign", Network: g.Network, SubjectType: "station", SubjectID: g.Station.String(), Details: map[string]any{
		"use": g.Use, "serialNumber": pki.SerialNumber(c), "subject": c.Subject.String(), "notAfter": c.NotAfter.UTC()}})
}

// uncompromised refuses a key that somebody else may have: a certificate for it was revoked for that.
func (s *Service) uncompromised(ctx context.Context, tx *db.Tx, g Signing) error {
	rows, err := tx.Query(ctx, "select certificate from station_certificates where station_id = $1 and status = 'REVOKED' and revocation_reason = $2", g.Station, pki.KeyCompromise)
	if err != nil {
		return fmt.Errorf("look for keys that were compromised: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return fmt.Errorf("look for keys that were compromised: %w", err)
	}
	for _, der := range list {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("read a certificate that was revoked: %w", err)
		}
		if bytes.Equal(c.RawSubjectPublicKeyInfo, g.Request.RawSubjectPublicKeyInfo) {
			return fault.New(fault.Conflict, "A certificate for this key was revoked because the key was compromised: the station needs a new key.")
		}
	}
	return nil
}

// signed finds what a request was answered before.
func (s *Service) signed(ctx context.Context, tx *db.Tx, g Signing, digest string) (*Issued, error) {
	rows, err := tx.Query(ctx, "select id from station_certificates where station_id = $1 and use = $2 and request_digest = $3", g.Station, g.Use, digest)
	if err != nil {
		return nil, fmt.Errorf("look whether the request was signed: %w", err)
	}
	id, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[uuid.UUID])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look whether the request was signed: %w", err)
	}
	return s.Load(ctx, tx, id)
}

// Load gives a certificate that was signed here, with those above it.
func (s *Service) Load(ctx context.Context, q querier, id uuid.UUID) (*Issued, error) {
	rows, err := q.Query(ctx, "select certificate, authority_id from station_certificates where id = $1", id)
	if err != nil {
		return nil, fmt.Errorf("load the certificate: %w", err)
	}
	i := &Issued{ID: id}
	var by *uuid.UUID
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) {
		var der []byte
		if err := row.Scan(&der, &by); err != nil {
			return nil, err
		}
		var err error
		i.Certificate, err = x509.ParseCertificate(der)
		return nil, err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.Missing("certificate")
	}
	if err != nil {
		return nil, fmt.Errorf("load the certificate: %w", err)
	}
	if by != nil {
		i.Above, err = s.Above(ctx, q, *by)
	}
	return i, err
}

// rootNames are how stations name a root: its number without leading zeros, and the hash of its key by each algorithm.
func rootNames(root signing) (serial string, keys []string, err error) {
	c, err := x509.ParseCertificate(root.Certificate)
	if err != nil {
		return "", nil, fmt.Errorf("read the root: %w", err)
	}
	for _, algorithm := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		if h, ok := pki.Hash(c, c, algorithm); ok {
			keys = append(keys, h.IssuerKeyHash)
		}
	}
	return strings.TrimLeft(strings.ToLower(c.SerialNumber.Text(16)), "0"), keys, nil
}
