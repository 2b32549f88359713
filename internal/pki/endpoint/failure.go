package endpoint

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/pires/go-proxyproto"
)

// Reason sorts handshakes that failed.
type Reason string

// Why a handshake failed.
const (
	// OldVersion: the station speaks nothing as new as what is asked for.
	OldVersion Reason = "OLD_VERSION"
	// NoCommonSuite: version fits, and no cipher suite does.
	NoCommonSuite Reason = "NO_COMMON_SUITE"
	// Distrusted: the station says that it doesn't believe the server's certificate.
	Distrusted Reason = "DISTRUSTED"
	// Refused: the station broke the handshake off with another alert.
	Refused Reason = "REFUSED"
	// PlainOnTLS is HTTP without TLS on a port with TLS, TLSOnPlain the reverse.
	PlainOnTLS Reason = "PLAIN_ON_TLS"
	TLSOnPlain Reason = "TLS_ON_PLAIN"
	// HungUp: the station went in the middle of it, and said nothing.
	HungUp Reason = "HUNG_UP"
	// TimedOut: the handshake took too long.
	TimedOut Reason = "TIMED_OUT"
	// ProxyHeader: a PROXY header came from somebody who may not send one.
	ProxyHeader Reason = "PROXY_HEADER"
	// Broken is everything else; Detail says what.
	Broken Reason = "BROKEN"
)

// Failure is a handshake that failed.
type Failure struct {
	Reason Reason
	// Offered is the newest version that the station offers, as tls.VersionTLS12 and so on; 0 where it came to say none.
	Offered uint16
	// Suites are the names of what it offers.
	Suites []string
	// ServerName is the host that it asks for.
	ServerName string
	// Detail is the alert that the station sent, or what else is known, in TLS's own words.
	Detail string
	// Legacy tells the legacy listener from the usual one.
	Legacy bool
}

// ssl3 is what stands for everything before TLS; it is named, and never spoken.
const ssl3 = 0x0300

// VersionName names a version as people do.
func VersionName(version uint16) string {
	if version == ssl3 {
		return "SSL 3.0"
	}
	return tls.VersionName(version)
}

// distrust are the alerts by which a client says that the server's certificate isn't good for it (RFC 8446 §6.2).
var distrust = []tls.AlertError{42, 43, 44, 45, 46, 48}

// explain sorts the error of a handshake. What never began isn't worth a word: load balancers look whether a port is open.
func (w *witness) explain(err error, legacy bool) (Failure, bool) {
	f := Failure{Reason: Broken, Legacy: legacy, Detail: strings.TrimPrefix(err.Error(), "tls: ")}
	if w.hello != nil {
		f.Offered, f.ServerName = w.hello.newest, w.hello.name
		for _, s := range w.hello.suites {
			f.Suites = append(f.Suites, tls.CipherSuiteName(s))
		}
	}
	var header tls.RecordHeaderError
	var operation *net.OpError
	var network net.Error
	alert, unencrypted := w.alert()
	switch {
	case errors.Is(err, proxyproto.ErrSuperfluousProxyHeader):
		f.Reason = ProxyHeader
	case w.got == 0:
		return f, false
	case errors.As(err, &header):
		switch first := w.first(); {
		case strings.HasPrefix(first, "PROXY") || strings.HasPrefix(first, "\r\n\r\n\x00"):
			f.Reason = ProxyHeader
		case isHTTP(first):
			f.Reason = PlainOnTLS
		}
	case errors.As(err, &operation) && operation.Op == "remote error":
		f.brokenOff(operation.Err.Error())
	case unencrypted:
		f.brokenOff(alert.Error())
	case w.hello != nil && w.hello.newest < w.hello.least:
		f.Reason = OldVersion
	case strings.Contains(f.Detail, "no cipher suite supported"):
		f.Reason = NoCommonSuite
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		f.Reason = TimedOut
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &operation) && operation.Op != "local error":
		f.Reason = HungUp
	}
	return f, true
}

// brokenOff sorts the alert that a station sent.
func (f *Failure) brokenOff(alert string) {
	f.Reason, f.Detail = Refused, strings.TrimPrefix(alert, "tls: ")
	for _, d := range distrust {
		if d.Error() == alert {
			f.Reason = Distrusted
		}
	}
}

// isHTTP recognises the beginning of a request.
func isHTTP(first string) bool {
	for _, method := range []string{"GET /", "HEAD ", "POST ", "PUT /", "OPTIO"} {
		if strings.HasPrefix(first, method) {
			return true
		}
	}
	return false
}
