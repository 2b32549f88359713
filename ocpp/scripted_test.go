package ocpp_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// A station that does as the standard says with its security: it connects by itself, again and again, the way it was told to, and falls back to
// the old way where the new one doesn't work.

// rig is a world with TLS, a second node that does the work, and a clock.
type rig struct {
	*worldtest.World
	t      *testing.T
	peer   *worldtest.World
	secure *httptest.Server
	root   *pki.Authority
	// owner reads behind every wall; these tests peek so often that a connection for each would cost more than the rest.
	owner *pgxpool.Pool
	mu    sync.Mutex
	ahead time.Duration
}

// peek reads one value as the owner of the database.
func peek[T any](r *rig, sql string, args ...any) (v T) {
	if err := r.owner.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		r.t.Errorf("read %s: %v", sql, err)
	}
	return v
}

func newRig(t *testing.T, options ...worldtest.Option) *rig {
	t.Helper()
	r := &rig{t: t}
	r.World = worldtest.New(t, append(options, worldtest.WithClock(r.now))...)
	r.peer = worldtest.New(t, worldtest.WithPeer(r.World, "node-2"), worldtest.WithClock(r.now))
	var err error
	if r.owner, err = pgxpool.New(context.Background(), r.URL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.owner.Close)
	if r.root, err = pki.NewRoot("Root of the server", "Server", time.Now()); err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := r.root.SignServer(key.Public(), pki.NamesOf("127.0.0.1"), 24*time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r.secure = httptest.NewUnstartedServer(r.Stations)
	r.secure.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}}}
	r.secure.StartTLS()
	t.Cleanup(r.secure.Close)
	for _, w := range []*worldtest.World{r.World, r.peer} {
		w.Charging.UseServerTLS(r.roots, r.url)
	}
	if err := r.Authorities.Create(r.A.As(tenancy.Owner), ""); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) roots() []*x509.Certificate { return []*x509.Certificate{r.root.Certificate} }

func (r *rig) url() string { return "wss" + strings.TrimPrefix(r.secure.URL, "https") }

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Add(r.ahead)
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead += d
}

// work does what the jobs of an operation do, once.
func (r *rig) work(ctx context.Context, s *charging.Service, operation, station uuid.UUID) {
	ctx = tenancy.NewContext(ctx, tenancy.Certificates(r.A.ID))
	_ = s.AdvanceSecurity(ctx, operation)
	_ = s.SignRequest(ctx, station, "CHARGING_STATION")
	for _, id := range peek[[]uuid.UUID](r, "select coalesce(array_agg(id), '{}') from station_certificates where station_id = $1 and status = 'SIGNED'", station) {
		_ = s.DeliverSigned(ctx, id)
	}
}

// ends works until an operation has ended, while time passes, and says how.
func (r *rig) ends(operation, station uuid.UUID) (status, why string) {
	r.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 1500 {
		r.work(context.Background(), r.peer.Charging, operation, station)
		status = peek[string](r, "select status from security_operations where id = $1", operation)
		if status != "RUNNING" {
			return status, worldtest.OwnerValue[string](r.World, "select explanation from security_operations where id = $1", operation)
		}
		r.pass(5 * time.Second)
		<-tick.C
	}
	r.t.Fatalf("the operation never ended: %s", worldtest.OwnerValue[string](r.World, "select step || ' ' || explanation from security_operations where id = $1", operation))
	return "", ""
}

// way is how a station connects.
type way struct {
	url     string
	profile int
}

// scripted is the station.
type scripted struct {
	r        *rig
	id       uuid.UUID
	identity string
	version  string

	mu       sync.Mutex
	ws       *websocket.Conn
	password string
	// ways are network profiles by slot, in the order of priority. A station of 1.6 has its profile in slot 1, and the one before in slot 0.
	ways     map[int]way
	priority []int
	roots    []*x509.Certificate
	key      *ecdsa.PrivateKey
	used     *tls.Certificate
	// refuses are actions, or names of settings, that the station refuses.
	refuses map[string]bool
	// says are whole answers to actions, with the message's id left open; an empty one is silence.
	says map[string]string
	// calls are what was asked of it for its security, and crash what happens at one of them: the node that asked dies before the station
	// acted, or after.
	calls   []string
	crashAt int
	acts    bool
	crash   context.CancelFunc
	// lost is set where no way over TLS leads anywhere.
	lost bool
	stop func()
}

// station adds a station that was onboarded, and runs it until the test ends.
func (r *rig) station(identity, version string) *scripted {
	r.t.Helper()
	st := r.AddStation(r.A, r.A.Main, identity, 1)
	r.Owner("update stations set onboarding = 'ONBOARDED', registration_status = 'ACCEPTED', inventory_at = now(), credential_verified_at = now() where id = $1", st.ID)
	return r.run(st, version)
}

func (r *rig) run(st *ent.Station, version string) *scripted {
	s := &scripted{
		r: r, id: st.ID, identity: st.Identity, version: version, password: worldtest.Password, refuses: map[string]bool{}, says: map[string]string{}, crashAt: -1,
		ways: map[int]way{1: {r.HTTP.URL + "/ocpp/alpha", 1}}, priority: []int{1},
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			s.connect(ctx)
			select {
			case <-ctx.Done():
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	s.stop = func() { stop(); s.hang(); <-done }
	r.t.Cleanup(s.stop)
	r.Eventually("station "+s.identity+" is online", s.online)
	return s
}

func (s *scripted) online() bool {
	return peek[bool](s.r, "select online from stations where id = $1", s.id)
}

func (s *scripted) hang() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ws != nil {
		_ = s.ws.CloseNow()
	}
}

// connect tries its ways in their order, and serves the first that works until it ends.
func (s *scripted) connect(ctx context.Context) {
	s.mu.Lock()
	order := slices.Clone(s.priority)
	s.mu.Unlock()
	for _, slot := range order {
		s.mu.Lock()
		w, password := s.ways[slot], s.password
		if s.lost && w.profile >= 2 {
			w.url = "https://127.0.0.1:1"
		}
		config := &tls.Config{RootCAs: x509.NewCertPool()}
		for _, root := range s.roots {
			config.RootCAs.AddCert(root)
		}
		if w.profile == 3 && s.used != nil {
			config.Certificates = []tls.Certificate{*s.used}
		}
		s.mu.Unlock()
		header := http.Header{}
		if w.profile == 1 || w.profile == 2 {
			header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(s.identity+":"+password)))
		}
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
		dialling, cancel := context.WithTimeout(ctx, 10*time.Second)
		ws, _, err := websocket.Dial(dialling, w.url+"/"+s.identity, &websocket.DialOptions{HTTPHeader: header, HTTPClient: client, Subprotocols: []string{"ocpp" + s.version}})
		cancel()
		if err != nil {
			continue
		}
		ws.SetReadLimit(1 << 20)
		s.mu.Lock()
		s.ws = ws
		s.mu.Unlock()
		s.serve(ctx, ws)
		_ = ws.CloseNow()
		return
	}
}

func (s *scripted) serve(ctx context.Context, ws *websocket.Conn) {
	boot := `{"chargePointVendor":"V","chargePointModel":"M"}`
	if s.version != "1.6" {
		boot = `{"reason":"PowerUp","chargingStation":{"vendorName":"V","model":"M"}}`
	}
	send := func(text string) { _ = ws.Write(ctx, websocket.MessageText, []byte(text)) }
	send(`[2,"boot","BootNotification",` + boot + `]`)
	for {
		_, raw, err := ws.Read(ctx)
		if err != nil {
			return
		}
		var f []json.RawMessage
		if json.Unmarshal(raw, &f) != nil || len(f) < 4 || string(f[0]) != "2" {
			continue
		}
		var action string
		_ = json.Unmarshal(f[2], &action)
		s.mu.Lock()
		answer, after, hang := s.asked(action, f[3])
		says, said := s.says[action]
		s.mu.Unlock()
		switch {
		case hang:
			return
		case !said:
			send(fmt.Sprintf(`[3,%s,%s]`, f[1], answer))
		case says != "":
			send(fmt.Sprintf(says, f[1]))
		}
		switch {
		case after == "close":
			return
		case after != "":
			send(after)
		}
	}
}

// asked answers a call, after whatever is to happen to the node that asked.
func (s *scripted) asked(action string, payload json.RawMessage) (answer, after string, hang bool) {
	if action == "GetBaseReport" || action == "GetConfiguration" && !strings.Contains(string(payload), `"key"`) {
		if s.version == "1.6" {
			return `{"configurationKey":[{"key":"NumberOfConnectors","readonly":true,"value":"1"}]}`, "", false
		}
		return `{"status":"NotSupported"}`, "", false
	}
	n := len(s.calls)
	s.calls = append(s.calls, action+" "+string(payload))
	if n == s.crashAt {
		s.crash()
		if !s.acts {
			return "", "", true
		}
	}
	answer, after = s.answer(action, payload)
	return answer, after, false
}

type chargerCall struct {
	Key, Value        json.RawMessage
	CertificateType   json.RawMessage
	Certificate       string
	CertificateChain  string
	ConfigurationSlot int
	ConnectionData    struct {
		OCPPCsmsURL     string `json:"ocppCsmsUrl"`
		SecurityProfile int
	}
	GetVariableData, SetVariableData []struct {
		Component, Variable json.RawMessage
		AttributeValue      string
	}
}

func (s *scripted) answer(action string, payload json.RawMessage) (answer, after string) {
	var q chargerCall
	_ = json.Unmarshal(payload, &q)
	status := func(ok bool) string {
		if ok && !s.refuses[action] {
			return `{"status":"Accepted"}`
		}
		return `{"status":"Rejected"}`
	}
	text := func(raw json.RawMessage) (v string) { _ = json.Unmarshal(raw, &v); return v }
	switch action {
	case "GetConfiguration":
		if s.refuses["SecurityProfile known"] {
			return `{"unknownKey":["SecurityProfile"]}`, ""
		}
		return fmt.Sprintf(`{"configurationKey":[{"key":"SecurityProfile","readonly":false,"value":"%d"}]}`, s.ways[1].profile), ""
	case "ChangeConfiguration":
		ok, closes := s.set(text(q.Key), text(q.Value))
		if closes {
			after = "close"
		}
		return status(ok), after
	case "GetVariables":
		return fmt.Sprintf(`{"getVariableResult":[{"attributeStatus":"Accepted","attributeValue":%q,"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"NetworkConfigurationPriority"}}]}`, s.order()), ""
	case "SetVariables":
		d := q.SetVariableData[0]
		var v struct{ Name string }
		_ = json.Unmarshal(d.Variable, &v)
		ok, _ := s.set(v.Name, d.AttributeValue)
		result := "Rejected"
		if ok && !s.refuses[action] {
			result = "Accepted"
		}
		return fmt.Sprintf(`{"setVariableResult":[{"attributeStatus":%q,"component":%s,"variable":%s}]}`, result, d.Component, d.Variable), ""
	case "GetInstalledCertificateIds":
		return s.installed(), ""
	case "InstallCertificate":
		if s.refuses[action] {
			return status(false), ""
		}
		list, err := pki.ReadPEM(q.Certificate)
		if err != nil {
			return status(false), ""
		}
		s.roots = append(s.roots, list...)
		return status(true), ""
	case "ExtendedTriggerMessage", "TriggerMessage":
		if s.refuses["TriggerMessage"] {
			return status(false), ""
		}
		s.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		body, _ := json.Marshal(map[string]string{"csr": csr(s.r.t, s.identity, s.key)})
		return status(true), `[2,"sign` + strconv.Itoa(len(s.calls)) + `","SignCertificate",` + string(body) + `]`
	case "CertificateSigned":
		list, err := pki.ReadPEM(q.CertificateChain)
		if err != nil || s.refuses[action] || s.key == nil {
			return status(false), ""
		}
		if !s.key.PublicKey.Equal(list[0].PublicKey) {
			return status(false), "" // it asked anew since
		}
		c := &tls.Certificate{PrivateKey: s.key}
		for _, part := range list {
			c.Certificate = append(c.Certificate, part.Raw)
		}
		s.used = c
		return status(true), ""
	case "SetNetworkProfile":
		if !s.refuses[action] {
			s.ways[q.ConfigurationSlot] = way{q.ConnectionData.OCPPCsmsURL, q.ConnectionData.SecurityProfile}
		}
		return status(true), ""
	case "Reset":
		if s.refuses[action] {
			return status(false), ""
		}
		return status(true), "close"
	}
	return status(true), ""
}

func (s *scripted) order() string {
	list := make([]string, len(s.priority))
	for i, slot := range s.priority {
		list[i] = strconv.Itoa(slot)
	}
	return strings.Join(list, ",")
}

// set changes a setting. A new security profile of 1.6 has the station connect anew.
func (s *scripted) set(name, value string) (ok, closes bool) {
	if s.refuses[name] {
		return false, false
	}
	switch name {
	case "AuthorizationKey", "BasicAuthPassword":
		s.password = value
	case "NetworkConfigurationPriority":
		s.priority = nil
		for part := range strings.SplitSeq(value, ",") {
			n, _ := strconv.Atoi(part)
			s.priority = append(s.priority, n)
		}
	case "SecurityProfile":
		n, _ := strconv.Atoi(value)
		if n <= s.ways[1].profile || n >= 2 && len(s.roots) == 0 || n == 3 && s.used == nil {
			return false, false
		}
		next := way{s.r.HTTP.URL + "/ocpp/alpha", n}
		if n >= 2 {
			next.url = s.r.secure.URL + "/ocpp/alpha"
		}
		s.ways[0], s.ways[1], s.priority = s.ways[1], next, []int{1, 0}
		return true, true
	}
	return true, false
}

func (s *scripted) installed() string {
	var old []string
	for _, c := range s.roots {
		h, _ := pki.RootHash(c)
		text, _ := json.Marshal(h)
		if s.version != "1.6" {
			text = fmt.Appendf(nil, `{"certificateType":"CSMSRootCertificate","certificateHashData":%s}`, text)
		}
		old = append(old, string(text))
	}
	if len(old) == 0 {
		return `{"status":"NotFound"}`
	}
	name := "certificateHashData"
	if s.version != "1.6" {
		name = "certificateHashDataChain"
	}
	return fmt.Sprintf(`{"status":"Accepted",%q:[%s]}`, name, strings.Join(old, ","))
}
