// Package frontend owns the portal: the single-page application in src, and how its built files are served.
//
//	npm run build → dist/ → embedded here → Handler
//	                 └ missing: unbuilt.html, a page that says how to build it
//
// What becomes much smaller is compressed for those who take it so. Hashed files under /assets never change and are cached for a year. Every other path is the application's own address
// and gets index.html, with a fresh nonce in its content security policy.
package frontend

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"html"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// The pattern also matches dist-unbuilt.html, so that the package builds where nobody ran npm.
//
//go:embed all:dist*
var files embed.FS

const (
	unbuilt          = "dist-unbuilt.html"
	noncePlaceholder = "__CSP_NONCE__"
	stylePlaceholder = "__MAP_STYLE__"
	// drive is where drivers' pages begin: they scan codes with the camera, and no other page may use it.
	drive = "/drive/"
)

// Options are what differs from one installation to the next.
type Options struct {
	// MapStyle is the URL of a MapLibre style for the maps. Tiles, glyphs and sprites have to be at its origin. Nil draws
	// coastlines, and asks nobody for anything.
	MapStyle *url.URL
}

// Handler serves the portal. It answers GET and HEAD; what isn't a file of the portal is an address inside of it.
func Handler(options Options) http.Handler {
	return newHandler(files, options)
}

type handler struct {
	files fs.FS
	index []byte
	etags map[string]string
	// tiles is the origin of the maps' style; empty where there is none.
	tiles  string
	packed packed
}

func newHandler(all fs.FS, options Options) *handler {
	h := &handler{files: all, etags: map[string]string{}, packed: packed{files: map[string][]byte{}}}
	style := ""
	if options.MapStyle != nil {
		style = options.MapStyle.String()
		h.tiles = options.MapStyle.Scheme + "://" + options.MapStyle.Host
	}
	index, err := fs.ReadFile(all, "dist/index.html")
	if err != nil {
		index, _ = fs.ReadFile(all, unbuilt)
		h.index = index
		return h
	}
	h.index = bytes.ReplaceAll(index, []byte(stylePlaceholder), []byte(html.EscapeString(style)))
	_ = fs.WalkDir(all, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(all, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		h.etags[name] = `"` + hex.EncodeToString(sum[:8]) + `"`
		return nil
	})
	return h
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This address is a page of the portal: it answers GET only.", http.StatusMethodNotAllowed)
		return
	}
	secure(w.Header())
	name := path.Clean("/" + r.URL.Path)[1:]
	if h.serveFile(w, r, name) {
		return
	}
	// A missing asset is a page of an older release asking for a file that is gone: index.html in its place would
	// only hide that.
	if strings.HasPrefix(name, "assets/") {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "There is no such file in this release. Load the page again.", http.StatusNotFound)
		return
	}
	h.serveIndex(w, r)
}

// serveFile serves a built file, if that is what the name is.
func (h *handler) serveFile(w http.ResponseWriter, r *http.Request, name string) bool {
	if name == "" || name == "index.html" || name == "manifest.json" {
		return false
	}
	tag, ok := h.etags["dist/"+name]
	if !ok {
		return false
	}
	content, err := fs.ReadFile(h.files, "dist/"+name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			http.Error(w, "The file could not be read.", http.StatusInternalServerError)
			return true
		}
		return false
	}
	header := w.Header()
	if worth[path.Ext(name)] {
		header.Set("Vary", "Accept-Encoding")
	}
	if smaller, ok := h.packed.of(r, name, content); ok {
		content, tag = smaller, strings.TrimSuffix(tag, `"`)+`-gzip"`
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("ETag", tag)
	if strings.HasPrefix(name, "assets/") {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		header.Set("Cache-Control", "no-cache")
	}
	if kind, ok := kinds[path.Ext(name)]; ok {
		header.Set("Content-Type", kind)
	}
	serveContent(w, r, name, content)
	return true
}

func (h *handler) serveIndex(w http.ResponseWriter, r *http.Request) {
	var raw [18]byte
	_, _ = rand.Read(raw[:]) // Never fails: crypto/rand ends the program instead.
	nonce := base64.StdEncoding.EncodeToString(raw[:])
	header := w.Header()
	header.Set("Content-Security-Policy", policy(nonce, h.tiles))
	if strings.HasPrefix(r.URL.Path, drive) {
		header.Set("Permissions-Policy", "camera=(self), "+permissions)
	}
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "text/html; charset=utf-8")
	serveContent(w, r, "index.html", bytes.ReplaceAll(h.index, []byte(noncePlaceholder), []byte(nonce)))
}
