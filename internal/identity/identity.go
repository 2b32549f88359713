// Package identity owns who there is and what they were given: tenants, their networks, people and their memberships, apps and
// their keys; and it recognises whoever calls.
//
//	cookie  ─> sign_in_sessions ─> user ─> memberships ─┐
//	                                                    ├─> Caller ─> (tenant, network) ─> tenancy.Viewer
//	API key ─> api_keys (prefix, then HMAC) ────────────┘        │
//	                                                             └─ StillValid, asked again by every open socket
//
//	POST /auth/driver/code ─> brake ─> mail ─> POST /auth/driver/verify ─> cookie of drivers, who meet none of this but themselves
//	POST /auth/login ─> brake ─> argon2id ─> session cookie
//	InviteMember ─> membership, not yet accepted ─> link ─> POST /auth/accept ─> membership counts
//	RemoveMember, UpdateMember, RevokeAPIKey, logout ─> Revocations ─> sockets ask StillValid
//
// What crosses tenants (finding a person by e-mail, a key by its prefix, making a tenant) runs as tenancy.SignIn or
// tenancy.Platform, database roles with the columns they need. Everything else runs as the viewer in the context.
package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/mail"
	"github.com/busbar-ev/busbar/tenancy"
)

// Service is people, apps, tenants and networks with what they stand on.
type Service struct {
	db        *db.DB
	bus       bus.Bus
	logger    *slog.Logger
	now       func() time.Time
	publicURL string
	origin    string // scheme and host of publicURL, as browsers write them
	keySecret []byte
	sessions  *scs.SessionManager
	passwords *passwords
	guesses   *brake
	keys      *keyCache

	// Of drivers.
	driverSessions *scs.SessionManager
	codeSecret     []byte
	enroller       Enroller
	mailer         mail.Sender
	posting        sync.WaitGroup
	postSlots      chan struct{}
}

// Config is what the service needs to know of its surroundings.
type Config struct {
	// PublicURL is where people reach Busbar, without a path.
	PublicURL string
	// Secret has 32 bytes and lives outside the database; it keys the hashes of API keys.
	Secret []byte
	// Secure confines the sign-in cookie to HTTPS.
	Secure bool
	// Mail sends drivers their codes; nil sends none.
	Mail mail.Sender
	// Now is the clock; nil is the system's.
	Now func() time.Time
}

// New puts the service together. It starts nothing.
func New(d *db.DB, b bus.Bus, logger *slog.Logger, c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Mail == nil {
		c.Mail = mail.Nowhere{}
	}
	s := &Service{
		db: d, bus: b, logger: logger, now: c.Now,
		publicURL: strings.TrimRight(c.PublicURL, "/"),
		keySecret: derive(c.Secret, "busbar api keys"),
		passwords: newPasswords(), guesses: newBrake(c.Now), keys: newKeyCache(c.Now),
		codeSecret: derive(c.Secret, "busbar driver codes"), mailer: c.Mail, postSlots: make(chan struct{}, mailsAtOnce),
	}
	if u, err := url.Parse(s.publicURL); err == nil && u.Host != "" {
		s.origin = strings.ToLower(u.Scheme + "://" + u.Host)
	}
	s.sessions = newSessions(sessionStore{s, "sign_in_sessions", insertPersonSession}, cookieName, idleLife, absoluteLife, c.Secure)
	s.driverSessions = newSessions(sessionStore{s, "driver_sessions", insertDriverSession}, driverCookie, driverIdleLife, driverAbsoluteLife, c.Secure)
	return s
}

// derive makes a key for one purpose, so that no two hashes share theirs.
func derive(secret []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

func asSignIn(ctx context.Context) context.Context { return tenancy.NewContext(ctx, tenancy.SignIn()) }

func asPlatform(ctx context.Context) context.Context {
	return tenancy.NewContext(ctx, tenancy.Platform())
}

// allowed returns who is acting, who must hold the permission for objects of the network, or with uuid.Nil for the tenant as
// a whole. A viewer who doesn't even see the network is told that the object isn't there.
func allowed(ctx context.Context, p tenancy.Permission, network uuid.UUID, what string) (tenancy.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return v, err
	}
	switch {
	case v.Tenant == uuid.Nil:
		return v, fault.New(fault.Forbidden, "Choose a tenant first: send its slug as X-Busbar-Tenant.")
	case v.Can(p, network):
		return v, nil
	case network != uuid.Nil && !v.Sees(network):
		return v, fault.Missing(what)
	case network == uuid.Nil && v.CanSomewhere(p):
		return v, fault.New(fault.Forbidden, "This concerns the tenant as a whole, and you act in some of its networks: choose all networks, or ask an admin of the tenant.")
	default:
		return v, fault.Lacking(p)
	}
}

// taken tells whether a write failed because such a row is there already.
func taken(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

func nullable(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func orNone(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}
