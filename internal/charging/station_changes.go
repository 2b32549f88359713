package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/station"
	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/quirks"
	"github.com/busbar-ev/busbar/tenancy"
)

// StationChange is what may be changed of a station; nil leaves a thing as it is.
type StationChange struct {
	Name          *string
	Location      *uuid.UUID
	ClearLocation bool
	Version       *string
	// PreferredVersion is the OCPP version to choose where the station offers several.
	PreferredVersion      *string
	ClearPreferredVersion bool
	// Quirks are how this station wants to be treated, as JSON, whatever the table says of its make; null or {} clears them.
	//
	// A station that is connected is treated by them from its next boot or connection on, and its version changes when it next
	// connects; commands heed them at once.
	Quirks *json.RawMessage
	// SerialNumber is by which a certificate of its maker is known to be the station's.
	SerialNumber *string
	Evses        []EvseSpec
}

// change loads a station, changes it in a transaction, writes the audit line and tells subscribers.
func (s *Service) change(ctx context.Context, id uuid.UUID, p tenancy.Permission, action string,
	do func(ctx context.Context, tx *db.Tx, st *ent.Station) (*ent.Station, error)) (*ent.Station, error) {
	var changed *ent.Station
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		st, err := s.loadStation(ctx, tx.Ent, id, p)
		if err != nil {
			return err
		}
		if changed, err = do(ctx, tx, st); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: action, Network: st.NetworkID, SubjectType: "station", SubjectID: id.String(),
			Details: map[string]any{"identity": st.Identity}})
	})
	if err != nil {
		return nil, err
	}
	s.publish(ctx, originOf(changed), EventStation, Event{})
	return changed, nil
}

func originOf(st *ent.Station) journal.Origin {
	return journal.Origin{Tenant: st.TenantID, Network: st.NetworkID, Station: st.ID}
}

func addressOf(st *ent.Station) Address { return Address{Origin: originOf(st), Node: st.Node} }

// UpdateStation changes what the operator says of a station.
func (s *Service) UpdateStation(ctx context.Context, id uuid.UUID, c StationChange) (*ent.Station, error) {
	return s.change(ctx, id, tenancy.StationWrite, "station.update", func(ctx context.Context, tx *db.Tx, st *ent.Station) (*ent.Station, error) {
		update := tx.Ent.Station.UpdateOne(st)
		if c.Name != nil {
			name := strings.TrimSpace(*c.Name)
			if name == "" {
				return nil, fault.In("name", "A station needs a name.")
			}
			update.SetName(name)
		}
		switch {
		case c.ClearLocation:
			update.ClearLocationID()
		case c.Location != nil:
			if err := s.locationInNetwork(ctx, tx, *c.Location, st.NetworkID); err != nil {
				return nil, err
			}
			update.SetLocationID(*c.Location)
		}
		if c.Version != nil {
			version, err := checkVersion(*c.Version)
			if err != nil {
				return nil, err
			}
			update.SetOcppVersion(version)
		}
		if c.SerialNumber != nil {
			serial, err := checkSerial(*c.SerialNumber)
			if err != nil {
				return nil, err
			}
			update.SetExpectedSerial(serial)
		}
		if err := c.setBehaviour(update); err != nil {
			return nil, err
		}
		if err := saveEvses(ctx, tx, st, c.Evses); err != nil {
			return nil, err
		}
		return update.SetUpdatedAt(s.now()).Save(ctx)
	})
}

// setBehaviour changes how the station is treated.
func (c *StationChange) setBehaviour(update *ent.StationUpdateOne) error {
	switch {
	case c.ClearPreferredVersion:
		update.ClearPreferredVersion()
	case c.PreferredVersion != nil:
		version := station.PreferredVersion(*c.PreferredVersion)
		if station.PreferredVersionValidator(version) != nil {
			return fault.In("preferredVersion", "The OCPP version to prefer is 1.6, 2.0.1 or 2.1, not %q.", fault.Printable(*c.PreferredVersion))
		}
		update.SetPreferredVersion(version)
	}
	if c.Quirks == nil {
		return nil
	}
	own, err := quirks.ParseOverride(*c.Quirks)
	if err != nil {
		return err
	}
	text, err := json.Marshal(own)
	switch {
	case err != nil:
		return fmt.Errorf("write the station's quirks: %w", err)
	case string(text) == "{}":
		update.ClearQuirks()
	default:
		update.SetQuirks(vocabulary.JSON(text))
	}
	return nil
}

// RemoveStation hides a station and closes its connection. Its sessions and messages stay.
func (s *Service) RemoveStation(ctx context.Context, id uuid.UUID) error {
	st, err := s.change(ctx, id, tenancy.StationWrite, "station.remove", func(ctx context.Context, tx *db.Tx, st *ent.Station) (*ent.Station, error) {
		running, err := tx.Ent.Station.QuerySessions(st).Where(sessionRuns()).Count(ctx)
		if err != nil {
			return nil, fmt.Errorf("look for running sessions: %w", err)
		}
		if running > 0 {
			return nil, fault.New(fault.Conflict, "%d sessions are running on the station: stop them first.", running)
		}
		if err := s.endSecurity(ctx, tx, id, pki.CessationOfOperation); err != nil {
			return nil, err
		}
		return tx.Ent.Station.UpdateOne(st).SetRemovedAt(s.now()).ClearPasswordSalt().ClearPasswordMAC().ClearNextPasswordSalt().
			ClearNextPasswordMAC().Save(ctx)
	})
	if err != nil {
		return err
	}
	s.commander.Disconnect(ctx, addressOf(st), "the station was removed")
	return nil
}

// RotatePassword gives a station a new password. Both are good until the new one is first seen.
func (s *Service) RotatePassword(ctx context.Context, id uuid.UUID, password string) (st *ent.Station, generated string, err error) {
	if password == "" {
		generated = newPassword()
		password = generated
	} else if err := checkPassword(password); err != nil {
		return nil, "", err
	}
	sealed := s.seal([]byte(password))
	st, err = s.change(ctx, id, tenancy.StationCredential, "station.rotatePassword", func(ctx context.Context, tx *db.Tx, st *ent.Station) (*ent.Station, error) {
		if behaviour, _, _ := s.Behaviour(ctx, st); quirks.Is(behaviour.HexPassword) && decodeHex([]byte(password)) == nil {
			return nil, fault.In("password", "This make of station takes its password as hex digits, an even number of them. Leave it out to have one made.")
		}
		if err := passwordOnItsWay(ctx, tx, id); err != nil {
			return nil, err
		}
		update := tx.Ent.Station.UpdateOne(st).SetUpdatedAt(s.now())
		if st.CredentialVerifiedAt == nil {
			// Nobody has used the first one: there is nothing to keep working.
			return update.SetPasswordSalt(sealed.salt).SetPasswordMAC(sealed.mac).Save(ctx)
		}
		return update.SetNextPasswordSalt(sealed.salt).SetNextPasswordMAC(sealed.mac).Save(ctx)
	})
	return st, generated, err
}

// MoveStation gives a station to another network of the tenant.
func (s *Service) MoveStation(ctx context.Context, id, network uuid.UUID) (*ent.Station, error) {
	target, err := s.chooseNetwork(ctx, network)
	if err != nil {
		return nil, err
	}
	if _, err := viewer(ctx, tenancy.StationWrite, target.ID, "network"); err != nil {
		return nil, err
	}
	st, err := s.change(ctx, id, tenancy.StationWrite, "station.move", func(ctx context.Context, tx *db.Tx, st *ent.Station) (*ent.Station, error) {
		if st.LocationID != nil && st.NetworkID != target.ID {
			return nil, fault.New(fault.Conflict, "The station stands at a location of its present network: take it off the location first.")
		}
		if st.NetworkID != target.ID {
			if err := pricing.Leave(ctx, tx, id); err != nil {
				return nil, err
			}
		}
		moved, err := tx.Ent.Station.UpdateOne(st).SetNetworkID(target.ID).SetUpdatedAt(s.now()).Save(ctx)
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "23503" {
			return nil, fault.New(fault.Conflict, "The station can't be moved while something of it belongs to its present network.").Because(err)
		}
		return moved, err
	})
	if err != nil {
		return nil, err
	}
	// The connection was let in for the old network: the station comes back into the new one.
	s.commander.Disconnect(ctx, addressOf(st), "the station was moved to another network")
	return st, nil
}

// ApproveStation accepts a station that connected without a credential, or was rejected before.
func (s *Service) ApproveStation(ctx context.Context, id uuid.UUID) (*ent.Station, error) {
	st, err := s.change(ctx, id, tenancy.StationCredential, "station.approve", func(ctx context.Context, tx *db.Tx, st *ent.Station) (*ent.Station, error) {
		return tx.Ent.Station.UpdateOne(st).SetRegistrationStatus(station.RegistrationStatusAccepted).SetUpdatedAt(s.now()).Save(ctx)
	})
	if err == nil && st.Online {
		s.commander.Disconnect(ctx, addressOf(st), "the station was approved and should boot again")
	}
	return st, err
}

// endSecurity revokes a station's certificates and ends what is being done to its security, in the transaction that shuts it out.
func (s *Service) endSecurity(ctx context.Context, tx *db.Tx, id uuid.UUID, reason pki.RevocationReason) error {
	for _, end := range []string{
		"update security_operations set status = 'CANCELLED', explanation = 'The station was removed or rejected.', sealed_secret = null, updated_at = $2, completed_at = $2 where station_id = $1 and status in ('RUNNING', 'APPROVAL')",
		"update approvals set status = 'REFUSED', decided_at = $2 where station_id = $1 and status = 'WAITING'",
	} {
		if _, err := tx.Exec(ctx, end, id, s.now()); err != nil {
			return fmt.Errorf("end what is being done to the station's security: %w", err)
		}
	}
	if s.authorities == nil {
		return nil
	}
	return s.authorities.RevokeAll(ctx, tx, id, reason)
}

// RejectStation refuses a station until it is approved. Its certificates are revoked: approved again, it needs a password or a new one.
func (s *Service) RejectStation(ctx context.Context, id uuid.UUID) (*ent.Station, error) {
	st, err := s.change(ctx, id, tenancy.StationCredential, "station.reject", func(ctx context.Context, tx *db.Tx, st *ent.Station) (*ent.Station, error) {
		if err := s.endSecurity(ctx, tx, id, pki.PrivilegeWithdrawn); err != nil {
			return nil, err
		}
		return tx.Ent.Station.UpdateOne(st).SetRegistrationStatus(station.RegistrationStatusRejected).SetUpdatedAt(s.now()).Save(ctx)
	})
	if err == nil {
		s.commander.Disconnect(ctx, addressOf(st), "the station was rejected")
	}
	return st, err
}
