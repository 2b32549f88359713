package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/paymentaccount"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/simulator"
	"github.com/busbar-ev/busbar/tenancy"
)

// The demo's payment provider is a stand-in, on which nobody pays anything. It lives under a path of this server.
const (
	demoProviderPath = "/demo/provider"
	demoSecret       = "sk_test_demo_stand_in"
	demoWebhook      = "whsec_demo_stand_in"
)

// providerElsewhere is where tests of the whole program have their provider; nothing else sets it.
var providerElsewhere string

// demoProvider is where an account's provider is: the stand-in for the demo's own account, the provider itself for any other.
func (s *server) demoProvider(a payment.Account) string {
	if providerElsewhere != "" {
		return providerElsewhere
	}
	if s.standIn == nil || a.Secret != demoSecret {
		return ""
	}
	return s.standIn.StripeURL()
}

// mountDemo serves the stand-in.
func (s *server) mountDemo(mux *http.ServeMux) {
	if s.standIn != nil {
		mux.Handle(demoProviderPath+"/", http.StripPrefix(demoProviderPath, s.standIn))
	}
}

// openDemoAccount has the stand-in know the demo's account, as it is stored.
func (s *server) openDemoAccount(ctx context.Context, tenant uuid.UUID) error {
	account, err := s.db.Ent().PaymentAccount.Query().Where(paymentaccount.Name(demoAccount)).Only(tenancy.NewContext(ctx, tenancy.Console(tenant)))
	if ent.IsNotFound(err) {
		return nil // made by an earlier version, or taken away
	}
	if err != nil {
		return fmt.Errorf("find the demo's payment account: %w", err)
	}
	s.standIn.Open(payment.Account{ID: account.ID, Provider: payment.Stripe, Secret: demoSecret, WebhookSecret: demoWebhook}).
		SetWebhook(s.url + "/webhooks/stripe/" + account.ID.String())
	return nil
}

const demoAccount = "Demo stand-in"

// demoTariffs are the prices of the demo: one for everything, one for fast chargers with cheaper nights, and a fleet's own.
var demoTariffs = []struct{ name, definition, network, station string }{
	{"Standard", `{"currency":"EUR","tax_included":"YES","elements":[{"price_components":[
		{"type":"ENERGY","price":0.49,"vat":19,"step_size":1},{"type":"PARKING_TIME","price":6.00,"vat":19,"step_size":60}]}],
		"idle_grace_s":1800,"idle_cap":{"after_taxes":12.00},"tariff_alt_text":[{"language":"en","text":"0.49 EUR per kWh. After half an hour without charging 0.10 EUR a minute, 12 EUR at most."}]}`, "", ""},
	{"Fast charging", `{"currency":"EUR","tax_included":"YES","elements":[
		{"price_components":[{"type":"ENERGY","price":0.45,"vat":19,"step_size":1}],"restrictions":{"start_time":"22:00","end_time":"06:00"}},
		{"price_components":[{"type":"ENERGY","price":0.69,"vat":19,"step_size":1},{"type":"PARKING_TIME","price":12.00,"vat":19,"step_size":60}]}],"idle_grace_s":600}`, "", "CITY-03"},
	{"Depot", `{"currency":"EUR","tax_included":"NO","elements":[{"price_components":[{"type":"ENERGY","price":0.31,"vat":19,"step_size":1}]}]}`, "depot", ""},
}

// demoDrivers are the drivers of the city network, with what is in their wallets and the cards that the stations there see.
var demoDrivers = []struct {
	name, email, amount string
	tags                int
}{
	{"Demo Driver", "driver@demo.example", "80.00", 2}, {"Second Driver", "second@demo.example", "60.00", 2}, {"Third Driver", "third@demo.example", "6.00", 2},
	{"Fourth Driver", "fourth@demo.example", "120.00", 2},
}

// makeDemoPrices sells the demo's energy.
func (s *server) makeDemoPrices(ctx context.Context, networks map[string]uuid.UUID, stations map[string]uuid.UUID) error {
	for _, t := range demoTariffs {
		definition, err := tariff.Parse([]byte(t.definition))
		if err != nil {
			return err
		}
		made, err := s.pricing.Create(ctx, pricing.Spec{Name: t.name, Network: networks[t.network], Definition: definition})
		if err != nil {
			return err
		}
		target := pricing.Target{Level: pricing.OnTenant}
		switch {
		case t.station != "":
			target = pricing.Target{Level: pricing.OnStation, ID: stations[t.station]}
		case t.network != "":
			target = pricing.Target{Level: pricing.OnNetwork, ID: networks[t.network]}
		}
		if _, err := s.pricing.Assign(ctx, made.ID, target); err != nil {
			return err
		}
	}
	_, err := s.payments.CreateAccount(ctx, payments.AccountSpec{Provider: payment.Stripe, Name: demoAccount, Secret: demoSecret, WebhookSecret: demoWebhook})
	return err
}

// makeDemoDrivers gives drivers wallets and cards; the cards that are left belong to nobody here.
func (s *server) makeDemoDrivers(ctx context.Context, city uuid.UUID) error {
	tags := simulator.DemoTags()
	for _, d := range demoDrivers {
		made, err := s.drivers.Create(ctx, drivers.Spec{Name: d.name, Email: d.email, Network: city})
		if err != nil {
			return err
		}
		wallet, err := made.QueryWallet().OnlyID(ctx)
		if err != nil {
			return err
		}
		if _, err := s.drivers.Adjust(ctx, drivers.Adjustment{Wallet: wallet, Amount: drivers.Amount{Value: d.amount, Currency: "EUR"}, Reason: "To begin with", Key: "demo " + d.email}); err != nil {
			return err
		}
		for _, tag := range tags[:d.tags] {
			if _, err := s.charging.CreateToken(ctx, charging.TokenSpec{IDTag: tag, Label: d.name, Network: city, Driver: made.ID}); err != nil {
				return err
			}
		}
		tags = tags[d.tags:]
	}
	for i, tag := range tags {
		if _, err := s.charging.CreateToken(ctx, charging.TokenSpec{IDTag: tag, Label: fmt.Sprintf("Fleet card %d", i+1)}); err != nil {
			return err
		}
	}
	return nil
}

// newStandIn makes the demo's payment provider.
func newStandIn(url string) *providertest.Server {
	return providertest.New(providertest.Options{URL: url + demoProviderPath})
}
