package rating

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/fault"
)

func TestPerKWh(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ currency, price, wh, want string }{
		{"INR", "10", "8500", "85.00"},
		{"INR", "12", "18500", "222.00"},
		{"EUR", "0.10", "0.1", "0.00"},
		// 0.1 Wh is kept to the end: 12,345.6 Wh at 1.0000 are 12.3456, and not 12.346.
		{"KWD", "1", "12345.6", "12.346"},
		{"KWD", "10", "12345.6", "123.456"},
		{"JPY", "35.5", "10000", "355"},
		{"JPY", "35.5", "1000", "36"},
		{"KWD", "0.0255", "20000", "0.510"},
	} {
		tar := tariff.PerKWh(c.currency, decimal.MustParse(c.price))
		bill := rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: c.wh}))
		costs(t, bill, c.want, c.want)
		if got := bill.EnergyWh.String(); got != c.wh {
			t.Errorf("%s Wh are billed as %s", c.wh, got)
		}
	}
}

// A million samples of 0.1 Wh lose nothing.
func TestSmallSharesAddUp(t *testing.T) {
	t.Parallel()
	start := at(t, monday)
	s := Session{Start: start, End: start, Zone: start.Location()}
	for range 10_000 {
		s.Periods = append(s.Periods, Period{From: s.End, To: s.End.Add(time.Second), EnergyWh: decimal.MustParse("0.1"), Charging: true})
		s.End = s.End.Add(time.Second)
	}
	bill := rate(t, tariff.PerKWh("INR", decimal.MustParse("10")), s)
	costs(t, bill, "10.00", "10.00")
}

func TestRounding(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[{"price_components":[{"type":"ENERGY","price":1,"step_size":0}]}]}`)
	for wh, want := range map[string][2]int64{"5": {0, 1}, "15": {2, 2}, "25": {2, 3}, "14.9": {1, 1}, "15.1": {2, 2}, "24.999999": {2, 2}} {
		for i, rounding := range []Rounding{HalfToEven, HalfUp} {
			bill, err := Rate(tar, session(at(t, monday), leg{lasts: hour, wh: wh}), Policy{rounding})
			if err != nil {
				t.Fatal(err)
			}
			if bill.NetMinor != want[i] {
				t.Errorf("%s Wh at 1.00 are %d cents rounded %s, want %d", wh, bill.NetMinor, rounding, want[i])
			}
		}
	}
	if _, err := Rate(tar, session(at(t, monday), leg{lasts: hour}), Policy{"UP"}); err == nil {
		t.Error("a rounding that nobody knows was taken")
	}
}

func TestIncludedTax(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"tax_included":"YES","elements":[{"price_components":[{"type":"ENERGY","price":0.49,"vat":19,"step_size":1},{"type":"FLAT","price":1.00,"vat":7}]}]}`)
	bill := rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "10000"}))
	// 4.90 / 1.19 = 4.1176, 1.00 / 1.07 = 0.9346
	costs(t, bill, "5.05", "5.90")
}

// Both are rounded from the exact amount: 0.125 + 20 % is 0.15, and not 0.12 × 1.2 = 0.144.
func TestAddedTaxIsRoundedOnce(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[{"price_components":[{"type":"ENERGY","price":0.125,"vat":20}]}]}`)
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "1000"})), "0.12", "0.15")
}

func TestFlatIsOnceASession(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[
		{"price_components":[{"type":"FLAT","price":1.00}],"restrictions":{"start_time":"08:00","end_time":"10:00"}},
		{"price_components":[{"type":"FLAT","price":2.00}],"restrictions":{"start_time":"10:00","end_time":"12:00"}}]}`)
	for start, want := range map[string]string{"09:00": "1.00", "10:00": "2.00", "13:00": "1.00", "07:30": "1.00"} {
		lasts := 2 * hour
		if start == "13:00" {
			lasts = 20 * hour
		}
		costs(t, rate(t, tar, session(at(t, "2030-01-07 "+start), leg{lasts: lasts, wh: "1000"})), want, want)
	}
	// A session without length pays it too, and one outside the hours doesn't.
	costs(t, rate(t, tar, session(at(t, "2030-01-07 09:00"))), "1.00", "1.00")
	costs(t, rate(t, tar, session(at(t, "2030-01-07 13:00"))), "0.00", "0.00")
}

func TestEnergyLevels(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[
		{"price_components":[{"type":"ENERGY","price":0.10}],"restrictions":{"max_kwh":10}},
		{"price_components":[{"type":"ENERGY","price":0.20}],"restrictions":{"min_kwh":10,"max_kwh":20}},
		{"price_components":[{"type":"ENERGY","price":0.30},{"type":"TIME","price":6.00}]}]}`)
	// The level is passed inside a period: 20 of 25 kWh after 4 of 5 hours; from then on time costs too.
	bill := rate(t, tar, session(at(t, monday), leg{lasts: 5 * hour, wh: "25000"}))
	if got, want := billed(bill), "ENERGY 10000 1.00; TIME 18000 30.00; ENERGY 10000 2.00; ENERGY 5000 1.50"; got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
	tar.Elements[2].Restrictions.MinKWh = tar.Elements[1].Restrictions.MaxKWh
	bill = rate(t, tar, session(at(t, monday), leg{lasts: 5 * hour, wh: "25000"}))
	if got, want := billed(bill), "ENERGY 10000 1.00; ENERGY 10000 2.00; ENERGY 5000 1.50; TIME 3600 6.00"; got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
	if got, want := bill.Lines[1].Restriction, "10 to 20 kWh"; got != want {
		t.Errorf("the restriction reads %q, want %q", got, want)
	}
	// In a period without length energy passes the levels too.
	bill = rate(t, tar, session(at(t, monday), leg{wh: "25000"}, leg{lasts: hour}))
	if got, want := billed(bill), "ENERGY 10000 1.00; ENERGY 10000 2.00; ENERGY 5000 1.50; TIME 3600 6.00"; got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
}

// A level that is passed within the microsecond of a cut in time, but behind it, stays behind it.
func TestLevelWithinTheMicrosecondOfACut(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[
		{"price_components":[{"type":"ENERGY","price":1}],"restrictions":{"day_of_week":["MONDAY"]}},
		{"price_components":[{"type":"ENERGY","price":2}],"restrictions":{"max_kwh":0.0002}},
		{"price_components":[{"type":"ENERGY","price":3}]}]}`)
	s := session(at(t, "2030-01-08 00:00").Add(-time.Microsecond), leg{lasts: 3 * time.Microsecond, wh: "0.5"})
	if got, want := billed(rate(t, tar, s)), "ENERGY 0.166667 0.00; ENERGY 0.033333 0.00; ENERGY 0.3 0.00"; got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
}

func TestPauseOfChargingEndsNoTime(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[{"price_components":[{"type":"TIME","price":6.00,"step_size":600},{"type":"PARKING_TIME","price":6.00,"step_size":600}],"restrictions":{"max_power":50}}]}`)
	bill := rate(t, tar, session(at(t, monday),
		leg{lasts: 4 * minute, powerW: "7000"}, leg{lasts: 3 * minute, stands: true}, leg{lasts: 4 * minute, powerW: "7000"}, leg{lasts: 3 * minute, stands: true}))
	if got, want := billed(bill), "TIME 600 1.00; PARKING_TIME 600 1.00"; got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
	// Where the price ends in between, each side is rounded up.
	bill = rate(t, tar, session(at(t, monday),
		leg{lasts: 4 * minute, powerW: "7000"}, leg{lasts: minute, powerW: "70000"}, leg{lasts: 4 * minute, powerW: "7000"}))
	if got, want := billed(bill), "TIME 600 1.00; TIME 600 1.00"; got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
}

func TestIdleGraceAndCap(t *testing.T) {
	t.Parallel()
	const text = `{"idle_grace_s":900,"idle_cap":{"after_taxes":6.00},"elements":[{"price_components":[{"type":"ENERGY","price":0.50,"vat":20},{"type":"PARKING_TIME","price":10.00,"vat":20,"step_size":300}]}]}`
	tar := parse(t, text)
	for _, c := range []struct {
		stands           []time.Duration
		billed, net, all string
	}{
		{[]time.Duration{10 * minute}, "ENERGY 1000 0.50; GRACE 0 0.00", "0.50", "0.60"},
		{[]time.Duration{22 * minute}, "ENERGY 1000 0.50; GRACE 0 0.00; PARKING_TIME 600 1.67", "2.17", "2.60"},
		// The grace is one for the session.
		{[]time.Duration{10 * minute, 10 * minute}, "ENERGY 1000 0.50; GRACE 0 0.00; PARKING_TIME 300 0.83", "1.33", "1.60"},
		{[]time.Duration{45 * minute}, "ENERGY 1000 0.50; GRACE 0 0.00; PARKING_TIME 1800 5.00", "5.50", "6.60"},
		{[]time.Duration{5 * hour}, "ENERGY 1000 0.50; GRACE 0 0.00; PARKING_TIME 17100 47.50; IDLE_CAP 1 -42.50", "5.50", "6.60"},
	} {
		legs := []leg{{lasts: hour, wh: "1000"}}
		for _, d := range c.stands {
			legs = append(legs, leg{lasts: d, stands: true}, leg{lasts: minute})
		}
		bill := rate(t, tar, session(at(t, monday), legs...))
		if got := billed(bill); got != c.billed {
			t.Errorf("standing for %v is billed %s, want %s", c.stands, got, c.billed)
		}
		costs(t, bill, c.net, c.all)
	}
}

func TestLimitsWithTwoTaxes(t *testing.T) {
	t.Parallel()
	elements := `"elements":[{"price_components":[{"type":"FLAT","price":1.00,"vat":20},{"type":"ENERGY","price":0.50,"vat":10}]}]`
	// 20 kWh: 11.00 net, 12.20 gross; 1 kWh: 1.50 and 1.75.
	for _, c := range []struct{ name, limit, wh, net, gross string }{
		{"most, both", `"max_price":{"before_taxes":10,"after_taxes":11}`, "20000", "10.00", "11.00"},
		{"most, only the gross is beyond", `"max_price":{"before_taxes":11.50,"after_taxes":12}`, "20000", "11.00", "12.00"},
		{"most, only the net is beyond", `"max_price":{"before_taxes":10,"after_taxes":12.20}`, "20000", "10.00", "12.20"},
		{"most, net given: gross follows in proportion", `"max_price":{"before_taxes":10}`, "20000", "10.00", "11.09"},
		{"most, gross given: net follows in proportion", `"max_price":{"after_taxes":11}`, "20000", "9.92", "11.00"},
		{"most, not reached", `"max_price":{"before_taxes":11,"after_taxes":12.20}`, "20000", "11.00", "12.20"},
		{"most, a gross below the net takes it along", `"max_price":{"after_taxes":0.50,"before_taxes":0.50}`, "20000", "0.50", "0.50"},
		{"most, nothing", `"max_price":{"after_taxes":0}`, "20000", "0.00", "0.00"},
		{"least, both", `"min_price":{"before_taxes":3,"after_taxes":3.50}`, "1000", "3.00", "3.50"},
		{"least, only the net is below", `"min_price":{"before_taxes":1.60,"after_taxes":1.60}`, "1000", "1.60", "1.75"},
		{"least, net given", `"min_price":{"before_taxes":3}`, "1000", "3.00", "3.50"},
		{"least, gross given", `"min_price":{"after_taxes":3.50}`, "1000", "3.00", "3.50"},
		{"least, not reached", `"min_price":{"after_taxes":1.75}`, "1000", "1.50", "1.75"},
	} {
		bill := rate(t, parse(t, `{`+c.limit+`,`+elements+`}`), session(at(t, monday), leg{lasts: hour, wh: c.wh}))
		t.Run(c.name, func(t *testing.T) { costs(t, bill, c.net, c.gross) })
	}
}

func TestMinimumOfNothing(t *testing.T) {
	t.Parallel()
	// Nothing was used, so the tax is that of the tariff.
	tar := parse(t, `{"min_price":{"before_taxes":1.00},"elements":[{"price_components":[{"type":"ENERGY","price":0.50,"vat":10}]}]}`)
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: hour})), "1.00", "1.10")
	// Two taxes that the cap brings to nothing leave no proportion.
	tar = parse(t, `{"min_price":{"before_taxes":1.00},"idle_cap":{"before_taxes":0},"elements":[
		{"price_components":[{"type":"PARKING_TIME","price":5,"vat":10}],"restrictions":{"max_duration":600}},
		{"price_components":[{"type":"PARKING_TIME","price":5,"vat":20}]}]}`)
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: hour, stands: true})), "1.00", "1.10")
}

func TestUnknownPowerIsReviewed(t *testing.T) {
	t.Parallel()
	tar := parse(t, complexTariff)
	bill := rate(t, tar, session(at(t, monday), leg{lasts: hour}, leg{lasts: hour, stands: true}))
	if len(bill.Review) != 1 || bill.Review[0].Code != CurrentUnknown || !strings.Contains(bill.Review[0].Message, "element 2") {
		t.Errorf("a price by current without a current has the reasons %+v", bill.Review)
	}
	if bill.NeedsReview() != true {
		t.Error("the bill doesn't ask for review")
	}
	// Where nothing depends on it nobody needs to know it.
	if bill := rate(t, parse(t, stepSizes), session(at(t, monday), leg{lasts: hour})); bill.NeedsReview() {
		t.Errorf("review without need: %+v", bill.Review)
	}
}

func TestContradictions(t *testing.T) {
	t.Parallel()
	tar := tariff.PerKWh("EUR", decimal.MustParse("0.5"))
	start := at(t, monday)
	good := func() Session { return session(start, leg{lasts: hour, wh: "1000"}, leg{lasts: hour, wh: "1000"}) }
	for name, spoil := range map[string]func(*Session){
		"no zone":           func(s *Session) { s.Zone = nil },
		"no periods":        func(s *Session) { s.Periods = nil },
		"a gap":             func(s *Session) { s.Periods[1].From = s.Periods[1].From.Add(time.Second) },
		"ends early":        func(s *Session) { s.End = s.End.Add(time.Second) },
		"ends before start": func(s *Session) { s.End = s.Start.Add(-time.Second) },
		"negative energy":   func(s *Session) { s.Periods[1].EnergyWh = decimal.MustParse("-1") },
		"too fine":          func(s *Session) { s.Periods[1].EnergyWh = decimal.MustParse("1.0000001") },
		"too much":          func(s *Session) { s.Periods[1].EnergyWh = decimal.MustParse("1000000000001") },
		"nothing":           func(s *Session) { *s = Session{Zone: s.Zone} },
		"long ago":          func(s *Session) { s.Start = time.Date(1200, 1, 1, 0, 0, 0, 0, time.UTC) },
		"longer than a year": func(s *Session) {
			s.End = s.Start.AddDate(2, 0, 0)
			s.Periods[1].To = s.End
		},
	} {
		s := good()
		spoil(&s)
		if bill, err := Rate(tar, s, Policy{}); err == nil {
			t.Errorf("%s: rated as %s", name, show(bill))
		}
	}
	if _, err := Rate(&tariff.Tariff{}, good(), Policy{}); fault.Of(err) == nil {
		t.Errorf("an invalid tariff gives %v, want its fault", err)
	}
}

func TestOverflowIsAnError(t *testing.T) {
	t.Parallel()
	s := session(at(t, monday), leg{lasts: hour, wh: "999999999999"})
	for _, price := range []string{"1000000000", "100000"} {
		if bill, err := Rate(tariff.PerKWh("EUR", decimal.MustParse(price)), s, Policy{}); err == nil {
			t.Errorf("more than fits was rated as %d", bill.GrossMinor)
		}
	}
	// Just below the bound nothing is lost, though the product has many more digits than a decimal.
	tar := tariff.PerKWh("EUR", decimal.MustParse("90.000001"))
	bill := rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "999999999999.999999"}))
	if want := int64(9_000_000_100_000); bill.NetMinor != want || want > math.MaxInt64/2 {
		t.Errorf("got %d, want %d", bill.NetMinor, want)
	}
}

func TestBillIsJSONBothWays(t *testing.T) {
	t.Parallel()
	bill := rate(t, parse(t, complexTariff), session(at(t, monday), leg{lasts: 147 * minute, currentA: "16"}, leg{lasts: 42 * minute, stands: true}))
	text, err := json.Marshal(bill)
	if err != nil {
		t.Fatal(err)
	}
	var read Bill
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != string(again) {
		t.Errorf("the bill changed on its way:\n%s\n%s", text, again)
	}
}

func TestHypothetical(t *testing.T) {
	t.Parallel()
	start := at(t, monday)
	tar := parse(t, `{"elements":[{"price_components":[{"type":"ENERGY","price":0.50},{"type":"TIME","price":1.00},{"type":"PARKING_TIME","price":6.00}]}]}`)
	s, err := Hypothetical(start, start.Location(), decimal.MustParse("22000"), decimal.MustParse("11000"), 30*minute)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := billed(rate(t, tar, s)), "ENERGY 22000 11.00; TIME 7200 2.00; PARKING_TIME 1800 3.00"; got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
	for _, wrong := range [][2]string{{"1000", "0"}, {"-1", "11000"}, {"1000", "-1"}, {"1000000000", "0.001"}} {
		if _, err := Hypothetical(start, start.Location(), decimal.MustParse(wrong[0]), decimal.MustParse(wrong[1]), 0); err == nil {
			t.Errorf("%s Wh at %s W make a session", wrong[0], wrong[1])
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	s := session(at(t, "2030-01-07 16:00"), leg{lasts: 2 * hour, wh: "20000"}, leg{lasts: hour, stands: true})
	a := rate(t, parse(t, `{"elements":[{"price_components":[{"type":"ENERGY","price":0.50,"vat":20},{"type":"FLAT","price":1.00}]}]}`), s)
	b := rate(t, parse(t, `{"elements":[{"price_components":[{"type":"ENERGY","price":0.60,"vat":20}],"restrictions":{"start_time":"17:00"}},
		{"price_components":[{"type":"ENERGY","price":0.50,"vat":20},{"type":"PARKING_TIME","price":2.00}]}]}`), s)
	c, err := Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range c.Lines {
		got = append(got, string(d.Dimension)+" "+major(d.NetMinor, 2))
	}
	if want := []string{"FLAT -1.00", "ENERGY -5.00", "ENERGY 6.00", "PARKING_TIME 2.00"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the bills differ by %v, want %v", got, want)
	}
	if c.NetMinor != b.NetMinor-a.NetMinor || c.GrossMinor != b.GrossMinor-a.GrossMinor || c.TaxMinor != b.TaxMinor-a.TaxMinor {
		t.Errorf("the totals differ by %+v", c)
	}
	// Of two lines alike the one of the same time is the counterpart.
	early, late := Line{Kind: Charge, Dimension: tariff.Time, From: s.Start, NetMinor: 1}, Line{Kind: Charge, Dimension: tariff.Time, From: s.End, NetMinor: 2}
	if c, err := Compare(Bill{Lines: []Line{early, late}}, Bill{Lines: []Line{late}}); err != nil || c.Lines[0].B != nil || c.Lines[1].NetMinor != 0 {
		t.Errorf("the wrong line is gone: %+v, %v", c, err)
	}
	if same, err := Compare(a, a); err != nil || same.GrossMinor != 0 || len(same.Lines) != len(a.Lines) {
		t.Errorf("a bill differs from itself: %+v, %v", same, err)
	}
	if _, err := Compare(a, Bill{Currency: "INR"}); err == nil {
		t.Error("bills in two currencies were compared")
	}
}
