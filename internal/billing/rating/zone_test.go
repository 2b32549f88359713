package rating

import (
	"testing"
	"time"
)

// Night is from 22:00 to 06:00, the day the rest.
const dayAndNight = `{"elements":[
	{"price_components":[{"type":"TIME","price":1.00}],"restrictions":{"start_time":"22:00","end_time":"06:00"}},
	{"price_components":[{"type":"TIME","price":2.00}]}]}`

func TestClock(t *testing.T) {
	t.Parallel()
	halves := `{"elements":[
		{"price_components":[{"type":"TIME","price":1.00}],"restrictions":{"start_time":"02:30"}},
		{"price_components":[{"type":"TIME","price":2.00}],"restrictions":{"end_time":"02:30"}}]}`
	saturdays := `{"elements":[
		{"price_components":[{"type":"TIME","price":1.00}],"restrictions":{"day_of_week":["SATURDAY"]}},
		{"price_components":[{"type":"TIME","price":2.00}]}]}`
	fridayNights := `{"elements":[
		{"price_components":[{"type":"TIME","price":1.00}],"restrictions":{"day_of_week":["FRIDAY"],"start_time":"22:00","end_time":"06:00"}},
		{"price_components":[{"type":"TIME","price":2.00}]}]}`
	christmas := `{"elements":[
		{"price_components":[{"type":"TIME","price":1.00}],"restrictions":{"start_date":"2030-12-24","end_date":"2030-12-27"}},
		{"price_components":[{"type":"TIME","price":2.00}]}]}`
	for _, c := range []struct {
		name, tariff, start string
		lasts               time.Duration
		billed              string
	}{
		{"across midnight inside one night", dayAndNight, "2030-01-07 23:00", 2 * hour, "TIME 7200 2.00"},
		{"the whole night", dayAndNight, "2030-01-07 21:00", 10 * hour, "TIME 7200 4.00; TIME 28800 8.00"},
		{"a minute before the night", dayAndNight, "2030-01-07 21:59", minute, "TIME 60 0.03"},
		{"the first minute of the night", dayAndNight, "2030-01-07 22:00", minute, "TIME 60 0.02"},
		// The clock goes from 02:00 to 03:00 on 2030-03-31, and from 03:00 back to 02:00 on 2030-10-27: the night has 7 and 9 hours.
		{"the night of the spring change", dayAndNight, "2030-03-30 22:00", 8 * hour, "TIME 25200 7.00; TIME 3600 2.00"},
		{"the night of the autumn change", dayAndNight, "2030-10-26 22:00", 10 * hour, "TIME 32400 9.00; TIME 3600 2.00"},
		{"02:30 doesn't come in spring", halves, "2030-03-31 01:30", hour, "TIME 1800 1.00; TIME 1800 0.50"},
		{"02:30 comes twice in autumn", halves, "2030-10-27 01:30", 3 * hour, "TIME 5400 3.00; TIME 5400 1.50"},
		{"Friday to Sunday", saturdays, "2030-01-11 23:00", 26 * hour, "TIME 7200 4.00; TIME 86400 24.00"},
		{"the Sunday of the spring change", saturdays, "2030-03-30 12:00", 35 * hour, "TIME 43200 12.00; TIME 82800 46.00"},
		// The day is that of the moment: the hours after midnight of Saturday are no Friday.
		{"Friday nights", fridayNights, "2030-01-10 23:00", 36 * hour, "TIME 100800 56.00; TIME 28800 8.00"},
		{"dates, the last exclusive", christmas, "2030-12-23 12:00", 100 * hour, "TIME 100800 56.00; TIME 259200 72.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bill := rate(t, parse(t, c.tariff), session(at(t, c.start), leg{lasts: c.lasts}))
			if got := billed(bill); got != c.billed {
				t.Errorf("billed %s, want %s\n%s", got, c.billed, show(bill))
			}
			addsUp(t, bill)
		})
	}
}

// A zone may be half an hour off, and change by half an hour.
func TestOddZones(t *testing.T) {
	t.Parallel()
	for name, billedAs := range map[string]string{"Asia/Kolkata": "TIME 7200 4.00; TIME 7200 2.00", "Australia/Lord_Howe": "TIME 7200 4.00; TIME 7200 2.00", "Asia/Kathmandu": "TIME 7200 4.00; TIME 7200 2.00"} {
		start := atIn(t, "2030-01-07 20:00", zone(t, name))
		if got := billed(rate(t, parse(t, dayAndNight), session(start, leg{lasts: 4 * hour}))); got != billedAs {
			t.Errorf("%s: billed %s, want %s", name, got, billedAs)
		}
	}
	// Lord Howe's clock goes back by half an hour, from 02:00 to 01:30, on 2030-04-07.
	start := atIn(t, "2030-04-06 22:00", zone(t, "Australia/Lord_Howe"))
	if got, want := billed(rate(t, parse(t, dayAndNight), session(start, leg{lasts: 10 * hour}))), "TIME 30600 8.50; TIME 5400 3.00"; got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
}

// The session's clock is the location's, whatever zone its times come in.
func TestTimesOfAnotherZone(t *testing.T) {
	t.Parallel()
	s := session(at(t, "2030-01-07 21:00"), leg{lasts: 2 * hour})
	want := billed(rate(t, parse(t, dayAndNight), s))
	s.Start, s.End = s.Start.UTC(), s.End.In(zone(t, "Asia/Tokyo"))
	if got := billed(rate(t, parse(t, dayAndNight), s)); got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
}
