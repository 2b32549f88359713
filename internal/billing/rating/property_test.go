package rating

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

const levelled = `{"idle_grace_s":300,"elements":[
	{"price_components":[{"type":"ENERGY","price":0.2345,"vat":19},{"type":"FLAT","price":0.35,"vat":7}],"restrictions":{"max_kwh":3.3,"max_power":30}},
	{"price_components":[{"type":"ENERGY","price":0.4567,"vat":19},{"type":"TIME","price":1.11,"vat":19,"step_size":60}],"restrictions":{"start_time":"22:00","end_time":"06:00"}},
	{"price_components":[{"type":"PARKING_TIME","price":6.66,"vat":7,"step_size":300}],"restrictions":{"min_duration":1200,"day_of_week":["MONDAY","TUESDAY"]}},
	{"price_components":[{"type":"ENERGY","price":0.55,"vat":19},{"type":"PARKING_TIME","price":3,"vat":19},{"type":"FLAT","price":0.99}]}]}`

// randomTariff is a valid tariff with anything in it.
func randomTariff(t testing.TB, r *rand.Rand) *tariff.Tariff {
	t.Helper()
	one := func(format string, args ...any) string {
		if r.IntN(4) > 0 {
			return ""
		}
		return fmt.Sprintf(format, args...) + ","
	}
	clock := func() string { return fmt.Sprintf("%02d:%02d", r.IntN(24), r.IntN(4)*15) }
	var elements []string
	for range 1 + r.IntN(5) {
		var components []string
		for _, d := range dimensionAt {
			if r.IntN(2) == 0 {
				continue
			}
			price := decimal.MustNew(r.Int64N(1_000_000), 5)
			if d == tariff.Flat {
				price = price.Round(2)
			}
			components = append(components, fmt.Sprintf(`{%s"type":"%s","price":%s,"step_size":%d}`,
				one(`"vat":%d.%d`, r.IntN(30), r.IntN(10)), d, price, []int{0, 1, 60, 500}[r.IntN(4)]))
		}
		if len(components) == 0 {
			continue
		}
		start := clock()
		end := clock()
		if start == end {
			end = ""
		} else {
			end = fmt.Sprintf(`"end_time":"%s",`, end)
		}
		if r.IntN(3) > 0 {
			end = ""
		}
		restrictions := one(`"start_time":"%s"`, start) + end + one(`"min_kwh":%d.%d`, r.IntN(10), r.IntN(10)) + one(`"max_kwh":%d.%d`, r.IntN(30), r.IntN(10)) +
			one(`"min_power":%d`, r.IntN(20)) + one(`"max_power":%d`, r.IntN(50)) + one(`"min_current":%d`, r.IntN(20)) + one(`"max_current":%d`, r.IntN(100)) +
			one(`"min_duration":%d`, r.IntN(7200)) + one(`"max_duration":%d`, r.IntN(20000)) + one(`"day_of_week":["MONDAY","WEDNESDAY","SUNDAY"]`) +
			one(`"start_date":"2030-03-31"`) + one(`"end_date":"2030-10-27"`)
		elements = append(elements, `{"price_components":[`+strings.Join(components, ",")+`],"restrictions":{`+strings.TrimSuffix(restrictions, ",")+`}}`)
	}
	if len(elements) == 0 {
		elements = []string{`{"price_components":[{"type":"ENERGY","price":1}]}`}
	}
	included := []string{"YES", "NO"}[r.IntN(2)]
	return parse(t, `{`+one(`"idle_grace_s":%d`, r.IntN(2000))+one(`"idle_cap":{"after_taxes":%d}`, r.IntN(10))+one(`"min_price":{"before_taxes":1,"after_taxes":1.2}`)+
		one(`"max_price":{"before_taxes":%d,"after_taxes":%d}`, 10, 11)+`"tax_included":"`+included+`","elements":[`+strings.Join(elements, ",")+`]}`)
}

// randomSession begins on one of some days, among them those on which the clock changes. Each of its periods can be cut into twelve
// without any rest.
func randomSession(t testing.TB, r *rand.Rand) Session {
	t.Helper()
	day := []string{"2030-01-07", "2030-03-30", "2030-10-26", "2030-12-31"}[r.IntN(4)]
	s := Session{Start: at(t, day+" 00:00").Add(time.Duration(r.IntN(86400)) * time.Second), Zone: zone(t, "Europe/Amsterdam")}
	s.End = s.Start
	for range 1 + r.IntN(6) {
		p := Period{From: s.End, To: s.End.Add(time.Duration(12*r.IntN(1200)) * time.Second)}
		if r.IntN(3) > 0 {
			p.Charging = true
			p.EnergyWh = decimal.MustNew(12*r.Int64N(20_000), 1)
			p.PowerW, p.CurrentA = known(fmt.Sprint(r.IntN(50_000))), known(fmt.Sprint(r.IntN(100)))
		}
		s.Periods = append(s.Periods, p)
		s.End = p.To
	}
	return s
}

// cut divides each period of a session into some of its twelfths.
func cut(s Session, r *rand.Rand) Session {
	out := s
	out.Periods = nil
	for _, p := range s.Periods {
		twelfth := p.To.Sub(p.From) / 12
		for done := 0; done < 12; {
			n := 1 + r.IntN(12-done)
			q := p
			q.From = p.From.Add(time.Duration(done) * twelfth)
			q.To = q.From.Add(time.Duration(n) * twelfth)
			share, err := p.EnergyWh.Mul(decimal.MustNew(int64(n), 0))
			if err != nil {
				panic(err)
			}
			if q.EnergyWh, err = share.Quo(decimal.MustNew(12, 0)); err != nil {
				panic(err)
			}
			out.Periods = append(out.Periods, q)
			done += n
		}
	}
	return out
}

const rounds = 3000

func TestAnySessionByAnyTariff(t *testing.T) {
	t.Parallel()
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 1))
		tar, s := randomTariff(t, r), randomSession(t, r)
		bill := rate(t, tar, s)
		addsUp(t, bill)
		if again := rate(t, tar, s); !reflect.DeepEqual(bill, again) {
			t.Fatalf("seed %d: rated twice it differs", seed)
		}
		if whole := rate(t, tar, cut(s, r)); !reflect.DeepEqual(bill, whole) {
			t.Fatalf("seed %d: cut into more periods it differs\n%s\n%s", seed, show(bill), show(whole))
		}
		// Every volume is billed once where one element prices everything.
		for _, l := range bill.Lines {
			if l.Kind == Charge && l.Billed.Cmp(l.Quantity) < 0 {
				t.Fatalf("seed %d: less is billed than was used\n%s", seed, show(bill))
			}
			if l.From.After(l.To) {
				t.Fatalf("seed %d: a line ends before it begins\n%s", seed, show(bill))
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestHigherPricesNeverLowerTheBill(t *testing.T) {
	t.Parallel()
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 2))
		tar, s := randomTariff(t, r), randomSession(t, r)
		before := rate(t, tar, s)
		e := &tar.Elements[r.IntN(len(tar.Elements))]
		c := &e.Components[r.IntN(len(e.Components))]
		raised, err := c.Price.Add(decimal.MustNew(1+r.Int64N(500), 2))
		if err != nil {
			t.Fatal(err)
		}
		c.Price = tariff.Number{Decimal: raised}
		after := rate(t, tar, s)
		// The net may fall where the tariff caps the gross alone, and the taxes of what it caps differ.
		if after.GrossMinor < before.GrossMinor || tar.IdleCap == nil && after.NetMinor < before.NetMinor {
			t.Fatalf("seed %d: a higher price of %s in element gives a lower bill\n%s\n%s", seed, c.Dimension, show(before), show(after))
		}
	}
}

// What one unrestricted element prices is all there is, whatever the session looks like.
func TestEverythingIsBilledOnce(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[{"price_components":[{"type":"ENERGY","price":0.5},{"type":"TIME","price":1},{"type":"PARKING_TIME","price":2}]}]}`)
	split := parse(t, `{"elements":[
		{"price_components":[{"type":"ENERGY","price":0.5},{"type":"PARKING_TIME","price":2}],"restrictions":{"start_time":"07:15","end_time":"19:45","min_kwh":2.2}},
		{"price_components":[{"type":"TIME","price":1}],"restrictions":{"max_power":22}},
		{"price_components":[{"type":"ENERGY","price":0.5},{"type":"TIME","price":1},{"type":"PARKING_TIME","price":2}]}]}`)
	for seed := range uint64(rounds) {
		s := randomSession(t, rand.New(rand.NewPCG(seed, 3)))
		var energy decimal.Decimal
		var charging, idle time.Duration
		for _, p := range s.Periods {
			energy, _ = energy.Add(p.EnergyWh)
			if p.Charging {
				charging += p.To.Sub(p.From)
			} else {
				idle += p.To.Sub(p.From)
			}
		}
		for _, tar := range []*tariff.Tariff{tar, split} {
			bill := rate(t, tar, s)
			sums := map[tariff.Dimension]decimal.Decimal{}
			for _, l := range bill.Lines {
				sums[l.Dimension], _ = sums[l.Dimension].Add(l.Billed)
			}
			if sums[tariff.Energy].Cmp(energy) != 0 || bill.EnergyWh.Cmp(energy) != 0 ||
				sums[tariff.Time].Cmp(decimal.MustNew(int64(charging/time.Second), 0)) != 0 ||
				sums[tariff.ParkingTime].Cmp(decimal.MustNew(int64(idle/time.Second), 0)) != 0 ||
				bill.ChargingS.Cmp(sums[tariff.Time]) != 0 || bill.IdleS.Cmp(sums[tariff.ParkingTime]) != 0 {
				t.Fatalf("seed %d: used %s Wh, %s, %s\n%s", seed, energy, charging, idle, show(bill))
			}
		}
	}
}
