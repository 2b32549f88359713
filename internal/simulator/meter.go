package simulator

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// measurands are those a station can measure, in the order in which it reports them.
var measurands = []v16.Measurand{
	v16.MeasurandEnergyActiveImportRegister, v16.MeasurandPowerActiveImport, v16.MeasurandPowerOffered, v16.MeasurandCurrentImport,
	v16.MeasurandCurrentOffered, v16.MeasurandVoltage, v16.MeasurandSoC, v16.MeasurandTemperature,
}

// sampledByDefault leaves out what is offered: it is constant.
const sampledByDefault = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,SoC,Temperature"

// voltage of one phase, before it fluctuates.
const voltage = 230.0

// advance brings the meter and the battery up to the present.
func (s *Station) advance(c *connector) {
	now := time.Now()
	elapsed := now.Sub(c.meteredAt)
	c.meteredAt = now
	if c.tx == nil || !c.tx.flows() || c.car == nil || elapsed <= 0 {
		return
	}
	c.meterWh += c.car.charge(&c.opts, c.limitW, s.scaled(c.tx.energisedAt, now.Add(-elapsed)), time.Duration(float64(elapsed)*s.opts.Speed))
}

// scaled is the time between two moments as batteries feel it.
func (s *Station) scaled(from, to time.Time) time.Duration {
	return time.Duration(float64(to.Sub(from)) * s.opts.Speed)
}

// powerNow is what flows through a connector.
func (s *Station) powerNow(c *connector) float64 {
	if c.tx == nil || !c.tx.flows() || c.car == nil {
		return 0
	}
	return c.car.power(&c.opts, c.limitW, s.scaled(c.tx.energisedAt, time.Now()))
}

// sample reads what a setting such as MeterValuesSampledData names. Without anything to measure it returns nil.
func (s *Station) sample(c *connector, setting string, context v16.ReadingContext) *v16.MeterValue {
	s.advance(c)
	wanted := s.config.value(setting)
	m := &v16.MeterValue{Timestamp: schema.At(s.now())}
	r := s.read(c)
	for _, measurand := range measurands {
		if !listed(wanted, string(measurand)) {
			continue
		}
		for _, v := range r.values(c, measurand) {
			v.Context, v.Measurand = context, measurand
			m.SampledValue = append(m.SampledValue, v)
		}
	}
	if len(m.SampledValue) == 0 {
		return nil
	}
	s.sign(c, context, m)
	return m
}

func listed(list, name string) bool {
	for entry := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(entry), name) {
			return true
		}
	}
	return false
}

// readings are the instruments of a connector at one moment.
type readings struct {
	powerW, temperature float64
	phases              int
	volts               [3]float64
}

func (s *Station) read(c *connector) readings {
	r := readings{phases: 3, powerW: s.powerNow(c)}
	if c.opts.Phases == 1 {
		r.phases = 1
	}
	for i := range r.volts {
		r.volts[i] = voltage + 3*s.rng.Float64() - 1.5
	}
	// Power is never quite still.
	r.powerW *= 1 + 0.008*(s.rng.Float64()-0.5)
	// A connector warms up with what flows through it, and follows the day.
	share := r.powerW / c.opts.MaxPowerW
	hour := float64(s.now().Hour()) + float64(s.now().Minute())/60
	r.temperature = 18 + 6*math.Sin((hour-9)*math.Pi/12) + 22*share + 0.4*s.rng.Float64()
	return r
}

// values are the readings of one measurand, one for each phase where the phases differ.
func (r *readings) values(c *connector, measurand v16.Measurand) []v16.SampledValue {
	switch measurand {
	case v16.MeasurandEnergyActiveImportRegister:
		return one(c.meterWh, 0, v16.UnitOfMeasureWh, v16.LocationOutlet)
	case v16.MeasurandPowerActiveImport:
		return one(r.powerW, 1, v16.UnitOfMeasureW, v16.LocationOutlet)
	case v16.MeasurandPowerOffered:
		return one(min(c.opts.MaxPowerW, c.limitW), 0, v16.UnitOfMeasureW, v16.LocationOutlet)
	case v16.MeasurandCurrentOffered:
		return one(min(c.opts.MaxPowerW, c.limitW)/voltage/float64(r.phases), 1, v16.UnitOfMeasureA, v16.LocationOutlet)
	case v16.MeasurandCurrentImport:
		return r.current(c)
	case v16.MeasurandVoltage:
		return r.voltage(c)
	case v16.MeasurandSoC:
		// Only on DC does the car tell the station how full it is.
		if c.opts.Type == DC && c.car != nil {
			return one(math.Floor(100*c.car.SoC), 0, v16.UnitOfMeasurePercent, v16.LocationEV)
		}
	case v16.MeasurandTemperature:
		return one(r.temperature, 1, v16.UnitOfMeasureCelsius, v16.LocationBody)
	}
	return nil
}

func (r *readings) current(c *connector) []v16.SampledValue {
	if c.opts.Type == DC {
		return one(r.powerW/batteryVoltage(c), 2, v16.UnitOfMeasureA, v16.LocationOutlet)
	}
	used := 1
	if c.car != nil {
		used = c.car.phases(&c.opts)
	}
	var list []v16.SampledValue
	for i, phase := range []v16.Phase{v16.PhaseL1, v16.PhaseL2, v16.PhaseL3}[:r.phases] {
		amps := 0.0
		if i < used {
			amps = r.powerW / float64(used) / r.volts[i]
		}
		v := one(amps, 2, v16.UnitOfMeasureA, v16.LocationOutlet)[0]
		v.Phase = phase
		list = append(list, v)
	}
	return list
}

func (r *readings) voltage(c *connector) []v16.SampledValue {
	if c.opts.Type == DC {
		return one(batteryVoltage(c), 1, v16.UnitOfMeasureV, v16.LocationOutlet)
	}
	var list []v16.SampledValue
	for i, phase := range []v16.Phase{v16.PhaseL1N, v16.PhaseL2N, v16.PhaseL3N}[:r.phases] {
		v := one(r.volts[i], 1, v16.UnitOfMeasureV, v16.LocationOutlet)[0]
		v.Phase = phase
		list = append(list, v)
	}
	return list
}

// batteryVoltage rises as a 400 V battery fills.
func batteryVoltage(c *connector) float64 {
	if c.car == nil {
		return 0
	}
	return 345 + 62*c.car.SoC
}

func one(value float64, decimals int, unit v16.UnitOfMeasure, at v16.Location) []v16.SampledValue {
	if decimals == 0 {
		value = math.Floor(value)
	}
	return []v16.SampledValue{{Value: strconv.FormatFloat(value, 'f', decimals, 64), Unit: unit, Location: at}}
}
