package pki_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/pki"
)

func rooted(t *testing.T, now time.Time) (root, below *pki.Authority) {
	t.Helper()
	root, err := pki.NewRoot("Root", "Operator", now)
	if err != nil {
		t.Fatal(err)
	}
	if below, err = pki.NewIntermediate("Below", root, now); err != nil {
		t.Fatal(err)
	}
	return root, below
}

func requested(t *testing.T, key any, name string) pki.Request {
	t.Helper()
	r, err := pki.ReadRequest(asked(t, key, name))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Authorities sign and nothing else, those below the root no further ones; each certificate has a number that nobody guesses.
func TestAuthority_CanDoWhatItMust(t *testing.T) {
	t.Parallel()
	now := time.Now()
	root, below := rooted(t, now)
	for name, a := range map[string]*pki.Authority{"the root": root, "the one below": below} {
		c := a.Certificate
		if !c.IsCA || !c.BasicConstraintsValid || c.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign|x509.KeyUsageDigitalSignature || len(c.ExtKeyUsage) != 0 {
			t.Errorf("%s is an authority: %t, for %b and %v", name, c.IsCA, c.KeyUsage, c.ExtKeyUsage)
		}
	}
	if c := below.Certificate; c.MaxPathLen != 0 || !c.MaxPathLenZero {
		t.Errorf("the one below the root may have %d below it", c.MaxPathLen)
	}
	further, err := pki.NewIntermediate("Further", below, now)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := further.Sign(requested(t, newKey(t), "CP1"), pki.Profile{Organization: "Operator", CommonName: "CP1", Lifetime: time.Hour}, now)
	if err != nil {
		t.Fatal(err)
	}
	trust := pki.NewTrust([]*x509.Certificate{root.Certificate}, []*x509.Certificate{below.Certificate}, nil)
	if _, err := trust.Verify([]*x509.Certificate{leaf, further.Certificate}, now); err == nil {
		t.Error("what an authority below the one below the root signed is believed")
	}
	numbers := map[string]bool{}
	for range 200 {
		c, err := below.Sign(requested(t, newKey(t), "CP1"), pki.Profile{Organization: "Operator", CommonName: "CP1", Lifetime: time.Hour}, now)
		if err != nil {
			t.Fatal(err)
		}
		if c.SerialNumber.Sign() <= 0 || len(c.SerialNumber.Bytes()) > 16 {
			t.Fatalf("the number %s is none that a certificate may have", c.SerialNumber)
		}
		numbers[c.SerialNumber.String()] = true
		if c.SerialNumber.Cmp(new(big.Int).Lsh(big.NewInt(1), 64)) < 0 {
			t.Errorf("the number %s could be guessed", c.SerialNumber)
		}
	}
	if len(numbers) != 200 {
		t.Errorf("200 certificates have %d numbers", len(numbers))
	}
}

// A station's certificate holds what we say and never outlives who signed it; who is about to end signs nothing.
func TestAuthority_Sign(t *testing.T) {
	t.Parallel()
	now := time.Now()
	_, below := rooted(t, now)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := pki.Profile{Organization: "Operator", CommonName: "SN-1", Lifetime: 48 * time.Hour, CRL: "http://x/crl", OCSP: "http://x/ocsp"}
	for name, k := range map[string]struct {
		key  any
		uses x509.KeyUsage
	}{"RSA": {key, x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment}, "ECDSA": {newKey(t), x509.KeyUsageDigitalSignature}} {
		c, err := below.Sign(requested(t, k.key, "whatever it says"), p, now)
		if err != nil {
			t.Fatal(err)
		}
		if c.Subject.String() != "CN=SN-1,O=Operator" || c.KeyUsage != k.uses || len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth || c.IsCA || !c.BasicConstraintsValid {
			t.Errorf("%s: it is %s for %b and %v, an authority: %t", name, c.Subject, c.KeyUsage, c.ExtKeyUsage, c.IsCA)
		}
		if c.NotAfter.Sub(now).Round(time.Minute) != 48*time.Hour || now.Sub(c.NotBefore).Round(time.Minute) != time.Hour || c.CRLDistributionPoints[0] != p.CRL || c.OCSPServer[0] != p.OCSP {
			t.Errorf("%s: it counts from %s to %s", name, c.NotBefore, c.NotAfter)
		}
	}
	late := below.Certificate.NotAfter.Add(-time.Hour)
	if c, err := below.Sign(requested(t, newKey(t), "x"), p, late); err != nil || c.NotAfter.After(below.Certificate.NotAfter) {
		t.Errorf("in the last hour of its authority it was signed as %+v, %v", c, err)
	}
	if _, err := below.Sign(requested(t, newKey(t), "x"), p, below.Certificate.NotAfter); !errors.Is(err, pki.ErrAuthorityExpires) {
		t.Errorf("an authority that has ended answered %v", err)
	}
	old, err := pki.NewIntermediate("Late", below, late)
	if err != nil || old.Certificate.NotAfter.After(below.Certificate.NotAfter) {
		t.Errorf("an authority outlives the one above it: %v", err)
	}
}

// A key that isn't its certificate's opens no authority.
func TestOpenAuthority_TakesItsOwnKeyAlone(t *testing.T) {
	t.Parallel()
	root, below := rooted(t, time.Now())
	own, err := root.Key()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pki.OpenAuthority(root.Certificate.Raw, own); err != nil {
		t.Error(err)
	}
	if _, err := pki.OpenAuthority(below.Certificate.Raw, own); err == nil || !strings.Contains(err.Error(), "isn't that of its certificate") {
		t.Errorf("another's key was answered %v", err)
	}
	for what, broken := range map[string][]byte{"nothing": nil, "nonsense": []byte("x"), "half of it": own[:len(own)/2]} {
		if _, err := pki.OpenAuthority(root.Certificate.Raw, broken); err == nil {
			t.Errorf("%s opens an authority", what)
		}
	}
}

// What was signed at one moment is renewed at many.
func TestRenewAt_IsSpread(t *testing.T) {
	t.Parallel()
	now := time.Now()
	_, below := rooted(t, now)
	const life = 365 * 24 * time.Hour
	earliest, latest := 1.0, 0.0
	for range 200 {
		c, err := below.Sign(requested(t, newKey(t), "CP1"), pki.Profile{CommonName: "CP1", Lifetime: life}, now)
		if err != nil {
			t.Fatal(err)
		}
		share := float64(pki.RenewAt(c).Sub(c.NotBefore)) / float64(c.NotAfter.Sub(c.NotBefore))
		earliest, latest = min(earliest, share), max(latest, share)
	}
	if earliest > 0.675 || latest < 0.742 {
		t.Errorf("200 certificates are renewed between %.3f and %.3f of their life", earliest, latest)
	}
}

// Whatever a stranger's certificate calls itself and its issuer, what is said of it can be read.
func TestDistrust_IsShort(t *testing.T) {
	t.Parallel()
	now := time.Now()
	stranger, err := pki.NewRoot(strings.Repeat("é", 20_000), strings.Repeat("x", 20_000), now)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := stranger.Sign(requested(t, newKey(t), "CP1"), pki.Profile{Organization: "x", CommonName: strings.Repeat("\u00e9\n", 20_000), Lifetime: time.Hour}, now)
	if err != nil {
		t.Fatal(err)
	}
	trust := pki.NewTrust(nil, nil, nil)
	for _, c := range []struct {
		chain []*x509.Certificate
		at    time.Time
	}{{[]*x509.Certificate{leaf}, now}, {[]*x509.Certificate{stranger.Certificate}, now}, {[]*x509.Certificate{leaf}, now.Add(2 * time.Hour)}, {[]*x509.Certificate{leaf}, now.Add(-2 * time.Hour)}} {
		if _, err := trust.Verify(c.chain, c.at); err == nil || len(err.Error()) > 1200 || strings.Contains(err.Error(), "\n") {
			t.Errorf("what is said of it has %d characters", len(err.Error()))
		}
	}
}
