package charging

import (
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/quirks"
)

// SampledValue is one value as a station sent it.
type SampledValue struct {
	At        time.Time
	Value     string
	Measurand string
	Phase     string
	Location  string
	Context   string
	Unit      string
	// Exponent is the power of ten that the value is multiplied by (OCPP 2.0.1 Part 2 §2.47).
	Exponent int
	// Signed is the signed form of the value as JSON, as the meter gave it.
	Signed []byte
}

// MeterReport is a MeterValues message, or the samples that came with the end of a session.
type MeterReport struct {
	EvseNo int
	// TransactionID is empty where the message names no session.
	TransactionID string
	Values        []SampledValue
	ReceivedAt    time.Time
}

const (
	// energyRegister is what a value is without a measurand (OCPP 1.6 §7.44).
	energyRegister = "Energy.Active.Import.Register"
	powerImport    = "Power.Active.Import"
	stateOfCharge  = "SoC"
)

// unitRule turns a maker's unit into the base unit of the measurand.
type unitRule struct {
	base   string
	factor decimal.Decimal
}

var units = map[string]unitRule{
	"wh": {"Wh", decimal.One}, "kwh": {"Wh", decimal.Thousand}, "varh": {"varh", decimal.One}, "kvarh": {"varh", decimal.Thousand},
	"w": {"W", decimal.One}, "kw": {"W", decimal.Thousand}, "va": {"VA", decimal.One}, "kva": {"VA", decimal.Thousand},
	"var": {"var", decimal.One}, "kvar": {"var", decimal.Thousand}, "a": {"A", decimal.One}, "ma": {"A", thousandth},
	"v": {"V", decimal.One}, "mv": {"V", thousandth}, "kv": {"V", decimal.Thousand}, "percent": {"%", decimal.One}, "%": {"%", decimal.One},
	"hz": {"Hz", decimal.One}, "hertz": {"Hz", decimal.One}, "celsius": {"Celsius", decimal.One}, "celcius": {"Celsius", decimal.One},
}

var tenth, thousandth = decimal.MustParse("0.1"), decimal.MustParse("0.001")

// defaultUnits is what a value is in when it names no unit (OCPP 1.6 §7.45).
var defaultUnits = []struct{ prefix, unit string }{
	{"Energy.Reactive", "varh"}, {"Energy", "Wh"}, {"Power.Factor", ""}, {"Power.Reactive", "var"}, {"Power", "W"}, {"Current", "A"},
	{"Voltage", "V"}, {"SoC", "%"}, {"Frequency", "Hz"}, {"Temperature", "Celsius"}, {"RPM", "rpm"},
}

func defaultUnit(measurand string) string {
	for _, d := range defaultUnits {
		if strings.HasPrefix(measurand, d.prefix) {
			return d.unit
		}
	}
	return ""
}

// reading is a sampled value with its number, exact and in the base unit.
type reading struct {
	journal.Sample
	number decimal.Decimal
}

// normalise reads a value in the way of its station.
func (l *Link) normalise(v SampledValue, received time.Time) reading {
	return normalise(v, received, quirks.Or(l.Behaviour().EnergyUnit, ""))
}

// normalise reads a value: its number exactly, its unit into the measurand's base unit. What can't be read as a number is
// kept as text. energyUnit is the unit that active energy is really in, whatever its label says; empty where the label holds.
func normalise(v SampledValue, received time.Time, energyUnit string) reading {
	r := reading{Sample: journal.Sample{
		At: believable(v.At, received), ReceivedAt: received, Measurand: v.Measurand, Phase: v.Phase, Location: v.Location, Context: v.Context,
		RawValue: v.Value, RawUnit: v.Unit, Signed: v.Signed,
	}}
	if r.Measurand == "" {
		r.Measurand = energyRegister
	}
	// Some makers write the phase into the measurand: Current.Import.L1.
	if dot := strings.LastIndexByte(r.Measurand, '.'); dot > 0 && r.Phase == "" {
		switch phase := r.Measurand[dot+1:]; phase {
		case "L1", "L2", "L3", "L1-N", "L2-N", "L3-N":
			r.Measurand, r.Phase = r.Measurand[:dot], phase
		}
	}
	if energyUnit != "" && strings.HasPrefix(r.Measurand, "Energy.Active.") {
		v.Unit, v.Exponent = energyUnit, 0
	}
	r.Unit = defaultUnit(r.Measurand)
	factor := decimal.One
	if rule, ok := units[strings.ToLower(strings.TrimSpace(v.Unit))]; ok {
		r.Unit, factor = rule.base, rule.factor
	} else if v.Unit != "" {
		r.Unit = v.Unit
	}
	number, err := parseNumber(v.Value)
	if err != nil {
		return r
	}
	if number, err = number.Mul(factor); err != nil {
		return r
	}
	if v.Exponent < -12 || v.Exponent > 12 {
		return r
	}
	for n := v.Exponent; n != 0; {
		step := decimal.Ten
		if n < 0 {
			step, n = tenth, n+1
		} else {
			n--
		}
		if number, err = number.Mul(step); err != nil {
			return r
		}
	}
	r.number = number
	r.Value, r.Valid = number.Float64()
	return r
}

// maxRegisterWh is more than any meter counts in its life. What a station states beyond it says nothing, and would fit no column.
const maxRegisterWh = 1_000_000_000_000

// clampRegister brings a register into the range that can be stored. The session it belongs to is flagged, because its energy
// can't be true.
func clampRegister(wh int64) int64 { return max(-maxRegisterWh, min(wh, maxRegisterWh)) }

// registerWh is a register that a start or a stop states in Wh, in the unit that it is really in.
func (l *Link) registerWh(stated int64) int64 {
	wh := clampRegister(stated)
	if quirks.Or(l.Behaviour().EnergyUnit, "") == "kWh" {
		wh = clampRegister(wh * 1000)
	}
	return wh
}

// parseNumber reads a decimal; a number with more digits than can be held exactly is rounded to those that can.
func parseNumber(s string) (decimal.Decimal, error) {
	s = strings.TrimSpace(s)
	d, err := decimal.Parse(s)
	if err == nil {
		return d, nil
	}
	if whole, fraction, ok := strings.Cut(s, "."); ok && len(fraction) > 6 && len(whole) < 12 {
		return decimal.Parse(whole + "." + fraction[:6])
	}
	return decimal.Decimal{}, err
}

// wholeSession reports whether a reading is the register that a session is billed by: the total at the outlet.
func (r *reading) wholeSession() bool {
	return r.Valid && r.Measurand == energyRegister && r.Phase == "" && r.Location != "Inlet" && r.Location != "EV" && r.Unit == "Wh"
}
