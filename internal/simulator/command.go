package simulator

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// UsageError is a mistake on the command line, in one line.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

func usage(format string, args ...any) error {
	return &UsageError{"simulate: " + fmt.Sprintf(format, args...)}
}

// tallyEvery is how often the command says what its stations do.
const tallyEvery = 10 * time.Second

// SimulateCommand is `busbar simulate`: it runs a fleet until ctx ends, and says on stdout what its stations do.
func SimulateCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, profile, kind, verbose := FleetOptions{}, string(Charging), string(AC), false
	var power float64
	var connectors int
	fs := flag.NewFlagSet("simulate", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.URL, "url", "", "where the stations connect, e.g. ws://127.0.0.1:8080/ocpp/demo; {identity} stands for the identity, which is appended otherwise")
	fs.IntVar(&o.Count, "count", 1, "how many stations")
	fs.StringVar(&o.Prefix, "identity-prefix", "SIM-", "what the identities begin with; a number of four digits follows")
	fs.StringVar(&o.Station.Password, "password", "", "the password of every station; none where it is left out (security profile 0)")
	fs.StringVar(&o.Station.Version, "version", Versions[0], "the OCPP version: "+strings.Join(Versions, ", "))
	fs.StringVar(&profile, "profile", profile, "what people do: "+behaviourNames())
	fs.StringVar(&kind, "type", kind, "the connectors' type: AC or DC")
	fs.Float64Var(&power, "power", 0, "each connector's power in W; 22000 for AC and 50000 for DC where it is left out")
	fs.IntVar(&connectors, "connectors", 1, "connectors of each station")
	fs.DurationVar(&o.Station.SampleInterval, "sample-interval", time.Minute, "between meter values of a session")
	fs.Float64Var(&o.Station.Speed, "speed", 1, "how much faster than the clock cars charge and people act")
	fs.DurationVar(&o.Stagger, "stagger", 20*time.Millisecond, "between the start of one station and the next")
	fs.Uint64Var(&o.Station.Seed, "seed", 1, "makes chance repeatable")
	fs.BoolVar(&o.Station.SignedMeter, "signed-meters", false, "have the meters sign what they read at the beginning and the end of a session")
	fs.BoolVar(&o.Station.PlanningCars, "planning-cars", false, "have the cars tell their needs and plan with what they may take (ISO 15118); OCPP 2.x")
	fs.BoolVar(&o.Station.PaymentTerminal, "payment-terminals", false, "have every third who charges pay by card at the station; OCPP 2.1")
	ca := fs.String("ca", "", "a PEM file with the root to trust for wss://, e.g. what the server gives at /tls/root.pem")
	certificate := fs.String("cert", "", "a PEM file with the stations' certificate and its chain (security profile 3)")
	private := fs.String("key", "", "a PEM file with the certificate's key")
	fs.BoolVar(&verbose, "verbose", false, "say why stations aren't let in")
	tags := fs.String("id-tags", "", "the idTags that people use, separated by commas; DEMO-TAG-01 and so on where they are left out")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			_, _ = fmt.Fprintln(stdout, "busbar simulate")
			fs.SetOutput(stdout)
			fs.PrintDefaults()
			return nil
		}
		return usage("%v; busbar simulate --help lists the flags", err)
	}
	switch {
	case o.URL == "":
		return usage("--url is missing: say where the stations connect, e.g. --url ws://127.0.0.1:8080/ocpp/demo")
	case !slices.Contains(Versions, o.Station.Version):
		return usage("--version %s can't be simulated: give one of %s", o.Station.Version, strings.Join(Versions, ", "))
	case !slices.Contains(Behaviours, Behaviour(profile)):
		return usage("--profile %s is unknown: give one of %s", profile, behaviourNames())
	case connectors < 1 || connectors > 20:
		return usage("--connectors %d is out of range: give 1 to 20", connectors)
	case fs.NArg() > 0:
		return usage("%q is not understood: every setting is a flag", fs.Arg(0))
	}
	var err error
	if o.Station.HTTPClient, err = secureClient(*ca, *certificate, *private); err != nil {
		return usage("%v", err)
	}
	c := ConnectorOptions{Type: CurrentType(strings.ToUpper(kind)), MaxPowerW: power}
	if power == 0 {
		c.MaxPowerW = map[CurrentType]float64{AC: 22_000, DC: 50_000}[c.Type]
	}
	o.Station.Connectors = slices.Repeat([]ConnectorOptions{c}, connectors)
	o.Station.Behaviour = Behaviour(profile)
	o.Station.Vendor, o.Station.Model = "Voltara", string(c.Type)+" simulated"
	if *tags != "" {
		o.Station.IDTags = strings.Split(*tags, ",")
	}
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	o.Station.Logger = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	fleet, err := NewFleet(o)
	if err != nil {
		return usage("%v", err)
	}
	return fleet.runAndTell(ctx, stdout)
}

func behaviourNames() string {
	names := make([]string, len(Behaviours))
	for i, b := range Behaviours {
		names[i] = string(b)
	}
	return strings.Join(names, ", ")
}

func (f *Fleet) runAndTell(ctx context.Context, w io.Writer) error {
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	ticker := time.NewTicker(tallyEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-ticker.C:
			t := f.Tally(ctx)
			_, _ = fmt.Fprintf(w, "%d of %d stations online, %d charging with %.1f kW, %d faulted, %d messages waiting\n",
				t.Online, t.Stations, t.Charging, t.PowerW/1000, t.Faulted, t.Queued)
			if t.Refusal != "" {
				_, _ = fmt.Fprintf(w, "  %s\n", t.Refusal)
			}
		}
	}
}
