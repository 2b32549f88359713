package conformance_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/stationsetting"
	"github.com/busbar-ev/busbar/internal/charging"
)

// The station's own certificate: it is asked to make a request, which somebody signs, and what was signed is delivered.

// ownKey makes the station's key and its request.
func ownKey(t *testing.T) (key *ecdsa.PrivateKey, csr string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: identity}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

// sign signs what the station asked for, as it is kept.
func (c *csms) sign() string {
	c.t.Helper()
	kept, err := c.DB.Ent().StationSetting.Query().Where(stationsetting.StationID(c.station.ID), stationsetting.KindEQ("SIGNING_REQUEST")).Only(c.ctx)
	c.must(err, "load the request")
	var data struct{ CSR string }
	c.must(json.Unmarshal([]byte(kept.Data), &data), "read the request")
	block, _ := pem.Decode([]byte(data.CSR))
	request, err := x509.ParseCertificateRequest(block.Bytes)
	c.must(err, "read the request")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	c.must(err, "make a key")
	root := &x509.Certificate{Subject: pkix.Name{CommonName: "Stations"}}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(9), Subject: request.Subject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, request.PublicKey, key)
	c.must(err, "sign the request")
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// delivers has the signed certificate delivered, and the station answer so.
func (c *csms) delivers(answer, ends string) {
	c.t.Helper()
	chain := c.sign()
	var asked struct{ CertificateChain string }
	c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.DeliverCertificate(ctx, c.station.ID, "CHARGING_STATION", chain, 30)
	}, "CertificateSigned", &asked, status(answer)).ends(ends)
	if asked.CertificateChain != chain {
		c.t.Errorf("the station was sent %q", asked.CertificateChain)
	}
}

// asksToSign triggers the station's request and expects it to be taken.
func (c *csms) asksToSign(extended bool, action, wire string) {
	c.t.Helper()
	_, csr := ownKey(c.t)
	var asked struct{ RequestedMessage string }
	c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.Order(ctx, c.station.ID, charging.TriggerOrder{Message: "SIGN_CHARGING_STATION_CERTIFICATE", Extended: extended}, 30)
	}, action, &asked, status("Accepted")).ends("ACCEPTED")
	if asked.RequestedMessage != wire {
		c.t.Errorf("the station was asked for %s", asked.RequestedMessage)
	}
	var got struct{ Status string }
	c.s.call("SignCertificate", object{"csr": csr}, &got)
	if got.Status != "Accepted" {
		c.t.Fatalf("the request was answered %s", got.Status)
	}
}

func TestTC_074_CSMS_UpdateChargePointCertificate(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.asksToSign(true, "ExtendedTriggerMessage", "SignChargePointCertificate")
	c.delivers("Accepted", "ACCEPTED")
}

func TestTC_A_11_CSMS_UpdateStationCertificate(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.asksToSign(false, "TriggerMessage", "SignChargingStationCertificate")
	c.delivers("Accepted", "ACCEPTED")
}

// The station refuses what was signed, and says so in a security event.
func TestTC_A_14_CSMS_InvalidStationCertificate(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.asksToSign(false, "TriggerMessage", "SignChargingStationCertificate")
	c.delivers("Rejected", "REJECTED")
	c.s.call("SecurityEventNotification", object{"type": "InvalidChargingStationCertificate", "timestamp": stamp(time.Now())}, nil)
	if n := c.logged("SecurityEventNotification"); n != 2 {
		t.Errorf("%d rows of it are in the log", n)
	}
}
