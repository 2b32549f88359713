package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/busbar-ev/busbar/frontend"
	"github.com/busbar-ev/busbar/graph"
	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/billing/receipts"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/deadjobs"
	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/internal/pki/endpoint"
	"github.com/busbar-ev/busbar/internal/plugandcharge"
	"github.com/busbar-ev/busbar/internal/plugandcharge/pncdev"
	"github.com/busbar-ev/busbar/jobs"
	"github.com/busbar-ev/busbar/ocpp"
)

// drainTime is how long a server may take to go, once it is told to.
const drainTime = 9 * time.Second

// serve runs everything in one process.
func serve(ctx context.Context, args []string, vars environment, stdout, stderr io.Writer) error {
	c := &config{}
	if err := c.read(vars); err != nil {
		return err
	}
	f := flags("serve")
	f.StringVar(&c.DataDir, "data-dir", c.DataDir, "where the embedded Postgres and the generated key live")
	f.StringVar(&c.Listen, "listen", c.Listen, "address to listen on")
	noMigrate := f.Bool("no-migrate", false, "don't bring the schema up to date")
	demo := f.Bool("demo", false, "make a demo tenant with simulated stations")
	if err := parse(f, args, stdout); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	logger := newLogger(c, stderr)
	p, err := take(c)
	if err != nil {
		return err
	}
	defer p.close()
	base, err := lay(ctx, c, logger, !*noMigrate)
	if err != nil {
		return err
	}
	defer base.close()
	s, err := assemble(ctx, base, p, *demo)
	if err != nil {
		return err
	}
	running := s.listen(p)
	if *demo {
		if err := s.startDemo(ctx); err != nil {
			s.stop()
			return err
		}
	}
	ready, _ := json.Marshal(map[string]string{"event": "ready", "url": s.url, "stations": c.stationURLs(s.url, p)[0]}) // strings always marshal
	_, _ = fmt.Fprintln(stdout, string(ready))
	select {
	case <-ctx.Done():
		logger.Info("shutting down")
		s.stop()
		return nil
	case err := <-running:
		s.stop()
		return fmt.Errorf("serve: %w", err)
	}
}

// server is all the parts of a running process.
type server struct {
	*foundation
	url  string
	http *http.Server
	// https and legacy are the stations' ports with TLS, endpoint what they show; nil where there are none.
	https, legacy *http.Server
	endpoint      *endpoint.Endpoint

	journal  *journal.Journal
	files    *files.Service
	charging *charging.Service
	issues   *issues.Service
	pricing  *pricing.Service
	charges  *charges.Service
	receipts *receipts.Service
	drivers  *drivers.Service
	payments *payments.Service
	deadJobs *deadjobs.Service
	identity *identity.Service
	// authorities sign for stations and believe them.
	authorities *authority.Service
	stations    *ocpp.Server
	jobs        *jobs.Runner
	graph       *graph.Resolver
	// standIn plays the payment provider of the demo; nil without one.
	standIn *providertest.Server
	// plugAndCharge is asked about certificates of cars, pncDemo the demo's operator of Plug and Charge; nil without one.
	plugAndCharge *plugandcharge.Service
	pncDemo       *pncdev.Operator

	background context.Context
	cancel     context.CancelFunc
	wg         sync.WaitGroup
}

func assemble(ctx context.Context, base *foundation, p ports, demo bool) (s *server, err error) {
	s = &server{foundation: base}
	s.background, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c := base.config
	if s.url = strings.TrimSuffix(c.PublicURL, "/"); s.url == "" {
		s.url = "http://" + reachable(p.plain.Addr().String())
	}
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
	if demo {
		s.standIn = newStandIn(s.url)
	}
	if s.journal, err = journal.Open(ctx, base.db.JournalPool(), base.logger); err != nil {
		return nil, err
	}
	blobs, err := openBlobs(ctx, c)
	if err != nil {
		return nil, err
	}
	s.files = files.New(base.db, blobs, base.logger, files.Config{PublicURL: s.url})
	mailer, err := c.sender()
	if err != nil {
		return nil, err
	}
	s.identity = identity.New(base.db, base.bus, base.logger, identity.Config{
		PublicURL: s.url, Secret: derive(c.secret, "identity"), Secure: strings.HasPrefix(s.url, "https:"), Mail: mailer,
	})
	node := c.Node
	if node == "" {
		_, port, _ := net.SplitHostPort(p.plain.Addr().String()) // an address of our own
		node = hostname() + "-" + port
	}
	s.charging = charging.New(base.db, s.journal, base.bus, base.logger, charging.Config{
		Node: node, Pepper: derive(c.secret, "station passwords"), Secret: derive(c.secret, "stations"), StationURLs: c.stationURLs(s.url, p),
	})
	if s.authorities, err = authority.New(base.db, base.logger, authority.Config{Secret: derive(c.secret, "certificate authorities"), PublicURL: s.url}); err != nil {
		return nil, err
	}
	s.charging.UseAuthorities(s.authorities)
	if err := s.openPlugAndCharge(demo); err != nil {
		return nil, err
	}
	s.issues = issues.New(base.db, base.bus)
	s.pricing = pricing.New(base.db, s.issues, nil)
	s.charges = charges.New(base.db, s.pricing, s.issues, base.logger, nil)
	s.charging.UseCharges(s.charges)
	if s.payments, err = payments.New(base.db, s.issues, base.logger, payments.Config{PublicURL: s.url, Secret: derive(c.secret, "payment providers"), URL: s.demoProvider}); err != nil {
		return nil, err
	}
	if s.deadJobs, err = deadjobs.New(base.db); err != nil {
		return nil, err
	}
	s.receipts = receipts.New(base.db, mailer, base.logger, nil)
	s.drivers = drivers.New(base.db, base.bus, base.logger)
	s.drivers.UseCharges(s.charges)
	s.drivers.UseCharging(s.charging)
	s.identity.UseDrivers(s.drivers)
	s.charging.UseFiles(s.files)
	s.files.OnReceived(s.charging.ReceiveFile)
	if s.stations, err = ocpp.NewServer(s.charging, s.journal, base.bus, base.logger, ocpp.Config{TrustedProxies: c.proxies, ClientCertificateHeader: c.CertificateHeader}); err != nil {
		return nil, err
	}
	if p.tls != nil {
		if err := s.openEndpoint(p); err != nil {
			return nil, err
		}
	}
	if err := s.charging.Run(s.background); err != nil {
		return nil, err
	}
	s.graph = &graph.Resolver{DB: s.db, Bus: s.bus, Charging: s.charging, Pricing: s.pricing, Charges: s.charges, Payments: s.payments, Receipts: s.receipts, Issues: s.issues, Drivers: s.drivers,
		DeadJobs: s.deadJobs, Identity: s.identity, Authorities: s.authorities, PlugAndCharge: s.plugAndCharge, Logger: s.logger}
	if s.endpoint != nil {
		s.graph.TLS = s.endpoint.Info
	}
	s.graph.Commands = graph.NewCommands(s.graph)
	if s.jobs, err = jobs.Start(s.background, jobs.Parts{
		DB: base.db, Journal: s.journal, Charging: s.charging, Charges: s.charges, Payments: s.payments, Receipts: s.receipts, Issues: s.issues, Files: s.files, Identity: s.identity, Logger: base.logger,
		Carry: s.graph.Commands.Carry, Retention: time.Duration(c.RetentionDays) * 24 * time.Hour,
	}); err != nil {
		return nil, err
	}
	if s.endpoint != nil {
		s.https = s.newHTTP(s.stationRoutes())
		s.legacy = s.newHTTP(endpoint.MarkLegacy(s.stationRoutes()))
	}
	s.http = s.newHTTP(s.routes())
	return s, nil
}

// stop drains: no new requests, sockets closed with 1001, what was received stored, jobs finished or released.
func (s *server) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	s.cancel()
	report := func(what string, err error) {
		if err != nil && !errors.Is(err, context.Canceled) {
			s.logger.Warn(what+" didn't end in time", "error", err)
		}
	}
	var parts sync.WaitGroup
	if s.http != nil {
		parts.Go(func() { report("an HTTP request", s.http.Shutdown(ctx)) })
	}
	parts.Go(func() { s.shut(ctx, report) })
	if s.stations != nil {
		parts.Go(func() { report("a station's connection", s.stations.Drain(ctx)) })
	}
	if s.jobs != nil {
		parts.Go(func() { report("a job", s.jobs.Stop(ctx)) })
	}
	parts.Wait()
	s.wg.Wait()
	if s.identity != nil {
		report("a mail", s.identity.FinishMails(ctx))
	}
	if s.charging != nil {
		report("a command", s.charging.FinishCommands(ctx))
		report("leaving the cluster", s.charging.Leave(ctx))
	}
	if s.standIn != nil {
		s.standIn.Close()
	}
	if s.plugAndCharge != nil {
		s.plugAndCharge.Close()
	}
	if s.journal != nil {
		report("the journal", s.journal.Close(ctx))
	}
}

func (s *server) routes() http.Handler {
	mux := s.mux()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Stations spell the URL of a file in ways that the mux would redirect, and they follow no redirect.
		if files.Claims(r) {
			s.files.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (s *server) mux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/graphql", clientAddress(s.config.proxies, graph.NewHandler(s.graph, graph.Options{HideSchema: s.config.HideSchema})))
	mux.Handle("/auth/", clientAddress(s.config.proxies, s.identity.Handler()))
	mux.Handle("/pki/", s.authorities.Handler())
	mux.Handle("/webhooks/", clientAddress(s.config.proxies, s.payments.Handler()))
	s.mountDemo(mux)
	s.mountDemoOperator(mux)
	mux.Handle("/ocpp/", s.stations)
	mux.Handle("/ocpp", s.stations)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics())
	if s.endpoint != nil {
		mux.Handle("GET /tls/root.pem", s.endpoint.RootHandler())
	}
	portal := frontend.Handler(frontend.Options{MapStyle: s.config.style})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		// Some stations drop the path of the URL that they were given.
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			s.stations.ServeHTTP(w, r)
			return
		}
		portal.ServeHTTP(w, r)
	})
	return mux
}

func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.db.Ping(ctx); err != nil || !s.journal.Available() {
		http.Error(w, "The database can't be written: stations keep their messages until it can.", http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ready\n")
}

// reachable turns an address that listens everywhere into one that can be called.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// stationURL is the public URL as stations dial it.
func stationURL(public string) string {
	return "ws" + strings.TrimPrefix(public, "http")
}
