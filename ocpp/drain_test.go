package ocpp_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/worldtest"
)

// hold keeps the row of every station locked until the returned function is called.
func hold(t *testing.T, w *worldtest.World) (release func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "begin; select from stations for update"); err != nil {
		t.Fatal(err)
	}
	return func() { _ = conn.Close(context.Background()) }
}

// waiters are the statements that wait for a lock of hold.
func waiters(w *worldtest.World) int {
	return worldtest.OwnerValue[int](w, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
}

// A handshake that is under way when the server drains is waited for, and leaves no station behind that looks online. Nobody is let
// in meanwhile.
func TestDrain_WaitsForHandshakesUnderWay(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	release := hold(t, w)
	defer release()
	dialled := make(chan *worldtest.Station, 1)
	go func() {
		s, _, _ := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp1.6")
		dialled <- s
	}()
	w.Eventually("the handshake waits for the station's row", func() bool { return waiters(w) == 1 })
	ended := drain(t, w)
	w.Eventually("nobody is let in", func() bool {
		_, status, _ := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp1.6")
		return status == http.StatusServiceUnavailable
	})
	select {
	case <-ended:
		t.Error("the server has drained while a handshake was under way")
	default:
	}
	release()
	if err := <-ended; err != nil {
		t.Errorf("drain: %v", err)
	}
	if s := <-dialled; s != nil {
		<-s.Closed
	}
	if worldtest.OwnerValue[bool](w, "select online from stations where id = $1", st.ID) {
		t.Error("the station looks online")
	}
}

// What a connection writes last needs the database.
func TestDrain_WaitsForWhatAConnectionWritesLast(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Connect(w.A, "CP1")
	worldtest.Do[map[string]any](s, "Heartbeat", struct{}{}) // by now the connection is recorded
	release := hold(t, w)
	defer release()
	s.Hang()
	w.Eventually("the end of a connection waits for the station's row", func() bool { return waiters(w) > 0 })
	ended := drain(t, w)
	select {
	case <-ended:
		t.Error("the server has drained while a connection's end wasn't stored")
	default:
	}
	release()
	if err := <-ended; err != nil {
		t.Errorf("drain: %v", err)
	}
	if worldtest.OwnerValue[bool](w, "select online from stations") {
		t.Error("the station looks online")
	}
}

// Who waits for the drain may give up.
func TestDrain_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	worldtest.Do[map[string]any](w.Connect(w.A, "CP1"), "Heartbeat", struct{}{}) // by now the connection is recorded
	release := hold(t, w)
	defer release()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := w.Stations.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("drain: %v", err)
	}
}

func drain(t *testing.T, w *worldtest.World) <-chan error {
	t.Helper()
	ended := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		ended <- w.Stations.Drain(ctx)
	}()
	return ended
}
