package ocpp

import "time"

const (
	// usualCallTimeout is how long a station may take to answer (OCPP 2.0.1 Part 4 §4.1.1 leaves it open).
	usualCallTimeout = 30 * time.Second
	// queueTimeout is how long a call may wait for others to the same station. Its own time begins when it is sent.
	queueTimeout = 90 * time.Second
)

// callTimeouts are the calls that stations answer only after some work, and how long that may take. What begins work and is
// answered at once, with the result in a later message, isn't among them.
var callTimeouts = map[string]time.Duration{
	// A transaction ends first, or EVSEs are looked at: some stations answer after that.
	"Reset":              time.Minute,
	"ChangeAvailability": time.Minute,
	// The answer says whether the lock moved; motors try several times.
	"UnlockConnector": time.Minute,
	// Computed over all profiles, in a local controller for each station behind it.
	"GetCompositeSchedule": time.Minute,
	// A list or cache of thousands of tokens is written to flash before the answer.
	"SendLocalList": 2 * time.Minute,
	"ClearCache":    time.Minute,
	// Hundreds of settings are read one by one, or written to flash.
	"GetConfiguration":    time.Minute,
	"ChangeConfiguration": time.Minute,
	"GetVariables":        time.Minute,
	"SetVariables":        time.Minute,
	"GetBaseReport":       time.Minute,
	"GetReport":           time.Minute,
	"GetMonitoringReport": time.Minute,
	"SetNetworkProfile":   time.Minute,
	// The signature or the address of the firmware is checked, and the file of the log packed, before the answer.
	"UpdateFirmware":       time.Minute,
	"SignedUpdateFirmware": time.Minute,
	"PublishFirmware":      time.Minute,
	"GetDiagnostics":       time.Minute,
	"GetLog":               time.Minute,
	"CustomerInformation":  time.Minute,
	// Chains are verified and keys kept in secure elements, which are slow.
	"CertificateSigned":          time.Minute,
	"InstallCertificate":         time.Minute,
	"DeleteCertificate":          time.Minute,
	"GetInstalledCertificateIds": time.Minute,
}

// CallTimeout is how long a station may take to answer a call, counted from when it is sent.
func CallTimeout(action string) time.Duration {
	if d, ok := callTimeouts[action]; ok {
		return d
	}
	return usualCallTimeout
}

// scaled is a time-out in proportion to the one that is configured for most calls.
func (c *Config) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * c.CallTimeout.Seconds() / usualCallTimeout.Seconds())
}
