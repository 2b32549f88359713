package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/invoice"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// populated is a world in which each network of each tenant has at least one row of everything.
type populated struct {
	*api
	// of holds the ids of a network's rows, by table.
	of map[uuid.UUID]map[string]uuid.UUID
}

func populate(t *testing.T) *populated {
	t.Helper()
	p := &populated{api: newAPI(t), of: map[uuid.UUID]map[string]uuid.UUID{}}
	for _, tenant := range []worldtest.Tenant{p.w.A, p.w.B} {
		p.fill(tenant, tenant.Main, "CP-MAIN")
		p.fill(tenant, tenant.Sub, "CP-SUB")
	}
	return p
}

// fill makes one of everything in a network, through the doors that operators and stations use.
func (p *populated) fill(tenant worldtest.Tenant, network uuid.UUID, station string) {
	p.t.Helper()
	ctx, w := tenant.As(tenancy.Owner), p.w
	check := func(err error) {
		p.t.Helper()
		if err != nil {
			p.t.Fatalf("fill network of %s: %v", tenant.Slug, err)
		}
	}
	ids := map[string]uuid.UUID{"networks": network}
	name := "Same place"
	place, err := w.Charging.CreateLocation(ctx, charging.LocationSpec{Name: &name, Network: network})
	check(err)
	ids["locations"] = place.ID
	st := w.AddStation(tenant, network, station, 1)
	ids["stations"] = st.ID
	_, err = w.Charging.UpdateStation(ctx, st.ID, charging.StationChange{Location: &place.ID})
	check(err)
	token, err := w.Charging.CreateToken(ctx, charging.TokenSpec{IDTag: "CARD-" + station, Network: network})
	check(err)
	ids["tokens"] = token.ID
	member, _, err := w.Identity.InviteMember(ctx, identity.Invitation{Email: station + "@" + tenant.Slug + ".example", Name: "Somebody", Role: tenancy.Operator, Network: network})
	check(err)
	ids["memberships"] = member.ID
	key, _, err := w.Identity.CreateAPIKey(ctx, identity.KeySpec{Name: "app", Role: tenancy.Reader, Network: network})
	check(err)
	ids["api_keys"] = key.ID

	if _, status, err := w.Dial("/ocpp/"+tenant.Slug+"/"+station, station, "not the password at all", "ocpp1.6"); err == nil || status != 401 {
		p.t.Fatalf("a wrong password was answered %d", status)
	}
	charger := w.Onboarded(tenant, st)
	worldtest.Do[any](charger, "StatusNotification", map[string]any{"connectorId": 1, "errorCode": "NoError", "status": "Charging"})
	session := worldtest.Do[struct{ TransactionID int64 }](charger, "StartTransaction", map[string]any{"connectorId": 1, "idTag": token.IDTag, "meterStart": 0, "timestamp": now()})
	worldtest.Do[any](charger, "MeterValues", map[string]any{"connectorId": 1, "transactionId": session.TransactionID, "meterValue": []any{map[string]any{
		"timestamp": now(), "sampledValue": []any{map[string]any{"value": "10"}}}}})
	go func() { charger.Answer(charger.NextCall(), `{"status":"Accepted"}`) }()
	_, err = w.Charging.Order(ctx, st.ID, charging.ClearCacheOrder{}, 10)
	check(err)
	for table, of := range map[string]string{
		"charging_sessions": "station_id", "commands": "station_id", "connection_attempts": "station_id", "ocpp_messages": "station_id",
		"connectors": "station_id", "evses": "station_id", "station_variables": "station_id", "meter_values": "station_id",
	} {
		ids[table] = worldtest.OwnerValue[uuid.UUID](w, "select id from "+table+" where "+of+" = $1 limit 1", st.ID)
	}
	p.store(tenant, network, st.ID, ids)
	p.of[network] = ids
}

// store makes rows of what only comes from a long exchange with a station, as that exchange would leave them.
func (p *populated) store(tenant worldtest.Tenant, network, station uuid.UUID, ids map[string]uuid.UUID) {
	p.t.Helper()
	bulk := uuid.Must(uuid.NewV7())
	for _, row := range []struct{ table, columns, values string }{
		{"charging_profiles", "station_id, evse_no, profile_id, stack_level, purpose, kind, schedules, status", "$4, 1, 1, 0, 'TX_DEFAULT_PROFILE', 'ABSOLUTE', '[]', 'INSTALLED'"},
		{"reservations", "station_id, reservation_id, evse_no, id_tag, expires_at, status", "$4, 1, 1, 'CARD', now() + interval '1 hour', 'ACTIVE'"},
		{"local_list_entries", "station_id, id_tag, status", "$4, 'CARD', 'Accepted'"},
		{"firmwares", "version, vendor, file_name", "'2.0', 'Demo', '2.0.bin'"},
		{"firmware_updates", "station_id, request_id, location, status, retrieve_at", "$4, 1, 'https://firmware.example/1', 'Downloading', now()"},
		{"log_uploads", "station_id, request_id, type, location, status", "$4, 1, 'DIAGNOSTICS', 'https://logs.example/1', 'Uploading'"},
		{"station_settings", "station_id, kind, key, data, reported_at", "$4, 'MONITOR', '1', '{}', now()"},
		{"station_reports", "station_id, request_id, kind, requested_at", "$4, 1, 'VARIABLES', now()"},
		{"station_events", "station_id, kind, at, received_at", "$4, 'SECURITY', now(), now()"},
		{"files", "station_id, kind, name, size, sha256, content_type, blob_key", "$4, 'LOG', 'log', 1, sha256('x'), 'text/plain', gen_random_uuid()::text"},
		{"file_transfers", "station_id, token_hash, direction, kind, max_bytes, expires_at", "$4, sha256(gen_random_uuid()::text::bytea), 'IN', 'LOG', 1, now()"},
		{"ledger_accounts", "kind, currency", "'REVENUE', 'EUR'"},
		{"bulk_commands", "name, command, parameters, per_minute, requested_by, viewer", "'All', 'clearCache', '{}', 60, 'somebody', '{}'"},
		{"bulk_command_targets", "bulk_id, station_id, position", "'" + bulk.String() + "', $4, 1"},
	} {
		id := uuid.Must(uuid.NewV7())
		if row.table == "bulk_commands" {
			id = bulk
		}
		args := []any{id, tenant.ID, network, station}
		if !strings.Contains(row.values, "$4") {
			args = args[:3]
		}
		p.w.Owner("insert into "+row.table+" (id, tenant_id, network_id, "+row.columns+") values ($1, $2, $3, "+row.values+")", args...)
		ids[row.table] = id
	}
	booked := uuid.Must(uuid.NewV7())
	p.w.Owner(`with t as (insert into ledger_transactions (id, tenant_id, network_id, kind, idempotency_key, actor, at) values ($1, $2, $3, 'CHARGE', gen_random_uuid()::text, 'somebody', now())
		returning id) insert into ledger_entries (transaction_id, position, tenant_id, network_id, account_id, currency, amount)
		select t.id, n, $2, $3, $4, 'EUR', 5 - 10 * (n % 2) from t, generate_series(1, 2) n`, booked, tenant.ID, network, ids["ledger_accounts"])
	ids["ledger_transactions"] = booked
	p.storeMoney(tenant, network, ids)
	p.storeSecurity(tenant, network, station, ids)
}

// storeSecurity makes a row of everything that stations connect with. Whom a tenant believes is one for all its networks.
func (p *populated) storeSecurity(tenant worldtest.Tenant, network, station uuid.UUID, ids map[string]uuid.UUID) {
	p.t.Helper()
	maker, err := pki.NewRoot("Maker", tenant.Slug, time.Now())
	if err != nil {
		p.t.Fatal(err)
	}
	c := maker.Certificate
	if network == tenant.Main {
		ids["certificate_authorities"] = uuid.Must(uuid.NewV7())
		p.w.Owner(`insert into certificate_authorities (id, tenant_id, kind, status, name, certificate, serial_number, fingerprint, not_before, not_after, created_by)
			values ($1, $2, 'MANUFACTURER', 'ACTIVE', 'Maker', $3, '1', $4, now(), now() + interval '1 year', 'somebody')`, ids["certificate_authorities"], tenant.ID, c.Raw, pki.Fingerprint(c))
	} else {
		ids["certificate_authorities"] = p.of[tenant.Main]["certificate_authorities"]
	}
	for _, row := range []struct{ table, columns, values string }{
		{"station_certificates", "station_id, authority_id, use, origin, status, serial_number, subject, issuer, key_type, fingerprint, certificate, not_before, not_after",
			fmt.Sprintf(`$4, '%s', 'CHARGING_STATION', 'FACTORY', 'IN_USE', '%s', 'CN=1', 'CN=Maker', 'ECDSA P-256', '%s', decode('%x', 'hex'), now(), now() + interval '1 year'`,
				ids["certificate_authorities"], pki.SerialNumber(c), pki.Fingerprint(c), c.Raw)},
		{"security_operations", "station_id, kind, status, step, requested_by, steps", `$4, 'RENEWAL', 'RUNNING', 'ASK', 'somebody', '[{"key":"ASK","at":"2030-01-01T00:00:00Z","state":"WAITING","explanation":"Waiting."}]'`},
		{"approvals", "station_id, action, request, reason, requested_by, requester, expires_at", "$4, 'DELETE_LAST_ROOT', '{}', 'Why', 'somebody', 'x', now() + interval '7 days'"},
	} {
		ids[row.table] = uuid.Must(uuid.NewV7())
		p.w.Owner("insert into "+row.table+" (id, tenant_id, network_id, "+row.columns+") values ($1, $2, $3, "+row.values+")", ids[row.table], tenant.ID, network, station)
	}
	p.w.Owner("update stations set certificate_id = $2 where id = $1", station, ids["station_certificates"])
}

// storeMoney makes a row of everything that is sold, billed and paid.
func (p *populated) storeMoney(tenant worldtest.Tenant, network uuid.UUID, ids map[string]uuid.UUID) {
	p.t.Helper()
	for _, row := range []struct{ table, columns, values string }{
		{"tariffs", "name, currency", "'Plain', 'EUR'"},
		{"tariff_versions", "tariff_id, number, definition, created_by",
			`'{tariffs}', 1, '{"currency":"EUR","tax_included":"N/A","elements":[{"price_components":[{"type":"ENERGY","price":0.50,"step_size":1}]}]}', 'somebody'`},
		{"tariff_assignments", "tariff_id, level, target_id, created_by", "'{tariffs}', 'NETWORK', $3, 'somebody'"},
		{"drivers", "name, email", "'Somebody', 'somebody@demo.example'"},
		{"payment_accounts", "provider, name, live, secret, webhook_secret", "'STRIPE', 'Ours', false, 'x', 'x'"},
		{"payment_methods", "driver_id, account_id, label", "'{drivers}', '{payment_accounts}', 'Visa 4242'"},
		{"wallets", "driver_id, currency", "'{drivers}', 'EUR'"},
		{"charges", "session_id, driver_id, wallet_id, tariff_version_id, currency, net, tax, gross, bill, facts, status",
			`'{charging_sessions}', '{drivers}', '{wallets}', '{tariff_versions}', 'EUR', 100, 20, 120, '{"currency":"EUR","digits":2,"lines":[],"energy_wh":"0","charging_s":"0","idle_s":"0"}', 'x', 'PAID'`},
		{"charge_corrections", "charge_id, driver_id, key, kind, status, net, tax, gross, currency, created_by",
			"'{charges}', '{drivers}', 'a', 'REFUND', 'APPLIED', -10, -2, -12, 'EUR', 'somebody'"},
		{"payments", "wallet_id, driver_id, account_id, provider, amount, currency, live, asked_by, expires_at",
			"'{wallets}', '{drivers}', '{payment_accounts}', 'STRIPE', 100, 'EUR', false, 'somebody', now()"},
		{"payment_refunds", "payment_id, driver_id, amount, currency, asked_by", "'{payments}', '{drivers}', 10, 'EUR', 'somebody'"},
		{"reconciliations", "account_id, asked_by", "'{payment_accounts}', 'somebody'"},
		{"receipts", "charge_id, driver_id, kind, number, currency, gross, document", "'{charges}', '{drivers}', 'RECEIPT', $1::text, 'EUR', 120, '" + p.paper() + "'"},
		{"detected_issues", "kind, severity, cause", "'COST_SETTING_MISSING', 'WARNING', 'somewhere'"},
	} {
		values := row.values
		for table, id := range ids {
			values = strings.ReplaceAll(values, "{"+table+"}", id.String())
		}
		ids[row.table] = uuid.Must(uuid.NewV7())
		p.w.Owner("insert into "+row.table+" (id, tenant_id, network_id, "+row.columns+") values ($1::text::uuid, $2, $3, "+values+")", ids[row.table].String(), tenant.ID, network)
	}
}

// foreign collects every id that a viewer must never meet: of the other tenant, or of the other networks of its own.
func (p *populated) foreign(where string, args ...any) map[string]string {
	p.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, p.w.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, `select table_name from information_schema.columns c
		where table_schema = 'public' and column_name = 'network_id' and exists (select from information_schema.columns i
			where i.table_schema = c.table_schema and i.table_name = c.table_name and i.column_name = 'id')`)
	if err != nil {
		p.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		p.t.Fatal(err)
	}
	ids := map[string]string{}
	authorities, err := conn.Query(ctx, "select id::text from certificate_authorities where tenant_id = $1", p.w.B.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	others, err := pgx.CollectRows(authorities, pgx.RowTo[string])
	if err != nil || len(others) == 0 {
		p.t.Fatalf("there is no foreign authority: %v", err)
	}
	for _, id := range others {
		ids[id] = "certificate_authorities"
	}
	for _, table := range tables {
		rows, err := conn.Query(ctx, "select id::text from "+pgx.Identifier{table}.Sanitize()+" where "+where, args...)
		if err != nil {
			p.t.Fatal(err)
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			p.t.Fatal(err)
		}
		if len(found) == 0 && table != "audit_events" && table != "status_changes" {
			p.t.Errorf("table %s has no row that would be foreign: extend fill, so that its isolation is tested", table)
		}
		for _, id := range found {
			ids[id] = table
		}
	}
	return ids
}

// paper is what a receipt says.
func (p *populated) paper() string {
	p.t.Helper()
	d := invoice.Document{Kind: invoice.Receipt, Number: "2030-000001", IssuedAt: time.Now(), Zone: "UTC", Seller: invoice.Party{Name: "Seller"}, Currency: "EUR",
		Lines: []invoice.Line{{Item: invoice.Fee, Net: 120, Gross: 120}}}
	if err := d.AddUp(); err != nil {
		p.t.Fatal(err)
	}
	text, err := json.Marshal(d)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}
