package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/embedded"
	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/migrations"
)

// foundation is what every command that touches data stands on.
type foundation struct {
	config   *config
	logger   *slog.Logger
	postgres *embedded.Server
	db       *db.DB
	bus      bus.Bus
	url      string
}

// lay starts or finds Postgres, brings its schema up to date, and connects.
func lay(ctx context.Context, c *config, logger *slog.Logger, migrate bool) (*foundation, error) {
	f := &foundation{config: c, logger: logger, url: c.DatabaseURL}
	if err := f.lay(ctx, migrate); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *foundation) lay(ctx context.Context, migrate bool) (err error) {
	if f.url == "" {
		if f.url, err = f.findPostgres(ctx); err != nil {
			return err
		}
	}
	if f.config.secret == nil {
		if f.config.secret, err = ownSecret(f.config.DataDir); err != nil {
			return err
		}
	}
	if migrate {
		if err := migrations.Apply(ctx, f.url); err != nil {
			return err
		}
	}
	if f.db, err = db.Open(ctx, f.url, db.Options{Logger: f.logger}); err != nil {
		return err
	}
	if f.config.NATSURL != "" {
		f.bus, err = bus.ConnectNATS(bus.NATSOptions{URL: f.config.NATSURL, Logger: f.logger})
		if err != nil {
			return fmt.Errorf("connect to the message bus: %w", err)
		}
		return nil
	}
	f.bus = bus.NewMemory()
	return nil
}

// findPostgres starts the embedded server, or uses the one that a running Busbar has started over the same data.
func (f *foundation) findPostgres(ctx context.Context) (string, error) {
	dir := filepath.Join(f.config.DataDir, "database")
	used, err := embedded.InUse(dir)
	if err != nil {
		return "", err
	}
	if url, ok := runningURL(f.config.DataDir); ok && used {
		return url, nil
	}
	server, err := embedded.Start(ctx, embedded.Options{DataDir: dir, Logger: f.logger})
	if err != nil {
		return "", err
	}
	f.postgres = server
	if err := os.WriteFile(urlFile(f.config.DataDir), []byte(server.URL()), 0o600); err != nil {
		return "", fmt.Errorf("note where Postgres listens: %w", err)
	}
	return server.URL(), nil
}

// urlFile holds the connection string of the embedded server while it runs, for commands beside a running server.
func urlFile(dataDir string) string { return filepath.Join(dataDir, "database-url") }

func runningURL(dataDir string) (string, bool) {
	text, err := os.ReadFile(urlFile(dataDir))
	return strings.TrimSpace(string(text)), err == nil
}

// close gives everything back, the database last.
func (f *foundation) close() {
	if f.bus != nil {
		if err := f.bus.Close(); err != nil {
			f.logger.Warn("the message bus didn't close cleanly", "error", err)
		}
	}
	if f.db != nil {
		f.db.Close()
	}
	if f.postgres != nil {
		_ = os.Remove(urlFile(f.config.DataDir))
		if err := f.postgres.Stop(context.Background()); err != nil {
			f.logger.Warn("the embedded Postgres didn't stop cleanly", "error", err)
		}
	}
}

// ownSecret is the key that is made at the first start and kept beside the embedded database.
func ownSecret(dataDir string) ([]byte, error) {
	path := filepath.Join(dataDir, "secret.key")
	text, err := os.ReadFile(path)
	if err == nil {
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
		if err != nil || len(key) != 32 {
			return nil, fmt.Errorf("%s is damaged: restore it from a backup, because the passwords of stations are hashed with it", path)
		}
		return key, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the secret key: %w", err)
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program instead
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keep the secret key: %w", err)
	}
	if _, err := file.WriteString(base64.StdEncoding.EncodeToString(key) + "\n"); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the secret key: %w", err), file.Close())
	}
	return key, file.Close()
}

// openBlobs opens where files are kept: a bucket that every node reaches, or the data directory.
func openBlobs(ctx context.Context, c *config) (files.Blobs, error) {
	if c.S3Endpoint == "" {
		return files.OpenDirectory(filepath.Join(c.DataDir, "files"))
	}
	bucket, err := files.OpenS3(files.S3Config{
		Endpoint: c.S3Endpoint, Bucket: c.S3Bucket, AccessKey: c.S3AccessKey, SecretKey: c.S3SecretKey, Region: c.S3Region,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return bucket, bucket.Check(ctx)
}

// derive makes a key of its own for each purpose, so that none can be used for another.
func derive(secret []byte, purpose string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(purpose))
	return h.Sum(nil)
}

func newLogger(c *config, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // checked before
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
