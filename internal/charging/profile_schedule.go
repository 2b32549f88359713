package charging

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/journal"
)

// ProfileDetails are what only OCPP 2.1 says of a profile, and what any version of OCPP 2 says of a limit that somebody else set.
// The column charging_profiles.details holds them.
type ProfileDetails struct {
	// UpdateEveryS is how often the station asks for the limits of a dynamic profile; nil leaves it to be told. UpdatedAt is when
	// it had them last.
	UpdateEveryS *int64     `json:"updateEveryS,omitempty"`
	UpdatedAt    *time.Time `json:"updatedAt,omitempty"`
	// MaxOfflineS is how long the profile holds while the station is offline; nil is for ever. InvalidAfterOffline has it be gone
	// for good after that, and not only until the station is back.
	MaxOfflineS            *int64 `json:"maxOfflineS,omitempty"`
	InvalidAfterOffline    *bool  `json:"invalidAfterOffline,omitempty"`
	PriceScheduleSignature string `json:"priceScheduleSignature,omitempty"`
	// ForNeeds is set of a profile that answers what a car asked for. Where it took the place of one that somebody had set, LimitedBy
	// is that one, whose limit it keeps to.
	ForNeeds  *bool      `json:"forNeeds,omitempty"`
	LimitedBy *uuid.UUID `json:"limitedBy,omitempty"`
	// GridCritical is set of a limit that the grid depends on, LocalGeneration of power that is made on the spot.
	GridCritical    *bool `json:"gridCritical,omitempty"`
	LocalGeneration *bool `json:"localGeneration,omitempty"`
}

// column is the details as they are stored: null where there are none.
func (d *ProfileDetails) column() []byte {
	if *d == (ProfileDetails{}) {
		return nil
	}
	text, _ := json.Marshal(d) // numbers and texts always marshal
	return journal.Storable(text)
}

// ProfileSchedule is one schedule of a charging profile: limits over time, in the same shape for every version of OCPP. The
// column charging_profiles.schedules holds a list of them.
type ProfileSchedule struct {
	// ID is 0 in OCPP 1.6, which has no ids of schedules.
	ID int64 `json:"id"`
	// StartAt is nil where the schedule starts with the transaction, or with the profile.
	StartAt *time.Time `json:"startAt,omitempty"`
	// DurationS is nil for a schedule without an end.
	DurationS *int64 `json:"durationS,omitempty"`
	// Unit is W or A.
	Unit    string           `json:"unit"`
	MinRate json.Number      `json:"minRate,omitempty"`
	Periods []SchedulePeriod `json:"periods"`

	// From here on OCPP 2.1 alone.
	PowerTolerance   json.Number `json:"powerTolerance,omitempty"`
	RandomizedDelayS *int64      `json:"randomizedDelayS,omitempty"`
	UseLocalTime     bool        `json:"useLocalTime,omitempty"`
	LimitAtSoC       *LimitAtSoC `json:"limitAtSoC,omitempty"`
	// Prices and signatures for cars that speak ISO 15118, as OCPP writes them: nobody here works with them.
	SignatureID           *int64          `json:"signatureId,omitempty"`
	DigestValue           string          `json:"digestValue,omitempty"`
	SalesTariff           json.RawMessage `json:"salesTariff,omitempty"`
	AbsolutePriceSchedule json.RawMessage `json:"absolutePriceSchedule,omitempty"`
	PriceLevelSchedule    json.RawMessage `json:"priceLevelSchedule,omitempty"`
}

// SchedulePeriod is what holds from a moment of a schedule to the next. Limits are exact decimals in the schedule's unit.
type SchedulePeriod struct {
	StartS     int64  `json:"startS"`
	Phases     *int64 `json:"phases,omitempty"`
	PhaseToUse *int64 `json:"phaseToUse,omitempty"`
	DynamicLimits

	// From here on OCPP 2.1 alone.
	OperationMode      string            `json:"operationMode,omitempty"`
	Preconditioning    *bool             `json:"preconditioning,omitempty"`
	EVSESleep          *bool             `json:"evseSleep,omitempty"`
	V2XBaseline        json.Number       `json:"v2xBaseline,omitempty"`
	V2XFreqWattCurve   []FreqWattPoint   `json:"v2xFreqWattCurve,omitempty"`
	V2XSignalWattCurve []SignalWattPoint `json:"v2xSignalWattCurve,omitempty"`
}

// DynamicLimits are the limits of a period that a dynamic profile may change while it holds (OCPP 2.1 Part 2 K28). An empty
// one isn't set. OCPP 1.6 and 2.0.1 have Limit alone.
type DynamicLimits struct {
	Limit              json.Number `json:"limit,omitempty"`
	LimitL2            json.Number `json:"limitL2,omitempty"`
	LimitL3            json.Number `json:"limitL3,omitempty"`
	DischargeLimit     json.Number `json:"dischargeLimit,omitempty"`
	DischargeLimitL2   json.Number `json:"dischargeLimitL2,omitempty"`
	DischargeLimitL3   json.Number `json:"dischargeLimitL3,omitempty"`
	Setpoint           json.Number `json:"setpoint,omitempty"`
	SetpointL2         json.Number `json:"setpointL2,omitempty"`
	SetpointL3         json.Number `json:"setpointL3,omitempty"`
	SetpointReactive   json.Number `json:"setpointReactive,omitempty"`
	SetpointReactiveL2 json.Number `json:"setpointReactiveL2,omitempty"`
	SetpointReactiveL3 json.Number `json:"setpointReactiveL3,omitempty"`
}

// LimitAtSoC limits a car whose battery has reached a state of charge, in percent.
type LimitAtSoC struct {
	SoC   int64       `json:"soc"`
	Limit json.Number `json:"limit"`
}

// FreqWattPoint is a point of a curve of power over the frequency of the grid.
type FreqWattPoint struct {
	Frequency json.Number `json:"frequency"`
	Power     json.Number `json:"power"`
}

// SignalWattPoint is a point of a curve of power over a signal of the grid's operator.
type SignalWattPoint struct {
	Signal int64       `json:"signal"`
	Power  json.Number `json:"power"`
}

// Exactly writes a number that came as a float the way the station wrote it: 10.5 is 10.5.
func Exactly(f float64) json.Number { return json.Number(strconv.FormatFloat(f, 'f', -1, 64)) }
