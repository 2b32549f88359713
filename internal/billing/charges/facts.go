package charges

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
)

// session is what billing knows of a session.
type session struct {
	ID, Network, Station        uuid.UUID
	Identity, Status            string
	EvseNo, ConnectorNo         int
	Started                     time.Time
	Stopped                     *time.Time
	MeterStart, MeterStop       *string
	PerSession, Free            bool
	Flags                       []string
	Token, Driver, Wallet       *uuid.UUID
	Version                     *uuid.UUID
	Definition                  []byte
	Currency                    *string // of the wallet
	NetworkCurrency             string
	Zone                        string
	Rounding                    rating.Rounding
	MaxPowerW                   int64
	ReservedFrom, ReservedUntil *time.Time
	// Expired is set where its reservation ran out and nothing else happened.
	Expired bool
}

const selectSession = `
	select c.id, c.network_id, c.station_id, s.identity, c.status, c.evse_no, c.connector_no, c.started_at, c.stopped_at, c.meter_start_wh::text, c.meter_stop_wh::text,
		c.register_per_session, c.free, coalesce(array(select jsonb_array_elements_text(c.flags)), '{}'), c.token_id, c.driver_id, c.wallet_id, c.tariff_version_id, v.definition,
		w.currency, n.currency, coalesce(nullif(l.timezone, ''), t.timezone), t.rounding, coalesce(k.max_power_w, 0), r.created_at, r.expires_at, c.stop_reason = 'ReservationExpired'
	from charging_sessions c join stations s on s.id = c.station_id join networks n on n.id = c.network_id join tenants t on t.id = c.tenant_id
		left join locations l on l.id = c.location_id left join connectors k on k.id = c.connector_id left join tariff_versions v on v.id = c.tariff_version_id
		left join wallets w on w.id = c.wallet_id left join reservations r on r.id = c.reservation_id
	where c.id = $1`

// querier is a transaction, or the database itself.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func loadSession(ctx context.Context, q querier, id uuid.UUID) (*session, error) {
	rows, err := q.Query(ctx, selectSession, id)
	if err != nil {
		return nil, fmt.Errorf("load the session: %w", err)
	}
	s, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[session])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.Missing("session")
	}
	if err != nil {
		return nil, fmt.Errorf("load the session: %w", err)
	}
	return s, nil
}

func (s *session) tariff() (*tariff.Tariff, error) {
	t, err := pricing.Read(s.Definition)
	if err != nil {
		return nil, fmt.Errorf("read the session's tariff: %w", err)
	}
	return t, nil
}

// facts gathers what was measured of the session, until now where it has no end.
func (s *session) facts(ctx context.Context, q querier, now time.Time) (rating.Facts, error) {
	f := rating.Facts{Start: s.Started, End: now, Running: s.Stopped == nil, MaxPowerW: s.MaxPowerW, MeterStartWh: register(s.MeterStart), MeterStopWh: register(s.MeterStop)}
	if s.Stopped != nil {
		f.End = *s.Stopped
	}
	var err error
	if f.Zone, err = time.LoadLocation(s.Zone); err != nil {
		return f, fmt.Errorf("find the session's time zone: %w", err)
	}
	if s.ReservedFrom != nil {
		f.Reservation = &rating.Reserved{From: *s.ReservedFrom, To: latest(*s.ReservedFrom, s.Started), Expired: s.Expired}
	}
	if s.Expired {
		return f, nil
	}
	if f.Samples, err = s.samples(ctx, q, f.MeterStartWh); err != nil {
		return f, err
	}
	f.States, err = s.states(ctx, q, f.End)
	return f, err
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func register(text *string) decimal.NullDecimal {
	if text == nil {
		return decimal.NullDecimal{}
	}
	d, err := decimal.Parse(*text)
	return decimal.NullDecimal{Decimal: d, Valid: err == nil}
}

// Measurands that a price can depend on (OCPP 1.6 §7.31, OCPP 2.0.1 Part 2 §3.59).
const (
	energyRegister = "Energy.Active.Import.Register"
	powerImport    = "Power.Active.Import"
	currentImport  = "Current.Import"
)

// value is one stored reading.
type value struct {
	At                        time.Time
	Measurand, Phase, Context string
	Value                     float64
}

// samples are the session's readings at the outlet, one for each moment.
func (s *session) samples(ctx context.Context, q querier, start decimal.NullDecimal) ([]rating.Sample, error) {
	rows, err := q.Query(ctx, `select at, measurand, phase, context, value from meter_values
		where tenant_id = busbar_tenant() and session_id = $1 and measurand in ($2, $3, $4) and location not in ('Inlet', 'EV') and value is not null
			and (measurand <> $2 or phase = '')
		order by at, measurand, phase, context`, s.ID, energyRegister, powerImport, currentImport)
	if err != nil {
		return nil, fmt.Errorf("load the session's readings: %w", err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowToStructByPos[value])
	if err != nil {
		return nil, fmt.Errorf("load the session's readings: %w", err)
	}
	var samples []rating.Sample
	for len(values) > 0 {
		n := 1
		for n < len(values) && values[n].At.Equal(values[0].At) {
			n++
		}
		samples = append(samples, sample(values[:n]))
		values = values[n:]
	}
	return s.continuous(samples, start), nil
}

// sample makes one of the readings of a moment. Of several registers the one that isn't from the beginning counts; a reading without a
// phase counts before those of the phases, which add up.
func sample(values []value) rating.Sample {
	out := rating.Sample{At: values[0].At}
	whole := func(measurand string) bool {
		return slices.ContainsFunc(values, func(v value) bool { return v.Measurand == measurand && v.Phase == "" })
	}
	var phases [2]float64
	var has [2]bool
	for _, v := range values {
		switch {
		case v.Measurand == energyRegister:
			if !out.EnergyWh.Valid || v.Context != "Transaction.Begin" {
				out.EnergyWh = exactly(v.Value)
			}
		case v.Phase == "" && v.Measurand == powerImport:
			out.PowerW = exactly(v.Value)
		case v.Phase == "":
			out.CurrentA = exactly(v.Value)
		case whole(v.Measurand) || v.Phase == "N" || strings.Contains(strings.TrimSuffix(v.Phase, "-N"), "-"):
			// The sum is there, or it isn't the current of a phase.
		case v.Measurand == powerImport:
			phases[0], has[0] = phases[0]+v.Value, true
		default:
			phases[1], has[1] = phases[1]+v.Value, true
		}
	}
	if has[0] {
		out.PowerW = exactly(phases[0])
	}
	if has[1] {
		out.CurrentA = exactly(phases[1])
	}
	return out
}

// exactly is a stored reading as the decimal that was measured: the shortest that is stored so.
func exactly(v float64) decimal.NullDecimal {
	d, err := decimal.Parse(strconv.FormatFloat(v, 'f', -1, 64))
	return decimal.NullDecimal{Decimal: d, Valid: err == nil}
}

// continuous makes a register that counts within the session go on from the one at its start. Some stations count their lifetime at
// both ends and the session in between.
func (s *session) continuous(samples []rating.Sample, start decimal.NullDecimal) []rating.Sample {
	if !start.Valid || !start.Decimal.IsPos() {
		return samples
	}
	own, any := true, false
	for i := range samples {
		if e := samples[i].EnergyWh; e.Valid {
			twice, err := e.Decimal.Add(e.Decimal)
			any, own = true, own && err == nil && twice.Cmp(start.Decimal) < 0
		}
	}
	if !any || !own && !s.PerSession {
		return samples
	}
	for i := range samples {
		if e := &samples[i].EnergyWh; e.Valid {
			sum, err := e.Decimal.Add(start.Decimal)
			*e = decimal.NullDecimal{Decimal: sum, Valid: err == nil}
		}
	}
	return samples
}

// states16 are the connector's statuses of OCPP 1.6 in the words of 2.x.
var states16 = map[string]string{
	"CHARGING": "Charging", "SUSPENDED_EV": "SuspendedEV", "SUSPENDED_EVSE": "SuspendedEVSE", "FINISHING": "Finishing", "PREPARING": "EVConnected",
}

// states are those of charging that the station reported: with the session in 2.x, of the connector in 1.6.
func (s *session) states(ctx context.Context, q querier, end time.Time) ([]rating.StateChange, error) {
	rows, err := q.Query(ctx, `select at, state from session_states where session_id = $1
		union all select at, status from status_changes where tenant_id = busbar_tenant() and station_id = $2 and at >= $4 and at <= $5 and evse_no = $3
			and not exists (select from session_states where session_id = $1)
		order by 1`, s.ID, s.Station, s.EvseNo, s.Started, end)
	if err != nil {
		return nil, fmt.Errorf("load the session's states: %w", err)
	}
	changes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[rating.StateChange])
	if err != nil {
		return nil, fmt.Errorf("load the session's states: %w", err)
	}
	known := changes[:0]
	for _, c := range changes {
		if word, ok := states16[c.State]; ok {
			c.State = word
		}
		if strings.ToUpper(c.State) != c.State {
			known = append(known, c)
		}
	}
	return known, nil
}

// bill rates what was measured. A session without energy costs nothing, unless its tariff says so.
func (s *session) bill(t *tariff.Tariff, f rating.Facts) (rating.Bill, error) {
	bill, err := rating.Rate(t, f.Session(), rating.Policy{Rounding: s.Rounding})
	if err != nil {
		return bill, err
	}
	if bill.EnergyWh.IsZero() && !t.BillZeroEnergy && !f.Running && !bill.NeedsReview() && !s.Expired {
		bill.Lines, bill.NetMinor, bill.TaxMinor, bill.GrossMinor = nil, 0, 0, 0
	}
	if !bill.NeedsReview() && slices.Contains(s.Flags, "METER_IMPLAUSIBLE") {
		bill.Review = append(bill.Review, rating.Reason{Code: rating.MeterJump, Message: "The energy is more than any car takes."})
	}
	return bill, nil
}

// rate prices a session as it stands, by its own version or by another.
func (s *session) rate(ctx context.Context, q querier, t *tariff.Tariff, now time.Time) (rating.Bill, error) {
	facts, err := s.facts(ctx, q, now)
	if err != nil {
		return rating.Bill{}, err
	}
	return s.bill(t, facts)
}

var _ querier = (*db.DB)(nil)
