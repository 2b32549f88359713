package frontend

import (
	"bytes"
	"net/http"
	"strings"
	"time"
)

const permissions = "geolocation=(self), microphone=(), payment=(), usb=()"

// kinds are the content types of what a build holds; the operating system's own table differs from one to the next.
var kinds = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".json":  "application/json",
	".mjs":   "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

// policy lets the portal load from its own origin alone, and the map's pictures from where its style is. The nonce is for
// the style element that locks the scroll behind a dialog.
func policy(nonce, tiles string) string {
	images, connections := "'self' data:", "'self'"
	if tiles != "" {
		images, connections = images+" blob: "+tiles, connections+" "+tiles
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self' 'nonce-" + nonce + "'",
		"font-src 'self'",
		"img-src " + images,
		"connect-src " + connections,
		"worker-src 'self'",
		"manifest-src 'self'",
		"form-action 'self'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

// secure sets what holds for every file.
func secure(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), "+permissions)
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// serveContent answers conditional and range requests too. There is no modification time: the entity tag says what
// changed.
func serveContent(w http.ResponseWriter, r *http.Request, name string, content []byte) {
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}
