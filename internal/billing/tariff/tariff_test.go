package tariff_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/fault"
)

const whole = `{
	"currency": "EUR", "tax_included": "YES",
	"elements": [
		{"price_components": [{"type": "ENERGY", "price": 0.490001, "vat": 19.6, "step_size": 100}, {"type": "FLAT", "price": 1.25, "step_size": 0}],
		 "restrictions": {"start_time": "22:00", "end_time": "06:00", "start_date": "2030-01-01", "end_date": "2031-01-01", "min_kwh": 1.5, "max_kwh": 40,
			"min_current": 6, "max_current": 96, "min_power": 3.7, "max_power": 22, "min_duration": 60, "max_duration": 7200, "day_of_week": ["MONDAY", "SUNDAY"]}},
		{"price_components": [{"type": "TIME", "price": 2, "step_size": 60}], "restrictions": {"reservation": "RESERVATION_EXPIRES"}}
	],
	"min_price": {"before_taxes": 1, "after_taxes": 1.2}, "max_price": {"after_taxes": 80.5},
	"idle_grace_s": 600, "idle_cap": {"before_taxes": 20},
	"tariff_alt_text": [{"language": "en", "text": "Nights are cheaper"}],
	"start_date_time": "2030-01-01T00:00:00Z", "end_date_time": "2031-01-01T00:00:00Z"
}`

func TestJSONBothWays(t *testing.T) {
	t.Parallel()
	read, err := tariff.Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal([]byte(whole), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was written is not what was read (-want +got):\n%s", diff)
	}
	again, err := tariff.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, again) {
		t.Errorf("read again it differs:\n%+v\n%+v", read, again)
	}
	// A snapshot inside something else is read as strictly.
	var snapshot struct{ Tariff tariff.Tariff }
	if err := json.Unmarshal([]byte(`{"Tariff":{"currency":"EUR","Price":1}}`), &snapshot); err == nil {
		t.Error("a snapshot with a member that tariffs don't have was read")
	}
}

func TestPerKWh(t *testing.T) {
	t.Parallel()
	short := tariff.PerKWh("INR", decimal.MustParse("10"))
	if err := short.Validate(); err != nil {
		t.Fatal(err)
	}
	if w := short.Warnings(); len(w) > 0 {
		t.Errorf("a price for a kWh warns of %+v", w)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	// Each spoils the whole tariff above in one place.
	for _, c := range []struct{ name, old, new, field string }{
		{"not JSON", `{
	"currency"`, `{{`, "tariff"},
		{"not an object", whole, `[]`, "tariff"},
		{"nothing", whole, ``, "tariff"},
		{"something behind it", whole, whole + `{}`, "tariff"},
		{"too large", whole, `"` + strings.Repeat(" ", 1<<18) + `"`, "tariff"},
		{"nested deep", `"price": 2`, `"price": [[[[[[[[[[1]]]]]]]]]]`, "elements[1].price_components[0].price[0][0][0][0]"},
		{"unknown member", `"idle_grace_s"`, `"idle_grace"`, "idle_grace"},
		{"unknown member within", `"max_kwh"`, `"max_mwh"`, "elements[0].restrictions.max_mwh"},
		{"member of another place", `"step_size": 60}`, `"currency": "EUR"}`, "currency"},
		{"capitals", `"price": 2`, `"Price": 2`, "elements[1].price_components[0].Price"},
		{"price twice", `"price": 2`, `"price": 2, "price": 3`, "elements[1].price_components[0].price"},
		{"price missing", `"price": 2, `, ``, "elements[1].price_components[0].price"},
		{"price null", `"price": 2`, `"price": null`, "elements[1].price_components[0].price"},
		{"price as text", `"price": 2`, `"price": "2"`, "elements.price_components.price"},
		{"price with exponent", `"price": 2`, `"price": 2e3`, "elements[1].price_components[0].price"},
		{"more digits than can be held", `"price": 2`, `"price": 0.12345678901234567891`, "elements[1].price_components[0].price"},
		{"wrong type", `"idle_grace_s": 600`, `"idle_grace_s": "ten minutes"`, "idle_grace_s"},
		{"fraction of a second", `"idle_grace_s": 600`, `"idle_grace_s": 0.5`, "idle_grace_s"},

		{"currency", `"EUR"`, `"EURO"`, "currency"},
		{"tax", `"YES"`, `"MAYBE"`, "tax_included"},
		{"tax where none applies", `"YES"`, `"N/A"`, "elements[0].price_components[0].vat"},
		{"dimension", `"type": "FLAT"`, `"type": "START"`, "elements[0].price_components[1].type"},
		{"dimension twice", `"type": "FLAT"`, `"type": "ENERGY"`, "elements[0].price_components[1].type"},
		{"energy of a reservation", `"type": "TIME"`, `"type": "ENERGY"`, "elements[1].price_components[0].type"},
		{"negative price", `"price": 2`, `"price": -2`, "elements[1].price_components[0].price"},
		{"price too fine for its currency", `0.490001`, `0.4900001`, "elements[0].price_components[0].price"},
		{"fee too fine for its currency", `1.25`, `1.255`, "elements[0].price_components[1].price"},
		{"price too high", `"price": 2`, `"price": 1000000001`, "elements[1].price_components[0].price"},
		{"tax too high", `19.6`, `119.6`, "elements[0].price_components[0].vat"},
		{"tax too fine", `19.6`, `19.60001`, "elements[0].price_components[0].vat"},
		{"step", `"step_size": 60`, `"step_size": -1`, "elements[1].price_components[0].step_size"},
		{"time of day", `"22:00"`, `"24:00"`, "elements[0].restrictions.start_time"},
		{"time of day without zero", `"06:00"`, `"6:00"`, "elements[0].restrictions.end_time"},
		{"no time between", `"06:00"`, `"22:00"`, "elements[0].restrictions.end_time"},
		{"date", `"2031-01-01"`, `"2031-02-30"`, "elements[0].restrictions.end_date"},
		{"day", `"SUNDAY"`, `"SUN"`, "elements[0].restrictions.day_of_week"},
		{"day twice", `"SUNDAY"`, `"MONDAY"`, "elements[0].restrictions.day_of_week"},
		{"negative energy", `1.5`, `-1.5`, "elements[0].restrictions.min_kwh"},
		{"power", `3.7`, `3.70001`, "elements[0].restrictions.min_power"},
		{"current", `96`, `960000`, "elements[0].restrictions.max_current"},
		{"duration", `7200`, `-1`, "elements[0].restrictions.max_duration"},
		{"reservation", `"RESERVATION_EXPIRES"`, `"MAYBE"`, "elements[1].restrictions.reservation"},
		{"power of a reservation", `"reservation"`, `"min_power": 1, "reservation"`, "elements[1].restrictions.reservation"},
		{"no limit", `{"after_taxes": 80.5}`, `{}`, "max_price"},
		{"limit too fine", `80.5`, `80.555`, "max_price.after_taxes"},
		{"negative limit", `"before_taxes": 20`, `"before_taxes": -20`, "idle_cap.before_taxes"},
		{"after less than before", `1.2}`, `0.9}`, "min_price.after_taxes"},
		{"most below least", `80.5`, `1.1`, "max_price"},
		{"grace", `600`, `-600`, "idle_grace_s"},
		{"language", `"en"`, `"English!"`, "tariff_alt_text[0].language"},
		{"empty text", `"Nights are cheaper"`, `""`, "tariff_alt_text[0].text"},
		{"ends before it begins", `"2031-01-01T00:00:00Z"`, `"2030-01-01T00:00:00Z"`, "end_date_time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if strings.Count(whole, c.old) == 0 {
				t.Fatalf("the tariff has no %s", c.old)
			}
			_, err := tariff.Parse([]byte(strings.Replace(whole, c.old, c.new, 1)))
			f := fault.Of(err)
			if f == nil || f.Code != fault.Invalid {
				t.Fatalf("got %v, want a fault", err)
			}
			if f.Field != c.field {
				t.Errorf("the fault is in %q, want %q: %s", f.Field, c.field, f.Message)
			}
			if !strings.HasSuffix(f.Message, ".") {
				t.Errorf("this is no sentence: %s", f.Message)
			}
		})
	}
}

func TestDecimalsOfCurrencies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		currency, unit, flat string
		ok                   bool
	}{
		{"JPY", "35.1234", "100", true}, {"JPY", "35.12345", "100", false}, {"JPY", "35", "100.5", false},
		{"KWD", "0.1234567", "1.234", true}, {"KWD", "0.12345678", "1.234", false}, {"KWD", "0.1", "1.2345", false},
		{"INR", "10.000000000", "10.000", true},
	} {
		read := tariff.PerKWh(c.currency, decimal.MustParse(c.unit))
		read.Elements[0].Components = append(read.Elements[0].Components, tariff.Component{Dimension: tariff.Flat, Price: tariff.MustNumber(c.flat)})
		if err := read.Validate(); (err == nil) != c.ok {
			t.Errorf("%s: %s a kWh and a fee of %s give %v", c.currency, c.unit, c.flat, err)
		}
	}
}

func TestNumbersAreHeldExactlyOrRefused(t *testing.T) {
	t.Parallel()
	for s, ok := range map[string]bool{
		"0.25": true, "-3": true, "007.50": true, "1234567890.123456789": true, "0.0000000000000000001": true, "1.00000000000000000000000": true,
		"0.12345678901234567891": false, "12345678901234567890123": false, "1e3": false, "": false, ".": false, "-": false, "1.2.3": false, "٣": false,
	} {
		if n, err := tariff.ParseNumber(s); (err == nil) != ok {
			t.Errorf("%q is read as %s, %v", s, n, err)
		}
	}
}

func TestLimitsWithoutTaxes(t *testing.T) {
	t.Parallel()
	before, after := tariff.MustNumber("5"), tariff.MustNumber("6")
	free := tariff.PerKWh("EUR", decimal.One)
	free.MaxPrice = &tariff.Limit{BeforeTaxes: &before, AfterTaxes: &after}
	if f := fault.Of(free.Validate()); f == nil || f.Field != "max_price.after_taxes" {
		t.Errorf("two limits where no taxes apply give %v", f)
	}
	free.MaxPrice.AfterTaxes = &before
	if err := free.Validate(); err != nil {
		t.Errorf("one limit said twice gives %v", err)
	}
}

func TestRestrictionsInWords(t *testing.T) {
	t.Parallel()
	read, err := tariff.Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := read.Elements[0].Restrictions.String(),
		"Monday, Sunday, 22:00 to 06:00, from 2030-01-01, before 2031-01-01, 1.5 to 40 kWh, 3.7 to 22 kW, 6 to 96 A, after 1 min, up to 2 h"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	ninety, hour := int64(90), int64(5400)
	for _, c := range []struct {
		restrictions tariff.Restrictions
		want         string
	}{
		{tariff.Restrictions{}, ""},
		{tariff.Restrictions{Reservation: tariff.ReservationUsed}, "reservation"},
		{tariff.Restrictions{Reservation: tariff.ReservationExpires, MaxDurationS: &hour}, "expired reservation, first 1 h 30 min"},
		{tariff.Restrictions{MinDurationS: &ninety}, "after 90 s"},
		{tariff.Restrictions{Days: []tariff.Weekday{"FRIDAY", "MONDAY", "TUESDAY", "THURSDAY", "WEDNESDAY"}, EndTime: "18:00"}, "Monday to Friday, until 18:00"},
		{tariff.Restrictions{Days: []tariff.Weekday{"SATURDAY", "SUNDAY"}, StartDate: "2030-05-01"}, "Saturday, Sunday, from 2030-05-01 on"},
	} {
		if got := c.restrictions.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestValidAt(t *testing.T) {
	t.Parallel()
	from, to := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		from, to, at time.Time
		want         bool
	}{
		{from, to, from, true}, {from, to, to, false}, {from, to, from.Add(-1), false}, {from, to, to.Add(-1), true},
		{time.Time{}, to, from.AddDate(-20, 0, 0), true}, {from, time.Time{}, to.AddDate(20, 0, 0), true},
	} {
		if got := (&tariff.Tariff{ValidFrom: c.from, ValidTo: c.to}).ValidAt(c.at); got != c.want {
			t.Errorf("from %s to %s, at %s: %v", c.from, c.to, c.at, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"currency":"JPY","tax_included":"N/A","elements":[{"price_components":[{"type":"FLAT","price":0}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := tariff.Parse(data)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("what is wrong with a tariff is no fault: %v", err)
			}
			return
		}
		read.Warnings()
		text, err := json.Marshal(read)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tariff.Parse(text); err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, text)
		}
	})
}
