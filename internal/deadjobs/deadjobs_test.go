package deadjobs_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/deadjobs"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// kill leaves a job of a tenant that was given up.
func kill(w *worldtest.World, tenant, payment uuid.UUID) string {
	return worldtest.OwnerValue[string](w, `insert into river_job (kind, args, state, attempt, max_attempts, finalized_at, queue, errors)
		values ('process_payment', json_build_object('tenant', $1::uuid, 'payment', $2::uuid)::jsonb, 'discarded', 25, 25, now(), 'default', array[jsonb_build_object('error', 'the provider is away')])
		returning id::text`, tenant, payment)
}

// Staff see what was given up, what it was about and why, and have it tried again.
func TestRestart_TriesAgain(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	s := w.DeadJobs
	payment := uuid.New()
	id := kill(w, w.A.ID, payment)
	owner := w.A.As(tenancy.Owner)
	dead, err := s.List(owner, 10)
	if err != nil || len(dead) != 1 {
		t.Fatalf("dead are %v %v", dead, err)
	}
	j := dead[0]
	if j.ID != id || j.Kind != "process_payment" || j.What == j.Kind || j.Error != "the provider is away" || j.Attempts != 25 || len(j.About) != 1 || j.About[0] != (deadjobs.Thing{Kind: "payment", ID: payment}) {
		t.Errorf("it is %+v", j)
	}
	if _, err := s.Restart(owner, id); err != nil {
		t.Fatal(err)
	}
	if got := worldtest.OwnerValue[string](w, "select state || ' ' || (max_attempts > attempt) from river_job where id = $1::text::bigint", id); got != "available true" {
		t.Errorf("the job is %s", got)
	}
	if _, err := s.Restart(owner, id); !fault.Is(err, fault.NotFound) {
		t.Errorf("a job that isn't dead was restarted: %v", err)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from audit_events where action = 'job.restart'"); n != 1 {
		t.Errorf("it is noted %d times", n)
	}
}

// Another tenant's jobs aren't there; those who reach one network see none.
func TestSec080_DeadJobsOfOtherTenants(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	s := w.DeadJobs
	id := kill(w, w.B.ID, uuid.New())
	if dead, err := s.List(w.A.As(tenancy.Owner), 10); err != nil || len(dead) != 0 {
		t.Errorf("A sees %v %v", dead, err)
	}
	for _, other := range []string{id, "0", "x", "9223372036854775808"} {
		if _, err := s.Restart(w.A.As(tenancy.Owner), other); !fault.Is(err, fault.NotFound) {
			t.Errorf("restarting %s was answered %v", other, err)
		}
	}
	if state := worldtest.OwnerValue[string](w, "select state::text from river_job where id = $1::text::bigint", id); state != "discarded" {
		t.Errorf("B's job is %s", state)
	}
	one := w.B.In(w.B.Main, tenancy.Owner)
	if dead, err := s.List(one, 10); err != nil || len(dead) != 0 {
		t.Errorf("an owner of one network sees %v %v", dead, err)
	}
	if _, err := s.Restart(one, id); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an owner of one network was answered %v", err)
	}
	if _, err := s.Restart(w.B.As(tenancy.Reader), id); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a reader was answered %v", err)
	}
	for _, first := range []int{0, -1, 201} {
		if _, err := s.List(w.B.As(tenancy.Owner), first); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d at once were answered %v", first, err)
		}
	}
}
