package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/busbar-ev/busbar/internal/fault"
)

const (
	minPassword = 10
	// maxPassword is in bytes and keeps hashing from being fed novels.
	maxPassword = 1024
	// maxWaiting is how many may stand in line for the processors before others are sent away.
	maxWaiting = 100
)

// hashing is beyond the OWASP minimum for argon2id (46 MiB, one pass, one lane). One lane, so that one sign-in takes one processor.
var hashing = &argon2id.Params{Memory: 64 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// passwords hashes and verifies people's passwords, a few at a time: a flood of sign-ins fills the line, not the machine.
type passwords struct {
	slots   chan struct{}
	waiting atomic.Int32
	// nobodys is a hash that no password has, to spend the same time on an account that isn't there.
	nobodys string
}

func newPasswords() *passwords {
	random := make([]byte, hashing.SaltLength+hashing.KeyLength)
	_, _ = rand.Read(random) // never fails
	b64 := base64.RawStdEncoding.EncodeToString
	return &passwords{
		// Half of the processors stay with the stations.
		slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
		nobodys: fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", hashing.Memory, hashing.Iterations, hashing.Parallelism,
			b64(random[:hashing.SaltLength]), b64(random[hashing.SaltLength:])),
	}
}

func checkPassword(field, password string) error {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return fault.In(field, "A password has at least %d characters.", minPassword)
	case len(password) > maxPassword:
		return fault.In(field, "A password has at most %d bytes.", maxPassword)
	}
	return nil
}

func (p *passwords) hash(ctx context.Context, password string) (hash string, err error) {
	err = p.inTurn(ctx, func() error {
		hash, err = argon2id.CreateHash(password, hashing)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// verify compares a password with a hash. Without a hash it takes the same time and says no.
func (p *passwords) verify(ctx context.Context, password, hash string) (match bool, err error) {
	known := hash != ""
	if !known {
		hash = p.nobodys
	}
	err = p.inTurn(ctx, func() error {
		match, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("verify a password: %w", err)
	}
	return match && known, nil
}

func (p *passwords) inTurn(ctx context.Context, work func() error) error {
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > maxWaiting {
		return fault.New(fault.Unavailable, "Too many people are signing in at this moment: try again in a few seconds.")
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return errors.Join(errors.New("wait for a turn"), ctx.Err())
	}
	defer func() { <-p.slots }()
	return work()
}
