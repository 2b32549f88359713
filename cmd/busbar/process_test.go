package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/failpoint"
)

// asProgram makes the test binary behave as busbar itself, so that tests can start, kill and restart the real program.
const asProgram = "BUSBAR_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		armable()
		main()
		return
	}
	os.Exit(m.Run())
}

// failpointSpec is where the program dies once it is told to, by SIGUSR1.
const failpointSpec = "BUSBAR_TEST_FAILPOINT"

// providerURL is where the program has its payment provider.
const providerURL = "BUSBAR_TEST_PROVIDER"

func armable() {
	providerElsewhere = os.Getenv(providerURL)
	spec := os.Getenv(failpointSpec)
	if spec == "" {
		return
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGUSR1)
	go func() {
		<-told
		if err := failpoint.Arm(spec); err != nil {
			panic(err)
		}
	}()
}

// patience bounds everything that a test waits for.
const patience = 60 * time.Second

// process is a running busbar serve.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	done chan struct{}
	// stations is where stations are told to connect.
	stations string
	log      *logs
}

// logs is what a program writes while somebody else reads.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// logged finds in the log what a pattern has in parentheses.
func (p *process) logged(pattern string) string {
	p.t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(p.log.String())
	if found == nil {
		p.t.Fatalf("the log has no %s:\n%s", pattern, p.log)
	}
	return found[1]
}

func programIn(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = repositoryRoot(t)
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "BUSBAR_") && !strings.HasPrefix(pair, "DATABASE_URL=") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(cmd.Env, asProgram+"=1", "BUSBAR_LISTEN=127.0.0.1:0", "BUSBAR_DATA_DIR="+dir, "BUSBAR_NODE=test")
	return cmd
}

func repositoryRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// serveIn starts a server over a data directory and waits until it is ready.
func serveIn(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	return serveWith(t, dir, nil, args...)
}

// serveWith is serveIn with more of an environment.
func serveWith(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: programIn(t, dir, append([]string{"serve"}, args...)...), done: make(chan struct{})}
	p.cmd.Env = append(p.cmd.Env, env...)
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log := &logs{}
	p.cmd.Stderr, p.log = log, log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	type where struct{ Event, URL, Stations string }
	ready := make(chan where, 1)
	go func() {
		defer close(p.done)
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			var line where
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Event == "ready" {
				ready <- line
			}
		}
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the server's log:\n%s", log.String())
		}
	})
	select {
	case at := <-ready:
		p.url, p.stations = at.URL, at.Stations
	case <-p.done:
		t.Fatalf("the server ended before it was ready:\n%s", log.String())
	case <-time.After(patience):
		t.Fatal("the server was never ready")
	}
	return p
}

// kill ends a server as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// terminate asks a server to go, and returns how long it took and its exit code.
func (p *process) terminate() (time.Duration, int) {
	began := time.Now()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.done
	return time.Since(began), p.cmd.ProcessState.ExitCode()
}

// output runs a command beside the server and reads the JSON that it prints.
func output[T any](t *testing.T, dir string, args ...string) (v T) {
	t.Helper()
	cmd := programIn(t, dir, args...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("busbar %s: %v\n%s", strings.Join(args, " "), err, problems.String())
	}
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("busbar %s printed %s", strings.Join(args, " "), out)
	}
	return v
}

// newTenant makes a tenant and a key for it, on the command line.
func newTenant(t *testing.T, dir, slug string) (key string) {
	t.Helper()
	output[map[string]any](t, dir, "tenant", "create", "--slug", slug, "--name", "Operator "+slug, "--owner-email", "owner@"+slug+".example", "--owner-password", "a good password")
	return output[struct{ Key string }](t, dir, "apikey", "create", "--tenant", slug, "--role", "admin").Key
}

// query asks the server's GraphQL.
func query[T any](p *process, key, text string, variables map[string]any) (data T) {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		p.t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, p.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var result struct {
		Data   T
		Errors []struct{ Message string }
	}
	if err := json.NewDecoder(response.Body).Decode(&result); err != nil || len(result.Errors) > 0 {
		p.t.Fatalf("%s\nfailed: %v %v", text, err, result.Errors)
	}
	return result.Data
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("it never came true that %s", what)
		case <-tick.C:
		}
	}
}

// A wrong flag or value is said in one line, with exit code 2.
func TestWrongUseIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ args, env []string }{
		"no such command":      {args: []string{"brew"}},
		"no such flag":         {args: []string{"serve", "--turbo"}},
		"bad listen address":   {args: []string{"serve"}, env: []string{"BUSBAR_LISTEN=everywhere"}},
		"bad secret":           {args: []string{"serve"}, env: []string{"BUSBAR_SECRET_KEY=short"}},
		"bad map style":        {args: []string{"serve"}, env: []string{"BUSBAR_MAP_STYLE_URL=tiles/style.json"}},
		"bad number":           {args: []string{"serve"}, env: []string{"BUSBAR_RETENTION_DAYS=many"}},
		"database without key": {args: []string{"serve"}, env: []string{"DATABASE_URL=postgres://x@127.0.0.1/x"}},
		"half a bucket":        {args: []string{"serve"}, env: []string{"BUSBAR_S3_ENDPOINT=https://s3.example"}},
		"a bucket nowhere":     {args: []string{"serve"}, env: []string{"BUSBAR_S3_BUCKET=files"}},
		"missing slug":         {args: []string{"tenant", "create", "--name", "x"}},
		"bad role":             {args: []string{"apikey", "create", "--tenant", "x", "--role", "emperor"}},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), c.args, append(c.env, "BUSBAR_DATA_DIR="+t.TempDir()), &stdout, &stderr)
		if code != 2 || strings.Count(stderr.String(), "\n") != 1 || !strings.HasPrefix(stderr.String(), "busbar: ") {
			t.Errorf("%s: exit code %d, said %q", name, code, stderr.String())
		}
	}
}
