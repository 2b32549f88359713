package rating

import (
	"fmt"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

// thousand is a session of a thousand samples, half a minute apart.
func thousand(b *testing.B) Facts {
	b.Helper()
	start := time.Date(2030, 1, 7, 20, 0, 0, 0, time.UTC)
	f := Facts{Start: start, Zone: zone(b, "Europe/Amsterdam"), MeterStartWh: known("1000000"), MaxPowerW: 22_000,
		States: []StateChange{{start.Add(time.Minute), "Charging"}, {start.Add(8 * time.Hour), "SuspendedEV"}}}
	for i := range 1000 {
		energy := decimal.MustNew(10_000_000+int64(min(i, 960))*913, 1)
		f.Samples = append(f.Samples, Sample{
			At: start.Add(time.Duration(i) * 30 * time.Second), EnergyWh: decimal.NullDecimal{Decimal: energy, Valid: true},
			PowerW: known("10956"), CurrentA: known("48"),
		})
	}
	last := f.Samples[len(f.Samples)-1]
	f.End, f.MeterStopWh = last.At.Add(30*time.Second), last.EnergyWh
	return f
}

// BenchmarkSession measures samples to bill.
func BenchmarkSession(b *testing.B) {
	f := thousand(b)
	for name, tar := range map[string]*tariff.Tariff{
		"per kWh": tariff.PerKWh("INR", decimal.MustParse("10")),
		"complex": parse(b, complexTariff),
		"levels":  parse(b, levelled),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bill, err := Rate(tar, f.Session(), Policy{})
				if err != nil || bill.NeedsReview() || len(bill.Lines) == 0 {
					b.Fatal(err, fmt.Sprint(bill.Review))
				}
			}
		})
	}
}

func BenchmarkPeriods(b *testing.B) {
	f := thousand(b)
	b.ReportAllocs()
	for b.Loop() {
		Periods(f)
	}
}
