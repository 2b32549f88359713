package drivers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/evdriver"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// street is a desk with a station that sells energy at 0.50 a kWh, and a driver in front of it.
type street struct {
	*desk
	station *ent.Station
	charger *worldtest.Station
	driver  *ent.EVDriver
	mine    context.Context
}

func newStreet(t *testing.T, funds string) *street {
	t.Helper()
	s := &street{desk: newDesk(t)}
	owner := s.w.A.As(tenancy.Owner)
	definition, err := tariff.Parse([]byte(`{"currency":"EUR","tax_included":"N/A","elements":[{"price_components":[{"type":"ENERGY","price":0.50,"step_size":1}]}]}`))
	s.must(err)
	sold, err := s.w.Pricing.Create(owner, pricing.Spec{Name: "Plain", Network: s.w.A.Main, Definition: definition})
	s.must(err)
	_, err = s.w.Pricing.Assign(owner, sold.ID, pricing.Target{Level: pricing.OnNetwork, ID: s.w.A.Main})
	s.must(err)
	s.station = s.w.AddStation(s.w.A, s.w.A.Main, "CP1", 2)
	s.charger = s.w.Onboarded(s.w.A, s.station)
	s.driver, s.mine = s.person("me@demo.example", funds)
	return s
}

// person is a driver with something in the wallet, and as whom they act.
func (s *street) person(email, funds string) (*ent.EVDriver, context.Context) {
	s.t.Helper()
	d := s.desk.driver(email)
	if funds != "" {
		s.must(s.adjust(s.wallet(d), email, funds, "Gift"))
	}
	return d, as(s.w.A, s.w.A.Main, d.ID)
}

func as(t worldtest.Tenant, network, driver uuid.UUID) context.Context {
	return tenancy.NewContext(context.Background(), tenancy.Driver(t.ID, network, driver, "Somebody"))
}

// connector is the station's first or second one.
func (s *street) connector(n int) uuid.UUID {
	return worldtest.OwnerValue[uuid.UUID](s.w, "select id from connectors where station_id = $1 and evse_no = $2", s.station.ID, n)
}

// accept has the station accept the next call, and returns what it was.
func (s *street) accept() (action string, payload map[string]any) {
	s.t.Helper()
	c := s.charger.NextCall()
	s.must(json.Unmarshal(c.Payload, &payload))
	s.charger.Answer(c, `{"status":"Accepted"}`)
	return c.Action, payload
}

// charge begins a session at a connector as the station does.
func (s *street) charge(connector int, tag string) judged {
	s.t.Helper()
	return begin(s.charger, connector, tag)
}

// A driver reads the code on a station, sees the price, starts, watches and stops.
func TestDriver_FromTheCodeToTheReceipt(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "20.00")
	spots, err := s.w.Drivers.Place(s.mine, "https://portal.example/drive/c/CP1/2")
	s.must(err)
	if len(spots) != 1 || spots[0].EvseNo != 2 || !spots[0].Startable() || spots[0].ID != s.connector(2) {
		t.Fatalf("at the code there is %+v", spots)
	}
	price, err := s.w.Drivers.PriceAt(s.mine, &spots[0])
	s.must(err)
	if price == nil || price.Free || price.Definition.Elements[0].Components[0].Price.String() != "0.50" {
		t.Errorf("the price is %+v", price)
	}
	started, err := s.w.Drivers.Start(s.mine, spots[0].ID, "k1")
	s.must(err)
	action, asked := s.accept()
	if tag := s.tag(s.driver); action != "RemoteStartTransaction" || asked["idTag"] != tag || asked["connectorId"] != 2.0 {
		t.Errorf("after %+v the station was asked %s %v", started, action, asked)
	}
	s.w.Eventually("the start is accepted", func() bool {
		now, err := s.w.Drivers.StartOf(s.mine, "k1")
		return err == nil && now.Status == "ACCEPTED"
	})
	ago := func(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339Nano) }
	running := worldtest.Do[judged](s.charger, "StartTransaction", map[string]any{"connectorId": 2, "idTag": s.tag(s.driver), "meterStart": 0, "timestamp": ago(time.Hour)})
	now, err := s.w.Drivers.StartOf(s.mine, "k1")
	s.must(err)
	if now.Status != "STARTED" || now.Session == nil {
		t.Fatalf("once it charges the start is %+v", now)
	}
	worldtest.Do[any](s.charger, "MeterValues", map[string]any{"connectorId": 2, "transactionId": running.TransactionID, "meterValue": []any{map[string]any{
		"timestamp": ago(30 * time.Minute), "sampledValue": []any{
			map[string]any{"value": "4000", "measurand": "Energy.Active.Import.Register"}, map[string]any{"value": "11000", "measurand": "Power.Active.Import"}}}}})
	live, err := s.w.Drivers.RunningSessions(s.mine)
	s.must(err)
	if len(live) != 1 || live[0].ID != *now.Session || *live[0].EnergyWh != 4000 || *live[0].PowerW != 11000 || live[0].Identity != "CP1" {
		t.Fatalf("what runs is %+v", live)
	}
	bill, err := s.w.Drivers.CostOf(s.mine, &live[0])
	s.must(err)
	if bill == nil || bill.GrossMinor != 200 {
		t.Errorf("4 kWh cost %+v", bill)
	}
	if f := s.funds(s.wallet(s.driver)); f.Balance != 1500 || f.Held != 500 {
		t.Errorf("while it runs the wallet has %+v", f)
	}

	go func() {
		s.accept()
		worldtest.Do[any](s.charger, "StopTransaction", map[string]any{"transactionId": running.TransactionID, "meterStop": 8000, "timestamp": ago(0)})
	}()
	_, err = s.w.Drivers.Stop(s.mine, *now.Session)
	s.must(err)
	s.w.Eventually("the session is paid", func() bool {
		ended, err := s.w.Drivers.Session(s.mine, *now.Session)
		return err == nil && ended.ChargeStatus != nil && *ended.ChargeStatus == "PAID" && *ended.Total == 400
	})
	again, err := s.w.Drivers.Stop(s.mine, *now.Session)
	s.must(err)
	if again.Running() || s.funds(s.wallet(s.driver)) != (drivers.Funds{Balance: 1600, Available: 1600}) {
		t.Errorf("in the end the session is %+v and the wallet has %+v", again, s.funds(s.wallet(s.driver)))
	}
	mine, err := s.w.Drivers.Funds(s.mine, s.wallet(s.driver).ID)
	s.must(err)
	if mine[s.wallet(s.driver).ID] != (drivers.Funds{Balance: 1600, Available: 1600}) {
		t.Errorf("the driver sees %+v", mine)
	}
	all, err := s.w.Drivers.Sessions(s.mine, nil, 10)
	s.must(err)
	older, err := s.w.Drivers.Sessions(s.mine, &all[0].StartedAt, 10)
	s.must(err)
	if len(all) != 1 || len(older) != 0 {
		t.Errorf("the sessions are %+v, before them %+v", all, older)
	}
	// What the operator gives back shows beside the bill, with the reason; nobody else learns of it.
	owner := s.w.A.As(tenancy.Owner)
	if none, err := s.w.Drivers.Corrections(s.mine, &all[0]); err != nil || len(none) != 0 || all[0].GivenBack != nil {
		t.Errorf("before anything is given back there are %+v, %v", none, err)
	}
	some := int64(150)
	s.must(s.w.Charges.Refund(owner, *all[0].Charge, &some, "The cable was short.", "one"))
	some = 25
	s.must(s.w.Charges.Refund(owner, *all[0].Charge, &some, "A gesture.", "two"))
	after, err := s.w.Drivers.Session(s.mine, *now.Session)
	s.must(err)
	back, err := s.w.Drivers.Corrections(s.mine, after)
	s.must(err)
	if after.GivenBack == nil || *after.GivenBack != 175 || *after.Total != 400 || len(back) != 2 || back[0].GivenBack != 150 || back[0].Reason != "The cable was short." ||
		back[0].Kind != "REFUND" || back[0].Currency != "EUR" || back[0].At.IsZero() || back[1].GivenBack != 25 || back[1].Reason != "A gesture." {
		t.Errorf("of %+v there was given back %+v", after, back)
	}
	_, theirs := s.person("other@demo.example", "")
	if seen, err := s.w.Drivers.Corrections(theirs, after); err != nil || len(seen) != 0 {
		t.Errorf("another driver sees %+v, %v", seen, err)
	}
	profile, err := s.w.Drivers.Profile(s.mine)
	s.must(err)
	if profile.Email != "me@demo.example" || profile.Currency != "EUR" || profile.Network != "Main" || profile.Wallet != s.wallet(s.driver).ID {
		t.Errorf("the driver is %+v", profile)
	}
}

// Of others in the same network a driver sees and stops nothing.
func TestSec099_OtherDriversAreNotThere(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "20.00")
	other, theirs := s.person("other@demo.example", "20.00")
	s.charge(1, s.tag(other))
	spots, err := s.w.Drivers.Place(s.mine, "CP1")
	s.must(err)
	if spots[0].Startable() || !spots[1].Startable() {
		t.Errorf("beside another's session the station shows %+v", spots)
	}
	session := worldtest.OwnerValue[uuid.UUID](s.w, "select id from charging_sessions where driver_id = $1", other.ID)
	s.w.Owner(`insert into payment_accounts (id, tenant_id, network_id, provider, name, live, secret, webhook_secret) values ($1, $2, $3, 'STRIPE', 'Ours', false, 'x', 'x')`,
		session, s.w.A.ID, s.w.A.Main)
	for _, sql := range []string{
		"insert into payment_methods (id, tenant_id, network_id, driver_id, account_id, label) values ($1, $2, $3, $4, $1, 'Visa')",
		"insert into payments (id, tenant_id, network_id, wallet_id, driver_id, account_id, provider, amount, currency, live, asked_by, expires_at) select $1, $2, $3, id, $4, $1, 'STRIPE', 100, 'EUR', false, 'x', now() from wallets where driver_id = $4",
	} {
		s.w.Owner(sql, session, s.w.A.ID, s.w.A.Main, other.ID)
	}
	for who, c := range map[string]struct {
		ctx  context.Context
		want int
	}{"the other": {theirs, 1}, "the driver": {s.mine, 0}, "the other's id in another network": {as(s.w.A, s.w.A.Sub, other.ID), 1}, "the other's id in another tenant": {as(s.w.B, s.w.B.Main, other.ID), 0}} {
		all, err := s.w.Drivers.Sessions(c.ctx, nil, 10)
		s.must(err)
		running, err := s.w.Drivers.RunningSessions(c.ctx)
		s.must(err)
		one, err := s.w.Drivers.Session(c.ctx, session)
		s.must(err)
		payments, err := s.w.Drivers.Payments(c.ctx, 10)
		s.must(err)
		payment, err := s.w.Drivers.Payment(c.ctx, session)
		s.must(err)
		methods, err := s.w.Drivers.Methods(c.ctx)
		s.must(err)
		if len(all) != c.want || len(running) != c.want || (one != nil) != (c.want == 1) || len(payments) != c.want || (payment != nil) != (c.want == 1) || len(methods) != c.want {
			t.Errorf("%s sees sessions %v, %v, %v, payments %v, %v and ways to pay %v", who, all, running, one, payments, payment, methods)
		}
	}
	cards, err := s.w.Drivers.Cards(s.mine)
	s.must(err)
	if len(cards) != 1 || cards[0].IDTag != s.tag(s.driver) {
		t.Errorf("the driver's tokens are %+v", cards)
	}
	_, err = s.w.Drivers.Stop(s.mine, session)
	s.refused("stopping another's session", err, fault.NotFound, "")
	_, missing := s.w.Drivers.Stop(s.mine, uuid.New())
	if err.Error() != missing.Error() {
		t.Errorf("another's session is told apart from none: %v and %v", err, missing)
	}
	funds, err := s.w.Drivers.Funds(s.mine, s.wallet(other).ID)
	if err != nil || len(funds) != 0 {
		t.Errorf("of another's wallet the driver sees %v %v", funds, err)
	}
}

// Connectors of other networks are not there, however they are named.
func TestSec053_ForeignPlacesAreNotThere(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "20.00")
	for identity, place := range map[string]struct {
		tenant  worldtest.Tenant
		network uuid.UUID
	}{"CP-SUB": {s.w.A, s.w.A.Sub}, "CP1": {s.w.B, s.w.B.Main}} {
		st := s.w.AddStation(place.tenant, place.network, identity, 1)
		s.w.Owner("update stations set onboarding = 'ONBOARDED' where id = $1", st.ID)
		foreign := worldtest.OwnerValue[uuid.UUID](s.w, "select id from connectors where station_id = $1", st.ID)
		_, err := s.w.Drivers.Start(s.mine, foreign, "")
		s.refused("a start at a foreign connector", err, fault.NotFound, "")
		_, err = s.w.Drivers.StartOf(s.mine, "k")
		s.must(err)
	}
	_, err := s.w.Drivers.Place(s.mine, "CP-SUB")
	s.refused("the code of another network's station", err, fault.NotFound, "code")
	pending := s.w.AddStation(s.w.A, s.w.A.Main, "CP-NEW", 1)
	_, err = s.w.Drivers.Place(s.mine, pending.Identity)
	s.refused("the code of a station that isn't onboarded", err, fault.NotFound, "code")
	for _, code := range []string{"", "/", "CP1/3", "CP1/0", "CP1/x", "CP1/1/2", "CP1/99999999999999999999", "https://x/y"} {
		_, err := s.w.Drivers.Place(s.mine, code)
		s.refused("the code "+code, err, fault.NotFound, "code")
	}
	for code, want := range map[string]int{"CP1": 2, " cp1/2/1 ": 1, "CP1/1": 1, "/CP1": 2} {
		if got, err := s.w.Drivers.Place(s.mine, code); err != nil || len(got) != want {
			t.Errorf("at the code %q there are %+v %v", code, got, err)
		}
	}
}

// A key is one start, however often and at once it is sent, and no other.
func TestSec095_KeyOfAnotherStart(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "20.00")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if start, err := s.w.Drivers.Start(s.mine, s.connector(1), "k"); err != nil || start.Key != "k" {
				t.Errorf("a start is %+v %v", start, err)
			}
		})
	}
	action, _ := s.accept()
	all.Wait()
	if n := worldtest.OwnerValue[int](s.w, "select count(*) from commands where action = 'RemoteStartTransaction'"); n != 1 || action != "RemoteStartTransaction" {
		t.Errorf("the station was asked %d times, first %s", n, action)
	}
	_, err := s.w.Drivers.Start(s.mine, s.connector(2), "k")
	s.refused("the key's use at another connector", err, fault.Conflict, "idempotencyKey")
	_, err = s.w.Drivers.Start(s.mine, s.connector(2), strings.Repeat("k", 101))
	s.refused("a very long key", err, fault.Invalid, "idempotencyKey")
	// What fails with a key stays failed with it, word by word.
	_, poor := s.person("poor@demo.example", "")
	_, first := s.w.Drivers.Start(poor, s.connector(2), "k")
	s.refused("a start on an empty wallet", first, fault.Conflict, "")
	if first == nil || !strings.Contains(first.Error(), "You can spend 0.00 EUR, and 5.00 EUR is set aside") {
		t.Errorf("an empty wallet is told as %v", first)
	}
	_, second := s.w.Drivers.Start(poor, s.connector(2), "k")
	if first == nil || second == nil || first.Error() != second.Error() {
		t.Errorf("the same start was refused with %v and %v", first, second)
	}
}

// One balance is enough for one session, wherever the second one starts.
func TestSec091_TwoStartsOnOneWallet(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "6.00") // 10 kWh cost 5.00
	if got := s.charge(1, s.tag(s.driver)).IDTagInfo.Status; got != "Accepted" {
		t.Fatalf("the first start is %s", got)
	}
	_, err := s.w.Drivers.Start(s.mine, s.connector(2), "k")
	s.refused("a second start", err, fault.Conflict, "")
	if f := s.funds(s.wallet(s.driver)); f.Balance != 100 || f.Held != 500 {
		t.Errorf("the wallet has %+v", f)
	}
}

// Who is blocked may look, and starts nothing.
func TestStart_RefusesBlockedDrivers(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "20.00")
	blocked := evdriver.StatusBlocked
	_, err := s.w.Drivers.Update(s.ctx, s.driver.ID, drivers.Change{Status: &blocked})
	s.must(err)
	_, err = s.w.Drivers.Start(s.mine, s.connector(1), "k")
	s.refused("a blocked driver's start", err, fault.Conflict, "")
	profile, err := s.w.Drivers.Profile(s.mine)
	if err != nil || !profile.Blocked {
		t.Errorf("the blocked driver is %+v %v", profile, err)
	}
}

// The map shows what is near, across the 180th meridian too.
func TestPlaces_NearestFirst(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "")
	put := func(identity string, latitude, longitude float64) {
		st := s.w.AddStation(s.w.A, s.w.A.Main, identity, 1)
		s.w.Owner("with l as (insert into locations (id, tenant_id, network_id, name, timezone, latitude, longitude) values (gen_random_uuid(), $2, $3, $4, 'UTC', $5, $6) returning id) update stations set onboarding = 'ONBOARDED', location_id = l.id from l where stations.id = $1",
			st.ID, s.w.A.ID, s.w.A.Main, identity, latitude, longitude)
	}
	put("AMSTERDAM", 52.37, 4.90)
	put("UTRECHT", 52.09, 5.12)
	put("BERLIN", 52.52, 13.40)
	put("FIJI-WEST", -17.8, 177.4)
	put("FIJI-EAST", -16.8, -179.9)
	at := func(latitude, longitude float64, a drivers.Area, most int) string {
		t.Helper()
		a.Latitude, a.Longitude = &latitude, &longitude
		spots, err := s.w.Drivers.Places(s.mine, a, most)
		s.must(err)
		var names []string
		for _, spot := range spots {
			names = append(names, spot.Identity)
		}
		return strings.Join(names, " ")
	}
	world := drivers.Area{South: -90, West: -180, North: 90, East: 180}
	for got, want := range map[string]string{
		at(52.1, 5.1, world, 3): "UTRECHT AMSTERDAM BERLIN",
		at(52.1, 5.1, drivers.Area{South: 50, West: 10, North: 60, East: 20}, 9):       "BERLIN",
		at(-17, 179.9, drivers.Area{South: -20, West: 175, North: -15, East: -175}, 9): "FIJI-EAST FIJI-WEST",
		at(-17, 179.9, world, 1): "FIJI-EAST",
	} {
		if got != want {
			t.Errorf("the map shows %q, want %q", got, want)
		}
	}
	for what, a := range map[string]drivers.Area{"upside down": {South: 10, North: 0}, "off the map": {North: 91}, "no east": {East: 181}} {
		_, err := s.w.Drivers.Places(s.mine, a, 10)
		s.refused(what, err, fault.Invalid, "within")
	}
}

// Whoever proves an address becomes a driver where the network lets them, once, and nowhere else.
func TestSignUp_MakesADriverOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.w.Owner("update networks set driver_sign_up = true where id = $1", d.w.A.Main)
	enter := func(network string) (status int, cookie string) {
		t.Helper()
		post := func(door, more string) *http.Response {
			body := fmt.Sprintf(`{"tenant":"alpha","network":%q,"email":"new@demo.example"%s}`, network, more)
			r, err := http.Post(d.w.HTTP.URL+"/auth/driver/"+door, "application/json", strings.NewReader(body))
			d.must(err)
			_, _ = io.Copy(io.Discard, r.Body)
			_ = r.Body.Close()
			return r
		}
		before := len(d.w.Mails.Mails())
		if r := post("code", ""); r.StatusCode != http.StatusNoContent {
			t.Fatalf("asking for a code is answered %d", r.StatusCode)
		}
		d.must(d.w.Identity.FinishMails(context.Background()))
		mails := d.w.Mails.Mails()
		if len(mails) == before {
			return 0, ""
		}
		r := post("verify", `,"name":"New\tDriver","language":"de","code":"`+regexp.MustCompile(`\b[0-9]{6}\b`).FindString(mails[len(mails)-1].Text)+`"`)
		return r.StatusCode, r.Header.Get("Set-Cookie")
	}
	for range 2 {
		if status, cookie := enter("main"); status != http.StatusNoContent || !strings.HasPrefix(cookie, "busbar_driver=") {
			t.Errorf("signing up is answered %d %s", status, cookie)
		}
	}
	got := worldtest.OwnerValue[string](d.w, "select string_agg(d.name || ' ' || d.language || ' ' || w.currency || ' ' || length(t.id_tag), ', ') from drivers d join wallets w on w.driver_id = d.id join tokens t on t.driver_id = d.id")
	if got != "New Driver de EUR 20" {
		t.Errorf("the drivers are %s", got)
	}
	if status, _ := enter("sub"); status != 0 {
		t.Error("a network that lets nobody in mailed a code")
	}
}
