package charging

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/tenancy"
)

// Link is the domain's side of one live connection: which connectors the station has and which sessions run on it, so that a
// status or a meter value costs no query. Only the connection's own loop uses it.
type Link struct {
	journal.Origin
	Identity  string
	Version   string
	Vendor    string
	Epoch     int64
	Onboarded bool
	// Accepted is the station's registration: until it is, its boots are answered Pending.
	Accepted bool
	// RenewalOnly is set where the station's certificate lets it in to be given a new one, and to nothing else.
	RenewalOnly bool
	// NeedsInventory is set until the station's settings were read once.
	NeedsInventory bool

	service *Service
	// manners is how the station is treated.
	manners     atomic.Pointer[manners]
	connectedAt time.Time
	connectors  map[place]*connectorRef
	sessions    map[string]*sessionRef
	// running are the sessions that run, by EVSE.
	running map[int]*sessionRef
	// leftRunning is set where sessions ran when the station connected.
	leftRunning bool
	// parked are events that go out once the entry they belong to is committed.
	parked []parkedEvent
	// onCommit is done with what the link remembers once the entry is committed.
	onCommit []func()
	// owed are calls to the station that follow from what it said, once the answer has left.
	owed []func(ctx context.Context) error
	// expected is the report of everything that was asked for after the boot, and inventory tells that it has come.
	expected  atomic.Int64
	inventory chan struct{}
}

// place is a connector of an EVSE. In OCPP 1.6 connector n is EVSE n, connector 1.
type place struct{ evse, connector int }

type connectorRef struct {
	id uuid.UUID
	place
}

// sessionRef is what a meter value needs to know of its session.
type sessionRef struct {
	id            uuid.UUID
	transactionID string
	evseNo        int
	meterStart    decimal.Decimal
	hasMeterStart bool
	// seen are the numbers of the events of an OCPP 2.x session that are stored.
	seen sequence
	// begun is set once the event that starts an OCPP 2.x session is stored.
	begun bool
	// perSession is set once the station is seen to count each session from zero in its samples.
	perSession bool
	ended      bool
	// state is the state of charging as of the event stateSeq, and costAt when the station was told last what the session costs (OCPP 2.x).
	state    string
	stateSeq int64
	costAt   time.Time
}

type parkedEvent struct {
	kind  EventKind
	event Event
}

// context is the station acting for itself.
func (l *Link) context(ctx context.Context) context.Context {
	return tenancy.NewContext(ctx, tenancy.Station(l.Tenant, l.Identity))
}

// Connection describes the socket for Connect.
type Connection struct {
	Version string
	Remote  netip.Addr
}

// Connect takes ownership of a station for this node. The newest good connection wins, by the order in which handshakes were
// admitted: two of them may be set up side by side. The epoch it is given fences off the one before, and if that was on another
// node, the node is told. The next password takes the place of the present one with the first connection that used it; a handshake beside that one
// finds it done.
func (s *Service) Connect(ctx context.Context, a *Admission, c Connection) (*Link, error) {
	l := &Link{
		Origin: a.Origin, Identity: a.Identity, Version: c.Version, Vendor: a.Vendor, service: s,
		connectors: map[place]*connectorRef{}, sessions: map[string]*sessionRef{}, running: map[int]*sessionRef{}, inventory: make(chan struct{}, 1),
	}
	ctx = l.context(ctx)
	at := s.now()
	l.connectedAt = at
	l.RenewalOnly = a.certificate != nil && a.certificate.RenewalOnly
	var previousNode string
	var wasOnline bool
	var is traits
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var onboarding, registration string
		var inventoried *time.Time
		certificate, err := s.presented(ctx, tx, a)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `
			update stations s set online = true, connected_at = $2, last_seen_at = $2, node = $3, remote_address = $4, connection_version = $5,
				connection_profile = $6, connection_epoch = s.connection_epoch + 1, admitted_at = $8,
				certificate_id = $10, renewal_only = $11,
				credential_verified_at = case when $9 then coalesce(s.credential_verified_at, $2) else s.credential_verified_at end,
				registration_status = case when $9 and s.registration_status = 'PENDING' then 'ACCEPTED' else s.registration_status end,
				password_salt = case when s.next_password_mac = $7 then s.next_password_salt else s.password_salt end,
				password_mac = case when s.next_password_mac = $7 then s.next_password_mac else s.password_mac end,
				next_password_salt = case when s.next_password_mac = $7 then null else s.next_password_salt end,
				next_password_mac = case when s.next_password_mac = $7 then null else s.next_password_mac end
			from (select id, node, online, network_id from stations where id = $1 for update) before
			where s.id = $1 and s.removed_at is null and s.registration_status <> 'REJECTED' and (s.admitted_at is null or s.admitted_at <= $8)
				and ($7::bytea is null or $7 in (s.next_password_mac, s.password_mac))
			returning s.connection_epoch, before.node, before.online, s.onboarding, s.registration_status, s.inventory_at, s.network_id, `+behaviourColumns,
			l.Station, at, s.config.Node, c.Remote.String(), c.Version, a.Profile, a.usedNext, a.at,
			a.Profile > 0 && !l.RenewalOnly, db.OrNull(certificate), l.RenewalOnly,
		).Scan(append([]any{&l.Epoch, &previousNode, &wasOnline, &onboarding, &registration, &inventoried, &l.Network}, is.columns()...)...)
		if err == pgx.ErrNoRows {
			return ErrNotAdmitted
		}
		if err != nil {
			return fmt.Errorf("take ownership of the station: %w", err)
		}
		l.Onboarded, l.Accepted = onboarding == "ONBOARDED", registration == "ACCEPTED" && !l.RenewalOnly
		l.NeedsInventory = inventoried == nil
		if err := s.securityConnected(ctx, tx, l, a); err != nil {
			return err
		}
		return l.load(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	l.meet(is)
	if wasOnline && previousNode != s.config.Node {
		s.evict(ctx, previousNode, l.Station, l.Epoch)
	}
	if !l.Onboarded {
		if err := s.keepAcceptance(ctx, a); err != nil {
			s.logger.Warn("a successful handshake couldn't be kept for the installer to see", "station", l.Identity, "error", err)
		}
	}
	s.publish(ctx, l.Origin, EventConnection, Event{At: at, Online: true})
	return l, nil
}

// presented notes the certificate with which the station was let in.
func (s *Service) presented(ctx context.Context, tx *db.Tx, a *Admission) (uuid.UUID, error) {
	if a.certificate == nil {
		return uuid.Nil, nil
	}
	// The station is held before its certificates, as by whoever signs for it or shuts it out: in another order each would wait for the other.
	if _, err := tx.Exec(ctx, "select from stations where id = $1 for no key update", a.Station); err != nil {
		return uuid.Nil, fmt.Errorf("hold the station that connects: %w", err)
	}
	id, err := s.authorities.Seen(ctx, tx, a.Origin, *a.certificate)
	if errors.Is(err, authority.ErrRevoked) {
		return uuid.Nil, fmt.Errorf("%w: %w", ErrNotAdmitted, err)
	}
	return id, err
}

// load fetches what the link keeps in memory.
func (l *Link) load(ctx context.Context, tx *db.Tx) error {
	rows, err := tx.Query(ctx, "select id, evse_no, connector_no from connectors where station_id = $1", l.Station)
	if err != nil {
		return fmt.Errorf("load the station's connectors: %w", err)
	}
	var id uuid.UUID
	var at place
	_, err = pgx.ForEachRow(rows, []any{&id, &at.evse, &at.connector}, func() error {
		l.connectors[at] = &connectorRef{id: id, place: at}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load the station's connectors: %w", err)
	}
	rows, err = tx.Query(ctx, `select id, ocpp_transaction_id, evse_no, meter_start_wh, coalesce(seq_seen, '{}')::text, start_key is not null,
			status in ('PENDING', 'RUNNING')
		from charging_sessions where station_id = $1 and (status in ('PENDING', 'RUNNING') or (seq_seen is not null and stopped_at > $2))
		order by started_at`, l.Station, l.connectedAt.Add(-24*time.Hour))
	if err != nil {
		return fmt.Errorf("load the station's running sessions: %w", err)
	}
	ref := &sessionRef{}
	var meterStart *string
	var seen string
	var running bool
	_, err = pgx.ForEachRow(rows, []any{&ref.id, &ref.transactionID, &ref.evseNo, &meterStart, &seen, &ref.begun, &running}, func() error {
		if meterStart != nil {
			ref.meterStart, err = decimal.Parse(*meterStart)
			ref.hasMeterStart = err == nil
		}
		ref.seen, ref.ended = parseSequence(seen), !running
		l.leftRunning = l.leftRunning || running
		l.remember(ref)
		ref = &sessionRef{}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load the station's running sessions: %w", err)
	}
	return nil
}

// remember makes a session the running one of its EVSE.
func (l *Link) remember(ref *sessionRef) {
	l.sessions[ref.transactionID] = ref
	if !ref.ended {
		l.running[ref.evseNo] = ref
	}
}

// forget notes that a session has ended. Late samples still find it.
func (l *Link) forget(ref *sessionRef) {
	ref.ended = true
	if l.running[ref.evseNo] == ref {
		delete(l.running, ref.evseNo)
	}
	// A station's memory of a stale transaction id can be long; ours need not be.
	if len(l.sessions) > 64 {
		for id, old := range l.sessions {
			if old.ended {
				delete(l.sessions, id)
			}
		}
	}
}

// Owns reports whether no newer connection has taken the station over.
func (s *Service) Owns(ctx context.Context, l *Link) (bool, error) {
	rows, err := s.db.Query(l.context(ctx), "select connection_epoch from stations where id = $1", l.Station)
	if err != nil {
		return false, fmt.Errorf("look who owns station %s: %w", l.Identity, err)
	}
	epoch, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
	if err != nil {
		return false, fmt.Errorf("look who owns station %s: %w", l.Identity, err)
	}
	return epoch == l.Epoch, nil
}

// Disconnect notes that the connection is gone, unless a newer one has taken over.
func (s *Service) Disconnect(ctx context.Context, l *Link) error {
	at := s.now()
	n, err := s.db.Exec(l.context(ctx), `update stations set online = false, disconnected_at = $3, last_seen_at = greatest(last_seen_at, $3)
		where id = $1 and connection_epoch = $2 and online`, l.Station, l.Epoch, at)
	if err != nil {
		return fmt.Errorf("note that station %s is offline: %w", l.Identity, err)
	}
	if n > 0 {
		s.publish(ctx, l.Origin, EventConnection, Event{At: at})
	}
	return nil
}

// maxConnectors bounds how many connectors a station may bring into being by naming them.
const maxConnectors = 100

// connector returns the connector of a place, and makes it when the station reports one we didn't know.
func (l *Link) connector(ctx context.Context, at place) (*connectorRef, error) {
	if c := l.connectors[at]; c != nil {
		return c, nil
	}
	switch {
	case at.evse < 1 || at.evse > maxConnectors:
		return nil, fault.In("connectorId", "connector %d is outside 1 to %d", at.evse, maxConnectors)
	case at.connector < 1 || at.connector > maxConnectors:
		return nil, fault.In("connectorId", "connector %d of EVSE %d is outside 1 to %d", at.connector, at.evse, maxConnectors)
	case len(l.connectors) >= maxConnectors:
		return nil, fault.In("connectorId", "the station has named more than %d connectors", maxConnectors)
	}
	ref := &connectorRef{place: at}
	err := l.service.db.InTx(l.context(ctx), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `
			with evse as (
				insert into evses (id, tenant_id, network_id, station_id, evse_no) values ($1, $2, $3, $4, $5)
				on conflict (station_id, evse_no) do update set evse_no = excluded.evse_no returning id)
			insert into connectors (id, tenant_id, network_id, station_id, evse_id, evse_no, connector_no)
			select $6, $2, $3, $4, evse.id, $5, $7 from evse
			on conflict (station_id, evse_no, connector_no) do update set connector_no = excluded.connector_no returning id`,
			journal.NewID(), l.Tenant, l.Network, l.Station, at.evse, journal.NewID(), at.connector).Scan(&ref.id)
	})
	if err != nil {
		return nil, fmt.Errorf("make connector %d of EVSE %d of station %s: %w", at.connector, at.evse, l.Identity, err)
	}
	l.connectors[at] = ref
	return ref, nil
}
