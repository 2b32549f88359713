package ocpp

import (
	"bytes"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/busbar-ev/busbar/ocpp/v21"
)

// signedAsSent are the signed values of a message as they stand in its text: whoever checks a signature needs every member, those
// too that our reading has no use for.
type signedAsSent struct {
	MeterValue []struct {
		SampledValue []struct {
			SignedMeterValue json.RawMessage `json:"signedMeterValue"`
		} `json:"sampledValue"`
	} `json:"meterValue"`
}

// readSigned never fails: of a text that isn't shaped as the standard has it nothing is found.
func readSigned(payload []byte) *signedAsSent {
	var s signedAsSent
	if json.Unmarshal(payload, &s) != nil {
		return &signedAsSent{}
	}
	return &s
}

// at is the signed form of a value. It is nil where the text doesn't show it beyond doubt: a message that was repaired may have
// its values elsewhere.
func (s *signedAsSent) at(values []v21.MeterValue, i, j int) []byte {
	if len(s.MeterValue) != len(values) || len(s.MeterValue[i].SampledValue) != len(values[i].SampledValue) {
		return nil
	}
	raw := s.MeterValue[i].SampledValue[j].SignedMeterValue
	if len(raw) == 0 || raw[0] != '{' || !jsontext.Value(raw).IsValid() || bytes.Contains(raw, []byte(`\u0000`)) {
		return nil
	}
	return bytes.Clone(raw)
}
