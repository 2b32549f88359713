package simulator

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSimulateCommandSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                                    "--url is missing",
		"--url http://h":                      "ws://",
		"--url ws://h --count 0":              "at least 1",
		"--url ws://h --version 1.5":          "give one of 1.6, 2.0.1, 2.1",
		"--url ws://h --profile lazy":         "charging, idle, faulty, manual",
		"--url ws://h --connectors 99":        "1 to 20",
		"--url ws://h --type XY":              "AC or DC",
		"--url ws://h more":                   `"more" is not understood`,
		"--url ws://h --count many":           "many",
		"--url ws://h --no-such-flag":         "no-such-flag",
		"--url ws://h --speed -3":             "above 0",
		"--url ws://h --id-tags A --count -1": "at least 1",
	} {
		err := SimulateCommand(t.Context(), strings.Fields(args), &bytes.Buffer{}, &bytes.Buffer{})
		var wrong *UsageError
		if !errors.As(err, &wrong) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v", args, err)
		}
	}
	var help bytes.Buffer
	if err := SimulateCommand(t.Context(), []string{"--help"}, &help, &help); err != nil || !strings.Contains(help.String(), "-identity-prefix") {
		t.Errorf("help gives %v and %q", err, help.String())
	}
}

func TestSimulateCommandTellsWhatItsStationsDo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		fleet, err := NewFleet(FleetOptions{URL: "ws://csms/ocpp/demo", Prefix: "SIM-", Count: 3, Station: Options{
			Password: c.password, HTTPClient: c.client(), Behaviour: Charging,
		}})
		ok(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 21*time.Second)
		defer cancel()
		var out bytes.Buffer
		ok(t, fleet.runAndTell(ctx, &out))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 2 || !strings.HasPrefix(lines[0], "3 of 3 stations online, 3 charging with ") {
			t.Errorf("it says %q", lines)
		}
	})
}

func TestSimulateCommandTellsWhyAStationIsNotLetIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		fleet, err := NewFleet(FleetOptions{URL: "ws://csms/ocpp/demo", Prefix: "SIM-", Count: 1, Station: Options{
			Password: "not the password", HTTPClient: c.client(),
		}})
		ok(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 11*time.Second)
		defer cancel()
		var out bytes.Buffer
		ok(t, fleet.runAndTell(ctx, &out))
		if !strings.Contains(out.String(), "0 of 1 stations online") || !strings.Contains(out.String(), "SIM-0001: the server answered 401 Unauthorized") {
			t.Errorf("it says %q", out.String())
		}
	})
}

func TestTokensAreDealtOut(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range 4 {
		for _, tag := range deal([]string{"A", "B", "C", "D", "E", "F", "G", "H"}, i, 2) {
			if seen[tag] {
				t.Errorf("%s was dealt twice", tag)
			}
			seen[tag] = true
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d of 8 tokens are used", len(seen))
	}
}
