package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Recognise finds out who calls: an app by the key in its Authorization header, or a person or a driver by their cookie. A key that is
// sent decides, even a bad one.
func (s *Service) Recognise(r *http.Request) (Caller, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return s.recogniseApp(r.Context(), header, r.RemoteAddr)
	}
	if actsAsDriver(r) {
		return s.recogniseDriver(r)
	}
	token := cookieOf(r, cookieName)
	if token == "" {
		return Caller{}, fault.New(fault.Unauthenticated, "Sign in, or send an API key as Authorization: Bearer KEY.")
	}
	user, ok, err := s.resume(r.Context(), s.sessions, token)
	if err != nil {
		return Caller{}, err
	}
	if ok {
		c, ok, err := s.loadPerson(r.Context(), user)
		if err != nil {
			return Caller{}, err
		}
		if ok {
			c.session, c.remote = hashToken(token), r.RemoteAddr
			return c, nil
		}
	}
	return Caller{}, fault.New(fault.Unauthenticated, "You are signed out: sign in again.")
}

// loadPerson loads a person with every membership they accepted.
func (s *Service) loadPerson(ctx context.Context, id uuid.UUID) (Caller, bool, error) {
	rows, err := s.db.Query(asSignIn(ctx), `select u.id, u.email, u.name, u.created_at, coalesce(u.platform_role, ''),
			m.tenant_id, coalesce(m.role, ''), m.network_id, coalesce(t.slug, ''), coalesce(t.name, ''), coalesce(t.status, '')
		from users u left join memberships m on m.user_id = u.id and m.accepted_at is not null left join tenants t on t.id = m.tenant_id
		where u.id = $1 and u.disabled_at is null order by t.name, t.id, m.id`, id)
	if err != nil {
		return Caller{}, false, fmt.Errorf("load the person: %w", err)
	}
	c := Caller{service: s, user: &ent.User{}}
	found := false
	var m membership
	var tenant, network *uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&c.user.ID, &c.user.Email, &c.user.Name, &c.user.CreatedAt, &c.platform,
		&tenant, &m.role, &network, &m.tenant.slug, &m.tenant.name, &m.tenant.status}, func() error {
		found = true
		if tenant != nil {
			m.tenant.id, m.network = *tenant, orNone(network)
			c.memberships = append(c.memberships, m)
		}
		return nil
	})
	if err != nil {
		return Caller{}, false, fmt.Errorf("load the person: %w", err)
	}
	return c, found, nil
}

// app is a key with what its tenant gave it.
type app struct {
	ID         uuid.UUID
	Tenant     uuid.UUID
	Slug       string
	TenantName string
	Network    *uuid.UUID
	Name       string
	Hash       []byte
	Role       tenancy.Role
	Scopes     []string
	ExpiresAt  *time.Time
	LastUsedAt *time.Time
}

func (s *Service) recogniseApp(ctx context.Context, header, remote string) (Caller, error) {
	// One answer for every reason, so that guessing teaches nothing.
	bad := fault.New(fault.Unauthenticated, "This API key is not valid: it may be mistyped, expired or revoked.")
	scheme, key, _ := strings.Cut(header, " ")
	prefix, secret, ok := splitKey(strings.TrimSpace(key))
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return Caller{}, bad
	}
	a, cached := s.keys.get(prefix)
	if !cached {
		var err error
		if a, err = s.findKey(ctx, prefix); err != nil {
			return Caller{}, err
		}
	}
	if a == nil || subtle.ConstantTimeCompare(a.Hash, s.hashKey(prefix, secret)) != 1 || a.ExpiresAt != nil && !a.ExpiresAt.After(s.now()) {
		return Caller{}, bad
	}
	if !cached {
		s.noteUse(ctx, a)
		s.keys.put(prefix, a)
	}
	return Caller{service: s, app: a, remote: remote}, nil
}

// findKey returns nothing for a key that is unknown or revoked, or whose tenant is suspended.
func (s *Service) findKey(ctx context.Context, prefix string) (*app, error) {
	rows, err := s.db.Query(asSignIn(ctx), `select k.id, k.tenant_id, t.slug, t.name, k.network_id, k.name, k.hash, k.role, k.scopes, k.expires_at, k.last_used_at
		from api_keys k join tenants t on t.id = k.tenant_id
		where k.prefix = $1 and k.revoked_at is null and t.status = 'ACTIVE'`, prefix)
	if err != nil {
		return nil, fmt.Errorf("find the key: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[app])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the key: %w", err)
	}
	return a, nil
}

// noteUse writes when a key was last used, at most once a minute. Failing at it stops nobody.
func (s *Service) noteUse(ctx context.Context, a *app) {
	now := s.now()
	if a.LastUsedAt != nil && now.Sub(*a.LastUsedAt) < time.Minute {
		return
	}
	_, err := s.db.Exec(asSignIn(ctx), "update api_keys set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at <= $3)",
		a.ID, now, now.Add(-time.Minute))
	if err != nil {
		s.logger.Warn("the last use of an API key could not be noted", "key", a.ID, "error", err)
	}
}

const (
	// keyCacheLife bounds how long another node goes on taking a revoked key.
	keyCacheLife = 2 * time.Second
	keyCacheSize = 10_000
)

// keyCache spares busy apps a query for each request. It holds keys that proved themselves, and each use proves itself again.
type keyCache struct {
	now func() time.Time

	mu   sync.Mutex
	apps map[string]cachedApp
}

type cachedApp struct {
	app   *app
	until time.Time
}

func newKeyCache(now func() time.Time) *keyCache {
	return &keyCache{now: now, apps: map[string]cachedApp{}}
}

func (k *keyCache) get(prefix string) (*app, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.apps[prefix]
	if !ok || !k.now().Before(c.until) {
		return nil, false
	}
	return c.app, true
}

func (k *keyCache) put(prefix string, a *app) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.apps) >= keyCacheSize {
		clear(k.apps)
	}
	k.apps[prefix] = cachedApp{a, k.now().Add(keyCacheLife)}
}

func (k *keyCache) drop(prefix string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.apps, prefix)
}
