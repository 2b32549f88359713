package charging

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/token"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// TokenSpec describes a token that is registered.
type TokenSpec struct {
	IDTag, Label, GroupID string
	Type                  token.Type
	// Network binds the token to one network; nil means the whole tenant, or the viewer's only network.
	Network uuid.UUID
	// Driver is whose token it is, which binds it to the driver's network; nil for nobody's.
	Driver     uuid.UUID
	ValidUntil *time.Time
}

// longestGroup is what every version of OCPP has room for (OCPP 1.6 §7.28).
const longestGroup = 20

var errLongGroup = fault.In("groupId", "A group has at most %d characters, which is what every version of OCPP has room for.", longestGroup)

// CreateToken registers a token.
func (s *Service) CreateToken(ctx context.Context, spec TokenSpec) (made *ent.Token, err error) {
	if spec.Driver != uuid.Nil {
		driver, err := findDriver(ctx, s.db.Ent(), spec.Driver)
		if err != nil {
			return nil, err
		}
		if spec.Network == uuid.Nil {
			spec.Network = driver.NetworkID
		}
		if err := sameNetwork(driver, &spec.Network); err != nil {
			return nil, err
		}
	}
	spec.IDTag = strings.TrimSpace(spec.IDTag)
	if spec.IDTag == "" || len(spec.IDTag) > longestTag["2.1"] || cleanTag(spec.IDTag) != spec.IDTag {
		return nil, fault.In("idTag", "An idTag has 1 to %d printable characters, and %q does not.", longestTag["2.1"], fault.Printable(spec.IDTag))
	}
	if len(spec.GroupID) > longestGroup {
		return nil, errLongGroup
	}
	if spec.Network, err = s.ownNetwork(ctx, spec.Network, "token"); err != nil {
		return nil, err
	}
	v, err := viewer(ctx, tenancy.TokenWrite, spec.Network, "network")
	if err != nil {
		return nil, err
	}
	if spec.Type == "" {
		spec.Type = token.TypeRFID
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		made, err = tx.Ent.Token.Create().SetTenantID(v.Tenant).SetNillableNetworkID(db.OrNull(spec.Network)).SetIDTag(spec.IDTag).SetType(spec.Type).
			SetNillableDriverID(db.OrNull(spec.Driver)).SetLabel(clip(spec.Label, 200)).SetGroupID(spec.GroupID).SetNillableValidUntil(spec.ValidUntil).Save(ctx)
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.ConstraintName == "tokens_id_tag" {
			// A card opens stations of the whole tenant, so that one key holds for all its networks, and a sub-client meets it for a card that it
			// doesn't see. It is told in the same words then as for a card of its own: that it can't be had, and not that somebody has it.
			return (&fault.Error{Code: fault.Conflict, Field: "idTag", Message: "This idTag can't be registered: take another one, unless it is among the tokens that you see."}).Because(err)
		}
		if err != nil {
			return fmt.Errorf("register the token: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "token.create", Network: spec.Network, SubjectType: "token", SubjectID: made.ID.String()})
	})
	return made, err
}

func findDriver(ctx context.Context, client *ent.Client, id uuid.UUID) (*ent.EVDriver, error) {
	driver, err := client.EVDriver.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("driver")
	}
	if err != nil {
		return nil, fmt.Errorf("load the driver: %w", err)
	}
	return driver, nil
}

// sameNetwork refuses a driver of another network than the token's: where the driver has a wallet, there the token charges.
func sameNetwork(driver *ent.EVDriver, network *uuid.UUID) error {
	switch {
	case network == nil:
		return fault.In("driverId", "The token is good in every network, and the driver pays in one: register a token for the driver's network.")
	case *network != driver.NetworkID:
		return fault.In("driverId", "The driver belongs to another network than the token.")
	}
	return nil
}

// ownNetwork settles where a thing belongs that may belong to the tenant as a whole: a viewer of one network can only mean that one.
func (s *Service) ownNetwork(ctx context.Context, network uuid.UUID, what string) (uuid.UUID, error) {
	if network != uuid.Nil {
		_, err := s.chooseNetwork(ctx, network)
		return network, err
	}
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	switch networks := v.Networks(); {
	case len(networks) == 1:
		return networks[0], nil
	case networks != nil:
		return uuid.Nil, fault.In("networkId", "You work in several networks: say which one the %s is for.", what)
	}
	return uuid.Nil, nil
}

// TokenChange is what may be changed of a token; nil leaves a thing as it is.
type TokenChange struct {
	Label, GroupID *string
	ValidUntil     *time.Time
	Status         *token.Status
	// Driver is whose token it becomes; uuid.Nil makes it nobody's.
	Driver *uuid.UUID
}

// UpdateToken changes a token.
func (s *Service) UpdateToken(ctx context.Context, id uuid.UUID, c TokenChange) (changed *ent.Token, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		t, err := tx.Ent.Token.Get(ctx, id)
		if ent.IsNotFound(err) {
			return fault.Missing("token")
		}
		if err != nil {
			return fmt.Errorf("load the token: %w", err)
		}
		network := uuid.Nil
		if t.NetworkID != nil {
			network = *t.NetworkID
		}
		if _, err := viewer(ctx, tenancy.TokenWrite, network, "token"); err != nil {
			return err
		}
		update := tx.Ent.Token.UpdateOne(t)
		switch {
		case c.Driver == nil:
		case *c.Driver == uuid.Nil:
			update.ClearDriverID()
		default:
			driver, err := findDriver(ctx, tx.Ent, *c.Driver)
			if err == nil {
				err = sameNetwork(driver, t.NetworkID)
			}
			if err != nil {
				return err
			}
			update.SetDriverID(driver.ID)
		}
		if c.GroupID != nil && len(*c.GroupID) > longestGroup {
			return errLongGroup
		}
		changed, err = update.SetNillableLabel(c.Label).SetNillableGroupID(c.GroupID).SetNillableValidUntil(c.ValidUntil).
			SetNillableStatus(c.Status).Save(ctx)
		if err != nil {
			return fmt.Errorf("change the token: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "token.update", Network: network, SubjectType: "token", SubjectID: id.String()})
	})
	return changed, err
}
