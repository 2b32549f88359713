package issues_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func raise(t *testing.T, w *worldtest.World, ctx context.Context, network uuid.UUID, cause string) {
	t.Helper()
	err := w.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return w.Issues.Raise(ctx, tx, issues.Issue{Kind: issues.CostSettingMissing, Severity: issues.Warning, Cause: cause, Network: network, Details: map[string]string{"station": "CP1"}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func said(w *worldtest.World) string {
	return worldtest.OwnerValue[string](w, "select coalesce(string_agg(status || ' ' || occurrences, ', ' order by id), '') from detected_issues")
}

// A cause is one issue while it lasts, counted; what is resolved comes anew.
func TestRaise_OneForEachCause(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	ctx := w.A.As(tenancy.Owner)
	for range 3 {
		raise(t, w, ctx, w.A.Main, "CP1")
	}
	raise(t, w, ctx, w.A.Main, "CP2")
	if got := said(w); got != "OPEN 3, OPEN 1" {
		t.Errorf("after the same thing three times and another one it is %s", got)
	}
	err := w.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return w.Issues.Settle(ctx, tx, w.A.Main, issues.CostSettingMissing, "CP1")
	})
	if err != nil {
		t.Fatal(err)
	}
	raise(t, w, ctx, w.A.Main, "CP1")
	if got := said(w); got != "RESOLVED 3, OPEN 1, OPEN 1" {
		t.Errorf("after it was settled and came again it is %s", got)
	}
}

// People acknowledge, hide and resolve; what is hidden comes back in time.
func TestPeopleDealWithIssues(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	ctx := w.A.As(tenancy.Operator)
	raise(t, w, ctx, w.A.Main, "CP1")
	id := worldtest.OwnerValue[uuid.UUID](w, "select id from detected_issues")
	if _, err := w.Issues.Snooze(ctx, id, time.Now().Add(-time.Minute), ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("hiding until the past was answered %v", err)
	}
	if _, err := w.Issues.Snooze(ctx, id, time.Now().Add(time.Hour), "Tomorrow."); err != nil {
		t.Fatal(err)
	}
	raise(t, w, ctx, w.A.Main, "CP1")
	if got := said(w); got != "SNOOZED 2" {
		t.Errorf("hidden, and seen again, it is %s", got)
	}
	w.Owner("update detected_issues set snoozed_until = now() - interval '1 second'")
	if n, err := w.Issues.Wake(ctx); n != 1 || err != nil {
		t.Errorf("waking gave %d, %v", n, err)
	}
	if _, err := w.Issues.Acknowledge(ctx, id, "I go there."); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Issues.Resolve(ctx, id, "Done."); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Issues.Acknowledge(ctx, id, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("acknowledging what is resolved was answered %v", err)
	}
	if got := said(w); got != "RESOLVED 2" {
		t.Errorf("in the end it is %s", got)
	}
}

// Issues of another tenant or network aren't there, and the same cause in two networks is two issues.
func TestSec053_IssuesAreTheTenantsOwn(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	raise(t, w, w.A.As(tenancy.Owner), w.A.Main, "CP1")
	id := worldtest.OwnerValue[uuid.UUID](w, "select id from detected_issues")
	raise(t, w, w.B.As(tenancy.Owner), w.B.Main, "CP1")
	raise(t, w, w.A.In(w.A.Sub, tenancy.Owner), w.A.Sub, "CP1")
	if got := said(w); got != "OPEN 1, OPEN 1, OPEN 1" {
		t.Errorf("the same cause in three places is %s", got)
	}
	for who, ctx := range map[string]context.Context{"another tenant": w.B.As(tenancy.Owner), "another network": w.A.In(w.A.Sub, tenancy.Owner)} {
		if _, err := w.Issues.Resolve(ctx, id, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("resolving by %s was answered %v", who, err)
		}
	}
	if _, err := w.Issues.Resolve(w.A.As(tenancy.Reader), id, ""); !fault.Is(err, fault.Forbidden) {
		t.Errorf("resolving by a viewer was answered %v", err)
	}
}

// Every kind has words that say what happened, what it means and what to do, and no gap is left in them.
func TestSay_EveryKindHasWords(t *testing.T) {
	t.Parallel()
	details := map[string]string{"station": "CP1", "amount": "1.00 EUR", "asked": "2.00 EUR", "reason": "Why.", "count": "3", "account": "Ours",
		"until": "2030-01-01", "event": "TamperDetectionActivated", "meaning": "Why.", "remedy": "What.", "what": "profile 3", "name": "Root"}
	for _, k := range issues.Kinds() {
		w := issues.Say(k, details)
		for _, text := range []string{w.Title, w.Meaning, w.Remedy} {
			if len(text) < 3 || strings.ContainsAny(text, "{}!") {
				t.Errorf("%s says %q", k, text)
			}
		}
	}
}
