package plugandcharge

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/busbar-ev/busbar/internal/fault"
)

// A station names the URLs that are asked, and a tenant that of its operator: neither may make the server knock at doors that only it can
// reach. The address is judged when it is dialled, after its name was resolved, so that a name can't be one thing first and another then.

// guard lets through what is public, or was allowed.
type guard struct{ allowed []netip.Prefix }

// errInside refuses an address that isn't public.
var errInside = errors.New("the address isn't public")

// inside are ranges that aren't public, beside those that netip knows.
var inside = func() (list []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		// Those that carry an address of version 4 in them, and those for documents and benchmarks.
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/23", "100::/64", "2001:db8::/32", "fec0::/10", "3fff::/20", "5f00::/16",
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}()

// admits reports whether an address may be asked at a port.
func (g guard) admits(a netip.Addr, port int) bool {
	a = a.Unmap().WithZone("")
	for _, p := range g.allowed {
		if p.Contains(a) {
			return true
		}
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range inside {
		if p.Contains(a) {
			return false
		}
	}
	// Below 1024 only the web is spoken to: mail servers and the like must not hear from us.
	return port == 80 || port == 443 || port >= 1024
}

// control refuses a connection before it is made.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("read the address: %w", err)
	}
	a, err := netip.ParseAddr(host)
	port, numeric := strconv.Atoi(text)
	if err != nil || numeric != nil || !g.admits(a, port) {
		return errInside
	}
	return nil
}

// newClient makes a client that follows no redirect, uses no proxy, and lets control judge whom it connects to.
func newClient(control func(network, address string, c syscall.RawConn) error) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: control}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, MaxIdleConnsPerHost: 4, MaxConnsPerHost: 32, MaxIdleConns: 64, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// asked reads a URL that a station names.
func asked(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, fault.New(fault.Unavailable, "The station names %q as the responder, which isn't a URL of http or https.", fault.Printable(text))
	}
	return u, nil
}

// unreachable says in words why somebody couldn't be asked. It doesn't tell which address a name stands for.
func unreachable(who string, err error) error {
	var timeout net.Error
	switch {
	case errors.Is(err, errInside):
		return fault.New(fault.Unavailable, "%s isn't at a public address, and is therefore not asked. Whoever runs the server can allow the address.", who).Because(err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fault.New(fault.Timeout, "%s doesn't answer in time: try again later.", who).Because(err)
	}
	return fault.New(fault.Unavailable, "%s can't be reached: try again later, and look whether its address is right.", who).Because(err)
}
