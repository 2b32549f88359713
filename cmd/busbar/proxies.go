package main

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientAddress lets handlers see who called, and not the proxy in between: sign-in limits, the brake of webhooks and the audit log go by
// the address. Only proxies that are configured are believed (BUSBAR_TRUSTED_PROXIES), and of what they hand on the nearest address that
// isn't one of them: what stands before it anybody may have written. Stations' connections read the header themselves.
func clientAddress(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	trusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		direct, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !trusted(direct.Addr().Unmap()) {
			next.ServeHTTP(w, r)
			return
		}
		address := direct.Addr().Unmap()
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for _, hop := range slices.Backward(hops) {
			a, err := netip.ParseAddr(strings.TrimSpace(hop))
			if err != nil {
				break
			}
			if address = a.Unmap(); !trusted(address) {
				break
			}
		}
		// The request is the handler's to change, and its copy is shallow: nobody else holds the address.
		seen := *r
		seen.RemoteAddr = net.JoinHostPort(address.String(), "0")
		next.ServeHTTP(w, &seen)
	})
}
