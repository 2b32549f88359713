package ocpp

import (
	"encoding/json"
	"strconv"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// limits2 are limits that a station was told by its driver.
func limits2(l *v21.TransactionLimit) *charging.SessionLimits {
	if l == nil {
		return nil
	}
	return &charging.SessionLimits{
		MaxCost: decimal2(l.MaxCost), MaxEnergyWh: decimal2(l.MaxEnergy), MaxTimeS: optional(l.MaxTime), MaxSoC: optional(l.MaxSoC),
	}
}

func decimal2(n schema.Opt[float64]) json.Number {
	if !n.Set {
		return ""
	}
	return json.Number(strconv.FormatFloat(n.Value, 'f', -1, 64))
}

// toldLimits2 are limits as the station is told them.
func toldLimits2(l *charging.SessionLimits) *v21.TransactionLimit {
	if l == nil {
		return nil
	}
	limit := &v21.TransactionLimit{}
	for _, n := range []struct {
		text json.Number
		into *schema.Opt[float64]
	}{{l.MaxCost, &limit.MaxCost}, {l.MaxEnergyWh, &limit.MaxEnergy}} {
		if f, err := n.text.Float64(); err == nil {
			*n.into = schema.Some(f)
		}
	}
	if l.MaxTimeS != nil {
		limit.MaxTime = schema.Some(*l.MaxTimeS)
	}
	if l.MaxSoC != nil {
		limit.MaxSoC = schema.Some(*l.MaxSoC)
	}
	return limit
}
