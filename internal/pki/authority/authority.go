// Package authority owns the authorities of tenants and what they signed: who signs for a tenant, whom else it believes, which
// certificates its stations have, and which count no more.
//
//	Create ─> root, intermediate ─ Sign(request) ─> certificate of a station ─ Seen ─> in use ─ Revoke ─> CRL, OCSP
//	                                                                             ▲
//	handshake ─ Verify(tenant, chain) ─> whose certificate, and what it is good for
//
// Keys are sealed (internal/secrets) and opened for one signature at a time. Roots change in two steps: Prepare makes the next one, which
// stations are given, and Activate has it sign.
package authority

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/singleflight"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/certificateauthority"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/secrets"
	"github.com/busbar-ev/busbar/tenancy"
)

// Service keeps authorities and certificates.
type Service struct {
	db     *db.DB
	logger *slog.Logger
	box    *secrets.Box
	config Config

	// answering has room for those who are told the standing of certificates at the same time.
	answering chan struct{}
	loading   singleflight.Group

	mu     sync.Mutex
	trusts map[uuid.UUID]*trusted
}

// Config is what the service needs to know of its surroundings.
type Config struct {
	// Secret is the server's, from which the key is made that seals keys of authorities.
	Secret []byte
	// PublicURL is where lists of revoked certificates are fetched.
	PublicURL string
	// Now is the clock; nil is the system's.
	Now func() time.Time
}

// New makes the service.
func New(database *db.DB, logger *slog.Logger, config Config) (*Service, error) {
	box, err := secrets.New("certificate authorities", config.Secret)
	if err != nil {
		return nil, err
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	config.PublicURL = strings.TrimSuffix(config.PublicURL, "/")
	return &Service{db: database, logger: logger, box: box, config: config, answering: make(chan struct{}, mostAnswers), trusts: map[uuid.UUID]*trusted{}}, nil
}

func (s *Service) now() time.Time { return s.config.Now() }

// ErrNone is the answer where a tenant has no authority that could sign.
var ErrNone = fault.New(fault.Conflict, "No certificate authority signs for this tenant: make one on the page Certificates first.")

// may says who is acting, who must hold the permission for the tenant as a whole: authorities belong to no network.
func may(ctx context.Context, p tenancy.Permission) (tenancy.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return v, err
	}
	if !v.Can(p, uuid.Nil) {
		return v, fault.Lacking(p)
	}
	return v, nil
}

// signing is an authority as it is stored.
type signing struct {
	ID          uuid.UUID
	TenantID    uuid.UUID
	ParentID    *uuid.UUID
	Certificate []byte
	SealedKey   []byte
}

func (g signing) place() secrets.Place {
	return secrets.Place{Tenant: g.TenantID, Table: "certificate_authorities", Column: "sealed_key", Record: g.ID}
}

const signingColumns = "id, tenant_id, parent_id, certificate, sealed_key"

// querier is a transaction, or the database outside of one.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// open finds an authority and opens its key.
func (s *Service) open(ctx context.Context, q querier, where string, args ...any) (signing, *pki.Authority, error) {
	rows, err := q.Query(ctx, "select "+signingColumns+" from certificate_authorities where "+where, args...)
	if err != nil {
		return signing{}, nil, fmt.Errorf("look up the certificate authority: %w", err)
	}
	g, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[signing])
	if errors.Is(err, pgx.ErrNoRows) {
		return g, nil, ErrNone
	}
	if err != nil {
		return g, nil, fmt.Errorf("look up the certificate authority: %w", err)
	}
	key, err := s.box.Open(g.place(), g.SealedKey)
	if err != nil {
		return g, nil, fmt.Errorf("open the key of the certificate authority: %w", err)
	}
	defer clear(key)
	a, err := pki.OpenAuthority(g.Certificate, key)
	return g, a, err
}

// Above gives the certificates above one that an authority signed, the nearest first, the root last.
func (s *Service) Above(ctx context.Context, q querier, id uuid.UUID) ([]*x509.Certificate, error) {
	rows, err := q.Query(ctx, `with recursive above as (
			select id, parent_id, certificate, 0 as height from certificate_authorities where id = $1
			union all select a.id, a.parent_id, a.certificate, above.height + 1 from certificate_authorities a join above on a.id = above.parent_id where above.height < 8)
		select certificate from above order by height`, id)
	if err != nil {
		return nil, fmt.Errorf("load the authorities above a certificate: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*x509.Certificate, error) {
		var der []byte
		if err := row.Scan(&der); err != nil {
			return nil, err
		}
		return x509.ParseCertificate(der)
	})
	if err != nil {
		return nil, fmt.Errorf("load the authorities above a certificate: %w", err)
	}
	return list, nil
}

// Addresses are where the standing of what an authority signs for stations is told, as its certificates say; both are empty for one that
// signs for none.
func (s *Service) Addresses(a *ent.CertificateAuthority) (crl, ocsp string) {
	if a.Kind != certificateauthority.KindINTERMEDIATE {
		return "", ""
	}
	return s.listURL(a.ID), s.answerURL(a.ID)
}

// listURL and answerURL are where the standing of what an authority signed is told.
func (s *Service) listURL(id uuid.UUID) string {
	return s.config.PublicURL + "/pki/" + id.String() + "/crl"
}
func (s *Service) answerURL(id uuid.UUID) string {
	return s.config.PublicURL + "/pki/" + id.String() + "/ocsp"
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
