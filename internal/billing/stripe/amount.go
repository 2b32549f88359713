package stripe

import (
	"fmt"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// Stripe's smallest unit is ISO 4217's minor unit, but for these ("Supported currencies", special cases and zero-decimal currencies).
var (
	// Without decimals in ISO 4217, and with two at Stripe, which must be 00.
	larger = map[string]bool{"ISK": true, "UGX": true}
	// With two decimals in ISO 4217, and none at Stripe.
	smaller = map[string]bool{"MGA": true}
	// With three decimals, of which the last must be 0.
	three = map[string]bool{"BHD": true, "JOD": true, "KWD": true, "OMR": true, "TND": true}
)

// toStripe is an amount in minor units of ISO 4217 as Stripe counts it.
func toStripe(amount int64, currency string) (int64, error) {
	switch {
	case larger[currency]:
		return amount * 100, nil
	case smaller[currency] && amount%100 != 0:
		return 0, &payment.Refusal{Reason: fmt.Sprintf("Stripe takes %s in whole units only", currency)}
	case smaller[currency]:
		return amount / 100, nil
	case three[currency] && amount%10 != 0:
		return 0, &payment.Refusal{Reason: fmt.Sprintf("Stripe takes %s with two decimals: the third must be 0", currency)}
	}
	return amount, nil
}

// fromStripe is the way back.
func fromStripe(amount int64, currency string) int64 {
	switch {
	case larger[currency]:
		return amount / 100
	case smaller[currency]:
		return amount * 100
	}
	return amount
}
