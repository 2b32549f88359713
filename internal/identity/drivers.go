package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

const (
	driverCookie = "busbar_driver"
	// A phone stays signed in for as long as it is used now and then.
	driverIdleLife     = 30 * 24 * time.Hour
	driverAbsoluteLife = 180 * 24 * time.Hour
	// actAs is the header by which a page says that it is the driver's, where the browser has a cookie of staff as well.
	actAs    = "X-Busbar-As"
	asDriver = "driver"
)

// driver is somebody who charges, with where that is.
type driver struct {
	ID, Tenant, Network     uuid.UUID
	Name                    string
	TenantSlug, NetworkSlug string
}

// actsAsDriver tells whether a request is meant as a driver's: it says so, or there is no other cookie.
func actsAsDriver(r *http.Request) bool {
	if as := r.Header.Get(actAs); as != "" {
		return as == asDriver
	}
	return cookieOf(r, cookieName) == "" && cookieOf(r, driverCookie) != ""
}

// recogniseDriver finds the driver whose session a browser has. Staff's sessions are kept elsewhere, so neither opens the other's door.
func (s *Service) recogniseDriver(r *http.Request) (Caller, error) {
	token := cookieOf(r, driverCookie)
	if token != "" {
		id, ok, err := s.resume(r.Context(), s.driverSessions, token)
		if err != nil {
			return Caller{}, err
		}
		if ok {
			d, err := s.loadDriver(r.Context(), id)
			if err != nil {
				return Caller{}, err
			}
			if d != nil {
				return Caller{service: s, driver: d, session: hashToken(token), remote: r.RemoteAddr}, nil
			}
		}
	}
	return Caller{}, fault.New(fault.Unauthenticated, "You are signed out: ask for a code to sign in.")
}

// loadDriver returns nothing for a driver whose tenant is suspended, or whose network is archived.
func (s *Service) loadDriver(ctx context.Context, id uuid.UUID) (*driver, error) {
	rows, err := s.db.Query(asSignIn(ctx), `select d.id, d.tenant_id, d.network_id, d.name, t.slug, n.slug
		from drivers d join tenants t on t.id = d.tenant_id join networks n on n.tenant_id = d.tenant_id and n.id = d.network_id
		where d.id = $1 and t.status = 'ACTIVE' and n.archived_at is null`, id)
	if err != nil {
		return nil, fmt.Errorf("load the driver: %w", err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[driver])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load the driver: %w", err)
	}
	return d, nil
}

// viewer is the driver in their network. Any other tenant or network isn't there.
func (d *driver) viewer(tenantSlug, networkSlug string) (tenancy.Viewer, error) {
	if tenantSlug != "" && tenantSlug != d.TenantSlug {
		return tenancy.Viewer{}, fault.Missing("tenant")
	}
	if networkSlug != "" && networkSlug != d.NetworkSlug {
		return tenancy.Viewer{}, fault.Missing("network")
	}
	return tenancy.Driver(d.Tenant, d.Network, d.ID, d.Name), nil
}

// driverHolds reports whether a driver is still signed in, and still there.
func (s *Service) driverHolds(ctx context.Context, c Caller) (bool, error) {
	signedIn, err := s.exists(ctx, "select exists (select from driver_sessions where token_hash = $1 and driver_id = $2 and expires_at > $3)", c.session, c.driver.ID, s.now())
	if err != nil || !signedIn {
		return false, err
	}
	d, err := s.loadDriver(ctx, c.driver.ID)
	return d != nil, err
}

// endDriver signs a driver out and clears the cookie.
func (s *Service) endDriver(w http.ResponseWriter, r *http.Request) error {
	_, err := s.end(w, r, s.driverSessions)
	return err
}
