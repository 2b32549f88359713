package ocpp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

var everyVersion = []string{"1.6", "2.0.1", "2.1"}

// inEachVersion runs a test once for each version of OCPP.
func inEachVersion(t *testing.T, test func(t *testing.T, version string)) {
	t.Parallel()
	for _, version := range everyVersion {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			test(t, version)
		})
	}
}

// upgrade begins to bring a station to a profile.
func (r *rig) upgrade(s *scripted, profile int) *ent.SecurityOperation {
	r.t.Helper()
	u, err := r.Charging.UpgradeProfile(r.A.As(tenancy.Admin), charging.UpgradeSpec{Stations: []uuid.UUID{s.id}, Profile: profile, Reason: "as ordered"})
	if err != nil || len(u.Operations) != 1 {
		r.t.Fatalf("the upgrade was answered %+v, %v", u, err)
	}
	return u.Operations[0]
}

// stands says what is required of a station, by what it is connected and whether its passwords are kept.
func (s *scripted) stands() string {
	return peek[string](s.r, `select security_profile || ' ' || connection_profile || ' ' || case when password_salt is null then '-' else 'password' end ||
		case when next_password_salt is null then '' else ' next' end from stations where id = $1`, s.id)
}

// reconnects cuts the station off and waits until it is back.
func (s *scripted) reconnects() {
	s.r.t.Helper()
	epoch := peek[int64](s.r, "select connection_epoch from stations where id = $1", s.id)
	s.hang()
	s.r.Eventually("station "+s.identity+" gets back in", func() bool {
		now := peek[string](s.r, "select case when not online then 'gone' when connection_epoch > $2 then 'back' else 'there' end from stations where id = $1", s.id, epoch)
		if now == "there" {
			s.hang() // it had connected just before, and holds another socket by now
		}
		return now == "back"
	})
}

func (s *scripted) asks() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range s.calls {
		action, _, _ := strings.Cut(call, " ")
		list = append(list, action)
	}
	return list
}

// A station is brought from a password in clear to one over TLS, and on to a certificate, or all the way at once. What it left is closed
// behind it: security case 15.
func TestSec015_TheOldWayIsClosedAfterAnUpgrade(t *testing.T) {
	inEachVersion(t, func(t *testing.T, version string) {
		r := newRig(t)
		s := r.station("CP1", version)
		for _, c := range []struct {
			profile int
			stands  string
		}{{2, "2 2 password"}, {3, "3 3 -"}} {
			o := r.upgrade(s, c.profile)
			if status, why := r.ends(o.ID, s.id); status != "COMPLETED" {
				t.Fatalf("the upgrade to %d ended %s: %s", c.profile, status, why)
			}
			if got := s.stands(); got != c.stands {
				t.Errorf("after the upgrade to %d the station stands %q, want %q", c.profile, got, c.stands)
			}
			if version != "1.6" && len(s.priority) != 1 {
				t.Errorf("the station tries %v, and may fall back to what is less secure", s.priority)
			}
			if _, status, err := r.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp"+version); err == nil || status != 401 {
				t.Errorf("after the upgrade to %d the password in clear was answered %d", c.profile, status)
			}
			s.reconnects()
		}
		direct := r.station("CP2", version)
		if status, why := r.ends(r.upgrade(direct, 3).ID, direct.id); status != "COMPLETED" || direct.stands() != "3 3 -" {
			t.Errorf("the upgrade from 1 to 3 ended %s (%s), and the station stands %q", status, why, direct.stands())
		}
		direct.reconnects()
		if n := worldtest.OwnerValue[int](r.World, "select count(*) from detected_issues where kind = 'SECURITY_UPGRADE_FAILED'"); n != 0 {
			t.Errorf("%d issues tell of upgrades that failed", n)
		}
	})
}

// The node that works on an operation dies at each of its calls, before the station acted or after. Another node takes it up, and the station
// gets in at every moment.
func TestSec015And016_CrashAtEveryStep(t *testing.T) {
	for _, version := range everyVersion {
		for what, c := range map[string]struct {
			begin  func(r *rig, s *scripted) *ent.SecurityOperation
			stands string
		}{
			"password": {func(r *rig, s *scripted) *ent.SecurityOperation {
				o, err := r.Charging.PushPassword(r.A.As(tenancy.Admin), s.id)
				if err != nil {
					r.t.Fatal(err)
				}
				return o
			}, "1 1 password"},
			"profile 2": {func(r *rig, s *scripted) *ent.SecurityOperation { return r.upgrade(s, 2) }, "2 2 password"},
			"profile 3": {func(r *rig, s *scripted) *ent.SecurityOperation { return r.upgrade(s, 3) }, "3 3 -"},
		} {
			t.Run(version+" "+what, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				whole := r.station("WHOLE", version)
				if status, why := r.ends(c.begin(r, whole).ID, whole.id); status != "COMPLETED" {
					t.Fatalf("without a crash it ended %s: %s", status, why)
				}
				for at, action := range whole.asks() {
					for _, acts := range []bool{false, true} {
						name := fmt.Sprintf("CP%d%t", at, acts)
						s := r.station(name, version)
						o := c.begin(r, s)
						r.crashes(s, o.ID, at, acts)
						s.reconnects()
						if status, why := r.ends(o.ID, s.id); status != "COMPLETED" {
							t.Errorf("a crash at %s (%d), the station having acted: %t: it ended %s: %s", action, at, acts, status, why)
						}
						if got := s.stands(); got != c.stands {
							t.Errorf("a crash at %s (%d), the station having acted: %t: it stands %q, want %q", action, at, acts, got, c.stands)
						}
						s.reconnects()
						if _, status, err := r.Dial("/ocpp/alpha/"+name, name, worldtest.Password, "ocpp"+version); err == nil || status != 401 {
							t.Errorf("a crash at %s (%d): the old way is answered %d", action, at, status)
						}
						s.stop()
					}
				}
				whole.stop()
			})
		}
	}
}

// crashes works on an operation on the first node until it dies at a call.
func (r *rig) crashes(s *scripted, operation uuid.UUID, at int, acts bool) {
	r.t.Helper()
	ctx, crash := context.WithCancel(context.Background())
	defer crash()
	s.mu.Lock()
	s.crashAt, s.acts, s.crash = at, acts, crash
	s.mu.Unlock()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		if n > 1000 {
			r.t.Fatalf("call %d never came: %s", at, worldtest.OwnerValue[string](r.World, "select step || ' ' || explanation from security_operations where id = $1", operation))
		}
		r.work(ctx, r.Charging, operation, s.id)
		r.pass(5 * time.Second)
		<-tick.C
	}
	// The lease of the one that died runs out.
	r.pass(2 * time.Minute)
}

// Whatever the station refuses, it stays as it was and it is said why.
func TestUpgrade_WhatTheStationRefusesIsUndoneAndSaid(t *testing.T) {
	inEachVersion(t, func(t *testing.T, version string) {
		r := newRig(t)
		refusals := map[string][]string{
			"1.6":   {"SecurityProfile known", "InstallCertificate", "TriggerMessage", "SecurityProfile", "nowhere"},
			"2.0.1": {"InstallCertificate", "TriggerMessage", "SetNetworkProfile", "NetworkConfigurationPriority", "Reset", "nowhere"},
			"2.1":   {"InstallCertificate", "TriggerMessage", "SetNetworkProfile", "NetworkConfigurationPriority", "Reset", "nowhere"},
		}[version]
		for i, what := range refusals {
			s := r.station(fmt.Sprintf("CP%d", i), version)
			s.mu.Lock()
			s.refuses[what] = true
			before := fmt.Sprint(s.priority)
			s.mu.Unlock()
			if what == "nowhere" {
				// The new way leads nowhere: the station falls back.
				s.mu.Lock()
				s.lost = true
				s.mu.Unlock()
			}
			o := r.upgrade(s, 3)
			status, why := r.ends(o.ID, s.id)
			if status != "FAILED" || why == "" {
				t.Errorf("%s: it ended %s: %s", what, status, why)
			}
			if what == "nowhere" && !strings.Contains(why, "came back by security profile 1") {
				t.Errorf("%s: it says %q", what, why)
			}
			if got := s.stands(); got != "1 1 password" {
				t.Errorf("%s: the station stands %q", what, got)
			}
			s.reconnects()
			s.mu.Lock()
			if got := fmt.Sprint(s.priority); version != "1.6" && got != before {
				t.Errorf("%s: it tries %s, and tried %s", what, got, before)
			}
			s.mu.Unlock()
			if n := worldtest.OwnerValue[int](r.World, "select count(*) from detected_issues where kind = 'SECURITY_UPGRADE_FAILED' and station_id = $1", s.id); n != 1 {
				t.Errorf("%s: %d issues tell of it", what, n)
			}
		}
	})
}

// A station that refuses its new password keeps the old one; nothing else lets it in. Nobody finds the password anywhere.
func TestSec016_ARefusedPasswordIsWithdrawnAndNoneIsKeptInClear(t *testing.T) {
	inEachVersion(t, func(t *testing.T, version string) {
		r := newRig(t)
		s := r.station("CP1", version)
		s.mu.Lock()
		s.refuses["AuthorizationKey"], s.refuses["BasicAuthPassword"] = true, true
		s.mu.Unlock()
		push := func() *ent.SecurityOperation {
			o, err := r.Charging.PushPassword(r.A.As(tenancy.Admin), s.id)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		if status, why := r.ends(push().ID, s.id); status != "FAILED" || !strings.Contains(why, "withdrawn") {
			t.Errorf("it ended %s: %s", status, why)
		}
		if got := s.stands(); got != "1 1 password" {
			t.Errorf("the station stands %q", got)
		}
		s.mu.Lock()
		clear(s.refuses)
		s.mu.Unlock()
		o := push()
		r.work(context.Background(), r.peer.Charging, o.ID, s.id)
		if _, _, err := r.Charging.RotatePassword(r.A.As(tenancy.Admin), s.id, ""); err == nil || !strings.Contains(err.Error(), "on its way") {
			t.Errorf("another password beside it was answered %v", err)
		}
		if status, why := r.ends(o.ID, s.id); status != "COMPLETED" {
			t.Errorf("it ended %s: %s", status, why)
		}
		s.mu.Lock()
		password := s.password
		s.mu.Unlock()
		if password == worldtest.Password || len(password) != 40 {
			t.Fatalf("the station has the password %q", password)
		}
		for _, table := range []string{"ocpp_messages", "commands", "audit_events", "station_variables", "security_operations", "stations"} {
			if n := worldtest.OwnerValue[int](r.World, "select count(*) from "+table+" x where x::text like '%' || $1 || '%'", password); n != 0 {
				t.Errorf("%d rows of %s have the password in clear", n, table)
			}
		}
		if n := worldtest.OwnerValue[int](r.World, "select count(*) from ocpp_messages where direction = 'SENT' and payload::text like '%(secret)%'"); n == 0 {
			t.Error("the message log doesn't show that a secret was sent")
		}
	})
}

// Nobody knows whether a station has the password that was on its way when its rotation was cancelled. A second rotation, and even its refusal,
// leaves that one good.
func TestSec016_APasswordThatTheStationMayHaveStaysGood(t *testing.T) {
	inEachVersion(t, func(t *testing.T, version string) {
		r := newRig(t)
		s := r.station("CP1", version)
		push := func() *ent.SecurityOperation {
			o, err := r.Charging.PushPassword(r.A.As(tenancy.Admin), s.id)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		o := push()
		r.crashes(s, o.ID, 0, true)
		if _, err := r.Charging.CancelOperation(r.A.As(tenancy.Admin), o.ID); err != nil {
			t.Fatal(err)
		}
		if status, why := r.ends(o.ID, s.id); status != "CANCELLED" || !strings.Contains(why, "may have the new password") {
			t.Errorf("it ended %s: %s", status, why)
		}
		s.mu.Lock()
		s.refuses["AuthorizationKey"], s.refuses["BasicAuthPassword"] = true, true
		has := s.password
		s.mu.Unlock()
		if status, why := r.ends(push().ID, s.id); status != "FAILED" {
			t.Errorf("the second ended %s: %s", status, why)
		}
		s.reconnects()
		if got := s.stands(); got != "1 1 password" || has == worldtest.Password {
			t.Errorf("the station stands %q", got)
		}
		if err := r.Charging.WatchExpiry(tenancy.NewContext(t.Context(), tenancy.Certificates(r.A.ID))); err != nil {
			t.Fatal(err)
		}
		if n := worldtest.OwnerValue[int](r.World, "select count(*) from security_operations where sealed_secret is not null"); n != 0 {
			t.Errorf("%d passwords are kept sealed although they were seen", n)
		}
	})
}
