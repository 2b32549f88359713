package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// independent is a station written with a library that is not ours.
type independent struct {
	t     *testing.T
	stdin io.WriteCloser
	lines chan map[string]any
}

func runIndependent(t *testing.T, url, tenant, identity, password string) *independent {
	t.Helper()
	return runScript(t, "station.mjs", strings.Replace(url, "http", "ws", 1)+"/ocpp/"+tenant, identity, password)
}

func runScript(t *testing.T, script string, args ...string) *independent {
	t.Helper()
	cmd := exec.Command("node", append([]string{filepath.Join("testdata", script)}, args...)...)
	cmd.Env = append(cmd.Environ(), "BUSBAR_ROOT="+repositoryRoot(t))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var problems strings.Builder
	cmd.Stderr = &problems
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &independent{t, stdin, make(chan map[string]any, 100)}
	go func() {
		defer close(s.lines)
		scanner := bufio.NewScanner(stdout)
		for scanner.Scan() {
			line := map[string]any{}
			if json.Unmarshal(scanner.Bytes(), &line) == nil {
				s.lines <- line
			}
		}
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		for range s.lines {
		}
		if t.Failed() && problems.Len() > 0 {
			t.Log(problems.String())
		}
	})
	return s
}

func (s *independent) expect(event string) map[string]any {
	s.t.Helper()
	for line := range s.lines {
		switch line["event"] {
		case event:
			return line
		case "call":
			// It is asked for its boot when that takes long, on a busy machine.
		default:
			s.t.Fatalf("instead of %q the station said %v", event, line)
		}
	}
	s.t.Fatalf("instead of %q the station said nothing more", event)
	return nil
}

// A station that we didn't write, in strict mode, is refused with a wrong password and the cause is kept; with the right one it
// goes from Pending to Onboarded, and its status is shown.
func TestIndependentStationGoesFromPendingToOnboarded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serveIn(t, dir)
	key := newTenant(t, dir, "alpha")
	station := query[added](p, key, addStation, map[string]any{"i": "CP1"}).AddStation

	refused := runIndependent(t, p.url, "alpha", "CP1", "this is not the password").expect("refused")
	if refused["code"] != 401.0 {
		t.Errorf("the refusal reads %v", refused)
	}
	attempts := query[struct {
		ConnectionAttempts struct {
			Edges []struct {
				Node struct{ Cause, Explanation, Fix string }
			}
		}
	}](p, key, `{ connectionAttempts { edges { node { cause explanation fix } } } }`, nil).ConnectionAttempts.Edges
	if len(attempts) != 1 || attempts[0].Node.Cause != "WRONG_PASSWORD" || attempts[0].Node.Fix == "" {
		t.Errorf("the attempts are %+v", attempts)
	}

	type state struct {
		Station struct {
			Onboarding string
			Connectors []struct{ Status string }
		}
	}
	look := func() state {
		return query[state](p, key, `query($id: ID!) { station(id: $id) { onboarding connectors { status } } }`, map[string]any{"id": station.Station.ID})
	}
	if got := look().Station.Onboarding; got != "PENDING" {
		t.Errorf("before it connects the station is %s", got)
	}
	s := runIndependent(t, p.url, "alpha", "CP1", station.Password)
	s.expect("connected")
	if boot := s.expect("booted"); boot["status"] != "Accepted" {
		t.Errorf("the boot was answered %v", boot)
	}
	eventually(t, "the station is onboarded", func() bool { return look().Station.Onboarding == "ONBOARDED" })
	if _, err := io.WriteString(s.stdin, "Charging\n"); err != nil {
		t.Fatal(err)
	}
	s.expect("reported")
	if got := look().Station.Connectors; len(got) != 1 || got[0].Status != "CHARGING" {
		t.Errorf("the connectors are %+v", got)
	}
}
