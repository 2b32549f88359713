package model

import "github.com/google/uuid"

// ShownPrice is a price with where it holds, so that an estimate can be asked for.
type ShownPrice struct {
	Free        bool
	Currency    string
	TaxIncluded string
	Components  []*ShownPriceComponent
	IdleGraceS  int
	// Texts are what the operator says of it, by language; Spoken are the languages in the operator's order.
	Texts  map[string]string
	Spoken []string

	Station             uuid.UUID
	EvseNo, ConnectorNo int
}

// Text is what the operator says of the price, in a language, or in the first that there is.
func (p *ShownPrice) Text(language *string) *string {
	if language != nil {
		if text, ok := p.Texts[*language]; ok {
			return &text
		}
	}
	if len(p.Spoken) == 0 {
		return nil
	}
	text := p.Texts[p.Spoken[0]]
	return &text
}
