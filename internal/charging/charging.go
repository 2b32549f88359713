// Package charging owns the domain: stations and how they are onboarded, connectors, sessions, tokens, locations and the
// commands that are sent to stations. Business rules of charging live here and nowhere else.
//
//	handshake ─> Admit ─> Connect ─> Link ┬─ ReportStatus, ReportSamples ─> journal, with many stations' in one commit
//	                                      └─ Boot, Authorize, StartSession, StopSession ─> a transaction of their own
//
//	GraphQL ─> RemoteStart, Reset, … ─> Command row ─> Commander ─> the node that holds the socket ─> station
//
// What stations say comes in by Link (link.go); each report has its file, by what it tells of: boot, status, transactions, samples,
// reports, reported, …_progress. What people ask of stations is an Order (orders.go), given by commands.go, suited to the make by
// behaviour_orders.go, and written by area: device_model, reservations, smart_charging, local_lists, firmware, logs, certificates,
// signing, monitoring, displays, messages. bulk.go gives one to many. What people change here is in stations, station_changes,
// locations, token_changes.
//
// Whatever a station reports is stored together with the log rows of its message, before it is answered. Afterwards one
// event with ids goes out on the bus, and subscribers fetch what they may see.
package charging

import (
	"context"
	"crypto/x509"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/internal/secrets"
	"github.com/busbar-ev/busbar/tenancy"
)

// Service is the domain with what it stands on.
type Service struct {
	db        *db.DB
	journal   *journal.Journal
	bus       bus.Bus
	commander Commander
	logger    *slog.Logger
	config    Config
	throttle  *throttle
	now       func() time.Time
	// plugAndCharge is nil while nobody vouches for certificates.
	plugAndCharge PlugAndCharge
	// authorities is nil where nobody signs or is believed: stations connect by password then.
	authorities *authority.Service
	// issues is where what somebody has to look at is raised.
	issues *issues.Service
	// files is nil where no files are kept.
	files Files
	// charges is nil where nothing is billed.
	charges *charges.Service
	// box seals passwords on their way to stations; nil where the server has no secret.
	box *secrets.Box
	// serverRoots are the roots by which stations believe this server over TLS, and serverURL is where they reach it; nil without TLS.
	serverRoots func() []*x509.Certificate
	serverURL   func() string
	// underway are the commands that were sent and whose outcome isn't stored yet.
	underway sync.WaitGroup
}

// Config is what the domain needs to know of its surroundings.
type Config struct {
	// Node names this process among its peers; stations remember which one holds their socket.
	Node string
	// Pepper keys the hashes of station passwords. It lives outside the database.
	Pepper []byte
	// Secret is the server's, from which the key is made that seals passwords until stations have them. Without it none are sent.
	Secret []byte
	// StationURLs are where stations reach this system, without path: ws://host:port, wss://host.
	StationURLs []string
	// HeartbeatInterval is what stations are told at boot.
	HeartbeatInterval time.Duration
	// Cost is what a session costs so far; nil where nobody reckons it. It is asked in the transaction that stores an event.
	Cost func(ctx context.Context, tx *db.Tx, session uuid.UUID) (*decimal.Decimal, error)
	// CostEvery is how often a station is told what a running session costs; a minute where it is zero.
	CostEvery time.Duration
	// Now is the clock; nil is the system's.
	Now func() time.Time
}

// New puts the domain together. Listen starts what it does in the background.
func New(database *db.DB, j *journal.Journal, b bus.Bus, logger *slog.Logger, config Config) *Service {
	if config.HeartbeatInterval == 0 {
		config.HeartbeatInterval = 5 * time.Minute
	}
	if config.CostEvery == 0 {
		config.CostEvery = time.Minute
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	s := &Service{
		db: database, journal: j, bus: b, logger: logger, config: config,
		throttle: newThrottle(config.Now), now: config.Now, issues: issues.New(database, b),
	}
	if len(config.Secret) > 0 {
		box, err := secrets.New("station credentials", config.Secret)
		if err != nil {
			logger.Error("stations can't be given passwords", "error", err)
		}
		s.box = box
	}
	return s
}

// UseCommander sets the way to stations' sockets. The endpoint that owns them calls it before it serves.
func (s *Service) UseCommander(c Commander) { s.commander = c }

// UseAuthorities sets who signs and verifies certificates of stations.
func (s *Service) UseAuthorities(a *authority.Service) { s.authorities = a }

// Node is the name of this process among its peers.
func (s *Service) Node() string { return s.config.Node }

// HeartbeatInterval is what stations are told at boot.
func (s *Service) HeartbeatInterval() time.Duration { return s.config.HeartbeatInterval }

// viewer is who is acting, who must hold the permission for objects of the network. A viewer who doesn't even see the
// network is told that the object isn't there.
func viewer(ctx context.Context, p tenancy.Permission, network uuid.UUID, what string) (tenancy.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return v, err
	}
	if !v.Sees(network) {
		return v, fault.Missing(what)
	}
	if !v.Can(p, network) {
		return v, fault.Lacking(p)
	}
	return v, nil
}
