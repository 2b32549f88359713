package simulator

import (
	"math/rand/v2"
	"time"
)

// Vehicle is a car with a battery.
type Vehicle struct {
	CapacityWh float64
	// SoC and Target are parts of the capacity, 0 to 1: charging ends at Target.
	SoC, Target float64
	// What the car takes at most.
	MaxACPowerW, MaxDCPowerW float64
	// Plans is set for a car that speaks ISO 15118: it tells what it needs, and makes a plan of the profile that it gets. StaysFor is
	// how long it says that it stays; zero leaves that open. Stations of OCPP 2.x pass that on.
	Plans    bool
	StaysFor time.Duration
}

// someVehicle picks one of the sizes seen on the road, somewhat empty.
func someVehicle(rng *rand.Rand) Vehicle {
	sizes := []Vehicle{
		{CapacityWh: 40_000, MaxACPowerW: 7_400, MaxDCPowerW: 50_000},
		{CapacityWh: 58_000, MaxACPowerW: 11_000, MaxDCPowerW: 120_000},
		{CapacityWh: 77_000, MaxACPowerW: 11_000, MaxDCPowerW: 170_000},
		{CapacityWh: 64_000, MaxACPowerW: 22_000, MaxDCPowerW: 100_000},
		{CapacityWh: 95_000, MaxACPowerW: 22_000, MaxDCPowerW: 250_000},
	}
	v := sizes[rng.IntN(len(sizes))]
	v.SoC = 0.12 + 0.4*rng.Float64()
	v.Target = 0.8 + 0.2*rng.Float64()
	return v
}

// phases is how many phases of a connector the car uses.
func (v *Vehicle) phases(c *ConnectorOptions) int {
	if c.Phases == 1 || v.MaxACPowerW <= 7_400 {
		return 1
	}
	return 3
}

// The ramps after the start, and how much of what is metered reaches the battery.
const (
	rampAC, rampDC             = 15 * time.Second, 30 * time.Second
	efficiencyAC, efficiencyDC = 0.91, 0.97
)

// power is what flows at this state of charge, some time after the start, and no more than limit.
func (v *Vehicle) power(c *ConnectorOptions, limit float64, since time.Duration) float64 {
	if v.SoC >= v.Target {
		return 0
	}
	if c.Type == DC {
		return min(limit, min(c.MaxPowerW, v.MaxDCPowerW*between(dcCurve, v.SoC))*ramp(since, rampDC))
	}
	most := min(c.MaxPowerW, v.MaxACPowerW)
	if v.phases(c) == 1 {
		// A connector's power is that of its three phases together.
		if c.Phases != 1 {
			most = min(v.MaxACPowerW, c.MaxPowerW/3)
		}
	}
	return min(limit, most*between(acCurve, v.SoC)*ramp(since, rampAC))
}

// Shares of the full power by state of charge. A car takes AC at constant power nearly to the end, and DC less and less.
var (
	acCurve = []point{{0, 1}, {0.96, 1}, {1, 0.15}}
	dcCurve = []point{{0, 0.7}, {0.08, 1}, {0.5, 0.93}, {0.8, 0.48}, {0.9, 0.22}, {1, 0.06}}
)

type point struct{ at, share float64 }

func between(curve []point, at float64) float64 {
	for i := 1; i < len(curve); i++ {
		if a, b := curve[i-1], curve[i]; at <= b.at {
			return a.share + (b.share-a.share)*(at-a.at)/(b.at-a.at)
		}
	}
	return curve[len(curve)-1].share
}

func ramp(since, full time.Duration) float64 {
	return min(1, 0.1+0.9*float64(since)/float64(full))
}

// step is how finely charging is computed.
const step = 5 * time.Second

// charge lets energy flow for d, and returns what went through the meter in Wh.
func (v *Vehicle) charge(c *ConnectorOptions, limit float64, since, d time.Duration) float64 {
	efficiency := efficiencyAC
	if c.Type == DC {
		efficiency = efficiencyDC
	}
	var metered float64
	for d > 0 && v.SoC < v.Target {
		part := min(d, step)
		wh := v.power(c, limit, since) * part.Hours()
		left := (v.Target - v.SoC) * v.CapacityWh / efficiency
		if wh >= left {
			v.SoC = v.Target
			return metered + left
		}
		metered += wh
		v.SoC += wh * efficiency / v.CapacityWh
		since += part
		d -= part
	}
	return metered
}
