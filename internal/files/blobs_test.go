package files_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/files"
)

var errBroken = errors.New("the sender went away")

// broken gives some bytes and then fails.
func broken(n int) io.Reader {
	return io.MultiReader(bytes.NewReader(make([]byte, n)), readerFunc(func([]byte) (int, error) { return 0, errBroken }))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func openS3(t *testing.T, url string) *files.S3 {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	s, err := files.OpenS3(files.S3Config{Endpoint: url, Bucket: "bucket", AccessKey: "access", SecretKey: "secret", Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every storage keeps the same promises.
func TestBlobs(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) files.Blobs{
		"directory": func(t *testing.T) files.Blobs {
			d, err := files.OpenDirectory(t.TempDir() + "/made/on/the/way")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			return d
		},
		"s3": func(t *testing.T) files.Blobs {
			_, server := newS3Server(t)
			return openS3(t, server.URL)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contract(t, open(t))
		})
	}
}

func contract(t *testing.T, b files.Blobs) {
	ctx := t.Context()
	tenant, other := uuid.New(), uuid.New()
	key := func(tenant uuid.UUID) string { return tenant.String() + "/" + uuid.NewString() }
	list := func() (keys []string) {
		if err := b.List(ctx, tenant, func(k string, modified time.Time) error {
			if since := time.Since(modified); since > time.Hour || since < -time.Hour {
				t.Errorf("%s was modified at %v", k, modified)
			}
			keys = append(keys, k)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(keys)
		return keys
	}
	if keys := list(); len(keys) != 0 {
		t.Errorf("an empty storage has %q", keys)
	}
	want := map[string][]byte{}
	for _, size := range []int{0, 1, 100_000, 11 << 20} {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(rand.Uint32()) //nolint:gosec // any bytes will do
		}
		k := key(tenant)
		if err := b.Put(ctx, k, bytes.NewReader(content)); err != nil {
			t.Fatalf("put %d bytes: %v", size, err)
		}
		want[k] = content
	}
	if err := b.Put(ctx, key(other), strings.NewReader("another tenant's")); err != nil {
		t.Fatal(err)
	}
	if keys := list(); len(keys) != len(want) {
		t.Errorf("the tenant has %d blobs, want %d", len(keys), len(want))
	}
	for k, content := range want {
		r, err := b.Open(ctx, k)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
			t.Errorf("a blob of %d bytes came back with %d, %v", len(content), len(got), err)
		}
		if end, err := r.Seek(0, io.SeekEnd); err != nil || end != int64(len(content)) {
			t.Errorf("the end of a blob of %d bytes is at %d, %v", len(content), end, err)
		}
		if len(content) > 10 {
			if _, err := r.Seek(7, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			part := make([]byte, 3)
			if _, err := io.ReadFull(r, part); err != nil || !bytes.Equal(part, content[7:10]) {
				t.Errorf("bytes 7 to 9 are %v, %v", part, err)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	// What breaks off leaves nothing, however far it got.
	for _, n := range []int{0, 10, 6 << 20} {
		k := key(tenant)
		if err := b.Put(ctx, k, broken(n)); !errors.Is(err, errBroken) {
			t.Errorf("a put that broke off after %d bytes says %v", n, err)
		}
		if _, err := b.Open(ctx, k); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after a put that broke off opening says %v", err)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := b.Put(gone, key(tenant), strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("a put after its context ended says %v", err)
	}
	if keys := list(); len(keys) != len(want) {
		t.Errorf("after puts that broke off the tenant has %d blobs, want %d", len(keys), len(want))
	}
	for k := range want {
		for range 2 {
			if err := b.Delete(ctx, k); err != nil {
				t.Errorf("delete: %v", err)
			}
		}
		if _, err := b.Open(ctx, k); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("opening a deleted blob says %v", err)
		}
	}
	for _, k := range []string{"", "..", "../../etc/passwd", "/etc/passwd", tenant.String() + "/../x", tenant.String() + "/" + strings.Repeat("a", 40), key(tenant) + "/x"} {
		if err := b.Put(ctx, k, strings.NewReader("x")); err == nil {
			t.Errorf("the key %q was taken", k)
		}
		if r, err := b.Open(ctx, k); err == nil {
			_ = r.Close()
			t.Errorf("the key %q was opened", k)
		}
		if err := b.Delete(ctx, k); err == nil {
			t.Errorf("the key %q was deleted", k)
		}
	}
}

// A part that S3 refuses fails the upload, and the parts before it are taken back.
func TestS3TakesPartsBack(t *testing.T) {
	t.Parallel()
	s, server := newS3Server(t)
	s.refuse = 2
	b := openS3(t, server.URL)
	if err := b.Put(t.Context(), uuid.NewString()+"/"+uuid.NewString(), bytes.NewReader(make([]byte, 11<<20))); err == nil {
		t.Error("an upload whose second part was refused is said to have succeeded")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.objects) != 0 || len(s.uploads) != 0 || s.aborted != 1 {
		t.Errorf("%d objects and %d uploads are left, %d were taken back", len(s.objects), len(s.uploads), s.aborted)
	}
}

// The start says what is wrong with the settings.
func TestS3Settings(t *testing.T) {
	t.Parallel()
	_, server := newS3Server(t)
	if err := openS3(t, server.URL).Check(t.Context()); err != nil {
		t.Errorf("a good bucket is refused: %v", err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := files.S3Config{Endpoint: server.URL, Bucket: "another", AccessKey: "access", SecretKey: "secret", Transport: transport}
	s, err := files.OpenS3(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "BUSBAR_S3_BUCKET") {
		t.Errorf("a bucket that isn't there gives %v", err)
	}
	c.Endpoint = "s3.example"
	if _, err := files.OpenS3(c); err == nil || !strings.Contains(err.Error(), "whole URL") {
		t.Errorf("an endpoint without scheme gives %v", err)
	}
}
