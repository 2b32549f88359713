package graph_test

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/busbar-ev/busbar/graph"
	"github.com/busbar-ev/busbar/graph/generated"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// These tests walk every ent schema and every GraphQL field by reflection: one that is added later is covered at once, or
// fails for want of rows.

func schemaOf() *ast.Schema { return generated.NewExecutableSchema(generated.Config{}).Schema() }

// Every ent schema shows a viewer the rows of its own tenant, and of its own networks, and no others.
func TestSec053_EverySchemaKeepsTenantsApart(t *testing.T) {
	t.Parallel()
	p := populate(t)
	client := reflect.ValueOf(p.w.DB.Ent()).Elem()
	for i := range client.NumField() {
		name := client.Type().Field(i).Name
		if client.Field(i).Kind() != reflect.Pointer || !strings.HasSuffix(client.Field(i).Type().String(), "Client") {
			continue
		}
		query := client.Field(i)
		for _, who := range []struct {
			name    string
			ctx     context.Context
			network uuid.UUID
		}{
			{"the whole tenant", p.w.A.As(tenancy.Owner), uuid.Nil},
			{"one network", p.w.A.In(p.w.A.Sub, tenancy.Owner), p.w.A.Sub},
		} {
			rows := all(t, query, who.ctx, name)
			if rows.Len() == 0 && !(name == "AuditEvent" && who.network != uuid.Nil) {
				t.Errorf("%s: a viewer of %s sees no row, so its isolation isn't tested: extend fill", name, who.name)
			}
			for j := range rows.Len() {
				row := rows.Index(j).Elem()
				if tenant := row.FieldByName("TenantID"); tenant.IsValid() && tenant.Interface() != p.w.A.ID {
					t.Errorf("%s: a viewer of %s of A sees a row of another tenant", name, who.name)
				}
				if network := row.FieldByName("NetworkID"); network.IsValid() && who.network != uuid.Nil && idOf(network) != who.network {
					t.Errorf("%s: a viewer of one network sees a row of another", name)
				}
			}
		}
		if err := refusal(query); err == nil {
			t.Errorf("%s: a query without a viewer is answered", name)
		}
	}
}

// idOf reads a network id that may be optional.
func idOf(v reflect.Value) uuid.UUID {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return uuid.Nil
		}
		v = v.Elem()
	}
	return v.Interface().(uuid.UUID)
}

func all(t *testing.T, client reflect.Value, ctx context.Context, name string) reflect.Value {
	t.Helper()
	query := client.MethodByName("Query").Call(nil)[0]
	out := query.MethodByName("All").Call([]reflect.Value{reflect.ValueOf(ctx)})
	if err, _ := out[1].Interface().(error); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out[0]
}

func refusal(client reflect.Value) error {
	query := client.MethodByName("Query").Call(nil)[0]
	err, _ := query.MethodByName("All").Call([]reflect.Value{reflect.ValueOf(context.Background())})[1].Interface().(error)
	return err
}

// deep writes a selection of everything that a type reaches in so many steps.
func deep(schema *ast.Schema, typeName string, steps int) string {
	def := schema.Types[typeName]
	var b strings.Builder
	for _, f := range def.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		inner := schema.Types[f.Type.Name()]
		switch {
		case inner.Kind == ast.Object && steps > 0:
			args := ""
			if f.Arguments.ForName("first") != nil {
				args = "(first: 20)"
			}
			if sub := deep(schema, inner.Name, steps-1); sub != "" {
				fmt.Fprintf(&b, "%s%s { %s } ", f.Name, args, sub)
			}
		case inner.Kind != ast.Object:
			b.WriteString(f.Name + " ")
		}
	}
	return b.String()
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// Whatever a viewer asks, in any root field and as deep as it goes, no id of another tenant or network is in the answer.
func TestSec054_NothingForeignIsReachedThroughNestedFields(t *testing.T) {
	t.Parallel()
	p := populate(t)
	schema := schemaOf()
	root, err := pki.NewRoot("Somebody", "Somebody", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []struct {
		name, key string
		network   uuid.UUID
		foreign   map[string]string
	}{
		{"A", p.owner(p.w.A), p.w.A.Main, p.foreign("tenant_id = $1", p.w.B.ID)},
		{"A's sub-client", p.w.Key(p.w.A, tenancy.Admin, p.w.A.Sub), p.w.A.Sub, p.foreign("tenant_id = $1 or network_id = $2", p.w.B.ID, p.w.A.Main)},
	} {
		for _, field := range schema.Query.Fields {
			if strings.HasPrefix(field.Name, "__") || field.Arguments.ForName("id") != nil || isDrivers(field) {
				continue
			}
			for steps := 2; steps <= 4; steps++ {
				selection := deep(schema, field.Type.Name(), steps)
				arguments := ""
				switch field.Name {
				case "priceQuote":
					arguments = fmt.Sprintf("(input: {stationId: %q, energyWh: 1000})", p.of[who.network]["stations"])
				case "readAuthority":
					arguments = fmt.Sprintf("(pem: %q)", pki.WritePEM(root.Certificate))
				}
				r := p.ask(who.key, "{ "+field.Name+arguments+" { "+selection+" } }", nil)
				if r.code() == "LIMIT" {
					break // as deep as anybody may ask
				}
				if len(r.Errors) > 0 {
					t.Errorf("%s asks %s: %s", who.name, field.Name, r.raw[:min(len(r.raw), 500)])
				}
				for _, id := range uuids.FindAllString(r.raw, -1) {
					if table, bad := who.foreign[id]; bad {
						t.Errorf("%s meets a foreign row of %s through %s", who.name, table, field.Name)
					}
				}
			}
		}
	}
}

// A foreign id gets exactly the answer that an id gets which doesn't exist: in every root field.
func TestSec058_ForeignAndMissingLookAlike(t *testing.T) {
	t.Parallel()
	p := populate(t)
	schema := schemaOf()
	key, nobody := p.owner(p.w.A), uuid.New()
	sub := p.w.Key(p.w.A, tenancy.Admin, p.w.A.Sub)
	for _, field := range schema.Query.Fields {
		if field.Arguments.ForName("id") == nil {
			continue
		}
		query := fmt.Sprintf("query($id: ID!) { %s(id: $id) { id } }", field.Name)
		missing := p.ask(key, query, map[string]any{"id": nobody})
		foreign := p.ask(key, query, map[string]any{"id": p.of[p.w.B.Main][tableOf(t, field.Type.Name())]})
		neighbour := p.ask(sub, query, map[string]any{"id": p.of[p.w.A.Main][tableOf(t, field.Type.Name())]})
		if missing.raw != foreign.raw || missing.raw != neighbour.raw {
			t.Errorf("%s: missing %s, foreign %s, another network's %s", field.Name, missing.raw, foreign.raw, neighbour.raw)
		}
		if own := p.ask(key, query, map[string]any{"id": p.of[p.w.A.Main][tableOf(t, field.Type.Name())]}); strings.Contains(own.raw, "null") || len(own.Errors) > 0 {
			t.Errorf("%s: its own object isn't shown: %s", field.Name, own.raw)
		}
	}
}

// tableOf names the table behind a GraphQL type.
func tableOf(t *testing.T, typeName string) string {
	t.Helper()
	tables := map[string]string{
		"Network": "networks", "Location": "locations", "Station": "stations", "ChargingSession": "charging_sessions", "Command": "commands",
		"BulkCommand": "bulk_commands", "Driver": "drivers", "Wallet": "wallets", "Charge": "charges", "Tariff": "tariffs", "Payment": "payments", "Receipt": "receipts",
	}
	table, ok := tables[typeName]
	if !ok {
		t.Fatalf("type %s has no table here: name it, so that its isolation is tested", typeName)
	}
	return table
}

// objectOf names the table that an input field's id points into.
func objectOf(t *testing.T, mutation, field string) string {
	t.Helper()
	if field != "id" {
		tables := map[string]string{
			"stationId": "stations", "networkId": "networks", "locationId": "locations", "sessionId": "charging_sessions", "tokenId": "tokens",
			"reservationId": "reservations", "firmwareId": "firmwares", "stationIds": "stations", "tokenIds": "tokens", "bulkCommandId": "bulk_commands",
			"driverId": "drivers", "walletId": "wallets", "chargeId": "charges", "correctionId": "charge_corrections", "receiptId": "receipts", "tariffId": "tariffs",
			"tariffVersionId": "tariff_versions", "connectorId": "connectors", "evseId": "evses", "paymentId": "payments",
			"accountId": "payment_accounts", "paymentMethodId": "payment_methods", "certificateId": "station_certificates", "authorityId": "certificate_authorities",
		}
		if table, ok := tables[field]; ok {
			return table
		}
		t.Fatalf("%s: input field %s points nowhere: name its table, so that its isolation is tested", mutation, field)
	}
	for suffix, table := range map[string]string{
		"Network": "networks", "Location": "locations", "Station": "stations", "StationPassword": "stations", "Token": "tokens", "Member": "memberships", "ApiKey": "api_keys",
		"Driver": "drivers", "Wallet": "wallets", "Tariff": "tariffs", "Issue": "detected_issues", "PaymentAccount": "payment_accounts", "PaymentMethod": "payment_methods",
		"Manufacturer": "certificate_authorities", "ContractRoot": "certificate_authorities", "SecurityOperation": "security_operations", "Approval": "approvals",
	} {
		if strings.HasSuffix(mutation, suffix) {
			return table
		}
	}
	t.Fatalf("%s: its id points nowhere: name its table, so that its isolation is tested", mutation)
	return ""
}

// Every mutation, called with an id of another tenant or network in any of its id fields, is refused as if the object didn't
// exist, and changes nothing there.
func TestSec056_NoMutationReachesForeignObjects(t *testing.T) {
	t.Parallel()
	p := populate(t)
	schema := schemaOf()
	before := p.digest(p.w.B)
	callers := []struct {
		name, key    string
		own, foreign uuid.UUID
	}{
		{"another tenant", p.owner(p.w.A), p.w.A.Main, p.w.B.Main},
		{"another network", p.w.Key(p.w.A, tenancy.Admin, p.w.A.Sub), p.w.A.Sub, p.w.A.Main},
	}
	for _, m := range schema.Mutation.Fields {
		if isDrivers(m) {
			continue // tested as a driver
		}
		argument := m.Arguments.ForName("input")
		if argument == nil {
			t.Errorf("mutation %s takes no input object", m.Name)
			continue
		}
		input := schema.Types[argument.Type.Name()]
		for _, target := range input.Fields {
			if target.Type.Name() != "ID" {
				continue
			}
			for _, caller := range callers {
				if of := objectOf(t, m.Name, target.Name); p.of[caller.own][of] == p.of[caller.foreign][of] {
					continue // whom the tenant believes is one for all its networks
				}
				values := map[string]any{}
				for _, f := range input.Fields {
					if f.Type.Name() == "ID" {
						if f.Type.NonNull || f.Name == target.Name {
							values[f.Name] = p.of[caller.own][objectOf(t, m.Name, f.Name)]
						}
					} else if f.Type.NonNull {
						values[f.Name] = sample(schema, f)
					}
				}
				if m.Name == "remoteStart" && target.Name == "stationId" {
					values["idTag"] = "CARD-CP-MAIN"
				}
				values[target.Name] = p.of[caller.foreign][objectOf(t, m.Name, target.Name)]
				query := fmt.Sprintf("mutation($input: %s!) { %s(input: $input) { __typename } }", input.Name, m.Name)
				foreign := p.ask(caller.key, query, map[string]any{"input": values})
				values[target.Name] = uuid.New()
				missing := p.ask(caller.key, query, map[string]any{"input": values})
				if foreign.code() != "NOT_FOUND" {
					t.Errorf("%s with %s of %s was answered %s", m.Name, target.Name, caller.name, foreign.raw)
				}
				if foreign.raw != missing.raw {
					t.Errorf("%s with %s of %s is told apart from one that doesn't exist: %s and %s", m.Name, target.Name, caller.name, foreign.raw, missing.raw)
				}
			}
		}
	}
	if after := p.digest(p.w.B); before != after {
		t.Errorf("what A did shows in B: before\n%s\nafter\n%s", before, after)
	}
}

// sample is a value that an input field accepts.
func sample(schema *ast.Schema, f *ast.FieldDefinition) any {
	if f.Type.Elem != nil {
		item := *f
		item.Type = f.Type.Elem
		return []any{sample(schema, &item)}
	}
	def := schema.Types[f.Type.Name()]
	switch {
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case def.Kind == ast.InputObject:
		values := map[string]any{}
		for _, inner := range def.Fields {
			if inner.Type.NonNull {
				values[inner.Name] = sample(schema, inner)
			}
		}
		return values
	case f.Type.Name() == "Boolean":
		return true
	case f.Type.Name() == "Int":
		return 1
	case f.Type.Name() == "Float", f.Type.Name() == "Decimal":
		return 1.5
	case f.Type.Name() == "Time":
		return time.Now().Add(time.Hour).Format(time.RFC3339)
	case f.Type.Name() == "JSON":
		return map[string]any{}
	case f.Name == "email":
		return "new@alpha.example"
	}
	return "SAMPLE1"
}

// digest is a fingerprint of everything that a tenant owns and that somebody could change.
func (p *populated) digest(tenant worldtest.Tenant) string {
	p.t.Helper()
	var parts []string
	for _, table := range []string{"networks", "locations", "stations", "evses", "connectors", "tokens", "memberships", "api_keys", "charging_sessions", "commands", "station_variables",
		"charging_profiles", "reservations", "local_list_entries", "firmware_updates", "log_uploads", "station_settings", "station_reports", "bulk_commands",
		"drivers", "wallets", "tariffs", "tariff_versions", "tariff_assignments", "charges", "charge_corrections", "payments", "payment_refunds", "payment_accounts",
		"payment_methods", "reconciliations", "receipts", "detected_issues", "certificate_authorities", "station_certificates", "security_operations", "approvals"} {
		columns := "t"
		if table == "stations" {
			columns = "(to_jsonb(t) - 'last_seen_at')::text"
		}
		parts = append(parts, table+" "+worldtest.OwnerValue[string](p.w, "select coalesce(md5(string_agg("+columns+"::text, ',' order by id)), '') from "+table+" t where tenant_id = $1", tenant.ID))
	}
	return strings.Join(parts, "\n")
}

// Subscribing to a foreign object is refused as if it didn't exist.
func TestSec069_NoSubscriptionReachesForeignObjects(t *testing.T) {
	t.Parallel()
	p := populate(t)
	tables := map[string]string{
		"stationUpdated": "stations", "sessionUpdated": "charging_sessions", "ocppMessage": "stations", "commandUpdated": "commands", "connectionAttempt": "stations",
		"walletUpdated": "wallets",
	}
	whole := []string{"connectorStatus", "stationConnection", "sessions", "detectedIssue"} // of a tenant; tested by their events
	key := p.owner(p.w.A)
	for _, f := range schemaOf().Subscription.Fields {
		if slices.Contains(whole, f.Name) || isDrivers(f) {
			continue
		}
		table, ok := tables[f.Name]
		if !ok {
			t.Errorf("subscription %s has no isolation case: add one", f.Name)
			continue
		}
		argument := f.Arguments[0].Name
		for _, id := range []uuid.UUID{p.of[p.w.B.Main][table], uuid.New()} {
			s := p.open(key)
			s.subscribe("1", fmt.Sprintf("subscription($id: ID!) { %s(%s: $id) { at } }", f.Name, argument), map[string]any{"id": id})
			got, err := s.next()
			if err != nil || !strings.Contains(string(got.Payload), "NOT_FOUND") {
				t.Errorf("%s of a foreign object was answered %s %s %v", f.Name, got.Type, got.Payload, err)
			}
			_ = s.ws.CloseNow()
		}
	}
}

// Every mutation and every root query names the permission it takes, and it is one that exists.
func TestEveryRootFieldNamesItsPermission(t *testing.T) {
	t.Parallel()
	schema := schemaOf()
	known := tenancy.Permissions()
	for _, root := range []*ast.Definition{schema.Mutation, schema.Query, schema.Subscription} {
		for _, f := range root.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			permission := f.Directives.ForName("permission")
			if permission == nil {
				if isDrivers(f) {
					continue
				}
				if root == schema.Query && f.Directives.ForName("authenticated") != nil {
					continue
				}
				t.Errorf("%s.%s names no @permission", root.Name, f.Name)
				continue
			}
			if name := permission.Arguments.ForName("requires").Value.Raw; !slices.Contains(known, tenancy.Permission(name)) {
				t.Errorf("%s.%s takes %q, which is no permission", root.Name, f.Name, name)
			}
		}
	}
}

// Every connection is weighed by how many items are asked for.
func TestEveryConnectionIsWeighed(t *testing.T) {
	t.Parallel()
	schema := schemaOf()
	executable := generated.NewExecutableSchema(generated.Config{Complexity: graph.ComplexityForTest()})
	for _, def := range schema.Types {
		for _, f := range def.Fields {
			if f.Arguments.ForName("first") == nil {
				continue
			}
			one, ok := executable.Complexity(context.Background(), def.Name, f.Name, 1, map[string]any{"first": int64(1)})
			many, _ := executable.Complexity(context.Background(), def.Name, f.Name, 1, map[string]any{"first": int64(100)})
			if !ok || many <= one {
				t.Errorf("%s.%s costs the same however many are asked for", def.Name, f.Name)
			}
		}
	}
}
