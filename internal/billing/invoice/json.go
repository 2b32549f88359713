package invoice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/govalues/decimal"
)

// The shapes on the wire. Their fields come in this order; numbers are strings, so that no reader rounds them.
type (
	jsonMoney struct {
		Amount   string `json:"amount"`
		Currency string `json:"currency"`
	}
	jsonParty struct {
		Name    string   `json:"name"`
		Address []string `json:"address,omitempty"`
		TaxID   string   `json:"tax_id,omitempty"`
		Email   string   `json:"email,omitempty"`
	}
	jsonSession struct {
		ID       string `json:"id,omitempty"`
		Location string `json:"location,omitempty"`
		Station  string `json:"station,omitempty"`
		EVSE     string `json:"evse,omitempty"`
		Start    string `json:"start"`
		Stop     string `json:"stop"`
		EnergyWh string `json:"energy_wh"`
	}
	jsonLine struct {
		Item        Item      `json:"item"`
		Description string    `json:"description,omitempty"`
		Quantity    string    `json:"quantity"`
		Unit        Unit      `json:"unit,omitempty"`
		UnitPrice   jsonMoney `json:"unit_price"`
		PricePer    string    `json:"price_per,omitempty"`
		TaxPercent  *string   `json:"tax_percent"`
		Net         jsonMoney `json:"net"`
		Tax         jsonMoney `json:"tax"`
		Gross       jsonMoney `json:"gross"`
	}
	jsonTax struct {
		Percent *string   `json:"percent"`
		Net     jsonMoney `json:"net"`
		Tax     jsonMoney `json:"tax"`
		Gross   jsonMoney `json:"gross"`
	}
	jsonPayment struct {
		Method    Method `json:"method"`
		Reference string `json:"reference,omitempty"`
		At        string `json:"at,omitempty"`
	}
	jsonMeter struct {
		Format    string `json:"format"`
		Text      string `json:"text"`
		PublicKey string `json:"public_key,omitempty"`
	}
	jsonDocument struct {
		Kind         Kind         `json:"kind"`
		Number       string       `json:"number"`
		Corrects     string       `json:"corrects,omitempty"`
		IssuedAt     string       `json:"issued_at"`
		Zone         string       `json:"zone"`
		Seller       jsonParty    `json:"seller"`
		Buyer        jsonParty    `json:"buyer"`
		Session      *jsonSession `json:"session,omitempty"`
		Currency     string       `json:"currency"`
		Lines        []jsonLine   `json:"lines"`
		Taxes        []jsonTax    `json:"taxes"`
		Net          jsonMoney    `json:"net"`
		Tax          jsonMoney    `json:"tax"`
		Gross        jsonMoney    `json:"gross"`
		Paid         *jsonPayment `json:"paid,omitempty"`
		Meter        *jsonMeter   `json:"signed_meter_data,omitempty"`
		Verification string       `json:"verification,omitempty"`
		Notes        []string     `json:"notes,omitempty"`
	}
)

// JSON writes the document for programs. Times are in the location's zone.
func (d *Document) JSON() ([]byte, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	zone, err := d.zone()
	if err != nil {
		return nil, err
	}
	digits := d.digits()
	money := func(minor int64) jsonMoney { return jsonMoney{major(minor, digits), d.Currency} }
	out := jsonDocument{
		Kind: d.Kind, Number: d.Number, Corrects: clean(d.Corrects), IssuedAt: d.IssuedAt.In(zone).Format(time.RFC3339Nano), Zone: d.Zone,
		Seller: d.Seller.json(), Buyer: d.Buyer.json(), Currency: d.Currency,
		Net: money(d.Net), Tax: money(d.Tax), Gross: money(d.Gross), Verification: clean(d.Verification), Notes: cleaned(d.Notes),
	}
	if s := d.Session; s != nil {
		out.Session = &jsonSession{
			ID: clean(s.ID), Location: clean(s.Location), Station: clean(s.Station), EVSE: clean(s.EVSE),
			Start: s.Start.In(zone).Format(time.RFC3339Nano), Stop: s.Stop.In(zone).Format(time.RFC3339Nano), EnergyWh: s.EnergyWh.String(),
		}
	}
	for i := range d.Lines {
		l := &d.Lines[i]
		out.Lines = append(out.Lines, jsonLine{
			Item: l.Item, Description: clean(l.Description), Quantity: l.Quantity.String(), Unit: l.Unit,
			UnitPrice: jsonMoney{l.UnitPrice.String(), d.Currency}, PricePer: l.pricePer(), TaxPercent: percent(l.TaxPercent),
			Net: money(l.Net), Tax: money(l.Tax), Gross: money(l.Gross),
		})
	}
	for _, t := range d.Taxes {
		out.Taxes = append(out.Taxes, jsonTax{percent(t.Percent), money(t.Net), money(t.Tax), money(t.Gross)})
	}
	if p := d.Paid; p != nil {
		out.Paid = &jsonPayment{Method: p.Method, Reference: clean(p.Reference)}
		if !p.At.IsZero() {
			out.Paid.At = p.At.In(zone).Format(time.RFC3339Nano)
		}
	}
	if m := d.Meter; m != nil {
		out.Meter = &jsonMeter{Format: clean(m.Format), Text: m.Text, PublicKey: m.PublicKey}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(out); err != nil {
		return nil, fmt.Errorf("write document %s: %w", d.Number, err)
	}
	return b.Bytes(), nil
}

func (p *Party) json() jsonParty {
	return jsonParty{Name: clean(p.Name), Address: cleaned(p.AddressLines), TaxID: clean(p.TaxID), Email: clean(p.Email)}
}

// cleaned drops what says nothing.
func cleaned(texts []string) []string {
	var out []string
	for _, text := range texts {
		if text = clean(text); text != "" {
			out = append(out, text)
		}
	}
	return out
}

func percent(d *decimal.Decimal) *string {
	if d == nil {
		return nil
	}
	text := d.String()
	return &text
}

// pricePer is the unit of a price: times are counted in seconds and priced by the hour.
func (l *Line) pricePer() string {
	if l.Unit == Second {
		return "h"
	}
	return string(l.Unit)
}
