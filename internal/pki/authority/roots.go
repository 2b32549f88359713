package authority

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/tenancy"
)

// The kinds of roots under which a tenant believes contracts of cars (ISO 15118). No station is let in by them.
const (
	V2GRoot = "V2G_ROOT"
	MORoot  = "MO_ROOT"
)

// AddRoot believes contracts under an authority: V2GRoot, or MORoot of a mobility operator. An authority below the root may be given too,
// so that what it says of revocations can be verified where a station names certificates by their hashes alone.
func (s *Service) AddRoot(ctx context.Context, kind, name, text string) (uuid.UUID, error) {
	if kind != V2GRoot && kind != MORoot {
		if _, err := may(ctx, tenancy.CertificateWrite); err != nil {
			return uuid.Nil, err
		}
		return uuid.Nil, fault.In("kind", "It is %s or %s.", V2GRoot, MORoot)
	}
	return s.believe(ctx, kind, name, text)
}

// believe adds an authority of somebody else for a use, or takes up one that was removed.
func (s *Service) believe(ctx context.Context, kind, name, text string) (id uuid.UUID, err error) {
	v, err := may(ctx, tenancy.CertificateWrite)
	if err != nil {
		return uuid.Nil, err
	}
	if name = strings.TrimSpace(name); name == "" || utf8.RuneCountInString(name) > 200 {
		return uuid.Nil, fault.In("name", "Give the name of whose authority it is, in up to 200 characters.")
	}
	c, err := s.Believable(text)
	if err != nil {
		return uuid.Nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := tx.QueryRow(ctx, `insert into certificate_authorities (id, tenant_id, kind, status, name, certificate, serial_number, fingerprint, not_before, not_after, created_by, activated_at)
			values ($1, $2, $3, 'ACTIVE', $4, $5, $6, $7, $8, $9, $10, $11)
			on conflict (tenant_id, fingerprint) do update set status = 'ACTIVE', name = excluded.name, retired_at = null where certificate_authorities.kind = $3 returning id`,
			newID(), v.Tenant, kind, name, c.Raw, pki.SerialNumber(c), pki.Fingerprint(c), c.NotBefore, c.NotAfter, v.Name, s.now()).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.In("pem", "The tenant has this authority already, for another use.")
		}
		if err != nil {
			return fmt.Errorf("store the authority: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "certificate_authority.trust", SubjectType: "certificate_authority", SubjectID: id.String(),
			Details: map[string]any{"kind": kind, "name": name, "fingerprint": pki.Fingerprint(c)}})
	})
	return id, err
}

// Believable reads the certificate of an authority of somebody else, as it might be believed, or says why it can't be. Nothing is stored.
func (s *Service) Believable(text string) (*x509.Certificate, error) {
	list, err := pki.ReadPEM(text)
	switch {
	case err != nil:
		return nil, fault.In("pem", "The certificate can't be used: %s.", err)
	case len(list) != 1:
		return nil, fault.In("pem", "It holds %d certificates: give one authority at a time.", len(list))
	case !list[0].IsCA || !list[0].BasicConstraintsValid:
		return nil, fault.In("pem", "It is the certificate of %s, which isn't an authority: give the root above the certificates that are to be believed.", pki.Name(list[0]))
	case pki.WeakKey(list[0].PublicKey) != "":
		return nil, fault.In("pem", "The key of %s %s: whoever breaks it could sign what would be believed. Ask whose it is for one with a stronger key.", pki.Name(list[0]), pki.WeakKey(list[0].PublicKey))
	case s.now().After(list[0].NotAfter):
		return nil, fault.In("pem", "The certificate expired on %s: ask whose it is for the present one.", list[0].NotAfter.UTC().Format(time.DateOnly))
	}
	return list[0], nil
}

// RemoveRoot believes contracts under a root no more, from the next one on.
func (s *Service) RemoveRoot(ctx context.Context, id uuid.UUID) error {
	if _, err := may(ctx, tenancy.CertificateWrite); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var kind, name string
		err := tx.QueryRow(ctx, "select kind, name from certificate_authorities where id = $1 for update", id).Scan(&kind, &name)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return fault.Missing("certificate authority")
		case err != nil:
			return fmt.Errorf("load the authority: %w", err)
		case kind != V2GRoot && kind != MORoot:
			return fault.New(fault.Conflict, "Only roots of contracts are removed this way.")
		}
		if _, err := tx.Exec(ctx, "update certificate_authorities set status = 'RETIRED', retired_at = $2 where id = $1", id, s.now()); err != nil {
			return fmt.Errorf("remove the root of contracts: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "certificate_authority.distrust", SubjectType: "certificate_authority", SubjectID: id.String(), Details: map[string]any{"kind": kind, "name": name}})
	})
}

// ContractRoots are the authorities under which the viewer's tenant believes contracts of cars. They are asked for at each contract, so that
// one that was removed counts no more.
func (s *Service) ContractRoots(ctx context.Context) ([]*x509.Certificate, error) {
	rows, err := s.db.Query(ctx, "select certificate from certificate_authorities where kind = any ($1) and status = 'ACTIVE' order by id", []string{V2GRoot, MORoot})
	if err != nil {
		return nil, fmt.Errorf("load the roots of contracts: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*x509.Certificate, error) {
		var der []byte
		if err := row.Scan(&der); err != nil {
			return nil, err
		}
		return x509.ParseCertificate(der)
	})
	if err != nil {
		return nil, fmt.Errorf("load the roots of contracts: %w", err)
	}
	return list, nil
}
