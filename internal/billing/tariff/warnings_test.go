package tariff_test

import (
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

func element(components, restrictions string) string {
	return `{"price_components":[` + components + `],"restrictions":{` + restrictions + `}}`
}

const (
	energy = `{"type":"ENERGY","price":0.5}`
	hourly = `{"type":"TIME","price":2}`
	idle   = `{"type":"PARKING_TIME","price":2}`
	fee    = `{"type":"FLAT","price":1}`
)

func TestWarnings(t *testing.T) {
	t.Parallel()
	const night, day = `"start_time":"22:00","end_time":"06:00"`, `"start_time":"06:00","end_time":"22:00"`
	const weekdays, weekend = `"day_of_week":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"]`, `"day_of_week":["SATURDAY","SUNDAY"]`
	for _, c := range []struct {
		name     string
		elements []string
		// Each is a code, a field, and what its message has to name, with "|" between.
		want []string
	}{
		{"nothing", []string{element(energy, ``)}, nil},
		{"day and night", []string{element(energy, day), element(energy, night)}, nil},
		{"only a fee", []string{element(fee, ``)}, nil},
		{"only idle", []string{element(idle, night)}, nil},
		{"night alone", []string{element(energy, night)}, []string{"HOURS_UNPRICED|elements|every day 06:00 to 22:00"}},
		{"no Monday night", []string{element(energy, day), element(energy, night+`,"day_of_week":["WEDNESDAY","THURSDAY","FRIDAY","SATURDAY","SUNDAY"]`)},
			[]string{"HOURS_UNPRICED|elements|Monday 00:00 to Monday 06:00, Monday 22:00 to Tuesday 06:00 and Tuesday 22:00 to Wednesday 00:00"}},
		{"over the end of the week", []string{element(hourly, weekdays+`,"start_time":"08:00"`), element(energy, `"day_of_week":["TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"]`)},
			[]string{"HOURS_UNPRICED|elements|Saturday 00:00 to Monday 08:00"}},
		{"energy by day, time by night", []string{element(energy, day), element(hourly, night)}, nil},
		{"a few dates price no week", []string{element(energy, `"start_date":"2030-12-24"`)}, []string{"HOURS_UNPRICED|elements|the whole week"}},
		{"a reservation prices no hours", []string{element(energy, day), element(hourly, `"reservation":"RESERVATION"`)}, []string{"HOURS_UNPRICED|elements|every day 22:00 to 06:00"}},

		{"hidden", []string{element(energy, ``), element(energy, `"min_kwh":10`)}, []string{"HIDDEN_BY_EARLIER|elements[1].price_components[0]|ENERGY of element 1"}},
		{"hidden by two together", []string{element(energy, day), element(energy, night), element(energy+`,`+fee, weekdays)},
			[]string{"HIDDEN_BY_EARLIER|elements[2].price_components[0]|element 1 and 2"}},
		{"hidden by what is wider", []string{element(energy, `"min_power":5,"max_kwh":50`), element(energy, `"min_power":10,"max_kwh":20`), element(energy, ``)},
			[]string{"HIDDEN_BY_EARLIER|elements[1].price_components[0]|element 1"}},
		{"not hidden by what is narrower", []string{element(energy, `"min_power":10`), element(energy, `"min_power":5`), element(energy, ``)}, nil},
		{"not hidden by another dimension", []string{element(hourly, ``), element(energy, ``)}, nil},
		{"not hidden by a reservation", []string{element(hourly, `"reservation":"RESERVATION"`), element(hourly, ``)}, nil},
		{"dates hide nothing else", []string{element(energy, `"start_date":"2030-01-01"`), element(energy, ``)}, nil},
		{"weekend hides no weekday", []string{element(energy, weekend), element(energy, ``)}, nil},

		{"energy", []string{element(energy, `"min_kwh":20,"max_kwh":20`), element(energy, ``)}, []string{"NEVER_APPLIES|elements[0]|energy"}},
		{"power", []string{element(energy, `"max_power":0`), element(energy, ``)}, []string{"NEVER_APPLIES|elements[0]|power"}},
		{"current", []string{element(energy, `"min_current":32,"max_current":16`), element(energy, ``)}, []string{"NEVER_APPLIES|elements[0]|current"}},
		{"duration", []string{element(energy, `"min_duration":7200,"max_duration":3600`), element(energy, ``)}, []string{"NEVER_APPLIES|elements[0]|2 h"}},
		{"dates", []string{element(energy, `"start_date":"2030-02-01","end_date":"2030-01-01"`), element(energy, ``)}, []string{"NEVER_APPLIES|elements[0]|2030-01-01"}},
		// 2030-01-07 is a Monday.
		{"days between dates", []string{element(energy, `"start_date":"2030-01-07","end_date":"2030-01-12",`+weekend), element(energy, ``)}, []string{"NEVER_APPLIES|elements[0]|days of the week"}},
		{"one of the days between dates", []string{element(energy, `"start_date":"2030-01-07","end_date":"2030-01-13",`+weekend), element(energy, ``)}, nil},
		{"standing with power", []string{element(energy, ``), element(idle, `"min_power":1`)}, []string{"NEVER_APPLIES|elements[1].price_components[0]|PARKING_TIME"}},
		{"what never applies prices no hours", []string{element(energy, `"max_kwh":0`)}, []string{"NEVER_APPLIES|elements[0]|energy", "HOURS_UNPRICED|elements|the whole week"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			read, err := tariff.Parse([]byte(`{"currency":"EUR","tax_included":"NO","elements":[` + strings.Join(c.elements, ",") + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			got := read.Warnings()
			if len(got) != len(c.want) {
				t.Fatalf("got %+v, want %v", got, c.want)
			}
			for i, w := range got {
				parts := strings.Split(c.want[i], "|")
				if string(w.Code) != parts[0] || w.Field != parts[1] || !strings.Contains(w.Message, parts[2]) {
					t.Errorf("got %+v, want %v", w, c.want[i])
				}
			}
		})
	}
}

func TestWarningsOfDatesOutsideTheTariff(t *testing.T) {
	t.Parallel()
	for restriction, named := range map[string]string{`"end_date":"2029-12-01"`: "before the tariff begins", `"start_date":"2033-01-01"`: "after the tariff ends"} {
		read, err := tariff.Parse([]byte(`{"currency":"EUR","tax_included":"NO","start_date_time":"2030-01-01T00:00:00Z","end_date_time":"2031-01-01T00:00:00Z","elements":[` +
			element(energy, restriction) + `,` + element(energy, ``) + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := read.Warnings(); len(got) != 1 || !strings.Contains(got[0].Message, named) {
			t.Errorf("%s: got %+v", restriction, got)
		}
	}
}
