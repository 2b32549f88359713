package frontend

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"path"
	"strings"
	"sync"
)

// packed has what files are when they are compressed, from the first time that somebody asks for one: a phone loads maps
// over a slow network, and a third of their bytes.
type packed struct {
	mu    sync.Mutex
	files map[string][]byte
}

// worth names the kinds that become much smaller; fonts and pictures are compressed already.
var worth = map[string]bool{".css": true, ".js": true, ".json": true, ".mjs": true, ".svg": true}

// of compresses a file, if the request takes that and it is of use.
func (p *packed) of(r *http.Request, name string, content []byte) (smaller []byte, ok bool) {
	if !worth[path.Ext(name)] || !takesGzip(r) {
		return nil, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if smaller, ok := p.files[name]; ok {
		return smaller, smaller != nil
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(content) // A buffer takes everything.
	_ = w.Close()
	if out.Len() >= len(content) {
		p.files[name] = nil
		return nil, false
	}
	p.files[name] = out.Bytes()
	return out.Bytes(), true
}

func takesGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if coding == "gzip" {
			return strings.TrimRight(strings.ReplaceAll(weight, " ", ""), "0.") != "q="
		}
	}
	return false
}
