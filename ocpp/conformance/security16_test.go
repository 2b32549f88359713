package conformance_test

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

// The station is given another password and uses it from then on (security whitepaper, A01).
func TestTC_073_CSMS_UpdatePassword(t *testing.T) {
	t.Parallel()
	c := open16(t)
	const another = "fedcba9876543210fedcba9876543210fedcba98"
	_, _, err := c.Charging.RotatePassword(c.ctx, c.station.ID, another)
	c.must(err, "give the station another password")
	p := c.order(charging.ChangeConfigurationOrder{Key: "AuthorizationKey", Value: another})
	var asked struct{ Key, Value string }
	call := c.s.expect("ChangeConfiguration", &asked)
	if asked.Key != "AuthorizationKey" || asked.Value != another {
		t.Errorf("asked to change %+v", asked)
	}
	call.answer(accepted)
	p.ends("ACCEPTED")
	c.s.hangUp()
	c.s = newStation(t)
	if _, refusal := c.s.connect("1.6", c.endpoint(), identity, another); refusal != "" {
		t.Fatalf("with its new password the station is refused with %s", refusal)
	}
	c.boot16()
	if _, refusal := newStation(t).connect("1.6", c.endpoint(), identity, worldtest.Password); refusal != "401" {
		t.Errorf("the old password is answered %q", refusal)
	}
}

func TestTC_077_CSMS_InvalidChargePointCertificateEvent(t *testing.T) {
	t.Parallel()
	securityEvent(t, "InvalidChargePointCertificate")
}

func TestTC_078_CSMS_InvalidCentralSystemCertificateEvent(t *testing.T) {
	t.Parallel()
	securityEvent(t, "InvalidCentralSystemCertificate")
}

func securityEvent(t *testing.T, kind string) {
	t.Helper()
	c := open16(t)
	c.s.call("SecurityEventNotification", object{"type": kind, "timestamp": stamp(time.Now()), "techInfo": "what was found"}, nil)
	if n := c.logged("SecurityEventNotification"); n != 2 {
		t.Errorf("%d rows of it are in the log", n)
	}
}

// The station is told to move to security profile 2 and comes back over TLS (security whitepaper, A05).
func TestTC_083_CSMS_UpgradeSecurityProfile(t *testing.T) {
	t.Parallel()
	c := open16(t)
	p := c.order(charging.ChangeConfigurationOrder{Key: "SecurityProfile", Value: "2"})
	c.s.expect("ChangeConfiguration", nil).answer(accepted)
	p.ends("ACCEPTED")
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	endpoint, ca := c.overTLS()
	c.s = newStation(t)
	c.s.ca = ca
	if _, refusal := c.s.connect("1.6", endpoint, identity, worldtest.Password); refusal != "" {
		t.Fatalf("over TLS the station is refused with %s", refusal)
	}
	if got := c.boot16(); got.Status != "Accepted" {
		t.Errorf("the boot was answered %+v", got)
	}
	if got := c.state().ConnectionProfile; got != 2 {
		t.Errorf("the connection counts as profile %d", got)
	}
}

// overTLS offers the stations' endpoint over TLS as well.
func (c *csms) overTLS() (endpoint, ca string) {
	c.t.Helper()
	server := httptest.NewUnstartedServer(c.Stations)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.StartTLS()
	c.t.Cleanup(server.Close)
	ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	return server.URL + "/ocpp/" + c.A.Slug, ca
}

func TestTC_085_CSMS_BasicAuthentication(t *testing.T) {
	t.Parallel()
	c := connected(t, "1.6")
	if got := c.boot16(); got.Status != "Accepted" {
		t.Errorf("the boot was answered %+v", got)
	}
	c.onboard16()
	if got := c.state(); got.CredentialVerifiedAt == nil {
		t.Error("the credential isn't known as verified")
	}
}

func TestTC_086_CSMS_TLSServerCertificate(t *testing.T) {
	t.Parallel()
	c := bare(t)
	endpoint, ca := c.overTLS()
	c.s = newStation(t)
	c.s.ca = ca
	if _, refusal := c.s.connect("1.6", endpoint, identity, worldtest.Password); refusal != "" {
		t.Fatalf("over TLS the station is refused with %s", refusal)
	}
	if got := c.boot16(); got.Status != "Accepted" {
		t.Errorf("the boot was answered %+v", got)
	}
	if got := c.state(); !got.Online || got.ConnectionProfile != 2 {
		t.Errorf("the station is online: %v, with profile %d", got.Online, got.ConnectionProfile)
	}
}

// The library validates no made-up versions, so the client of the world asks.
func TestTC_088_CSMS_SubprotocolNegotiation(t *testing.T) {
	t.Parallel()
	c := bare(t)
	path := "/ocpp/" + c.A.Slug + "/" + identity
	// Nothing in common: the handshake is completed without a version, and the socket is closed (OCPP-J 1.6 §3.2).
	s, _, err := c.Dial(path, identity, worldtest.Password, "ocpp0.1")
	c.must(err, "connect with a version that nobody speaks")
	<-s.Closed
	if got := c.state(); got.Online {
		t.Error("a station without a common version counts as online")
	}
	s, _, err = c.Dial(path, identity, worldtest.Password, "ocpp0.1", "ocpp1.6")
	c.must(err, "connect with two versions on offer")
	worldtest.Do[object](s, "Heartbeat", object{})
	if got := c.state(); !got.Online || got.ConnectionVersion != "1.6" {
		t.Errorf("the station is online: %v, and speaks %q", got.Online, got.ConnectionVersion)
	}
	s.Hang()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
}
