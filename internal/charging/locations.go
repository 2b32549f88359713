package charging

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/chargingsession"
	"github.com/busbar-ev/busbar/ent/predicate"
	"github.com/busbar-ev/busbar/ent/station"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// LocationSpec describes a location; in an update, nil leaves a thing as it is.
type LocationSpec struct {
	Name, Address, PostalCode, City, Country, Timezone *string
	Latitude, Longitude                                *float64
	Network                                            uuid.UUID
}

func (l *LocationSpec) check() error {
	if l.Name != nil {
		name := strings.TrimSpace(*l.Name)
		if name == "" || utf8.RuneCountInString(name) > 200 {
			return fault.In("name", "A location needs a name of at most 200 characters.")
		}
		l.Name = &name
	}
	if l.Country != nil {
		country := strings.ToUpper(strings.TrimSpace(*l.Country))
		if country != "" && len(country) != 2 {
			return fault.In("country", "A country is its two-letter code, such as NL, not %q.", fault.Printable(*l.Country))
		}
		l.Country = &country
	}
	if l.Timezone != nil {
		if _, err := time.LoadLocation(*l.Timezone); err != nil || *l.Timezone == "" || *l.Timezone == "Local" {
			return fault.In("timezone", "A time zone is an IANA name, such as Europe/Berlin, not %q.", fault.Printable(*l.Timezone))
		}
	}
	if l.Latitude != nil && (*l.Latitude < -90 || *l.Latitude > 90) {
		return fault.In("latitude", "A latitude lies between -90 and 90 degrees.")
	}
	if l.Longitude != nil && (*l.Longitude < -180 || *l.Longitude > 180) {
		return fault.In("longitude", "A longitude lies between -180 and 180 degrees.")
	}
	if (l.Latitude == nil) != (l.Longitude == nil) {
		return fault.In("latitude", "Latitude and longitude come together.")
	}
	return nil
}

// CreateLocation makes a location.
func (s *Service) CreateLocation(ctx context.Context, spec LocationSpec) (made *ent.Location, err error) {
	if spec.Name == nil {
		return nil, fault.In("name", "A location needs a name.")
	}
	if err := spec.check(); err != nil {
		return nil, err
	}
	network, err := s.chooseNetwork(ctx, spec.Network)
	if err != nil {
		return nil, err
	}
	v, err := viewer(ctx, tenancy.LocationWrite, network.ID, "network")
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if spec.Timezone == nil {
			tenant, err := tx.Ent.Tenant.Get(ctx, v.Tenant)
			if err != nil {
				return fmt.Errorf("load the tenant: %w", err)
			}
			spec.Timezone = &tenant.Timezone
		}
		made, err = tx.Ent.Location.Create().SetTenantID(v.Tenant).SetNetworkID(network.ID).SetName(*spec.Name).SetNillableAddress(spec.Address).
			SetNillablePostalCode(spec.PostalCode).SetNillableCity(spec.City).SetNillableCountry(spec.Country).SetTimezone(*spec.Timezone).
			SetNillableLatitude(spec.Latitude).SetNillableLongitude(spec.Longitude).Save(ctx)
		if err != nil {
			return fmt.Errorf("make the location: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "location.create", Network: network.ID, SubjectType: "location", SubjectID: made.ID.String()})
	})
	return made, err
}

// UpdateLocation changes a location.
func (s *Service) UpdateLocation(ctx context.Context, id uuid.UUID, spec LocationSpec) (changed *ent.Location, err error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		place, err := loadLocation(ctx, tx, id)
		if err != nil {
			return err
		}
		changed, err = tx.Ent.Location.UpdateOne(place).SetNillableName(spec.Name).SetNillableAddress(spec.Address).SetNillablePostalCode(spec.PostalCode).
			SetNillableCity(spec.City).SetNillableCountry(spec.Country).SetNillableTimezone(spec.Timezone).SetNillableLatitude(spec.Latitude).
			SetNillableLongitude(spec.Longitude).SetUpdatedAt(s.now()).Save(ctx)
		if err != nil {
			return fmt.Errorf("change the location: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "location.update", Network: place.NetworkID, SubjectType: "location", SubjectID: id.String()})
	})
	return changed, err
}

// maxNamed bounds how many stations a refusal names.
const maxNamed = 10

// DeleteLocation deletes a location that no station stands at.
func (s *Service) DeleteLocation(ctx context.Context, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		place, err := loadLocation(ctx, tx, id)
		if err != nil {
			return err
		}
		attached, err := tx.Ent.Location.QueryStations(place).Where(station.RemovedAtIsNil()).Order(ent.Asc(station.FieldName)).All(ctx)
		if err != nil {
			return fmt.Errorf("look for stations at the location: %w", err)
		}
		if len(attached) > 0 {
			names := make([]string, 0, maxNamed+1)
			for i, st := range attached {
				if i == maxNamed {
					names = append(names, fmt.Sprintf("and %d more", len(attached)-maxNamed))
					break
				}
				names = append(names, st.Name)
			}
			return fault.New(fault.Conflict, "Stations stand at this location: %s. Move them to another location first.", strings.Join(names, ", "))
		}
		// Stations that were removed keep no hold on it.
		if _, err := tx.Exec(ctx, "update stations set location_id = null where location_id = $1", id); err != nil {
			return fmt.Errorf("free the location: %w", err)
		}
		if err := tx.Ent.Location.DeleteOne(place).Exec(ctx); err != nil {
			return fmt.Errorf("delete the location: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "location.delete", Network: place.NetworkID, SubjectType: "location", SubjectID: id.String(),
			Details: map[string]any{"name": place.Name}})
	})
}

func loadLocation(ctx context.Context, tx *db.Tx, id uuid.UUID) (*ent.Location, error) {
	place, err := tx.Ent.Location.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("location")
	}
	if err != nil {
		return nil, fmt.Errorf("load the location: %w", err)
	}
	_, err = viewer(ctx, tenancy.LocationWrite, place.NetworkID, "location")
	return place, err
}

func sessionRuns() predicate.ChargingSession {
	return chargingsession.StatusIn(chargingsession.StatusPENDING, chargingsession.StatusRUNNING)
}
