package endpoint

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/busbar-ev/busbar/internal/pki"
)

// developmentLife is how long certificates of the development authority count. They are made anew in time, and at each start.
const developmentLife = 90 * 24 * time.Hour

// development is an authority of our own, for trying things out: it is made at the first start and kept in the data directory.
type development struct {
	authority *pki.Authority
	names     pki.Names
	logger    *slog.Logger
	now       func() time.Time

	mu      sync.Mutex
	current atomic.Pointer[[]*tls.Certificate]
}

func openDevelopment(directory string, names []string, logger *slog.Logger, now func() time.Time) (*development, error) {
	a, err := ownAuthority(filepath.Join(directory, "tls"), now())
	if err != nil {
		return nil, err
	}
	d := &development{authority: a, names: pki.NamesOf(names...), logger: logger, now: now}
	return d, d.renew()
}

// ownAuthority reads the development authority, or makes it. It lies in one file, so that a crash leaves no half of it.
func ownAuthority(directory string, now time.Time) (*pki.Authority, error) {
	path := filepath.Join(directory, "development-root.pem")
	text, err := os.ReadFile(path)
	if err == nil {
		certificate, rest := pem.Decode(text)
		key, _ := pem.Decode(rest)
		if certificate == nil || key == nil {
			return nil, fmt.Errorf("%s is damaged: restore it, or remove it and install the root that is made instead on every station", path)
		}
		a, err := pki.OpenAuthority(certificate.Bytes, key.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s is damaged: restore it, or remove it and install the root that is made instead on every station: %w", path, err)
		}
		return a, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the development authority: %w", err)
	}
	a, err := pki.NewRoot("Busbar development root", "", now)
	if err != nil {
		return nil, err
	}
	key, err := a.Key()
	if err != nil {
		return nil, fmt.Errorf("keep the development authority: %w", err)
	}
	text = append([]byte(pki.WritePEM(a.Certificate)), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := writeWhole(directory, path, text); err != nil {
		return nil, fmt.Errorf("keep the development authority: %w", err)
	}
	return a, nil
}

// writeWhole writes a secret file that is there either whole or not at all.
func writeWhole(directory, path string, text []byte) error {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(directory, ".root-*") // readable to its owner alone
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// renew makes new certificates of both kinds with new keys.
func (d *development) renew() error {
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the server's key: %w", err)
	}
	classic, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("make the server's key: %w", err)
	}
	var list []*tls.Certificate
	for _, key := range []crypto.Signer{elliptical, classic} {
		leaf, err := d.authority.SignServer(key.Public(), d.names, developmentLife, d.now())
		if err != nil {
			return err
		}
		// The root comes along: stations that look for it by its name find it, and it is small.
		list = append(list, &tls.Certificate{Certificate: [][]byte{leaf.Raw, d.authority.Certificate.Raw}, PrivateKey: key, Leaf: leaf})
	}
	d.current.Store(&list)
	return nil
}

func (d *development) look() {
	d.mu.Lock()
	defer d.mu.Unlock()
	leaf := (*d.current.Load())[0].Leaf
	if d.now().Before(leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) * 2 / 3)) {
		return
	}
	if err := d.renew(); err != nil {
		d.logger.Error("the server's certificate can't be renewed", "until", leaf.NotAfter, "error", err)
		return
	}
	d.logger.Info("the server's certificate was renewed; open connections stay")
}

func (d *development) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return choose(*d.current.Load(), hello), nil
}

func (d *development) shown() []*x509.Certificate { return leaves(*d.current.Load()) }

func (d *development) roots() []*x509.Certificate {
	return []*x509.Certificate{d.authority.Certificate}
}
