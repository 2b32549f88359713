package ocpp_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/ocpp"
	"github.com/busbar-ev/busbar/tenancy"
)

// These tests are about what somebody may do with something that is real but not theirs: an identity, a transaction id, a token,
// a station's queue.

func TestSec011_AnIdentityAloneOpensNothing(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "DE*ABC*E001", 1)
	for _, password := range []string{"", "DE*ABC*E001", "alpha", "DE*ABC*E001DE*ABC*E001"} {
		if _, status, err := w.Dial("/ocpp/alpha/DE*ABC*E001", "DE*ABC*E001", password, "ocpp1.6"); err == nil || status != http.StatusUnauthorized {
			t.Errorf("the identity with the password %q was answered %d", password, status)
		}
	}
	// Nor does the endpoint say which identities there are to whoever merely looks.
	known, unknown := look(t, w, "/ocpp/alpha/DE*ABC*E001"), look(t, w, "/ocpp/alpha/DE*ABC*E002")
	if known != unknown || strings.Contains(look(t, w, "/ocpp/alpha/"), "DE*ABC") {
		t.Errorf("a browser is answered %q for a known identity and %q for an unknown one", known, unknown)
	}
}

// look asks as a browser does.
func look(t *testing.T, w *worldtest.World, path string) string {
	t.Helper()
	response, err := http.Get(w.HTTP.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body := make([]byte, 1024)
	n, _ := response.Body.Read(body)
	return fmt.Sprint(response.StatusCode, " ", string(body[:n]))
}

// A station that was raised to encryption is not let back in without it.
func TestSec015_ProfileIsNotLowered(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Connect(w.A, "CP1").Hang()
	w.Owner("update stations set security_profile = 2 where id = $1", st.ID)
	refused(t, w, "/ocpp/alpha/CP1", "CP1", worldtest.Password, "PROFILE_MISMATCH")
}

// Transaction ids are counted up, so they can be guessed: the guess reaches nothing but the guesser's own station.
func TestSec033_GuessedTransactionIdsReachNothing(t *testing.T) {
	t.Parallel()
	w, _, s := open(t, 1)
	w.AddStation(w.A, w.A.Main, "CP2", 1)
	victim := start(s, 1, "TAG", 1000, time.Now())
	thief := w.Connect(w.A, "CP2")
	for id := victim.TransactionID - 3; id <= victim.TransactionID+3; id++ {
		worldtest.Do[struct{}](thief, "MeterValues", map[string]any{"connectorId": 1, "transactionId": id, "meterValue": []any{
			map[string]any{"timestamp": stamp(time.Now()), "sampledValue": []any{map[string]any{"value": "99000"}}}}})
		stop(thief, id, 99_000, time.Now(), nil)
	}
	session := fmt.Sprint(victim.TransactionID)
	if got := worldtest.OwnerValue[string](w, `select status || ' ' || energy_wh::float8 from charging_sessions where ocpp_transaction_id = $1 and meter_start_wh = 1000`, session); got != "RUNNING 0" {
		t.Errorf("the session is %s", got)
	}
	if n := worldtest.OwnerValue[int](w, `select count(*) from meter_values m join charging_sessions c on c.id = m.session_id where c.meter_start_wh = 1000`); n != 0 {
		t.Errorf("%d samples of another station are in the session", n)
	}
}

// After a reset a station begins anew, and may still speak of the transaction from before: the two never mix.
func TestSec039_TransactionIdsSurviveAReset(t *testing.T) {
	t.Parallel()
	w, st, s := open(t, 1)
	now := time.Now()
	before := start(s, 1, "TAG", 1000, now.Add(-4*time.Minute))
	s.Hang()
	s = w.Connect(w.A, st.Identity)
	worldtest.Do[map[string]any](s, "BootNotification", map[string]string{"chargePointVendor": "Voltara", "chargePointModel": "AC22"})
	after := start(s, 1, "TAG", 1000, now.Add(-2*time.Minute))
	if before.TransactionID == after.TransactionID {
		t.Fatalf("the transaction id %d was given twice", after.TransactionID)
	}
	worldtest.Do[struct{}](s, "MeterValues", map[string]any{"connectorId": 1, "transactionId": before.TransactionID, "meterValue": []any{
		map[string]any{"timestamp": stamp(now), "sampledValue": []any{map[string]any{"value": "5000"}}}}})
	expectSessions(t, w, `COMPLETED 0 PowerLoss ["INFERRED_STOP"]`, `RUNNING 0  []`)
	stop(s, before.TransactionID, 1400, now.Add(-3*time.Minute), nil)
	stop(s, after.TransactionID, 1600, now, nil)
	stop(s, before.TransactionID, 9000, now, nil)
	expectSessions(t, w, `COMPLETED 400 Local ["INFERRED_STOP", "LATE_STOP"]`, `COMPLETED 600 Local []`)
}

// A remote start takes only tokens that the station would accept: of its own tenant, and of its own network or of all.
func TestSec043_RemoteStartWithAForeignToken(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Onboarded(w.A, st)
	token := func(tenant worldtest.Tenant, tag string, network uuid.UUID) uuid.UUID {
		t.Helper()
		made, err := w.Charging.CreateToken(tenant.As(tenancy.Admin), charging.TokenSpec{IDTag: tag, Network: network})
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	neighbour, foreign := token(w.A, "SUB-CARD", w.A.Sub), token(w.B, "B-CARD", uuid.Nil)
	own, everywhere := token(w.A, "OWN-CARD", w.A.Main), token(w.A, "ALL-CARD", uuid.Nil)
	for name, c := range map[string]struct {
		token uuid.UUID
		tag   string
		code  fault.Code
	}{
		"another network's by id":  {neighbour, "", fault.NotFound},
		"another network's by tag": {uuid.Nil, "SUB-CARD", fault.NotFound},
		"another tenant's by id":   {foreign, "", fault.NotFound},
		"another tenant's by tag":  {uuid.Nil, "B-CARD", fault.Invalid},
		"nobody's":                 {uuid.New(), "", fault.NotFound},
		"one that is too long":     {token(w.A, "ONE-THAT-ONLY-2.0.1-HAS-ROOM-FOR", uuid.Nil), "", fault.Invalid},
	} {
		if _, err := w.Charging.RemoteStart(w.A.As(tenancy.Operator), st.ID, charging.RemoteStart{EvseNo: 1, ConnectorNo: 1, Token: c.token, IDTag: c.tag}, 0); !fault.Is(err, c.code) {
			t.Errorf("%s token: %v, want %s", name, err, c.code)
		}
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from commands"); n != 0 {
		t.Errorf("%d commands were recorded", n)
	}
	for _, good := range []uuid.UUID{own, everywhere} {
		go func() { s.Answer(s.NextCall(), `{"status":"Accepted"}`) }()
		if command, err := w.Charging.RemoteStart(w.A.As(tenancy.Operator), st.ID, charging.RemoteStart{EvseNo: 1, ConnectorNo: 1, Token: good}, 10); err != nil || command.Status != "ACCEPTED" {
			t.Errorf("a token of its own was answered %+v, %v", command, err)
		}
	}
}

// However many commands come at once, a station gets them one at a time, and no more than 32 wait for it. The others are told so,
// and other stations don't notice.
func TestSec051_CommandsForOneStationAreBounded(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t, worldtest.WithOCPP(ocpp.Config{SettleDelay: time.Millisecond, BootPatience: 300 * time.Millisecond, CallTimeout: time.Minute}))
	st, other := w.AddStation(w.A, w.A.Main, "CP1", 1), w.AddStation(w.A, w.A.Main, "CP2", 1)
	s, bystander := w.Onboarded(w.A, st), w.Onboarded(w.A, other)
	const all, bound = 40, 32
	for range all {
		if _, err := w.Charging.Order(w.A.As(tenancy.Operator), st.ID, charging.ClearCacheOrder{}, 0); err != nil {
			t.Fatal(err)
		}
	}
	refusedCommands := func() int {
		return worldtest.OwnerValue[int](w, "select count(*) from commands where status = 'FAILED' and error_code = 'LIMIT'")
	}
	w.Eventually("what doesn't fit is refused", func() bool { return refusedCommands() == all-bound })
	first := s.NextCall()
	go func() { bystander.Answer(bystander.NextCall(), `{"status":"Accepted"}`) }()
	if command, err := w.Charging.Order(w.A.As(tenancy.Operator), other.ID, charging.ClearCacheOrder{}, 10); err != nil || command.Status != "ACCEPTED" {
		t.Errorf("another station's command ended as %+v, %v", command, err)
	}
	if n := len(s.Calls); n != 0 {
		t.Errorf("%d more calls came before the first was answered", n)
	}
	s.Answer(first, `{"status":"Accepted"}`)
	for range bound - 1 {
		s.Answer(s.NextCall(), `{"status":"Accepted"}`)
	}
	w.Eventually("what waited was carried out", func() bool {
		return worldtest.OwnerValue[int](w, "select count(*) from commands where station_id = $1 and status = 'ACCEPTED'", st.ID) == bound
	})
}

// A register beyond every column is kept as it came, answered, and costs no other message anything.
func TestSec036_AbsurdRegistersAreAnswered(t *testing.T) {
	t.Parallel()
	w, st, s := open(t, 1)
	session := start(s, 1, "TAG", 0, time.Now())
	for _, value := range []string{"9999999999999999999", "99999999999999999", "1e300", "-5", "NaN", "Infinity", "12,5", strings.Repeat("9", 400)} {
		worldtest.Do[struct{}](s, "MeterValues", map[string]any{"connectorId": 1, "transactionId": session.TransactionID, "meterValue": []any{
			map[string]any{"timestamp": stamp(time.Now()), "sampledValue": []any{map[string]any{"value": value, "unit": "kWh"}, map[string]any{"value": value}}}}})
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from meter_values where station_id = $1", st.ID); n != 16 {
		t.Errorf("%d samples are kept", n)
	}
	stop(s, session.TransactionID, 9_223_372_036_854_775_807, time.Now(), nil)
	for _, meter := range []int{9_223_372_036_854_775_807, -9_223_372_036_854_775_808} {
		stop(s, start(s, 1, "TAG", meter, time.Now()).TransactionID, 1000, time.Now(), nil)
	}
	expectSessions(t, w, `COMPLETED 1000000000000 Local ["METER_IMPLAUSIBLE"]`, `COMPLETED 0 Local ["METER_RAN_BACKWARDS"]`, `COMPLETED 1000000001000 Local ["METER_IMPLAUSIBLE"]`)
}

// Two handshakes of one station may be set up side by side, on one node or two. The later of them keeps the station, whichever
// is ready first.
func TestTakeover_TheLaterHandshakeKeepsTheStation(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	handshake := charging.Handshake{Tenant: "alpha", Identities: []string{"CP1"}, HasBasic: true, BasicUser: "CP1", Password: []byte(worldtest.Password)}
	var admitted [2]*charging.Admission
	for i := range admitted {
		a, refusal, err := w.Charging.Admit(t.Context(), handshake)
		if err != nil || refusal != nil {
			t.Fatal(err, refusal)
		}
		admitted[i] = a
	}
	later, err := w.Charging.Connect(t.Context(), admitted[1], charging.Connection{Version: "1.6"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Charging.Connect(t.Context(), admitted[0], charging.Connection{Version: "1.6"}); !errors.Is(err, charging.ErrNotAdmitted) {
		t.Errorf("the earlier handshake takes the station from the later one: %v", err)
	}
	if owns, err := w.Charging.Owns(t.Context(), later); err != nil || !owns {
		t.Errorf("the later handshake lost the station: %v", err)
	}
}

// Of two handshakes that were admitted side by side by the next password the first makes it the present one, and the second leaves it that. One that
// was replaced before its connection is set up lets nobody in: security case 16.
func TestSec016_TwoHandshakesUseTheNextPasswordOnce(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	rotate := func() string {
		t.Helper()
		_, password, err := w.Charging.RotatePassword(w.A.As(tenancy.Admin), st.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		return password
	}
	admit := func(password string) *charging.Admission {
		t.Helper()
		a, refusal, err := w.Charging.Admit(t.Context(), charging.Handshake{Tenant: "alpha", Identities: []string{"CP1"}, HasBasic: true, BasicUser: "CP1", Password: []byte(password)})
		if err != nil || refusal != nil {
			t.Fatal(err, refusal)
		}
		return a
	}
	if _, err := w.Charging.Connect(t.Context(), admit(worldtest.Password), charging.Connection{Version: "1.6"}); err != nil {
		t.Fatal(err)
	}
	password := rotate()
	if !worldtest.OwnerValue[bool](w, "select next_password_mac is not null from stations where id = $1", st.ID) {
		t.Fatal("a station that was seen has no next password")
	}
	for _, a := range []*charging.Admission{admit(password), admit(password)} {
		if _, err := w.Charging.Connect(t.Context(), a, charging.Connection{Version: "1.6"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := worldtest.OwnerValue[string](w, "select (password_mac is not null) || ' ' || (next_password_mac is null) from stations where id = $1", st.ID); got != "true true" {
		t.Errorf("there is a password and no next one: %s", got)
	}
	admit(password)
	replaced := admit(rotate())
	last := rotate()
	if _, err := w.Charging.Connect(t.Context(), replaced, charging.Connection{Version: "1.6"}); !errors.Is(err, charging.ErrNotAdmitted) {
		t.Errorf("a password that was replaced since lets the station in: %v", err)
	}
	admit(last)
	admit(password)
}
