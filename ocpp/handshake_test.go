package ocpp_test

import (
	"encoding/hex"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/ocpp"
	"github.com/busbar-ev/busbar/tenancy"
)

// refused dials and expects a refusal, kept with the cause among the attempts of the station.
func refused(t *testing.T, w *worldtest.World, path, user, password, cause string) {
	t.Helper()
	if _, status, err := w.Dial(path, user, password, "ocpp1.6"); err == nil || status != http.StatusUnauthorized {
		t.Errorf("%s as %q: answered %d, want 401", path, user, status)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from connection_attempts where cause = $1 and explanation <> '' and fix <> ''", cause); n == 0 {
		t.Errorf("%s as %q: no attempt is kept with the cause %s", path, user, cause)
	}
}

func TestSec001To003_WrongCredentialsAreRefusedWithCause(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.AddStation(w.B, w.B.Main, "CP1", 1)
	w.Owner("update stations set password_mac = '\\x00' where tenant_id = $1", w.B.ID) // B's password is another
	refused(t, w, "/ocpp/alpha/CP1", "", "", "NO_CREDENTIAL")
	refused(t, w, "/ocpp/alpha/CP1", "CP2", worldtest.Password, "IDENTITY_MISMATCH")
	refused(t, w, "/ocpp/alpha/CP1", "CP1", "", "NO_CREDENTIAL")
	refused(t, w, "/ocpp/alpha/CP1", "CP1", "wrong-password-of-length", "WRONG_PASSWORD")
	refused(t, w, "/ocpp/beta/CP1", "CP1", worldtest.Password, "WRONG_PASSWORD")
	refused(t, w, "/ocpp/alpha/CP-UNKNOWN", "CP-UNKNOWN", worldtest.Password, "UNKNOWN_IDENTITY")
	refused(t, w, "/ocpp/alpha/cp1", "cp1", worldtest.Password, "NEAR_MISS_IDENTITY")
	refused(t, w, "/ocpp/nobody/CP1", "CP1", worldtest.Password, "WRONG_TENANT")
	// What support learns of B must not be in A's sight.
	if n := worldtest.OwnerValue[int](w, "select count(*) from connection_attempts where cause = 'WRONG_TENANT' and tenant_id is not null"); n != 0 {
		t.Error("an attempt at an unknown tenant is shown to a tenant")
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from stations where online"); n != 0 {
		t.Errorf("%d stations look online", n)
	}
	w.Connect(w.A, "CP1")
}

func TestSec010_KnownAndUnknownAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	answer := func(identity string) (int, string) {
		request, err := http.NewRequest(http.MethodGet, w.HTTP.URL+"/ocpp/alpha/"+identity, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": "ocpp1.6"} {
			request.Header.Set(name, value)
		}
		request.SetBasicAuth(identity, "some password of good length")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body := make([]byte, 512)
		n, _ := response.Body.Read(body)
		return response.StatusCode, string(body[:n])
	}
	knownStatus, known := answer("CP1")
	unknownStatus, unknown := answer("CP9")
	if knownStatus != unknownStatus || known != unknown {
		t.Errorf("a known identity is answered %d %q, an unknown one %d %q", knownStatus, known, unknownStatus, unknown)
	}
}

func TestPasswordForms(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "GENERATED", 1)
	if _, _, err := w.Charging.AddStation(w.A.As(tenancy.Owner), charging.StationSpec{Identity: "CHOSEN", Network: w.A.Main, Password: "AAAAAAAAAAAAAAAAAAAA"}); err != nil {
		t.Fatal(err)
	}
	decoded, err := hex.DecodeString(worldtest.Password)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ identity, password string }{
		"as given":                          {"GENERATED", worldtest.Password},
		"hex-decoded by the station":        {"GENERATED", string(decoded)},
		"hex-encoded in the maker's portal": {"CHOSEN", strings.Repeat("41", 20)},
	} {
		if _, status, err := w.Dial("/ocpp/alpha/"+c.identity, c.identity, c.password, "ocpp1.6"); err != nil {
			t.Errorf("%s: refused with %d", name, status)
		}
	}
	for _, wrong := range []string{strings.ToUpper(worldtest.Password) + "0", string(decoded[:19]), strings.Repeat("42", 20)} {
		if _, _, err := w.Dial("/ocpp/alpha/CHOSEN", "CHOSEN", wrong, "ocpp1.6"); err == nil {
			t.Errorf("the password %q was let in", wrong)
		}
	}
}

func TestSec016_BothPasswordsAreGoodUntilTheNewOneIsSeen(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Onboarded(w.A, st).Hang()
	_, fresh, err := w.Charging.RotatePassword(w.A.As(tenancy.Operator), st.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	w.Connect(w.A, "CP1").Hang()
	s, status, err := w.Dial("/ocpp/alpha/CP1", "CP1", fresh, "ocpp1.6")
	if err != nil {
		t.Fatalf("the new password is refused with %d", status)
	}
	worldtest.Do[map[string]any](s, "Heartbeat", struct{}{})
	if _, _, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp1.6"); err == nil {
		t.Error("the old password is good after the new one was seen")
	}
}

func TestURLsOfRealChargers(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "DE*ABC*E001|7", 1)
	w.AddStation(w.A, w.A.Main, "ONLY:HERE", 1)
	for name, c := range map[string]struct{ path, user string }{
		"escaped":                 {"/ocpp/alpha/DE%2AABC%2AE001%7C7", "DE*ABC*E001|7"},
		"trailing slash":          {"/ocpp/alpha/ONLY:HERE/", "ONLY:HERE"},
		"identity twice":          {"/ocpp/alpha/ONLY:HERE/ONLY:HERE", "ONLY:HERE"},
		"serial appended":         {"/ocpp/alpha/ONLY:HERE/SN-4711", "ONLY:HERE"},
		"no identity in the URL":  {"/ocpp/alpha/", "DE*ABC*E001|7"},
		"no tenant in the URL":    {"/ocpp/ONLY:HERE", "ONLY:HERE"},
		"no path at all":          {"/", "DE*ABC*E001|7"},
		"user with escaped colon": {"/ocpp/alpha/ONLY%3AHERE", "ONLY:HERE"},
	} {
		if _, status, err := w.Dial(c.path, c.user, worldtest.Password, "ocpp1.6"); err != nil {
			t.Errorf("%s: %s was refused with %d", name, c.path, status)
		}
	}
}

func TestSec018_OddIdentitiesAreRefused(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	for _, path := range []string{"/ocpp/alpha/CP1%00", "/ocpp/alpha/%2fCP1", "/ocpp/alpha/C%D0%A01", "/ocpp/alpha/..", "/ocpp/alpha/" + strings.Repeat("x", 49), "/ocpp/alpha/%ZZ", "/ocpp/alpha/CP1%0d%0aX"} {
		if _, status, err := w.Dial(path, "CP1", worldtest.Password, "ocpp1.6"); err == nil || status == http.StatusSwitchingProtocols {
			t.Errorf("%s was let in", path)
		}
	}
}

func TestSec019_Subprotocols(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	header := func() http.Header {
		h := http.Header{}
		r := &http.Request{Header: h}
		r.SetBasicAuth("CP1", worldtest.Password)
		return h
	}
	for _, offer := range [][]string{nil, {"ocpp1.6"}, {"ocpp1.5", "ocpp1.6"}, {"ocpp1.6", "ocpp1.5"}} {
		s, status, err := w.DialWith("/ocpp/alpha/CP1", header(), offer...)
		if err != nil {
			t.Errorf("with %v: refused with %d", offer, status)
			continue
		}
		worldtest.Do[map[string]any](s, "Heartbeat", struct{}{})
	}
	s, _, err := w.DialWith("/ocpp/alpha/CP1", header(), "ocpp1.5")
	if err != nil {
		t.Fatalf("a version that isn't spoken must be closed after the handshake, not before: %v", err)
	}
	<-s.Closed
	if n := worldtest.OwnerValue[int](w, "select count(*) from connection_attempts where cause = 'VERSION_NOT_SPOKEN'"); n != 1 {
		t.Errorf("%d attempts are kept with the cause VERSION_NOT_SPOKEN", n)
	}
}

func TestUpgradeWithoutConnectionHeader(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	address := netip.MustParseAddrPort(strings.TrimPrefix(w.HTTP.URL, "http://"))
	got := rawUpgrade(t, address, "GET /ocpp/alpha/CP1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"+
		"Sec-WebSocket-Protocol: ocpp1.6\r\nSec-WebSocket-Version: 13\r\nAuthorization: "+basic("CP1", worldtest.Password)+"\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 101") {
		t.Errorf("the upgrade was answered %q", got)
	}
}

func TestMalformedUpgradeIsKeptWithItsCause(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	address := netip.MustParseAddrPort(strings.TrimPrefix(w.HTTP.URL, "http://"))
	got := rawUpgrade(t, address, "GET /ocpp/alpha/CP1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Protocol: ocpp1.6\r\nAuthorization: "+basic("CP1", worldtest.Password)+"\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 400") {
		t.Errorf("an upgrade without a key was answered %q", got)
	}
	w.Eventually("the attempt is kept", func() bool {
		return worldtest.OwnerValue[int](w, "select count(*) from connection_attempts where cause = 'MALFORMED_UPGRADE' and fix <> ''") == 1
	})
}

func TestSec009_GuessingIsThrottledAndTheStationIsNot(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t, worldtest.WithOCPP(ocpp.Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}))
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	from := func(address, password string) int {
		h := http.Header{"X-Forwarded-For": {address}, "Authorization": {basic("CP1", password)}}
		s, status, err := w.DialWith("/ocpp/alpha/CP1", h, "ocpp1.6")
		if err == nil {
			s.Hang()
		}
		return status
	}
	throttled := 0
	for range 40 {
		if from("203.0.113.7", "guess of a good length") == http.StatusTooManyRequests {
			throttled++
		}
	}
	if throttled < 25 {
		t.Errorf("of 40 guesses only %d were throttled", throttled)
	}
	if status := from("203.0.113.7", worldtest.Password); status != http.StatusTooManyRequests {
		t.Errorf("the guesser's right guess was looked at: %d", status)
	}
	if status := from("198.51.100.4", worldtest.Password); status != http.StatusSwitchingProtocols {
		t.Errorf("the station itself is answered %d", status)
	}
}

func TestSec020_ForwardedHeadersCountFromProxiesAlone(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	h := http.Header{"X-Forwarded-For": {"203.0.113.7"}, "X-Forwarded-Proto": {"https"}, "Authorization": {basic("CP1", worldtest.Password)}}
	s, _, err := w.DialWith("/ocpp/alpha/CP1", h, "ocpp1.6")
	if err != nil {
		t.Fatal(err)
	}
	worldtest.Do[map[string]any](s, "Heartbeat", struct{}{}) // by now the connection is recorded
	if got := worldtest.OwnerValue[string](w, "select remote_address || ' ' || connection_profile from stations"); got != "127.0.0.1 1" {
		t.Errorf("a spoofed header is believed: %s", got)
	}
}

func TestSec004And005_NewestGoodConnectionWins(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	first := w.Connect(w.A, "CP1")
	refused(t, w, "/ocpp/alpha/CP1", "CP1", "a wrong password of length", "WRONG_PASSWORD")
	worldtest.Do[map[string]any](first, "Heartbeat", struct{}{})
	second := w.Connect(w.A, "CP1")
	<-first.Closed
	if status := first.CloseStatus(); status != 1000 {
		t.Errorf("the old socket was closed with %d", status)
	}
	worldtest.Do[map[string]any](second, "Heartbeat", struct{}{})
	// Sec007: the old socket's end doesn't take the new one's place.
	if !worldtest.OwnerValue[bool](w, "select online from stations where id = $1", st.ID) {
		t.Error("the station looks offline after the takeover")
	}
	second.Hang()
	w.Eventually("the station is offline", func() bool { return !worldtest.OwnerValue[bool](w, "select online from stations where id = $1", st.ID) })
}

func TestSec008_TakeoverRaceOnTwoNodesHasOneOwner(t *testing.T) {
	t.Parallel()
	one := worldtest.New(t)
	two := worldtest.New(t, worldtest.WithPeer(one, "node-2"))
	st := one.AddStation(one.A, one.A.Main, "CP1", 1)
	for range 25 {
		var wg sync.WaitGroup
		sockets := make([]*worldtest.Station, 4)
		for i := range sockets {
			wg.Go(func() {
				w := []*worldtest.World{one, two}[i%2]
				sockets[i], _, _ = w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp1.6")
			})
		}
		wg.Wait()
		one.Eventually("one socket is left, and the database knows on which node", func() bool {
			open := ""
			for i, s := range sockets {
				if s == nil {
					continue
				}
				select {
				case <-s.Closed:
				default:
					open += []string{"node-1", "node-2"}[i%2]
				}
			}
			return one.Stations.Connections()+two.Stations.Connections() == 1 &&
				worldtest.OwnerValue[string](one, "select case when online then node else '' end from stations where id = $1", st.ID) == open
		})
	}
}

func TestCommandReachesTheNodeWithTheSocket(t *testing.T) {
	t.Parallel()
	one := worldtest.New(t)
	two := worldtest.New(t, worldtest.WithPeer(one, "node-2"))
	st := one.AddStation(one.A, one.A.Main, "CP1", 1)
	charger := two.Connect(one.A, "CP1")
	charger.Boot()
	one.Eventually("the station is onboarded", func() bool {
		return worldtest.OwnerValue[string](one, "select onboarding from stations where id = $1", st.ID) == "ONBOARDED"
	})
	go func() { charger.Answer(charger.NextCall(), `{"status":"Accepted"}`) }()
	command, err := one.Charging.Order(one.A.As(tenancy.Operator), st.ID, charging.ClearCacheOrder{}, 10)
	if err != nil || command.Status != "ACCEPTED" {
		t.Errorf("the command ended as %+v, %v", command, err)
	}
}
