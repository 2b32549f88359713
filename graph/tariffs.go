package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/tariffassignment"
	"github.com/busbar-ev/busbar/ent/tariffversion"
	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/fault"
)

// definitionOf makes a tariff of what a caller says of it. The elements are read strictly, as a whole, so that a price that nobody
// meant is refused.
func definitionOf(in *model.TariffDefinitionInput, currency string) (*tariff.Tariff, error) {
	if (in.PricePerKwh == nil) == (in.Elements == nil) {
		return nil, fault.In("elements", "Give either pricePerKwh or elements.")
	}
	if in.PricePerKwh != nil {
		in.Elements = elementsPerKWh(*in.PricePerKwh)
	}
	raw := map[string]any{"currency": currency, "tax_included": taxes(in), "elements": json.RawMessage(*in.Elements)}
	for name, value := range map[string]any{"min_price": limit(in.MinPrice), "max_price": limit(in.MaxPrice), "idle_cap": limit(in.IdleCap), "start_date_time": in.ValidFrom, "end_date_time": in.ValidTo} {
		switch v := value.(type) {
		case map[string]json.RawMessage:
			if v != nil {
				raw[name] = v
			}
		case *time.Time:
			if v != nil {
				raw[name] = v.UTC()
			}
		}
	}
	if in.IdleGraceS != nil {
		raw["idle_grace_s"] = *in.IdleGraceS
	}
	if or(in.BillZeroEnergy) {
		raw["bill_zero_energy"] = true
	}
	texts := make([]tariff.Text, len(in.AltText))
	for i, t := range in.AltText {
		texts[i] = tariff.Text{Language: t.Language, Text: t.Text}
	}
	if len(texts) > 0 {
		raw["tariff_alt_text"] = texts
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return nil, fmt.Errorf("write the tariff down: %w", err)
	}
	return tariff.Parse(text)
}

func elementsPerKWh(price decimal.Decimal) *vocabulary.JSON {
	text := vocabulary.JSON(`[{"price_components":[{"type":"ENERGY","price":` + price.String() + `,"step_size":1}]}]`)
	return &text
}

func limit(in *model.PriceLimitInput) map[string]json.RawMessage {
	if in == nil {
		return nil
	}
	out := map[string]json.RawMessage{}
	if in.BeforeTaxes != nil {
		out["before_taxes"] = json.RawMessage(in.BeforeTaxes.String())
	}
	if in.AfterTaxes != nil {
		out["after_taxes"] = json.RawMessage(in.AfterTaxes.String())
	}
	return out
}

// taxes is how prices stand to taxes where nobody says it: without them, as OCPI 2.2.1 has it, where a component has a rate.
func taxes(in *model.TariffDefinitionInput) tariff.TaxIncluded {
	switch {
	case in.TaxIncluded != nil && *in.TaxIncluded == model.TaxIncludedNotApplied:
		return tariff.TaxIsNotApplied
	case in.TaxIncluded != nil:
		return tariff.TaxIncluded(*in.TaxIncluded)
	case bytes.Contains([]byte(*in.Elements), []byte(`"vat"`)):
		return tariff.TaxIsAdded
	}
	return tariff.TaxIsNotApplied
}

func (r *Resolver) createTariff(ctx context.Context, in model.CreateTariffInput) (*ent.Tariff, error) {
	currency, err := r.currencyOf(ctx, in.NetworkID, in.Currency)
	if err != nil {
		return nil, err
	}
	definition, err := definitionOf(&model.TariffDefinitionInput{
		PricePerKwh: in.PricePerKwh, Elements: in.Elements, TaxIncluded: in.TaxIncluded, MinPrice: in.MinPrice, MaxPrice: in.MaxPrice, IdleGraceS: in.IdleGraceS,
		IdleCap: in.IdleCap, BillZeroEnergy: in.BillZeroEnergy, AltText: in.AltText, ValidFrom: in.ValidFrom, ValidTo: in.ValidTo,
	}, currency)
	if err != nil {
		return nil, err
	}
	return r.Pricing.Create(ctx, pricing.Spec{Name: in.Name, Network: or(in.NetworkID), Definition: definition})
}

// currencyOf is the currency that somebody names, or the network's, or the tenant's. The network is looked up in any case: a foreign
// one isn't there.
func (r *Resolver) currencyOf(ctx context.Context, network *uuid.UUID, named *string) (string, error) {
	if network != nil {
		n, err := r.ent().Network.Get(ctx, *network)
		if err != nil {
			return "", missing(err, "network")
		}
		if named == nil {
			return n.Currency, nil
		}
	}
	if named != nil {
		return *named, nil
	}
	t, err := r.ent().Tenant.Get(ctx, tenantOf(ctx))
	if err != nil {
		return "", fmt.Errorf("load the tenant: %w", err)
	}
	return t.Currency, nil
}

func (r *Resolver) updateTariff(ctx context.Context, in model.UpdateTariffInput) (*ent.Tariff, error) {
	t, err := r.ent().Tariff.Get(ctx, in.ID)
	if err != nil {
		return nil, missing(err, "tariff")
	}
	change := pricing.Change{Name: in.Name}
	if in.PricePerKwh != nil && in.Definition != nil {
		return nil, fault.In("pricePerKwh", "Give either pricePerKwh or a definition.")
	}
	if in.PricePerKwh != nil {
		in.Definition = &model.TariffDefinitionInput{PricePerKwh: in.PricePerKwh}
	}
	if in.Definition != nil {
		if change.Definition, err = definitionOf(in.Definition, t.Currency); err != nil {
			return nil, err
		}
	}
	return r.Pricing.Update(ctx, in.ID, change)
}

// targetOf is the one place that is named, or the tenant as a whole.
func targetOf(connector, evse, station, location, network *uuid.UUID) (pricing.Target, error) {
	target, named := pricing.Target{Level: pricing.OnTenant}, 0
	for _, t := range []struct {
		level pricing.Level
		id    *uuid.UUID
	}{{pricing.OnConnector, connector}, {pricing.OnEVSE, evse}, {pricing.OnStation, station}, {pricing.OnLocation, location}, {pricing.OnNetwork, network}} {
		if t.id != nil {
			target, named = pricing.Target{Level: t.level, ID: *t.id}, named+1
		}
	}
	if named > 1 {
		return target, fault.In("stationId", "Name one place: a connector, an EVSE, a station, a location or a network; or none for the whole tenant.")
	}
	return target, nil
}

func (r *Resolver) quote(ctx context.Context, in model.PriceQuoteInput) (*model.PriceQuote, error) {
	h := pricing.Hypothesis{
		Station: or(in.StationID), EvseNo: 1, ConnectorNo: 1, Tariff: or(in.TariffID), Zone: or(in.Timezone), Start: or(in.StartAt), EnergyWh: in.EnergyWh,
		PowerW: or(in.PowerW), Idle: time.Duration(or(in.IdleMinutes)) * time.Minute,
	}
	if in.EvseNo != nil {
		h.EvseNo = *in.EvseNo
	}
	if in.ConnectorNo != nil {
		h.ConnectorNo = *in.ConnectorNo
	}
	if in.Definition != nil {
		currency, err := r.currencyOf(ctx, nil, in.Currency)
		if err != nil {
			return nil, err
		}
		if h.Definition, err = definitionOf(in.Definition, currency); err != nil {
			return nil, err
		}
	}
	quoted, err := r.Pricing.Quote(ctx, h)
	if err != nil {
		return nil, err
	}
	out := &model.PriceQuote{Free: quoted.Price.Free, Bill: billOf(quoted.Bill), Warnings: warningsOf(quoted.Price.Definition)}
	if quoted.Price.Level != "" {
		level := tariffassignment.Level(quoted.Price.Level)
		out.Level = &level
	}
	if quoted.Price.Version != uuid.Nil {
		if out.TariffVersion, err = r.ent().TariffVersion.Get(ctx, quoted.Price.Version); err != nil {
			return nil, fmt.Errorf("load the version of the tariff: %w", err)
		}
	}
	return out, nil
}

func warningsOf(t *tariff.Tariff) []*model.TariffWarning {
	out := []*model.TariffWarning{}
	if t == nil {
		return out
	}
	for _, w := range t.Warnings() {
		out = append(out, &model.TariffWarning{Code: string(w.Code), Message: w.Message})
	}
	return out
}

func warningsOfVersion(v *ent.TariffVersion) ([]*model.TariffWarning, error) {
	t, err := pricing.Read([]byte(v.Definition))
	if err != nil {
		return nil, fmt.Errorf("read version %s of a tariff: %w", v.ID, err)
	}
	return warningsOf(t), nil
}

// presentVersion is the version that holds now, or the newest.
func (r *Resolver) presentVersion(ctx context.Context, t *ent.Tariff) (*ent.TariffVersion, error) {
	versions, err := t.QueryVersions().Order(ent.Desc(tariffversion.FieldNumber)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the tariff's versions: %w", err)
	}
	now := time.Now()
	for _, v := range versions {
		if (v.ValidFrom == nil || !v.ValidFrom.After(now)) && (v.ValidTo == nil || v.ValidTo.After(now)) {
			return v, nil
		}
	}
	if len(versions) == 0 {
		return nil, fmt.Errorf("tariff %s has no version", t.ID)
	}
	return versions[0], nil
}

// placeName is what people call what a tariff is assigned to.
func (r *Resolver) placeName(ctx context.Context, a *ent.TariffAssignment) (name string, err error) {
	id := or(a.TargetID)
	switch a.Level {
	case tariffassignment.LevelTENANT:
		var t *ent.Tenant
		if t, err = r.ent().Tenant.Get(ctx, a.TenantID); err == nil {
			name = t.Name
		}
	case tariffassignment.LevelNETWORK:
		var n *ent.Network
		if n, err = r.ent().Network.Get(ctx, id); err == nil {
			name = n.Name
		}
	case tariffassignment.LevelLOCATION:
		var l *ent.Location
		if l, err = r.ent().Location.Get(ctx, id); err == nil {
			name = l.Name
		}
	case tariffassignment.LevelSTATION:
		var s *ent.Station
		if s, err = r.ent().Station.Get(ctx, id); err == nil {
			name = s.Identity
		}
	case tariffassignment.LevelEVSE:
		var e *ent.Evse
		if e, err = r.ent().Evse.Get(ctx, id); err == nil {
			name, err = r.numbered(ctx, e.StationID, e.EvseNo, 0)
		}
	case tariffassignment.LevelCONNECTOR:
		var c *ent.Connector
		if c, err = r.ent().Connector.Get(ctx, id); err == nil {
			name, err = r.numbered(ctx, c.StationID, c.EvseNo, c.ConnectorNo)
		}
	}
	return name, ignoreMissing(err)
}

func (r *Resolver) numbered(ctx context.Context, station uuid.UUID, evseNo, connectorNo int) (string, error) {
	s, err := r.ent().Station.Get(ctx, station)
	if err != nil {
		return "", err
	}
	if connectorNo == 0 {
		return fmt.Sprintf("%s %d", s.Identity, evseNo), nil
	}
	return fmt.Sprintf("%s %d/%d", s.Identity, evseNo, connectorNo), nil
}

// holdOf reads what a network sets aside, in its currency.
func (r *Resolver) holdOf(ctx context.Context, network uuid.UUID, in *model.MoneyInput) (*int64, error) {
	if in == nil {
		return nil, nil
	}
	n, err := r.ent().Network.Get(ctx, network)
	if err != nil {
		return nil, missing(err, "network")
	}
	minor, err := minorOf("hold", in, n.Currency)
	return &minor, err
}

func assignmentPayload(ctx context.Context, a *ent.TariffAssignment, err error) (*model.TariffAssignmentPayload, error) {
	if err != nil {
		return nil, err
	}
	t, err := a.QueryTariff().Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the tariff: %w", err)
	}
	return &model.TariffAssignmentPayload{Tariff: t, Assignment: a}, nil
}
