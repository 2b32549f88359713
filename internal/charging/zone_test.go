package charging

import (
	"testing"
	"time"
)

// The hour that comes twice when summer time ends is the one nearer to the receipt.
func TestInStationsZone(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var l Link
	utc := func(text string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if at := utc("2026-07-01 12:00"); !l.InStationsZone(at, at).Equal(at) {
		t.Error("a time of a station whose zone isn't known was moved")
	}
	l.manners.Store(&manners{zone: berlin})
	for _, c := range []struct{ said, received, want string }{
		{"2026-07-01 12:00", "2026-07-01 10:00", "2026-07-01 10:00"},
		{"2026-01-01 12:00", "2026-07-01 10:00", "2026-01-01 11:00"},
		{"2026-10-25 02:30", "2026-10-25 00:31", "2026-10-25 00:30"},
		{"2026-10-25 02:30", "2026-10-25 01:31", "2026-10-25 01:30"},
		{"2026-10-25 01:59", "2026-10-25 05:00", "2026-10-24 23:59"},
		{"2026-10-25 03:00", "2026-10-25 00:00", "2026-10-25 02:00"},
	} {
		if got := l.InStationsZone(utc(c.said), utc(c.received)); !got.Equal(utc(c.want)) {
			t.Errorf("%s, received at %s, is %s, want %s", c.said, c.received, got, c.want)
		}
	}
	if !l.InStationsZone(time.Time{}, utc("2026-07-01 12:00")).IsZero() {
		t.Error("no time became one")
	}
}
