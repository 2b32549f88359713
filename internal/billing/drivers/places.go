package drivers

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Spot is a connector where the driver may charge.
type Spot struct {
	ID, Station         uuid.UUID
	Identity, Name      string
	Online              bool
	Location            *uuid.UUID
	Place, Address      string
	PostalCode, City    string
	Country             string
	Latitude, Longitude *float64
	EvseNo, ConnectorNo int
	Type                string
	MaxPowerW           *int
	Status              string

	busy bool
	// with are those that it was found with: the price of one is asked for together with theirs.
	with *prices
}

// prices are what charging costs at spots that were found together, once somebody asks.
type prices struct {
	once    sync.Once
	at      []pricing.Spot
	answers map[pricing.Spot]pricing.Answer
	err     error
}

func (s *Spot) at() pricing.Spot {
	return pricing.Spot{Station: s.Station, EvseNo: s.EvseNo, ConnectorNo: s.ConnectorNo}
}

// Startable reports whether a start has a chance: nobody charges there, and nothing is wrong with it.
func (s *Spot) Startable() bool {
	if s.busy {
		return false
	}
	switch s.Status {
	case "CHARGING", "SUSPENDED_EV", "SUSPENDED_EVSE", "FAULTED", "UNAVAILABLE", "FINISHING", "RESERVED":
		return false
	}
	return s.Online
}

// look finds out where somebody charges. Stations of OCPP 2.x don't say it in a connector's status, and drivers see no session but their
// own: that one is running is told, and nothing of it.
func (s *Service) look(ctx context.Context, spots []Spot, err error) ([]Spot, error) {
	if err != nil || len(spots) == 0 {
		return spots, err
	}
	v, err := me(ctx)
	if err != nil {
		return nil, err
	}
	stations := make([]uuid.UUID, 0, len(spots))
	together := &prices{}
	for i := range spots {
		spots[i].with = together
		together.at = append(together.at, spots[i].at())
		if len(stations) == 0 || stations[len(stations)-1] != spots[i].Station {
			stations = append(stations, spots[i].Station)
		}
	}
	rows, err := s.db.Query(tenancy.NewContext(ctx, tenancy.OnBehalfOf(v)), "select station_id, evse_no from charging_sessions where station_id = any ($1) and status in ('PENDING', 'RUNNING')", stations)
	if err != nil {
		return nil, fmt.Errorf("look where somebody charges: %w", err)
	}
	var station uuid.UUID
	var evseNo int
	_, err = pgx.ForEachRow(rows, []any{&station, &evseNo}, func() error {
		for i := range spots {
			spots[i].busy = spots[i].busy || spots[i].Station == station && spots[i].EvseNo == evseNo
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look where somebody charges: %w", err)
	}
	return spots, nil
}

const spots = `select c.id, s.id, s.identity, s.name, s.online, l.id, coalesce(l.name, s.name), coalesce(l.address, ''), coalesce(l.postal_code, ''), coalesce(l.city, ''),
		coalesce(l.country, ''), l.latitude, l.longitude, c.evse_no, c.connector_no, c.type, c.max_power_w, coalesce(c.status, '')
	from stations s join connectors c on c.station_id = s.id left join locations l on l.id = s.location_id `

// Place finds the connectors that a code on a station names: its identity, alone or followed by the number of an EVSE and of a
// connector, or an address of a page that ends with it.
//
//	CP-12    CP-12/2    CP-12/2/1    https://portal.example/drive/c/CP-12/2
func (s *Service) Place(ctx context.Context, code string) ([]Spot, error) {
	identity, evse, connector := readCode(code)
	found, err := list[Spot](ctx, s, "place", spots+`where lower(s.identity) = lower($1) and ($2 = 0 or c.evse_no = $2) and ($3 = 0 or c.connector_no = $3)
		order by s.identity <> $1, s.id, c.evse_no, c.connector_no limit 200`, identity, evse, connector)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &fault.Error{Code: fault.NotFound, Field: "code", Message: "No station here has this code: check it, or look for the station on the map."}
	}
	// Identities that differ by case alone are several stations: the one that is spelled so comes first.
	for i := range found {
		if found[i].Station != found[0].Station {
			found = found[:i]
			break
		}
	}
	return s.look(ctx, found, nil)
}

// readCode takes a code apart. Identities have no slash.
func readCode(code string) (identity string, evse, connector int) {
	code = strings.TrimSpace(code)
	if u, err := url.Parse(code); err == nil && u.Host != "" {
		code = u.Path
		if _, after, ok := strings.Cut(code, "/c/"); ok {
			code = after
		}
	}
	parts := strings.Split(strings.Trim(code, "/"), "/")
	number := func(i int) int {
		if i >= len(parts) {
			return 0
		}
		n, err := strconv.ParseInt(parts[i], 10, 32)
		if err != nil || n < 1 {
			return -1 // no connector has it
		}
		return int(n)
	}
	return parts[0], number(1), number(2)
}

// Spot is one connector, or nil.
func (s *Service) Spot(ctx context.Context, id uuid.UUID) (*Spot, error) {
	return one(list[Spot](ctx, s, "connector", spots+"where c.id = $1", id))
}

// Area says which part of the map is meant.
type Area struct {
	// South, West, North and East bound it. West is more than East where it spans the 180th meridian.
	South, West, North, East float64
	// Latitude and Longitude are where the nearest is looked for; nil where that doesn't matter.
	Latitude, Longitude *float64
}

// Check refuses what is no part of a map.
func (a *Area) Check() error {
	switch {
	case !(a.South >= -90 && a.North <= 90 && a.South <= a.North):
		return fault.In("within", "South and north are latitudes between -90 and 90, and south is the lesser.")
	case !(a.West >= -180 && a.West <= 180 && a.East >= -180 && a.East <= 180):
		return fault.In("within", "West and east are longitudes between -180 and 180.")
	case (a.Latitude == nil) != (a.Longitude == nil):
		return fault.In("near", "Where somebody is takes a latitude and a longitude.")
	case a.Latitude != nil && !(*a.Latitude >= -90 && *a.Latitude <= 90 && *a.Longitude >= -180 && *a.Longitude <= 180):
		return fault.In("near", "A latitude is between -90 and 90, a longitude between -180 and 180.")
	}
	return nil
}

// Places are the connectors of an area, those of the nearest stations first; a station counts as one of most.
func (s *Service) Places(ctx context.Context, a Area, most int) ([]Spot, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	found, err := list[Spot](ctx, s, "places", `with near as (
			select s.id, row_number() over (order by
				case when $5::float8 is null then 0 else power(l.latitude - $5, 2) + power((mod((l.longitude - $6 + 540)::numeric, 360)::float8 - 180) * cos(radians($5)), 2) end, s.identity, s.id) as place
			from stations s join locations l on l.id = s.location_id
			where l.latitude between $1 and $3 and (case when $2::float8 <= $4::float8 then l.longitude between $2 and $4 else l.longitude >= $2 or l.longitude <= $4 end)
			order by place limit $7)
		`+spots+`join near on near.id = s.id order by near.place, c.evse_no, c.connector_no`, a.South, a.West, a.North, a.East, a.Latitude, a.Longitude, most)
	return s.look(ctx, found, err)
}

// PriceAt is what charging costs now at a connector. Nil means that nothing says it.
func (s *Service) PriceAt(ctx context.Context, spot *Spot) (*pricing.Price, error) {
	if _, err := me(ctx); err != nil {
		return nil, err
	}
	price, err := s.priceOf(ctx, spot)
	if fault.Is(err, fault.Conflict) {
		return nil, nil //nolint:nilerr // a place without a price is shown without one
	}
	if err != nil {
		return nil, err
	}
	return &price, nil
}

// priceOf asks for the price of a spot, and of those it was found with.
func (s *Service) priceOf(ctx context.Context, spot *Spot) (pricing.Price, error) {
	w := spot.with
	if w == nil {
		return pricing.Resolve(ctx, s.db, spot.Station, spot.EvseNo, spot.ConnectorNo, s.now())
	}
	w.once.Do(func() {
		var answers []pricing.Answer
		if answers, w.err = pricing.ResolveAll(ctx, s.db, w.at, s.now()); w.err != nil {
			return
		}
		w.answers = make(map[pricing.Spot]pricing.Answer, len(answers))
		for i, a := range answers {
			w.answers[w.at[i]] = a
		}
	})
	if w.err != nil {
		return pricing.Price{}, w.err
	}
	a := w.answers[spot.at()]
	return a.Price, a.Err
}
