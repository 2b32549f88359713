package quirks_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/quirks"
)

func load(t *testing.T, rows string) *quirks.Table {
	t.Helper()
	table, err := quirks.Load([]byte(`{"rows": [` + rows + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func row(id, match, behaviour string) string {
	return `{"id": "` + id + `", "match": ` + match + `, "behaviour": ` + behaviour + `, "why": "Because.", "source": "a test"}`
}

func ids(applied []quirks.Applied) (list []string) {
	for _, a := range applied {
		id := "override"
		if a.Row != nil {
			id = a.Row.ID
		}
		list = append(list, strings.TrimSuffix(id+" "+strings.Join(a.Fields, ","), " "))
	}
	return list
}

// Field by field the most specific row wins, whatever the order of the table; the override wins over all.
func TestTheMostSpecificRowWins(t *testing.T) {
	t.Parallel()
	rows := []string{
		row("all", `{}`, `{"settleDelay": 1, "rateUnit": "A", "limitDecimals": 1, "configurationKeySpelling": {"a": "all", "b": "all"}}`),
		row("vendor", `{"vendor": ["acme"]}`, `{"settleDelay": 2, "maxStackLevel": 2, "configurationKeySpelling": {"a": "vendor"}}`),
		row("longer", `{"vendor": ["acme charg"]}`, `{"settleDelay": 3}`),
		row("model", `{"model": ["ac-*"]}`, `{"settleDelay": 4, "maxStackLevel": 4}`),
		row("version", `{"version": "2.0.1"}`, `{"settleDelay": 5}`),
		row("firmware", `{"vendor": ["acme"], "firmwareFrom": "1.10", "firmwareBefore": "2.0"}`, `{"settleDelay": 6}`),
		row("advice", `{"vendor": ["acme"]}`, `{}`),
		row("other", `{"vendor": ["other"]}`, `{"hexPassword": true}`),
	}
	backwards := make([]string, len(rows))
	for i, r := range rows {
		backwards[len(rows)-1-i] = r
	}
	for _, table := range []*quirks.Table{load(t, strings.Join(rows, ",")), load(t, strings.Join(backwards, ","))} {
		for _, c := range []struct {
			id     quirks.Identity
			settle int
			stack  int
		}{
			{quirks.Identity{}, 1, -1},
			{quirks.Identity{Vendor: "ACME"}, 2, 2},
			{quirks.Identity{Vendor: " Acme Charging Ltd"}, 3, 2},
			{quirks.Identity{Vendor: "Acme Charging", Model: "AC-22"}, 4, 4},
			{quirks.Identity{Vendor: "Acme Charging", Model: "AC-22", Version: "2.0.1"}, 5, 4},
			{quirks.Identity{Vendor: "Acme", Model: "AC-22", Version: "2.0.1", Firmware: "BOARD7::V1.10.3"}, 6, 4},
			{quirks.Identity{Vendor: "Acme", Firmware: "1.9.9"}, 2, 2},
			{quirks.Identity{Vendor: "Acme", Firmware: "2.0"}, 2, 2},
			{quirks.Identity{Vendor: "Acme", Firmware: "unknown"}, 2, 2},
		} {
			b, _ := quirks.Resolve(table, c.id, quirks.Behaviour{})
			if got := quirks.Or(b.SettleDelay, -1); got != c.settle {
				t.Errorf("%+v settles for %d, want %d", c.id, got, c.settle)
			}
			if got := quirks.Or(b.MaxStackLevel, -1); got != c.stack {
				t.Errorf("%+v has stack level %d, want %d", c.id, got, c.stack)
			}
		}
	}
	table := load(t, strings.Join(rows, ","))
	override, err := quirks.ParseOverride([]byte(`{"settleDelay": 0, "rateUnit": null, "hexPassword": false, "configurationKeySpelling": {"b": "ours"}}`))
	if err != nil {
		t.Fatal(err)
	}
	b, applied := quirks.Resolve(table, quirks.Identity{Vendor: "Acme"}, override)
	if quirks.Or(b.SettleDelay, -1) != 0 || quirks.Or(b.RateUnit, "") != "A" || quirks.Is(b.HexPassword) || b.HexPassword == nil {
		t.Errorf("with an override: %s", text(b))
	}
	if want := map[string]string{"a": "vendor", "b": "ours"}; !maps.Equal(b.ConfigurationKeySpelling, want) {
		t.Errorf("spellings: %v", b.ConfigurationKeySpelling)
	}
	if want := []string{"override hexPassword,settleDelay,configurationKeySpelling", "vendor configurationKeySpelling,maxStackLevel", "advice", "all rateUnit,limitDecimals"}; !slices.Equal(ids(applied), want) {
		t.Errorf("what said what: %q", ids(applied))
	}
	// What is handed out is the caller's own.
	*b.MaxStackLevel = 99
	b.ConfigurationKeySpelling["a"] = "changed"
	if again, _ := quirks.Resolve(table, quirks.Identity{Vendor: "Acme"}, quirks.Behaviour{}); *again.MaxStackLevel != 2 || again.ConfigurationKeySpelling["a"] != "vendor" {
		t.Error("a caller changed the table")
	}
}

func text(b quirks.Behaviour) string {
	out, _ := json.Marshal(b)
	return string(out)
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, value string
		fits           bool
	}{
		{"abb", "ABB", true}, {"abb", "ABB Ltd", true}, {"abb", "an ABB", false}, {"*abb", "an ABB", true}, {"*abb", "ABB Ltd", false},
		{"a*b*c", "axxbyyc", true}, {"a*b*c", "ac", false}, {"a*b*c", "abcd", false}, {"ab*ba", "aba", false}, {"*", "", true}, {"*", "x", true},
		{"", "", true}, {"", "x", false}, {"x", "", false}, {"GRS-", "grs-*", true},
	} {
		pattern, _ := json.Marshal([]string{c.pattern})
		table := load(t, row("r", `{"model": `+string(pattern)+`}`, `{"hexPassword": true}`))
		b, _ := quirks.Resolve(table, quirks.Identity{Model: c.value}, quirks.Behaviour{})
		if quirks.Is(b.HexPassword) != c.fits {
			t.Errorf("%q and %q: %v", c.pattern, c.value, !c.fits)
		}
	}
}

// Stations as they introduce themselves find their rows.
func TestRealStations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id   quirks.Identity
		want string
	}{
		{quirks.Identity{Vendor: "ABB", Model: "CDT_TACW22::NET_WIFI", Firmware: "TAC3Z9119006710273::V1.8.21"}, `"noSetupWrites":true,"maxStackLevel":0`},
		{quirks.Identity{Vendor: "Chargedot", Model: "CDT_TACW7::NET_WIFI", Firmware: "TAC1Z9118606710273::V1.4.2"}, `"maxStackLevel":0`},
		{quirks.Identity{Model: "ACChargePoint"}, `"rateUnit":"W"`},
		{quirks.Identity{Vendor: "Wall Box Chargers", Model: "PLP2-M-2-4", Firmware: "6.6.12"}, `"settleDelay":10,"noTriggersAfterBoot":true`},
		{quirks.Identity{Vendor: "United Chargers", Model: "GRS-*", Firmware: "05.43"}, `"registerPerSession":true`},
		{quirks.Identity{Vendor: "United Chargers", Model: "GRS-*", Firmware: "03.09.1"}, `"ignoredProfilePurposes":["ChargePointMaxProfile"]`},
		{quirks.Identity{Vendor: "EV-BOX", Model: "G4E-WBW-M7500E", Firmware: "P0424B0424v0.220706_W2.2.0"}, `"measurandsWithPhase":true`},
		{quirks.Identity{Vendor: "Alfen BV", Model: "NG910-60023", Firmware: "4.15.7-4054"}, `"measurandsWithPhase":true`},
		{quirks.Identity{Vendor: "ZJBENY", Model: "BCP-B2N-L", Firmware: "1.0.23"}, `"noCompositeSchedule":true`},
		{quirks.Identity{Vendor: "KEBA", Model: "KC-P30", Firmware: "P30 v 1.15.2"}, `"hexPassword":true`},
		{quirks.Identity{Vendor: "FoxESS", Version: "2.0.1"}, `"noSmartCharging":true`},
		{quirks.Identity{Vendor: "Somebody", Model: "New"}, `{"limitDecimals":1,"startScheduleInPast":60}`},
	} {
		b, _ := quirks.Resolve(quirks.Default(), c.id, quirks.Behaviour{})
		if got := text(b); !strings.Contains(got, c.want) {
			t.Errorf("%+v behaves as %s, want %s", c.id, got, c.want)
		}
	}
	for _, id := range []quirks.Identity{{Vendor: "OpenEVSE", Firmware: "4.2.3"}, {Vendor: "KEBA", Firmware: "1.14"}, {Vendor: "FoxESS", Version: "1.6"}, {Model: "Other"}} {
		b, _ := quirks.Resolve(quirks.Default(), id, quirks.Behaviour{})
		if b.EnergyUnit != nil || b.HexPassword != nil || b.NoSmartCharging != nil || b.RateUnit != nil {
			t.Errorf("%+v behaves as %s", id, text(b))
		}
	}
}

// What an operator enters by mistake is told in words, with the field.
func TestOverridesAreChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, field, says string }{
		{`[]`, "quirks", "JSON object"},
		{`{"maxStacklevel": 1}`, "quirks.maxStacklevel", "did you mean maxStackLevel?"},
		{`{"turbo": true}`, "quirks.turbo", "no quirk turbo"},
		{`{"settleDelay": "soon"}`, "quirks.settleDelay", "a whole number from 0 to 600 seconds"},
		{`{"settleDelay": 601}`, "quirks.settleDelay", "not 601"},
		{`{"settleDelay": -1}`, "quirks.settleDelay", "from 0 to 600"},
		{`{"settleDelay": 1.5}`, "quirks.settleDelay", "not 1.5"},
		{`{"hexPassword": "yes"}`, "quirks.hexPassword", "true or false"},
		{`{"rateUnit": "kW"}`, "quirks.rateUnit", "one of A, W"},
		{`{"defaultVersion": "1.5"}`, "quirks.defaultVersion", "1.6, 2.0.1, 2.1"},
		{`{"ignoredProfilePurposes": ["TxProfile", "Everything"]}`, "quirks.ignoredProfilePurposes", "not Everything"},
		{`{"zoneForZonelessTimes": "Berlin"}`, "quirks.zoneForZonelessTimes", "Europe/Berlin"},
		{`{"zoneForZonelessTimes": "Local"}`, "quirks.zoneForZonelessTimes", "no time zone"},
		{`{"limitSteps": ["6", "many"]}`, "quirks.limitSteps", `"many"`},
		{`{"configurationKeySpelling": {"a": ""}}`, "quirks.configurationKeySpelling", "empty"},
		{`{"minLimitA": 1001}`, "quirks.minLimitA", "0 to 1000 A"},
	} {
		b, err := quirks.ParseOverride([]byte(c.text))
		f := fault.Of(err)
		if f == nil || f.Code != fault.Invalid || f.Field != c.field || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: %v (%+v), %s", c.text, err, f, text(b))
		}
	}
	for _, good := range []string{``, `null`, `{}`, ` {"zoneForZonelessTimes": "location"} `, `{"zoneForZonelessTimes": "Asia/Kolkata", "limitSteps": ["6", "10.5"], "settleDelay": null}`} {
		if _, err := quirks.ParseOverride([]byte(good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

// Every field can be shown: it has a name, a kind and a sentence; and a table that makes no sense is refused.
func TestFieldsAndTables(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	all := quirks.Fields()
	if len(all) != reflect.TypeFor[quirks.Behaviour]().NumField() {
		t.Errorf("%d fields are described", len(all))
	}
	for _, f := range all {
		if f.Name == "" || f.Kind == "" || !strings.HasSuffix(f.Doc, ".") || names[f.Name] {
			t.Errorf("field %+v", f)
		}
		names[f.Name] = true
		if (f.Kind == quirks.KindInteger || f.Kind == quirks.KindNumber) && f.Min >= f.Max {
			t.Errorf("%s has no bounds", f.Name)
		}
	}
	for what, rows := range map[string]string{
		"no id":      row("", `{}`, `{}`),
		"twice":      row("a", `{}`, `{}`) + "," + row("a", `{}`, `{}`),
		"no why":     `{"id": "a", "match": {}, "behaviour": {}, "why": "", "source": "x"}`,
		"no source":  `{"id": "a", "match": {}, "behaviour": {}, "why": "x", "source": ""}`,
		"behaviour":  row("a", `{}`, `{"settleDelay": 9999}`),
		"criterion":  row("a", `{"maker": ["x"]}`, `{}`),
		"version":    row("a", `{"version": "1.5"}`, `{}`),
		"bound":      row("a", `{"firmwareFrom": "new"}`, `{}`),
		"not a list": `{"id": 1}`,
	} {
		if _, err := quirks.Load([]byte(`{"rows": [` + rows + `]}`)); err == nil {
			t.Errorf("%s: the table was read", what)
		}
	}
}
