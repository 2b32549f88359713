package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/chargingsession"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/tenancy"
)

// FuzzLiveConnection sends whatever it is given into a live connection of version 1.6 or 2.0.1: before the boot is answered for, while a session runs,
// and after its stop. A malformed message costs that message only: the socket stays, the next message is answered, and the
// session ends with the energy it had. The seeds are what real stations send; BUSBAR_CAPTURES names a directory with more.
func FuzzLiveConnection(f *testing.F) {
	for _, seed := range seeds(f, "1.6") {
		f.Add(false, seed)
	}
	for _, version := range []string{"2.0.1", "2.1"} {
		for _, seed := range seeds(f, version) {
			f.Add(true, seed)
		}
	}
	old, young := &liveWorld{f: f, version: "1.6"}, &liveWorld{f: f, version: "2.0.1"}
	f.Cleanup(old.close)
	f.Cleanup(young.close)
	f.Fuzz(func(t *testing.T, second bool, raw []byte) {
		if len(raw) > 64<<10 {
			return // a frame beyond the limit ends the connection, as it should
		}
		if second {
			young.session(t, raw, young.charge201)
			return
		}
		old.session(t, raw, old.charge16)
	})
}

// seeds are the frames that stations of a version send, as they come.
func seeds(f *testing.F, version string) (frames [][]byte) {
	f.Helper()
	sources := []string{filepath.Join("..", "testdata", "frames.jsonl")}
	if dir := os.Getenv("BUSBAR_CAPTURES"); dir != "" {
		sources = append(sources, filepath.Join(dir, "frames.jsonl"))
	}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var captured struct {
				Version, Direction, Raw string
				RawBase64               []byte
				Frame                   json.RawMessage
			}
			if err := json.Unmarshal([]byte(line), &captured); err != nil {
				f.Fatalf("%s: %v", source, err)
			}
			if captured.Version != version || (captured.Direction != "" && captured.Direction != "cp->cs") {
				continue
			}
			switch {
			case captured.RawBase64 != nil:
				frames = append(frames, captured.RawBase64)
			case captured.Raw != "":
				frames = append(frames, []byte(captured.Raw))
			case captured.Frame != nil:
				frames = append(frames, captured.Frame)
			}
		}
	}
	if len(frames) == 0 {
		f.Fatalf("there are no frames of version %s", version)
	}
	return frames
}

// liveWorld is the world of one worker, with one station that stays connected from one input to the next.
type liveWorld struct {
	f       *testing.F
	version string

	once    sync.Once
	mu      sync.Mutex
	cleanup []func()
	faults  []string

	w  *worldtest.World
	st *ent.Station
	s  *worldtest.Station
	n  int
}

// outlasting is the world's view of the tests: it outlasts each of them, so what goes wrong waits for the next that looks.
type outlasting struct {
	testing.TB
	live *liveWorld
}

func (o outlasting) Helper()                   {}
func (o outlasting) Log(...any)                {}
func (o outlasting) Logf(string, ...any)       {}
func (o outlasting) Error(args ...any)         { o.live.fault(fmt.Sprint(args...)) }
func (o outlasting) Errorf(s string, a ...any) { o.live.fault(fmt.Sprintf(s, a...)) }
func (o outlasting) Fatal(args ...any)         { panic(fmt.Sprint(args...)) }
func (o outlasting) Fatalf(s string, a ...any) { panic(fmt.Sprintf(s, a...)) }
func (o outlasting) Cleanup(do func()) {
	o.live.mu.Lock()
	defer o.live.mu.Unlock()
	o.live.cleanup = append(o.live.cleanup, do)
}

func (l *liveWorld) fault(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, what)
}

func (l *liveWorld) close() {
	for i := len(l.cleanup) - 1; i >= 0; i-- {
		l.cleanup[i]()
	}
	l.check(l.f)
}

// check reports what went wrong since the last look.
func (l *liveWorld) check(tb testing.TB) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, what := range l.faults {
		tb.Error(what)
	}
	l.faults = nil
}

func (l *liveWorld) open() {
	l.w = worldtest.New(outlasting{l.f, l})
	if _, err := l.w.Charging.CreateToken(l.owner(), charging.TokenSpec{IDTag: valid}); err != nil {
		panic(err)
	}
	l.st = l.w.AddStation(l.w.A, l.w.A.Main, identity, 2)
	s, _, err := l.w.Dial("/ocpp/"+l.w.A.Slug+"/"+identity, identity, worldtest.Password, "ocpp"+l.version)
	if err != nil {
		panic(err)
	}
	l.s = s
	go func() {
		for {
			select {
			case c := <-l.s.Calls:
				l.s.SendRaw(fmt.Sprintf(`[4,%q,"NotSupported","",{}]`, c.ID))
			case <-l.s.Closed:
				return
			}
		}
	}()
}

func (l *liveWorld) owner() context.Context { return l.w.A.As(tenancy.Owner) }

// session goes from the boot to the stop with the frame thrown in at each step.
func (l *liveWorld) session(t *testing.T, raw []byte, charge func(t *testing.T, meter int, throw func()) (transaction string)) {
	l.once.Do(l.open)
	l.n++
	transaction := charge(t, 1000*l.n, func() {
		l.s.SendRaw(string(raw))
		l.ask(t, "Heartbeat", object{})
	})
	found, err := l.w.DB.Ent().ChargingSession.Query().Where(chargingsession.StationID(l.st.ID), chargingsession.OcppTransactionID(transaction)).Only(l.owner())
	if err != nil {
		t.Fatalf("load the session: %v", err)
	}
	if found.Status == "RUNNING" || found.Status == "PENDING" {
		t.Errorf("after its stop the session is %s", found.Status)
	}
	if !about(raw) && (found.Status != "COMPLETED" || found.EnergyWh == nil || found.EnergyWh.Trim(0).String() != "500") {
		t.Errorf("the session ended %s with %v Wh, want 500", found.Status, found.EnergyWh)
	}
	l.check(t)
}

// charge16 charges 500 Wh over version 1.6.
func (l *liveWorld) charge16(t *testing.T, meter int, throw func()) string {
	at := time.Now().Add(-time.Minute)
	throw()
	l.ask(t, "BootNotification", object{"chargePointVendor": "Voltara", "chargePointModel": "AC22"})
	l.ask(t, "StatusNotification", object{"connectorId": 1, "status": "Preparing", "errorCode": "NoError", "timestamp": stamp(at)})
	var answer started
	if err := json.Unmarshal(l.ask(t, "StartTransaction", object{"connectorId": 1, "idTag": valid, "meterStart": meter, "timestamp": stamp(at)}), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.TransactionID <= 0 || answer.IDTagInfo.Status != "Accepted" {
		t.Fatalf("the start was answered %+v", answer)
	}
	throw()
	l.ask(t, "MeterValues", object{"connectorId": 1, "transactionId": answer.TransactionID, "meterValue": []object{{
		"timestamp": stamp(time.Now()), "sampledValue": []object{{"value": strconv.Itoa(meter + 250)}},
	}}})
	throw()
	l.ask(t, "StopTransaction", object{"transactionId": answer.TransactionID, "meterStop": meter + 500, "timestamp": stamp(time.Now()), "reason": "Local"})
	throw()
	return strconv.FormatInt(answer.TransactionID, 10)
}

// charge201 charges 500 Wh over version 2.0.1.
func (l *liveWorld) charge201(t *testing.T, meter int, throw func()) string {
	at, transaction, seq := time.Now().Add(-time.Minute), fmt.Sprintf("live-%d-%d", l.n, time.Now().UnixNano()), 0
	tell := func(kind, trigger string, wh int, more object) {
		payload := object{
			"eventType": kind, "triggerReason": trigger, "seqNo": seq, "timestamp": stamp(at.Add(time.Duration(seq) * time.Second)),
			"transactionInfo": object{"transactionId": transaction, "chargingState": "Charging"}, "evse": object{"id": 1, "connectorId": 1},
			"meterValue": []object{{"timestamp": stamp(at.Add(time.Duration(seq) * time.Second)), "sampledValue": []object{{"value": wh}}}},
		}
		for k, v := range more {
			payload[k] = v
		}
		seq++
		l.ask(t, "TransactionEvent", payload)
	}
	throw()
	l.ask(t, "BootNotification", object{"reason": "PowerUp", "chargingStation": object{"vendorName": "Voltara", "model": "AC22"}})
	tell("Started", "Authorized", meter, object{"idToken": card(valid)})
	throw()
	tell("Updated", "MeterValuePeriodic", meter+250, nil)
	throw()
	tell("Ended", "StopAuthorized", meter+500, nil)
	throw()
	return transaction
}

// about tells whether a frame may rightly change a session.
func about(raw []byte) bool {
	parsed, err := frame.Parse(raw)
	if err != nil {
		return false
	}
	switch strings.ToLower(parsed.Action) {
	case "starttransaction", "stoptransaction", "metervalues", "transactionevent":
		return true
	}
	return false
}

// ask sends a call that must be answered with a result, on the same socket.
func (l *liveWorld) ask(t *testing.T, action string, payload any) json.RawMessage {
	body, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprintf("live-%d-%s-%d", l.n, action[:4], time.Now().UnixNano())
	r, err := l.s.Ask(id, fmt.Sprintf("[2,%q,%q,%s]", id, action, body))
	if err != nil {
		l.check(t)
		t.Fatalf("%s stays without an answer: %v", action, err)
	}
	if r.Code != "" {
		t.Fatalf("%s was answered %s", action, r.Raw)
	}
	return r.Payload
}
