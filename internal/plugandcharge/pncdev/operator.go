// Package pncdev plays an operator of Plug and Charge, for development and for tests: it has the authorities of ISO 15118, hands out
// contracts, signs what stations show cars, and answers whether certificates still count.
//
//	V2G root ─> CPO sub-CA 1 ─> CPO sub-CA 2 ─> certificates of stations     POST /v1/station-certificates
//	MO root ──> MO sub-CA 1 ──> MO sub-CA 2 ──> contracts of cars            Contract
//	                                                └─ good, revoked, unknown POST /ocsp/{authority}
//	car's request ─> an answer that names the request by its hash            POST /v1/contracts
//
// EXI is neither read nor written: the answer to a car is bytes that name the request, the action and a number, signed, so that a test can tell
// which request it answers. No car can use it. Keys lie unsealed in memory, or in a file, and nobody may trust them outside of development.
package pncdev

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/plugandcharge"
)

// Authority is one of the operator's, with its key.
type Authority struct {
	Certificate *x509.Certificate
	Key         *ecdsa.PrivateKey
}

// Operator plays an operator. It may be used concurrently.
type Operator struct {
	// Token is what it wants to see.
	Token string

	authorities map[string]*Authority

	mu       sync.Mutex
	url      string
	standing map[string]int
	replies  map[string]any
	made     map[string]int
	fault    func(path string) Fault
}

// Fault is how the operator misbehaves at its next answer.
type Fault string

// The faults. After CutOff what was asked is done, and the answer is lost.
const (
	None    Fault = ""
	Down    Fault = "DOWN"
	Slow    Fault = "SLOW"
	Garbage Fault = "GARBAGE"
	Refuses Fault = "REFUSES"
	CutOff  Fault = "CUT_OFF"
	Stale   Fault = "STALE"
	Forged  Fault = "FORGED"
	// Sibling signs an answer about a contract with the key of another contract of the same issuer.
	Sibling Fault = "SIBLING"
	// Long answers a car with more than OCPP 2.0.1 has room for.
	Long Fault = "LONG"
	// Redirects sends whoever asks elsewhere.
	Redirects Fault = "REDIRECTS"
)

// The authorities, by the names under which they answer.
const (
	V2GRoot, CPO1, CPO2 = "v2g-root", "cpo-1", "cpo-2"
	MORoot, MO1, MO2    = "mo-root", "mo-1", "mo-2"
)

// ladder is who signs whom, from the top.
var ladder = []struct{ name, above, title string }{
	{V2GRoot, "", "Development V2G Root"}, {CPO1, V2GRoot, "Development CPO Sub-CA 1"}, {CPO2, CPO1, "Development CPO Sub-CA 2"},
	{MORoot, "", "Development MO Root"}, {MO1, MORoot, "Development MO Sub-CA 1"}, {MO2, MO1, "Development MO Sub-CA 2"},
}

// New makes an operator that answers at the URL, with keys of its own.
func New(url, token string) (*Operator, error) {
	o := &Operator{Token: token, url: strings.TrimSuffix(url, "/"), authorities: map[string]*Authority{}, standing: map[string]int{}, replies: map[string]any{}, made: map[string]int{}}
	for _, step := range ladder {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("make the key of %s: %w", step.title, err)
		}
		c := &x509.Certificate{
			SerialNumber: serial(), Subject: pkix.Name{CommonName: step.title, Organization: []string{"Busbar development"}}, NotBefore: time.Now().Add(-48 * time.Hour),
			NotAfter: time.Now().AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
		}
		above := &Authority{c, key}
		if step.above != "" {
			above = o.authorities[step.above]
			c.OCSPServer = []string{o.responder(step.above)}
		}
		made, err := sign(c, above, &key.PublicKey)
		if err != nil {
			return nil, fmt.Errorf("make %s: %w", step.title, err)
		}
		o.authorities[step.name] = &Authority{made, key}
	}
	return o, nil
}

// Open makes an operator whose authorities outlive the process, in a file.
func Open(file, url, token string) (*Operator, error) {
	type kept struct{ Certificate, Key []byte }
	o, err := New(url, token)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		all := map[string]kept{}
		for name, a := range o.authorities {
			key, err := x509.MarshalECPrivateKey(a.Key)
			if err != nil {
				return nil, fmt.Errorf("write the key of %s: %w", name, err)
			}
			all[name] = kept{a.Certificate.Raw, key}
		}
		if content, err = json.Marshal(all); err == nil {
			err = os.WriteFile(file, content, 0o600)
		}
		if err != nil {
			return nil, fmt.Errorf("keep the authorities of the development operator: %w", err)
		}
		return o, nil
	}
	all := map[string]kept{}
	if err == nil {
		err = json.Unmarshal(content, &all)
	}
	for name, k := range all {
		if err != nil {
			break
		}
		a := &Authority{}
		if a.Certificate, err = x509.ParseCertificate(k.Certificate); err == nil {
			a.Key, err = x509.ParseECPrivateKey(k.Key)
		}
		o.authorities[name] = a
	}
	if err != nil {
		return nil, fmt.Errorf("read the authorities of the development operator from %s: %w", file, err)
	}
	return o, nil
}

func serial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	b[0] = b[0]&0x7f | 1
	return new(big.Int).SetBytes(b)
}

func sign(c *x509.Certificate, by *Authority, key any) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, c, by.Certificate, key, by.Key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func (o *Operator) responder(authority string) string { return o.url + "/ocsp/" + authority }

// Root gives one of the authorities' certificates, by its name.
func (o *Operator) Root(name string) *x509.Certificate { return o.authorities[name].Certificate }

// Contract makes the contract certificate of an eMAID, with those above it but the root.
func (o *Operator) Contract(emaid string, from, until time.Time) ([]*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make the key of a contract: %w", err)
	}
	c, err := sign(&x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: emaid, Organization: []string{"Busbar development"}}, NotBefore: from, NotAfter: until,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyAgreement, OCSPServer: []string{o.responder(MO2)},
	}, o.authorities[MO2], &key.PublicKey)
	if err != nil {
		return nil, nil, fmt.Errorf("make a contract: %w", err)
	}
	return []*x509.Certificate{c, o.Root(MO2), o.Root(MO1)}, key, nil
}

// SetStanding has the responder say of a certificate that it is ocsp.Good, ocsp.Revoked or ocsp.Unknown. Without it it is good.
func (o *Operator) SetStanding(c *x509.Certificate, status int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.standing[pki.SerialNumber(c)] = status
}

// Misbehave sets how answers go wrong, by their path; nil ends it.
func (o *Operator) Misbehave(how func(path string) Fault) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fault = how
}

// Made counts what was done at a path; repeats of one request count once.
func (o *Operator) Made(path string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.made[path]
}

// contract answers a car. The same request with another key gets another number.
func (o *Operator) contract(q plugandcharge.ContractQuestion) (any, error) {
	request, err := base64.StdEncoding.DecodeString(q.EXIRequest)
	if err != nil {
		return plugandcharge.ContractReply{Status: plugandcharge.StatusRefused, Message: "exiRequest is no base64"}, nil
	}
	sum := sha256.Sum256(request)
	var filling string
	if how := o.fault; how != nil && how(plugandcharge.ContractsPath) == Long {
		filling = strings.Repeat("long ", 1000)
	}
	text := filling + fmt.Sprintf("development answer %d to %s %s", o.made[plugandcharge.ContractsPath], q.Action, hex.EncodeToString(sum[:]))
	digest := sha256.Sum256([]byte(text))
	signature, err := ecdsa.SignASN1(rand.Reader, o.authorities[MO2].Key, digest[:])
	if err != nil {
		return nil, fmt.Errorf("sign the answer to a car: %w", err)
	}
	var left *int64
	if q.MaximumChains > 0 {
		left = new(int64)
	}
	return plugandcharge.ContractReply{
		Status: plugandcharge.StatusAccepted, EXIResponse: base64.StdEncoding.EncodeToString([]byte(text + " " + hex.EncodeToString(signature))), RemainingContracts: left,
	}, nil
}

// Answers reports whether an EXI answer is the operator's for a car's request, both in base64.
func (o *Operator) Answers(response, request string) bool {
	answer, err := base64.StdEncoding.DecodeString(response)
	asked, err2 := base64.StdEncoding.DecodeString(request)
	i := strings.LastIndexByte(string(answer), ' ')
	if err != nil || err2 != nil || i < 0 {
		return false
	}
	signature, err := hex.DecodeString(string(answer[i+1:]))
	digest, sum := sha256.Sum256(answer[:i]), sha256.Sum256(asked)
	return err == nil && ecdsa.VerifyASN1(&o.authorities[MO2].Key.PublicKey, digest[:], signature) && strings.HasSuffix(string(answer[:i]), hex.EncodeToString(sum[:]))
}

// station signs what a station shows cars.
func (o *Operator) station(q plugandcharge.CertificateQuestion) (any, error) {
	request, err := pki.ReadRequest(q.CSR)
	if err != nil {
		return plugandcharge.CertificateReply{Status: plugandcharge.StatusRefused, Message: err.Error()}, nil
	}
	c, err := sign(&x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: request.Subject.CommonName, Organization: []string{"Busbar development"}, ExtraNames: []pkix.AttributeTypeAndValue{{
			Type: []int{0, 9, 2342, 19200300, 100, 1, 25}, Value: "CPO", // the domain component that ISO 15118-2, annex F, wants
		}}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 2, 0), BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyAgreement,
		OCSPServer: []string{o.responder(CPO2)},
	}, o.authorities[CPO2], request.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("sign for a station: %w", err)
	}
	return plugandcharge.CertificateReply{Status: plugandcharge.StatusAccepted, Chain: pki.WritePEM(c, o.Root(CPO2), o.Root(CPO1))}, nil
}

// list is what an authority says of its revoked certificates.
func (o *Operator) list(a *Authority) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour)}
	for number, status := range o.standing {
		n, ok := new(big.Int).SetString(number, 16)
		if ok && status == ocsp.Revoked {
			list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: time.Now().Add(-time.Hour)})
		}
	}
	return x509.CreateRevocationList(rand.Reader, list, a.Certificate, a.Key)
}

// ask answers for a certificate, as an authority. A forged answer is signed by somebody else.
func (o *Operator) ask(a *Authority, request *ocsp.Request, how Fault) ([]byte, error) {
	o.mu.Lock()
	status := o.standing[request.SerialNumber.Text(16)]
	o.mu.Unlock()
	now := time.Now()
	template := ocsp.Response{SerialNumber: request.SerialNumber, Status: status, ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(time.Hour), IssuerHash: request.HashAlgorithm}
	if status == ocsp.Revoked {
		template.RevokedAt, template.RevocationReason = now.Add(-time.Hour), ocsp.KeyCompromise
	}
	responder, key := a.Certificate, a.Key
	switch how {
	case Stale:
		template.ThisUpdate, template.NextUpdate = now.Add(-48*time.Hour), now.Add(-24*time.Hour)
	case Forged:
		stranger, err := New("", "")
		if err != nil {
			return nil, err
		}
		template.Status, key = ocsp.Good, stranger.authorities[V2GRoot].Key
	case Sibling:
		chain, other, err := o.Contract("DEOTHC00000001", now.Add(-time.Hour), now.Add(time.Hour))
		if err != nil {
			return nil, err
		}
		template.Status, template.Certificate, responder, key = ocsp.Good, chain[0], chain[0], other
	}
	return ocsp.CreateResponse(a.Certificate, responder, template, key)
}
