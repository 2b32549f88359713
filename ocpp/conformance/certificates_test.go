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
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/stationsetting"
	"github.com/busbar-ev/busbar/internal/charging"
)

// The certificates that a station trusts. What is known of them follows what it answers.

// authority makes a root that is in force for an hour.
func authority(t *testing.T, name string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, root, root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// trusts expects the certificates that the station is known to have: their uses, and the names of those that came from here.
func (c *csms) trusts(want ...string) []*ent.StationSetting {
	c.t.Helper()
	found, err := c.DB.Ent().StationSetting.Query().Where(stationsetting.StationID(c.station.ID), stationsetting.KindEQ("CERTIFICATE")).All(c.ctx)
	c.must(err, "load the certificates")
	var got []string
	for _, s := range found {
		name, _, _ := strings.Cut(s.Summary, ",")
		got = append(got, strings.TrimSpace(s.Component+" "+name))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		c.t.Fatalf("the station is known to have %q, want %q", got, want)
	}
	return found
}

// hash is how a station names a certificate that it is known to have.
func (c *csms) hash(s *ent.StationSetting) object {
	c.t.Helper()
	var data struct{ HashAlgorithm, IssuerNameHash, IssuerKeyHash, SerialNumber string }
	c.must(json.Unmarshal([]byte(s.Data), &data), "read the certificate")
	return object{"hashAlgorithm": data.HashAlgorithm, "issuerNameHash": data.IssuerNameHash, "issuerKeyHash": data.IssuerKeyHash, "serialNumber": data.SerialNumber}
}

// install has the station trust a root and answer so.
func (c *csms) install(use, wire, answer string) *pending {
	c.t.Helper()
	root := authority(c.t, "Root of "+use)
	var asked struct{ CertificateType, Certificate string }
	p := c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.InstallCertificate(ctx, c.station.ID, use, root, 30)
	},
		"InstallCertificate", &asked, status(answer))
	if asked.CertificateType != wire || asked.Certificate != root {
		c.t.Errorf("the station was asked %+v", asked)
	}
	return p
}

// installed asks for the certificates of some uses, and has the station answer so.
func (c *csms) installed(uses, wire []string, answer object) *ent.Command {
	c.t.Helper()
	var asked struct{ CertificateType json.RawMessage }
	p := c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.InstalledCertificates(ctx, c.station.ID, uses, 30)
	},
		"GetInstalledCertificateIds", &asked, answer)
	var one string
	var several []string
	if json.Unmarshal(asked.CertificateType, &one) == nil && one != "" {
		several = []string{one}
	} else if asked.CertificateType != nil {
		c.must(json.Unmarshal(asked.CertificateType, &several), "read the uses")
	}
	if !slices.Equal(several, wire) {
		c.t.Errorf("asked for %q, not %q", several, wire)
	}
	return p.ends("ACCEPTED")
}

// deletes has the station trust a certificate no more, and answer so.
func (c *csms) deletes(hash object, answer string) *pending {
	c.t.Helper()
	text := func(name string) string { s, _ := hash[name].(string); return s }
	of := charging.CertificateHash{
		HashAlgorithm: text("hashAlgorithm"), IssuerNameHash: text("issuerNameHash"), IssuerKeyHash: text("issuerKeyHash"), SerialNumber: text("serialNumber"),
	}
	var asked struct {
		CertificateHashData struct{ HashAlgorithm, IssuerNameHash, IssuerKeyHash, SerialNumber string }
	}
	p := c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.DeleteCertificate(ctx, c.station.ID, of, true, 30)
	},
		"DeleteCertificate", &asked, status(answer))
	if charging.CertificateHash(asked.CertificateHashData) != of {
		c.t.Errorf("the station was asked %+v", asked)
	}
	return p
}

func TestTC_075_1_CSMS_InstallManufacturerRoot(t *testing.T) {
	t.Parallel()
	install16(t, "MANUFACTURER_ROOT", "ManufacturerRootCertificate")
}

func TestTC_075_2_CSMS_InstallCentralSystemRoot(t *testing.T) {
	t.Parallel()
	install16(t, "CSMS_ROOT", "CentralSystemRootCertificate")
}

func install16(t *testing.T, use, wire string) {
	t.Helper()
	c := open16(t)
	c.install(use, wire, "Accepted").ends("ACCEPTED")
	known := use + " Root of " + use
	hash := c.hash(c.trusts(known)[0])
	c.says(c.installed([]string{use}, []string{wire}, object{"status": "Accepted", "certificateHashData": []object{hash}}), `"use":"`+use+`"`)
	c.trusts(known)
}

// A certificate that nobody installed from here is known by its hash alone.
var hashData = object{"hashAlgorithm": "SHA256", "issuerNameHash": "aa01", "issuerKeyHash": "bb02", "serialNumber": "01"}

func TestTC_076_CSMS_DeleteCertificate(t *testing.T) {
	t.Parallel()
	c := open16(t)
	// The last root of ours would take two people.
	uses, wire := []string{"MANUFACTURER_ROOT"}, []string{"ManufacturerRootCertificate"}
	c.installed(uses, wire, object{"status": "Accepted", "certificateHashData": []object{hashData}})
	c.trusts("MANUFACTURER_ROOT")
	c.deletes(hashData, "Accepted").ends("ACCEPTED")
	c.trusts()
	c.installed(uses, wire, status("NotFound"))
	c.trusts()
}

func TestTC_M_01_CSMS_InstallCSMSRoot(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.install("CSMS_ROOT", "CSMSRootCertificate", "Accepted").ends("ACCEPTED")
	c.trusts("CSMS_ROOT Root of CSMS_ROOT")
}

func TestTC_M_02_CSMS_InstallManufacturerRoot(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.install("MANUFACTURER_ROOT", "ManufacturerRootCertificate", "Accepted").ends("ACCEPTED")
	c.trusts("MANUFACTURER_ROOT Root of MANUFACTURER_ROOT")
}

func TestTC_M_05_CSMS_InstallFailed(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.install("CSMS_ROOT", "CSMSRootCertificate", "Failed").endsFor("REJECTED", "couldn't store it")
	c.trusts()
}

// chain is a certificate as a station of 2.0.1 lists it.
func chain(kind string) object {
	return object{"certificateType": kind, "certificateHashData": hashData}
}

func TestTC_M_13_CSMS_ListManufacturerRoots(t *testing.T) {
	t.Parallel()
	c := open201(t)
	got := c.installed([]string{"MANUFACTURER_ROOT"}, []string{"ManufacturerRootCertificate"},
		object{"status": "Accepted", "certificateHashDataChain": []object{chain("ManufacturerRootCertificate")}})
	c.says(got, `"use":"MANUFACTURER_ROOT"`, `"serialNumber":"01"`)
	c.trusts("MANUFACTURER_ROOT")
}

func TestTC_M_18_CSMS_ListAllCertificates(t *testing.T) {
	t.Parallel()
	c := open201(t)
	got := c.installed(nil, nil, object{"status": "Accepted", "certificateHashDataChain": []object{chain("ManufacturerRootCertificate"), chain("CSMSRootCertificate")}})
	c.says(got, `"use":"MANUFACTURER_ROOT"`, `"use":"CSMS_ROOT"`)
	c.trusts("CSMS_ROOT", "MANUFACTURER_ROOT")
}

func TestTC_M_19_CSMS_ListNoCertificates(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.install("CSMS_ROOT", "CSMSRootCertificate", "Accepted").ends("ACCEPTED")
	c.installed([]string{"CSMS_ROOT"}, []string{"CSMSRootCertificate"}, status("NotFound"))
	c.trusts()
}

func TestTC_M_20_CSMS_DeleteCertificate(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.install("MANUFACTURER_ROOT", "ManufacturerRootCertificate", "Accepted").ends("ACCEPTED")
	c.deletes(c.hash(c.trusts("MANUFACTURER_ROOT Root of MANUFACTURER_ROOT")[0]), "Accepted").ends("ACCEPTED")
	c.trusts()
}

func TestTC_M_21_CSMS_DeleteCertificateFailed(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.install("MANUFACTURER_ROOT", "ManufacturerRootCertificate", "Accepted").ends("ACCEPTED")
	known := c.trusts("MANUFACTURER_ROOT Root of MANUFACTURER_ROOT")
	c.deletes(c.hash(known[0]), "Failed").endsFor("REJECTED", "It keeps it")
	c.trusts("MANUFACTURER_ROOT Root of MANUFACTURER_ROOT")
}
