package pricing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Spec describes a tariff that is made. A nil network makes it one of the tenant as a whole.
type Spec struct {
	Name       string
	Network    uuid.UUID
	Definition *tariff.Tariff
}

// maxName bounds the name of a tariff.
const maxName = 200

func checkName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return "", fault.In("name", "Give the tariff a name of 1 to %d characters.", maxName)
	}
	return name, nil
}

// Create makes a tariff with its first version.
func (s *Service) Create(ctx context.Context, spec Spec) (made *ent.Tariff, err error) {
	v, err := allowed(ctx, tenancy.TariffWrite, spec.Network, "network")
	if err != nil {
		return nil, err
	}
	if spec.Name, err = checkName(spec.Name); err != nil {
		return nil, err
	}
	if err := spec.Definition.Validate(); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := knownNetwork(ctx, tx, spec.Network); err != nil {
			return err
		}
		made, err = tx.Ent.Tariff.Create().SetTenantID(v.Tenant).SetNillableNetworkID(db.OrNull(spec.Network)).SetName(spec.Name).SetCurrency(spec.Definition.Currency).Save(ctx)
		if err != nil {
			return fmt.Errorf("make the tariff: %w", err)
		}
		if err := s.publish(ctx, tx, made, 1, spec.Definition); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "tariff.create", Network: spec.Network, SubjectType: "tariff", SubjectID: made.ID.String(),
			Details: map[string]any{"name": made.Name, "definition": spec.Definition}})
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// Change changes a tariff; nil leaves a thing as it is. A definition becomes a new version, which counts for sessions that begin from
// now on.
type Change struct {
	Name       *string
	Definition *tariff.Tariff
}

// Update renames a tariff, or publishes its next version.
func (s *Service) Update(ctx context.Context, id uuid.UUID, change Change) (changed *ent.Tariff, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		if changed = found; found.ArchivedAt != nil {
			return fault.New(fault.Conflict, "The tariff is archived: make a new one.")
		}
		if change.Name != nil {
			name, err := checkName(*change.Name)
			if err != nil {
				return err
			}
			if changed, err = tx.Ent.Tariff.UpdateOne(found).SetName(name).Save(ctx); err != nil {
				return fmt.Errorf("rename the tariff: %w", err)
			}
		}
		details := map[string]any{"name": changed.Name}
		if change.Definition != nil {
			if err := change.Definition.Validate(); err != nil {
				return err
			}
			if change.Definition.Currency != found.Currency {
				return fault.In("currency", "A tariff stays in its currency (%s): make another tariff for %s.", found.Currency, change.Definition.Currency)
			}
			var newest int
			if err := tx.QueryRow(ctx, "select max(number) from tariff_versions where tariff_id = $1", id).Scan(&newest); err != nil {
				return fmt.Errorf("count the tariff's versions: %w", err)
			}
			if err := s.publish(ctx, tx, found, newest+1, change.Definition); err != nil {
				return err
			}
			details["version"], details["definition"] = newest+1, change.Definition
		}
		return audit.Write(ctx, tx, audit.Event{Action: "tariff.update", Network: networkOf(found), SubjectType: "tariff", SubjectID: id.String(), Details: details})
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

func (s *Service) publish(ctx context.Context, tx *db.Tx, t *ent.Tariff, number int, definition *tariff.Tariff) error {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return err
	}
	text, err := json.Marshal(definition)
	if err != nil {
		return fmt.Errorf("write the tariff down: %w", err)
	}
	_, err = tx.Exec(ctx, `insert into tariff_versions (id, tenant_id, network_id, tariff_id, number, definition, valid_from, valid_to, created_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		uuid.Must(uuid.NewV7()), v.Tenant, t.NetworkID, t.ID, number, text, orZero(definition.ValidFrom), orZero(definition.ValidTo), v.Name)
	if err != nil {
		return fmt.Errorf("publish the tariff: %w", err)
	}
	return nil
}

// Archive hides a tariff from choice. Refused while it is assigned anywhere.
func (s *Service) Archive(ctx context.Context, id uuid.UUID) (archived *ent.Tariff, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		var places int
		if err := tx.QueryRow(ctx, "select count(*) from tariff_assignments where tariff_id = $1 and ended_at is null", id).Scan(&places); err != nil {
			return fmt.Errorf("look where the tariff is assigned: %w", err)
		}
		if places > 0 {
			return fault.New(fault.Conflict, "The tariff is assigned in %d places: assign another one there, or end the assignments.", places)
		}
		if archived = found; found.ArchivedAt != nil {
			return nil
		}
		if archived, err = tx.Ent.Tariff.UpdateOne(found).SetArchivedAt(s.now()).Save(ctx); err != nil {
			return fmt.Errorf("archive the tariff: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "tariff.archive", Network: networkOf(found), SubjectType: "tariff", SubjectID: id.String()})
	})
	if err != nil {
		return nil, err
	}
	return archived, nil
}

// load finds a tariff and locks it, for a viewer who may change it.
func load(ctx context.Context, tx *db.Tx, id uuid.UUID) (*ent.Tariff, error) {
	found, err := tx.Ent.Tariff.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("tariff")
	}
	if err != nil {
		return nil, fmt.Errorf("load the tariff: %w", err)
	}
	if _, err := allowed(ctx, tenancy.TariffWrite, networkOf(found), "tariff"); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "select from tariffs where id = $1 for update", id); err != nil {
		return nil, fmt.Errorf("lock the tariff: %w", err)
	}
	return found, nil
}

func networkOf(t *ent.Tariff) uuid.UUID {
	if t.NetworkID == nil {
		return uuid.Nil
	}
	return *t.NetworkID
}

// Version is one of a tariff's.
type Version struct {
	Version    uuid.UUID
	Number     int
	Definition *tariff.Tariff
}

// versionAt is the version of a tariff that holds at a moment, or the newest.
func (s *Service) versionAt(ctx context.Context, id uuid.UUID, at time.Time) (Version, error) {
	rows, err := s.db.Query(ctx, `select id, number, definition from tariff_versions where tariff_id = $1
		order by (valid_from is null or valid_from <= $2) and (valid_to is null or valid_to > $2) desc, number desc limit 1`, id, at)
	if err != nil {
		return Version{}, fmt.Errorf("load the tariff: %w", err)
	}
	var v Version
	var definition []byte
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&v.Version, &v.Number, &definition) })
	if errors.Is(err, pgx.ErrNoRows) {
		return Version{}, fault.Missing("tariff")
	}
	if err != nil {
		return Version{}, fmt.Errorf("load the tariff: %w", err)
	}
	v.Definition, err = Read(definition)
	return v, err
}

func knownNetwork(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	if id == uuid.Nil {
		return nil
	}
	var known bool
	if err := tx.QueryRow(ctx, "select exists (select from networks where id = $1 and archived_at is null)", id).Scan(&known); err != nil {
		return fmt.Errorf("look for the network: %w", err)
	}
	if !known {
		return fault.Missing("network")
	}
	return nil
}

func orZero(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}
