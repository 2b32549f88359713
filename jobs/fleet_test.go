package jobs_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// Certificates of a whole fleet pass two thirds of their life: all are renewed, no station is ever refused, and what is signed is spread.
func TestFleet_RenewsInTime(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	defer f.end() // before the world ends, so that nobody comes back
	f.until(0.78, nil)
	f.allRenewed()
	if most, mean := f.busiestDay(); float64(most) > 3*mean+3 {
		t.Errorf("on the busiest day %d certificates were signed, and %.1f on a usual one", most, mean)
	}
}

// The same with nobody to sign for a third of the lifetime: what piled up is worked off without a storm, before anything ends.
func TestFleet_RenewsAfterAnOutageOfItsAuthority(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	defer f.end() // before the world ends, so that nobody comes back
	f.until(0.985, func(age float64) {
		// An outage of a third of the lifetime, until little is left.
		if down := age > 0.60 && age < 0.60+1.0/3; down != f.down {
			f.down = down
			f.w.Owner("update certificate_authorities set status = $1 where kind = 'INTERMEDIATE'", map[bool]string{true: "RETIRING", false: "ACTIVE"}[down])
		}
	})
	f.allRenewed()
	if f.mostAtOnce > 10 {
		t.Errorf("%d renewals were begun in one run", f.mostAtOnce)
	}
	if n := worldtest.OwnerValue[int](f.w, "select count(*) from detected_issues where kind = 'CERTIFICATE_EXPIRING'"); n == 0 && !testing.Short() {
		t.Log("nothing was about to end: the outage left more than two weeks")
	}
}

// fleet is many stations that connect by certificate, under a clock of its own.
type fleet struct {
	t        *testing.T
	w        *worldtest.World
	ctx      context.Context
	begun    time.Time
	ahead    atomic.Int64
	stations []*member
	down     bool
	// mostAtOnce is how many renewals were begun in one run at most, and signed on which day.
	mostAtOnce int
	signed     map[int]int
}

const lifetime = 365 * 24 * time.Hour

// size is how many stations a fleet has.
func size(t *testing.T) int {
	t.Helper()
	if text := os.Getenv("BUSBAR_TEST_FLEET"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 100
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{t: t, begun: time.Now(), signed: map[int]int{}}
	f.w = worldtest.New(t, worldtest.WithClock(f.now))
	f.ctx = tenancy.NewContext(context.Background(), tenancy.Certificates(f.w.A.ID))
	if err := f.w.Authorities.Create(f.w.A.As(tenancy.Owner), ""); err != nil {
		t.Fatal(err)
	}
	for i := range size(t) {
		st := f.w.AddStation(f.w.A, f.w.A.Main, fmt.Sprintf("CP%04d", i), 1)
		m := &member{f: f, identity: st.Identity}
		m.next = m.sign(journal.Origin{Tenant: st.TenantID, Network: st.NetworkID, Station: st.ID})
		f.stations = append(f.stations, m)
	}
	f.w.Owner("update stations set onboarding = 'ONBOARDED', registration_status = 'ACCEPTED', security_profile = 3, inventory_at = now()")
	f.w.Owner("update station_certificates set status = 'INSTALLED', deliver_at = null")
	for _, m := range f.stations {
		m.connect()
	}
	f.w.Eventually("all are connected", func() bool {
		return worldtest.OwnerValue[int](f.w, "select count(*) from station_certificates where status = 'IN_USE'") == len(f.stations)
	})
	return f
}

// end hangs all stations up for good.
func (f *fleet) end() {
	for _, m := range f.stations {
		m.hang()
	}
}

func (f *fleet) now() time.Time { return time.Now().Add(time.Duration(f.ahead.Load())) }

// until lets time pass up to an age of the certificates, three hours at a time, with the upkeep that belongs to it.
func (f *fleet) until(age float64, each func(age float64)) {
	f.t.Helper()
	const step = 3 * time.Hour
	f.ahead.Store(int64(0.59 * float64(lifetime)))
	for {
		passed := f.now().Sub(f.begun)
		if float64(passed) > age*float64(lifetime) {
			return
		}
		if each != nil {
			each(float64(passed) / float64(lifetime))
		}
		if err := f.w.Charging.ResumeSecurity(f.ctx); err != nil {
			f.t.Fatal(err)
		}
		if passed%(24*time.Hour) < step {
			if err := f.w.Charging.WatchExpiry(f.ctx); err != nil {
				f.t.Fatal(err)
			}
		}
		n, err := f.w.Charging.PlanRenewals(f.ctx)
		if err != nil {
			f.t.Fatal(err)
		}
		f.mostAtOnce = max(f.mostAtOnce, n)
		f.signed[int(passed/(24*time.Hour))] += n
		if n > 0 {
			f.work()
		}
		f.ahead.Add(int64(step))
	}
}

// work does the jobs as River would, by the fleet's clock, until every renewal that was begun has ended.
func (f *fleet) work() {
	f.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for worldtest.OwnerValue[int](f.w, "select count(*) from security_operations where status = 'RUNNING'") > 0 {
		if time.Now().After(deadline) {
			f.t.Fatalf("renewals don't end: %s", worldtest.OwnerValue[string](f.w, "select coalesce(string_agg(distinct step || ': ' || explanation, '; '), '') from security_operations where status = 'RUNNING'"))
		}
		var g errgroup.Group
		g.SetLimit(8)
		for _, job := range f.jobs() {
			g.Go(func() error { return job.do(f) })
		}
		if err := g.Wait(); err != nil {
			f.t.Fatal(err)
		}
	}
}

// waiting is a job in the queue.
type waiting struct {
	Kind string
	Args json.RawMessage
}

// jobs takes the jobs of the queue that are due.
func (f *fleet) jobs() []waiting {
	f.t.Helper()
	conn, err := pgx.Connect(context.Background(), f.w.URL)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(context.Background(), "delete from river_job where queue = 'security' and scheduled_at <= $1 returning kind, args", f.now())
	if err != nil {
		f.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[waiting])
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

func (j waiting) do(f *fleet) error {
	var args struct {
		Station, Certificate, Operation uuid.UUID
		Use                             string
	}
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return err
	}
	switch j.Kind {
	case charging.SignRequest{}.Kind():
		return f.w.Charging.SignRequest(f.ctx, args.Station, args.Use)
	case charging.DeliverCertificate{}.Kind():
		return f.w.Charging.DeliverSigned(f.ctx, args.Certificate)
	case charging.SecurityStep{}.Kind():
		return f.w.Charging.AdvanceSecurity(f.ctx, args.Operation)
	}
	return fmt.Errorf("job %s is unknown", j.Kind)
}

// allRenewed checks how the fleet stands in the end.
func (f *fleet) allRenewed() {
	f.t.Helper()
	n := len(f.stations)
	if got := worldtest.OwnerValue[int](f.w, "select count(distinct station_id) from security_operations where kind = 'RENEWAL' and status = 'COMPLETED'"); got != n {
		f.t.Errorf("%d of %d stations have a new certificate", got, n)
	}
	if got := worldtest.OwnerValue[string](f.w, "select coalesce(string_agg(distinct cause || ' ' || explanation, '; '), '') from connection_attempts where outcome = 'REFUSED'"); got != "" {
		f.t.Errorf("stations were refused: %s", got)
	}
	if got := worldtest.OwnerValue[int](f.w, "select count(*) from stations s join station_certificates c on c.id = s.certificate_id where s.online and not s.renewal_only and c.not_after > $1", f.now().Add(lifetime/2)); got != n {
		f.t.Errorf("%d of %d stations are online with a certificate that has half a year left", got, n)
	}
	if got := worldtest.OwnerValue[int](f.w, "select count(*) from station_certificates where origin = 'SIGNED'"); got != 2*n {
		f.t.Errorf("%d certificates were signed for %d stations, want two each", got, n)
	}
}

// busiestDay is how many renewals were begun on the day with most of them, and on those with any on average.
func (f *fleet) busiestDay() (most int, mean float64) {
	days := 0
	for _, n := range f.signed {
		if n > 0 {
			most, days, mean = max(most, n), days+1, mean+float64(n)
		}
	}
	return most, mean / float64(max(days, 1))
}

// member is a station of the fleet.
type member struct {
	f        *fleet
	identity string

	mu    sync.Mutex
	link  *worldtest.Station
	key   *ecdsa.PrivateKey
	next  *tls.Certificate
	ended bool
}

// request makes a new key and what the station asks to have signed.
func (m *member) request() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		m.f.t.Error(err)
		return ""
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: m.identity}}, key)
	if err != nil {
		m.f.t.Error(err)
		return ""
	}
	m.mu.Lock()
	m.key = key
	m.mu.Unlock()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

// sign gives the station its first certificate.
func (m *member) sign(o journal.Origin) *tls.Certificate {
	m.f.t.Helper()
	text := m.request()
	request, err := pki.ReadRequest(text)
	if err != nil {
		m.f.t.Fatal(err)
	}
	var issued *authority.Issued
	err = m.f.w.DB.InTx(m.f.ctx, func(ctx context.Context, tx *db.Tx) error {
		issued, err = m.f.w.Authorities.Sign(ctx, tx, authority.Signing{Origin: o, Use: "CHARGING_STATION", Request: request, PEM: text, CommonName: m.identity})
		return err
	})
	if err != nil {
		m.f.t.Fatal(err)
	}
	return m.pair(issued.Chain(0))
}

// pair puts a chain and the station's newest key together.
func (m *member) pair(chain string) *tls.Certificate {
	list, err := pki.ReadPEM(chain)
	if err != nil {
		m.f.t.Error(err)
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &tls.Certificate{PrivateKey: m.key, Leaf: list[0]}
	for _, above := range list {
		c.Certificate = append(c.Certificate, above.Raw)
	}
	return c
}

// connect opens a connection with the station's newest certificate, and lives on it until it ends.
func (m *member) connect() {
	m.mu.Lock()
	certificate, ended := m.next, m.ended
	m.mu.Unlock()
	if ended {
		return
	}
	s, status, err := m.f.w.DialTLS("/ocpp/"+m.f.w.A.Slug+"/"+m.identity, "", "", certificate, "ocpp1.6")
	if err != nil {
		m.f.t.Errorf("station %s was answered %d: %v", m.identity, status, err)
		return
	}
	m.mu.Lock()
	m.link, ended = s, m.ended
	m.mu.Unlock()
	if ended {
		s.Hang()
		return
	}
	go m.live(s)
}

func (m *member) live(s *worldtest.Station) {
	for {
		select {
		case <-s.Closed:
			m.connect()
			return
		case c := <-s.Calls:
			s.Answer(c, `{"status":"Accepted"}`)
			switch {
			case c.Action == "ExtendedTriggerMessage" && strings.Contains(string(c.Payload), "SignChargePointCertificate"):
				text, _ := json.Marshal(m.request())
				s.SendRaw(fmt.Sprintf(`[2,%q,"SignCertificate",{"csr":%s}]`, uuid.NewString(), text))
			case c.Action == "CertificateSigned":
				var signed struct{ CertificateChain string }
				if err := json.Unmarshal(c.Payload, &signed); err != nil {
					m.f.t.Error(err)
				}
				next := m.pair(signed.CertificateChain)
				m.mu.Lock()
				m.next = next
				m.mu.Unlock()
			}
		}
	}
}

func (m *member) hang() {
	m.mu.Lock()
	m.ended = true
	s := m.link
	m.mu.Unlock()
	if s != nil {
		s.Hang()
	}
}
