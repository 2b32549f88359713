// Package invoice owns the papers of a session: what a receipt, an invoice or a credit note says, that it adds up, and how it looks as
// JSON and as PDF. It knows no database: whoever stores documents numbers them and keeps the bytes.
//
//	rating.Bill + who sells, who buys, what was charged where ─> FromBill ─> Document ─┬─> Credit: the same, taken back
//	                                                                                   ├─> JSON
//	                                                         language, such as en-IN ──┴─> PDF
//
// Both ways out check the document first: one that doesn't add up, or of which something is missing, never reaches anybody. The same
// document gives the same bytes.
//
// Texts come from strangers: a driver's name, a station's. What controls how text reads is taken out of them, and what is longer than
// a page has room for is shortened on the page alone. Signed meter data is left as it is, or its signature wouldn't hold.
package invoice

import (
	"time"

	"github.com/govalues/decimal"
)

// Kind is what a document is.
type Kind string

// A receipt says what was paid, an invoice is one for bookkeeping, and a credit note takes either back: its amounts are negative.
const (
	Receipt    Kind = "RECEIPT"
	Invoice    Kind = "INVOICE"
	CreditNote Kind = "CREDIT_NOTE"
)

// Document is everything that the paper says. Amounts are in minor units of its currency.
type Document struct {
	Kind Kind
	// Number is one of Number's; Corrects is that of the document which a credit note takes back.
	Number, Corrects string
	IssuedAt         time.Time
	// Zone is the IANA name of the location's time zone, in which every time is written.
	Zone          string
	Seller, Buyer Party
	// Session may be nil, for a reservation that expired.
	Session  *Session
	Currency string
	Lines    []Line
	// Taxes are the lines' sums per rate, in the order in which the rates first appear. Taxes and totals are set by AddUp.
	Taxes           []Tax
	Net, Tax, Gross int64
	// Paid is nil where nothing has been paid yet.
	Paid  *Payment
	Meter *SignedMeter
	// Verification is what the QR code says: signed data or an address at which it can be checked. Empty for none.
	Verification string
	Notes        []string
}

// Party is who sells or buys.
type Party struct {
	Name         string
	AddressLines []string
	TaxID, Email string
}

// Session is what was charged, where and when.
type Session struct {
	ID                      string
	Location, Station, EVSE string
	Start, Stop             time.Time
	EnergyWh                decimal.Decimal
}

// Item is what a line is for, in a word that every language has.
type Item string

// The items. Other is told by its line's description alone.
const (
	Energy      Item = "ENERGY"
	Charging    Item = "CHARGING_TIME"
	Idle        Item = "IDLE_TIME"
	Fee         Item = "FEE"
	Grace       Item = "IDLE_GRACE"
	IdleCap     Item = "IDLE_CAP"
	MinPrice    Item = "MIN_PRICE"
	MaxPrice    Item = "MAX_PRICE"
	Reservation Item = "RESERVATION"
	Other       Item = "OTHER"
)

// Unit is what a quantity counts. Times are counted in seconds and priced by the hour.
type Unit string

// The units; a fee has none.
const (
	KWh    Unit = "kWh"
	Second Unit = "s"
	Each   Unit = ""
)

// Line is one row. Net + tax = gross.
type Line struct {
	Item        Item
	Description string
	Quantity    decimal.Decimal
	Unit        Unit
	// UnitPrice is in major units, for a kWh, an hour or once.
	UnitPrice decimal.Decimal
	// TaxPercent is nil where no tax applies. An adjustment over several rates is a line for each of them.
	TaxPercent      *decimal.Decimal
	Net, Tax, Gross int64
}

// Tax is what the lines of one rate come to.
type Tax struct {
	Percent         *decimal.Decimal
	Net, Tax, Gross int64
}

// Method is how somebody paid.
type Method string

// The methods.
const (
	Wallet Method = "WALLET"
	Card   Method = "CARD"
)

// Payment is how the document was paid.
type Payment struct {
	Method    Method
	Reference string
	At        time.Time
}

// SignedMeter is what the meter signed, as the station gave it.
type SignedMeter struct {
	Format, Text, PublicKey string
}
