package main

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// A proxy is believed about who called where it is configured, and of what it hands on only the nearest address that isn't a proxy: who
// writes addresses into the header themselves gains nothing by it.
func TestSec084_ClientsBehindTrustedProxies(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		direct    string
		forwarded []string
		proxies   []netip.Prefix
		want      string
	}{
		{"203.0.113.9:4711", nil, proxies, "203.0.113.9:4711"},
		{"203.0.113.9:4711", []string{"198.51.100.7"}, proxies, "203.0.113.9:4711"},
		{"10.0.0.1:4711", []string{"198.51.100.7"}, nil, "10.0.0.1:4711"},
		{"10.0.0.1:4711", []string{"198.51.100.7"}, proxies, "198.51.100.7:0"},
		{"10.0.0.1:4711", []string{"1.2.3.4, 198.51.100.7"}, proxies, "198.51.100.7:0"},
		{"10.0.0.1:4711", []string{"1.2.3.4", "198.51.100.7, 10.0.0.2"}, proxies, "198.51.100.7:0"},
		{"[::ffff:10.0.0.1]:4711", []string{"2001:db8::1"}, proxies, "[2001:db8::1]:0"},
		{"[fd00::1]:4711", []string{"::ffff:198.51.100.7"}, proxies, "198.51.100.7:0"},
		{"10.0.0.1:4711", []string{"198.51.100.7, nonsense"}, proxies, "10.0.0.1:0"},
		{"10.0.0.1:4711", nil, proxies, "10.0.0.1:0"},
		{"10.0.0.1:4711", []string{"10.0.0.3"}, proxies, "10.0.0.3:0"},
		{"pipe", []string{"198.51.100.7"}, proxies, "pipe"},
	} {
		got := ""
		handler := clientAddress(c.proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }))
		r := httptest.NewRequest(http.MethodPost, "/webhooks/stripe/x", nil)
		r.RemoteAddr = c.direct
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		handler.ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want || r.RemoteAddr != c.direct {
			t.Errorf("from %s for %q the client is %s, want %s", c.direct, c.forwarded, got, c.want)
		}
	}
}
