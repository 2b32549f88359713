// Package pricing owns which tariff holds where and when: tariffs with their versions, where they are assigned, and what a place
// costs.
//
//	Create, Update ─> tariff ─> versions, each for ever          Assign ─> connector, EVSE, station, location, network, tenant
//	                                     └──────────┬──────────────────────────┘
//	                                             Resolve(place, moment) ─> Price ─┬─> a session, for good
//	                                                                              └─> Quote, before one starts
//
// The nearest assignment counts, from the connector outwards to the tenant. A network that is free costs nothing unless something
// nearer says otherwise. Versions and assignments keep when they held: a session that is reported late is priced by what held when it
// began.
package pricing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/tenancy"
)

// Service keeps tariffs and says what places cost.
type Service struct {
	db     *db.DB
	issues *issues.Service
	now    func() time.Time
}

// New makes the service. Now is the clock; nil is the system's.
func New(database *db.DB, i *issues.Service, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{db: database, issues: i, now: now}
}

// Level is how near to a connector an assignment is.
type Level string

// The levels, the nearest first.
const (
	OnConnector Level = "CONNECTOR"
	OnEVSE      Level = "EVSE"
	OnStation   Level = "STATION"
	OnLocation  Level = "LOCATION"
	OnNetwork   Level = "NETWORK"
	OnTenant    Level = "TENANT"
)

// Place is what a price depends on beside the tariff.
type Place struct {
	Station, Network uuid.UUID
	Identity         string
	Zone             *time.Location
	Currency         string
	MaxPowerW        int64
	Rounding         rating.Rounding
	// Hold is what the network sets aside for a session; nil leaves that to what one usually costs.
	Hold *int64
}

// Price is what holds at a place.
type Price struct {
	Place
	// Free is set where charging costs nothing; then there is no version.
	Free            bool
	Version, Tariff uuid.UUID
	Number          int
	Level           Level
	Definition      *tariff.Tariff
}

// ErrNone says that nothing says what charging costs at a place.
var ErrNone = fault.New(fault.Conflict, "No tariff says what charging costs here, so it can't be started from afar. Assign a tariff to the connector, station, "+
	"location, network or tenant, or mark the network as free.")

// querier is a transaction, or the database itself.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// resolve finds places and the nearest assignment of each with a version that holds. Of assignments, those count that held at the moment;
// where none did, those of now. The same goes for versions.
const resolve = `
	with place as (
		select asked.n, s.tenant_id, s.id as station, s.network_id, s.identity, s.location_id, e.id as evse, c.id as connector, n.free, n.currency, n.hold,
			coalesce(nullif(l.timezone, ''), t.timezone) as zone, coalesce(c.max_power_w, 0) as max_power_w, t.rounding
		from unnest($1::uuid[], $2::integer[], $3::integer[]) with ordinality as asked (station, evse_no, connector_no, n)
			join stations s on s.id = asked.station join networks n on n.id = s.network_id join tenants t on t.id = s.tenant_id left join locations l on l.id = s.location_id
			left join evses e on e.station_id = s.id and e.evse_no = asked.evse_no
			left join connectors c on c.station_id = s.id and c.evse_no = asked.evse_no and c.connector_no = asked.connector_no)
	select p.n, p.station, p.network_id, p.identity, p.zone, p.currency, p.max_power_w, p.rounding, p.hold, p.free, a.level, a.version, a.tariff, a.number, a.definition
	from place p left join lateral (
		select a.level, v.id as version, a.tariff_id as tariff, v.number, v.definition
		from tariff_assignments a join tariffs t on t.id = a.tariff_id and t.currency = p.currency
			join lateral (
				select v.id, v.number, v.definition from tariff_versions v where v.tariff_id = a.tariff_id
					and (v.valid_from is null or v.valid_from <= $4) and (v.valid_to is null or v.valid_to > $4)
				order by v.created_at <= $4 desc, case when v.created_at <= $4 then -v.number else v.number end limit 1) v on true
		where a.tenant_id = p.tenant_id and (a.target_id in (p.connector, p.evse, p.station, p.location_id, p.network_id) or a.level = 'TENANT' and not p.free)
			and (a.ended_at is null or a.ended_at > $4)
		order by a.assigned_at <= $4 desc, array_position(array['CONNECTOR', 'EVSE', 'STATION', 'LOCATION', 'NETWORK', 'TENANT'], a.level), a.assigned_at desc limit 1) a on true`

// Spot is a connector whose price is asked for. Connector 0 is any of the EVSE.
type Spot struct {
	Station             uuid.UUID
	EvseNo, ConnectorNo int
}

// Answer is what charging costs at a spot, or ErrNone, or that there is no such station.
type Answer struct {
	Price
	Err error
}

// Resolve says what charging costs at a connector at a moment; ErrNone where nothing says it. Connector 0 is any of the EVSE.
func Resolve(ctx context.Context, q querier, station uuid.UUID, evseNo, connectorNo int, at time.Time) (Price, error) {
	answers, err := ResolveAll(ctx, q, []Spot{{station, evseNo, connectorNo}}, at)
	if err != nil {
		return Price{}, err
	}
	return answers[0].Price, answers[0].Err
}

// ResolveAll is Resolve for many spots at once. The answers come in their order.
func ResolveAll(ctx context.Context, q querier, spots []Spot, at time.Time) ([]Answer, error) {
	stations, evses, connectors := make([]uuid.UUID, len(spots)), make([]int, len(spots)), make([]int, len(spots))
	answers := make([]Answer, len(spots))
	for i, s := range spots {
		stations[i], evses[i], connectors[i] = s.Station, s.EvseNo, s.ConnectorNo
		answers[i].Err = fault.Missing("station")
	}
	rows, err := q.Query(ctx, resolve, stations, evses, connectors, at)
	if err != nil {
		return nil, fmt.Errorf("find the price: %w", err)
	}
	var f found
	_, err = pgx.ForEachRow(rows, f.columns(), func() error {
		p, err := f.price()
		if err != nil && !errors.Is(err, ErrNone) {
			return err
		}
		answers[f.n-1] = Answer{p, err}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find the price: %w", err)
	}
	return answers, nil
}

// found is a row of resolve.
type found struct {
	Place
	n           int
	zone        string
	free        bool
	level       *Level
	version, of *uuid.UUID
	number      *int
	definition  []byte
}

func (f *found) columns() []any {
	return []any{&f.n, &f.Station, &f.Network, &f.Identity, &f.zone, &f.Currency, &f.MaxPowerW, &f.Rounding, &f.Hold, &f.free, &f.level, &f.version, &f.of, &f.number, &f.definition}
}

func (f *found) price() (p Price, err error) {
	p.Place = f.Place
	if p.Zone, err = time.LoadLocation(f.zone); err != nil {
		return Price{}, err
	}
	if f.version == nil {
		if p.Free = f.free; f.free {
			return p, nil
		}
		return p, ErrNone
	}
	p.Version, p.Tariff, p.Number, p.Level = *f.version, *f.of, *f.number, *f.level
	if p.Definition, err = Read(f.definition); err != nil {
		return Price{}, fmt.Errorf("read version %s of a tariff: %w", p.Version, err)
	}
	return p, nil
}

// Read reads a stored version. It was checked when it was stored.
func Read(definition []byte) (*tariff.Tariff, error) {
	var t tariff.Tariff
	if err := t.UnmarshalJSON(definition); err != nil {
		return nil, err
	}
	return &t, nil
}

// allowed is the viewer, who must hold the permission for objects of the network. Nil is the tenant as a whole.
func allowed(ctx context.Context, p tenancy.Permission, network uuid.UUID, what string) (tenancy.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	switch {
	case err != nil:
		return v, err
	case !v.Sees(network) && network != uuid.Nil:
		return v, fault.Missing(what)
	case !v.Can(p, network):
		return v, fault.Lacking(p)
	}
	return v, nil
}
