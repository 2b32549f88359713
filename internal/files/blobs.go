package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"time"

	"github.com/google/uuid"
)

// Blobs is where bytes are kept. Keys are tenant/id.
type Blobs interface {
	// Put reads to the end and keeps all of it, or nothing: what r or the storage refuses half-way leaves no blob.
	Put(ctx context.Context, key string, r io.Reader) error
	// Open gives the bytes; fs.ErrNotExist is wrapped where there are none.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	// Delete removes a blob; one that isn't there is no error.
	Delete(ctx context.Context, key string) error
	// List calls visit for every blob of a tenant, also for the remains of a Put that died with its process.
	List(ctx context.Context, tenant uuid.UUID, visit func(key string, modified time.Time) error) error
}

// keyPattern is a blob's key, and behind it the mark of bytes that are not whole yet.
var keyPattern = regexp.MustCompile(`^[0-9a-f-]{36}/[0-9a-f-]{36}(\.part)?$`)

func checkKey(key string) error {
	if !keyPattern.MatchString(key) {
		return fmt.Errorf("%q is no key of a blob", key)
	}
	return nil
}

// Directory keeps blobs in a directory: a directory per tenant, a file per blob.
type Directory struct{ root *os.Root }

// OpenDirectory uses a directory, and makes it where it isn't there.
func OpenDirectory(dir string) (*Directory, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory for files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the directory for files: %w", err)
	}
	return &Directory{root}, nil
}

// Close gives the directory back.
func (d *Directory) Close() error { return d.root.Close() }

// Put implements Blobs: bytes are written beside their place and moved there once they are on the disk.
func (d *Directory) Put(ctx context.Context, key string, r io.Reader) (err error) {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := d.root.MkdirAll(path.Dir(key), 0o700); err != nil {
		return fmt.Errorf("make room for a blob: %w", err)
	}
	part := key + ".part"
	file, err := d.root.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("begin a blob: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.root.Remove(part))
		}
	}()
	_, err = io.Copy(file, untilDone{ctx, r})
	if err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("write a blob: %w", err)
	}
	if err := d.root.Rename(part, key); err != nil {
		return fmt.Errorf("put a blob in its place: %w", err)
	}
	return nil
}

// Open implements Blobs.
func (d *Directory) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	file, err := d.root.Open(key)
	if err != nil {
		return nil, fmt.Errorf("open a blob: %w", err)
	}
	return file, nil
}

// Delete implements Blobs.
func (d *Directory) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := d.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete a blob: %w", err)
	}
	return nil
}

// List implements Blobs.
func (d *Directory) List(ctx context.Context, tenant uuid.UUID, visit func(string, time.Time) error) error {
	err := fs.WalkDir(d.root.FS(), tenant.String(), func(key string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || entry.IsDir() || checkKey(key) != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return visit(key, info.ModTime())
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list blobs: %w", err)
	}
	return nil
}

// untilDone reads until its context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
