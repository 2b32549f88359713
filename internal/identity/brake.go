package identity

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// One address may guess this often at one account in a window, and this often at all accounts together.
	guessesPerAccount = 10
	guessesPerAddress = 100
	guessWindow       = 15 * time.Minute
	// Beyond this many keys what has run out is forgotten, so that an attacker can't fill the memory.
	brakeKeys = 100_000
)

// brake slows guessing at passwords down. A guess counts before it is looked at, so that a thousand at once don't slip past,
// and is taken back when it was right. It counts per address, so that guessing from elsewhere never locks a person out.
type brake struct {
	now func() time.Time

	mu    sync.Mutex
	count map[string]*guesses
}

type guesses struct {
	n     int
	until time.Time
}

func newBrake(now func() time.Time) *brake { return &brake{now: now, count: map[string]*guesses{}} }

// take counts a guess, or returns how long to wait before the next one.
func (b *brake) take(address, account string) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	pair := address + "\x00" + account
	if wait = max(b.left(pair, guessesPerAccount), b.left(address, guessesPerAddress)); wait > 0 {
		return wait
	}
	b.add(pair)
	b.add(address)
	return 0
}

// forgive takes the guesses at an account back, because one was right.
func (b *brake) forgive(address, account string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.count, address+"\x00"+account)
	if g := b.count[address]; g != nil && g.n > 0 {
		g.n--
	}
}

func (b *brake) left(key string, limit int) time.Duration {
	g := b.count[key]
	if g == nil || g.n < limit {
		return 0
	}
	return max(0, g.until.Sub(b.now()))
}

func (b *brake) add(key string) {
	now := b.now()
	g := b.count[key]
	if g == nil || !now.Before(g.until) {
		if len(b.count) >= brakeKeys {
			b.forget(now)
		}
		g = &guesses{until: now.Add(guessWindow)}
		b.count[key] = g
	}
	g.n++
}

// forget drops what has run out; when nothing has, everything.
func (b *brake) forget(now time.Time) {
	for key, g := range b.count {
		if !now.Before(g.until) {
			delete(b.count, key)
		}
	}
	if len(b.count) >= brakeKeys {
		clear(b.count)
	}
}

// addressOf is where a request came from, without its port. Of IPv6 it is the network that one customer gets.
func addressOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	network, err := ip.Prefix(64)
	if err != nil {
		return ip.String()
	}
	return network.String()
}
