package simulator

import (
	"math"
	"slices"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// tariffs are those that the CSMS has set, by EVSE; 0 is every one (OCPP 2.1 Part 2, I07 to I11).
type tariffs struct {
	defaults map[int64]v21.Tariff
}

// maxTariffPrices bounds the prices of a tariff.
const maxTariffPrices = 50

// tariffFor is the tariff of a session that begins.
func (s *station2x) tariffFor(c *connector) *v21.Tariff {
	for _, evse := range []int64{int64(c.no), 0} {
		if t, ok := s.tariffs.defaults[evse]; ok && !(t.ValidFrom.Present() && s.now().Before(t.ValidFrom.Time)) {
			return &t
		}
	}
	return nil
}

func prices(t *v21.Tariff) int {
	n := 0
	if t.Energy != nil {
		n += len(t.Energy.Prices)
	}
	for _, part := range []*v21.TariffTime{t.ChargingTime, t.IdleTime, t.ReservationTime} {
		if part != nil {
			n += len(part.Prices)
		}
	}
	for _, part := range []*v21.TariffFixed{t.FixedFee, t.ReservationFixed} {
		if part != nil {
			n += len(part.Prices)
		}
	}
	return n
}

func (s *station2x) setDefaultTariff(r *v21.SetDefaultTariffRequest) (*v21.SetDefaultTariffResponse, func()) {
	status := v21.TariffSetStatusAccepted
	switch {
	case r.EVSEID < 0 || int(r.EVSEID) > len(s.connectors):
		status = v21.TariffSetStatusRejected
	case prices(&r.Tariff) > maxTariffPrices:
		status = v21.TariffSetStatusTooManyElements
	}
	for evse, t := range s.tariffs.defaults {
		if t.TariffID == r.Tariff.TariffID && evse != r.EVSEID {
			status = v21.TariffSetStatusDuplicateTariffID
		}
	}
	if status == v21.TariffSetStatusAccepted {
		if r.EVSEID == 0 { // it stands for every EVSE from now on (I07.FR.05)
			clear(s.tariffs.defaults)
		}
		s.tariffs.defaults[r.EVSEID] = r.Tariff
	}
	return &v21.SetDefaultTariffResponse{Status: status}, nil
}

func (s *station2x) getTariffs(r *v21.GetTariffsRequest) (*v21.GetTariffsResponse, func()) {
	if r.EVSEID < 0 || int(r.EVSEID) > len(s.connectors) {
		return &v21.GetTariffsResponse{Status: v21.TariffGetStatusRejected, StatusInfo: because("UnknownEvse")}, nil
	}
	answer := &v21.GetTariffsResponse{Status: v21.TariffGetStatusNoTariff}
	for _, evse := range sorted(s.tariffs.defaults) {
		if r.EVSEID != 0 && evse != 0 && evse != r.EVSEID {
			continue
		}
		t := s.tariffs.defaults[evse]
		made := v21.TariffAssignment{TariffID: t.TariffID, TariffKind: v21.TariffKindDefaultTariff, ValidFrom: t.ValidFrom}
		for _, c := range s.connectors {
			if evse == 0 || evse == int64(c.no) {
				made.EVSEIDs = append(made.EVSEIDs, int64(c.no))
			}
		}
		answer.TariffAssignments = append(answer.TariffAssignments, made)
	}
	if len(answer.TariffAssignments) > 0 {
		answer.Status = v21.TariffGetStatusAccepted
	}
	return answer, nil
}

func (s *station2x) clearTariffs(r *v21.ClearTariffsRequest) (*v21.ClearTariffsResponse, func()) {
	answer := &v21.ClearTariffsResponse{}
	cleared := map[string]bool{}
	for _, evse := range sorted(s.tariffs.defaults) {
		t := s.tariffs.defaults[evse]
		if (len(r.TariffIDs) == 0 || slices.Contains(r.TariffIDs, t.TariffID)) && (!r.EVSEID.Set || r.EVSEID.Value == evse) {
			delete(s.tariffs.defaults, evse)
			cleared[t.TariffID] = true
			answer.ClearTariffsResult = append(answer.ClearTariffsResult, v21.ClearTariffsResult{TariffID: t.TariffID, Status: v21.TariffClearStatusAccepted})
		}
	}
	for _, id := range r.TariffIDs {
		if !cleared[id] {
			answer.ClearTariffsResult = append(answer.ClearTariffsResult, v21.ClearTariffsResult{TariffID: id, Status: v21.TariffClearStatusNoTariff})
		}
	}
	if len(answer.ClearTariffsResult) == 0 {
		answer.ClearTariffsResult = []v21.ClearTariffsResult{{Status: v21.TariffClearStatusNoTariff}}
	}
	return answer, nil
}

// changeTransactionTariff prices a session anew, from its beginning.
func (s *station2x) changeTransactionTariff(r *v21.ChangeTransactionTariffRequest) (*v21.ChangeTransactionTariffResponse, func()) {
	c, sess := s.session(r.TransactionID)
	status := v21.TariffChangeStatusAccepted
	switch {
	case sess == nil:
		status = v21.TariffChangeStatusTxNotFound
	case sess.tariff != nil && sess.tariff.Currency != r.Tariff.Currency:
		status = v21.TariffChangeStatusNoCurrencyChange
	case prices(&r.Tariff) > maxTariffPrices:
		status = v21.TariffChangeStatusTooManyElements
	}
	if status != v21.TariffChangeStatusAccepted {
		return &v21.ChangeTransactionTariffResponse{Status: status}, nil
	}
	return &v21.ChangeTransactionTariffResponse{Status: status}, func() {
		sess.tariff = &r.Tariff
		event := s.event(c, sess, v21.TransactionEventTypeUpdated, v21.TriggerReasonTariffChanged)
		event.TransactionInfo.TariffID = r.Tariff.TariffID
		s.tellEvent(c, sess, event, nil)
	}
}

// energyPrice is the price of a kWh: the first that has no conditions, or the first of all.
func energyPrice(t *v21.Tariff) float64 {
	if t.Energy == nil || len(t.Energy.Prices) == 0 {
		return 0
	}
	for _, p := range t.Energy.Prices {
		if p.Conditions == nil {
			return p.PriceKwh
		}
	}
	return t.Energy.Prices[0].PriceKwh
}

func fixedPrice(t *v21.Tariff) float64 {
	if t.FixedFee == nil || len(t.FixedFee.Prices) == 0 {
		return 0
	}
	return t.FixedFee.Prices[0].PriceFixed
}

func minutePrice(t *v21.TariffTime) float64 {
	if t == nil || len(t.Prices) == 0 {
		return 0
	}
	return t.Prices[0].PriceMinute
}

// price is what a session costs by its own tariff until now, without taxes.
func price(sess *session2x, meterWh float64) float64 {
	if sess.tariff == nil {
		return 0
	}
	minutes := sess.charged.Minutes()
	total := (meterWh-sess.startWh)/1000*energyPrice(sess.tariff) + fixedPrice(sess.tariff) + minutes*minutePrice(sess.tariff.ChargingTime)
	if least := sess.tariff.MinCost; least != nil && least.ExclTax.Set {
		total = max(total, least.ExclTax.Value)
	}
	if most := sess.tariff.MaxCost; most != nil && most.ExclTax.Set {
		total = min(total, most.ExclTax.Value)
	}
	return total
}

// costs tells what a session has cost by the tariff that the CSMS set (OCPP 2.1 Part 2, I12).
func (s *station2x) costs(sess *session2x, meterWh float64) *v21.CostDetails {
	if !s.is21() || sess.tariff == nil {
		return nil
	}
	kwh := (meterWh - sess.startWh) / 1000
	cents := func(n float64) schema.Opt[float64] { return schema.Some(math.Round(100*n) / 100) }
	total := v21.TotalCost{
		Currency: sess.tariff.Currency, TypeOfCost: v21.TariffCostNormalCost, Total: v21.TotalPrice{ExclTax: cents(price(sess, meterWh))},
		Energy: &v21.Price{ExclTax: cents(kwh * energyPrice(sess.tariff))},
	}
	return &v21.CostDetails{TotalCost: total, TotalUsage: v21.TotalUsage{
		Energy: math.Round(1000*kwh) / 1000, ChargingTime: int64(sess.charged.Seconds()), IdleTime: int64((s.now().Sub(sess.begunAt) - sess.charged).Seconds()),
	}}
}
