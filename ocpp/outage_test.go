package ocpp_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/worldtest"
)

// outage takes the database of a world away: every connection is cut, and none is let in until the returned function is
// called.
func outage(t *testing.T, w *worldtest.World) (end func()) {
	t.Helper()
	u, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	admin := func(sql string) {
		t.Helper()
		conn, err := pgx.Connect(context.Background(), u.String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.Background()) }()
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	database := pgx.Identifier{name}.Sanitize()
	admin("alter database " + database + " allow_connections false")
	admin(fmt.Sprintf("select pg_terminate_backend(pid) from pg_stat_activity where datname = '%s'", name))
	return func() { admin("alter database " + database + " allow_connections true") }
}

// While the database is away nothing is acknowledged and the sockets stay; when it is back, everything is stored once and
// answered in order.
func TestDatabaseOutageAcknowledgesNothingAndLosesNothing(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.Owner("update networks set accept_unknown_tokens = true")
	const stations = 5
	chargers := make([]*worldtest.Station, stations)
	for i := range chargers {
		st := w.AddStation(w.A, w.A.Main, fmt.Sprintf("CP%d", i), 1)
		chargers[i] = w.Onboarded(w.A, st)
	}
	end := outage(t, w)
	replies := make([][3]<-chan worldtest.Reply, stations)
	for i, s := range chargers {
		at := stamp(time.Now())
		for j, text := range []string{
			fmt.Sprintf(`[2,"a","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Charging","timestamp":%q}]`, at),
			fmt.Sprintf(`[2,"b","StartTransaction",{"connectorId":1,"idTag":"TAG-%d","meterStart":0,"timestamp":%q}]`, i, at),
			`[2,"c","Heartbeat",{}]`,
		} {
			replies[i][j] = s.Expect(string(rune('a' + j)))
			s.SendRaw(text)
		}
	}
	// A ping is answered although the loop waits for the database: the socket is read apart from it.
	for i, s := range chargers {
		if err := s.Ping(); err != nil {
			t.Errorf("station %d: the socket doesn't answer pings during the outage: %v", i, err)
		}
	}
	for i := range chargers {
		for j := range replies[i] {
			select {
			case r := <-replies[i][j]:
				t.Errorf("station %d was answered during the outage: %s", i, r.Raw)
			default:
			}
		}
	}
	end()
	for i := range chargers {
		for j := range replies[i] {
			select {
			case r := <-replies[i][j]:
				if r.Code != "" {
					t.Errorf("after the outage station %d was answered %s", i, r.Raw)
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("station %d got no answer after the outage", i)
			}
		}
	}
	for what, sql := range map[string]string{
		"statuses": "select count(*) from status_changes",
		"sessions": "select count(*) from charging_sessions",
		"calls":    "select count(*) from ocpp_messages where direction = 'RECEIVED' and message_id = 'c'",
		"answers":  "select count(*) from ocpp_messages where direction = 'SENT' and message_id = 'b'",
	} {
		if n := worldtest.OwnerValue[int](w, sql); n != stations {
			t.Errorf("%d %s are stored, want %d", n, what, stations)
		}
	}
}
