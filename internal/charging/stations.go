package charging

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/connector"
	"github.com/busbar-ev/busbar/ent/station"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/tenancy"
)

// EvseSpec describes an EVSE of a station that is added.
type EvseSpec struct {
	No         int
	Connectors []ConnectorSpec
}

// ConnectorSpec describes a connector.
type ConnectorSpec struct {
	No        int
	Type      connector.Type
	MaxPowerW *int
}

// StationSpec describes a station that is added.
type StationSpec struct {
	Identity, Name  string
	Network         uuid.UUID
	Location        uuid.UUID
	Password        string
	SecurityProfile *int
	Version         string
	// SerialNumber is by which a certificate of its maker is known to be the station's.
	SerialNumber string
	Evses        []EvseSpec
}

// identityPattern is what an identity may be made of (OCPP 2.0.1 Part 2, identifierString, and what chargers have in the field).
var identityPattern = regexp.MustCompile(`^[A-Za-z0-9*\-_=:+|@.]{1,48}$`)

// ValidIdentity reports whether a text can be a station's identity.
func ValidIdentity(identity string) bool {
	return identityPattern.MatchString(identity) && strings.Trim(identity, ".") != ""
}

// AddStation registers a station as Pending. The password is returned only when it was made here, and never again.
func (s *Service) AddStation(ctx context.Context, spec StationSpec) (added *ent.Station, password string, err error) {
	network, err := s.chooseNetwork(ctx, spec.Network)
	if err != nil {
		return nil, "", err
	}
	v, err := viewer(ctx, tenancy.StationCredential, network.ID, "network")
	if err != nil {
		return nil, "", err
	}
	profile, version, err := spec.check(network)
	if err != nil {
		return nil, "", err
	}
	sealed := secret{}
	if profile > 0 && profile < 3 {
		if spec.Password == "" {
			password = newPassword()
			spec.Password = password
		}
		sealed = s.seal([]byte(spec.Password))
	}
	id := journal.NewID()
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		create := tx.Ent.Station.Create().SetID(id).SetTenantID(v.Tenant).SetNetworkID(network.ID).SetIdentity(spec.Identity).
			SetName(spec.Name).SetOcppVersion(version).SetSecurityProfile(profile)
		serial, err := checkSerial(spec.SerialNumber)
		if err != nil {
			return err
		}
		create.SetExpectedSerial(serial)
		if sealed.salt != nil {
			create.SetPasswordSalt(sealed.salt).SetPasswordMAC(sealed.mac)
		}
		if spec.Location != uuid.Nil {
			if err := s.locationInNetwork(ctx, tx, spec.Location, network.ID); err != nil {
				return err
			}
			create.SetLocationID(spec.Location)
		}
		if added, err = create.Save(ctx); err != nil {
			return s.explainTaken(err, spec.Identity)
		}
		if err := saveEvses(ctx, tx, added, spec.Evses); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "station.add", Network: network.ID, SubjectType: "station", SubjectID: id.String(),
			Details: map[string]any{"identity": spec.Identity}})
	})
	if err != nil {
		return nil, "", err
	}
	s.publish(ctx, journal.Origin{Tenant: v.Tenant, Network: network.ID, Station: id}, EventStation, Event{})
	return added, password, nil
}

func (spec *StationSpec) check(network *ent.Network) (profile int, version string, err error) {
	spec.Identity = strings.TrimSpace(spec.Identity)
	if !ValidIdentity(spec.Identity) {
		return 0, "", fault.In("identity", "An identity has 1 to 48 letters, digits and * - _ = : + | @ . characters, and %q is not one.", fault.Printable(spec.Identity))
	}
	if spec.Name = strings.TrimSpace(spec.Name); spec.Name == "" {
		spec.Name = spec.Identity
	}
	if spec.Password != "" {
		if err := checkPassword(spec.Password); err != nil {
			return 0, "", err
		}
	}
	if version, err = checkVersion(spec.Version); err != nil {
		return 0, "", err
	}
	profile = 1
	if spec.SecurityProfile != nil {
		profile = *spec.SecurityProfile
	}
	switch {
	case profile < 0 || profile > 3:
		return 0, "", fault.In("securityProfile", "Security profiles go from 0 to 3: %d isn't one.", profile)
	case profile == 3 && spec.SerialNumber == "":
		return 0, "", fault.In("serialNumber", "A station that connects with its maker's certificate from the first is known by its serial number: give it. Otherwise add it with profile 1 or 2, and upgrade it.")
	case profile == 3 && spec.Password != "":
		return 0, "", fault.In("password", "A station with security profile 3 connects by certificate: leave the password out.")
	case profile == 0 && !network.AllowUnsecured:
		return 0, "", fault.In("securityProfile", "The network %q doesn't let stations in without a password. Choose profile 1, or allow it in the network's settings.", network.Name)
	}
	return profile, version, nil
}

func checkVersion(version string) (string, error) {
	switch version {
	case "":
		return "1.6", nil
	case "1.6", "2.0.1", "2.1":
		return version, nil
	}
	return "", fault.In("ocppVersion", "The OCPP version is 1.6, 2.0.1 or 2.1, not %q.", fault.Printable(version))
}

// chooseNetwork finds the network that something new belongs to: the one named, the only one the viewer reaches, or the
// tenant's first.
func (s *Service) chooseNetwork(ctx context.Context, id uuid.UUID) (*ent.Network, error) {
	if id != uuid.Nil {
		network, err := s.db.Ent().Network.Get(ctx, id)
		if ent.IsNotFound(err) {
			return nil, fault.Missing("network")
		}
		if err == nil && network.ArchivedAt != nil {
			return nil, fault.In("networkId", "The network %q is archived: choose another one.", network.Name)
		}
		return network, err
	}
	networks, err := s.db.Ent().Network.Query().Order(ent.Asc("created_at")).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the networks: %w", err)
	}
	for _, n := range networks {
		if n.ArchivedAt == nil {
			return n, nil
		}
	}
	return nil, fault.In("networkId", "There is no network to put this in: make one first.")
}

func (s *Service) locationInNetwork(ctx context.Context, tx *db.Tx, id, network uuid.UUID) error {
	place, err := tx.Ent.Location.Get(ctx, id)
	if ent.IsNotFound(err) {
		return fault.Missing("location")
	}
	if err != nil {
		return fmt.Errorf("load the location: %w", err)
	}
	if place.NetworkID != network {
		return fault.In("locationId", "The location %q belongs to another network than the station.", place.Name)
	}
	return nil
}

// explainTaken turns the violated uniqueness of an identity into words.
func (s *Service) explainTaken(err error, identity string) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "stations_identity" {
		return (&fault.Error{Code: fault.Conflict, Field: "identity",
			Message: fmt.Sprintf("A station with the identity %q exists already. Identities are unique within a tenant.", identity)}).Because(err)
	}
	return fmt.Errorf("add the station: %w", err)
}

// saveEvses makes the EVSEs and connectors that don't exist yet and updates those that do. None is deleted: sessions belong to
// them.
func saveEvses(ctx context.Context, tx *db.Tx, st *ent.Station, evses []EvseSpec) error {
	seen := map[[2]int]bool{}
	for _, e := range evses {
		if e.No < 1 || e.No > maxConnectors {
			return fault.In("evses", "EVSE numbers run from 1 to %d, and %d is outside.", maxConnectors, e.No)
		}
		if len(e.Connectors) == 0 {
			e.Connectors = []ConnectorSpec{{No: 1}}
		}
		for _, c := range e.Connectors {
			if c.No == 0 {
				c.No = 1
			}
			if c.No < 1 || c.No > maxConnectors || seen[[2]int{e.No, c.No}] {
				return fault.In("evses", "Connector %d of EVSE %d is named twice, or is outside 1 to %d.", c.No, e.No, maxConnectors)
			}
			if c.MaxPowerW != nil && *c.MaxPowerW <= 0 {
				return fault.In("evses", "The maximum power of connector %d of EVSE %d must be above 0 W.", c.No, e.No)
			}
			seen[[2]int{e.No, c.No}] = true
			if c.Type == "" {
				c.Type = connector.DefaultType
			}
			if err := connector.TypeValidator(c.Type); err != nil {
				return fault.In("evses", "%q is no connector type.", fault.Printable(string(c.Type)))
			}
			_, err := tx.Exec(ctx, `
				with evse as (
					insert into evses (id, tenant_id, network_id, station_id, evse_no) values ($1, $2, $3, $4, $5)
					on conflict (station_id, evse_no) do update set evse_no = excluded.evse_no returning id)
				insert into connectors (id, tenant_id, network_id, station_id, evse_id, evse_no, connector_no, type, max_power_w)
				select $6, $2, $3, $4, evse.id, $5, $7, $8, $9 from evse
				on conflict (station_id, evse_no, connector_no) do update set type = excluded.type, max_power_w = excluded.max_power_w`,
				journal.NewID(), st.TenantID, st.NetworkID, st.ID, e.No, journal.NewID(), c.No, c.Type, c.MaxPowerW)
			if err != nil {
				return fmt.Errorf("save connector %d of EVSE %d: %w", c.No, e.No, err)
			}
		}
	}
	return nil
}

// loadStation loads a station that the viewer sees and may act on.
func (s *Service) loadStation(ctx context.Context, client *ent.Client, id uuid.UUID, p tenancy.Permission) (*ent.Station, error) {
	st, err := client.Station.Query().Where(station.ID(id), station.RemovedAtIsNil()).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("station")
	}
	if err != nil {
		return nil, fmt.Errorf("load the station: %w", err)
	}
	_, err = viewer(ctx, p, st.NetworkID, "station")
	return st, err
}

// checkSerial accepts what makers print on their stations.
func checkSerial(serial string) (string, error) {
	serial = strings.TrimSpace(serial)
	if len(serial) > 64 || strings.ContainsFunc(serial, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", fault.In("serialNumber", "A serial number has up to 64 letters, digits and signs.")
	}
	return serial, nil
}
