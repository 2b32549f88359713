package drivers

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/fault"
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
}

// Startable reports whether a start has a chance: nobody charges there, and nothing is wrong with it.
func (s *Spot) Startable() bool {
	switch s.Status {
	case "CHARGING", "SUSPENDED_EV", "SUSPENDED_EVSE", "FAULTED", "UNAVAILABLE", "FINISHING", "RESERVED":
		return false
	}
	return s.Online
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
			return found[:i], nil
		}
	}
	return found, nil
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
	return list[Spot](ctx, s, "places", `with near as (
			select s.id, row_number() over (order by
				case when $5::float8 is null then 0 else power(l.latitude - $5, 2) + power((mod((l.longitude - $6 + 540)::numeric, 360)::float8 - 180) * cos(radians($5)), 2) end, s.identity, s.id) as place
			from stations s join locations l on l.id = s.location_id
			where l.latitude between $1 and $3 and (case when $2::float8 <= $4::float8 then l.longitude between $2 and $4 else l.longitude >= $2 or l.longitude <= $4 end)
			order by place limit $7)
		`+spots+`join near on near.id = s.id order by near.place, c.evse_no, c.connector_no`, a.South, a.West, a.North, a.East, a.Latitude, a.Longitude, most)
}

// PriceAt is what charging costs now at a connector. Nil means that nothing says it.
func (s *Service) PriceAt(ctx context.Context, spot *Spot) (*pricing.Price, error) {
	if _, err := me(ctx); err != nil {
		return nil, err
	}
	price, err := pricing.Resolve(ctx, s.db, spot.Station, spot.EvseNo, spot.ConnectorNo, s.now())
	if fault.Is(err, fault.Conflict) {
		return nil, nil //nolint:nilerr // a place without a price is shown without one
	}
	if err != nil {
		return nil, err
	}
	return &price, nil
}
