package rating

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/govalues/decimal"
)

// Hypothetical is a session that takes energy at a steady power and then stands idle. Rate makes its quote.
func Hypothetical(start time.Time, zone *time.Location, energyWh, powerW decimal.Decimal, idle time.Duration) (Session, error) {
	if energyWh.IsNeg() || powerW.IsNeg() || idle < 0 {
		return Session{}, errors.New("energy, power and idle time can't be negative")
	}
	used, err := micro(energyWh.Round(6))
	if err != nil {
		return Session{}, fmt.Errorf("energy: %w", err)
	}
	power, err := milli(decimal.NullDecimal{Decimal: powerW, Valid: true}, true)
	if err != nil {
		return Session{}, fmt.Errorf("power: %w", err)
	}
	if power == 0 && used > 0 {
		return Session{}, errors.New("energy needs a power above 0 to flow at")
	}
	s := Session{Start: start, End: start, Zone: zone}
	if used > 0 {
		// µWh / mW is 3,600,000 µs.
		lengthUs := math.Round(float64(used) / float64(power) * 3_600_000)
		if lengthUs > float64(maxSession) {
			return Session{}, errors.New("at this power the energy takes longer than a year")
		}
		s.End = start.Add(time.Duration(lengthUs) * time.Microsecond)
		s.Periods = append(s.Periods, Period{
			From: start, To: s.End, EnergyWh: exact(used), Charging: true, PowerW: decimal.NullDecimal{Decimal: powerW, Valid: true},
		})
	}
	if idle > 0 {
		s.Periods = append(s.Periods, Period{From: s.End, To: s.End.Add(idle)})
		s.End = s.End.Add(idle)
	}
	return s, nil
}
