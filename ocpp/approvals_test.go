package ocpp_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// lower asks for a lower profile, and gives the change with the request that waits for somebody else.
func (r *rig) lower(ctx context.Context, s *scripted, profile int) (*ent.SecurityOperation, uuid.UUID) {
	r.t.Helper()
	u, err := r.Charging.UpgradeProfile(ctx, charging.UpgradeSpec{Stations: []uuid.UUID{s.id}, Profile: profile, Reason: "its certificates are lost"})
	if err != nil || len(u.Operations) != 1 || u.Operations[0].Status != "APPROVAL" {
		r.t.Fatalf("the downgrade was answered %+v, %v", u, err)
	}
	return u.Operations[0], worldtest.OwnerValue[uuid.UUID](r.World, "select id from approvals where station_id = $1 and status = 'WAITING'", s.id)
}

func (r *rig) statusOf(o *ent.SecurityOperation) string {
	return worldtest.OwnerValue[string](r.World, "select status from security_operations where id = $1", o.ID)
}

// What is required of a station is lowered by two people, who are told apart by who they are and not by what they are called. In OCPP 2.x a
// station goes from 3 to 2 by itself then; in 1.6 only what is required is lowered.
func TestSec015_LoweringAProfileTakesTwoPeople(t *testing.T) {
	inEachVersion(t, func(t *testing.T, version string) {
		r := newRig(t)
		s := r.station("CP1", version)
		if status, why := r.ends(r.upgrade(s, 3).ID, s.id); status != "COMPLETED" {
			t.Fatalf("the upgrade ended %s: %s", status, why)
		}
		one, other := r.A.As(tenancy.Admin), r.A.As(tenancy.Admin)
		if u, err := r.Charging.UpgradeProfile(one, charging.UpgradeSpec{Stations: []uuid.UUID{s.id}, Profile: 2}); err != nil || len(u.Refused) != 1 || !strings.Contains(u.Refused[0].Why, "Say why") {
			t.Errorf("a downgrade without a reason was answered %+v, %v", u, err)
		}
		o, id := r.lower(one, s, 2)
		r.work(context.Background(), r.peer.Charging, o.ID, s.id)
		if got := r.statusOf(o); got != "APPROVAL" || s.stands() != "3 3 -" {
			t.Errorf("before anybody agreed it is %s, and the station stands %q", got, s.stands())
		}
		if _, err := r.Charging.DecideApproval(one, id, true); !fault.Is(err, fault.Forbidden) {
			t.Errorf("whoever asked agrees to it alone: %v", err)
		}
		if _, err := r.Charging.DecideApproval(r.A.As(tenancy.Reader), id, true); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a reader was answered %v", err)
		}
		for range 2 { // twice is once
			if a, err := r.Charging.DecideApproval(other, id, true); err != nil || a.Status != "APPROVED" {
				t.Fatalf("the approval was answered %+v, %v", a, err)
			}
		}
		if _, err := r.Charging.DecideApproval(other, id, false); !fault.Is(err, fault.Conflict) {
			t.Errorf("a decision is changed afterwards: %v", err)
		}
		status, why := r.ends(o.ID, s.id)
		want := "2 2 password"
		if version == "1.6" {
			want = "2 3 -"
		}
		if status != "COMPLETED" || s.stands() != want {
			t.Errorf("it ended %s (%s), and the station stands %q, want %q", status, why, s.stands(), want)
		}
		s.reconnects()
	})
}

// A request that nobody agrees to, that is taken back, or that is cancelled changes nothing.
func TestSec015_WhatNobodyAgreesToEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.station("CP1", "2.0.1")
	ctx := r.A.As(tenancy.Admin)
	for what, end := range map[string]func(o *ent.SecurityOperation, approval uuid.UUID) error{
		"refused": func(_ *ent.SecurityOperation, id uuid.UUID) error {
			_, err := r.Charging.DecideApproval(r.A.As(tenancy.Admin), id, false)
			return err
		},
		"taken back": func(_ *ent.SecurityOperation, id uuid.UUID) error {
			_, err := r.Charging.DecideApproval(ctx, id, false)
			return err
		},
		"cancelled": func(o *ent.SecurityOperation, _ uuid.UUID) error {
			_, err := r.Charging.CancelOperation(ctx, o.ID)
			return err
		},
		"forgotten": func(_ *ent.SecurityOperation, id uuid.UUID) error {
			r.pass(8 * 24 * time.Hour)
			if _, err := r.Charging.DecideApproval(r.A.As(tenancy.Admin), id, true); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "seven days") {
				t.Errorf("agreeing after seven days was answered %v", err)
			}
			return nil
		},
		"swept up": func(*ent.SecurityOperation, uuid.UUID) error {
			r.pass(8 * 24 * time.Hour)
			return r.Charging.ExpireApprovals(tenancy.NewContext(t.Context(), tenancy.Certificates(r.A.ID)))
		},
	} {
		o, id := r.lower(ctx, s, 0)
		if err := end(o, id); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if got := r.statusOf(o); got != "CANCELLED" || s.stands() != "1 1 password" {
			t.Errorf("%s: it is %s, and the station stands %q", what, got, s.stands())
		}
		if _, err := r.Charging.DecideApproval(r.A.As(tenancy.Admin), id, true); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: agreeing afterwards was answered %v", what, err)
		}
	}
}

// The last root by which a station trusts us is deleted by two people alone, force or not: security case 50.
func TestSec050_TheLastRootTakesTwoPeople(t *testing.T) {
	inEachVersion(t, func(t *testing.T, version string) {
		r := newRig(t)
		s := r.station("CP1", version)
		one, other := r.A.As(tenancy.Admin), r.A.As(tenancy.Admin)
		u, err := r.Charging.InstallRoot(one, []uuid.UUID{s.id}, uuid.Nil)
		if err != nil || len(u.Operations) != 1 {
			t.Fatalf("installing the root was answered %+v, %v", u, err)
		}
		if status, why := r.ends(u.Operations[0].ID, s.id); status != "COMPLETED" {
			t.Fatalf("installing the root ended %s: %s", status, why)
		}
		hash, _ := pki.RootHash(r.root.Certificate)
		for _, force := range []bool{false, true} {
			if _, err := r.Charging.DeleteCertificate(one, s.id, hash, force, 5); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "needs a second person: request it") {
				t.Errorf("deleting it with force %t was answered %v", force, err)
			}
		}
		unknown := hash
		unknown.SerialNumber = "77"
		if _, err := r.Charging.RequestRootDeletion(one, s.id, unknown, "why not"); !fault.Is(err, fault.Conflict) {
			t.Errorf("asking to delete what isn't the last root was answered %v", err)
		}
		if _, err := r.Charging.RequestRootDeletion(one, s.id, hash, " "); fault.Of(err) == nil || fault.Of(err).Field != "reason" {
			t.Errorf("asking without a reason was answered %v", err)
		}
		a, err := r.Charging.RequestRootDeletion(one, s.id, hash, "it moves to another system")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := r.Charging.RequestRootDeletion(one, s.id, hash, "it moves to another system"); err != nil || again.ID != a.ID {
			t.Errorf("asked twice there are two requests: %v, %v", again, err)
		}
		if _, err := r.Charging.DecideApproval(one, a.ID, true); !fault.Is(err, fault.Forbidden) {
			t.Errorf("whoever asked agrees to it alone: %v", err)
		}
		gone := func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, call := range s.calls {
				if strings.HasPrefix(call, "DeleteCertificate") {
					return true
				}
			}
			return false
		}
		if gone() {
			t.Error("one person was enough")
		}
		if _, err := r.Charging.DecideApproval(other, a.ID, true); err != nil {
			t.Errorf("the second person was answered %v", err)
		}
		r.Eventually("the station is asked to delete it", gone)
		r.Eventually("it is known to be gone", func() bool {
			return worldtest.OwnerValue[int](r.World, "select count(*) from station_settings where station_id = $1 and kind = 'CERTIFICATE'", s.id) == 0
		})
		if n := worldtest.OwnerValue[int](r.World, "select count(*) from audit_events where action in ('approval.request', 'approval.approved')"); n != 2 {
			t.Errorf("%d events tell of it, want 2", n)
		}
	})
}

// API keys are persons of their own; the server's console is one, however often it is used.
func TestSec050_AConsoleIsOnePerson(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.station("CP1", "2.1")
	console := tenancy.NewContext(t.Context(), tenancy.Console(r.A.ID))
	_, id := r.lower(console, s, 0)
	if _, err := r.Charging.DecideApproval(tenancy.NewContext(t.Context(), tenancy.Console(r.A.ID)), id, true); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the console agreed with itself: %v", err)
	}
	app := tenancy.NewContext(t.Context(), tenancy.Viewer{Kind: tenancy.KindApp, Tenant: r.A.ID, ID: uuid.New(), Name: "console", Grants: []tenancy.Grant{{Role: tenancy.Admin}}})
	if _, err := r.Charging.DecideApproval(app, id, true); err != nil {
		t.Errorf("an app that is called the same was answered %v", err)
	}
}

// What is another tenant's, or another network's, isn't there; and whoever may only look may do nothing.
func TestSecurityChanges_AreTheTenantsAndTheNetworksOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.station("CP1", "2.0.1")
	r.issue(s)
	owner := r.A.As(tenancy.Owner)
	u, err := r.Charging.InstallRoot(owner, []uuid.UUID{s.id}, uuid.Nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, why := r.ends(u.Operations[0].ID, s.id); status != "COMPLETED" {
		t.Fatal(status, why)
	}
	hash, _ := pki.RootHash(r.root.Certificate)
	o, approval := r.lower(owner, s, 0)
	certificate := worldtest.OwnerValue[uuid.UUID](r.World, "select id from station_certificates where station_id = $1 limit 1", s.id)
	all := map[string]func(ctx context.Context) error{
		"UpgradeProfile": func(ctx context.Context) error {
			_, err := r.Charging.UpgradeProfile(ctx, charging.UpgradeSpec{Stations: []uuid.UUID{s.id}, Profile: 99})
			return err
		},
		"PushPassword": func(ctx context.Context) error { _, err := r.Charging.PushPassword(ctx, s.id); return err },
		"InstallRoot": func(ctx context.Context) error {
			_, err := r.Charging.InstallRoot(ctx, []uuid.UUID{s.id}, uuid.Nil)
			return err
		},
		"RequestRootDeletion": func(ctx context.Context) error {
			_, err := r.Charging.RequestRootDeletion(ctx, s.id, hash, "")
			return err
		},
		"DecideApproval":   func(ctx context.Context) error { _, err := r.Charging.DecideApproval(ctx, approval, true); return err },
		"CancelOperation":  func(ctx context.Context) error { _, err := r.Charging.CancelOperation(ctx, o.ID); return err },
		"RenewCertificate": func(ctx context.Context) error { _, err := r.Charging.RenewCertificate(ctx, s.id); return err },
		"RevokeCertificate": func(ctx context.Context) error {
			_, err := r.Charging.RevokeCertificate(ctx, certificate, "x")
			return err
		},
	}
	for name, do := range all {
		for who, c := range map[string]struct {
			as   context.Context
			code fault.Code
		}{
			"another tenant":  {r.B.As(tenancy.Owner), fault.NotFound},
			"another network": {r.A.In(r.A.Sub, tenancy.Owner), fault.NotFound},
			"a reader":        {r.A.As(tenancy.Reader), fault.Forbidden},
		} {
			if err := do(c.as); !fault.Is(err, c.code) {
				t.Errorf("%s by %s was answered %v, want %s", name, who, err, c.code)
			}
		}
	}
	foreign := worldtest.OwnerValue[uuid.UUID](r.World, "select id from certificate_authorities where kind = 'ROOT'")
	theirs := r.AddStation(r.B, r.B.Main, "CP1", 1)
	if _, err := r.Charging.InstallRoot(r.B.As(tenancy.Owner), []uuid.UUID{theirs.ID}, foreign); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant's root was answered %v", err)
	}
	if _, err := r.Charging.InstallRoot(owner, []uuid.UUID{s.id, theirs.ID}, uuid.Nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant's station among one's own was answered %v", err)
	}
}

// issue gives a station a certificate, by which it doesn't connect yet.
func (r *rig) issue(s *scripted) {
	r.t.Helper()
	o, err := r.Charging.RenewCertificate(r.A.As(tenancy.Admin), s.id)
	if err != nil {
		r.t.Fatal(err)
	}
	if status, why := r.ends(o.ID, s.id); status != "COMPLETED" {
		r.t.Fatalf("a certificate ended %s: %s", status, why)
	}
}
