package files_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/tenancy"
)

// Another tenant's files and transfers aren't there, and neither are another network's for those who are bound to one.
func TestSec082_ForeignFilesAreMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{})
	f := w.firmware(w.a, "firmware")
	_, transfer := w.expect(w.a)
	for who, ctx := range map[string]context.Context{"another tenant": w.b.staff(), "another network": w.a.in(w.a.sub)} {
		if _, err := w.files.Get(ctx, f.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: get: %v", who, err)
		}
		if _, _, err := w.files.Open(ctx, f.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: open: %v", who, err)
		}
		if _, err := w.files.Offer(ctx, f.ID, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: offer: %v", who, err)
		}
		if err := w.files.Delete(ctx, f.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: delete: %v", who, err)
		}
		if _, err := w.files.Transfer(ctx, transfer); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: transfer: %v", who, err)
		}
		if err := w.files.Revoke(ctx, transfer); err != nil {
			t.Errorf("%s: revoke: %v", who, err)
		}
		if _, _, err := w.files.Expect(ctx, files.Expectation{Station: w.a.mainStation}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: expect: %v", who, err)
		}
		if _, err := w.files.Store(ctx, files.Meta{Network: w.a.main, Kind: files.Firmware}, strings.NewReader("x")); err == nil {
			t.Errorf("%s: stored into a foreign network", who)
		}
		if _, err := w.files.Store(ctx, files.Meta{Kind: files.Firmware, Station: w.a.mainStation, Network: w.b.main}, strings.NewReader("x")); err == nil {
			t.Errorf("%s: stored for a foreign station", who)
		}
	}
	if _, err := w.files.Store(w.a.in(w.a.sub), files.Meta{Kind: files.Firmware}, strings.NewReader("x")); !fault.Is(err, fault.NotFound) {
		t.Errorf("stored for the whole tenant by somebody in one network: %v", err)
	}
	if _, _, err := w.files.Expect(w.a.staff(), files.Expectation{Station: w.a.mainStation, Network: w.a.sub}); !fault.Is(err, fault.NotFound) {
		t.Errorf("expected from a station in another network: %v", err)
	}
	if w.count("select count(*) from files") != 1 || w.count("select count(*) from file_transfers") != 1 || w.blobCount(w.a) != 1 || w.blobCount(w.b) != 0 {
		t.Error("something was changed or left behind")
	}
	if _, err := w.files.Get(context.Background(), f.ID); err == nil {
		t.Error("a file was given to nobody")
	}
	if _, err := w.files.Get(w.a.in(w.a.main), f.ID); err != nil {
		t.Errorf("the network's own: %v", err)
	}
}

// A row of one tenant can't point at a row of another, not even as the owner of the database.
func TestSec056_FilesPointIntoTheirTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{})
	f := w.firmware(w.a, "firmware")
	insertFile := `insert into files (id, tenant_id, network_id, station_id, kind, name, size, sha256, content_type, blob_key)
		values (gen_random_uuid(), $1, $2, $3, 'LOG', 'x', 1, sha256('x'), 'x', gen_random_uuid()::text)`
	insertTransfer := `insert into file_transfers (id, tenant_id, network_id, station_id, token_hash, direction, kind, file_id, max_bytes, expires_at)
		values (gen_random_uuid(), $1, $2, $3, sha256(gen_random_uuid()::text::bytea), 'IN', 'LOG', $4, 1, now())`
	w.owner(insertFile, w.b.id, w.b.main, w.b.mainStation)
	w.owner(insertTransfer, w.a.id, w.a.main, w.a.mainStation, f.ID)
	for what, err := range map[string]error{
		"a file in a foreign network":       w.tryOwner(insertFile, w.b.id, w.a.main, nil),
		"a file of a foreign station":       w.tryOwner(insertFile, w.b.id, nil, w.a.mainStation),
		"a transfer in a foreign network":   w.tryOwner(insertTransfer, w.b.id, w.a.main, w.b.mainStation, nil),
		"a transfer of a foreign station":   w.tryOwner(insertTransfer, w.b.id, nil, w.a.mainStation, nil),
		"a transfer of a foreign file":      w.tryOwner(insertTransfer, w.b.id, nil, w.b.mainStation, f.ID),
		"a transfer moved to a foreign one": w.tryOwner("update file_transfers set tenant_id = $1 where tenant_id = $2", w.b.id, w.a.id),
	} {
		if err == nil || !strings.Contains(err.Error(), "foreign key") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The actor that looks up tokens learns whose a link is, and nothing else.
func TestSec078_LookingUpATokenIsNarrow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{})
	w.firmware(w.a, "firmware")
	w.expect(w.a)
	ctx := tenancy.NewContext(context.Background(), tenancy.Files())
	for _, sql := range []string{
		"select name from file_transfers", "select file_id from file_transfers", "select station_id from file_transfers", "select * from files", "select id from stations",
		"select id from tenants", "update file_transfers set expires_at = now()", "delete from file_transfers", "select id from api_keys",
	} {
		if _, err := w.db.Exec(ctx, sql); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if n, err := w.db.Exec(ctx, "select id, tenant_id, token_hash, expires_at from file_transfers"); err != nil || n != 1 {
		t.Errorf("it sees %d links, %v", n, err)
	}
	w.owner("update file_transfers set expires_at = now()")
	if n, err := w.db.Exec(ctx, "select id from file_transfers"); err != nil || n != 0 {
		t.Errorf("it sees %d expired links, %v", n, err)
	}
	for _, p := range tenancy.Permissions() {
		if tenancy.Files().CanSomewhere(p) {
			t.Errorf("it holds %s", p)
		}
	}
}

// A clean-up removes what is past its time and nobody's, in one tenant, and nothing else.
func TestSweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{})
	dir := t.TempDir()
	directory, err := files.OpenDirectory(dir)
	w.must(err)
	t.Cleanup(func() { w.must(directory.Close()) })
	w.blobs = directory
	later := time.Now()
	w.files = files.New(w.db, directory, slog.New(slog.DiscardHandler), files.Config{PublicURL: w.http.URL, Now: func() time.Time { return later }})
	kept, foreign := w.firmware(w.a, "kept"), w.firmware(w.b, "foreign")
	w.expect(w.a)
	w.expect(w.b)
	stray := uuid.NewString()
	for _, key := range []string{w.a.id.String() + "/" + stray, w.b.id.String() + "/" + stray} {
		w.must(directory.Put(t.Context(), key, strings.NewReader("stray")))
	}
	w.must(os.WriteFile(filepath.Join(dir, w.a.id.String(), uuid.NewString()+".part"), []byte("half"), 0o600))

	if got, err := w.files.Sweep(w.a.upkeep()); err != nil || got != (files.Swept{}) {
		t.Errorf("what is young was swept: %+v, %v", got, err)
	}
	later = later.Add(48 * time.Hour)
	if _, err := w.files.Sweep(w.a.in(w.a.main)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("somebody bound to a network swept: %v", err)
	}
	if got, err := w.files.Sweep(w.a.upkeep()); err != nil || got != (files.Swept{Transfers: 1, Blobs: 2}) {
		t.Errorf("swept %+v, %v", got, err)
	}
	if w.content(w.a, kept.ID) != "kept" || w.content(w.b, foreign.ID) != "foreign" {
		t.Error("a file was swept away")
	}
	if w.count("select count(*) from file_transfers") != 1 || w.blobCount(w.b) != 2 {
		t.Error("another tenant was swept")
	}
}

// What can't be stored leaves nothing behind.
func TestStoreFailsWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, files.Config{})
	for what, c := range map[string]struct {
		meta files.Meta
		from io.Reader
	}{
		"no kind":         {files.Meta{Network: w.a.main}, strings.NewReader("x")},
		"empty":           {files.Meta{Network: w.a.main, Kind: files.Firmware}, strings.NewReader("")},
		"broken":          {files.Meta{Network: w.a.main, Kind: files.Firmware}, broken(10_000)},
		"unknown network": {files.Meta{Network: uuid.New(), Kind: files.Firmware}, strings.NewReader("x")},
	} {
		if _, err := w.files.Store(w.a.staff(), c.meta, c.from); err == nil {
			t.Errorf("%s was stored", what)
		}
	}
	if n := w.blobCount(w.a); n != 0 {
		t.Errorf("%d blobs are left", n)
	}
	f, err := w.files.Store(w.a.staff(), files.Meta{Kind: files.Firmware, Name: "../../ä/b c\x00.bin", ContentType: "multipart/form-data; boundary=x"}, strings.NewReader("x"))
	if err != nil || f.Name != "b c.bin" || f.ContentType != "application/octet-stream" {
		t.Errorf("stored %+v, %v", f, err)
	}
}
