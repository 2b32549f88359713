package authority

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/tenancy"
)

// trustFor is how long a tenant's authorities are remembered between handshakes: ten thousand stations that come back at once load them
// once. A maker's root that was removed is believed for as long at most; a certificate that was revoked isn't believed at once.
const trustFor = 10 * time.Second

// trusted is whom a tenant believes, as remembered.
type trusted struct {
	trust  *pki.Trust
	policy Policy
	loaded time.Time
}

// Verdict is what a certificate is good for.
type Verdict struct {
	// ID is the certificate's row; uuid.Nil for one of a maker that was never seen before.
	ID     uuid.UUID
	Origin pki.Origin
	// Station is whom a certificate of ours was signed for.
	Station uuid.UUID
	// RenewalOnly lets the station in to be given a new certificate, and to nothing else; Why says why.
	RenewalOnly bool
	Why         string
	Leaf        *x509.Certificate
}

// ErrRevoked is wrapped by the refusal of a certificate that counts no more.
var ErrRevoked = errors.New("the certificate was revoked")

// ErrUnlisted refuses what bears our signature and isn't in our books.
var ErrUnlisted = errors.New("the certificate bears the signature of the tenant's authority, which has no record of it")

// Verify says what the certificate of a handshake is good for. An error that isn't a *pki.Distrust, ErrRevoked or ErrUnlisted is ours.
func (s *Service) Verify(ctx context.Context, tenant uuid.UUID, chain []*x509.Certificate) (v Verdict, err error) {
	ctx = tenancy.NewContext(ctx, tenancy.Handshake())
	known, err := s.trust(ctx, tenant, false)
	if err != nil {
		return v, err
	}
	now := s.now()
	origin, err := known.trust.Verify(chain, now)
	var distrust *pki.Distrust
	if errors.As(err, &distrust) && distrust.Reason == pki.UnknownAuthority {
		// The authority may have been made since.
		if known, err = s.trust(ctx, tenant, true); err != nil {
			return v, err
		}
		origin, err = known.trust.Verify(chain, now)
	}
	v = Verdict{Origin: origin, Leaf: leafOf(chain)}
	if errors.As(err, &distrust) {
		if distrust.Reason != pki.Expired || distrust.Origin != pki.Ours || now.After(v.Leaf.NotAfter.Add(known.policy.Grace())) {
			return v, err
		}
		v.RenewalOnly, v.Why = true, distrust.Remark.String()
	} else if err != nil {
		return v, err
	}
	if v.Origin == pki.Factory && known.policy.Factory == "RENEW" {
		v.RenewalOnly, v.Why = true, "The station presents the certificate that its maker put in."
	}
	status, err := s.find(ctx, tenant, &v)
	switch {
	case err != nil:
		return v, err
	case status == "REVOKED":
		return v, ErrRevoked
	case status == "" && v.Origin == pki.Ours:
		return v, ErrUnlisted
	}
	return v, nil
}

func leafOf(chain []*x509.Certificate) *x509.Certificate {
	if len(chain) == 0 {
		return nil
	}
	return chain[0]
}

// find looks a certificate up in our books.
func (s *Service) find(ctx context.Context, tenant uuid.UUID, v *Verdict) (status string, err error) {
	rows, err := s.db.Query(ctx, `select id, station_id, status from station_certificates where tenant_id = $1 and fingerprint = $2 order by status = 'REVOKED' desc limit 1`, tenant, pki.Fingerprint(v.Leaf))
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&v.ID, &v.Station, &status) })
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("look the certificate up: %w", err)
	}
	return status, nil
}

// trust gives whom a tenant believes.
func (s *Service) trust(ctx context.Context, tenant uuid.UUID, fresh bool) (*trusted, error) {
	s.mu.Lock()
	known := s.trusts[tenant]
	s.mu.Unlock()
	age := time.Duration(-1)
	if known != nil {
		age = time.Since(known.loaded)
	}
	// What was loaded within a second is fresh enough: strangers with unknown certificates must not make us load for each.
	if known != nil && (age < time.Second || !fresh && age < trustFor) {
		return known, nil
	}
	// Stations that come at the same moment wait for one load. It isn't given up with the handshake that happened to begin it.
	loaded, err, _ := s.loading.Do(tenant.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), trustFor)
		defer cancel()
		return s.loadTrust(ctx, tenant)
	})
	if err != nil {
		return nil, err
	}
	return loaded.(*trusted), nil
}

func (s *Service) loadTrust(ctx context.Context, tenant uuid.UUID) (*trusted, error) {
	begun := time.Now()
	rows, err := s.db.Query(ctx, "select kind, certificate from certificate_authorities where tenant_id = $1 and status <> 'RETIRED'", tenant)
	if err != nil {
		return nil, fmt.Errorf("load the tenant's authorities: %w", err)
	}
	sorted := map[string][]*x509.Certificate{}
	var kind string
	var der []byte
	if _, err := pgx.ForEachRow(rows, []any{&kind, &der}, func() error {
		c, err := x509.ParseCertificate(der)
		sorted[kind] = append(sorted[kind], c)
		return err
	}); err != nil {
		return nil, fmt.Errorf("load the tenant's authorities: %w", err)
	}
	known := &trusted{trust: pki.NewTrust(sorted["ROOT"], sorted["INTERMEDIATE"], sorted["MANUFACTURER"]), loaded: begun}
	if rows, err = s.db.Query(ctx, policyOf, tenant); err == nil {
		known.policy, err = pgx.CollectExactlyOneRow(rows, scanPolicy)
	}
	if err != nil {
		return nil, fmt.Errorf("load the tenant's policy for certificates: %w", err)
	}
	s.mu.Lock()
	s.trusts[tenant] = known
	s.mu.Unlock()
	return known, nil
}
