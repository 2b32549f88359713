package rating

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

// sampled is a session from 10:00 with a sample for each given register, a minute apart.
func sampled(t *testing.T, start, stop string, registers ...string) Facts {
	t.Helper()
	f := Facts{Start: at(t, "2030-01-07 10:00"), Zone: zone(t, "Europe/Amsterdam"), MeterStartWh: known(start), MeterStopWh: known(stop)}
	f.End = f.Start
	for _, r := range registers {
		f.End = f.End.Add(minute)
		f.Samples = append(f.Samples, Sample{At: f.End, EnergyWh: known(r)})
	}
	f.End = f.End.Add(minute)
	return f
}

// shape gives periods in short: minutes, Wh, and whether they charge.
func shape(periods []Period) string {
	var parts []string
	for _, p := range periods {
		how := "idle"
		if p.Charging {
			how = "charging"
		}
		parts = append(parts, p.To.Sub(p.From).String()+" "+p.EnergyWh.String()+" "+how)
	}
	return strings.Join(parts, "; ")
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		facts func() Facts
		want  string
	}{
		{"no samples", func() Facts { f := sampled(t, "1000", "9500"); f.End = f.Start.Add(hour); return f }, "1h0m0s 8500 charging"},
		{"nothing used, for long", func() Facts { f := sampled(t, "1000", "1000"); f.End = f.Start.Add(hour); return f }, "1h0m0s 0 idle"},
		{"nothing used, for short", func() Facts { f := sampled(t, "1000", "1000"); f.End = f.Start.Add(5 * minute); return f }, "5m0s 0 charging"},
		{"no length", func() Facts { f := sampled(t, "1000", "1000"); f.End = f.Start; return f }, "0s 0 charging"},
		{"samples", func() Facts { return sampled(t, "1000", "1300.5", "1100", "1200.2") }, "1m0s 100 charging; 1m0s 100.2 charging; 1m0s 100.3 charging"},
		{"a rest of five minutes", func() Facts { return sampled(t, "1000", "1200", "1100", "1100", "1100", "1100", "1100", "1100") },
			"1m0s 100 charging; 1m0s 0 charging; 1m0s 0 charging; 1m0s 0 charging; 1m0s 0 charging; 1m0s 0 charging; 1m0s 100 charging"},
		{"a rest of six minutes", func() Facts {
			return sampled(t, "1000", "1200", "1100", "1100", "1100", "1100", "1100", "1100", "1100")
		},
			"1m0s 100 charging; 1m0s 0 idle; 1m0s 0 idle; 1m0s 0 idle; 1m0s 0 idle; 1m0s 0 idle; 1m0s 0 idle; 1m0s 100 charging"},
		{"a long rest that says Charging", func() Facts {
			f := sampled(t, "1000", "1100", "1100")
			f.End = f.Start.Add(hour)
			f.States = []StateChange{{f.Start, "Charging"}}
			return f
		}, "1m0s 100 charging; 59m0s 0 charging"},
		{"states cut the time, and energy flows while charging", func() Facts {
			f := sampled(t, "1000", "9000")
			f.End = f.Start.Add(hour)
			f.States = []StateChange{{f.Start.Add(50 * minute), "SuspendedEV"}, {f.Start.Add(-minute), "Preparing"}, {f.Start.Add(10 * minute), "Charging"}}
			return f
		}, "10m0s 0 idle; 40m0s 8000 charging; 10m0s 0 idle"},
		{"energy flows although the state says no", func() Facts {
			f := sampled(t, "1000", "9000")
			f.End = f.Start.Add(hour)
			f.States = []StateChange{{f.Start, "EVConnected"}, {f.Start.Add(15 * minute), "SuspendedEVSE"}}
			return f
		}, "1h0m0s 8000 charging"},
		{"the state before the start", func() Facts {
			f := sampled(t, "1000", "1000")
			f.End = f.Start.Add(4 * minute)
			f.States = []StateChange{{f.Start.Add(-minute), "SuspendedEV"}, {f.Start.Add(-2 * minute), "Charging"}}
			return f
		}, "4m0s 0 idle"},
		{"a register that slips by its rounding", func() Facts { return sampled(t, "1000", "1200", "1100", "1095", "1205") },
			"1m0s 100 charging; 1m0s 0 charging; 1m0s 100 charging; 1m0s 0 charging"},
		{"samples outside the session", func() Facts {
			f := sampled(t, "1000", "1200", "1100")
			f.Samples = append(f.Samples, Sample{At: f.Start.Add(-minute), EnergyWh: known("900")}, Sample{At: f.End.Add(minute), EnergyWh: known("1900")})
			return f
		}, "1m0s 100 charging; 1m0s 100 charging"},
		{"a running session", func() Facts { f := sampled(t, "1000", "", "1100", "1200"); f.Running = true; return f },
			"1m0s 100 charging; 1m0s 100 charging; 1m0s 0 charging"},
		{"a running session without samples", func() Facts { f := sampled(t, "1000", ""); f.Running = true; return f }, "1m0s 0 charging"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			periods, review := Periods(c.facts())
			if got := shape(periods); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if len(review) > 0 {
				t.Errorf("review without need: %+v", review)
			}
			if _, err := Rate(tariff.PerKWh("EUR", decimal.One), c.facts().Session(), Policy{}); err != nil {
				t.Errorf("the session can't be rated: %v", err)
			}
		})
	}
}

func TestReview(t *testing.T) {
	t.Parallel()
	withPower := func(f Facts, powers ...string) Facts {
		for i := range f.Samples {
			f.Samples[i].PowerW = known(powers[i%len(powers)])
		}
		return f
	}
	hourly := func(f Facts) Facts {
		f.End = f.Start
		for i := range f.Samples {
			f.End = f.End.Add(hour)
			f.Samples[i].At = f.End
		}
		f.End = f.End.Add(minute)
		return f
	}
	for _, c := range []struct {
		name  string
		facts func() Facts
		codes []ReasonCode
		names []string // what the messages have to name
		wh    string   // what is proposed
	}{
		{"runs backwards", func() Facts { return sampled(t, "5000", "5300", "5100", "5050", "5200") },
			[]ReasonCode{MeterBackwards}, []string{"5100 Wh", "5050 Wh", "2030-01-07 09:02:00 UTC"}, "300"},
		{"begins anew", func() Facts { return sampled(t, "50000", "200", "50100", "0", "100") },
			[]ReasonCode{StopBelowStart, MeterReset}, []string{"49800 Wh", "50100 Wh", "0 Wh"}, "300"},
		{"begins anew and stays", func() Facts { return sampled(t, "50000", "50300", "50100", "0", "100", "50200") },
			[]ReasonCode{MeterReset}, []string{"50100 Wh", "This happened 1 times more"}, "300"},
		{"stops below its start", func() Facts { return sampled(t, "5000", "4000") },
			[]ReasonCode{StopBelowStart, MeterBackwards}, []string{"1000 Wh", "4000 Wh"}, "0"},
		{"jumps", func() Facts { f := sampled(t, "5000", "15300", "5100", "15200"); f.MaxPowerW = 22000; return f },
			[]ReasonCode{MeterJump}, []string{"10100 Wh", "22000 W", "503.333333 Wh"}, "10300"},
		{"jumps, and nobody knows the connector", func() Facts { return sampled(t, "5000", "100000", "5100") },
			[]ReasonCode{MeterJump}, []string{"94900 Wh", "500000 W"}, "95000"},
		{"a single wild sample", func() Facts { return sampled(t, "5000", "5300", "5100", "99999999", "5200") },
			[]ReasonCode{MeterJump}, []string{"99999999 Wh"}, "300"},
		{"above the stop", func() Facts { return sampled(t, "5000", "5300", "5100", "5900", "5200") },
			[]ReasonCode{MeterBackwards}, []string{"5900 Wh", "600 Wh below"}, "300"},
		{"a register that no meter shows", func() Facts { return sampled(t, "5000", "5300", "-1", "2000000000000") },
			[]ReasonCode{MeterJump}, []string{"-1 Wh"}, "300"},
		{"kWh labelled as Wh", func() Facts { return withPower(hourly(sampled(t, "100", "121", "100", "107", "114", "121")), "7000") },
			[]ReasonCode{UnitMixedUp}, []string{"21 Wh", "21000 Wh", "kWh as Wh"}, "21"},
		{"Wh labelled as kWh", func() Facts {
			return withPower(hourly(sampled(t, "100000000", "121000000", "100000000", "107000000", "114000000", "121000000")), "7000")
		}, []ReasonCode{MeterJump, UnitMixedUp}, []string{"7000000 Wh", "21000 Wh"}, "21000000"},
		{"a register that stands still", func() Facts { return withPower(hourly(sampled(t, "100", "100", "100", "100")), "7000") },
			[]ReasonCode{MeterStuck}, []string{"7000 Wh"}, "0"},
		{"no start", func() Facts { return sampled(t, "", "5300", "5100", "5200") },
			[]ReasonCode{MeterMissing}, []string{"start", "5100 Wh"}, "200"},
		{"no stop", func() Facts { return sampled(t, "5000", "", "5100", "5200") },
			[]ReasonCode{MeterMissing}, []string{"stop", "5200 Wh"}, "200"},
		{"neither, and no samples", func() Facts { return sampled(t, "", "") }, []ReasonCode{MeterMissing}, []string{"No energy"}, "0"},
		{"stops before it starts", func() Facts { f := sampled(t, "5000", "5050"); f.End = f.Start.Add(-hour); return f },
			[]ReasonCode{StopBeforeStart}, []string{"2030-01-07 08:00:00 UTC"}, "50"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bill := rate(t, tariff.PerKWh("EUR", decimal.One), c.facts().Session())
			var codes []ReasonCode
			var text string
			for _, r := range bill.Review {
				codes = append(codes, r.Code)
				text += r.Message + "\n"
			}
			if !reflect.DeepEqual(codes, c.codes) {
				t.Errorf("the reasons are %v, want %v\n%s", codes, c.codes, text)
			}
			for _, name := range c.names {
				if !strings.Contains(text, name) {
					t.Errorf("the reasons don't name %q:\n%s", name, text)
				}
			}
			if got := bill.EnergyWh.String(); got != c.wh {
				t.Errorf("%s Wh are proposed, want %s\n%s", got, c.wh, text)
			}
			addsUp(t, bill)
		})
	}
}

func TestFlowOfPeriods(t *testing.T) {
	t.Parallel()
	f := sampled(t, "0", "1800", "600", "1200", "1800", "1800")
	for i, a := range []string{"43", "", "43", "0"} {
		f.Samples[i].CurrentA = known(a)
	}
	f.States = []StateChange{{f.Start.Add(3 * minute), "SuspendedEV"}}
	periods, _ := Periods(f)
	var got []string
	for _, p := range periods {
		got = append(got, p.PowerW.Decimal.String()+" W "+p.CurrentA.Decimal.String()+" A")
	}
	// What a minute's energy makes on average; the current at its start, or at its end where none flowed before.
	if want := []string{"36000 W 43 A", "36000 W 43 A", "36000 W 43 A", "0 W 0 A", "0 W 0 A"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// One reading at each end doesn't tell how fast it flowed in between.
	if periods, _ := Periods(sampled(t, "0", "100")); periods[0].PowerW.Valid {
		t.Errorf("a session without samples has a power of %s", periods[0].PowerW.Decimal)
	}
	// What the station reported counts then.
	f = sampled(t, "0", "100")
	f.Samples = []Sample{{At: f.End, PowerW: known("7000")}}
	if periods, _ := Periods(f); periods[0].PowerW.Decimal.String() != "7000" {
		t.Errorf("a session whose station reported 7000 W has a power of %s", periods[0].PowerW.Decimal)
	}
}

// Samples come late, twice, and in any order; what they say is the same.
func TestShuffledSamples(t *testing.T) {
	t.Parallel()
	tar := parse(t, levelled)
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		f := randomFacts(t, r)
		want, wantReview := Periods(f)
		shuffled := f
		shuffled.Samples = slices.Clone(f.Samples)
		for range r.IntN(20) {
			shuffled.Samples = append(shuffled.Samples, f.Samples[r.IntN(len(f.Samples))])
		}
		shuffled.States = append(slices.Clone(f.States), f.States...)
		r.Shuffle(len(shuffled.Samples), func(i, j int) {
			shuffled.Samples[i], shuffled.Samples[j] = shuffled.Samples[j], shuffled.Samples[i]
		})
		r.Shuffle(len(shuffled.States), func(i, j int) {
			shuffled.States[i], shuffled.States[j] = shuffled.States[j], shuffled.States[i]
		})
		before := slices.Clone(shuffled.Samples)
		got, gotReview := Periods(shuffled)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotReview, wantReview) {
			t.Fatalf("seed %d: shuffled it is another session\n%s\n%s\n%v\n%v", seed, shape(want), shape(got), wantReview, gotReview)
		}
		if !reflect.DeepEqual(before, shuffled.Samples) {
			t.Fatalf("seed %d: the samples were moved", seed)
		}
		addsUp(t, rate(t, tar, shuffled.Session()))
	}
}

// randomFacts is a session whose meter does anything.
func randomFacts(t *testing.T, r *rand.Rand) Facts {
	t.Helper()
	f := Facts{Start: at(t, "2030-01-07 10:00").Add(time.Duration(r.IntN(100_000)) * time.Second), Zone: zone(t, "Europe/Amsterdam")}
	register := r.Int64N(1_000_000)
	f.MeterStartWh = known(decimal.MustNew(register, 1).String())
	f.End = f.Start
	for range 1 + r.IntN(60) {
		f.End = f.End.Add(time.Duration(r.IntN(300_000)) * time.Millisecond)
		switch r.IntN(20) {
		case 0:
			register = r.Int64N(10_000)
		case 1:
			register += r.Int64N(10_000_000)
		case 2, 3, 4:
		default:
			register += r.Int64N(10_000)
		}
		s := Sample{At: f.End, EnergyWh: known(decimal.MustNew(register, 1).String())}
		if r.IntN(2) == 0 {
			s.PowerW = known(decimal.MustNew(r.Int64N(500_000), 1).String())
		}
		if r.IntN(2) == 0 {
			s.CurrentA = known(decimal.MustNew(r.Int64N(1000), 1).String())
		}
		f.Samples = append(f.Samples, s)
		if r.IntN(5) == 0 {
			f.States = append(f.States, StateChange{f.End.Add(time.Duration(r.IntN(1000)) * time.Millisecond),
				[]string{"Charging", "SuspendedEV", "Preparing", "Finishing"}[r.IntN(4)]})
		}
	}
	f.MeterStopWh = known(decimal.MustNew(register, 1).String())
	return f
}
