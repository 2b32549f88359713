package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// isDrivers reports whether a root field is for drivers.
func isDrivers(f *ast.FieldDefinition) bool { return f.Directives.ForName("driver") != nil }

// signInDriver signs a driver in by the code that is mailed to them, and returns what their browser sends from then on.
func (a *api) signInDriver(tenant, network, email string) http.Header {
	a.t.Helper()
	post := func(door, more string) *http.Response {
		a.t.Helper()
		r, err := http.Post(a.w.HTTP.URL+"/auth/driver/"+door, "application/json", strings.NewReader(fmt.Sprintf(`{"tenant":%q,"network":%q,"email":%q%s}`, tenant, network, email, more)))
		if err != nil || r.StatusCode != http.StatusNoContent {
			a.t.Fatalf("%s was answered %v %v", door, r, err)
		}
		_ = r.Body.Close()
		return r
	}
	post("code", "")
	if err := a.w.Identity.FinishMails(context.Background()); err != nil {
		a.t.Fatal(err)
	}
	mails := a.w.Mails.Mails()
	r := post("verify", `,"code":"`+regexp.MustCompile(`\b[0-9]{6}\b`).FindString(mails[len(mails)-1].Text)+`"`)
	cookie := r.Cookies()[0]
	return http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}, "Content-Type": {"application/json"}, "Origin": {a.w.HTTP.URL}}
}

// askAs sends a query with a browser's headers.
func (a *api) askAs(header http.Header, query string, variables map[string]any) result {
	a.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		a.t.Fatal(err)
	}
	return a.post(header, string(body))
}

// call writes a root field with all the arguments it must have, and the least that it can be asked for.
func call(schema *ast.Schema, operation string, f *ast.FieldDefinition, ids func(name string) any) (query string, variables map[string]any) {
	variables = map[string]any{}
	var declared, given []string
	for _, a := range f.Arguments {
		if !a.Type.NonNull {
			continue
		}
		declared, given = append(declared, "$"+a.Name+": "+a.Type.String()), append(given, a.Name+": $"+a.Name)
		variables[a.Name] = value(schema, a.Name, a.Type, ids)
	}
	query = operation
	if len(declared) > 0 {
		query += "(" + strings.Join(declared, ", ") + ")"
	}
	query += " { " + f.Name
	if len(given) > 0 {
		query += "(" + strings.Join(given, ", ") + ")"
	}
	if kind := schema.Types[f.Type.Name()].Kind; kind == ast.Object || kind == ast.Interface || kind == ast.Union {
		query += " { __typename }"
	}
	return query + " }", variables
}

func value(schema *ast.Schema, name string, t *ast.Type, ids func(string) any) any {
	if t.Elem != nil {
		return []any{value(schema, name, t.Elem, ids)}
	}
	if t.Name() == "ID" {
		return ids(name)
	}
	if def := schema.Types[t.Name()]; def.Kind == ast.InputObject {
		out := map[string]any{}
		for _, f := range def.Fields {
			if f.Type.NonNull {
				out[f.Name] = value(schema, f.Name, f.Type, ids)
			}
		}
		return out
	}
	return sample(schema, &ast.FieldDefinition{Name: name, Type: t})
}

// Everything that isn't a driver's own is refused to drivers, and everything that is to everybody else, whatever is named in it.
func TestSec072_DriversAndStaffHaveDoorsOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := populate(t)
	driver := p.signInDriver("alpha", "main", "somebody@demo.example")
	owner, schema := p.owner(p.w.A), schemaOf()
	nobody := func(string) any { return uuid.New() }
	for operation, root := range map[string]*ast.Definition{"query": schema.Query, "mutation": schema.Mutation, "subscription": schema.Subscription} {
		for _, f := range root.Fields {
			if strings.HasPrefix(f.Name, "__") || operation == "subscription" {
				continue
			}
			query, variables := call(schema, operation, f, nobody)
			var refused result
			if isDrivers(f) {
				refused = p.ask(owner, query, variables)
			} else {
				refused = p.askAs(driver, query, variables)
			}
			if refused.code() != "FORBIDDEN" || strings.Contains(string(refused.Data), `"__typename"`) {
				t.Errorf("%s %s of the wrong side was answered %s", operation, f.Name, refused.raw)
			}
		}
	}
	// Subscriptions are asked over sockets.
	theirs, _, err := p.dial(http.Header{"Cookie": driver["Cookie"], "Origin": driver["Origin"]}, "graphql-transport-ws")
	if err != nil {
		t.Fatal(err)
	}
	theirs.send(frame{Type: "connection_init"})
	if f, err := theirs.next(); err != nil || f.Type != "connection_ack" {
		t.Fatalf("the driver's socket wasn't let in: %+v %v", f, err)
	}
	ours := p.open(owner)
	for i, f := range schema.Subscription.Fields {
		s := theirs
		if isDrivers(f) {
			s = ours
		}
		query, variables := call(schema, "subscription", f, nobody)
		s.subscribe(fmt.Sprint("s", i), query, variables)
		for {
			got, err := s.next()
			if err != nil {
				t.Fatal(err)
			}
			if got.Type == "complete" {
				continue // of the one before
			}
			if !strings.Contains(string(got.Payload), "FORBIDDEN") {
				t.Errorf("subscription %s of the wrong side was answered %s %s", f.Name, got.Type, got.Payload)
			}
			break
		}
	}
	// What was refused is noted, in the driver's network.
	got := worldtest.OwnerValue[int](p.w, "select count(*) from audit_events where outcome = 'REFUSED' and actor_name = 'driver Somebody' and network_id = $1", p.w.A.Main)
	if got < len(schema.Mutation.Fields)/2 {
		t.Errorf("%d refusals are noted", got)
	}
}

// Whatever a driver asks, as deep as it goes, nothing of another driver, network or tenant is in the answer.
func TestSec099_NothingOfOthersIsInADriversAnswer(t *testing.T) {
	t.Parallel()
	p := populate(t)
	p.neighbour()
	driver := p.signInDriver("alpha", "main", "somebody@demo.example")
	own := p.of[p.w.A.Main]
	p.w.Owner("update charging_sessions set driver_id = $2 where id = $1", own["charging_sessions"], own["drivers"])
	foreign := p.foreign("tenant_id = $1 or network_id = $2", p.w.B.ID, p.w.A.Sub)
	for _, table := range []string{"drivers", "wallets", "tokens", "charging_sessions", "payments", "payment_methods", "receipts"} {
		column := map[string]string{"drivers": "id"}[table]
		if column == "" {
			column = "driver_id"
		}
		for _, id := range p.ids("select id::text from "+table+" where tenant_id = $1 and "+column+" is distinct from $2", p.w.A.ID, own["drivers"]) {
			foreign[id] = table
		}
	}
	schema := schemaOf()
	for _, f := range schema.Query.Fields {
		if !isDrivers(f) {
			continue
		}
		args := map[string]string{"chargingPlace": `(code: "CP-MAIN")`}[f.Name]
		r := p.askAs(driver, "{ "+f.Name+args+" { "+withoutArguments(schema, f.Type.Name(), 4)+" } }", nil)
		if len(r.Errors) > 0 {
			t.Errorf("%s: %s", f.Name, r.raw[:min(len(r.raw), 700)])
		}
		for _, id := range uuids.FindAllString(r.raw, -1) {
			if table, bad := foreign[id]; bad {
				t.Errorf("a driver meets a foreign row of %s through %s", table, f.Name)
			}
		}
		if f.Name == "my" {
			for _, table := range []string{"drivers", "wallets", "charging_sessions", "receipts", "payments", "payment_methods"} {
				if !strings.Contains(r.raw, own[table].String()) {
					t.Errorf("a driver doesn't see their own row of %s in %s", table, r.raw)
				}
			}
		}
	}
	// By id, what is foreign is answered as what isn't there.
	for _, field := range []struct{ query, table string }{
		{"query($id: ID!) { my { session(id: $id) { id } } }", "charging_sessions"}, {"query($id: ID!) { my { payment(id: $id) { id } } }", "payments"},
		{"mutation($id: ID!) { stopMyCharging(input: {sessionId: $id}) { session { id } } }", "charging_sessions"},
		{`mutation($id: ID!) { startMyCharging(input: {connectorId: $id, idempotencyKey: "k"}) { start { status } } }`, "connectors"},
	} {
		missing := p.askAs(driver, field.query, map[string]any{"id": uuid.New()})
		for what, id := range map[string]uuid.UUID{"another tenant's": p.of[p.w.B.Main][field.table], "another network's": p.of[p.w.A.Sub][field.table]} {
			if r := p.askAs(driver, field.query, map[string]any{"id": id}); r.raw != missing.raw {
				t.Errorf("%s with %s id was answered %s, and one of nothing %s", field.query, what, r.raw, missing.raw)
			}
		}
	}
}

// A session of somebody else's is followed no more than one that doesn't exist.
func TestSec069_DriversFollowTheirOwnSessionsAlone(t *testing.T) {
	t.Parallel()
	p := populate(t)
	header := p.signInDriver("alpha", "main", "somebody@demo.example")
	own := p.of[p.w.A.Main]
	p.w.Owner("update charging_sessions set driver_id = $2 where id = $1", own["charging_sessions"], own["drivers"])
	open := func() *socket {
		t.Helper()
		s, _, err := p.dial(http.Header{"Cookie": header["Cookie"], "Origin": header["Origin"]}, "graphql-transport-ws")
		if err != nil {
			t.Fatal(err)
		}
		s.send(frame{Type: "connection_init", Payload: json.RawMessage(`{"as":"driver"}`)})
		if f, err := s.next(); err != nil || f.Type != "connection_ack" {
			t.Fatalf("the driver's socket wasn't let in: %+v %v", f, err)
		}
		return s
	}
	const follow = "subscription($id: ID!) { mySessionUpdated(id: $id) { missed session { id status } } }"
	for _, id := range []uuid.UUID{p.of[p.w.A.Sub]["charging_sessions"], p.of[p.w.B.Main]["charging_sessions"], uuid.New()} {
		s := open()
		s.subscribe("1", follow, map[string]any{"id": id})
		if got, err := s.next(); err != nil || !strings.Contains(string(got.Payload), "NOT_FOUND") {
			t.Errorf("a foreign session was answered %s %v", got.Payload, err)
		}
		_ = s.ws.CloseNow()
	}
	s := open()
	s.subscribe("own", follow, map[string]any{"id": own["charging_sessions"]})
	s.until(own["charging_sessions"].String())
	s.subscribe("wallet", "subscription { myWalletUpdated { wallet { id } } }", nil)
	s.until(own["wallets"].String())
}

// withoutArguments writes a selection of everything that a type reaches without an argument that must be given.
func withoutArguments(schema *ast.Schema, typeName string, steps int) string {
	var b strings.Builder
	for _, f := range schema.Types[typeName].Fields {
		needs := false
		for _, a := range f.Arguments {
			needs = needs || a.Type.NonNull && a.DefaultValue == nil
		}
		if strings.HasPrefix(f.Name, "__") || needs {
			continue
		}
		if inner := schema.Types[f.Type.Name()]; inner.Kind != ast.Object {
			b.WriteString(f.Name + " ")
		} else if sub := ""; steps > 0 {
			if sub = withoutArguments(schema, inner.Name, steps-1); sub != "" {
				fmt.Fprintf(&b, "%s { %s } ", f.Name, sub)
			}
		}
	}
	return b.String()
}

// ids reads ids as the owner of the database.
func (p *populated) ids(query string, args ...any) []string {
	p.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, p.w.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		p.t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}

// neighbour is another driver in A's main network, with a session, a payment and all.
func (p *populated) neighbour() {
	p.t.Helper()
	own := p.of[p.w.A.Main]
	ids := map[string]uuid.UUID{}
	for table, id := range own {
		ids[table] = id
	}
	p.w.Owner("update drivers set email = 'other@demo.example' where id = $1", own["drivers"])
	session := uuid.Must(uuid.NewV7())
	p.w.Owner("insert into charging_sessions (id, tenant_id, network_id, station_id, evse_no, connector_no, ocpp_transaction_id, started_at, start_received_at, status) select $2, tenant_id, network_id, station_id, 1, 1, '9999', now(), now(), 'COMPLETED' from charging_sessions where id = $1",
		own["charging_sessions"], session)
	ids["charging_sessions"] = session
	p.storeMine(p.w.A, p.w.A.Main, ids)
	p.w.Owner("update charging_sessions set driver_id = $2 where id = $1", session, ids["drivers"])
	p.w.Owner("update drivers set email = 'neighbour@demo.example' where id = $1", ids["drivers"])
	p.w.Owner("update drivers set email = 'somebody@demo.example' where id = $1", own["drivers"])
}

// storeMine makes the rows of one more driver.
func (p *populated) storeMine(tenant worldtest.Tenant, network uuid.UUID, ids map[string]uuid.UUID) {
	p.t.Helper()
	for _, row := range []struct{ table, columns, values string }{
		{"drivers", "name, email", "'Neighbour', ''"},
		{"payment_methods", "driver_id, account_id, label", "'{drivers}', '{payment_accounts}', 'Visa 4242'"},
		{"wallets", "driver_id, currency", "'{drivers}', 'EUR'"},
		{"tokens", "driver_id, id_tag", "'{drivers}', 'NEIGHBOUR'"},
		{"charges", "session_id, driver_id, wallet_id, tariff_version_id, currency, net, tax, gross, bill, facts, status",
			`'{charging_sessions}', '{drivers}', '{wallets}', '{tariff_versions}', 'EUR', 100, 20, 120, '{"currency":"EUR","digits":2,"lines":[],"energy_wh":"0","charging_s":"0","idle_s":"0"}', 'x', 'PAID'`},
		{"payments", "wallet_id, driver_id, account_id, provider, amount, currency, live, asked_by, expires_at",
			"'{wallets}', '{drivers}', '{payment_accounts}', 'STRIPE', 100, 'EUR', false, 'somebody', now()"},
		{"receipts", "charge_id, driver_id, kind, number, currency, gross, document", "'{charges}', '{drivers}', 'RECEIPT', $1::text, 'EUR', 120, '{}'"},
	} {
		values := row.values
		for table, id := range ids {
			values = strings.ReplaceAll(values, "{"+table+"}", id.String())
		}
		ids[row.table] = uuid.Must(uuid.NewV7())
		p.w.Owner("insert into "+row.table+" (id, tenant_id, network_id, "+row.columns+") values ($1::text::uuid, $2, $3, "+values+")", ids[row.table].String(), tenant.ID, network)
	}
}

// The database shows a driver no row of others in any table, no column that isn't theirs to know, and lets them change nothing.
func TestSec053_TheDatabaseShowsDriversTheirOwn(t *testing.T) {
	t.Parallel()
	p := populate(t)
	p.neighbour()
	own := p.of[p.w.A.Main]["drivers"]
	p.w.Owner("update charging_sessions set driver_id = $2 where id = $1", p.of[p.w.A.Main]["charging_sessions"], own)
	p.w.Owner("update tokens set driver_id = $2 where id = $1", p.of[p.w.A.Main]["tokens"], own)
	ctx := tenancy.NewContext(context.Background(), tenancy.Driver(p.w.A.ID, p.w.A.Main, own, "Somebody"))
	type column struct{ Table, Column, Rights string }
	rights := func() (found []column) {
		conn, err := pgx.Connect(context.Background(), p.w.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.Background()) }()
		rows, err := conn.Query(context.Background(), `select table_name::text, column_name::text, string_agg(privilege_type, ',' order by privilege_type) from information_schema.column_privileges
			where grantee = 'busbar_driver' group by 1, 2 order by 1, 2`)
		if err != nil {
			t.Fatal(err)
		}
		found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[column])
		if err != nil {
			t.Fatal(err)
		}
		return found
	}()
	columns := map[string][]string{}
	for _, c := range rights {
		columns[c.Table] = append(columns[c.Table], c.Column)
		if c.Rights != "SELECT" && c.Table != "driver_starts" {
			t.Errorf("drivers may %s column %s of %s", c.Rights, c.Column, c.Table)
		}
		for _, secret := range []string{"password", "secret", "key", "mac", "salt", "note", "quirks", "remote_address", "connection_", "customer_ref", "flags"} {
			if strings.Contains(c.Column, secret) && c.Table != "driver_starts" {
				t.Errorf("drivers may read column %s of %s", c.Column, c.Table)
			}
		}
	}
	if len(columns) < 15 {
		t.Fatalf("drivers may read %d tables: this looks at nothing", len(columns))
	}
	for table, names := range columns {
		has := func(name string) bool { return strings.Contains(" "+strings.Join(names, " ")+" ", " "+name+" ") }
		check := func(name, allowed string) {
			t.Helper()
			if !has(name) {
				return
			}
			n, err := p.count(ctx, "select count(*)::int from "+table+" where not ("+allowed+")")
			if err != nil || n != 0 {
				t.Errorf("a driver sees %d foreign rows of %s by their %s, %v", n, table, name, err)
			}
		}
		check("tenant_id", "tenant_id = '"+p.w.A.ID.String()+"'")
		check("network_id", "network_id is null or network_id = '"+p.w.A.Main.String()+"'")
		check("driver_id", "driver_id = '"+own.String()+"'")
		if n, err := p.count(ctx, "select count(*)::int from "+table); err != nil || n == 0 && table != "driver_starts" && table != "commands" && table != "ledger_accounts" && table != "ledger_balances" {
			t.Errorf("a driver sees %d rows of %s, %v: the test shows nothing of it", n, table, err)
		}
	}
	for _, sql := range []string{
		"select note from drivers", "select password_mac from stations", "select secret from payment_accounts", "select email from users", "select * from tokens",
		"update drivers set status = 'ACTIVE'", "update wallets set credit_limit = 100000", "insert into tokens (id) values (gen_random_uuid())", "delete from payments",
		"select id from ocpp_messages", "select data from sign_in_sessions", "select data from driver_sessions", "select code_mac from driver_codes", "select id from audit_events",
		"select ledger_post(gen_random_uuid(), null, 'X', 'x', '', '', 'me', now(), array[]::uuid[], array[]::bigint[])",
	} {
		if _, err := p.w.DB.Exec(ctx, sql); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s as a driver was answered %v", sql, err)
		}
	}
	for _, sql := range []string{"insert into driver_starts (driver_id, key, tenant_id, network_id, connector_id) select gen_random_uuid(), 'k', tenant_id, network_id, id from connectors limit 1"} {
		if _, err := p.w.DB.Exec(ctx, sql); err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s as a driver was answered %v", sql, err)
		}
	}
}

// Nothing is asked through ent as a driver: what drivers see has queries of its own.
func TestSec054_EntAnswersNoDriver(t *testing.T) {
	t.Parallel()
	p := newAPI(t)
	ctx := tenancy.NewContext(context.Background(), tenancy.Driver(p.w.A.ID, p.w.A.Main, uuid.New(), "Somebody"))
	client := reflect.ValueOf(p.w.DB.Ent()).Elem()
	looked := 0
	for i := range client.NumField() {
		if client.Field(i).Kind() != reflect.Pointer || !strings.HasSuffix(client.Field(i).Type().String(), "Client") {
			continue
		}
		looked++
		query := client.Field(i).MethodByName("Query").Call(nil)[0]
		err, _ := query.MethodByName("All").Call([]reflect.Value{reflect.ValueOf(ctx)})[1].Interface().(error)
		if err == nil || !strings.Contains(err.Error(), "meets no row through ent") {
			t.Errorf("%s answers a driver: %v", client.Type().Field(i).Name, err)
		}
	}
	if looked < 20 {
		t.Errorf("only %d types were looked at", looked)
	}
}

func (p *populated) count(ctx context.Context, sql string) (int, error) {
	rows, err := p.w.DB.Query(ctx, sql)
	if err != nil {
		return 0, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
}
