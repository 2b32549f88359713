package jobs_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/jobs"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// The upkeep runs at the start, for the platform and then for each tenant: what is past retention goes, what is young stays, and
// a command whose node died gets its end.
func TestUpkeepRunsForEveryTenant(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	stations := map[string]worldtest.Tenant{"a": w.A, "b": w.B}
	for _, tenant := range stations {
		st := w.AddStation(tenant, tenant.Main, "CP1", 1)
		w.Owner(`insert into commands (id, tenant_id, network_id, station_id, action, status, request, requested_by, message_id, created_at)
			values (gen_random_uuid(), $1, $2, $3, 'Reset', 'SENT', '{}', 'somebody', 'old', now() - interval '1 hour'),
				(gen_random_uuid(), $1, $2, $3, 'Reset', 'SENT', '{}', 'somebody', 'young', now())`, tenant.ID, tenant.Main, st.ID)
		w.Owner(`insert into connection_attempts (id, tenant_id, station_id, network_id, identity, at, last_at, outcome, cause, explanation, fix, remote_address, url)
			select gen_random_uuid(), $1, $2, $3, 'CP1', at, at, 'REFUSED', 'WRONG_PASSWORD', 'x', 'x', '', '' from unnest(array[now(), now() - interval '60 days']) at`, tenant.ID, st.ID, tenant.Main)
	}
	w.Owner("select hot.ensure_partitions(now() - interval '100 days', 0)")
	before := worldtest.OwnerValue[int](w, "select count(*) from pg_inherits where inhparent = 'ocpp_messages'::regclass")

	runner, err := jobs.Start(context.Background(), jobs.Parts{
		DB: w.DB, Journal: w.Journal, Charging: w.Charging, Charges: w.Charges, Payments: w.Payments, Receipts: w.Receipts, Issues: w.Issues, Files: w.Files, Identity: w.Identity, Logger: slog.New(slog.DiscardHandler), Retention: 30 * 24 * time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := runner.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	w.Eventually("the upkeep of both tenants is done", func() bool {
		return worldtest.OwnerValue[int](w, "select count(*) from river_job where kind = 'tenant_upkeep' and state = 'completed'") == 2
	})
	if n := worldtest.OwnerValue[int](w, "select count(*) from commands where status = 'TIMEOUT' and error <> '' and message_id = 'old'"); n != 2 {
		t.Errorf("%d old commands have ended, want 2", n)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from commands where status = 'SENT' and message_id = 'young'"); n != 2 {
		t.Errorf("%d young commands are still under way, want 2", n)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from connection_attempts"); n != 2 {
		t.Errorf("%d connection attempts are kept, want 2", n)
	}
	if after := worldtest.OwnerValue[int](w, "select count(*) from pg_inherits where inhparent = 'ocpp_messages'::regclass"); after >= before {
		t.Errorf("there were %d partitions and now %d: none past retention was dropped", before, after)
	}
}
