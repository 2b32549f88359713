package ocpp_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// order gives a station of A commands that it answers one at a time, and returns when all are on their way.
func order(t *testing.T, w *worldtest.World, station uuid.UUID, n int) {
	t.Helper()
	for range n {
		if _, err := w.Charging.Order(w.A.As(tenancy.Operator), station, charging.ClearCacheOrder{}, 0); err != nil {
			t.Fatal(err)
		}
	}
	w.Eventually("every command is on its way", func() bool {
		return worldtest.OwnerValue[int](w, "select count(*) from commands where status = 'SENT'") == n
	})
}

// outcomes are how many commands ended so, with this code.
func outcomes(w *worldtest.World, status, code string) int {
	return worldtest.OwnerValue[int](w, "select count(*) from commands where status = $1 and coalesce(error_code, '') = $2 and completed_at is not null", status, code)
}

// sentTwice are calls that left more than once.
func sentTwice(w *worldtest.World) int {
	return worldtest.OwnerValue[int](w, `select count(*) from (
		select from ocpp_messages where direction = 'SENT' and type = 'CALL' group by message_id having count(*) > 1) twice`)
}

// A station connects anew while commands wait for it. The one that was sent may have been carried out, so it isn't sent again; the
// others haven't left yet and go out on the newer connection.
func TestSec006_TakeoverOnTheSameNode(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	first := w.Onboarded(w.A, st)
	order(t, w, st.ID, 5)
	lost := first.NextCall()
	second := w.Connect(w.A, "CP1")
	w.Eventually("the command that was sent has failed", func() bool { return outcomes(w, "FAILED", "UNAVAILABLE") == 1 })
	for range 4 {
		c := second.NextCall()
		if c.Action != "ClearCache" || c.ID == lost.ID {
			t.Errorf("on the newer connection came %s %s", c.Action, c.ID)
		}
		second.Answer(c, `{"status":"Accepted"}`)
	}
	w.Eventually("the others were carried out", func() bool { return outcomes(w, "ACCEPTED", "") == 4 })
	if n := sentTwice(w); n != 0 {
		t.Errorf("%d calls were sent twice", n)
	}
}

// The answer that comes over the old socket after all changes nothing: the command has its outcome.
func TestSec006_AnswerOverTheOldSocketIsTooLate(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	st := worldtest.OwnerValue[uuid.UUID](w, "select id from stations")
	w.Owner("update stations set onboarding = 'ONBOARDED', registration_status = 'ACCEPTED', inventory_at = now()")
	old := openRaw(t, w, "CP1")
	w.Eventually("the station is online", func() bool { return worldtest.OwnerValue[bool](w, "select online from stations") })
	order(t, w, st, 1)
	_, call, err := old.read()
	if err != nil {
		t.Fatal(err)
	}
	w.Connect(w.A, "CP1")
	w.Eventually("the command has failed", func() bool { return outcomes(w, "FAILED", "UNAVAILABLE") == 1 })
	id := string(call[4 : 4+36])
	if err := old.write(appendFrame(nil, final|opText, `[3,"`+id+`",{"status":"Accepted"}]`)); err != nil {
		t.Fatal(err)
	}
	if status := old.closedWith(); status != 1000 {
		t.Errorf("the old socket was closed with %d", status)
	}
	if n := outcomes(w, "FAILED", "UNAVAILABLE"); n != 1 {
		t.Error("the late answer has changed the outcome")
	}
}

// To another node nothing is carried over: what was sent may have been carried out, and the rest is said to be unsent.
func TestSec006_TakeoverByAnotherNode(t *testing.T) {
	t.Parallel()
	one := worldtest.New(t)
	two := worldtest.New(t, worldtest.WithPeer(one, "node-2"))
	st := one.AddStation(one.A, one.A.Main, "CP1", 1)
	first := one.Onboarded(one.A, st)
	order(t, one, st.ID, 5)
	first.NextCall()
	second := two.Connect(one.A, "CP1")
	one.Eventually("the command that was sent has failed", func() bool { return outcomes(one, "FAILED", "UNAVAILABLE") == 1 })
	one.Eventually("the others were not sent", func() bool { return outcomes(one, "FAILED", "STATION_OFFLINE") == 4 })
	go func() { second.Answer(second.NextCall(), `{"status":"Accepted"}`) }()
	if command, err := one.Charging.Order(one.A.As(tenancy.Operator), st.ID, charging.ClearCacheOrder{}, 10); err != nil || command.Status != "ACCEPTED" {
		t.Errorf("a command after the takeover ended as %+v, %v", command, err)
	}
	if n := sentTwice(one); n != 0 {
		t.Errorf("%d calls were sent twice", n)
	}
}

// The same when the commands were given on a node that never had the socket.
func TestSec006_TakeoverWhileAnotherNodeAsks(t *testing.T) {
	t.Parallel()
	one := worldtest.New(t)
	two := worldtest.New(t, worldtest.WithPeer(one, "node-2"))
	st := one.AddStation(one.A, one.A.Main, "CP1", 1)
	first := two.Connect(one.A, "CP1")
	first.Boot()
	one.Eventually("the station is onboarded", func() bool {
		return worldtest.OwnerValue[string](one, "select onboarding from stations") == "ONBOARDED"
	})
	order(t, one, st.ID, 3)
	lost := first.NextCall()
	second := two.Connect(one.A, "CP1")
	one.Eventually("the command that was sent has failed", func() bool { return outcomes(one, "FAILED", "UNAVAILABLE") == 1 })
	for range 2 {
		c := second.NextCall()
		if c.ID == lost.ID {
			t.Error("the call that was sent is sent again")
		}
		second.Answer(c, `{"status":"Accepted"}`)
	}
	one.Eventually("the others were carried out", func() bool { return outcomes(one, "ACCEPTED", "") == 2 })
}

// A station that comes back speaking another version can't be sent what was written for the one before.
func TestSec006_TakeoverInAnotherVersion(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	first := w.Onboarded(w.A, st)
	order(t, w, st.ID, 2)
	first.NextCall()
	if _, _, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp2.0.1"); err != nil {
		t.Fatal(err)
	}
	w.Eventually("both commands have failed", func() bool {
		return outcomes(w, "FAILED", "UNAVAILABLE") == 1 && outcomes(w, "FAILED", "STATION_OFFLINE") == 1
	})
}
