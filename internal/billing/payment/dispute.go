package payment

import (
	"cmp"
	"slices"
)

// Dispute is a payer's objection to a payment at their bank.
type Dispute struct {
	// Ref is what the provider calls it: a payment can be disputed more than once.
	Ref string
	// Amount is what the payer objects to, and Taken what the provider has taken from the account for it: nothing while the bank only
	// asks, and nothing any more once it's won.
	Amount, Taken int64
	// Fee is what the provider keeps for its trouble, as far as it says.
	Fee     int64
	Reason  string
	Outcome Outcome
}

// Outcome is what became of a dispute.
type Outcome string

// The outcomes of a dispute.
const (
	// Asked is a question of the bank that can still become a dispute.
	Asked Outcome = "ASKED"
	// Open is undecided: the money is gone until it's won.
	Open Outcome = "OPEN"
	Lost Outcome = "LOST"
	Won  Outcome = "WON"
)

var outcomes = map[Outcome]int{Asked: 0, Open: 1, Lost: 2, Won: 3}

// joined are the disputes of both, each as far as it has come. The result shares nothing with either.
func joined(a, b []Dispute) []Dispute {
	all := slices.Clone(a)
	for _, d := range b {
		i := slices.IndexFunc(all, func(known Dispute) bool { return known.Ref == d.Ref })
		switch {
		case i < 0:
			all = append(all, d)
		case outcomes[d.Outcome] >= outcomes[all[i].Outcome]:
			d.Fee = max(d.Fee, all[i].Fee)
			all[i] = d
		}
	}
	slices.SortFunc(all, func(x, y Dispute) int { return cmp.Compare(x.Ref, y.Ref) })
	return all
}

// Taken is how much of a payment is gone because of disputes.
func (s State) Taken() int64 {
	var sum int64
	for _, d := range s.Disputes {
		sum += d.Taken
	}
	return sum
}
