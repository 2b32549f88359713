package charging

import (
	"context"
	"fmt"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/quirks"
)

// ReportSamples adds a station's meter values to the entry of their message, tied to the session they belong to.
func (l *Link) ReportSamples(ctx context.Context, e *journal.Entry, r MeterReport) error {
	session := l.sessionFor(r)
	if session != nil {
		if known, err := l.replayed(ctx, session, r); err != nil || known {
			return err
		}
	}
	p := progress{session: session}
	// In OCPP 1.6 a session starts and stops with a register of its own, which samples may have nothing to do with; in 2.x both
	// are samples.
	if session != nil && l.Version == "1.6" && quirks.Is(l.Behaviour().RegisterPerSession) {
		session.perSession = true
	}
	for i := range r.Values {
		read := l.normalise(r.Values[i], r.ReceivedAt)
		read.Origin, read.EvseNo = l.Origin, r.EvseNo
		if session != nil {
			read.Session = session.id
			p.take(&read)
		}
		e.Samples = append(e.Samples, read.Sample)
	}
	if session != nil && !session.ended {
		if row, ok := p.row(); ok {
			e.Progress = append(e.Progress, row)
			l.park(EventSession, Event{Object: session.id, At: r.ReceivedAt, EvseNo: session.evseNo})
		}
	}
	return nil
}

// replayed reports whether samples from before this connection are stored already: a station that didn't see our answer sends
// them again when it is back.
func (l *Link) replayed(ctx context.Context, session *sessionRef, r MeterReport) (known bool, err error) {
	if len(r.Values) == 0 {
		return false, nil
	}
	v := l.normalise(r.Values[0], r.ReceivedAt)
	if !v.At.Before(l.connectedAt) {
		return false, nil
	}
	rows, err := l.service.db.Query(l.context(ctx), `select exists (select from meter_values where tenant_id = $1 and session_id = $2 and at = $3
		and measurand = $4 and phase = $5 and context = $6 and raw_value = $7)`,
		l.Tenant, session.id, v.At, v.Measurand, v.Phase, v.Context, v.RawValue)
	if err != nil {
		return false, fmt.Errorf("look for samples that came before: %w", err)
	}
	if known, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool]); err != nil {
		return false, fmt.Errorf("look for samples that came before: %w", err)
	}
	return known, nil
}

// sessionFor finds the session that samples belong to. A transaction id that we never gave, or that is stale, says less than
// the connector.
func (l *Link) sessionFor(r MeterReport) *sessionRef {
	if r.TransactionID != "" {
		if ref := l.sessions[r.TransactionID]; ref != nil {
			return ref
		}
	}
	return l.running[r.EvseNo]
}

// progress gathers what the newest of a message's readings say about their session.
type progress struct {
	session *sessionRef
	at      time.Time

	energy     decimal.Decimal
	energyAt   time.Time
	hasEnergy  bool
	power      float64
	powerAt    time.Time
	phasePower map[string]float64
	soc        float64
	socAt      time.Time
}

func (p *progress) take(r *reading) {
	if !r.Valid {
		return
	}
	if r.At.After(p.at) {
		p.at = r.At
	}
	switch {
	case r.wholeSession():
		// Of two registers in one sample the periodic one counts: some stations add the one from the beginning.
		if r.Context == "Transaction.Begin" && p.hasEnergy {
			return
		}
		if wh, ok := p.session.energyAt(r.number); ok && !r.At.Before(p.energyAt) {
			p.energy, p.energyAt, p.hasEnergy = wh, r.At, true
		}
	case r.Measurand == powerImport && r.Phase == "" && !r.At.Before(p.powerAt):
		p.power, p.powerAt = r.Value, r.At
	case r.Measurand == powerImport && r.Phase != "":
		if p.phasePower == nil {
			p.phasePower = map[string]float64{}
		}
		p.phasePower[r.Phase] = r.Value
	case r.Measurand == stateOfCharge && r.Value >= 0 && r.Value <= 100 && !r.At.Before(p.socAt):
		p.soc, p.socAt = r.Value, r.At
	}
}

// energyAt turns a register into the energy since the start of the session. Some stations count their lifetime at the start and
// the end and the session in between: a register below the one at the start is the session's own.
func (s *sessionRef) energyAt(register decimal.Decimal) (decimal.Decimal, bool) {
	if register.IsNeg() || register.Cmp(decimal.MustNew(maxRegisterWh, 0)) > 0 {
		return decimal.Decimal{}, false
	}
	if !s.hasMeterStart {
		return decimal.Decimal{}, false
	}
	if twice, err := register.Add(register); s.perSession || err == nil && twice.Cmp(s.meterStart) < 0 {
		s.perSession = true
		return register, true
	}
	if register.Cmp(s.meterStart) < 0 {
		return decimal.Zero, true // a register that slips back by a little
	}
	wh, err := register.Sub(s.meterStart)
	return wh, err == nil
}

func (p *progress) row() (journal.Progress, bool) {
	row := journal.Progress{Session: p.session.id, At: p.at, EnergyWh: p.energy, HasWh: p.hasEnergy}
	if !p.powerAt.IsZero() {
		row.PowerW = &p.power
	} else if len(p.phasePower) > 0 {
		var sum float64
		for _, w := range p.phasePower {
			sum += w
		}
		row.PowerW = &sum
	}
	if !p.socAt.IsZero() {
		row.SoC = &p.soc
	}
	return row, row.HasWh || row.PowerW != nil || row.SoC != nil
}
