package ocpp_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/internal/pki/endpoint"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// A TLS handshake that failed belongs to the one station that was last heard from the address. Where there are several, or none, it belongs
// to nobody, whoever the tenants are.
func TestFailedTLSHandshakeBelongsToTheOnlyStationAtTheAddress(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	one, two := w.AddStation(w.A, w.A.Main, "CP1", 1), w.AddStation(w.B, w.B.Main, "CP1", 1)
	w.Owner("update stations set remote_address = '203.0.113.7' where id = $1", one.ID)
	ctx, address := context.Background(), netip.MustParseAddr("203.0.113.7")
	old := endpoint.Failure{Reason: endpoint.OldVersion, Offered: tls.VersionTLS10}
	kept := func() string {
		return worldtest.OwnerValue[string](w, `select coalesce((select string_agg(concat_ws(' ', coalesce(t.slug, 'nobody'), identity, cause, count, tls_version), ', ' order by a.id) from connection_attempts a left join tenants t on t.id = a.tenant_id), '')`)
	}
	w.Charging.TLSFailed(ctx, address, old)
	w.Charging.TLSFailed(ctx, address, old)
	if got := kept(); got != "alpha CP1 TLS_VERSION 2 TLS 1.0" {
		t.Errorf("kept is %q", got)
	}
	if got := worldtest.OwnerValue[string](w, "select explanation from connection_attempts"); !strings.Contains(got, "at most TLS 1.0") {
		t.Errorf("it says %q", got)
	}
	// The ladder has it on a rung of its own, between reaching us and saying who one is.
	st, err := w.DB.Ent().Station.Get(w.A.As(tenancy.Owner), one.ID)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := w.Charging.OnboardingSteps(w.A.As(tenancy.Owner), st)
	if err != nil {
		t.Fatal(err)
	}
	var ladder []string
	for _, s := range steps[:3] {
		ladder = append(ladder, s.Key+" "+s.State)
	}
	if got := fmt.Sprint(ladder); got != "[REACHED PASSED TLS FAILED IDENTITY WAITING]" || steps[1].Fix == "" {
		t.Errorf("the ladder is %s", got)
	}
	// Another tenant's station at the same address: nobody knows which of them it was.
	w.Owner("update stations set remote_address = '203.0.113.7' where id = $1", two.ID)
	w.Charging.TLSFailed(ctx, address, old)
	w.Charging.TLSFailed(ctx, netip.MustParseAddr("2001:db8::1"), endpoint.Failure{Reason: endpoint.Distrusted, Offered: tls.VersionTLS12, Detail: "unknown certificate authority"})
	if got := kept(); got != "alpha CP1 TLS_VERSION 2 TLS 1.0, nobody  TLS_VERSION 1 TLS 1.0, nobody  TLS_HANDSHAKE 1 TLS 1.2" {
		t.Errorf("kept is %q", got)
	}
	if n, err := w.DB.Ent().ConnectionAttempt.Query().Count(w.B.As(tenancy.Owner)); err != nil || n != 0 {
		t.Errorf("the other tenant sees %d attempts, %v", n, err)
	}
}

// Whoever fails again and again leaves a few traces, from all addresses of a network of IPv6 together.
func TestFailedTLSHandshakesAreBounded(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	for i := range 30 {
		for _, address := range []string{"198.51.100.4", fmt.Sprintf("2001:db8::%d", i+1)} {
			w.Charging.TLSFailed(context.Background(), netip.MustParseAddr(address), endpoint.Failure{Reason: endpoint.HungUp})
		}
	}
	if got := worldtest.OwnerValue[string](w, "select string_agg(n || ' in ' || rows, ', ' order by rows) from (select sum(count) n, count(*) rows from connection_attempts group by remote_address like '%:%') s"); got != "6 in 1, 6 in 6" {
		t.Errorf("kept are %s", got)
	}
	w.Charging.TLSFailed(context.Background(), netip.Addr{}, endpoint.Failure{Reason: endpoint.HungUp})
}

// Every reason has words and a fix of its own.
func TestEveryReasonOfAFailedTLSHandshakeHasAFix(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	reasons := []endpoint.Reason{
		endpoint.OldVersion, endpoint.NoCommonSuite, endpoint.Distrusted, endpoint.Refused, endpoint.PlainOnTLS, endpoint.TLSOnPlain, endpoint.HungUp,
		endpoint.TimedOut, endpoint.ProxyHeader, endpoint.Broken,
	}
	for i, r := range reasons {
		w.Charging.TLSFailed(context.Background(), netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", i+1)), endpoint.Failure{Reason: r, Offered: tls.VersionTLS11, Detail: "x\x1b[31m"})
	}
	if got := worldtest.OwnerValue[int](w, "select count(distinct explanation) from connection_attempts where fix <> '' and explanation not like '%' || chr(27) || '%'"); got != len(reasons) {
		t.Errorf("%d of %d reasons have words", got, len(reasons))
	}
}
