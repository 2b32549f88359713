// Package secrets owns how secrets lie at rest: keys of payment providers, keys of certificate authorities, whatever the database
// must hold and a copy of the database must not tell.
//
//	server's secret ─HKDF, purpose─> key-encryption key ─┐
//	random data key, one for each value ─────────────────┴─AES-256-GCM─> wrapped key ┐
//	value ─────────────────AES-256-GCM with the data key─────────────────> content   ┴─> sealed value
//
// A sealed value is bytes, in this order:
//
//	1   version
//	8   id of the key-encryption key
//	60  data key, wrapped: nonce, key, tag
//	28+ content: nonce, value, tag
//
// Both layers are bound to the place of the value: tenant, table, column and record. A value that was copied to another place doesn't
// open there. A value can be put back to an older one of the same place; whoever may write to the database may do that.
//
// The server's secret is changed by naming the new one first and the old one after it, until Rewrap has gone over every value.
package secrets

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

const (
	version1 = 1
	idSize   = 8
	keySize  = 32
	// sealing is what AES-GCM adds: a nonce of 12 bytes and a tag of 16.
	sealing = 12 + 16
	header  = 1 + idSize
	wrapped = header + keySize + sealing
	// Overhead is how much longer a sealed value is than the value.
	Overhead = wrapped + sealing
)

// ErrClosed is the answer to whatever doesn't open. It doesn't tell why, so that nobody learns from it what is nearly right.
var ErrClosed = errors.New("the secret can't be opened: it was sealed with another key or for another record, or it was changed since; " +
	"check that the server's secret key is the one under which it was stored")

// Platform stands for the tenant of what belongs to none. It isn't uuid.Nil, so that a tenant that was forgotten is refused.
var Platform = uuid.Max

// Place is where a value lies.
type Place struct {
	Tenant        uuid.UUID
	Table, Column string
	Record        uuid.UUID
}

func (p Place) check() error {
	if p.Tenant == uuid.Nil || p.Record == uuid.Nil || p.Table == "" || p.Column == "" {
		return errors.New("a secret needs its tenant, table, column and record")
	}
	return nil
}

// bound is what a layer is authenticated with. Texts carry their length, so that no two places read alike.
func (p Place) bound(layer string) []byte {
	out := make([]byte, 0, 64+len(p.Table)+len(p.Column))
	for _, text := range [...]string{layer, p.Table, p.Column} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(text)))
		out = append(out, text...)
	}
	out = append(out, p.Tenant[:]...)
	return append(out, p.Record[:]...)
}

type keyID [idSize]byte

// Box seals and opens the values of one purpose. It may be used concurrently.
type Box struct {
	newest keyID
	keys   map[keyID]cipher.AEAD
}

// New makes the box of a purpose, such as "payment providers". The newest of the server's secrets comes first and is the one that
// seals; all of them open. Each has at least 32 random bytes.
func New(purpose string, newest []byte, older ...[]byte) (*Box, error) {
	if purpose == "" {
		return nil, errors.New("seal secrets: no purpose is named")
	}
	b := &Box{keys: make(map[keyID]cipher.AEAD, 1+len(older))}
	for i, secret := range append([][]byte{newest}, older...) {
		if len(secret) < keySize {
			return nil, fmt.Errorf("seal secrets: the server's secret has %d bytes, at least %d are needed", len(secret), keySize)
		}
		key, err := hkdf.Key(sha256.New, secret, nil, "busbar secrets v1, key: "+purpose, keySize)
		if err != nil {
			return nil, fmt.Errorf("derive the key for %s: %w", purpose, err)
		}
		name, err := hkdf.Key(sha256.New, secret, nil, "busbar secrets v1, id: "+purpose, idSize)
		if err != nil {
			return nil, fmt.Errorf("name the key for %s: %w", purpose, err)
		}
		id := keyID(name)
		if b.keys[id], err = gcm(key); err != nil {
			return nil, fmt.Errorf("use the key for %s: %w", purpose, err)
		}
		if i == 0 {
			b.newest = id
		}
	}
	return b, nil
}

// gcm draws a nonce for each sealing and puts it before what it seals.
func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Seal closes a value for its place. An error means that the place is incomplete.
func (b *Box) Seal(at Place, value []byte) ([]byte, error) {
	if err := at.check(); err != nil {
		return nil, fmt.Errorf("seal a secret: %w", err)
	}
	key := make([]byte, keySize)
	defer clear(key)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program instead
	content, err := gcm(key)
	if err != nil {
		return nil, fmt.Errorf("seal a secret: %w", err)
	}
	return content.Seal(b.wrap(at, key, len(value)+sealing), nil, value, at.bound("content")), nil
}

// wrap gives the head of a sealed value, with room for what follows.
func (b *Box) wrap(at Place, key []byte, room int) []byte {
	out := make([]byte, 0, wrapped+room)
	out = append(out, version1)
	out = append(out, b.newest[:]...)
	return b.keys[b.newest].Seal(out, nil, key, append(at.bound("key"), out...))
}

// Open gives the value of a place, or ErrClosed.
func (b *Box) Open(at Place, sealed []byte) ([]byte, error) {
	value, key, err := b.open(at, sealed)
	clear(key)
	return value, err
}

func (b *Box) open(at Place, sealed []byte) (value, key []byte, err error) {
	if at.check() != nil || len(sealed) < Overhead || sealed[0] != version1 {
		return nil, nil, ErrClosed
	}
	wrapping, known := b.keys[keyID(sealed[1:header])]
	if !known {
		return nil, nil, ErrClosed
	}
	if key, err = wrapping.Open(nil, nil, sealed[header:wrapped], append(at.bound("key"), sealed[:header]...)); err != nil {
		return nil, nil, ErrClosed
	}
	content, err := gcm(key)
	if err != nil {
		return nil, nil, ErrClosed
	}
	if value, err = content.Open([]byte{}, nil, sealed[wrapped:], at.bound("content")); err != nil {
		return nil, nil, ErrClosed
	}
	return value, key, nil
}

// Rewrap closes a value with the newest key; its content stays as it is. Nothing changes for one that already is. A value that
// doesn't open is ErrClosed and stays as it is.
func (b *Box) Rewrap(at Place, sealed []byte) (out []byte, changed bool, err error) {
	_, key, err := b.open(at, sealed)
	if err != nil {
		return sealed, false, err
	}
	defer clear(key)
	if keyID(sealed[1:header]) == b.newest {
		return sealed, false, nil
	}
	return append(b.wrap(at, key, len(sealed)-wrapped), sealed[wrapped:]...), true, nil
}
