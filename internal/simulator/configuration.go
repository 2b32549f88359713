package simulator

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/busbar-ev/busbar/ocpp/v16"
)

// setting is one configuration key (OCPP 1.6 §9).
type setting struct {
	name, value string
	readonly    bool
	// writeOnly settings are never read out: secrets.
	writeOnly bool
	// reboot says that a change takes effect at the next boot.
	reboot bool
	// valid judges a value; nil takes any.
	valid func(string) bool
	// apply makes a change take effect.
	apply func(s *Station)
}

// configuration is a station's key store. It outlives reboots.
type configuration struct {
	list   []*setting
	byName map[string]*setting
}

// Settings that the simulator reads itself.
const (
	keyAuthorizationKey      = "AuthorizationKey"
	keyAllowOfflineUnknown   = "AllowOfflineTxForUnknownId"
	keyCache                 = "AuthorizationCacheEnabled"
	keyAuthorizeRemote       = "AuthorizeRemoteTxRequests"
	keyClockAligned          = "ClockAlignedDataInterval"
	keyConnectionTimeout     = "ConnectionTimeOut"
	keyMaxKeys               = "GetConfigurationMaxKeys"
	keyHeartbeat             = "HeartbeatInterval"
	keyLocalList             = "LocalAuthListEnabled"
	keyOrganization          = "CpoName"
	keyLocalOffline          = "LocalAuthorizeOffline"
	keyPreAuthorize          = "LocalPreAuthorize"
	keyAlignedData           = "MeterValuesAlignedData"
	keySampledData           = "MeterValuesSampledData"
	keySampleInterval        = "MeterValueSampleInterval"
	keyStopOnEVSide          = "StopTransactionOnEVSideDisconnect"
	keyStopOnInvalid         = "StopTransactionOnInvalidId"
	keyStopSampledData       = "StopTxnSampledData"
	keyTransactionAttempts   = "TransactionMessageAttempts"
	keyTransactionRetryAfter = "TransactionMessageRetryInterval"
)

func newConfiguration(o *Options) *configuration {
	yes, no := "true", "false"
	rotation := make([]string, len(o.Connectors)+1)
	for i := range rotation {
		rotation[i] = fmt.Sprintf("%d.RST", i)
	}
	c := &configuration{byName: map[string]*setting{}}
	c.add(
		&setting{name: keyAuthorizationKey, writeOnly: true, valid: isPassword, apply: func(s *Station) { s.newPassword() }},
		&setting{name: keyAllowOfflineUnknown, value: no, valid: isBool},
		&setting{name: keyCache, value: yes, valid: isBool},
		&setting{name: keyAuthorizeRemote, value: no, valid: isBool},
		&setting{name: keyClockAligned, value: "0", valid: isCount, apply: func(s *Station) { s.alignSamples() }},
		&setting{name: keyConnectionTimeout, value: "90", valid: isCount},
		&setting{name: "ConnectorPhaseRotation", value: strings.Join(rotation, ",")},
		&setting{name: keyMaxKeys, value: "50", readonly: true},
		&setting{name: keyHeartbeat, value: "300", valid: isCount, apply: func(s *Station) { s.planHeartbeat() }},
		&setting{name: keyLocalOffline, value: yes, valid: isBool},
		&setting{name: keyPreAuthorize, value: no, valid: isBool},
		&setting{name: keyAlignedData, value: string(v16.MeasurandEnergyActiveImportRegister), valid: areMeasurands},
		&setting{name: keySampledData, value: sampledByDefault, valid: areMeasurands},
		&setting{name: keySampleInterval, value: strconv.Itoa(int(o.SampleInterval.Seconds())), valid: isCount, apply: func(s *Station) { s.planSamples() }},
		&setting{name: "NumberOfConnectors", value: strconv.Itoa(len(o.Connectors)), readonly: true},
		&setting{name: "ResetRetries", value: "1", valid: isCount},
		&setting{name: keyStopOnEVSide, value: yes, valid: isBool},
		&setting{name: keyStopOnInvalid, value: yes, valid: isBool},
		&setting{name: "StopTxnAlignedData", value: "", valid: areMeasurands},
		&setting{name: keyStopSampledData, value: string(v16.MeasurandEnergyActiveImportRegister), valid: areMeasurands},
		&setting{name: "SupportedFeatureProfiles", value: "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger", readonly: true},
		&setting{name: keyTransactionAttempts, value: "3", valid: isCount},
		&setting{name: keyTransactionRetryAfter, value: "10", valid: isCount},
		&setting{name: "UnlockConnectorOnEVSideDisconnect", value: yes, valid: isBool},
		&setting{name: keyLocalList, value: yes, valid: isBool},
		&setting{name: "LocalAuthListMaxLength", value: strconv.Itoa(listLimit), readonly: true},
		&setting{name: "SendLocalListMaxLength", value: "100", readonly: true},
		&setting{name: "ReserveConnectorZeroSupported", value: yes, readonly: true},
		&setting{name: "ChargeProfileMaxStackLevel", value: strconv.Itoa(maxStackLevel), readonly: true},
		&setting{name: "ChargingScheduleAllowedChargingRateUnit", value: "Current,Power", readonly: true},
		&setting{name: "ChargingScheduleMaxPeriods", value: strconv.Itoa(maxPeriods), readonly: true},
		&setting{name: "MaxChargingProfilesInstalled", value: strconv.Itoa(maxProfiles), readonly: true},
		&setting{name: "SupportedFileTransferProtocols", value: "HTTP,HTTPS", readonly: true},
		&setting{name: "SecurityProfile", value: securityProfile(o.URL, o.Password), readonly: true},
		&setting{name: "CertificateStoreMaxLength", value: strconv.Itoa(maxCertificates), readonly: true},
		&setting{name: keyOrganization, value: "Demo Charging", valid: func(v string) bool { return len(v) <= 50 }},
		&setting{name: "LightIntensity", value: "70", valid: isPercent},
		// Makers have settings of their own, and some take effect at the next boot.
		&setting{name: "NetworkMode", value: "ethernet", reboot: true, valid: func(v string) bool { return v == "ethernet" || v == "cellular" }},
	)
	return c
}

func (c *configuration) add(settings ...*setting) {
	for _, s := range settings {
		c.list = append(c.list, s)
		c.byName[strings.ToLower(s.name)] = s
	}
}

// find ignores case (OCPP 1.6 §7, CiString).
func (c *configuration) find(name string) *setting { return c.byName[strings.ToLower(name)] }

func (c *configuration) value(name string) string { return c.find(name).value }

func (c *configuration) is(name string) bool { return strings.EqualFold(c.value(name), "true") }

func (c *configuration) number(name string) int {
	n, _ := strconv.Atoi(c.value(name)) // valid has seen to it
	return n
}

// securityProfile is the profile with which the station connects.
func securityProfile(url, password string) string {
	switch {
	case strings.HasPrefix(url, "wss:"):
		return "2"
	case password != "":
		return "1"
	}
	return "0"
}

func isBool(v string) bool { return strings.EqualFold(v, "true") || strings.EqualFold(v, "false") }

func isCount(v string) bool {
	n, err := strconv.Atoi(v)
	return err == nil && n >= 0 && n <= 7*24*3600
}

func isPercent(v string) bool {
	n, err := strconv.Atoi(v)
	return err == nil && n >= 0 && n <= 100
}

func isPassword(v string) bool { return len(v) >= 16 && len(v) <= 40 }

func areMeasurands(v string) bool {
	if v == "" {
		return true
	}
	for name := range strings.SplitSeq(v, ",") {
		known := false
		for _, m := range measurands {
			known = known || strings.EqualFold(strings.TrimSpace(name), string(m))
		}
		if !known {
			return false
		}
	}
	return true
}
