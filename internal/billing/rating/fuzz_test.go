package rating

import (
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

// Whatever tariff is read rates whatever session, or says why it can't.
func FuzzRate(f *testing.F) {
	for _, text := range []string{levelled, complexTariff, stepSizes} {
		f.Add([]byte(`{"currency":"EUR","tax_included":"NO",`+text[1:]), int64(1_893_488_400), uint32(36_000), int64(250_000_000), uint8(30))
	}
	f.Add([]byte(`{"currency":"JPY","tax_included":"YES","elements":[{"price_components":[{"type":"FLAT","price":0}]}]}`), int64(0), uint32(0), int64(0), uint8(0))
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte, startS int64, lengthS uint32, energyMWh int64, kW uint8) {
		tar, err := tariff.Parse(text)
		if err != nil {
			return
		}
		start := time.Unix(startS, 0)
		middle := start.Add(time.Duration(lengthS/2) * time.Second)
		end := start.Add(time.Duration(lengthS) * time.Second)
		s := Session{Start: start, End: end, Zone: amsterdam, Periods: []Period{
			{From: start, To: middle, EnergyWh: decimal.MustNew(energyMWh, 3), Charging: true},
			{From: middle, To: end},
		}}
		if kW > 0 {
			s.Periods[0].PowerW = decimal.NullDecimal{Decimal: decimal.MustNew(int64(kW)*1000, 0), Valid: true}
			s.Reservation = &Reserved{From: start.Add(-time.Duration(kW) * time.Minute), To: start, Expired: kW%2 == 0}
		}
		bill, err := Rate(tar, s, Policy{})
		if err != nil {
			return
		}
		addsUp(t, bill)
	})
}
