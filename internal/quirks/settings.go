package quirks

import (
	"slices"
	"strings"

	"github.com/busbar-ev/busbar/internal/fault"
)

// StationKey is how the station calls a setting that we know by another name. In OCPP 2.x a setting is named
// Component.Variable.
func (b *Behaviour) StationKey(ours string) string {
	if theirs, ok := b.ConfigurationKeySpelling[ours]; ok {
		return theirs
	}
	for name, theirs := range b.ConfigurationKeySpelling {
		if strings.EqualFold(name, ours) {
			return theirs
		}
	}
	return ours
}

// measurandKeys are the settings that list measurands (OCPP 1.6 §9.1, OCPP 2.0.1 Part 2 §2.7), in lower case.
var measurandKeys = []string{
	"metervaluessampleddata", "metervaluesaligneddata", "stoptxnsampleddata", "stoptxnaligneddata",
	"sampleddatactrlr.txstartedmeasurands", "sampleddatactrlr.txupdatedmeasurands", "sampleddatactrlr.txendedmeasurands",
	"aligneddatactrlr.measurands", "aligneddatactrlr.txendedmeasurands",
}

// phases are those of measurands that have one, for stations that name it.
var phases = map[string][]string{
	"Current.Import": {"L1", "L2", "L3"}, "Current.Export": {"L1", "L2", "L3"}, "Voltage": {"L1-N", "L2-N", "L3-N"},
}

// Setting is a setting as the station takes it: under the name that it knows, and with its measurands as it spells them. It
// refuses what the station is known not to survive.
func (b *Behaviour) Setting(key, value string) (theirKey, theirValue string, err error) {
	theirKey = b.StationKey(key)
	if !slices.Contains(measurandKeys, strings.ToLower(key)) {
		return theirKey, value, nil
	}
	if strings.Trim(value, ", ") == "" && Is(b.NoEmptyMeasurands) {
		return "", "", fault.In("value", "With an empty list of measurands this make of station reports nothing any more: name at least one.")
	}
	if Is(b.MeasurandsWithPhase) {
		value = withPhases(value)
	}
	return theirKey, value, nil
}

// withPhases names each phase of the measurands that have several. What names its phase already stays.
func withPhases(list string) string {
	var out []string
	for measurand := range strings.SplitSeq(list, ",") {
		measurand = strings.TrimSpace(measurand)
		if measurand == "" {
			continue
		}
		if phases[measurand] == nil {
			out = append(out, measurand)
		}
		for _, phase := range phases[measurand] {
			out = append(out, measurand+"."+phase)
		}
	}
	return strings.Join(out, ",")
}
