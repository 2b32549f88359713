package ocpp_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/failpoint"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// stores reports whether something is stored at a place. Statements that only read are none, and neither are those by which an operation or a command
// is taken up: nothing happens between them and the commit before them.
func stores(place, what string) bool {
	what = strings.TrimSpace(what)
	verb, _, _ := strings.Cut(what, " ")
	return place != failpoint.BeforeStatement || slices.Contains([]string{"update", "insert", "delete"}, verb) &&
		!strings.HasPrefix(what, "update security_operations set busy_until") && !strings.HasPrefix(what, "update commands set status = 'SENT'")
}

// mortal is an operation whose nodes die: in each of its stages one, at the nth place at which something is stored.
type mortal struct {
	r         *rig
	s         *scripted
	operation uuid.UUID
	nth       int
	// stage is the one that was reached last, seen how many places there were in it, and dead whether a node died in it.
	stage string
	seen  int
	dead  bool
	// deaths tell where nodes died.
	deaths []string
}

// now says which stage the operation is at, and how it ended.
func (m *mortal) now() string {
	return peek[string](m.r, "select step || ' ' || status from security_operations where id = $1", m.operation)
}

// lives works on the operation, on one node, until that dies or the operation has ended. It reports whether it died.
func (m *mortal) lives(node *charging.Service) (died bool) {
	background, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ctx := failpoint.Mortal(background, func(place, what string) {
		if died || !stores(place, what) {
			return
		}
		stage := m.now()
		if stage != m.stage {
			m.stage, m.seen, m.dead = stage, 0, false
		}
		if m.seen++; m.seen == m.nth && !m.dead {
			m.dead, died = true, true
			m.deaths = append(m.deaths, strings.TrimSpace(place+" "+stage))
			cancel()
			runtime.Goexit()
		}
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for background.Err() == nil && strings.HasSuffix(m.now(), "RUNNING") {
			m.r.work(ctx, node, m.operation, m.s.id)
			m.r.pass(5 * time.Second)
			select {
			case <-time.After(5 * time.Millisecond):
			case <-background.Done():
			}
		}
	}()
	<-done
	if !died && background.Err() != nil {
		m.r.t.Fatalf("the operation never ended: %s", m.now())
	}
	return died
}

// ends has one node after the other take the operation up, and says how it ended. The station gets in after each death.
func (m *mortal) ends() string {
	m.r.t.Cleanup(func() {
		if m.r.t.Failed() {
			m.r.t.Logf("station %s, deaths at %v: refused %s", m.s.identity, m.deaths, peek[string](m.r, "select coalesce(string_agg(cause || ' ' || explanation || ' ' || count, '; '), '') from connection_attempts where outcome = 'REFUSED'"))
		}
	})
	nodes := []*charging.Service{m.r.Charging, m.r.peer.Charging}
	for m.lives(nodes[len(m.deaths)%2]) {
		m.r.pass(2 * time.Minute) // the lease of the one that died runs out
		m.s.reconnects()
	}
	m.s.reconnects()
	return peek[string](m.r, `select status || ' ' || (select string_agg(x->>'key', ' ' order by n) from jsonb_array_elements(steps) with ordinality l (x, n))
		from security_operations where id = $1`, m.operation) + "; it stands " + m.s.stands()
}

// dying is an operation that nodes die over.
type dying struct {
	name string
	// from is the profile that the station has before.
	from  int
	begin func(r *rig, s *scripted) uuid.UUID
	// again makes the same station fit for the same operation once more; nil where it takes another one.
	again func(s *scripted)
	// deaths is how many there are at least.
	deaths int
}

// The nodes that work on an operation die before and after everything that they store, in each of its stages one: also between stages in which the
// station is asked nothing. The station gets in at every moment, and the operation ends as it would have.
func TestSec015And016_CrashAtEveryCommit(t *testing.T) {
	for _, version := range everyVersion {
		for _, c := range []dying{
			{name: "password", from: 1, begin: pushPassword, again: func(*scripted) {}, deaths: 15},
			{name: "profile 3", from: 1, begin: func(r *rig, s *scripted) uuid.UUID { return r.upgrade(s, 3).ID }, deaths: 60},
			{name: "profile 3, which leads nowhere", from: 1, begin: leadsNowhere, deaths: 60},
			{name: "back to 2", from: 3, begin: lowered, deaths: 5},
			{name: "renewal", from: 3, begin: renewed, again: func(s *scripted) { s.r.pass(2 * time.Hour) }, deaths: 20},
			{name: "next root", from: 3, begin: installNext, again: func(s *scripted) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.roots = s.roots[:1]
			}, deaths: 15},
		} {
			t.Run(version+" "+c.name, func(t *testing.T) {
				t.Parallel()
				c.everywhere(t, version)
			})
		}
	}
}

func (c dying) everywhere(t *testing.T, version string) {
	r := newRig(t)
	deaths, want := 0, ""
	var s *scripted
	for nth := range 40 {
		// Nothing but names differs between 2.0.1 and 2.1: each takes every second place.
		if nth > 0 && (version == "2.0.1" && nth%2 == 0 || version == "2.1" && nth%2 == 1) {
			continue
		}
		switch {
		case s == nil || c.again == nil:
			s = r.station(fmt.Sprint("CP", nth), version)
			if c.from == 3 {
				if status, why := r.ends(r.upgrade(s, 3).ID, s.id); status != "COMPLETED" {
					t.Fatalf("the upgrade ended %s: %s", status, why)
				}
			}
		default:
			c.again(s)
		}
		m := &mortal{r: r, s: s, operation: c.begin(r, s), nth: nth}
		got := m.ends()
		if nth == 0 {
			want = got // nobody died
		} else if got != want {
			t.Errorf("with deaths at %s it ended %s; without any, %s", strings.Join(m.deaths, ", "), got, want)
		}
		if c.again == nil {
			s.stop()
		}
		if deaths += len(m.deaths); nth > 0 && len(m.deaths) == 0 {
			break
		}
	}
	if version != "1.6" {
		c.deaths /= 2
	}
	if deaths < c.deaths {
		t.Errorf("only %d nodes died", deaths)
	}
	t.Logf("%d nodes died; each time it ended %s", deaths, want)
}

func pushPassword(r *rig, s *scripted) uuid.UUID {
	r.t.Helper()
	o, err := r.Charging.PushPassword(r.A.As(tenancy.Admin), s.id)
	if err != nil {
		r.t.Fatal(err)
	}
	return o.ID
}

func renewed(r *rig, s *scripted) uuid.UUID {
	r.t.Helper()
	o, err := r.Charging.RenewCertificate(r.A.As(tenancy.Admin), s.id)
	if err != nil {
		r.t.Fatal(err)
	}
	return o.ID
}

func lowered(r *rig, s *scripted) uuid.UUID {
	r.t.Helper()
	o, id := r.lower(r.A.As(tenancy.Admin), s, 2)
	if _, err := r.Charging.DecideApproval(r.A.As(tenancy.Admin), id, true); err != nil {
		r.t.Fatal(err)
	}
	return o.ID
}

// leadsNowhere begins an upgrade to a way that leads nowhere, so that it is undone.
func leadsNowhere(r *rig, s *scripted) uuid.UUID {
	s.mu.Lock()
	s.lost = true
	s.mu.Unlock()
	return r.upgrade(s, 3).ID
}

// installNext has a station install the root that is to follow.
func installNext(r *rig, s *scripted) uuid.UUID {
	r.t.Helper()
	owner := r.A.As(tenancy.Owner)
	if err := r.Authorities.Prepare(owner, "The old one ends."); err != nil {
		r.t.Fatal(err)
	}
	next := peek[uuid.UUID](r, "select id from certificate_authorities where kind = 'ROOT' and status = 'NEXT'")
	u, err := r.Charging.InstallRoot(owner, []uuid.UUID{s.id}, next)
	if err != nil || len(u.Operations) != 1 {
		r.t.Fatalf("installing the next root was answered %+v, %v", u, err)
	}
	return u.Operations[0].ID
}

// dies does something on a node that dies at its nth place at which something is stored, and reports whether it did.
func dies(ctx context.Context, nth int, do func(ctx context.Context) error) (died bool, err error) {
	seen := 0
	ctx = failpoint.Mortal(ctx, func(place, what string) {
		if !stores(place, what) {
			return
		}
		if seen++; seen == nth {
			died = true
			runtime.Goexit()
		}
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = do(ctx)
	}()
	<-done
	return died, err
}

// The root of a tenant is changed while the node dies at everything that it stores for that: whoever asked asks again. There is one next root at a
// time, one that signs, and a station that gets in at every moment.
func TestRootRotation_CrashAtEveryCommit(t *testing.T) {
	inEachVersion(t, func(t *testing.T, version string) {
		r := newRig(t)
		s := r.station("CP1", version)
		if status, why := r.ends(r.upgrade(s, 3).ID, s.id); status != "COMPLETED" {
			t.Fatalf("the upgrade ended %s: %s", status, why)
		}
		owner, upkeep := r.A.As(tenancy.Owner), tenancy.NewContext(context.Background(), tenancy.Certificates(r.A.ID))
		roots := func() string {
			return peek[string](r, "select string_agg(status || ' ' || n, ', ' order by status) from (select status, count(*) n from certificate_authorities where kind = 'ROOT' and status <> 'RETIRED' group by status) x")
		}
		deaths := 0
		for nth := 1; nth < 20; nth++ {
			before := deaths
			// step is done until its node lives; whoever asks again for what was done is told so.
			step := func(what, want string, ctx context.Context, do func(ctx context.Context) error) {
				t.Helper()
				died, err := dies(ctx, nth, do)
				if s.reconnects(); died {
					deaths++
					err = do(ctx)
				}
				if err != nil && (!died || !fault.Is(err, fault.Conflict)) {
					t.Fatalf("%s after a death at place %d: %t was answered %v", what, nth, died, err)
				}
				if got := roots(); got != want {
					t.Fatalf("%s, after a death at place %d: %t, left the roots %s, want %s", what, nth, died, got, want)
				}
			}
			step("prepare", "ACTIVE 1, NEXT 1", owner, func(ctx context.Context) error { return r.Authorities.Prepare(ctx, "The old one ends.") })
			next := peek[uuid.UUID](r, "select id from certificate_authorities where kind = 'ROOT' and status = 'NEXT'")
			step("install", "ACTIVE 1, NEXT 1", owner, func(ctx context.Context) error { _, err := r.Charging.InstallRoot(ctx, nil, next); return err })
			running := peek[[]uuid.UUID](r, "select array_agg(id) from security_operations where kind = 'ROOT' and state->>'root' = $1", next.String())
			if len(running) != 1 {
				t.Fatalf("%d operations install the root", len(running))
			}
			if status, why := r.ends(running[0], s.id); status != "COMPLETED" {
				t.Fatalf("the installation ended %s: %s", status, why)
			}
			step("activate", "ACTIVE 1, RETIRING 1", owner, func(ctx context.Context) error { return r.Authorities.Activate(ctx, false) })
			if got := peek[uuid.UUID](r, "select id from certificate_authorities where kind = 'ROOT' and status = 'ACTIVE'"); got != next {
				t.Fatal("another root than the one that was prepared signs")
			}
			r.issue(s)
			step("retire too early", "ACTIVE 1, RETIRING 1", upkeep, r.Charging.RetireSuperseded)
			r.pass(8 * 24 * time.Hour)
			step("retire", "ACTIVE 1", upkeep, r.Charging.RetireSuperseded)
			if got := s.stands(); got != "3 3 -" {
				t.Fatalf("the station stands %s", got)
			}
			if deaths == before {
				break
			}
		}
		if deaths < 8 {
			t.Errorf("only %d nodes died", deaths)
		}
	})
}
