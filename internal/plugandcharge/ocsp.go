package plugandcharge

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
)

const (
	// longestAnswer is what OCPP 2.1 can pass on: 18,000 characters of base64.
	longestAnswer = 13_500
	// mostURLs are asked one after the other until one answers.
	mostURLs = 4
	// skew is how far clocks of responders may be off.
	skew = 5 * time.Minute
	// undated is how long an answer counts that doesn't say when the next one comes.
	undated = time.Hour
)

// CertificateStatus gives the responder's answer on one certificate, as it came. Where its issuer is known the signature is verified.
func (s *Service) CertificateStatus(ctx context.Context, station journal.Origin, c charging.CertificateID) (string, error) {
	der, _, err := s.ask(ctx, station, c)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(der), nil
}

// ChainStatus gives the standing of each certificate of a chain. They are asked for side by side; what can't be asked is told of that
// certificate alone.
func (s *Service) ChainStatus(ctx context.Context, station journal.Origin, chain []charging.CertificateID) ([]charging.CertificateStanding, error) {
	standings := make([]charging.CertificateStanding, len(chain))
	failures := make([]error, len(chain))
	var wg sync.WaitGroup
	for i, c := range chain {
		wg.Go(func() { standings[i], failures[i] = s.standing(ctx, station, c) })
	}
	wg.Wait()
	for i, err := range failures {
		if err == nil {
			continue
		}
		f := fault.Of(err)
		if f == nil {
			return nil, err
		}
		standings[i] = charging.CertificateStanding{Status: charging.StandingFailed, NextUpdate: s.now().Add(undated), Why: f.Message}
	}
	return standings, nil
}

func (s *Service) standing(ctx context.Context, station journal.Origin, c charging.CertificateID) (charging.CertificateStanding, error) {
	if c.Source == "CRL" {
		return s.listed(ctx, c)
	}
	_, r, err := s.ask(ctx, station, c)
	if err != nil {
		return charging.CertificateStanding{}, err
	}
	status := map[int]string{ocsp.Good: charging.StandingGood, ocsp.Revoked: charging.StandingRevoked}[r.Status]
	if status == "" {
		status = charging.StandingUnknown
	}
	return charging.CertificateStanding{Status: status, NextUpdate: s.next(r)}, nil
}

// next is when a responder is asked again.
func (s *Service) next(r *ocsp.Response) time.Time {
	if r.NextUpdate.IsZero() {
		return s.now().Add(undated)
	}
	return r.NextUpdate
}

// question is a certificate as OCSP names it.
func question(c charging.CertificateID) (request []byte, serial *big.Int, err error) {
	algorithm, known := pki.HashAlgorithms[c.HashAlgorithm]
	name, nameErr := hex.DecodeString(c.IssuerNameHash)
	key, keyErr := hex.DecodeString(c.IssuerKeyHash)
	serial, number := new(big.Int).SetString(c.SerialNumber, 16)
	if !known || nameErr != nil || keyErr != nil || !number || serial.Sign() < 0 || len(name) != algorithm.Size() || len(key) != algorithm.Size() {
		return nil, nil, fault.New(fault.Invalid, "The station names a certificate by hashes that can't be: each is %s in hex, and the serial number is in hex.", fault.Printable(c.HashAlgorithm))
	}
	request, err = (&ocsp.Request{HashAlgorithm: algorithm, IssuerNameHash: name, IssuerKeyHash: key, SerialNumber: serial}).Marshal()
	if err != nil {
		return nil, nil, fmt.Errorf("write the question about a certificate: %w", err)
	}
	return request, serial, nil
}

// ask gives a responder's answer that counts now: one that is kept, or a fresh one. Errors that aren't faults are ours.
func (s *Service) ask(ctx context.Context, station journal.Origin, c charging.CertificateID) ([]byte, *ocsp.Response, error) {
	request, serial, err := question(c)
	if err != nil {
		return nil, nil, err
	}
	failure := error(fault.New(fault.Unavailable, "The station names no responder to be asked about the certificate."))
	for _, text := range c.URLs[:min(len(c.URLs), mostURLs)] {
		// A tenant's stations may name a responder of their own, so what it says is kept for that tenant alone.
		key := station.Tenant.String() + " " + text + " " + string(request)
		if der := s.answers.get(key, s.now()); der != nil {
			if r, err := s.check(der, serial, c.Issuer); err == nil {
				return der, r, nil
			}
		}
		der, err := s.fetch(ctx, http.MethodPost, text, "application/ocsp-request", request, longestAnswer)
		if err != nil {
			failure = err
			continue
		}
		r, err := s.check(der, serial, c.Issuer)
		if err != nil {
			failure = err
			continue
		}
		s.answers.put(key, der, r.NextUpdate, s.now())
		return der, r, nil
	}
	return nil, nil, failure
}

// check reads a responder's answer: it is about the certificate, counts now, and is signed by the issuer or by whom that named for it.
func (s *Service) check(der []byte, serial *big.Int, issuer *x509.Certificate) (*ocsp.Response, error) {
	r, err := ocsp.ParseResponseForCert(der, &x509.Certificate{SerialNumber: serial}, issuer)
	var refused ocsp.ResponseError
	now := s.now()
	switch {
	case errors.As(err, &refused):
		return nil, fault.New(fault.Unavailable, "The responder gives no answer about the certificate: %s.", refused.Status)
	case err != nil:
		return nil, fault.New(fault.Unavailable, "The responder's answer about the certificate can't be used: it can't be read, is about another one, or isn't signed by its issuer.").Because(err)
	case r.ThisUpdate.After(now.Add(skew)):
		return nil, fault.New(fault.Unavailable, "The responder's answer is dated %s, which is yet to come: its clock or ours is wrong.", r.ThisUpdate.UTC().Format(time.DateTime))
	case !r.NextUpdate.IsZero() && now.After(r.NextUpdate), r.NextUpdate.IsZero() && now.After(r.ThisUpdate.Add(24*time.Hour)):
		return nil, fault.New(fault.Unavailable, "The responder's answer is out of date: it counted for the time after %s.", r.ThisUpdate.UTC().Format(time.DateTime))
	}
	// The library takes whatever the issuer signed, so also a contract of the same issuer, for a responder: RFC 6960 §4.2.2.2 wants it named one.
	if d := r.Certificate; issuer != nil && d != nil && !d.Equal(issuer) &&
		(!slices.Contains(d.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) || now.After(d.NotAfter) || now.Before(d.NotBefore.Add(-skew))) {
		return nil, fault.New(fault.Unavailable, "The responder's answer is signed with a certificate that isn't for that: it doesn't count.")
	}
	return r, nil
}

// fetch asks a URL that a station names, for an answer of a bounded length.
func (s *Service) fetch(ctx context.Context, method, text, kind string, body []byte, longest int64) ([]byte, error) {
	u, err := asked(text)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fault.New(fault.Unavailable, "The station names %q as the responder, which can't be asked.", fault.Printable(text)).Because(err)
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	who := "The responder " + fault.Printable(u.Host)
	response, err := s.strangers.Do(request)
	if err != nil {
		return nil, unreachable(who, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fault.New(fault.Unavailable, "%s answers %d instead of what is known of the certificate.", who, response.StatusCode)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, longest+1))
	switch {
	case err != nil:
		return nil, unreachable(who, err)
	case int64(len(content)) > longest:
		return nil, fault.New(fault.Unavailable, "%s answers with more than %d bytes, which nobody could be told.", who, longest)
	}
	return content, nil
}

// longestList bounds a list of revoked certificates.
const longestList = 4 << 20

// listed looks a certificate up in the list of those that count no more. A list is judged here and passed on to nobody, so it counts only
// where its issuer is known.
func (s *Service) listed(ctx context.Context, c charging.CertificateID) (standing charging.CertificateStanding, err error) {
	_, serial, err := question(c)
	if err != nil {
		return standing, err
	}
	if c.Issuer == nil {
		return standing, fault.New(fault.Unavailable, "Who signed the certificate isn't among the authorities that the tenant believes, so a list of it can't be verified: add it.")
	}
	failure := error(fault.New(fault.Unavailable, "The station names no list to look the certificate up in."))
	for _, text := range c.URLs[:min(len(c.URLs), mostURLs)] {
		content, err := s.fetch(ctx, http.MethodGet, text, "", nil, longestList)
		if err != nil {
			failure = err
			continue
		}
		list, err := x509.ParseRevocationList(content)
		if err == nil {
			err = list.CheckSignatureFrom(c.Issuer)
		}
		if err != nil {
			failure = fault.New(fault.Unavailable, "The list of revoked certificates can't be read, or isn't signed by the certificate's issuer.").Because(err)
			continue
		}
		if list.NextUpdate.IsZero() || s.now().After(list.NextUpdate) || list.ThisUpdate.After(s.now().Add(skew)) {
			failure = fault.New(fault.Unavailable, "The list of revoked certificates is out of date.")
			continue
		}
		standing = charging.CertificateStanding{Status: charging.StandingGood, NextUpdate: list.NextUpdate}
		if slices.ContainsFunc(list.RevokedCertificateEntries, func(e x509.RevocationListEntry) bool { return e.SerialNumber.Cmp(serial) == 0 }) {
			standing.Status = charging.StandingRevoked
		}
		return standing, nil
	}
	return standing, failure
}

// answers are kept until their next update.
type answers struct {
	mu   sync.Mutex
	kept map[string]keptAnswer
}

type keptAnswer struct {
	der   []byte
	until time.Time
}

// mostKept bounds the memory for answers to some 30 MB.
const mostKept = 2048

func newAnswers() *answers { return &answers{kept: map[string]keptAnswer{}} }

func (a *answers) get(key string, now time.Time) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	k, ok := a.kept[key]
	if !ok || now.After(k.until) {
		return nil
	}
	return k.der
}

// put keeps an answer that says until when it counts. Where there is no room, what is out of date goes, or else any.
func (a *answers) put(key string, der []byte, until, now time.Time) {
	if !until.After(now) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.kept) >= mostKept {
		for k, v := range a.kept {
			if now.After(v.until) {
				delete(a.kept, k)
			}
		}
	}
	for k := range a.kept {
		if len(a.kept) < mostKept {
			break
		}
		delete(a.kept, k)
	}
	a.kept[strings.Clone(key)] = keptAnswer{der, until}
}
