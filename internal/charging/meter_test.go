package charging

import (
	"fmt"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/journal"
)

var received = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// A sampled value is a string with a unit that makers spell as they like: what is stored is a number in the measurand's base unit,
// and beside it what came.
func TestNormalise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value, measurand, unit string
		want                   string
	}{
		{"1250", "", "", "Energy.Active.Import.Register 1250 Wh"},
		{"1.25", "", "kWh", "Energy.Active.Import.Register 1250 Wh"},
		{"1.25", "", " KWH ", "Energy.Active.Import.Register 1250 Wh"},
		{" 1250 ", "", "Wh", "Energy.Active.Import.Register 1250 Wh"},
		{"7.4", "Power.Active.Import", "kW", "Power.Active.Import 7400 W"},
		{"7400", "Power.Active.Import", "", "Power.Active.Import 7400 W"},
		{"16000", "Current.Import", "mA", "Current.Import 16 A"},
		{"16", "Current.Import.L2", "", "Current.Import/L2 16 A"},
		{"230.1", "Voltage.L1", "V", "Voltage/L1 230.1 V"},
		{"0.4", "Voltage", "kV", "Voltage 400 V"},
		{"41", "SoC", "Percent", "SoC 41 %"},
		{"31", "Temperature", "Celcius", "Temperature 31 Celsius"},
		{"0.98", "Power.Factor", "", "Power.Factor 0.98 "},
		{"50", "Frequency", "", "Frequency 50 Hz"},
		{"-12", "Current.Import", "A", "Current.Import -12 A"},
		{"12.345678901234567890123", "", "kWh", "Energy.Active.Import.Register 12345.678901234567 Wh"},
		{"5", "Made.Up", "furlong", "Made.Up 5 furlong"},
		// No numbers: kept as they came.
		{"", "", "Wh", "Energy.Active.Import.Register - Wh"},
		{"12,5", "", "", "Energy.Active.Import.Register - Wh"},
		{"NaN", "Voltage", "", "Voltage - V"},
		{"Infinity", "Voltage", "", "Voltage - V"},
		{"0x10", "Voltage", "", "Voltage - V"},
		{"9999999999999999999", "", "kWh", "Energy.Active.Import.Register - Wh"},
	} {
		r := normalise(SampledValue{At: received, Value: c.value, Measurand: c.measurand, Unit: c.unit}, received, "")
		got := r.Measurand
		if r.Phase != "" {
			got += "/" + r.Phase
		}
		if r.Valid {
			got += fmt.Sprintf(" %v %s", r.Value, r.Unit)
		} else {
			got += " - " + r.Unit
		}
		if got != c.want || r.RawValue != c.value || r.RawUnit != c.unit {
			t.Errorf("%q %s %q became %q (raw %q %q), want %q", c.value, c.measurand, c.unit, got, r.RawValue, r.RawUnit, c.want)
		}
	}
}

// The session is billed by the total at the outlet: no phase of it, no other place, no other measurand.
func TestWhichReadingIsTheSessions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v    SampledValue
		want bool
	}{
		{SampledValue{Value: "1"}, true},
		{SampledValue{Value: "1", Location: "Outlet", Context: "Sample.Periodic"}, true},
		{SampledValue{Value: "1", Phase: "L1"}, false},
		{SampledValue{Value: "1", Location: "Inlet"}, false},
		{SampledValue{Value: "1", Location: "EV"}, false},
		{SampledValue{Value: "1", Measurand: "Energy.Active.Export.Register"}, false},
		{SampledValue{Value: "1", Unit: "kvarh"}, false},
		{SampledValue{Value: "x"}, false},
	} {
		r := normalise(c.v, received, "")
		if got := r.wholeSession(); got != c.want {
			t.Errorf("%+v counts for the session: %v", c.v, got)
		}
	}
}

// Registers become energy since the start: a lifetime register by subtraction, one of the session as it is, one that slipped back
// as nothing.
func TestEnergyOfASession(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		start    int64
		register string
		want     string
	}{
		{1000, "1700", "700"}, {1000, "1000", "0"}, {1000, "999", "0"}, {100_000, "700", "700"}, {0, "5", "5"},
		{1000, "-1", "none"}, {1000, "1000000000001", "none"},
	} {
		s := sessionRef{meterStart: decimal.MustNew(c.start, 0), hasMeterStart: true}
		got := "none"
		if wh, ok := s.energyAt(decimal.MustParse(c.register)); ok {
			got = wh.String()
		}
		if got != c.want {
			t.Errorf("from %d to %s is %s, want %s", c.start, c.register, got, c.want)
		}
	}
	unknown := sessionRef{}
	if _, ok := unknown.energyAt(decimal.One); ok {
		t.Error("a session without a first register has an energy")
	}
	if got := clampRegister(1<<62) + clampRegister(-1<<62) + clampRegister(5); got != 5 {
		t.Errorf("registers are clamped to %d", got)
	}
}

// Of the readings in one message the newest count, phases are added up, and a state of charge beyond 100 % is none.
func TestProgressOfASession(t *testing.T) {
	t.Parallel()
	p := progress{session: &sessionRef{meterStart: decimal.MustNew(1000, 0), hasMeterStart: true}}
	for i, v := range []SampledValue{
		{Value: "1500"}, {Value: "1000", Context: "Transaction.Begin"},
		{Value: "2300", Measurand: powerImport, Phase: "L1"}, {Value: "2400", Measurand: powerImport, Phase: "L2"}, {Value: "1", Measurand: powerImport, Unit: "kW", Phase: "L3"},
		{Value: "55", Measurand: stateOfCharge}, {Value: "300", Measurand: stateOfCharge},
	} {
		v.At = received.Add(time.Duration(i) * time.Second)
		r := normalise(v, received.Add(time.Minute), "")
		p.take(&r)
	}
	row, ok := p.row()
	if !ok || !row.HasWh || row.EnergyWh.String() != "500" || row.PowerW == nil || *row.PowerW != 5700 || row.SoC == nil || *row.SoC != 55 {
		t.Errorf("the session shows %+v", row)
	}
	empty := progress{session: &sessionRef{}}
	if row, ok := empty.row(); ok {
		t.Errorf("no readings show %+v", row)
	}
	var _ journal.Progress = row
}
