package frontend

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		"dist/index.html":          {Data: []byte(`<meta property="csp-nonce" nonce="__CSP_NONCE__"><meta name="map-style" content="__MAP_STYLE__"><div id="root"></div>`)},
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
	h := newHandler(built(), Options{})
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
	h := newHandler(built(), Options{})
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

// Scanning a code needs the camera, and nothing else in the portal does.
func TestOnlyDriversPagesMayUseTheCamera(t *testing.T) {
	t.Parallel()
	h := newHandler(built(), Options{})
	for path, want := range map[string]string{"/drive/demo/main": "camera=(self),", "/drive/demo/main/c/CP-1": "camera=(self),", "/t/demo/stations": "camera=(),", "/drivers": "camera=(),", "/theme.js": "camera=(),"} {
		response, _ := get(t, h, http.MethodGet, path, nil)
		if got := response.Header.Get("Permissions-Policy"); !strings.HasPrefix(got, want) || !strings.Contains(got, "microphone=()") {
			t.Errorf("%s: permissions policy %q, want %q in it", path, got, want)
		}
	}
}

func TestTheMapsStyleIsNamedAndItsOriginAllowed(t *testing.T) {
	t.Parallel()
	style, err := url.Parse(`https://tiles.example/style.json?key="a"&b=1`)
	if err != nil {
		t.Fatal(err)
	}
	response, body := get(t, newHandler(built(), Options{MapStyle: style}), http.MethodGet, "/drive/demo/main", nil)
	csp := response.Header.Get("Content-Security-Policy")
	for _, want := range []string{"connect-src 'self' https://tiles.example;", "img-src 'self' data: blob: https://tiles.example;", "worker-src 'self';", "script-src 'self';"} {
		if !strings.Contains(csp, want) {
			t.Errorf("the policy %q lacks %q", csp, want)
		}
	}
	if !strings.Contains(body, `content="https://tiles.example/style.json?key=&#34;a&#34;&amp;b=1"`) {
		t.Errorf("the page does not name the style: %s", body)
	}
	response, body = get(t, newHandler(built(), Options{}), http.MethodGet, "/drive/demo/main", nil)
	if csp := response.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "connect-src 'self';") || !strings.Contains(body, `name="map-style" content=""`) {
		t.Errorf("without a style the policy is %q and the page %s", csp, body)
	}
}

func TestUnchangedFilesAreNotSentAgain(t *testing.T) {
	t.Parallel()
	h := newHandler(built(), Options{})
	first, _ := get(t, h, http.MethodGet, "/theme.js", nil)
	again, body := get(t, h, http.MethodGet, "/theme.js", http.Header{"If-None-Match": {first.Header.Get("ETag")}})
	if again.StatusCode != http.StatusNotModified || body != "" {
		t.Fatalf("got %d with %q, want 304", again.StatusCode, body)
	}
}

func TestTextIsCompressedForThoseWhoTakeIt(t *testing.T) {
	t.Parallel()
	all := built()
	long := strings.Repeat("coast();", 1000)
	all["dist/assets/map-1.js"], all["dist/assets/font-1.woff2"] = &fstest.MapFile{Data: []byte(long)}, &fstest.MapFile{Data: []byte(long)}
	h := newHandler(all, Options{})
	for name, test := range map[string]struct {
		path, takes string
		packed      bool
	}{
		"a browser":         {"/assets/map-1.js", "gzip, deflate, br", true},
		"again":             {"/assets/map-1.js", "br;q=1, gzip;q=0.5", true},
		"nobody asked":      {"/assets/map-1.js", "", false},
		"refused":           {"/assets/map-1.js", "gzip;q=0", false},
		"refused in detail": {"/assets/map-1.js", "gzip; q=0.0, br", false},
		"a font":            {"/assets/font-1.woff2", "gzip", false},
		"no gain":           {"/theme.js", "gzip", false},
	} {
		response, body := get(t, h, http.MethodGet, test.path, http.Header{"Accept-Encoding": {test.takes}})
		if got := response.Header.Get("Content-Encoding") == "gzip"; got != test.packed || response.StatusCode != 200 {
			t.Errorf("%s: answered %d with %v", name, response.StatusCode, response.Header)
			continue
		}
		if !test.packed {
			continue
		}
		unpacked, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := io.ReadAll(unpacked); err != nil || string(got) != long || len(body) > 500 {
			t.Errorf("%s: %d bytes unpack to %d, %v", name, len(body), len(got), err)
		}
		tag := response.Header.Get("ETag")
		plain, _ := get(t, h, http.MethodGet, test.path, nil)
		if tag == plain.Header.Get("ETag") || response.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: a cache can't tell the two apart: %v", name, response.Header)
		}
		again, _ := get(t, h, http.MethodGet, test.path, http.Header{"Accept-Encoding": {"gzip"}, "If-None-Match": {tag}})
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: asked again, it is answered %d", name, again.StatusCode)
		}
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	t.Parallel()
	response, _ := get(t, newHandler(built(), Options{}), http.MethodPost, "/t/demo", nil)
	if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "GET, HEAD" {
		t.Fatalf("got %d, allow %q", response.StatusCode, response.Header.Get("Allow"))
	}
}

func TestWithoutABuildThePageSaysHowToMakeOne(t *testing.T) {
	t.Parallel()
	h := newHandler(fstest.MapFS{"dist-unbuilt.html": built()["dist-unbuilt.html"]}, Options{})
	response, body := get(t, h, http.MethodGet, "/t/demo/stations", nil)
	if response.StatusCode != 200 || !strings.Contains(body, "not built") {
		t.Fatalf("got %d %q", response.StatusCode, body)
	}
}

func TestEmbeddedFilesHoldAPage(t *testing.T) {
	t.Parallel()
	if response, body := get(t, Handler(Options{}), http.MethodGet, "/", nil); response.StatusCode != 200 || !strings.Contains(body, "Busbar") {
		t.Fatalf("got %d %q", response.StatusCode, body)
	}
}
