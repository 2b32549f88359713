package jobs_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/graph"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/jobs"
	"github.com/busbar-ev/busbar/tenancy"
)

// bulkWorld is a world with three stations, of which the last is offline, and the inner way to commands.
type bulkWorld struct {
	*worldtest.World
	commands *graph.Commands
	stations []*ent.Station
	online   []*worldtest.Station
}

func newBulkWorld(t *testing.T) *bulkWorld {
	t.Helper()
	b := &bulkWorld{World: worldtest.New(t)}
	b.commands = graph.NewCommands(&graph.Resolver{DB: b.DB, Bus: b.Bus, Charging: b.Charging, Charges: b.Charges, Receipts: b.Receipts, Issues: b.Issues, Identity: b.Identity, Logger: slog.New(slog.DiscardHandler)})
	for _, identity := range []string{"CP1", "CP2", "CP3"} {
		b.stations = append(b.stations, b.AddStation(b.A, b.A.Main, identity, 1))
	}
	for _, st := range b.stations[:2] {
		b.online = append(b.online, b.Onboarded(b.A, st))
	}
	return b
}

// operator is an app with that role, which is asked for while its orders go on.
func (b *bulkWorld) operator(t *testing.T) context.Context {
	t.Helper()
	key, _, err := b.Identity.CreateAPIKey(b.A.As(tenancy.Owner), identity.KeySpec{Name: "operator", Role: tenancy.Operator})
	if err != nil {
		t.Fatal(err)
	}
	return tenancy.NewContext(context.Background(), tenancy.Viewer{
		Kind: tenancy.KindApp, Tenant: b.A.ID, ID: key.ID, Name: key.Name, Grants: []tenancy.Grant{{Role: tenancy.Operator}},
	})
}

func (b *bulkWorld) run(t *testing.T) {
	t.Helper()
	runner, err := jobs.Start(context.Background(), jobs.Parts{
		DB: b.DB, Journal: b.Journal, Charging: b.Charging, Charges: b.Charges, Payments: b.Payments, Receipts: b.Receipts, Issues: b.Issues, Files: b.Files, Identity: b.Identity, Logger: slog.New(slog.DiscardHandler), Retention: time.Hour, Carry: b.commands.Carry,
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
}

func (b *bulkWorld) request(command, parameters string) charging.BulkRequest {
	r := charging.BulkRequest{Name: "All", Command: command, Parameters: json.RawMessage(parameters), PerMinute: 6000, Permission: tenancy.StationCommand}
	for _, st := range b.stations {
		r.Stations = append(r.Stations, st.ID)
	}
	return r
}

func (b *bulkWorld) outcomes() string {
	return worldtest.OwnerValue[string](b.World, `select string_agg(s.identity || ' ' || t.status || coalesce(' ' || c.action, ''), ', ' order by s.identity)
		from bulk_command_targets t join stations s on s.id = t.station_id left join commands c on c.id = t.command_id and c.bulk_id = t.bulk_id`)
}

func (b *bulkWorld) status() string {
	return worldtest.OwnerValue[string](b.World, "select status from bulk_commands")
}

// A bulk command reaches each of its stations once, with the outcome of each; one that is offline is skipped with the reason.
func TestBulk_EachStationHasItsOutcome(t *testing.T) {
	t.Parallel()
	b := newBulkWorld(t)
	b.run(t)
	bulk, err := b.Charging.StartBulk(b.operator(t), b.request("resetStation", `{"type":"SOFT"}`))
	if err != nil {
		t.Fatal(err)
	}
	for i, answer := range []string{`{"status":"Accepted"}`, `{"status":"Rejected"}`} {
		c := b.online[i].NextCall()
		if c.Action != "Reset" || string(c.Payload) != `{"type":"Soft"}` {
			t.Errorf("station %d was asked %s %s", i, c.Action, c.Payload)
		}
		b.online[i].Answer(c, answer)
	}
	b.Eventually("the bulk command has ended", func() bool { return b.status() == "COMPLETED" })
	if got := b.outcomes(); got != "CP1 ACCEPTED Reset, CP2 REJECTED Reset, CP3 SKIPPED" {
		t.Errorf("the outcomes are %s", got)
	}
	p, err := b.Charging.BulkProgress(b.A.As(tenancy.Reader), bulk.ID)
	if err != nil || *p != (charging.BulkProgress{Total: 3, Accepted: 1, Rejected: 1, Skipped: 1}) {
		t.Errorf("the progress is %v %v", p, err)
	}
	if who := worldtest.OwnerValue[string](b.World, "select string_agg(distinct requested_by, ',') from commands where bulk_id is not null"); who != worldtest.OwnerValue[string](b.World, "select requested_by from bulk_commands") {
		t.Errorf("the commands were given by %s", who)
	}
}

// After a crash between taking a station up and giving it the command, and after one behind that, each station is asked once.
func TestBulk_GoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	b := newBulkWorld(t)
	_, err := b.Charging.StartBulk(b.operator(t), b.request("clearCache", "{}"))
	if err != nil {
		t.Fatal(err)
	}
	b.Owner("update bulk_command_targets set status = 'STARTED'")
	b.Owner(`insert into commands (id, tenant_id, network_id, station_id, action, status, request, requested_by, message_id, bulk_id, completed_at)
		select gen_random_uuid(), tenant_id, network_id, station_id, 'ClearCache', 'ACCEPTED', '{}', 'somebody', 'm', bulk_id, now() from bulk_command_targets where station_id = $1`, b.stations[0].ID)
	b.run(t)
	c := b.online[1].NextCall()
	b.online[1].Answer(c, `{"status":"Accepted"}`)
	b.Eventually("the bulk command has ended", func() bool { return b.status() == "COMPLETED" })
	if got := b.outcomes(); got != "CP1 ACCEPTED ClearCache, CP2 ACCEPTED ClearCache, CP3 SKIPPED" {
		t.Errorf("the outcomes are %s", got)
	}
	if n := worldtest.OwnerValue[int](b.World, "select count(*) from commands where action = 'ClearCache'"); n != 2 {
		t.Errorf("%d commands were given, want 2", n)
	}
}

// A cancelled bulk command asks nobody any more.
func TestBulk_Cancelled(t *testing.T) {
	t.Parallel()
	b := newBulkWorld(t)
	bulk, err := b.Charging.StartBulk(b.operator(t), b.request("clearCache", "{}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Charging.CancelBulk(b.B.As(tenancy.Owner), bulk.ID); fault.Of(err) == nil || fault.Of(err).Code != fault.NotFound {
		t.Errorf("another tenant's cancelling was answered %v", err)
	}
	if _, err := b.Charging.CancelBulk(b.A.As(tenancy.Operator), bulk.ID); err != nil {
		t.Fatal(err)
	}
	b.run(t)
	b.Eventually("the job is done", func() bool {
		return worldtest.OwnerValue[int](b.World, "select count(*) from river_job where kind = 'bulk_run' and state = 'completed'") == 1
	})
	if got := b.outcomes(); got != "CP1 SKIPPED, CP2 SKIPPED, CP3 SKIPPED" {
		t.Errorf("the outcomes are %s", got)
	}
}

// What can't be given to stations like this, or not by this viewer, isn't begun.
func TestBulk_IsCheckedFirst(t *testing.T) {
	t.Parallel()
	b := newBulkWorld(t)
	ctx := b.operator(t)
	for _, c := range []struct{ command, parameters, says string }{
		{"resetStation", `{"type":"NONSENSE"}`, "NONSENSE"}, {"resetStation", `{}`, "type"}, {"resetStation", `{"type":"SOFT","more":1}`, "more"},
		{"createNetwork", `{}`, "no command"}, {"remoteStop", `{}`, "no command"}, {"nothing", `{}`, "no command"}, {"clearCache", `[]`, "object"},
	} {
		_, err := b.commands.Check(ctx, c.command, json.RawMessage(c.parameters))
		if f := fault.Of(err); f == nil || f.Code != fault.Invalid || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s %s was answered %v, want one that says %q", c.command, c.parameters, err, c.says)
		}
	}
	if p, err := b.commands.Check(ctx, "setVariables", json.RawMessage(`{"variables":[{"variable":"A","value":"1"}]}`)); err != nil || p != tenancy.StationConfigure {
		t.Errorf("setting variables takes %s %v", p, err)
	}
	r := b.request("clearCache", "{}")
	r.Stations = append(r.Stations, uuid.New())
	if _, err := b.Charging.StartBulk(ctx, r); fault.Of(err) == nil || fault.Of(err).Code != fault.NotFound {
		t.Errorf("a station that doesn't exist was answered %v", err)
	}
	if _, err := b.Charging.StartBulk(b.A.As(tenancy.Reader), b.request("clearCache", "{}")); fault.Of(err) == nil || fault.Of(err).Code != fault.Forbidden {
		t.Errorf("a reader was answered %v", err)
	}
}

// Whoever may not give commands any more has none given on their behalf, either.
func TestSec068_BulkCommandsOfARevokedKeyStop(t *testing.T) {
	t.Parallel()
	b := newBulkWorld(t)
	ctx := b.operator(t)
	if _, err := b.Charging.StartBulk(ctx, b.request("clearCache", "{}")); err != nil {
		t.Fatal(err)
	}
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Identity.RevokeAPIKey(b.A.As(tenancy.Owner), v.ID); err != nil {
		t.Fatal(err)
	}
	b.run(t)
	b.Eventually("the bulk command has ended", func() bool { return b.status() == "COMPLETED" })
	if got := b.outcomes(); got != "CP1 FAILED, CP2 FAILED, CP3 FAILED" {
		t.Errorf("the outcomes are %s", got)
	}
	if why := worldtest.OwnerValue[string](b.World, "select string_agg(distinct error, ',') from bulk_command_targets"); !strings.Contains(why, "their key was revoked") {
		t.Errorf("the reason is %q", why)
	}
}
