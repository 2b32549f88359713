package invoice

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"
)

// clean takes out of a text what controls how it reads: control characters, line ends, and marks that reverse what follows. The two
// joiners stay, which some scripts need.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u200c' || r == '\u200d':
			return r
		case unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

func shorten(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

// moment writes a time with its offset, so that the hour that a clock goes through twice is told apart.
func moment(at time.Time, zone *time.Location) string {
	return at.In(zone).Format("2006-01-02 15:04:05 -07:00")
}

// clock writes seconds as hours, minutes and seconds.
func clock(seconds decimal.Decimal) string {
	sign := ""
	if seconds.IsNeg() {
		sign, seconds = "-", seconds.Neg()
	}
	whole, fraction, ok := seconds.Trunc(6).Int64(6)
	if !ok {
		return sign + seconds.String() + " s"
	}
	text := strconv.FormatInt(whole/3600, 10) + ":" + two(whole/60%60) + ":" + two(whole%60)
	if fraction != 0 {
		text += "." + strings.TrimRight(strconv.FormatInt(1_000_000+fraction, 10)[1:], "0")
	}
	return sign + text
}

func two(n int64) string { return strconv.FormatInt(100+n, 10)[1:] }

// figures writes numbers as a locale does.
type figures struct {
	currency      string
	digits        int
	symbol, plain *currency.Formatter
}

func newFigures(code string, digits int, locale currency.Locale) *figures {
	f := &figures{currency: code, digits: digits, symbol: currency.NewFormatter(locale), plain: currency.NewFormatter(locale)}
	f.plain.CurrencyDisplay = currency.DisplayNone
	if symbol, _ := currency.GetSymbol(code, locale); !typeface.covers(symbol) {
		f.symbol.CurrencyDisplay = currency.DisplayCode
	}
	return f
}

// major is an amount in major units, as a plain decimal.
func major(minor int64, digits int) string { return decimal.MustNew(minor, digits).String() }

// money is an amount with its currency.
func (f *figures) money(minor int64) string { return f.write(f.symbol, major(minor, f.digits)) }

// amount is one without it.
func (f *figures) amount(minor int64) string { return f.write(f.plain, major(minor, f.digits)) }

// price is a unit price, with as many digits as it has and at least those of the currency.
func (f *figures) price(p decimal.Decimal) string { return f.exactly(p, f.digits) }

// number is one that is no money.
func (f *figures) number(d decimal.Decimal) string { return f.exactly(d, 0) }

// exactly rounds nothing away: left to itself the formatter keeps six digits.
func (f *figures) exactly(d decimal.Decimal, least int) string {
	d = d.Trim(least)
	formatter := *f.plain
	formatter.MinDigits, formatter.MaxDigits = uint8(least), uint8(max(least, d.Scale()))
	return f.write(&formatter, d.String())
}

func (f *figures) write(with *currency.Formatter, number string) string {
	amount, err := currency.NewAmount(number, f.currency)
	if err != nil {
		return number + " " + f.currency // a currency that was checked before isn't refused
	}
	return with.Format(amount)
}
