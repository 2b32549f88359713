package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/busbar-ev/busbar/internal/simulator"
)

// asHelper lets the test binary play the server. The variable reaches it through the environment, so these tests aren't parallel.
func asHelper(t *testing.T, role string) *server {
	t.Setenv(helperVariable, role)
	t.Setenv("BUSBAR_LISTEN", "somewhere else")
	return &server{program: os.Args[0], dir: t.TempDir(), log: io.Discard}
}

func TestServerStartsAndStops(t *testing.T) {
	s := asHelper(t, "serves")
	for _, pair := range environment() {
		if strings.HasPrefix(pair, "BUSBAR_LISTEN") {
			t.Errorf("the server would see %s", pair)
		}
	}
	var made struct{ TenantID string }
	if err := s.once(t.Context(), &made, "tenant", "create"); err != nil || made.TenantID != "create" {
		t.Fatalf("%+v, %v", made, err)
	}
	if err := s.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.url.Host != "127.0.0.1:12345" {
		t.Errorf("it serves at %v", s.url)
	}
	if u, err := process(s.pid()); err != nil || u.rss == 0 {
		t.Errorf("its process has %+v, %v", u, err)
	}
	if busy() == 0 {
		t.Error("the machine has done nothing yet")
	}
	if u, err := descendants(os.Getpid()); err != nil || u.rss == 0 {
		t.Errorf("our children have %+v, %v", u, err)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if err := s.stop(); err != nil {
		t.Errorf("a second stop gives %v", err)
	}
}

func TestServerThatFailsSaysSo(t *testing.T) {
	s := asHelper(t, "fails")
	var log strings.Builder
	s.log = &log
	if err := s.start(t.Context()); err == nil || !strings.Contains(err.Error(), "exit status 1") || !strings.Contains(log.String(), "the port is taken") {
		t.Errorf("it gives %v and logs %q", err, log.String())
	}
	if err := s.stop(); err != nil {
		t.Errorf("stopping what never ran gives %v", err)
	}
	var nothing any
	if err := s.once(t.Context(), &nothing, "apikey", "create"); err == nil || !strings.Contains(err.Error(), "the port is taken") {
		t.Errorf("it gives %v", err)
	}
}

func TestDatabaseIsFoundBelowTheDataDirectory(t *testing.T) {
	t.Parallel()
	s := &server{dir: t.TempDir()}
	if _, err := s.databaseURL(); err == nil {
		t.Error("there is no database yet")
	}
	dir := filepath.Join(s.dir, "database")
	if err := os.MkdirAll(filepath.Join(dir, "postgres"), 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("password", "s/ecret\n")
	write("postgres/postmaster.pid", "77\n/data\n")
	if _, err := s.databaseURL(); err == nil {
		t.Error("the pid file is incomplete")
	}
	write("postgres/postmaster.pid", "77\n/data\n1700000000\n5433\n\n127.0.0.1\n")
	if have, err := s.databaseURL(); err != nil || have != "postgres://busbar:s%2Fecret@127.0.0.1:5433/busbar?sslmode=disable" {
		t.Errorf("%s, %v", have, err)
	}
}

// graphQL answers requests of the API, and counts them.
type graphQL struct {
	mu       sync.Mutex
	requests int
	answer   func(variables map[string]json.RawMessage) string
}

func (g *graphQL) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Variables map[string]json.RawMessage
	}
	if r.URL.Path != "/graphql" || r.Header.Get("Authorization") != "Bearer key" || json.NewDecoder(r.Body).Decode(&body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	g.mu.Lock()
	g.requests++
	g.mu.Unlock()
	_, _ = io.WriteString(w, g.answer(body.Variables))
}

func newGraphQL(t *testing.T, answer func(map[string]json.RawMessage) string) (*graphQL, *api) {
	g := &graphQL{answer: answer}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	u, _ := url.Parse(server.URL)
	a := newAPI(u, "key")
	t.Cleanup(a.client.CloseIdleConnections)
	return g, a
}

func TestStationsAreAddedInBatches(t *testing.T) {
	t.Parallel()
	g, a := newGraphQL(t, func(variables map[string]json.RawMessage) string {
		data := map[string]any{}
		for name, raw := range variables {
			var input struct{ Identity, Password string }
			if err := json.Unmarshal(raw, &input); err != nil || input.Password != password {
				t.Errorf("the input is %s", raw)
			}
			data["s"+name[1:]] = map[string]any{"station": map[string]string{"id": "id-" + input.Identity, "identity": input.Identity}}
		}
		text, _ := json.Marshal(map[string]any{"data": data})
		return string(text)
	})
	var identities []string
	for i := range 45 {
		identities = append(identities, fmt.Sprint("S", i))
	}
	made, err := a.add(t.Context(), identities, password)
	if err != nil || len(made) != 45 || g.requests != 3 {
		t.Fatalf("%d stations in %d requests, %v", len(made), g.requests, err)
	}
	for i, s := range made {
		if s.Identity != identities[i] || s.ID != "id-"+identities[i] {
			t.Errorf("station %d is %+v", i, s)
		}
	}
}

func TestAPIErrorsAreSaid(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"errors":[{"message":"You may not do this."}]}`: "You may not do this.",
		`<html>`: "no JSON",
	} {
		_, a := newGraphQL(t, func(map[string]json.RawMessage) string { return answer })
		if _, err := a.add(t.Context(), []string{"X"}, password); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v", answer, err)
		}
	}
}

func TestCallersCountWhatBecameOfTheirCalls(t *testing.T) {
	t.Parallel()
	answers := make(chan string, 3)
	answers <- `{"data":{"triggerMessage":{"status":"ACCEPTED","error":null}}}`
	answers <- `{"data":{"triggerMessage":{"status":"TIMEOUT","error":"too late"}}}`
	answers <- `{"errors":[{"message":"STATION_OFFLINE"}]}`
	done := make(chan struct{})
	var c *callers
	served := 0
	_, a := newGraphQL(t, func(map[string]json.RawMessage) string {
		if served++; served == 3 {
			<-done
		}
		return <-answers
	})
	c = startCallers(t.Context(), a, []registered{{ID: "1"}})
	c.stop()
	close(done)
	c.wait()
	// The call that was in flight when it was told to stop is counted.
	if c.accepted+c.failed > 1 {
		t.Errorf("%d accepted, %d failed", c.accepted, c.failed)
	}
	for range 3 - int(c.accepted+c.failed) {
		c.call(t.Context(), a, registered{ID: "1"})
	}
	if c.accepted != 1 || c.failed != 2 || c.failure != "STATION_OFFLINE" || c.latency.n != 3 {
		t.Errorf("%d accepted, %d failed: %s", c.accepted, c.failed, c.failure)
	}
}

func TestMissingRowsAreFound(t *testing.T) {
	t.Parallel()
	var answered due
	answered.add(versions[0], [kinds]uint64{4, 20, 10})
	answered.add(versions[2], [kinds]uint64{6, 0, 20})
	rows := func(heartbeats uint64) map[string]uint64 {
		return map[string]uint64{"Heartbeat": heartbeats, "StatusNotification": 20, "MeterValues": 10, "TransactionEvent": 20}
	}
	all := func() stored { return stored{calls: rows(10), results: rows(10), samples: 90, statuses: 20} }
	full := all()
	if list := full.missing(answered); len(list) != 0 {
		t.Errorf("nothing is missing but %q", list)
	}
	more := all()
	more.calls = rows(11) // stored, and the answer didn't arrive
	if list := more.missing(answered); len(list) != 0 {
		t.Errorf("nothing is missing but %q", list)
	}
	for name, spoil := range map[string]func(s *stored){
		"Heartbeat messages": func(s *stored) { s.calls["Heartbeat"]-- }, "MeterValues answers": func(s *stored) { s.results["MeterValues"]-- },
		"TransactionEvent messages": func(s *stored) { s.calls["TransactionEvent"]-- },
		"samples":                   func(s *stored) { s.samples-- }, "statuses": func(s *stored) { s.statuses-- },
	} {
		s := all()
		spoil(&s)
		if list := s.missing(answered); len(list) != 1 || !strings.Contains(list[0], name) {
			t.Errorf("%s: %q", name, list)
		}
	}
	if d := more.minus(full); d.calls["Heartbeat"] != 1 || d.samples != 0 {
		t.Errorf("the difference is %+v", d)
	}
}

func TestCommandSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--stations many":                        "many",
		"--stations -1":                          "10000",
		"--duration 0s":                          "above 0",
		"now":                                    `"now"`,
		"--url http://h":                         "--api-key",
		"--versions 1.6,1.5":                     "2.0.1-events",
		"--no-such-flag":                         "no-such-flag",
		"--url nowhere --api-key k --tenant t":   "no URL",
		"--idle 200000":                          "100000",
		"--url http://127.0.0.1:1 --tenant demo": "--api-key",
		"--warm-up -1s --stations 1 --idle 0 --log": "log",
	} {
		err := Command(t.Context(), strings.Fields(args), io.Discard, io.Discard)
		var wrong *simulator.UsageError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q gives %v", args, err)
		}
	}
	var help strings.Builder
	if err := Command(t.Context(), []string{"-h"}, &help, io.Discard); err != nil || !strings.Contains(help.String(), "-stations") {
		t.Errorf("help gives %v and %q", err, help.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Command(ctx, []string{"--url", "http://127.0.0.1:1", "--api-key", "k", "--tenant", "t"}, io.Discard, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run gives %v", err)
	}
}

func TestReportShowsFiguresBesideAims(t *testing.T) {
	t.Parallel()
	w := &window{duration: 1e9 * 10, messages: 100_000, used: gauges{server: usage{cpu: 4e9, rss: 64 << 20}, store: usage{cpu: 2e9}, machine: 11e9}}
	w.latency.record(5e6)
	r := report{Machine: thisMachine(), Load: []*loadPart{newLoadPart("1.6", 200, w)}, Idle: newIdlePart(&rampResult{connections: 1000, before: 0, after: 25 << 20}), Problems: []string{"one reply was lost"}}
	r.Load[0].Stored = &storedRow{Messages: 200_000}
	var out strings.Builder
	if err := r.print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"10000", "≥ 10000", "5.0 ms", "≤ 60 ms", "0.0600", "≤ 0.10", "25.6", "≤ 32", "200000", "0.50", "PROBLEM: one reply was lost"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	path := filepath.Join(t.TempDir(), "figures.json")
	if err := r.save(path); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(path)
	var back report
	if err := json.Unmarshal(raw, &back); err != nil || back.Load[0].CPUTotal != 0.06 || back.Idle.Connections != 1000 || back.Machine.Cores == 0 {
		t.Errorf("%s: %v", raw, err)
	}
}
