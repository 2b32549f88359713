package load

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/simulator"
)

// settings are what the command line says.
type settings struct {
	stations, idle     int
	warmUp, duration   time.Duration
	callsFor, settle   time.Duration
	json, dir, logFile string
	url, key, tenant   string
	versions           []*version
}

func (s *settings) read(args []string, stdout io.Writer) error {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.IntVar(&s.stations, "stations", 200, "stations of the closed loop; 0 leaves it out")
	fs.DurationVar(&s.warmUp, "warm-up", 3*time.Second, "before anything is measured")
	fs.DurationVar(&s.duration, "duration", 20*time.Second, "of the closed loop")
	fs.DurationVar(&s.callsFor, "calls", 10*time.Second, "of the closed loop with our own calls in flight on every connection; 0 leaves it out")
	fs.IntVar(&s.idle, "idle", 19_000, "idle connections; 0 leaves them out")
	fs.DurationVar(&s.settle, "settle", 15*time.Second, "between the last connection and the look at the server's memory")
	fs.StringVar(&s.json, "json", "", "file to write the figures to, as JSON")
	fs.StringVar(&s.dir, "data-dir", "", "empty folder for the server's data; a temporary one when left out")
	fs.StringVar(&s.logFile, "log", "", "file for what the server logs")
	fs.StringVar(&s.url, "url", "", "a running server to load, such as http://127.0.0.1:8080, in place of a fresh one; processor time, memory and stored rows are then unknown")
	fs.StringVar(&s.key, "api-key", "", "with --url: a key of the tenant, with the role admin")
	fs.StringVar(&s.tenant, "tenant", "", "with --url: the tenant's slug")
	names := fs.String("versions", "1.6,2.0.1,2.0.1-events", "what the stations of the closed loop speak, in turn, and beginning with what those of the other parts speak: 1.6, 2.0.1, 2.0.1-events (meter values within a transaction), 2.0.1-deflate (compressed)")
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = fmt.Fprintln(stdout, "busbar bench")
		fs.SetOutput(stdout)
		fs.PrintDefaults()
		return err
	case err != nil:
		return usageError("%v; busbar bench --help lists the flags", err)
	case fs.NArg() > 0:
		return usageError("%q is not understood: every setting is a flag", fs.Arg(0))
	case s.stations < 0 || s.stations > 10_000 || s.idle < 0 || s.idle > 100_000:
		return usageError("--stations goes to 10000 and --idle to 100000")
	case s.duration <= 0 || s.warmUp < 0 || s.callsFor < 0 || s.settle < 0:
		return usageError("a duration must be above 0, such as --duration 20s")
	case s.url != "" && (s.key == "" || s.tenant == ""):
		return usageError("--url needs --api-key and --tenant, to register stations")
	}
	s.versions, err = versionsOf(*names)
	return err
}

func usageError(format string, args ...any) error {
	return &simulator.UsageError{Message: "bench: " + fmt.Sprintf(format, args...)}
}

// bench is one run.
type bench struct {
	settings
	out    io.Writer
	base   *url.URL
	api    *api
	server *server   // nil for one that was running before
	db     *pgx.Conn // nil for one whose database can't be read
	report report
}

const (
	ownTenant   = "bench"
	password    = "a-password-for-load-1"
	loadPrefix  = "LOAD-"
	idlePrefix  = "IDLE-"
	tearDown    = time.Minute
	connectIdle = 5 * time.Minute
)

// Command is `busbar bench`: it starts a fresh server, loads it, prints what that cost, and fails where an answer was lost or
// something that was answered isn't stored.
func Command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	b := &bench{out: stdout, report: report{Machine: thisMachine(), At: time.Now().UTC(), Problems: []string{}}}
	if err := b.read(args, stdout); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	err := b.run(ctx, stderr)
	if err != nil {
		return err
	}
	if err := b.report.print(stdout); err != nil {
		return err
	}
	if b.json != "" {
		if err := b.report.save(b.json); err != nil {
			return fmt.Errorf("save the figures: %w", err)
		}
	}
	if n := len(b.report.Problems); n > 0 {
		return fmt.Errorf("%d problems; the first: %s", n, b.report.Problems[0])
	}
	return nil
}

func (b *bench) run(ctx context.Context, stderr io.Writer) (err error) {
	if b.url == "" {
		clean, prepareErr := b.prepare(ctx, stderr)
		defer func() { err = errors.Join(err, clean()) }()
		if prepareErr != nil {
			return prepareErr
		}
	} else {
		if b.base, err = url.Parse(b.url); err != nil || b.base.Host == "" {
			return usageError("--url %q is no URL of a server, such as http://127.0.0.1:8080", b.url)
		}
		b.api = newAPI(b.base, b.key)
	}
	if b.stations > 0 {
		if err := b.loop(ctx); err != nil {
			return err
		}
	}
	if b.idle > 0 {
		return b.ramp(ctx)
	}
	return nil
}

// say tells what is going on, for whoever waits.
func (b *bench) say(format string, args ...any) { _, _ = fmt.Fprintf(b.out, format+"\n", args...) }

func (b *bench) problem(format string, args ...any) {
	b.report.Problems = append(b.report.Problems, fmt.Sprintf(format, args...))
}

// prepare starts a fresh server with a tenant. What it returns takes everything away again, also after an error.
func (b *bench) prepare(ctx context.Context, stderr io.Writer) (clean func() error, err error) {
	var undo []func() error
	clean = func() error {
		var errs []error
		for i := len(undo) - 1; i >= 0; i-- {
			errs = append(errs, undo[i]())
		}
		return errors.Join(errs...)
	}
	s := &server{dir: b.dir, log: stderr}
	if s.program, err = os.Executable(); err != nil {
		return clean, fmt.Errorf("find this program: %w", err)
	}
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "busbar-bench-"); err != nil {
			return clean, err
		}
		undo = append(undo, func() error { return os.RemoveAll(s.dir) })
	}
	if b.logFile != "" {
		file, err := os.Create(b.logFile)
		if err != nil {
			return clean, err
		}
		undo = append(undo, file.Close)
		s.log = file
	}
	b.say("starting a fresh server")
	var made struct{ TenantID string }
	if err := s.once(ctx, &made, "tenant", "create", "--slug", ownTenant, "--name", "Bench", "--owner-email", "owner@bench.example", "--owner-password", password); err != nil {
		return clean, err
	}
	var key struct{ Key string }
	if err := s.once(ctx, &key, "apikey", "create", "--tenant", ownTenant); err != nil {
		return clean, err
	}
	b.key, b.tenant, b.server = key.Key, ownTenant, s
	undo = append(undo, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tearDown)
		defer cancel()
		return b.down(ctx)
	})
	return clean, b.up(ctx)
}

// up starts the server and connects to it and its database.
func (b *bench) up(ctx context.Context) error {
	if err := b.server.start(ctx); err != nil {
		return err
	}
	b.base = b.server.url
	b.api = newAPI(b.base, b.key)
	address, err := b.server.databaseURL()
	if err != nil {
		return err
	}
	if b.db, err = pgx.Connect(ctx, address); err != nil {
		return fmt.Errorf("connect to the embedded Postgres: %w", err)
	}
	return b.db.QueryRow(ctx, "select current_setting('server_version')").Scan(&b.report.Machine.Postgres)
}

func (b *bench) down(ctx context.Context) error {
	if b.db != nil {
		_ = b.db.Close(ctx)
		b.db = nil
	}
	return b.server.stop()
}

// register makes stations known, and says how to connect them.
func (b *bench) register(ctx context.Context, v *version, prefix string, n int) ([]registered, []endpoint, error) {
	identities := make([]string, n)
	endpoints := make([]endpoint, n)
	for i := range n {
		identities[i] = fmt.Sprintf("%s%05d", prefix, i+1)
		endpoints[i] = at(v, b.base, b.tenant, identities[i], password)
	}
	b.say("registering %d stations", n)
	if b.db == nil {
		stations, err := b.api.add(ctx, identities, password)
		return stations, endpoints, err
	}
	originals, err := b.api.add(ctx, []string{prefix + "ORIGINAL"}, password)
	if err != nil {
		return nil, nil, err
	}
	stations, err := clone(ctx, b.db, originals[0], identities)
	return stations, endpoints, err
}

// meter reads /proc. Where it can't, the figures are zero.
func (b *bench) meter() gauges {
	g := gauges{machine: busy()}
	g.us, _ = process(os.Getpid())
	if b.server != nil {
		g.server, _ = process(b.server.pid())
		g.store, _ = descendants(b.server.pid())
	}
	return g
}

// turns is in how many turns the versions share the closed loop, so that what else the machine does meets all of them.
const turns = 4

// loop runs the closed loop, of every version, and once more with our own calls in flight.
func (b *bench) loop(ctx context.Context) error {
	stations := make([][]registered, len(b.versions))
	endpoints := make([][]endpoint, len(b.versions))
	for i, v := range b.versions {
		var err error
		if stations[i], endpoints[i], err = b.register(ctx, v, fmt.Sprintf("%s%d-", loadPrefix, i+1), b.stations); err != nil {
			return err
		}
	}
	err := b.checked(ctx, func() ([]*closedLoop, []*loadPart, error) {
		loops, windows, err := b.sideBySide(ctx, endpoints)
		for i, w := range windows {
			b.report.Load = append(b.report.Load, b.part(b.versions[i], w))
		}
		return loops, b.report.Load, err
	})
	if err != nil || b.callsFor == 0 {
		return err
	}
	return b.checked(ctx, func() ([]*closedLoop, []*loadPart, error) {
		l, part, err := b.withCalls(ctx, endpoints[0], stations[0])
		b.report.WithCalls = part
		return []*closedLoop{l}, []*loadPart{part}, err
	})
}

// sideBySide lets the versions load the server in turns, a slice of the time each, with all of them connected throughout.
func (b *bench) sideBySide(ctx context.Context, endpoints [][]endpoint) (loops []*closedLoop, windows []*window, err error) {
	defer func() {
		for _, l := range loops {
			l.close()
		}
	}()
	for _, e := range endpoints {
		l, err := connectLoop(ctx, e)
		if err != nil {
			return loops, nil, err
		}
		loops, windows = append(loops, l), append(windows, &window{})
	}
	b.say("loading for %v", time.Duration(len(loops))*(b.duration+turns*b.warmUp))
	for range turns {
		for i, l := range loops {
			w, err := l.measure(ctx, b.warmUp, b.duration/turns, b.meter, func() {})
			if err != nil {
				return loops, nil, err
			}
			windows[i].add(w)
		}
	}
	return loops, windows, nil
}

// withCalls loads the server while it calls the stations all the while.
func (b *bench) withCalls(ctx context.Context, endpoints []endpoint, called []registered) (*closedLoop, *loadPart, error) {
	l, err := connectLoop(ctx, endpoints)
	if err != nil {
		return nil, nil, err
	}
	defer l.close()
	b.say("loading for %v, with our own calls", b.warmUp+b.callsFor)
	c := startCallers(ctx, b.api, called)
	w, err := l.measure(ctx, b.warmUp, b.callsFor, b.meter, func() { c.stop(); c.wait() })
	if err != nil {
		return nil, nil, err
	}
	part := b.part(b.versions[0], w)
	part.Calls, part.CallsFailed = c.accepted, c.failed
	part.CallsPerSecond = float64(c.accepted) / (b.warmUp + b.callsFor).Seconds()
	part.CallP99Ms = ms(c.latency.quantile(0.99))
	if c.failed > 0 {
		b.problem("%d of our own calls failed; the last: %s", c.failed, c.failure)
	}
	return l, part, nil
}

// part is what is reported of a stretch of load.
func (b *bench) part(v *version, w *window) *loadPart {
	for _, broken := range w.broken {
		b.problem("%s, %s", v.name, broken)
	}
	if w.lost > 0 || w.faults > 0 {
		b.problem("%s: %d replies were lost and %d were errors", v.name, w.lost, w.faults)
	}
	return newLoadPart(v.name, b.stations, w)
}

// checked loads the server, and compares what was answered with what is stored.
func (b *bench) checked(ctx context.Context, load func() ([]*closedLoop, []*loadPart, error)) error {
	var before stored
	var err error
	if b.db != nil {
		if before, err = count(ctx, b.db); err != nil {
			return err
		}
	}
	loops, parts, err := load()
	if err != nil {
		return err
	}
	var d due
	for i, l := range loops {
		answered, _ := l.answered()
		for _, n := range answered {
			parts[i].Answered += n
		}
		d.add(l.stations[0].script.version, answered)
	}
	if b.db == nil {
		return nil
	}
	now, err := count(ctx, b.db)
	if err != nil {
		return err
	}
	now = now.minus(before)
	for _, missing := range now.missing(d) {
		b.problem("%s", missing)
	}
	row := &storedRow{Samples: now.samples, Statuses: now.statuses}
	for action := range d.messages {
		row.Messages += now.calls[action] + now.results[action]
	}
	parts[len(parts)-1].Stored = row
	return nil
}

// ramp measures idle connections, against a server that has done nothing else since it started.
func (b *bench) ramp(ctx context.Context) error {
	_, endpoints, err := b.register(ctx, b.versions[0], idlePrefix, b.idle)
	if err != nil {
		return err
	}
	if b.server != nil {
		b.say("starting the server again")
		if err := b.down(ctx); err != nil {
			return err
		}
		if err := b.up(ctx); err != nil {
			return err
		}
		for i := range endpoints {
			endpoints[i] = at(endpoints[i].version, b.base, b.tenant, endpoints[i].identity, password)
			endpoints[i].source = source(i)
		}
	}
	rss := func() int64 { return b.meter().server.rss }
	b.say("opening %d connections", b.idle)
	ctx, cancel := context.WithTimeout(ctx, connectIdle+b.settle)
	defer cancel()
	r, err := ramp(ctx, endpoints, b.settle, rss, func(done int) {
		if done%5000 == 0 {
			b.say("  %d", done)
		}
	})
	if err != nil {
		return fmt.Errorf("open idle connections: %w", err)
	}
	b.report.Idle = newIdlePart(r)
	if r.broken > 0 {
		b.problem("%d idle connections were lost", r.broken)
	}
	return nil
}
