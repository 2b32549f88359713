package rating

import (
	"testing"
	"time"
)

// The worked examples of OCPI 2.2.1, module tariffs, by their names. Where the text contradicts itself a comment says which rule is
// tested.

const (
	perKWh25    = `{"type":"ENERGY","price":0.25,"vat":10,"step_size":1}`
	startFee50  = `{"type":"FLAT","price":0.50,"vat":20,"step_size":1}`
	sessionOf20 = `{"price_components":[` + startFee50 + `,` + perKWh25 + `]}`
)

var monday = "2030-01-07 09:30" // a Monday

func TestOCPIPerKWh(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[{"price_components":[`+perKWh25+`]}]}`)
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "20000"})), "5.00", "5.50")
}

func TestOCPIPerKWhAndStartFee(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[`+sessionOf20+`]}`)
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "20000"})), "5.50", "6.10")
}

func TestOCPIMinimumPrice(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"min_price":{"before_taxes":0.50,"after_taxes":0.55},"elements":[{"price_components":[`+perKWh25+`]}]}`)
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "20000"})), "5.00", "5.50")
	small := rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "1000"}))
	costs(t, small, "0.50", "0.55")
	if got := small.Lines[len(small.Lines)-1].Kind; got != MinPrice {
		t.Errorf("the last line is %s, want the one that adjusts to the minimum", got)
	}
}

func TestOCPIParkingAndStartFee(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[{"price_components":[`+startFee50+`,`+perKWh25+`,{"type":"PARKING_TIME","price":2.00,"vat":20,"step_size":900}]}]}`)
	bill := rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "20000"}, leg{lasts: 40 * minute, stands: true}))
	costs(t, bill, "7.00", "7.90")
	if got, want := billed(bill), "FLAT 1 0.50; ENERGY 20000 5.00; PARKING_TIME 2700 1.50"; got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
}

func TestOCPIMaximumPriceAndEnd(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"max_price":{"before_taxes":10,"after_taxes":11},"end_date_time":"2019-06-30T23:59:59Z","elements":[`+sessionOf20+`]}`)
	costs(t, rate(t, tar, session(at(t, "2019-05-01 10:00"), leg{lasts: hour, wh: "50000"})), "10.00", "11.00")
	costs(t, rate(t, tar, session(at(t, "2019-05-01 10:00"), leg{lasts: hour, wh: "30000"})), "8.00", "8.85")
	if !tar.ValidAt(at(t, "2019-05-01 10:00")) || tar.ValidAt(at(t, "2019-07-02 10:00")) {
		t.Error("the tariff is valid up to its end, and no longer")
	}
}

func TestOCPIPerHour(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[{"price_components":[{"type":"TIME","price":2.00,"vat":10,"step_size":60}]}]}`)
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: 150 * minute, wh: "9000"})), "5.00", "5.50")
	// Standing has no price, and isn't charged.
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: 150 * minute, wh: "9000"}, leg{lasts: hour, stands: true})), "5.00", "5.50")
}

func TestOCPIPerHourAndParking(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[{"price_components":[{"type":"TIME","price":3.00,"vat":10,"step_size":60},{"type":"PARKING_TIME","price":5.00,"vat":20,"step_size":300}]}]}`)
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: 150 * minute}, leg{lasts: 42 * minute, stands: true})), "11.25", "12.75")
}

func TestOCPIAlternativeTexts(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[{"price_components":[{"type":"TIME","price":1.90,"vat":5.2,"step_size":300}]}],
		"tariff_alt_text":[{"language":"en","text":"Charging by the hour"},{"language":"nl","text":"Laden per uur"}]}`)
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: 150 * minute})), "4.75", "5.00")
}

// 20.5 kWh at 0.25 make 5.125, where the text says 5.50; the price that it bills instead, 0.22, comes out as it says.
func TestOCPIAlternativeURL(t *testing.T) {
	t.Parallel()
	with := func(price string) Bill {
		tar := parse(t, `{"elements":[{"price_components":[{"type":"ENERGY","price":`+price+`,"vat":10,"step_size":100}]}]}`)
		return rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "20450"}))
	}
	costs(t, with("0.25"), "5.12", "5.64")
	costs(t, with("0.22"), "4.51", "4.96")
}

const complexTariff = `{"elements":[
	{"price_components":[{"type":"FLAT","price":2.50,"vat":15,"step_size":1}]},
	{"price_components":[{"type":"TIME","price":1.00,"vat":20,"step_size":900}],"restrictions":{"max_current":32}},
	{"price_components":[{"type":"TIME","price":2.00,"vat":20,"step_size":600}],"restrictions":{"min_current":32,"day_of_week":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"]}},
	{"price_components":[{"type":"TIME","price":1.25,"vat":20,"step_size":600}],"restrictions":{"min_current":32,"day_of_week":["SATURDAY","SUNDAY"]}},
	{"price_components":[{"type":"PARKING_TIME","price":5.00,"vat":10,"step_size":300}],"restrictions":{"start_time":"09:00","end_time":"18:00","day_of_week":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"]}},
	{"price_components":[{"type":"PARKING_TIME","price":6.00,"vat":10,"step_size":300}],"restrictions":{"start_time":"10:00","end_time":"17:00","day_of_week":["SATURDAY"]}}]}`

func TestOCPIComplex(t *testing.T) {
	t.Parallel()
	tar := parse(t, complexTariff)
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: 147 * minute, currentA: "16"}, leg{lasts: 42 * minute, stands: true})), "8.75", "10.00")
	saturday := "2030-01-12 13:30"
	costs(t, rate(t, tar, session(at(t, saturday), leg{lasts: 114 * minute, currentA: "43"}, leg{lasts: 71 * minute, stands: true})), "12.50", "14.13")
}

func TestOCPIFreeOfCharge(t *testing.T) {
	t.Parallel()
	bill := rate(t, parse(t, `{"elements":[{"price_components":[{"type":"FLAT","price":0.00,"step_size":0}]}]}`), session(at(t, monday), leg{lasts: hour, wh: "20000"}))
	costs(t, bill, "0.00", "0.00")
	if len(bill.Lines) != 1 {
		t.Errorf("a free session shows why it is free, in one line:\n%s", show(bill))
	}
}

// The costs come out only if the 20 kWh took no time: the hours of the restrictions are those of the session.
func TestOCPIFirstHourAndKWhFree(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[
		{"price_components":[{"type":"PARKING_TIME","price":0.0,"step_size":60}],"restrictions":{"min_duration":0,"max_duration":3600}},
		{"price_components":[{"type":"PARKING_TIME","price":2.0,"step_size":60}],"restrictions":{"min_duration":3600,"max_duration":10800}},
		{"price_components":[{"type":"PARKING_TIME","price":3.0,"step_size":60}],"restrictions":{"min_duration":10800}},
		{"price_components":[{"type":"ENERGY","price":0.0,"step_size":1}],"restrictions":{"max_kwh":1.0}},
		{"price_components":[{"type":"ENERGY","price":0.2,"step_size":1}],"restrictions":{"min_kwh":1.0}}]}`)
	bill := rate(t, tar, session(at(t, monday), leg{wh: "20000"}, leg{lasts: 165 * minute, stands: true}))
	costs(t, bill, "7.30", "")
	// A session that charges for an hour first: from then on 2 hours at 2.00, and 45 minutes at 3.00.
	bill = rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "20000"}, leg{lasts: 165 * minute, stands: true}))
	costs(t, bill, "10.05", "")
}

func TestOCPIReservation(t *testing.T) {
	t.Parallel()
	start := at(t, monday)
	for _, c := range []struct {
		name, reservation string
		before            time.Duration
		net, gross        string
	}{
		{"per hour", `{"price_components":[{"type":"TIME","price":5.00,"vat":20,"step_size":60}],"restrictions":{"reservation":"RESERVATION"}}`,
			15 * minute, "6.75", "7.60"},
		{"fee and per hour", `{"price_components":[{"type":"FLAT","price":2.00,"vat":20,"step_size":1},{"type":"TIME","price":5.00,"vat":20,"step_size":300}],"restrictions":{"reservation":"RESERVATION"}}`,
			13 * minute, "8.75", "10.00"},
		{"expiry fee", reservationWithExpiryFee, 22 * minute, "6.50", "7.30"},
		{"expiry time", reservationWithExpiryTime, 22 * minute, "7.00", "7.90"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tar := parse(t, `{"elements":[`+c.reservation+`,`+sessionOf20+`]}`)
			s := session(start, leg{lasts: hour, wh: "20000"})
			s.Reservation = &Reserved{From: start.Add(-c.before), To: start}
			costs(t, rate(t, tar, s), c.net, c.gross)
		})
	}
}

const (
	reservationWithExpiryFee = `{"price_components":[{"type":"FLAT","price":4.00,"vat":20,"step_size":1}],"restrictions":{"reservation":"RESERVATION_EXPIRES"}},
		{"price_components":[{"type":"TIME","price":2.00,"vat":20,"step_size":600}],"restrictions":{"reservation":"RESERVATION"}}`
	reservationWithExpiryTime = `{"price_components":[{"type":"TIME","price":6.00,"vat":20,"step_size":600}],"restrictions":{"reservation":"RESERVATION_EXPIRES"}},
		{"price_components":[{"type":"TIME","price":3.00,"vat":20,"step_size":600}],"restrictions":{"reservation":"RESERVATION"}}`
)

func TestOCPIReservationExpired(t *testing.T) {
	t.Parallel()
	from := at(t, monday)
	expired := func(elements string, lasts time.Duration) Bill {
		return rate(t, parse(t, `{"min_price":{"before_taxes":50},"elements":[`+elements+`,`+sessionOf20+`]}`),
			Session{Zone: from.Location(), Reservation: &Reserved{From: from, To: from.Add(lasts), Expired: true}})
	}
	costs(t, expired(reservationWithExpiryFee, hour), "6.00", "7.20")
	costs(t, expired(reservationWithExpiryTime, 90*minute), "9.00", "10.80")
}

const stepSizes = `{"elements":[
	{"price_components":[{"type":"TIME","price":1.20,"step_size":1800},{"type":"PARKING_TIME","price":1.00,"step_size":900}],"restrictions":{"start_time":"00:00","end_time":"17:00"}},
	{"price_components":[{"type":"TIME","price":2.40,"step_size":900},{"type":"PARKING_TIME","price":1.00,"step_size":900}],"restrictions":{"start_time":"17:00","end_time":"20:00"}},
	{"price_components":[{"type":"TIME","price":2.40,"step_size":900}],"restrictions":{"start_time":"20:00","end_time":"00:00"}}]}`

func TestOCPIStepSizeOverElements(t *testing.T) {
	t.Parallel()
	tar := parse(t, stepSizes)
	for _, c := range []struct {
		name, start     string
		charges, stands time.Duration
		billed, net     string
	}{
		{name: "example 1", start: "16:55", charges: 10 * minute, stands: 2 * minute,
			billed: "TIME 300 0.10; TIME 600 0.40; PARKING_TIME 900 0.25", net: "0.75"},
		// The text adds 45 minutes of parking to a session that it says has none.
		{name: "example 2", start: "16:35", charges: 35 * minute,
			billed: "TIME 1500 0.50; TIME 1200 0.80", net: "1.30"},
		// The text bills parking before 20:00 to a vehicle that charges until 20:05; after 20:00 parking is free.
		{name: "free of charge", start: "19:55", charges: 10 * minute, stands: 2 * minute,
			billed: "TIME 300 0.20; TIME 600 0.40", net: "0.60"},
		// What that example means: parking that began before 20:00 is rounded up there.
		{name: "free of charge while standing", start: "19:40", charges: 12 * minute, stands: 20 * minute,
			billed: "TIME 900 0.60; PARKING_TIME 900 0.25", net: "0.85"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			legs := []leg{{lasts: c.charges}}
			if c.stands > 0 {
				legs = append(legs, leg{lasts: c.stands, stands: true})
			}
			bill := rate(t, tar, session(at(t, "2030-01-07 "+c.start), legs...))
			if got := billed(bill); got != c.billed {
				t.Errorf("billed %s, want %s", got, c.billed)
			}
			costs(t, bill, c.net, "")
		})
	}
}

// 115.2 Wh cost 0.029 and with larger steps 0.031 and 0.125 at 0.25 a kWh; here with a currency of three decimals, as far as it shows.
func TestOCPIStepSizes(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]string{"1": "0.029", "25": "0.031", "500": "0.125"} {
		tar := parse(t, `{"currency":"KWD","elements":[{"price_components":[{"type":"ENERGY","price":0.25,"step_size":`+step+`}]}]}`)
		costs(t, rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "115.2"})), want, want)
	}
}

func TestOCPIMaximumPower(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[
		{"price_components":[{"type":"ENERGY","price":0.20,"vat":20,"step_size":1}],"restrictions":{"max_power":16}},
		{"price_components":[{"type":"ENERGY","price":0.35,"vat":20,"step_size":1}],"restrictions":{"max_power":32}},
		{"price_components":[{"type":"ENERGY","price":0.50,"vat":20,"step_size":1}]}]}`)
	bill := rate(t, tar, session(at(t, monday), leg{lasts: 10 * minute, wh: "1000", powerW: "6000"},
		leg{lasts: 50 * minute, wh: "40000", powerW: "48000"}, leg{lasts: 450 * time.Second, wh: "500", powerW: "4000"}))
	costs(t, bill, "20.30", "24.36")
	// What flows at 6 and at 4 kW is one line: it is rounded once.
	if got, want := billed(bill), "ENERGY 1500 0.30; ENERGY 40000 20.00"; got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
	// Exactly 16 kW are no longer less than 16.
	costs(t, rate(t, tar, session(at(t, monday), leg{lasts: hour, wh: "16000", powerW: "16000"})), "5.60", "6.72")
}

func TestOCPIMaximumDuration(t *testing.T) {
	t.Parallel()
	tar := parse(t, `{"elements":[
		{"price_components":[{"type":"ENERGY","price":0.00,"vat":20,"step_size":1}],"restrictions":{"max_duration":1800}},
		{"price_components":[{"type":"ENERGY","price":0.25,"vat":20,"step_size":1}],"restrictions":{"max_duration":3600}},
		{"price_components":[{"type":"ENERGY","price":0.40,"vat":20,"step_size":1}]}]}`)
	bill := rate(t, tar, session(at(t, monday), leg{lasts: 30 * minute, wh: "5000"}, leg{lasts: 10 * minute, wh: "1200"}))
	if got, want := billed(bill), "ENERGY 5000 0.00; ENERGY 1200 0.30"; got != want {
		t.Errorf("billed %s, want %s", got, want)
	}
	costs(t, bill, "0.30", "0.36")
}

// OCPI 2.3.0: prices of North America, with tax included and not, and no percentage of it.
func TestOCPIWithoutPercentage(t *testing.T) {
	t.Parallel()
	for included, price := range map[string]string{"YES": "2.10", "NO": "2.00"} {
		tar := parse(t, `{"currency":"CAD","tax_included":"`+included+`","elements":[{"price_components":[{"type":"TIME","price":`+price+`,"step_size":1}]}]}`)
		costs(t, rate(t, tar, session(at(t, monday), leg{lasts: hour})), price, price)
	}
}
