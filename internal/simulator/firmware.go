package simulator

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/ocpp/v16"
)

// update is a firmware update on its way (OCPP 1.6 §4.5, OCPP 2.0.1 Part 2, L01).
type update struct {
	requestID         int64
	location          string
	retrieve, install time.Time
	retries           int
	pause             time.Duration
	// signed updates have a certificate and a signature to be checked.
	signed      bool
	certificate *x509.Certificate
	signature   []byte

	status   string // a word of OCPP
	again    *task
	cancel   context.CancelFunc
	rebooted bool // it waits for the boot to be accepted
}

// installTime is how long writing an image takes.
const installTime = 5 * time.Second

var errCertificate = errors.New("the signing certificate can't be read or isn't valid now")

// sign takes the certificate and the signature of a signed update.
func (u *update) sign(certificate, signature string, now time.Time) error {
	block, _ := pem.Decode([]byte(certificate))
	if block == nil {
		return errCertificate
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil || now.Before(c.NotBefore) || now.After(c.NotAfter) {
		return errCertificate
	}
	u.signed, u.certificate = true, c
	u.signature, _ = base64.StdEncoding.DecodeString(signature) // what can't be read doesn't verify
	return nil
}

// verified checks the image against its signature, by any of the ways that makers sign.
func (u *update) verified(image []byte) bool {
	for _, way := range []x509.SignatureAlgorithm{x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256} {
		if u.certificate.CheckSignature(way, image, u.signature) == nil {
			return true
		}
	}
	return false
}

// updating reports whether an update is on its way that another one would replace.
func (s *Station) updating() bool { return s.update != nil && !s.update.rebooted }

// startUpdate begins an update, in place of one that is on its way.
func (s *Station) startUpdate(u *update) {
	if old := s.update; old != nil {
		s.plan.cancel(old.again)
		if old.cancel != nil {
			old.cancel()
		}
	}
	s.update = u
	if u.retrieve.After(s.now()) {
		s.tell(u, "DownloadScheduled")
		u.again = s.plan.after(u.retrieve.Sub(s.now()), func() { s.download(u) })
		return
	}
	s.download(u)
}

func (s *Station) tell(u *update, status string) {
	u.status = status
	s.dialect.fetchedFirmware(u)
}

func (s *Station) download(u *update) {
	s.tell(u, "Downloading")
	u.cancel = s.background(func(ctx context.Context) func() {
		image, err := fetch(ctx, s.opts.HTTPClient, u.location)
		return func() {
			if s.update == u {
				s.downloaded(u, image, err)
			}
		}
	})
}

func (s *Station) downloaded(u *update, image []byte, err error) {
	switch {
	case err != nil && u.retries > 0:
		u.retries--
		s.jot("firmware: " + err.Error() + "; it is tried again")
		u.again = s.plan.after(u.pause, func() { s.download(u) })
	case err != nil:
		s.jot("firmware: " + err.Error())
		s.finish(u, "DownloadFailed")
	default:
		s.tell(u, "Downloaded")
		if u.signed {
			if !u.verified(image) {
				s.finish(u, "InvalidSignature")
				return
			}
			s.tell(u, "SignatureVerified")
		}
		s.awaitInstall(u)
	}
}

// finish ends an update that has come to nothing.
func (s *Station) finish(u *update, status string) {
	s.tell(u, status)
	s.update = nil
}

// awaitInstall waits for the time set, and for cars to leave (OCPP 2.0.1 Part 2, L01.FR.07).
func (s *Station) awaitInstall(u *update) {
	wait := u.install.Sub(s.now())
	switch {
	case wait > 0:
		s.tell(u, "InstallScheduled")
		u.again = s.plan.after(wait, func() { s.awaitInstall(u) })
	case s.charging():
		if u.status != "InstallScheduled" {
			s.tell(u, "InstallScheduled")
		}
		s.onIdle(func() {
			if s.update == u {
				s.awaitInstall(u)
			}
		})
	default:
		s.tell(u, "Installing")
		u.again = s.plan.after(installTime, func() { s.rebootInto(u) })
	}
}

func (s *Station) rebootInto(u *update) {
	if s.charging() { // somebody has begun meanwhile
		s.onIdle(func() { s.rebootInto(u) })
		return
	}
	s.tell(u, "InstallRebooting")
	u.rebooted = true
	s.opts.Firmware = nextVersion(s.opts.Firmware)
	s.reset(v16.ResetTypeSoft)
	s.boot.cause = "FirmwareUpdate"
}

// installed ends an update, when the CSMS has accepted the boot after it.
func (s *Station) installed() {
	if u := s.update; u != nil && u.rebooted {
		s.update = nil
		s.tell(u, "Installed")
	}
}

// nextVersion counts the last number of a version up.
func nextVersion(v string) string {
	i := strings.LastIndexByte(v, '.')
	n, err := strconv.Atoi(v[i+1:])
	if err != nil {
		return v + ".1"
	}
	return v[:i+1] + strconv.Itoa(n+1)
}

// charging reports whether any session runs.
func (s *Station) charging() bool {
	for _, c := range s.connectors {
		if c.tx != nil {
			return true
		}
	}
	return false
}

// onIdle runs act when no session runs.
func (s *Station) onIdle(act func()) {
	s.idle = append(s.idle, act)
	s.whenIdle()
}

func (s *Station) whenIdle() {
	if s.charging() || len(s.idle) == 0 {
		return
	}
	acts := s.idle
	s.idle = nil
	// Later, since the caller may be in the middle of something.
	s.plan.after(0, func() {
		for _, act := range acts {
			act()
		}
	})
}
