package pki_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/busbar-ev/busbar/internal/pki"
)

func asked(t *testing.T, key any, name string, extensions ...pkix.Extension) string {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: name}, ExtraExtensions: extensions}, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// What no authority may sign is refused, and says why: security case 48.
func TestSec048_ReadRequest(t *testing.T) {
	t.Parallel()
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	good := asked(t, newKey(t), "CP1")
	changed := []byte(good)
	block, _ := pem.Decode(changed)
	block.Bytes[len(block.Bytes)-1] ^= 1
	for what, c := range map[string]struct{ text, says string }{
		"an elliptic curve": {good, ""}, "RSA": {asked(t, strong, "CP1"), ""},
		"a weak key":                 {asked(t, weak, "CP1"), "1024 bits"},
		"an authority's":             {asked(t, newKey(t), "CP1", pkix.Extension{Id: []int{2, 5, 29, 19}, Critical: true, Value: []byte{0x30, 3, 1, 1, 0xff}}), "could sign others"},
		"an authority's with length": {asked(t, newKey(t), "CP1", pkix.Extension{Id: []int{2, 5, 29, 19}, Value: []byte{0x30, 6, 1, 1, 0xff, 2, 1, 0}}), "could sign others"},
		"one that was changed":       {string(pem.EncodeToMemory(block)), "isn't signed with its own key"},
		"a long one":                 {good + strings.Repeat(" ", pki.LongestRequest), "OCPP allows 5500"},
		"nonsense":                   {"x", "isn't a certificate request"},
	} {
		_, err := pki.ReadRequest(c.text)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s was answered %v", what, err)
		}
	}
}

// A certificate is believed under its own tenant's root, in its time and for its use alone.
func TestTrust_Verify(t *testing.T) {
	t.Parallel()
	now := time.Now()
	root, err := pki.NewRoot("Root", "Operator", now)
	if err != nil {
		t.Fatal(err)
	}
	below, err := pki.NewIntermediate("Below", root, now)
	if err != nil {
		t.Fatal(err)
	}
	maker, err := pki.NewRoot("Maker", "Maker", now)
	if err != nil {
		t.Fatal(err)
	}
	key := newKey(t)
	request, err := pki.ReadRequest(asked(t, key, "CP1"))
	if err != nil {
		t.Fatal(err)
	}
	by := func(a *pki.Authority) *x509.Certificate {
		c, err := a.Sign(request, pki.Profile{Organization: "Operator", CommonName: "CP1", Lifetime: 24 * time.Hour}, now)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	server, err := below.SignServer(key.Public(), pki.NamesOf("CP1", "127.0.0.1"), time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	trust := pki.NewTrust([]*x509.Certificate{root.Certificate}, []*x509.Certificate{below.Certificate}, nil)
	makers := pki.NewTrust([]*x509.Certificate{root.Certificate}, nil, []*x509.Certificate{maker.Certificate})
	for what, c := range map[string]struct {
		trust  *pki.Trust
		chain  []*x509.Certificate
		at     time.Time
		origin pki.Origin
		reason pki.Reason
	}{
		"ours":                         {trust, []*x509.Certificate{by(below)}, now, pki.Ours, ""},
		"ours with its chain":          {makers, []*x509.Certificate{by(below), below.Certificate}, now, pki.Ours, ""},
		"ours without its chain":       {makers, []*x509.Certificate{by(below)}, now, "", pki.UnknownAuthority},
		"a maker's":                    {makers, []*x509.Certificate{by(maker)}, now, pki.Factory, ""},
		"a maker's that isn't trusted": {trust, []*x509.Certificate{by(maker)}, now, "", pki.UnknownAuthority},
		"a stranger's with its root":   {trust, []*x509.Certificate{by(maker), maker.Certificate}, now, "", pki.UnknownAuthority},
		"ours after its end":           {trust, []*x509.Certificate{by(below)}, now.Add(25 * time.Hour), pki.Ours, pki.Expired},
		"a stranger's after its end":   {trust, []*x509.Certificate{by(maker)}, now.Add(25 * time.Hour), "", pki.Expired},
		"ours before its time":         {trust, []*x509.Certificate{by(below)}, now.Add(-25 * time.Hour), "", pki.NotYetValid},
		"a server's":                   {trust, []*x509.Certificate{server}, now, "", pki.WrongUse},
		"an authority's":               {trust, []*x509.Certificate{below.Certificate}, now, "", pki.WrongUse},
		"nothing":                      {trust, nil, now, "", pki.Unusable},
	} {
		origin, err := c.trust.Verify(c.chain, c.at)
		var d *pki.Distrust
		if errors.As(err, &d); origin != c.origin || (d == nil) != (c.reason == "") || d != nil && d.Reason != c.reason {
			t.Errorf("%s is %q, %v; want %q, %q", what, origin, err, c.origin, c.reason)
		}
	}
}

// A certificate is renewed between two thirds and three quarters of its life, always at the same moment.
func TestProperty_RenewAt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		begin := time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "begin"), 0)
		life := time.Duration(rapid.Int64Range(int64(24*time.Hour), int64(3650*24*time.Hour)).Draw(t, "life"))
		c := &x509.Certificate{NotBefore: begin, NotAfter: begin.Add(life), Raw: rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "raw")}
		at := pki.RenewAt(c)
		if share := float64(at.Sub(begin)) / float64(life); share < 2.0/3-1e-9 || share > 0.75+1e-9 {
			t.Fatalf("it is renewed at %.4f of its life", share)
		}
		if !pki.RenewAt(c).Equal(at) {
			t.Fatal("it has two moments")
		}
	})
}
