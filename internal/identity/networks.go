package identity

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/network"
	"github.com/busbar-ev/busbar/ent/station"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// NetworkSpec describes a network that is made.
type NetworkSpec struct {
	Name string
	// Slug is made from the name when left out, Currency is the tenant's.
	Slug, Currency                      string
	AllowUnsecured, AcceptUnknownTokens bool
	// Free says that charging costs nothing.
	Free bool
}

// NetworkChange changes a network; nil leaves a thing as it is.
type NetworkChange struct {
	Name                                *string
	AllowUnsecured, AcceptUnknownTokens *bool
	Free, DriverSignUp                  *bool
	// Hold is what is set aside of a wallet when a session begins, in minor units; UsualHold leaves it to what one usually costs.
	Hold      *int64
	UsualHold bool
}

// CreateNetwork makes a network. It takes a viewer of the whole tenant.
func (s *Service) CreateNetwork(ctx context.Context, spec NetworkSpec) (made *ent.Network, err error) {
	v, err := allowed(ctx, tenancy.NetworkWrite, uuid.Nil, "network")
	if err != nil {
		return nil, err
	}
	if spec.Name, err = checkName("name", spec.Name); err != nil {
		return nil, err
	}
	if spec.Slug = strings.TrimSpace(spec.Slug); spec.Slug != "" {
		if err := checkSlug("slug", spec.Slug); err != nil {
			return nil, err
		}
	}
	if spec.Currency != "" {
		if spec.Currency, err = checkCurrency(spec.Currency); err != nil {
			return nil, err
		}
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if spec.Currency == "" {
			tenant, err := tx.Ent.Tenant.Get(ctx, v.Tenant)
			if err != nil {
				return fmt.Errorf("load the tenant: %w", err)
			}
			spec.Currency = tenant.Currency
		}
		if spec.Slug == "" {
			if spec.Slug, err = freeSlug(ctx, tx, spec.Name); err != nil {
				return err
			}
		}
		made, err = tx.Ent.Network.Create().SetTenantID(v.Tenant).SetName(spec.Name).SetSlug(spec.Slug).SetCurrency(spec.Currency).
			SetAllowUnsecured(spec.AllowUnsecured).SetAcceptUnknownTokens(spec.AcceptUnknownTokens).SetFree(spec.Free).Save(ctx)
		if taken(err) {
			f := fault.New(fault.Conflict, "There is a network %q already: choose another slug.", spec.Slug).Because(err)
			f.Field = "slug"
			return f
		}
		if err != nil {
			return fmt.Errorf("make the network: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "network.create", Network: made.ID, SubjectType: "network", SubjectID: made.ID.String(),
			Details: map[string]any{"slug": made.Slug, "allowUnsecured": made.AllowUnsecured, "acceptUnknownTokens": made.AcceptUnknownTokens, "free": made.Free}})
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// freeSlug makes a slug from a name, with a number where the plain one is taken.
func freeSlug(ctx context.Context, tx *db.Tx, name string) (string, error) {
	base := slugOf(name, "network")
	used, err := tx.Ent.Network.Query().Where(network.SlugHasPrefix(base)).Select(network.FieldSlug).Strings(ctx)
	if err != nil {
		return "", fmt.Errorf("look for a free slug: %w", err)
	}
	slug := base
	for n := 2; slices.Contains(used, slug); n++ {
		slug = base + "-" + strconv.Itoa(n)
	}
	return slug, nil
}

// UpdateNetwork changes a network.
func (s *Service) UpdateNetwork(ctx context.Context, id uuid.UUID, change NetworkChange) (changed *ent.Network, err error) {
	if change.Name != nil {
		name, err := checkName("name", *change.Name)
		if err != nil {
			return nil, err
		}
		change.Name = &name
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := loadNetwork(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := allowed(ctx, tenancy.NetworkWrite, id, "network"); err != nil {
			return err
		}
		if change.Hold != nil && *change.Hold < 0 {
			return fault.In("hold", "What is set aside is nothing or more.")
		}
		update := tx.Ent.Network.UpdateOne(found).SetNillableName(change.Name).SetNillableAllowUnsecured(change.AllowUnsecured).
			SetNillableAcceptUnknownTokens(change.AcceptUnknownTokens).SetNillableFree(change.Free).SetNillableDriverSignUp(change.DriverSignUp).SetNillableHold(change.Hold)
		if change.UsualHold {
			update.ClearHold()
		}
		changed, err = update.Save(ctx)
		if err != nil {
			return fmt.Errorf("change the network: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "network.update", Network: id, SubjectType: "network", SubjectID: id.String(),
			Details: map[string]any{"allowUnsecured": changed.AllowUnsecured, "acceptUnknownTokens": changed.AcceptUnknownTokens, "free": changed.Free, "driverSignUp": changed.DriverSignUp, "hold": changed.Hold}})
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// maxNamed bounds how many stations a refusal names.
const maxNamed = 10

// ArchiveNetwork hides a network from choice, once no station belongs to it. A tenant keeps at least one. It takes a viewer of
// the whole tenant, because only the tenant takes a network away from whoever it was given to.
func (s *Service) ArchiveNetwork(ctx context.Context, id uuid.UUID) (archived *ent.Network, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := loadNetwork(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := allowed(ctx, tenancy.NetworkWrite, uuid.Nil, "network"); err != nil {
			return err
		}
		if found.ArchivedAt != nil {
			archived = found
			return nil
		}
		// Two that are archived at once must not both find the other one left; a station that is being added holds its
		// network's row until it is in.
		if _, err := tx.Exec(ctx, "select from networks order by id for update"); err != nil {
			return fmt.Errorf("lock the networks: %w", err)
		}
		if err := mayArchive(ctx, tx, id); err != nil {
			return err
		}
		archived, err = tx.Ent.Network.UpdateOne(found).SetArchivedAt(s.now()).Save(ctx)
		if err != nil {
			return fmt.Errorf("archive the network: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "network.archive", Network: id, SubjectType: "network", SubjectID: id.String()})
	})
	if err != nil {
		return nil, err
	}
	return archived, nil
}

func mayArchive(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	names, err := tx.Ent.Station.Query().Where(station.NetworkID(id), station.RemovedAtIsNil()).Order(ent.Asc(station.FieldName)).
		Select(station.FieldName).Strings(ctx)
	if err != nil {
		return fmt.Errorf("look for stations of the network: %w", err)
	}
	if more := len(names) - maxNamed; more > 0 {
		names = append(names[:maxNamed], fmt.Sprintf("and %d more", more))
	}
	if len(names) > 0 {
		return fault.New(fault.Conflict, "Stations belong to this network: %s. Move or remove them first.", strings.Join(names, ", "))
	}
	others, err := tx.Ent.Network.Query().Where(network.IDNEQ(id), network.ArchivedAtIsNil()).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for other networks: %w", err)
	}
	if !others {
		return fault.New(fault.Conflict, "This is the tenant's last network: make another one first.")
	}
	return nil
}

func loadNetwork(ctx context.Context, tx *db.Tx, id uuid.UUID) (*ent.Network, error) {
	found, err := tx.Ent.Network.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("network")
	}
	if err != nil {
		return nil, fmt.Errorf("load the network: %w", err)
	}
	return found, nil
}
