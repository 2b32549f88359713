package identity

import (
	"net/http"
	"net/url"
	"strings"
)

// SameOrigin tells whether a request that changes something, or opens a socket, comes from one of Busbar's own pages, or from
// no web page at all. Browsers say where a request comes from and let no page lie about it. Whoever recognised a caller by
// cookie asks this before acting; a key is never sent by a browser on its own.
func (s *Service) SameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		// An older browser, plain HTTP, or no browser.
	default:
		return false
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	origin := strings.ToLower(origins[0])
	if len(origins) == 1 && s.origin != "" && origin == s.origin {
		return true
	}
	u, err := url.Parse(origin)
	return len(origins) == 1 && err == nil && u.Host != "" && u.Host == strings.ToLower(r.Host)
}
