package endpoint

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Pair is the file of a certificate with its chain, and that of its key.
type Pair struct{ Certificate, Key string }

// files are certificates that somebody else renews. They are read again when they change, and connections stay open meanwhile: TLS uses a
// certificate in the handshake alone.
type files struct {
	pairs  []Pair
	given  []*x509.Certificate
	logger *slog.Logger
	now    func() time.Time

	current atomic.Pointer[[]*tls.Certificate]
	mu      sync.Mutex
	// seen is the state of the files that current was read from, or that were refused.
	seen [sha256.Size]byte
}

func openFiles(pairs []Pair, given []*x509.Certificate, logger *slog.Logger, now func() time.Time) (*files, error) {
	f := &files{pairs: pairs, given: given, logger: logger, now: now}
	contents, seen, err := f.read()
	if err != nil {
		return nil, err
	}
	list, err := parse(pairs, contents)
	if err != nil {
		return nil, err
	}
	f.seen = seen
	f.take(list)
	return f, nil
}

// read gives certificate and key of each pair, with a sum that tells whether anything changed: times of files say too little where they
// are replaced within a second or behind a link.
func (f *files) read() (contents [][2][]byte, sum [sha256.Size]byte, err error) {
	hash := sha256.New()
	for _, p := range f.pairs {
		var pair [2][]byte
		for i, path := range []string{p.Certificate, p.Key} {
			if pair[i], err = os.ReadFile(path); err != nil {
				return nil, sum, fmt.Errorf("read the server's certificate: %w", err)
			}
			one := sha256.Sum256(pair[i])
			hash.Write(one[:])
		}
		contents = append(contents, pair)
	}
	return contents, [sha256.Size]byte(hash.Sum(nil)), nil
}

func parse(pairs []Pair, contents [][2][]byte) ([]*tls.Certificate, error) {
	var list []*tls.Certificate
	for i, pair := range contents {
		c, err := tls.X509KeyPair(pair[0], pair[1])
		if err != nil {
			return nil, fmt.Errorf("the server's certificate in %s with the key in %s can't be used: %w", pairs[i].Certificate, pairs[i].Key, err)
		}
		list = append(list, &c)
	}
	sortByStrength(list)
	return list, nil
}

// sortByStrength puts ECDSA first: it costs a quarter of the time and stations that know both are better off.
func sortByStrength(list []*tls.Certificate) {
	slices.SortStableFunc(list, func(a, b *tls.Certificate) int { return rank(a) - rank(b) })
}

func rank(c *tls.Certificate) int {
	if _, ok := c.Leaf.PublicKey.(*ecdsa.PublicKey); ok {
		return 0
	}
	return 1
}

// take puts certificates to use, and says what stations will find wrong with them.
func (f *files) take(list []*tls.Certificate) {
	f.current.Store(&list)
	for _, c := range list {
		leaf := c.Leaf
		switch now := f.now(); {
		case now.After(leaf.NotAfter):
			f.logger.Error("the server's certificate has expired: stations that check it can't connect; renew it", "subject", leaf.Subject.String(), "expired", leaf.NotAfter)
		case now.Before(leaf.NotBefore):
			f.logger.Error("the server's certificate isn't valid yet: stations that check it can't connect", "subject", leaf.Subject.String(), "from", leaf.NotBefore)
		}
		if len(c.Certificate) == 1 && !bytes.Equal(leaf.RawIssuer, leaf.RawSubject) && !f.signedByGiven(leaf) {
			f.logger.Warn("the server's certificate comes without those above it: most stations need the whole chain in the file", "subject", leaf.Subject.String(), "issuer", leaf.Issuer.String())
		}
	}
}

func (f *files) signedByGiven(leaf *x509.Certificate) bool {
	return slices.ContainsFunc(f.given, func(root *x509.Certificate) bool { return leaf.CheckSignatureFrom(root) == nil })
}

func (f *files) look() {
	f.mu.Lock()
	defer f.mu.Unlock()
	contents, seen, err := f.read()
	if err != nil {
		f.logger.Warn("the server's certificate can't be read again, so the one before stays", "error", err)
		return
	}
	if seen == f.seen {
		return
	}
	f.seen = seen
	list, err := parse(f.pairs, contents)
	if err != nil {
		f.logger.Error("the server's certificate was changed to one that can't be used, so the one before stays", "error", err)
		return
	}
	f.take(list)
	f.logger.Info("the server's certificate was changed; open connections stay", "until", list[0].Leaf.NotAfter)
}

func (f *files) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return choose(*f.current.Load(), hello), nil
}

func (f *files) shown() []*x509.Certificate { return leaves(*f.current.Load()) }

func (f *files) roots() []*x509.Certificate { return f.given }

func leaves(list []*tls.Certificate) (leaves []*x509.Certificate) {
	for _, c := range list {
		leaves = append(leaves, c.Leaf)
	}
	return leaves
}
