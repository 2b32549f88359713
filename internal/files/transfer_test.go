package files_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/files"
)

var linkPattern = regexp.MustCompile(`^http://[0-9.:]+/files/[0-9A-Za-z]{16}$`)

// A station fetches firmware, whole or from where it stopped, with or without a file name behind the link.
func TestFirmwareIsFetched(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{})
	content := repeated("0123456789", 10_000)
	f := w.firmware(w.a, content)
	link, err := w.files.Offer(w.a.staff(), f.ID, time.Hour)
	w.must(err)
	if !linkPattern.MatchString(link) {
		t.Errorf("the link is %s", link)
	}
	for _, url := range []string{link, files.Named(link, f.Name), files.Named(link, "other name.bin"), link + "/", link + "?x=1"} {
		got := w.ask("GET", url, nil)
		if got.status != 200 || got.body != content {
			t.Errorf("GET %s: %d with %d bytes", url, got.status, len(got.body))
		}
	}
	head := w.ask("HEAD", link, nil)
	tag := head.header.Get("ETag")
	if head.status != 200 || head.body != "" || head.header.Get("Content-Length") != "100000" || tag == "" ||
		!strings.Contains(head.header.Get("Content-Disposition"), "station-1.2.bin") {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
	part := w.ask("GET", link, nil, "Range", "bytes=99990-", "If-Range", tag)
	if part.status != 206 || part.body != "0123456789" || part.header.Get("Content-Range") != "bytes 99990-99999/100000" {
		t.Errorf("a range: %d %q %s", part.status, part.body, part.header.Get("Content-Range"))
	}
	if got := w.ask("GET", link, nil, "Range", "bytes=0-9", "If-Range", `"another"`); got.status != 200 || len(got.body) != len(content) {
		t.Errorf("a range of another file: %d with %d bytes", got.status, len(got.body))
	}
	if got := w.ask("GET", link, nil, "If-None-Match", tag); got.status != 304 {
		t.Errorf("a file that is there already: %d", got.status)
	}
	if n := w.count("select count(*) from file_transfers where used_at is not null and direction = 'OUT'"); n != 1 {
		t.Errorf("%d links are noted as used", n)
	}
	w.must(w.files.Delete(w.a.staff(), f.ID))
	if got := w.ask("GET", link, nil); got.status != 404 {
		t.Errorf("after the file was deleted: %d", got.status)
	}
}

// Stations send logs in every way that HTTP clients on chargers know.
func TestLogsAreReceived(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{})
	var mu sync.Mutex
	var seen []files.Received
	w.files.OnReceived(func(ctx context.Context, r files.Received) {
		// The hook acts as the station, inside its tenant.
		if _, err := w.files.Get(ctx, r.File.ID); err != nil {
			t.Errorf("the hook can't see the file: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r)
	})
	form := func(field, name string) (io.Reader, string) {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		w.must(m.WriteField("comment", "not the file"))
		part, err := m.CreateFormFile(field, name)
		w.must(err)
		_, err = io.WriteString(part, "the log")
		w.must(err)
		w.must(m.Close())
		return &b, m.FormDataContentType()
	}
	for _, c := range []struct {
		what, method, behind, name string
		form                       string
		headers                    []string
	}{
		{what: "PUT", method: "PUT", name: "diagnostics.log"},
		{what: "POST", method: "POST", name: "diagnostics.log"},
		{what: "name behind a slash", method: "PUT", behind: "/CP1_log.zip", name: "CP1_log.zip"},
		{what: "name without a slash", method: "PUT", behind: "diag.tar.gz", name: "diag.tar.gz"},
		{what: "a directory", method: "PUT", behind: "/2026/11/log.zip", name: "log.zip"},
		{what: "a climb", method: "PUT", behind: "/..%2f..%2f..%2fetc%2fpasswd", name: "passwd"},
		{what: "backslashes", method: "PUT", behind: `/..%5C..%5Cboot.ini`, name: "boot.ini"},
		{what: "only dots", method: "PUT", behind: "/%2e%2e", name: "log.bin"},
		{what: "a header", method: "PUT", headers: []string{"Content-Disposition", `attachment; filename="x/from-header.txt"`}, name: "from-header.txt"},
		{what: "a form", method: "POST", form: "file", name: "upload.log"},
		{what: "a form by PUT under another name", method: "PUT", form: "logfile", behind: "/ignored", name: "upload.log"},
	} {
		link, transfer := w.expect(w.a)
		body, headers := io.Reader(strings.NewReader("the log")), c.headers
		if c.form != "" {
			var kind string
			body, kind = form(c.form, `C:\logs\upload.log`)
			headers = []string{"Content-Type", kind}
		}
		if got := w.ask(c.method, link+c.behind, body, headers...); got.status != 200 {
			t.Errorf("%s: %d %s", c.what, got.status, got.body)
			continue
		}
		mu.Lock()
		last := seen[len(seen)-1]
		mu.Unlock()
		if last.Transfer != transfer || last.Tenant != w.a.id || last.Network != w.a.main || last.Station != w.a.mainStation || last.File.Name != c.name || last.File.Kind != files.Log {
			t.Errorf("%s: received %+v", c.what, last)
		}
		if got := w.content(w.a, last.File.ID); got != "the log" {
			t.Errorf("%s: the file holds %q", c.what, got)
		}
		if tr, err := w.files.Transfer(w.a.staff(), transfer); err != nil || tr.FinishedAt.IsZero() || tr.File != last.File.ID || tr.ReceivedBytes != 7 {
			t.Errorf("%s: the transfer is %+v, %v", c.what, tr, err)
		}
		// The link is used up, and nothing comes out of it.
		for _, method := range []string{"PUT", "POST", "GET"} {
			if got := w.ask(method, link+c.behind, strings.NewReader("again")); got.status != 404 {
				t.Errorf("%s: a second time by %s: %d", c.what, method, got.status)
			}
		}
	}
	if n := w.count("select count(*) from files"); n != len(seen) {
		t.Errorf("there are %d files after %d uploads", n, len(seen))
	}
}

// Chargers percent-encode the whole target, double slashes, and the server in front must not redirect them.
func TestOddSpellingsOfALink(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{})
	f := w.firmware(w.a, "firmware")
	link, err := w.files.Offer(w.a.staff(), f.ID, time.Hour)
	w.must(err)
	for _, target := range []string{
		"/files%2F" + token(link), "/files%2F" + token(link) + "%2Fstation.bin%3Fversion%3D1.2", "%2Ffiles%2F" + token(link),
		"//files/" + token(link), "/files//" + token(link), "/files/" + token(link) + "/../../files/x", "/files/" + token(link) + "%3Fa=b",
	} {
		// A raw request line: Go's client would tidy the target.
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", w.http.Listener.Addr().String())
		w.must(err)
		if !strings.HasPrefix(target, "/") {
			target = "/" + target
		}
		_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: busbar\r\nConnection: close\r\n\r\n", target)
		w.must(err)
		text, err := io.ReadAll(conn)
		w.must(err)
		w.must(conn.Close())
		if !bytes.HasPrefix(text, []byte("HTTP/1.1 200 ")) || !bytes.HasSuffix(text, []byte("\r\n\r\nfirmware")) {
			t.Errorf("GET %s: %.60q", target, text)
		}
	}
	for _, path := range []string{"/filesystem/x", "/", "/file/x", "/graphql"} {
		if got := w.ask("GET", w.http.URL+path, nil); got.status != http.StatusTeapot {
			t.Errorf("%s is taken for a file: %d", path, got.status)
		}
	}
}

// A link serves one purpose, for a while. Whatever is wrong with it, the answer is the same.
func TestSec046_UnusableLinksAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{})
	f := w.firmware(w.a, "firmware")
	out, err := w.files.Offer(w.a.staff(), f.ID, time.Hour)
	w.must(err)
	in, _ := w.expect(w.a)
	expiredOut, err := w.files.Offer(w.a.staff(), f.ID, time.Hour)
	w.must(err)
	expiredIn, transfer := w.expect(w.a)
	w.owner("update file_transfers set expires_at = now() - interval '1 second' where id = $1 or token_hash = sha256($2)", transfer, []byte(token(expiredOut)))
	revoked, transfer := w.expect(w.a)
	w.must(w.files.Revoke(w.a.staff(), transfer))
	suspended, _ := w.expect(w.b)
	w.owner("update tenants set status = 'SUSPENDED' where id = $1", w.b.id)

	want := w.ask("GET", w.http.URL+"/files/0000000000000000", nil)
	if want.status != 404 {
		t.Fatalf("an unknown link: %d", want.status)
	}
	swapped := []byte(token(out))
	swapped[0], swapped[15] = swapped[15], swapped[0]
	almost := token(out)[:15]
	if out[len(out)-1] == '0' {
		almost += "1"
	} else {
		almost += "0"
	}
	prefix := w.http.URL + "/files/"
	for _, c := range []struct{ what, method, url string }{
		{"wrong way out", "PUT", out},
		{"wrong way out, POST", "POST", out},
		{"wrong way in", "GET", in},
		{"another method", "DELETE", in},
		{"another method out", "PATCH", out},
		{"expired out", "GET", expiredOut},
		{"expired in", "PUT", expiredIn},
		{"revoked", "PUT", revoked},
		{"suspended", "PUT", suspended},
		{"too short", "GET", prefix + token(out)[:15]},
		{"last letter", "GET", prefix + almost},
		{"swapped case", "GET", prefix + strings.Map(swapCase, token(out))},
		{"wildcards", "GET", prefix + "%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25"},
		{"the id", "PUT", prefix + transfer.String()},
		{"nothing", "GET", prefix},
		{"a quote", "GET", prefix + "'or'1'='1'--aaaa"},
		{"a NUL", "GET", prefix + token(out)[:15] + "%00"},
	} {
		got := w.ask(c.method, c.url, nil)
		for _, h := range []http.Header{want.header, got.header} {
			h.Del("Date")
		}
		if got.status != want.status || got.body != want.body || fmt.Sprint(got.header) != fmt.Sprint(want.header) {
			t.Errorf("%s: %d %q %v, an unknown link: %d %q %v", c.what, got.status, got.body, got.header, want.status, want.body, want.header)
		}
	}
	if got := w.ask("GET", out, nil); got.status != 200 {
		t.Errorf("the good link: %d", got.status)
	}
	// The database knows no token.
	if n := w.count("select count(*) from file_transfers t where t::text like '%' || $1 || '%'", token(out)); n != 0 {
		t.Error("a token is stored as it is")
	}
	for _, ttl := range []time.Duration{-time.Second, 365 * 24 * time.Hour} {
		if _, err := w.files.Offer(w.a.staff(), f.ID, ttl); !fault.Is(err, fault.Invalid) {
			t.Errorf("a link for %v: %v", ttl, err)
		}
	}
}

func swapCase(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return r - 32
	case r >= 'A' && r <= 'Z':
		return r + 32
	}
	return r
}

// Too much is refused in words, and the link is still good for less.
func TestUploadsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{MaxBytes: 1 << 20})
	link, _ := w.expect(w.a, func(e *files.Expectation) { e.MaxBytes = 100_000 })
	tooMuch := func() io.Reader { return strings.NewReader(repeated("x", 100_001)) }
	for what, body := range map[string]io.Reader{
		"announced": tooMuch(),
		"in chunks": io.MultiReader(tooMuch()), // no length is known
	} {
		if got := w.ask("PUT", link, body); got.status != 413 || !strings.Contains(got.body, "larger than the 100000 bytes") {
			t.Errorf("%s: %d %q", what, got.status, got.body)
		}
	}
	for what, c := range map[string]struct {
		body    io.Reader
		headers []string
	}{
		"empty":       {strings.NewReader(""), nil},
		"a part":      {strings.NewReader("x"), []string{"Content-Range", "bytes 5-5/10"}},
		"an odd form": {strings.NewReader("x"), []string{"Content-Type", "multipart/mixed; boundary=x"}},
		"no file":     {strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n"), []string{"Content-Type", "multipart/form-data; boundary=x"}},
	} {
		if got := w.ask("POST", link, c.body, c.headers...); got.status/100 != 4 || got.status == 404 {
			t.Errorf("%s: %d %q", what, got.status, got.body)
		}
	}
	if n := w.blobCount(w.a); n != 0 {
		t.Errorf("%d blobs are left of refused uploads", n)
	}
	if got := w.ask("PUT", link, io.MultiReader(strings.NewReader(repeated("x", 100_000)))); got.status != 200 {
		t.Errorf("as much as is allowed: %d %q", got.status, got.body)
	}
	if _, _, err := w.files.Expect(w.a.staff(), files.Expectation{Station: w.a.mainStation, MaxBytes: 2 << 20}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a limit beyond the server's: %v", err)
	}
	_, err := w.files.Store(w.a.staff(), files.Meta{Network: w.a.main, Kind: files.Firmware}, strings.NewReader(repeated("x", 1<<20+1)))
	if !fault.Is(err, fault.Limit) {
		t.Errorf("firmware beyond the limit: %v", err)
	}
}

func (w *world) blobCount(t tenant) (n int) {
	w.t.Helper()
	w.must(w.blobs.List(context.Background(), t.id, func(string, time.Time) error { n++; return nil }))
	return n
}

// A station that dies in the middle leaves nothing that shows, and sends the whole again.
func TestUploadThatBreaksOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{Stall: patience})
	link, transfer := w.expect(w.a)
	for _, announced := range []bool{true, false} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", w.http.Listener.Addr().String())
		w.must(err)
		head := "Transfer-Encoding: chunked\r\n\r\nffff\r\n"
		if announced {
			head = "Content-Length: 65535\r\n\r\n"
		}
		_, err = fmt.Fprintf(conn, "PUT /files/%s HTTP/1.1\r\nHost: busbar\r\n%s%s", token(link), head, repeated("x", 30_000))
		w.must(err)
		w.eventually("the upload has begun", func() bool { return w.blobCount(w.a) == 1 })
		if n := w.count("select count(*) from files"); n != 0 {
			t.Error("a file shows before it is whole")
		}
		w.must(conn.Close())
		w.eventually("nothing is left of the upload", func() bool { return w.blobCount(w.a) == 0 })
	}
	if tr, err := w.files.Transfer(w.a.staff(), transfer); err != nil || !tr.FinishedAt.IsZero() || tr.File != uuid.Nil {
		t.Errorf("the transfer is %+v, %v", tr, err)
	}
	if got := w.ask("PUT", link, strings.NewReader("the whole log")); got.status != 200 {
		t.Errorf("the second try: %d %s", got.status, got.body)
	}
}

// An upload may be as slow as it likes while it goes on; one that stands still is cut off.
func TestStandstillIsCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{Stall: 200 * time.Millisecond})
	link, _ := w.expect(w.a)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", w.http.Listener.Addr().String())
	w.must(err)
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "PUT /files/%s HTTP/1.1\r\nHost: busbar\r\nContent-Length: 100\r\n\r\nonly this", token(link))
	w.must(err)
	w.must(conn.SetReadDeadline(time.Now().Add(patience)))
	if _, err := io.ReadAll(conn); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		t.Error("an upload that stands still is not cut off")
	}
	w.eventually("nothing is left of the upload", func() bool { return w.blobCount(w.a) == 0 })
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// A slow but steady upload outlives the time that a standstill may take.
func TestSlowIsLetBe(t *testing.T) {
	t.Parallel()
	const stall = 2 * time.Second
	w := newWorld(t, files.Config{Stall: stall})
	link, _ := w.expect(w.a)
	begun := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	slow := readerFunc(func(p []byte) (int, error) {
		<-tick.C
		if time.Since(begun) > stall+stall/2 {
			return 0, io.EOF
		}
		p[0] = 'x'
		return 1, nil
	})
	if got := w.ask("PUT", link, slow); got.status != 200 {
		t.Errorf("a slow upload: %d %s", got.status, got.body)
	}
}

// Of two uploads over one link at once, one is kept.
func TestUploadsRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{})
	link, _ := w.expect(w.a)
	var statuses sync.Map
	var both sync.WaitGroup
	for _, who := range []string{"first", "second"} {
		both.Go(func() { statuses.Store(who, w.ask("PUT", link, strings.NewReader(who)).status) })
	}
	both.Wait()
	good := 0
	statuses.Range(func(_, status any) bool {
		if status == 200 {
			good++
		} else if status != 404 {
			t.Errorf("one of two uploads: %d", status)
		}
		return true
	})
	if n := w.count("select count(*) from files"); good != 1 || n != 1 || w.blobCount(w.a) != 1 {
		t.Errorf("%d uploads succeeded, %d files and %d blobs are there", good, n, w.blobCount(w.a))
	}
}
