package sentences

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/internal/fault"
)

// content is the payload of a message, read for a sentence about it. What isn't there reads as empty.
type content map[string]any

// at walks down a path of members: "idTokenInfo.status".
func (p content) at(path string) any {
	var v any = map[string]any(p)
	for name := range strings.SplitSeq(path, ".") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

// text is the first of the paths that is there, as text: the versions name things differently.
func (p content) text(paths ...string) string {
	for _, path := range paths {
		switch v := p.at(path).(type) {
		case string:
			if v != "" {
				return fault.Printable(v)
			}
		case float64:
			return rounded(v)
		case bool:
			return strconv.FormatBool(v)
		}
	}
	return ""
}

func (p content) is(path string) bool { v, _ := p.at(path).(bool); return v }

// under is an object in the content.
func (p content) under(path string) content {
	v, _ := p.at(path).(map[string]any)
	return v
}

// list are the objects of a list.
func (p content) list(path string) (list []content) {
	entries, _ := p.at(path).([]any)
	for _, e := range entries {
		if object, ok := e.(map[string]any); ok {
			list = append(list, object)
		}
	}
	return list
}

// texts are the texts and numbers of a list.
func (p content) texts(path string) (list []string) {
	entries, _ := p.at(path).([]any)
	for _, e := range entries {
		switch v := e.(type) {
		case string:
			list = append(list, fault.Printable(v))
		case float64:
			list = append(list, rounded(v))
		}
	}
	return list
}

// rounded writes a number without digits that say nothing.
func rounded(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', 3, 64), "0"), ".")
}

// moment is a time as people read it.
func (p content) moment(paths ...string) string {
	text := p.text(paths...)
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC().Format("2 January 2006 15:04 UTC")
	}
	return text
}

// reason is what an answer says of its status (OCPP 2.0.1 Part 2, StatusInfo).
func (p content) reason() string {
	code, more := p.text("statusInfo.reasonCode"), p.text("statusInfo.additionalInfo")
	if code == "" {
		if text, ok := p.at("statusInfo").(string); ok && text != "" {
			return " It says: " + fault.Printable(text) + "."
		}
		return ""
	}
	return " It says: " + strings.TrimSuffix(strings.TrimSpace(code+" "+more), ".") + "."
}

// token is the token that a message names.
func (p content) token() string {
	return orUnknown(p.text("idTag", "idToken.idToken"))
}

// place is the part of the station that a message is about, at the beginning of a sentence.
func (p content) place() string {
	if evse := p.text("evse.id", "evseId"); evse != "" && evse != "0" {
		return "EVSE " + evse
	}
	if n := p.text("connectorId"); n != "" && n != "0" {
		return "Connector " + n
	}
	return "The station"
}

// there is place within a sentence: " at EVSE 2", and nothing for the station as a whole.
func (p content) there() string {
	switch place := p.place(); {
	case place == "The station":
		return ""
	case strings.HasPrefix(place, "C"):
		return " at connector" + strings.TrimPrefix(place, "Connector")
	default:
		return " at " + place
	}
}

// variable is the name of a variable of the device model.
func (p content) variable() string {
	name := p.text("component.name")
	if evse := p.text("component.evse.id"); evse != "" {
		name += " (EVSE " + evse + ")"
	}
	if v := p.text("variable.name"); v != "" {
		name += "." + v
	}
	return orUnknown(name)
}

// secretNames are the settings whose values no sentence says.
var secretNames = []string{"AuthorizationKey", "BasicAuthPassword"}

// shownValue is what a setting has or gets, unless that is a secret.
func shownValue(name, v string) string {
	for _, secret := range secretNames {
		if strings.HasSuffix(strings.ToLower(name), strings.ToLower(secret)) {
			return "a secret"
		}
	}
	return strconv.Quote(v)
}

// someOf names the first of many things.
func someOf(names []string) string {
	const most = 3
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
	switch n := len(names); {
	case n == 0:
		return "–"
	case n == 1:
		return names[0]
	case n > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n-most)
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// counted is a number of things: "1 token", "2 tokens".
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// part says which request a part of a report answers, and tells a part from the last.
func (p content) part() string {
	text := " (request " + orUnknown(p.text("requestId"))
	if seq, ok := p.at("seqNo").(float64); ok {
		text += ", part " + rounded(seq+1)
	}
	if p.is("tbc") {
		text += "; more follows"
	}
	return text + ")"
}

// meter is the newest reading of the energy and the power among samples, and of the battery where the car tells it.
func (p content) meter(path string) string {
	var energy, power, battery string
	for _, m := range p.list(path) {
		for _, v := range m.list("sampledValue") {
			if v.text("phase") != "" {
				continue
			}
			reading := strings.TrimSpace(v.text("value") + " " + v.text("unit", "unitOfMeasure.unit"))
			switch v.text("measurand") {
			case "", "Energy.Active.Import.Register":
				if v.text("unit", "unitOfMeasure.unit") == "" {
					reading += " Wh" // the unit of energy where none is said
				}
				energy = reading
			case "Power.Active.Import":
				power = reading
			case "SoC":
				battery = "battery at " + v.text("value") + " %"
			}
		}
	}
	return strings.Join(slices.DeleteFunc([]string{energy, power, battery}, func(s string) bool { return s == "" }), ", ")
}

// limit is what a schedule allows: "16 A", or "6 to 16 A in 3 steps".
func (p content) limit() string {
	unit, low, high := p.text("chargingRateUnit"), 0.0, 0.0
	periods := p.list("chargingSchedulePeriod")
	for i, period := range periods {
		f, ok := period.at("limit").(float64)
		if !ok {
			f, ok = period.at("setpoint").(float64)
		}
		if !ok {
			return "no fixed limit"
		}
		if i == 0 || f < low {
			low = f
		}
		high = max(high, f)
	}
	switch {
	case len(periods) == 0:
		return "no limit"
	case low == high:
		return rounded(low) + " " + unit
	}
	return fmt.Sprintf("%s to %s %s in %d steps", rounded(low), rounded(high), unit, len(periods))
}

// purposeWords are the purposes of charging profiles in words.
var purposeWords = map[string]string{
	"ChargePointMaxProfile": "for the station as a whole", "ChargingStationMaxProfile": "for the station as a whole", "TxDefaultProfile": "for every session",
	"TxProfile": "for one session", "ChargingStationExternalConstraints": "set by somebody else", "PriorityCharging": "for sessions with priority",
	"LocalGeneration": "for what is generated here",
}

// profile is a charging profile: its number, what it is for and what it allows.
func (p content) profile() string {
	schedule := p.under("chargingSchedule")
	if list := p.list("chargingSchedule"); len(list) > 0 {
		schedule = list[0]
	}
	text := "limit " + orUnknown(p.text("chargingProfileId", "id")) + ": " + schedule.limit()
	if words := purposeWords[p.text("chargingProfilePurpose")]; words != "" {
		text += ", " + words
	}
	return text
}

func orUnknown(s string) string { return cmp.Or(s, "unknown") }
