package simulator

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// verified checks a signed reading with the meter's public key and returns it.
func verified(t *testing.T, text string, der []byte) ocmfReading {
	t.Helper()
	parts := strings.Split(text, "|")
	if len(parts) != 3 || parts[0] != "OCMF" {
		t.Fatalf("it isn't in the format: %s", text)
	}
	var reading ocmf
	var signature struct{ SA, SD string }
	ok(t, json.Unmarshal([]byte(parts[1]), &reading))
	ok(t, json.Unmarshal([]byte(parts[2]), &signature))
	key, err := x509.ParsePKIXPublicKey(der)
	ok(t, err)
	raw, err := hex.DecodeString(signature.SD)
	ok(t, err)
	digest := sha256.Sum256([]byte(parts[1]))
	if signature.SA != signingMethod || !ecdsa.VerifyASN1(key.(*ecdsa.PublicKey), digest[:], raw) {
		t.Errorf("the signature is wrong: %s", text)
	}
	other := sha256.Sum256([]byte(strings.Replace(parts[1], `"RV":`, `"RV":1`, 1)))
	if ecdsa.VerifyASN1(key.(*ecdsa.PublicKey), other[:], raw) {
		t.Error("the signature holds for another reading as well")
	}
	if len(reading.Readings) != 1 || reading.Readings[0].Unit != "kWh" || !reading.Identified || reading.Identifier != "TAG-1" {
		t.Errorf("the reading is %+v", reading)
	}
	return reading.Readings[0]
}

// The register is signed at the beginning and the end of a session, and the public key comes along once.
func TestSignedMeterValues2x(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{SignedMeter: true, SampleInterval: time.Minute, Serial: "VOL1"})
		c.take()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 40_000, SoC: 0.2, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		pass(10*time.Minute + time.Second)
		ok(t, s.StopLocal(t.Context(), 1))
		var keys []string
		var readings []ocmfReading
		events := all[v21.TransactionEventRequest](c.take())
		for _, e := range events {
			for _, m := range e.MeterValue {
				for _, v := range m.SampledValue {
					signed := v.SignedMeterValue
					if signed == nil {
						continue
					}
					if signed.PublicKey != "" {
						keys = append(keys, signed.PublicKey)
					}
					if v.Measurand != v21.MeasurandEnergyActiveImportRegister || signed.EncodingMethod != "OCMF" || e.EventType == v21.TransactionEventTypeUpdated {
						t.Errorf("%s of a %s is signed as %+v", v.Measurand, e.EventType, signed)
					}
					if e.EventType != v21.TransactionEventTypeEnded {
						continue
					}
					text, err := base64.StdEncoding.DecodeString(signed.SignedMeterData)
					ok(t, err)
					readings = append(readings, verified(t, string(text), publicKeyOf(t, s)))
				}
			}
		}
		if len(keys) != 1 || keys[0] != s.signer.publicKey2x() {
			t.Errorf("the public key came as %q", keys)
		}
		if len(readings) != 2 || readings[0].Kind != "B" || readings[1].Kind != "E" || readings[0].Value >= readings[1].Value {
			t.Errorf("the session ended with %+v", readings)
		}
	})
}

// publicKeyOf reads the public key as a CSMS would.
func publicKeyOf(t *testing.T, s *Station) []byte {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(s.signer.publicKey2x())
	ok(t, err)
	der, err := hex.DecodeString(strings.TrimPrefix(string(text), "oca:base16:asn1:"))
	ok(t, err)
	return der
}

// A CSMS chooses what is signed, and how often it is given the key.
func TestSignedMeterValuesAreSet(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{SignedMeter: true, SampleInterval: time.Minute})
		set := func(component, name, value string) {
			a := ask[v21.SetVariablesResponse](c, "SetVariables", &v21.SetVariablesRequest{SetVariableData: []v21.SetVariableData{{
				Component: v21.Component{Name: component}, Variable: v21.Variable{Name: name}, AttributeValue: value,
			}}})
			if got := a.SetVariableResult[0].AttributeStatus; got != v21.SetVariableStatusAccepted {
				t.Errorf("%s was %s", name, got)
			}
		}
		set("SampledDataCtrlr", "SignReadings", "false")
		set("SampledDataCtrlr", "SignUpdatedReadings", "true")
		set("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", "EveryMeterValue")
		charge2x(t, c, s)
		pass(2*time.Minute + time.Second)
		ok(t, s.StopLocal(t.Context(), 1))
		for _, e := range all[v21.TransactionEventRequest](c.take()) {
			for _, m := range e.MeterValue {
				for _, v := range m.SampledValue {
					periodic := v.Context == v21.ReadingContextSamplePeriodic && v.Measurand == v21.MeasurandEnergyActiveImportRegister
					if signed := v.SignedMeterValue; (signed != nil) != periodic || signed != nil && signed.PublicKey == "" {
						t.Errorf("%s at %s is signed as %+v", v.Measurand, v.Context, signed)
					}
				}
			}
		}
	})
}

func TestSignedMeterValues16(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{SignedMeter: true})
		c.take()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 40_000, SoC: 0.2, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		pass(10 * time.Minute)
		ok(t, s.StopLocal(t.Context(), 1))
		key := c.call(&v16.GetConfigurationRequest{Key: []string{"MeterPublicKey1"}}, "GetConfiguration").(*v16.GetConfigurationResponse).ConfigurationKey[0]
		der, err := hex.DecodeString(key.Value)
		ok(t, err)
		var readings []ocmfReading
		for _, m := range all[v16.StopTransactionRequest](c.take())[0].TransactionData {
			for _, v := range m.SampledValue {
				if v.Format == v16.ValueFormatSignedData {
					readings = append(readings, verified(t, v.Value, der))
				}
			}
		}
		if len(readings) != 2 || readings[0].Kind != "B" || readings[1].Kind != "E" {
			t.Errorf("the session ended with %+v", readings)
		}
	})
}

// Meters that don't sign have no settings for it.
func TestUnsignedMeters(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{})
		charge2x(t, c, s)
		pass(time.Minute)
		ok(t, s.StopLocal(t.Context(), 1))
		for _, e := range all[v21.TransactionEventRequest](c.take()) {
			for _, m := range e.MeterValue {
				for _, v := range m.SampledValue {
					if v.SignedMeterValue != nil {
						t.Errorf("%s is signed", v.Measurand)
					}
				}
			}
		}
	})
}
