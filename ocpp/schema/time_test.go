package schema_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sent     string
		want     string // "" is unreadable
		zoneless bool
	}{
		{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", false},
		{"2026-01-02t03:04:05.123456z", "2026-01-02T03:04:05.123456Z", false},
		{"2026-01-02T03:04:05.678+01:30", "2026-01-02T01:34:05.678Z", false},
		{"2025-12-31T23:59:60Z", "2026-01-01T00:00:00Z", false},
		{"2026-01-02T03:04:05", "2026-01-02T03:04:05Z", true},
		{"2026-01-02 03:04:05", "2026-01-02T03:04:05Z", true},
		{"2026-01-02T3:4:5Z", "2026-01-02T03:04:05Z", false},
		{"2026-1-2T03:04:05Z", "2026-01-02T03:04:05Z", false},
		{"2026-01-02T03:04:05+02", "2026-01-02T01:04:05Z", false},
		{"2026-01-02T03:04:05-0230", "2026-01-02T05:34:05Z", false},
		{"2026-01-02T03:04:05+00:00Z", "2026-01-02T03:04:05Z", false},
		{"2026-01-02T03:04:05,5 UTC", "2026-01-02T03:04:05.5Z", false},
		{" 2026-01-02T03:04:05Z ", "2026-01-02T03:04:05Z", false},
		{"2026-01-02T03:04Z", "2026-01-02T03:04:00Z", false},
		{"2026-01-02T24:00:00Z", "2026-01-03T00:00:00Z", false},
		{"2026-01-02", "2026-01-02T00:00:00Z", true},
		{"1767322800", "2026-01-02T03:00:00Z", false},
		{"1767322800123", "2026-01-02T03:00:00.123Z", false},
		{"", "", false},
		{"0", "", false},
		{"...", "", false},
		{"222222017-01-01T00:00:00Z", "", false},
		{"2026-00-01T00:00:00Z", "", false},
		{"2026-02-30T00:00:00Z", "", false},
		{"2026-01-02T25:00:00Z", "", false},
		{"2026-01-02T03:04:05+99:00", "", false},
		{"2026-01-02T03:04:05Zulu", "", false},
		{"20260102", "", false},
	} {
		got := schema.ParseTime(c.sent)
		if got.Raw != c.sent {
			t.Errorf("%q: the text was not kept but %q", c.sent, got.Raw)
		}
		text := ""
		if got.Readable() {
			text = got.UTC().Format(time.RFC3339Nano)
		}
		if text != c.want || got.Zoneless != c.zoneless {
			t.Errorf("%q: %s zoneless %v, want %s %v", c.sent, text, got.Zoneless, c.want, c.zoneless)
		}
	}
}

func TestTimeInEncodingJSON(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		`"2026-01-02T03:04:05+01:00"`: `"2026-01-02T02:04:05.000Z"`,
		`"never"`:                     `"never"`,
		`null`:                        `null`,
	} {
		var at schema.Time
		if err := json.Unmarshal([]byte(sent), &at); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(at); err != nil || string(got) != want {
			t.Errorf("%s became %s, %v", sent, got, err)
		}
	}
}

func TestShortenFitsIntoTextColumns(t *testing.T) {
	t.Parallel()
	long := make([]byte, 300)
	for i := range long {
		long[i] = "é"[i%2]
	}
	for sent, want := range map[string]string{
		"plain":          "plain",
		"a\x00b\x10":     `a\x00b\x10`,
		"\xefx":          `\xefx`,
		"é\xff":          `é\xff`,
		string(long):     string(long[:200]) + "…",
		string(long[1:]): `\xa9` + string(long[:198]) + "…",
	} {
		if got := schema.Shorten([]byte(sent)); got != want {
			t.Errorf("%q became %q, want %q", sent, got, want)
		}
	}
}
