package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// minServerVersion is the oldest Postgres that Busbar runs on.
const minServerVersion = 150000

// ownerless tables hold no tenant's data, so they stand outside the walls: bookkeeping of the schema and of the job queue,
// and the nodes of the cluster. Job arguments name ids, never contents; what lists them names the tenant itself.
func ownerless(table string) bool {
	return table == "goose_db_version" || table == "nodes" || strings.HasPrefix(table, "river_")
}

// checkWalls refuses to start on a database whose row-level security would not bind the application.
func checkWalls(ctx context.Context, pool *pgxpool.Pool) error {
	var version int
	var role string
	var super, bypass bool
	var owned int
	err := pool.QueryRow(ctx, `
		select current_setting('server_version_num')::int, rolname, rolsuper, rolbypassrls,
			(select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
			 where c.relowner = r.oid and c.relkind in ('r', 'p') and n.nspname in ('public', 'hot'))
		from pg_roles r where rolname = current_user`).Scan(&version, &role, &super, &bypass, &owned)
	if err != nil {
		return fmt.Errorf("look at the application's database role: %w", err)
	}
	switch {
	case version < minServerVersion:
		return fmt.Errorf("this is Postgres %d, and Busbar needs 15 or newer: upgrade the server, or unset DATABASE_URL to use the one that comes along", version/10000)
	case super || bypass:
		return fmt.Errorf("the database role %s is superuser or bypasses row-level security, so tenants would not be kept apart: "+
			"alter role %s nosuperuser nobypassrls", role, role)
	case owned > 0:
		return fmt.Errorf("the database role %s owns %d tables, and row-level security may not bind an owner: give them back to the owner that migrates", role, owned)
	}
	open, err := TablesWithoutWalls(ctx, pool)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return fmt.Errorf("row-level security is missing on %s, so tenants would not be kept apart there: run busbar migrate, or restore the policies", strings.Join(open, ", "))
	}
	return nil
}

// TablesWithoutWalls names the tables on which row-level security does not bind the application.
func TablesWithoutWalls(ctx context.Context, q interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}) ([]string, error) {
	rows, err := q.Query(ctx, `
		select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
			and (not c.relrowsecurity
				or (has_any_column_privilege('busbar_app', c.oid, 'SELECT') and not exists (
					select from pg_policy p where p.polrelid = c.oid and (p.polroles = '{0}' or 'busbar_app'::regrole = any (p.polroles))))
				or (not c.relforcerowsecurity and pg_get_userbyid(c.relowner) <> 'busbar_journal'))
		order by 1`)
	if err != nil {
		return nil, fmt.Errorf("look for tables without row-level security: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for tables without row-level security: %w", err)
	}
	return slices.DeleteFunc(tables, ownerless), nil
}
