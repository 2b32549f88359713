package ocpp_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	responses "golang.org/x/crypto/ocsp"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/pki"
	pkiauthority "github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/internal/plugandcharge"
	"github.com/busbar-ev/busbar/internal/plugandcharge/pncdev"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// operatorOf runs a development operator at an address of its own.
func operatorOf(t *testing.T) (o *pncdev.Operator, url string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	url = "http://" + server.Listener.Addr().String()
	o, err := pncdev.New(url, "a token")
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = o.Handler()
	server.Start()
	t.Cleanup(server.Close)
	return o, url
}

// loopback is allowed where a test's operator is to be asked.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func plugAndCharge(t *testing.T, w *worldtest.World, c plugandcharge.Config) *plugandcharge.Service {
	t.Helper()
	c.Secret = []byte("a secret of 32 bytes for contracts")
	s, err := plugandcharge.New(w.DB, slog.New(slog.DiscardHandler), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w.Charging.UsePlugAndCharge(s)
	return s
}

// believes adds authorities of an operator to those under which a tenant believes contracts.
func believes(t *testing.T, w *worldtest.World, tenant worldtest.Tenant, o *pncdev.Operator, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := w.Authorities.AddRoot(tenant.As(tenancy.Owner), pkiauthority.MORoot, name, pki.WritePEM(o.Root(name))); err != nil {
			t.Fatal(err)
		}
	}
}

// hashed names a certificate as stations do.
func hashed(c, issuer *x509.Certificate, responder string) map[string]any {
	h, _ := pki.Hash(c, issuer, crypto.SHA256)
	return map[string]any{"hashAlgorithm": h.HashAlgorithm, "issuerNameHash": strings.ToUpper(h.IssuerNameHash), "issuerKeyHash": h.IssuerKeyHash, "serialNumber": h.SerialNumber, "responderURL": responder}
}

func at(path string, f pncdev.Fault) func(string) pncdev.Fault {
	return func(p string) pncdev.Fault {
		if strings.HasPrefix(p, path) {
			return f
		}
		return pncdev.None
	}
}

// A car gets a contract and renews it. Whatever the operator does, the station is answered in words, and asking again after an answer that
// was lost makes no second contract.
func TestPlugAndCharge_ContractsAreInstalledAndUpdated(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		o, url := operatorOf(t)
		plugAndCharge(t, w, plugandcharge.Config{URL: url + "/", Token: "a token", Patience: 300 * time.Millisecond})
		s := onboarded2(t, w, w.AddStation(w.A, w.A.Main, "CP1", 1), version)
		type answer struct {
			Status, ExiResponse string
			StatusInfo          struct{ AdditionalInfo string }
		}
		wants := func(action, car string) answer {
			return worldtest.Do[answer](s, "Get15118EVCertificate", map[string]any{
				"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": action, "exiRequest": base64.StdEncoding.EncodeToString([]byte(car))})
		}
		first := wants("Install", "car 1")
		if first.Status != "Accepted" || !o.Answers(first.ExiResponse, base64.StdEncoding.EncodeToString([]byte("car 1"))) || o.Answers(first.ExiResponse, "AAAA") {
			t.Errorf("a contract was answered %+v", first)
		}
		if again := wants("Install", "car 1"); again != first || o.Made(plugandcharge.ContractsPath) != 1 {
			t.Errorf("asked again, the operator made %d contracts and answered %+v", o.Made(plugandcharge.ContractsPath), again)
		}
		if renewed := wants("Update", "car 1"); renewed.Status != "Accepted" || renewed.ExiResponse == first.ExiResponse {
			t.Errorf("a renewal was answered %+v", renewed)
		}
		for how, words := range map[pncdev.Fault]string{
			pncdev.Down: "answers 503", pncdev.Slow: "in time", pncdev.Garbage: "isn't its interface", pncdev.Refuses: "no contract is waiting", pncdev.CutOff: "can't be reached",
			pncdev.Redirects: "isn't its interface",
		} {
			o.Misbehave(at("/v1/", how))
			if got := wants("Install", "car 2"); got.Status != "Failed" || got.ExiResponse != "" || !strings.Contains(got.StatusInfo.AdditionalInfo, words) {
				t.Errorf("with an operator that is %s the station was answered %+v", how, got)
			}
		}
		o.Misbehave(nil)
		if got := wants("Install", "car 2"); got.Status != "Accepted" || o.Made(plugandcharge.ContractsPath) != 3 {
			t.Errorf("after the answer that was lost, %d requests were met, and the station was answered %+v", o.Made(plugandcharge.ContractsPath), got)
		}
		o.Misbehave(at("/v1/", pncdev.Long))
		if got := wants("Install", "car 3"); (got.Status == "Accepted") != (version == "2.1") {
			t.Errorf("a long answer was passed on as %s %s", got.Status, got.StatusInfo.AdditionalInfo)
		}
		o.Misbehave(nil)
		o.Token = "another"
		if got := wants("Install", "car 4"); got.Status != "Failed" || !strings.Contains(got.StatusInfo.AdditionalInfo, "token") {
			t.Errorf("with a token that counts no more the station was answered %+v", got)
		}
		if got := ask2(s, "Get15118EVCertificate", `{"iso15118SchemaVersion":"x","action":"Install","exiRequest":"no base64!"}`); got.Status != "Failed" {
			t.Errorf("nonsense was answered %+v", got)
		}
	})
}

// A tenant's operator serves that tenant alone, is set by whoever may, and is asked where it is public.
func TestPlugAndCharge_OperatorsOfTenants(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	o, url := operatorOf(t)
	service := plugAndCharge(t, w, plugandcharge.Config{Allowed: loopback})
	s := onboarded2(t, w, w.AddStation(w.A, w.A.Main, "CP1", 1), "2.1")
	if got := ask2(s, "Get15118EVCertificate", contract); got.Status != "Failed" || got.StatusInfo.ReasonCode != "NotEnabled" {
		t.Errorf("without an operator the station was answered %+v", got)
	}
	if err := service.UseOperator(w.A.As(tenancy.Operator), url, "a token"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an operator of stations set the operator of contracts: %v", err)
	}
	for _, bad := range []string{"", "ftp://x", "http://", "http://user:secret@x", "x"} {
		if err := service.UseOperator(w.A.As(tenancy.Owner), bad, "a token"); fault.Of(err) == nil || fault.Of(err).Field != "url" {
			t.Errorf("the address %q was answered %v", bad, err)
		}
	}
	if err := service.UseOperator(w.B.As(tenancy.Owner), url, "a token"); err != nil {
		t.Fatal(err)
	}
	if got := ask2(s, "Get15118EVCertificate", contract); got.Status != "Failed" || o.Made(plugandcharge.ContractsPath) != 0 {
		t.Errorf("with another tenant's operator the station was answered %+v", got)
	}
	if err := service.UseOperator(w.A.As(tenancy.Owner), url, "a token"); err != nil {
		t.Fatal(err)
	}
	if got := ask2(s, "Get15118EVCertificate", contract); got.Status != "Accepted" {
		t.Errorf("with its own operator the station was answered %+v", got)
	}
	if text := worldtest.OwnerValue[string](w, "select string_agg(encode(sealed_token, 'escape'), '') from plug_and_charge_operators"); strings.Contains(text, "a token") {
		t.Error("the token is stored as it is")
	}
	// The same operator is refused where its address isn't allowed.
	plugAndCharge(t, w, plugandcharge.Config{})
	if got := ask2(s, "Get15118EVCertificate", contract); got.Status != "Failed" || o.Made(plugandcharge.ContractsPath) != 1 {
		t.Errorf("an operator inside was answered %+v", got)
	}
}

// What a responder says is passed on while it counts, kept until its next update, and refused where it is out of date or not the issuer's.
func TestPlugAndCharge_AnswersOfResponders(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		o, url := operatorOf(t)
		plugAndCharge(t, w, plugandcharge.Config{Allowed: loopback, Patience: 300 * time.Millisecond})
		believes(t, w, w.A, o, pncdev.MORoot, pncdev.MO2)
		s := onboarded2(t, w, w.AddStation(w.A, w.A.Main, "CP1", 1), version)
		type answer struct {
			Status, OCSPResult string
			StatusInfo         struct{ AdditionalInfo string }
		}
		about := func(c *x509.Certificate) answer {
			return worldtest.Do[answer](s, "GetCertificateStatus", map[string]any{"ocspRequestData": hashed(c, o.Root(pncdev.MO2), url+"/ocsp/"+pncdev.MO2)})
		}
		leaf := func() *x509.Certificate {
			c, _, err := o.Contract("DE8AAC00000001", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			return c[0]
		}
		for _, status := range []int{responses.Good, responses.Revoked, responses.Unknown} {
			c := leaf()
			o.SetStanding(c, status)
			before := o.Made("/ocsp/" + pncdev.MO2)
			got := about(c)
			der, _ := base64.StdEncoding.DecodeString(got.OCSPResult)
			r, err := responses.ParseResponseForCert(der, c, o.Root(pncdev.MO2))
			if err != nil || r.Status != status || got.Status != "Accepted" {
				t.Errorf("the standing %d was answered %+v, %v", status, got, err)
			}
			asked := o.Made("/ocsp/" + pncdev.MO2)
			if again := about(c); again != got || o.Made("/ocsp/"+pncdev.MO2) != asked {
				t.Errorf("asked again, the responder was asked %d times", o.Made("/ocsp/"+pncdev.MO2)-before)
			}
		}
		for how, words := range map[pncdev.Fault]string{
			pncdev.Stale: "out of date", pncdev.Forged: "isn't signed by its issuer", pncdev.Sibling: "isn't for that", pncdev.Down: "answers 503", pncdev.Slow: "in time",
			pncdev.Garbage: "can't be read", pncdev.Redirects: "answers 307", pncdev.CutOff: "can't be reached",
		} {
			o.Misbehave(at("/ocsp/", how))
			if got := about(leaf()); got.Status != "Failed" || got.OCSPResult != "" || !strings.Contains(got.StatusInfo.AdditionalInfo, words) {
				t.Errorf("from a responder that is %s the station was answered %+v", how, got)
			}
		}
		if version != "2.1" {
			return
		}
		o.Misbehave(nil)
		good, revoked, unknown := leaf(), leaf(), leaf()
		o.SetStanding(revoked, responses.Revoked)
		o.SetStanding(unknown, responses.Unknown)
		var questions []any
		for _, q := range []struct {
			c           *x509.Certificate
			source, url string
		}{
			{good, "OCSP", "/ocsp/mo-2"}, {revoked, "OCSP", "/ocsp/mo-2"}, {unknown, "OCSP", "/ocsp/mo-2"}, {good, "OCSP", "/nowhere"},
			{good, "CRL", "/crl/mo-2"}, {revoked, "CRL", "/crl/mo-2"}, {good, "CRL", "/crl/mo-1"},
		} {
			h := hashed(q.c, o.Root(pncdev.MO2), "")
			delete(h, "responderURL")
			questions = append(questions, map[string]any{"source": q.source, "urls": []string{url + q.url}, "certificateHashData": h})
		}
		var standings []string
		for _, part := range [][]any{questions[:4], questions[4:]} {
			for _, c := range worldtest.Do[struct{ CertificateStatus []answer2 }](s, "GetCertificateChainStatus", map[string]any{"certificateStatusRequests": part}).CertificateStatus {
				standings = append(standings, c.Status)
			}
		}
		if got := strings.Join(standings, " "); got != "Good Revoked Unknown Failed Good Revoked Failed" {
			t.Errorf("the chain stands %s", got)
		}
	})
}

// A station names whom to ask, and can't make the server knock at doors inside. The addresses are all of this machine, so that nothing else is
// reached where the guard is broken; other ranges are judged in plugandcharge's own test: security case 46.
func TestSec046_RespondersInsideAreNotAsked(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	knocked := make(chan string, 64)
	inside := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { knocked <- r.URL.Path }))
	t.Cleanup(inside.Close)
	port := inside.URL[strings.LastIndexByte(inside.URL, ':'):]
	plugAndCharge(t, w, plugandcharge.Config{Patience: 2 * time.Second})
	s := onboarded2(t, w, w.AddStation(w.A, w.A.Main, "CP1", 1), "2.0.1")
	o, _ := operatorOf(t)
	for _, url := range []string{
		inside.URL, "http://localhost" + port, "http://0.0.0.0" + port, "http://[::1]" + port, "http://[::ffff:127.0.0.1]" + port, "http://2130706433" + port, "http://0x7f.1" + port,
		inside.URL + "/a/path?q=1", "http://127.1.2.3" + port,
		"file:///etc/passwd", "gopher://x/", "ftp://x/", "http://user:password@ocsp.example/", "http://", "//x", "x",
	} {
		got := ask2(s, "GetCertificateStatus", text(t, map[string]any{"ocspRequestData": hashed(o.Root(pncdev.MO1), o.Root(pncdev.MORoot), url)}))
		if got.Status != "Failed" || strings.Contains(got.StatusInfo.AdditionalInfo, "answers") || len(knocked) > 0 {
			t.Errorf("%s was answered %+v, and %d came in", url, got, len(knocked))
		}
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// contractAnswer is what a station is told of a car's contract.
type contractAnswer struct {
	IDTokenInfo       struct{ Status string }
	CertificateStatus string
}

func (a contractAnswer) String() string { return a.IDTokenInfo.Status + " " + a.CertificateStatus }

// A car charges on its contract while its certificates count and its eMAID may charge, and is told what is wrong otherwise.
func TestPlugAndCharge_AuthorizeByContract(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		o, url := operatorOf(t)
		stranger, _ := operatorOf(t)
		plugAndCharge(t, w, plugandcharge.Config{Allowed: loopback, Patience: 300 * time.Millisecond})
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		for tag, status := range map[string]string{"DE8AAC00000001": "ACTIVE", "DE8AAC00000002": "BLOCKED"} {
			w.Owner("insert into tokens (id, tenant_id, id_tag, status) values (gen_random_uuid(), $1, $2, $3)", w.A.ID, tag, status)
		}
		present := func(emaid, pem string, hashes ...map[string]any) string {
			q := map[string]any{"idToken": map[string]any{"idToken": emaid, "type": "eMAID"}}
			if pem != "" {
				q["certificate"] = pem
			}
			if len(hashes) > 0 {
				q["iso15118CertificateHashData"] = hashes
			}
			return worldtest.Do[contractAnswer](s, "Authorize", q).String()
		}
		issue := func(by *pncdev.Operator, emaid string, until time.Duration) []*x509.Certificate {
			chain, _, err := by.Contract(emaid, time.Now().Add(-24*time.Hour), time.Now().Add(until))
			if err != nil {
				t.Fatal(err)
			}
			return chain
		}
		hashesOf := func(by *pncdev.Operator, chain []*x509.Certificate) (list []map[string]any) {
			for i, c := range chain {
				issuer := by.Root(pncdev.MORoot)
				if i+1 < len(chain) {
					issuer = chain[i+1]
				}
				list = append(list, hashed(c, issuer, c.OCSPServer[0]))
			}
			return list
		}
		const known, blocked, nobodys = "DE8AAC00000001", "DE8AAC00000002", "DE8AAC00000003"
		good := issue(o, known, time.Hour)
		// Another tenant's root isn't this one's, and without any nothing counts.
		believes(t, w, w.B, o, pncdev.MORoot)
		if got := present(known, pki.WritePEM(good...)); got != "Invalid CertChainError" {
			t.Errorf("under another tenant's root a contract was answered %s", got)
		}
		believes(t, w, w.A, stranger, pncdev.V2GRoot)
		if got := present(known, "", hashesOf(o, good)...); got != "Invalid CertChainError" {
			t.Errorf("under another tenant's root hashes were answered %s", got)
		}
		believes(t, w, w.A, o, pncdev.MORoot)
		revoked, revokedAbove, forgotten := issue(o, known, time.Hour), issue(o, known, time.Hour), issue(o, known, time.Hour)
		o.SetStanding(revoked[0], responses.Revoked)
		o.SetStanding(forgotten[0], responses.Unknown)
		expired, foreign := issue(o, known, -time.Hour), issue(stranger, known, time.Hour)
		for _, c := range []struct {
			what, emaid, want string
			chain             []*x509.Certificate
		}{
			{"a good contract", known, "Accepted Accepted", good},
			{"one with dashes", "DE-8AA-C00000001-5", "Invalid Accepted", good},
			{"a revoked one", known, "Invalid CertificateRevoked", revoked},
			{"one that nobody knows", known, "Invalid NoCertificateAvailable", forgotten},
			{"a stranger's", known, "Invalid CertChainError", foreign},
			{"an eMAID that is blocked", blocked, "Blocked ContractCancelled", issue(o, blocked, time.Hour)},
			{"an eMAID that nobody has", nobodys, "Invalid Accepted", issue(o, nobodys, time.Hour)},
		} {
			if got := present(c.emaid, pki.WritePEM(c.chain...)); got != c.want {
				t.Errorf("%s was answered %s, want %s", c.what, got, c.want)
			}
			by := o
			if c.chain[2].Equal(stranger.Root(pncdev.MO1)) {
				by = stranger
			}
			if got := present(c.emaid, "", hashesOf(by, c.chain)...); got != c.want {
				t.Errorf("the hashes of %s were answered %s, want %s", c.what, got, c.want)
			}
		}
		for what, c := range map[string]struct{ emaid, pem, want string }{
			"an expired one":          {known, pki.WritePEM(expired...), "Invalid CertificateExpired"},
			"another car's":           {blocked, pki.WritePEM(good...), "Invalid CertChainError"},
			"one without those above": {known, pki.WritePEM(good[0]), "Invalid CertChainError"},
			"an authority":            {known, pki.WritePEM(good[1:]...), "Invalid CertChainError"},
			"nonsense":                {known, "x", "Invalid CertChainError"},
		} {
			if got := present(c.emaid, c.pem); got != c.want {
				t.Errorf("%s was answered %s, want %s", what, got, c.want)
			}
		}
		w.Owner("update networks set accept_unknown_tokens = true where id = $1", w.A.Main)
		if got := present(nobodys, pki.WritePEM(issue(o, nobodys, time.Hour)...)); got != "Accepted Accepted" {
			t.Errorf("where every token may charge an eMAID that nobody has was answered %s", got)
		}
		// What can't be asked about isn't accepted, nor on a forged word.
		for _, how := range []pncdev.Fault{pncdev.Down, pncdev.Slow, pncdev.Stale, pncdev.Forged, pncdev.Sibling, pncdev.Garbage} {
			o.Misbehave(at("/ocsp/mo-2", how))
			if got := present(known, pki.WritePEM(issue(o, known, time.Hour)...)); got != "Invalid CertChainError" {
				t.Errorf("with a responder that is %s a contract was answered %s", how, got)
			}
		}
		o.Misbehave(nil)
		// One above that is revoked takes those below with it, once what was said of it before counts no more.
		o.SetStanding(revokedAbove[1], responses.Revoked)
		plugAndCharge(t, w, plugandcharge.Config{Allowed: loopback})
		if got := present(known, pki.WritePEM(revokedAbove...)); got != "Invalid CertificateRevoked" {
			t.Errorf("below a revoked authority a contract was answered %s", got)
		}
		if events := worldtest.OwnerValue[int](w, "select count(*) from station_events where station_id = $1 and type = 'Authorize' and info like 'CertificateRevoked: %'", st.ID); events != 3 {
			t.Errorf("%d events tell of revoked contracts, want 3", events)
		}
		_ = url
		w.Charging.UsePlugAndCharge(nil)
		if got := present(known, pki.WritePEM(good...)); got != "Invalid CertChainError" {
			t.Errorf("where nobody can be asked a contract was answered %s", got)
		}
	})
}

// What a station shows cars is signed by the operator and delivered. While the operator is away somebody is told, and an answer that is lost
// makes no second certificate.
func TestPlugAndCharge_CertificatesOfStationsForCars(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		w.Work()
		o, url := operatorOf(t)
		o.Misbehave(at("/v1/", pncdev.CutOff))
		plugAndCharge(t, w, plugandcharge.Config{URL: url, Token: "a token"})
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		request := map[string]any{"csr": csr(t, "DEABCE0001", key), "certificateType": "V2GCertificate"}
		if got := ask2(s, "SignCertificate", text(t, request)); got.Status != "Accepted" {
			t.Fatalf("the request was answered %+v", got)
		}
		issue := func(status string) string {
			return worldtest.OwnerValue[string](w, fmt.Sprintf("select coalesce(string_agg(kind, ', '), '') from detected_issues where status %s 'RESOLVED'", status))
		}
		w.Eventually("somebody is told that the operator is away", func() bool { return issue("<>") == "CERTIFICATE_NOT_SIGNED" })
		o.Misbehave(nil)
		c := s.NextCall()
		var signed struct{ CertificateChain, CertificateType string }
		if err := json.Unmarshal(c.Payload, &signed); err != nil || c.Action != "CertificateSigned" || signed.CertificateType != "V2GCertificate" {
			t.Fatalf("after the request came %s %s, %v", c.Action, c.Payload, err)
		}
		chain, err := pki.ReadPEM(signed.CertificateChain)
		if err != nil || len(chain) != 3 || !key.PublicKey.Equal(chain[0].PublicKey) || chain[2].CheckSignatureFrom(o.Root(pncdev.V2GRoot)) != nil {
			t.Errorf("the station was given %d certificates, %v", len(chain), err)
		}
		s.Answer(c, `{"status":"Accepted"}`)
		w.Eventually("the certificate is noted as installed", func() bool {
			return worldtest.OwnerValue[string](w, "select coalesce(string_agg(use || ' ' || origin || ' ' || status, ', '), '') from station_certificates where station_id = $1", st.ID) == "V2G ELSEWHERE INSTALLED"
		})
		if o.Made(plugandcharge.CertificatesPath) != 1 || issue("<>") != "" || issue("=") != "CERTIFICATE_NOT_SIGNED" {
			t.Errorf("the operator signed %d times, and %q is open", o.Made(plugandcharge.CertificatesPath), issue("<>"))
		}
		// Done once more, as after a crash, nothing changes.
		if err := w.Charging.SignRequest(w.A.As(tenancy.Owner), st.ID, "V2G"); err != nil || o.Made(plugandcharge.CertificatesPath) != 1 {
			t.Errorf("signing again made %d certificates, %v", o.Made(plugandcharge.CertificatesPath), err)
		}
		w.Owner("update station_settings set data = data || '{\"status\":\"WAITING\"}' where station_id = $1 and kind = $2", st.ID, charging.SettingSigningRequest)
		if err := w.Charging.SignRequest(w.A.As(tenancy.Owner), st.ID, "V2G"); err != nil || o.Made(plugandcharge.CertificatesPath) != 1 {
			t.Errorf("signing after a crash made %d certificates, %v", o.Made(plugandcharge.CertificatesPath), err)
		}
		if n := worldtest.OwnerValue[int](w, "select count(*) from station_certificates where station_id = $1", st.ID); n != 1 {
			t.Errorf("%d certificates are kept", n)
		}
	})
}

// Roots of contracts are the tenant's own, let no station in, and are added by whoever may.
func TestPlugAndCharge_RootsOfContracts(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	o, _ := operatorOf(t)
	owner := w.A.As(tenancy.Owner)
	good := pki.WritePEM(o.Root(pncdev.MORoot))
	leaf, _, err := o.Contract("DE8AAC00000001", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct{ kind, name, pem, field string }{
		"another kind": {"MANUFACTURER", "x", good, "kind"}, "no name": {pkiauthority.MORoot, " ", good, "name"}, "a contract": {pkiauthority.MORoot, "x", pki.WritePEM(leaf[0]), "pem"},
		"two": {pkiauthority.MORoot, "x", good + good, "pem"}, "nonsense": {pkiauthority.MORoot, "x", "x", "pem"},
	} {
		if _, err := w.Authorities.AddRoot(owner, c.kind, c.name, c.pem); fault.Of(err) == nil || fault.Of(err).Field != c.field {
			t.Errorf("%s was answered %v", what, err)
		}
	}
	if _, err := w.Authorities.AddRoot(w.A.As(tenancy.Reader), pkiauthority.MORoot, "x", good); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a viewer was answered %v", err)
	}
	id, err := w.Authorities.AddRoot(owner, pkiauthority.MORoot, "Operator", good)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.Authorities.AddRoot(owner, pkiauthority.MORoot, "Operator", good); err != nil || again != id {
		t.Errorf("added again it is %s, %v", again, err)
	}
	if err := w.Authorities.RemoveRoot(w.B.As(tenancy.Owner), id); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant removed it: %v", err)
	}
	// A station doesn't connect under it, and it survives a change of the tenant's own root.
	for _, step := range []func() error{
		func() error { return w.Authorities.Create(owner, "") }, func() error { return w.Authorities.Prepare(owner, "the old root is old") }, func() error { return w.Authorities.Activate(owner, true) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Authorities.Verify(t.Context(), w.A.ID, leaf); err == nil {
		t.Error("a station is let in with a car's contract")
	}
	if list, err := w.Authorities.ContractRoots(owner); err != nil || len(list) != 1 {
		t.Errorf("%d roots are believed, %v", len(list), err)
	}
	if list, err := w.Authorities.ContractRoots(w.B.As(tenancy.Owner)); err != nil || len(list) != 0 {
		t.Errorf("another tenant believes %d roots, %v", len(list), err)
	}
	if err := w.Authorities.RemoveRoot(owner, id); err != nil {
		t.Fatal(err)
	}
	if list, _ := w.Authorities.ContractRoots(owner); len(list) != 0 {
		t.Errorf("%d roots are believed after all were removed", len(list))
	}
}
