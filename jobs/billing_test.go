package jobs_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/receipts"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/jobs"
	"github.com/busbar-ev/busbar/tenancy"
)

// A job that names something of another tenant does nothing there, and is given up: it will never be right.
func TestSec080_JobsStayInTheirTenant(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	ids := map[string]uuid.UUID{}
	st := w.AddStation(w.B, w.B.Main, "CP1", 1)
	for _, row := range []struct{ table, columns, values string }{
		{"tariffs", "name, currency", "'Plain', 'EUR'"},
		{"tariff_versions", "tariff_id, number, definition, created_by", "$4, 1, '{}', 'somebody'"},
		{"charging_sessions", "station_id, evse_no, connector_no, ocpp_transaction_id, started_at, start_received_at, status", "$4, 1, 1, '1', now(), now(), 'BILLING_FAILED'"},
		{"charges", "session_id, tariff_version_id, currency, net, tax, gross, bill, facts, status", "$4, $5, 'EUR', 1, 0, 1, '{}', 'x', 'BILLING_FAILED'"},
		{"receipts", "charge_id, kind, number, currency, gross, document, email, email_status", "$4, 'RECEIPT', '1', 'EUR', 1, '{}', 'x@demo.example', 'QUEUED'"},
	} {
		id := uuid.Must(uuid.NewV7())
		args := []any{id, w.B.ID, w.B.Main}
		switch row.table {
		case "tariff_versions":
			args = append(args, ids["tariffs"])
		case "charging_sessions":
			args = append(args, st.ID)
		case "charges":
			args = append(args, ids["charging_sessions"], ids["tariff_versions"])
		case "receipts":
			args = append(args, ids["charges"])
		}
		w.Owner("insert into "+row.table+" (id, tenant_id, network_id, "+row.columns+") values ($1, $2, $3, "+row.values+")", args...)
		ids[row.table] = id
	}
	ctx := tenancy.NewContext(context.Background(), tenancy.Billing(w.A.ID))
	err := w.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, args := range []river.JobArgs{
			charges.Retry{Tenant: w.A.ID, Charge: ids["charges"]}, charges.SettleLater{Tenant: w.A.ID, Session: ids["charging_sessions"]},
			charges.WriteReceipt{Tenant: w.A.ID, Charge: ids["charges"]}, receipts.Send{Tenant: w.A.ID, Receipt: ids["receipts"]}, charges.Retry{Charge: ids["charges"]},
		} {
			if err := tx.Enqueue(ctx, args, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	runner, err := jobs.Start(context.Background(), jobs.Parts{
		DB: w.DB, Journal: w.Journal, Charging: w.Charging, Charges: w.Charges, Receipts: w.Receipts, Payments: w.Payments, Issues: w.Issues, Files: w.Files, Identity: w.Identity,
		Logger: slog.New(slog.DiscardHandler), Retention: time.Hour,
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
	w.Eventually("all of them are given up", func() bool {
		return worldtest.OwnerValue[int](w, "select count(*) from river_job where state = 'cancelled'") == 5
	})
	if got := worldtest.OwnerValue[string](w, `select (select status from charges) || ' ' || (select attempts from charges) || ' ' || (select status from charging_sessions) || ' ' || (select email_status from receipts)
		|| ' ' || (select count(*) from receipts)`); got != "BILLING_FAILED 0 BILLING_FAILED QUEUED 1" {
		t.Errorf("what the other tenant has is %s", got)
	}
}

// Books that were changed behind everybody's back are an issue by the next day, and none any more once they are right.
func TestVerifyBooks_RaisesAnIssue(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	account := uuid.Must(uuid.NewV7())
	w.Owner("insert into ledger_accounts (id, tenant_id, kind, currency) values ($1, $2, 'WALLET', 'EUR')", account, w.A.ID)
	w.Owner("insert into ledger_balances (account_id, tenant_id, currency, balance) values ($1, $2, 'EUR', 5)", account, w.A.ID)
	runner, err := jobs.Start(context.Background(), jobs.Parts{
		DB: w.DB, Journal: w.Journal, Charging: w.Charging, Charges: w.Charges, Receipts: w.Receipts, Payments: w.Payments, Issues: w.Issues, Files: w.Files, Identity: w.Identity,
		Logger: slog.New(slog.DiscardHandler), Retention: time.Hour,
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
	w.Eventually("the issue is raised, for that tenant alone", func() bool {
		return worldtest.OwnerValue[string](w, "select coalesce(string_agg(kind || ' ' || (tenant_id = $1)::text, ','), '') from detected_issues where status = 'OPEN'", w.A.ID) == "BOOKS_WRONG true"
	})
	w.Owner("update ledger_balances set balance = 0")
	ctx := tenancy.NewContext(context.Background(), tenancy.Billing(w.A.ID))
	if err := w.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.Enqueue(ctx, jobs.VerifyBooks{Tenant: w.A.ID}, nil)
	}); err != nil {
		t.Fatal(err)
	}
	w.Eventually("the issue is settled", func() bool {
		return worldtest.OwnerValue[string](w, "select string_agg(status, ',') from detected_issues") == "RESOLVED"
	})
}
