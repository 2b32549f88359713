package payments

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

const (
	// longestEvent is how long a webhook's body may be.
	longestEvent = 64 << 10
	// longestEventID is how much of an event's id is kept.
	longestEventID = 255
	// taking is how long an event may take to be stored. The provider sends it again if it isn't.
	taking = 10 * time.Second
)

// Handler takes the webhooks of providers: POST /webhooks/{provider}/{account}. It answers 2xx once the event is stored; what it is about
// is looked at afterwards. Whatever isn't the provider's is refused without saying why.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhooks/{provider}/{account}", s.webhook)
	return mux
}

func (s *Service) webhook(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), taking)
	defer cancel()
	from := addressOf(r.RemoteAddr)
	id, err := uuid.Parse(r.PathValue("account"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if wait := s.forged.wait(from, id); wait > 0 {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "Too many webhooks from this address weren't the provider's.", http.StatusTooManyRequests)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestEvent))
	if err != nil {
		http.Error(w, "The event is too long, or didn't arrive whole.", http.StatusRequestEntityTooLarge)
		return
	}
	ctx, err = s.inTenantOf(ctx, id, r.PathValue("provider"))
	if errors.Is(err, pgx.ErrNoRows) {
		http.NotFound(w, r)
		return
	}
	if err == nil {
		err = s.accept(ctx, id, r.Header, body)
	}
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case errors.Is(err, payment.ErrForged), errors.Is(err, payment.ErrOtherAccount), errors.Is(err, payment.ErrOtherMode):
		s.forged.add(from, id)
		s.logger.Warn("a webhook was refused", "account", id, "from", from, "error", err)
		http.Error(w, "Refused.", http.StatusBadRequest)
	case fault.Is(err, fault.NotFound):
		http.NotFound(w, r)
	default:
		s.logger.Error("a webhook couldn't be stored: the provider sends it again", "account", id, "error", err)
		w.Header().Set("Retry-After", "30")
		http.Error(w, "Temporarily unavailable.", http.StatusServiceUnavailable)
	}
}

// named is an account as a webhook's URL names it.
type named struct {
	id       uuid.UUID
	provider string
}

// inTenantOf acts in the tenant of an account. An actor finds it that learns nothing else, and once only: an account stays where it is.
func (s *Service) inTenantOf(ctx context.Context, id uuid.UUID, provider string) (context.Context, error) {
	if tenant, known := s.tenants.Load(named{id, provider}); known {
		return tenancy.NewContext(ctx, tenancy.Billing(tenant.(uuid.UUID))), nil
	}
	rows, err := s.db.Query(tenancy.NewContext(ctx, tenancy.Webhooks()), "select tenant_id from payment_accounts where id = $1 and provider = $2", id, strings.ToUpper(provider))
	if err != nil {
		return ctx, err
	}
	tenant, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return ctx, err
	}
	s.tenants.Store(named{id, provider}, tenant)
	return tenancy.NewContext(ctx, tenancy.Billing(tenant)), nil
}

// accept reads an event and stores it.
func (s *Service) accept(ctx context.Context, id uuid.UUID, header http.Header, body []byte) error {
	gateway, a, err := s.gateway(ctx, id)
	if err != nil {
		return err
	}
	e, err := gateway.Event(header, body, s.now())
	if err != nil {
		return err
	}
	if e.ID == "" || len(e.ID) > longestEventID {
		return payment.ErrForged
	}
	// A provider that got no answer sends an event again, many times at once where it was slow: one of them stores it for all.
	_, err, _ = s.arriving.Do(a.ID.String()+" "+e.ID, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), taking)
		defer cancel()
		return nil, s.receive(ctx, a, e, body)
	})
	return err
}

const (
	// One address may send so many forged webhooks for one account in a window. It is counted for each account, because a provider's
	// address sends for all: one account with a wrong secret mustn't silence the others.
	forgedMost   = 20
	forgedWindow = time.Minute
	// Beyond this many keys all are forgotten, so that an attacker can't fill the memory.
	forgedKeys = 50_000
)

// brake slows those down who send webhooks that aren't a provider's, before their bodies are read.
type brake struct {
	now func() time.Time

	mu    sync.Mutex
	count map[braked]*forgeries
}

type braked struct {
	address string
	account uuid.UUID
}

type forgeries struct {
	n     int
	until time.Time
}

func newBrake(now func() time.Time) *brake { return &brake{now: now, count: map[braked]*forgeries{}} }

// wait is how long an address has to wait with an account.
func (b *brake) wait(address string, account uuid.UUID) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.count[braked{address, account}]
	if f == nil || f.n < forgedMost {
		return 0
	}
	return f.until.Sub(b.now())
}

// add counts a webhook that wasn't the provider's.
func (b *brake) add(address string, account uuid.UUID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := braked{address, account}
	f := b.count[key]
	if now := b.now(); f == nil || !now.Before(f.until) {
		if len(b.count) >= forgedKeys {
			clear(b.count)
		}
		f = &forgeries{until: now.Add(forgedWindow)}
		b.count[key] = f
	}
	f.n++
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
	if network, err := ip.Prefix(64); err == nil && ip.Is6() {
		return network.String()
	}
	return ip.String()
}
