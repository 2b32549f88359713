package simulator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Meters that sign what they read, as calibration law wants it where energy is sold: with the reading comes a text in the Open Charge
// Metering Format and its signature, which anybody checks with the meter's public key.
//
//	OCMF|{"FV":"1.0", … "RD":[{"TM":…,"TX":"B","RV":1284.31, …}]}|{"SA":"ECDSA-secp256r1-SHA256","SD":"3045…"}

const (
	signingMethod  = "ECDSA-secp256r1-SHA256"
	encodingMethod = "OCMF"
)

// Settings of signed readings, as they are called in OCPP 1.6.
const (
	keySign        = "SampledDataSignReadings"
	keySignUpdated = "SampledDataSignUpdatedReadings"
	keySignAligned = "AlignedDataSignReadings"
	keyPublicKey   = "PublicKeyWithSignedMeterValue"
)

// meterSigner signs for the meters of a station.
type meterSigner struct {
	key   *ecdsa.PrivateKey
	pages map[int]int // readings that were signed, by connector
}

// newMeterSigner makes the key of a station's meters. It follows from the seed, so that a run can be repeated; it protects nothing.
func newMeterSigner(o *Options) *meterSigner {
	material := binary.BigEndian.AppendUint64([]byte("meter of "+o.Identity+" "), o.Seed)
	for {
		sum := sha256.Sum256(material)
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
		if err == nil {
			return &meterSigner{key: key, pages: map[int]int{}}
		}
		material = sum[:] // a number that isn't below the curve's order, once in 2³² times
	}
}

// public is the public key, as DER.
func (m *meterSigner) public() []byte {
	der, _ := x509.MarshalPKIXPublicKey(m.key.Public()) // keys of this curve always marshal
	return der
}

// publicKey2x is the public key as 2.x sends it: base64 of a text that says what it is.
func (m *meterSigner) publicKey2x() string {
	return base64.StdEncoding.EncodeToString([]byte("oca:base16:asn1:" + hex.EncodeToString(m.public())))
}

// ocmf is what a meter says of one reading.
type ocmf struct {
	FormatVersion  string        `json:"FV"`
	Gateway        string        `json:"GI"`
	GatewaySerial  string        `json:"GS"`
	GatewayVersion string        `json:"GV"`
	Pagination     string        `json:"PG"`
	MeterModel     string        `json:"MM"`
	MeterSerial    string        `json:"MS"`
	Identified     bool          `json:"IS"`
	IdentifiedAs   string        `json:"IT,omitempty"`
	Identifier     string        `json:"ID,omitempty"`
	Readings       []ocmfReading `json:"RD"`
}

type ocmfReading struct {
	Time   string      `json:"TM"`
	Kind   string      `json:"TX"`
	Value  json.Number `json:"RV"`
	Object string      `json:"RI"`
	Unit   string      `json:"RU"`
	Status string      `json:"ST"`
}

// ocmfKinds are what a reading is for: the beginning, the end, or something in between.
var ocmfKinds = map[v16.ReadingContext]string{v16.ReadingContextTransactionBegin: "B", v16.ReadingContextTransactionEnd: "E"}

// signs reports whether a reading of a kind is signed.
func (s *Station) signs(context v16.ReadingContext) bool {
	if s.signer == nil {
		return false
	}
	switch context {
	case v16.ReadingContextTransactionBegin, v16.ReadingContextTransactionEnd:
		return s.config.is(keySign)
	case v16.ReadingContextSampleClock:
		return s.config.is(keySignAligned)
	case v16.ReadingContextSamplePeriodic:
		return s.config.is(keySignUpdated)
	}
	return false
}

// signed is the register of a connector's meter, signed.
func (s *Station) signed(c *connector, context v16.ReadingContext, at time.Time) (v16.SampledValue, error) {
	m := s.signer
	m.pages[c.no]++
	kind := ocmfKinds[context]
	if kind == "" {
		kind = "C"
	}
	reading := ocmf{
		FormatVersion: "1.0", Gateway: s.opts.Vendor + " " + s.opts.Model, GatewaySerial: s.opts.Serial, GatewayVersion: s.opts.Firmware,
		Pagination: "T" + strconv.Itoa(m.pages[c.no]), MeterModel: "Class B", MeterSerial: fmt.Sprintf("%s-%d", meterSerial(s.opts.Serial), c.no),
		Readings: []ocmfReading{{
			Time: at.UTC().Format("2006-01-02T15:04:05,000-0700") + " S", Kind: kind, Value: json.Number(strconv.FormatFloat(c.meterWh/1000, 'f', 3, 64)),
			Object: "1-b:1.8.0", Unit: "kWh", Status: "G",
		}},
	}
	if c.tx != nil {
		reading.Identified, reading.IdentifiedAs, reading.Identifier = true, "ISO14443", c.tx.token.id
		if kind := c.tx.token.kind; kind != "" && kind != "ISO14443" {
			reading.IdentifiedAs = "UNDEFINED"
		}
	}
	text, err := json.Marshal(reading)
	if err != nil {
		return v16.SampledValue{}, fmt.Errorf("write the reading down: %w", err)
	}
	digest := sha256.Sum256(text)
	signature, err := m.key.Sign(nil, digest[:], crypto.SHA256) // deterministic (RFC 6979)
	if err != nil {
		return v16.SampledValue{}, fmt.Errorf("sign the reading: %w", err)
	}
	return v16.SampledValue{
		Value: fmt.Sprintf(`OCMF|%s|{"SA":%q,"SD":%q}`, text, signingMethod, hex.EncodeToString(signature)), Format: v16.ValueFormatSignedData,
		Context: context, Measurand: v16.MeasurandEnergyActiveImportRegister, Location: v16.LocationOutlet,
	}, nil
}

// sign adds the signed register to a sample that has the register.
func (s *Station) sign(c *connector, context v16.ReadingContext, sample *v16.MeterValue) {
	if !s.signs(context) || len(sample.SampledValue) == 0 || sample.SampledValue[0].Measurand != v16.MeasurandEnergyActiveImportRegister {
		return
	}
	v, err := s.signed(c, context, sample.Timestamp.Time)
	if err != nil {
		s.opts.Logger.Error("a simulated meter can't sign", "station", s.opts.Identity, "error", err)
		return
	}
	sample.SampledValue = append(sample.SampledValue, v)
}

// signSettings are what can be set of signed readings (application note on signed meter values in OCPP 1.6).
func (c *configuration) signSettings(o *Options, m *meterSigner) {
	c.add(
		&setting{name: keySign, value: "true", valid: isBool},
		&setting{name: keySignUpdated, value: "false", valid: isBool},
		&setting{name: keySignAligned, value: "false", valid: isBool},
		&setting{name: keyPublicKey, value: "OncePerTransaction", valid: func(v string) bool { return listed("Never,OncePerTransaction,EveryMeterValue", v) }},
	)
	for i := range o.Connectors {
		c.add(&setting{name: "MeterPublicKey" + strconv.Itoa(i+1), value: hex.EncodeToString(m.public()), readonly: true})
	}
}

// signedValue2x puts a signed reading to the value that it is of, as 2.x has it.
func signedValue2x(of *v21.MeterValue, v *v16.SampledValue) {
	for i := range of.SampledValue {
		if of.SampledValue[i].Measurand == v21.MeasurandEnergyActiveImportRegister {
			of.SampledValue[i].SignedMeterValue = &v21.SignedMeterValue{
				SignedMeterData: base64.StdEncoding.EncodeToString([]byte(v.Value)), SigningMethod: signingMethod, EncodingMethod: encodingMethod,
			}
		}
	}
}

// withPublicKey gives the public key along with signed readings, as often as the CSMS wants it.
func (s *station2x) withPublicKey(sess *session2x, values []v21.MeterValue) {
	if s.signer == nil {
		return
	}
	often := s.config.value(keyPublicKey)
	for i := range values {
		for j := range values[i].SampledValue {
			signed := values[i].SampledValue[j].SignedMeterValue
			if signed == nil || often == "Never" || often == "OncePerTransaction" && sess.keyTold {
				continue
			}
			signed.PublicKey, sess.keyTold = s.signer.publicKey2x(), true
		}
	}
}
