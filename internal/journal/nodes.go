package journal

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Lost is a station whose socket went down with its node.
type Lost struct{ Tenant, Network, Station uuid.UUID }

// Register notes that a node starts. Sockets it held under the same name before are gone: the stations they belonged to are
// marked offline and returned.
func (j *Journal) Register(ctx context.Context, node string) ([]Lost, error) {
	lost, err := j.release(ctx, "node = $1", node)
	if err != nil {
		return nil, err
	}
	return lost, j.Heartbeat(ctx, node)
}

// Heartbeat notes that a node is alive.
func (j *Journal) Heartbeat(ctx context.Context, node string) error {
	_, err := j.pool.Exec(ctx, `insert into nodes (id, started_at, seen_at) values ($1, now(), now())
		on conflict (id) do update set seen_at = now()`, node)
	if err != nil {
		return fmt.Errorf("note that node %s is alive: %w", node, err)
	}
	return nil
}

// Leave notes that a node has closed its sockets and is gone.
func (j *Journal) Leave(ctx context.Context, node string) ([]Lost, error) {
	lost, err := j.release(ctx, "node = $1", node)
	if err != nil {
		return nil, err
	}
	if _, err := j.pool.Exec(ctx, "delete from nodes where id = $1", node); err != nil {
		return nil, fmt.Errorf("note that node %s is gone: %w", node, err)
	}
	return lost, nil
}

// ReleaseLost marks the stations of nodes offline that were not heard for longer than silence.
func (j *Journal) ReleaseLost(ctx context.Context, silence time.Duration) ([]Lost, error) {
	return j.release(ctx, "not exists (select from nodes n where n.id = stations.node and n.seen_at > now() - $1::interval)", silence)
}

func (j *Journal) release(ctx context.Context, which string, arg any) ([]Lost, error) {
	rows, err := j.pool.Query(ctx, "update stations set online = false, disconnected_at = coalesce(last_seen_at, now()) where online and "+which+
		" returning tenant_id, network_id, id", arg)
	if err != nil {
		return nil, fmt.Errorf("mark stations of a lost node offline: %w", err)
	}
	lost, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Lost, err error) {
		err = row.Scan(&l.Tenant, &l.Network, &l.Station)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("mark stations of a lost node offline: %w", err)
	}
	return lost, nil
}
