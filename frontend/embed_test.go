package frontend

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		"dist/index.html":          {Data: []byte(`<meta property="csp-nonce" nonce="__CSP_NONCE__"><div id="root"></div>`)},
		"dist/manifest.json":       {Data: []byte(`{}`)},
		"dist/theme.js":            {Data: []byte(`dark()`)},
		"dist/favicon.svg":         {Data: []byte(`<svg/>`)},
		"dist/assets/main-1a2b.js": {Data: []byte(`start()`)},
		"dist-unbuilt.html":        {Data: []byte(`<p>not built</p>`)},
	}
}

func get(t *testing.T, h http.Handler, method, target string, header http.Header) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

func TestServesFilesAndAddresses(t *testing.T) {
	t.Parallel()
	h := newHandler(built())
	for _, test := range []struct {
		path, body, kind, cache string
		status                  int
	}{
		{"/", `id="root"`, "text/html; charset=utf-8", "no-store", 200},
		{"/t/demo/stations?tab=pending", `id="root"`, "text/html; charset=utf-8", "no-store", 200},
		{"/index.html", `id="root"`, "text/html; charset=utf-8", "no-store", 200},
		{"/manifest.json", `id="root"`, "text/html; charset=utf-8", "no-store", 200},
		{"/t/../../etc/passwd", `id="root"`, "text/html; charset=utf-8", "no-store", 200},
		{"/assets/main-1a2b.js", `start()`, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", 200},
		{"/theme.js", `dark()`, "text/javascript; charset=utf-8", "no-cache", 200},
		{"/favicon.svg", `<svg/>`, "image/svg+xml", "no-cache", 200},
		{"/assets/main-old.js", "no such file", "text/plain; charset=utf-8", "no-store", 404},
	} {
		response, body := get(t, h, http.MethodGet, test.path, nil)
		if response.StatusCode != test.status || !strings.Contains(body, test.body) {
			t.Errorf("%s: %d %q, want %d with %q", test.path, response.StatusCode, body, test.status, test.body)
		}
		if got := response.Header.Get("Content-Type"); got != test.kind {
			t.Errorf("%s: content type %q, want %q", test.path, got, test.kind)
		}
		if got := response.Header.Get("Cache-Control"); got != test.cache {
			t.Errorf("%s: cache control %q, want %q", test.path, got, test.cache)
		}
		if response.Header.Get("X-Content-Type-Options") != "nosniff" || response.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: lacks security headers: %v", test.path, response.Header)
		}
		if csp := response.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: content security policy %q", test.path, csp)
		}
	}
}

func TestEachPageHasItsOwnNonce(t *testing.T) {
	t.Parallel()
	h := newHandler(built())
	inPage := regexp.MustCompile(`nonce="([^"]+)"`)
	seen := map[string]bool{}
	for range 3 {
		response, body := get(t, h, http.MethodGet, "/", nil)
		nonce := inPage.FindStringSubmatch(body)[1]
		if !strings.Contains(response.Header.Get("Content-Security-Policy"), "'nonce-"+nonce+"'") {
			t.Fatalf("the policy does not name the page's nonce %q", nonce)
		}
		if seen[nonce] {
			t.Fatalf("nonce %q was given twice", nonce)
		}
		seen[nonce] = true
	}
}

func TestUnchangedFilesAreNotSentAgain(t *testing.T) {
	t.Parallel()
	h := newHandler(built())
	first, _ := get(t, h, http.MethodGet, "/theme.js", nil)
	again, body := get(t, h, http.MethodGet, "/theme.js", http.Header{"If-None-Match": {first.Header.Get("ETag")}})
	if again.StatusCode != http.StatusNotModified || body != "" {
		t.Fatalf("got %d with %q, want 304", again.StatusCode, body)
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	t.Parallel()
	response, _ := get(t, newHandler(built()), http.MethodPost, "/t/demo", nil)
	if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "GET, HEAD" {
		t.Fatalf("got %d, allow %q", response.StatusCode, response.Header.Get("Allow"))
	}
}

func TestWithoutABuildThePageSaysHowToMakeOne(t *testing.T) {
	t.Parallel()
	h := newHandler(fstest.MapFS{"dist-unbuilt.html": built()["dist-unbuilt.html"]})
	response, body := get(t, h, http.MethodGet, "/t/demo/stations", nil)
	if response.StatusCode != 200 || !strings.Contains(body, "not built") {
		t.Fatalf("got %d %q", response.StatusCode, body)
	}
}

func TestEmbeddedFilesHoldAPage(t *testing.T) {
	t.Parallel()
	if response, body := get(t, Handler(), http.MethodGet, "/", nil); response.StatusCode != 200 || !strings.Contains(body, "Busbar") {
		t.Fatalf("got %d %q", response.StatusCode, body)
	}
}
