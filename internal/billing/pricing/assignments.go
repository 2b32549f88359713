package pricing

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/tariffassignment"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/tenancy"
)

// Target is where a tariff is assigned; a nil id stands for the tenant as a whole.
type Target struct {
	Level Level
	ID    uuid.UUID
}

// targets say where a target of a level is, as its network and the currency there.
var targets = map[Level]string{
	OnConnector: "select t.network_id, n.currency from connectors t join networks n on n.id = t.network_id where t.id = $1",
	OnEVSE:      "select t.network_id, n.currency from evses t join networks n on n.id = t.network_id where t.id = $1",
	OnStation:   "select t.network_id, n.currency from stations t join networks n on n.id = t.network_id where t.id = $1 and t.removed_at is null",
	OnLocation:  "select t.network_id, n.currency from locations t join networks n on n.id = t.network_id where t.id = $1",
	OnNetwork:   "select id, currency from networks where id = $1 and archived_at is null",
}

// place checks a target and gives its network and currency; for the tenant both are nothing.
func (t Target) place(ctx context.Context, tx *db.Tx) (network uuid.UUID, currency string, err error) {
	if t.Level == OnTenant {
		return uuid.Nil, "", nil
	}
	err = tx.QueryRow(ctx, targets[t.Level], t.ID).Scan(&network, &currency)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, "", fault.Missing(map[Level]string{OnConnector: "connector", OnEVSE: "EVSE", OnStation: "station", OnLocation: "location", OnNetwork: "network"}[t.Level])
	}
	if err != nil {
		return uuid.Nil, "", fmt.Errorf("look for where the tariff is to count: %w", err)
	}
	return network, currency, nil
}

// Assign makes a tariff count somewhere, in place of the one that counted there. Sessions that run keep their price.
func (s *Service) Assign(ctx context.Context, id uuid.UUID, to Target) (made *ent.TariffAssignment, err error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		t, err := tx.Ent.Tariff.Get(ctx, id)
		if ent.IsNotFound(err) {
			return fault.Missing("tariff")
		}
		if err != nil {
			return fmt.Errorf("load the tariff: %w", err)
		}
		network, currency, err := to.place(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := allowed(ctx, tenancy.TariffWrite, network, "network"); err != nil {
			return err
		}
		switch {
		case t.ArchivedAt != nil:
			return fault.New(fault.Conflict, "The tariff is archived: choose another one.")
		case t.NetworkID != nil && *t.NetworkID != network:
			return fault.In("tariffId", "The tariff belongs to another network: choose one of this network, or of the tenant as a whole.")
		case currency != "" && currency != t.Currency:
			return fault.In("tariffId", "The tariff is in %s and the network sells in %s: choose a tariff in %s.", t.Currency, currency, currency)
		}
		current, err := s.current(ctx, tx, to)
		if err != nil {
			return err
		}
		if current != nil && current.TariffID == id {
			made = current
			return nil
		}
		if err := s.end(ctx, tx, current); err != nil {
			return err
		}
		made, err = tx.Ent.TariffAssignment.Create().SetTenantID(v.Tenant).SetNillableNetworkID(db.OrNull(network)).SetTariffID(id).
			SetLevel(tariffassignment.Level(to.Level)).SetNillableTargetID(db.OrNull(to.ID)).SetAssignedAt(s.now()).SetCreatedBy(v.Name).Save(ctx)
		if ent.IsConstraintError(err) {
			return fault.New(fault.Conflict, "Somebody assigned another tariff there at the same moment: look again.").Because(err)
		}
		if err != nil {
			return fmt.Errorf("assign the tariff: %w", err)
		}
		if err := s.settle(ctx, tx, network); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "tariff.assign", Network: network, SubjectType: "tariff", SubjectID: id.String(),
			Details: map[string]any{"level": to.Level, "target": to.ID}})
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// Unassign ends what counts somewhere: what counts further out does from then on.
func (s *Service) Unassign(ctx context.Context, from Target) (ended *ent.TariffAssignment, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		network, _, err := from.place(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := allowed(ctx, tenancy.TariffWrite, network, "network"); err != nil {
			return err
		}
		if ended, err = s.current(ctx, tx, from); err != nil {
			return err
		}
		if ended == nil {
			return fault.New(fault.Conflict, "No tariff is assigned there.")
		}
		if err := s.end(ctx, tx, ended); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "tariff.unassign", Network: network, SubjectType: "tariff", SubjectID: ended.TariffID.String(),
			Details: map[string]any{"level": from.Level, "target": from.ID}})
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// Leave ends what is assigned to a station and what belongs to it, because it goes to another network: prices there are that network's.
func Leave(ctx context.Context, tx *db.Tx, station uuid.UUID) error {
	_, err := tx.Exec(ctx, `update tariff_assignments set ended_at = now() where ended_at is null and (target_id = $1
		or target_id in (select id from evses where station_id = $1) or target_id in (select id from connectors where station_id = $1))`, station)
	if err != nil {
		return fmt.Errorf("end what the station's prices were: %w", err)
	}
	return nil
}

// current is what is assigned to a target itself.
func (s *Service) current(ctx context.Context, tx *db.Tx, t Target) (*ent.TariffAssignment, error) {
	query := tx.Ent.TariffAssignment.Query().Where(tariffassignment.LevelEQ(tariffassignment.Level(t.Level)), tariffassignment.EndedAtIsNil())
	if t.ID != uuid.Nil {
		query.Where(tariffassignment.TargetID(t.ID))
	}
	found, err := query.Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look what is assigned there: %w", err)
	}
	return found, nil
}

func (s *Service) end(ctx context.Context, tx *db.Tx, a *ent.TariffAssignment) error {
	if a == nil {
		return nil
	}
	if err := tx.Ent.TariffAssignment.UpdateOne(a).SetEndedAt(s.now()).Exec(ctx); err != nil {
		return fmt.Errorf("end the assignment: %w", err)
	}
	return nil
}

// settle resolves the issues of stations without a price that have one now.
func (s *Service) settle(ctx context.Context, tx *db.Tx, network uuid.UUID) error {
	rows, err := tx.Query(ctx, `select distinct on (station_id) station_id, network_id from detected_issues
		where kind = $1 and status <> 'RESOLVED' and station_id is not null and ($2::uuid is null or network_id = $2) limit 500`, issues.CostSettingMissing, db.OrNull(network))
	if err != nil {
		return fmt.Errorf("look for stations without a price: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Station, Network uuid.UUID }])
	if err != nil {
		return fmt.Errorf("look for stations without a price: %w", err)
	}
	for _, f := range found {
		if _, err := Resolve(ctx, tx, f.Station, 1, 1, s.now()); errors.Is(err, ErrNone) {
			continue
		} else if err != nil {
			return err
		}
		if err := s.issues.Settle(ctx, tx, f.Network, issues.CostSettingMissing, f.Station.String()); err != nil {
			return err
		}
	}
	return nil
}

// Missing records that nothing says what charging costs at a station.
func (s *Service) Missing(ctx context.Context, tx *db.Tx, p Place) error {
	return s.issues.Raise(ctx, tx, issues.Issue{
		Kind: issues.CostSettingMissing, Severity: issues.Warning, Cause: p.Station.String(), Network: p.Network, Station: p.Station,
		Details: map[string]string{"station": p.Identity},
	})
}
