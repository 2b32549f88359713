package invoice

import (
	"strings"

	"github.com/bojanz/currency"
)

// words are the fixed ones of a language.
type words struct {
	receipt, invoice, creditNote, corrects, issued, timesIn string
	seller, buyer, taxID                                    string
	session, location, station, evse, start, stop, energy   string
	item, quantity, unitPrice, tax, net, gross, total       string
	noTax, taxes, rate                                      string
	wallet, card, paid, givenBack                           string
	signed, format, publicKey, verify, notes                string
	page, of, continued                                     string
	items                                                   map[Item]string
}

var languages = map[string]*words{
	"en": {
		receipt: "Receipt", invoice: "Invoice", creditNote: "Credit note", corrects: "Takes back", issued: "Issued", timesIn: "Times in",
		seller: "Sold by", buyer: "Sold to", taxID: "Tax id",
		session: "Charging session", location: "Location", station: "Station", evse: "EVSE", start: "Start", stop: "Stop", energy: "Energy",
		item: "Item", quantity: "Quantity", unitPrice: "Price", tax: "Tax", net: "Net", gross: "Gross", total: "Total",
		noTax: "none", taxes: "Tax summary", rate: "Rate",
		wallet: "Paid from the wallet", card: "Paid by card", paid: "Paid", givenBack: "Given back",
		signed: "Signed meter data", format: "Format", publicKey: "Public key", verify: "To check", notes: "Notes",
		page: "Page", of: "of", continued: "continued",
		items: map[Item]string{
			Energy: "Energy", Charging: "Charging time", Idle: "Idle time", Fee: "Fee", Grace: "Idle time, free", IdleCap: "Limit of idle fees",
			MinPrice: "Up to the minimum price", MaxPrice: "Down to the maximum price", Reservation: "Reservation",
		},
	},
	"nl": {
		receipt: "Bon", invoice: "Factuur", creditNote: "Creditnota", corrects: "Crediteert", issued: "Datum", timesIn: "Tijden in",
		seller: "Verkoper", buyer: "Koper", taxID: "Btw-nummer",
		session: "Laadsessie", location: "Locatie", station: "Laadstation", evse: "EVSE", start: "Begin", stop: "Einde", energy: "Energie",
		item: "Post", quantity: "Aantal", unitPrice: "Prijs", tax: "Btw", net: "Netto", gross: "Bruto", total: "Totaal",
		noTax: "geen", taxes: "Btw-overzicht", rate: "Tarief",
		wallet: "Betaald uit het tegoed", card: "Betaald met kaart", paid: "Betaald", givenBack: "Teruggegeven",
		signed: "Ondertekende meterdata", format: "Formaat", publicKey: "Publieke sleutel", verify: "Ter controle", notes: "Opmerkingen",
		page: "Pagina", of: "van", continued: "vervolg",
		items: map[Item]string{
			Energy: "Energie", Charging: "Laadtijd", Idle: "Parkeertijd zonder laden", Fee: "Vast bedrag", Grace: "Parkeertijd, gratis",
			IdleCap: "Maximum voor parkeertijd", MinPrice: "Aanvulling tot minimumprijs", MaxPrice: "Korting tot maximumprijs", Reservation: "Reservering",
		},
	},
	"de": {
		receipt: "Beleg", invoice: "Rechnung", creditNote: "Gutschrift", corrects: "Storniert", issued: "Datum", timesIn: "Zeiten in",
		seller: "Verkäufer", buyer: "Käufer", taxID: "USt-IdNr.",
		session: "Ladevorgang", location: "Standort", station: "Ladestation", evse: "EVSE", start: "Beginn", stop: "Ende", energy: "Energie",
		item: "Position", quantity: "Menge", unitPrice: "Preis", tax: "Steuer", net: "Netto", gross: "Brutto", total: "Summe",
		noTax: "keine", taxes: "Steuern", rate: "Satz",
		wallet: "Aus dem Guthaben bezahlt", card: "Mit Karte bezahlt", paid: "Bezahlt", givenBack: "Erstattet",
		signed: "Signierte Messdaten", format: "Format", publicKey: "Öffentlicher Schlüssel", verify: "Zur Prüfung", notes: "Hinweise",
		page: "Seite", of: "von", continued: "Fortsetzung",
		items: map[Item]string{
			Energy: "Energie", Charging: "Ladezeit", Idle: "Standzeit ohne Laden", Fee: "Gebühr", Grace: "Standzeit, frei",
			IdleCap: "Obergrenze der Standgebühr", MinPrice: "Bis zum Mindestpreis", MaxPrice: "Bis zum Höchstpreis", Reservation: "Reservierung",
		},
	},
}

// Languages are those that PDFs are written in; any other is written in English. Hindi isn't among them: its script joins and reorders
// its characters, which the writer of PDFs can't.
func Languages() []string { return []string{"en", "nl", "de"} }

// inLanguage gives the words of a tag such as "en-IN", and the locale by whose rules amounts are written.
func inLanguage(tag string) (*words, string, currency.Locale) {
	base, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	base = strings.ToLower(base)
	if w, ok := languages[base]; ok {
		return w, base, currency.NewLocale(tag)
	}
	// The region still says how amounts are written: lakhs in India.
	locale := currency.NewLocale(tag)
	return languages["en"], "en", currency.Locale{Language: "en", Territory: locale.Territory}
}

func (w *words) title(k Kind) string {
	switch k {
	case Invoice:
		return w.invoice
	case CreditNote:
		return w.creditNote
	default:
		return w.receipt
	}
}

func (w *words) method(m Method, back bool) string {
	switch {
	case back:
		return w.givenBack
	case m == Wallet:
		return w.wallet
	case m == Card:
		return w.card
	default:
		return w.paid
	}
}

// what is the text of a line's first column.
func (w *words) what(l *Line) string {
	name, description := w.items[l.Item], clean(l.Description)
	switch {
	case name == "":
		return description
	case description == "":
		return name
	default:
		return name + ": " + description
	}
}
