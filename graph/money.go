package graph

import (
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/billing/money"
	"github.com/busbar-ev/busbar/internal/fault"
)

// amountOf shows minor units as money.
func amountOf(minor int64, currency string) *model.Money {
	return &model.Money{Amount: money.Format(minor, currency), Currency: currency}
}

// minorOf reads money in the currency that it has to be in.
func minorOf(field string, in *model.MoneyInput, currency string) (int64, error) {
	if in.Currency != currency {
		return 0, fault.In(field+".currency", "The amount has to be in %s.", currency)
	}
	return money.Parse(field, in.Amount, in.Currency)
}
