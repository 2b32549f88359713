package simulator

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// variable is one of the device model (OCPP 2.0.1 Part 1 §4). Its value is a setting of the station, or what read finds.
type variable struct {
	component      v21.Component
	name, instance string

	setting *setting
	read    func() string

	mutability v21.Mutability
	kind       v21.DataType
	unit, list string
	min, max   schema.Opt[float64]
	// most is the attribute MaxSet of what has one: a limit that the hardware sets.
	most     string
	constant bool
	monitors bool // SetVariableMonitoring may watch it
	// summary variables say how the station is.
	summary bool
}

// model is the device model in the order in which it is reported.
type model struct {
	list []*variable
}

// Settings that only 2.x stations have.
const (
	keyTxStartPoint  = "TxCtrlr.TxStartPoint"
	keyTxStartedData = "SampledDataCtrlr.TxStartedMeasurands"
	keyMonitoring    = "MonitoringCtrlr.Enabled"
	keyItemsReport   = "DeviceDataCtrlr.ItemsPerMessage.GetReport"
	keyItemsGet      = "DeviceDataCtrlr.ItemsPerMessage.GetVariables"
	keyItemsSet      = "DeviceDataCtrlr.ItemsPerMessage.SetVariables"
	keyItemsMonitor  = "MonitoringCtrlr.ItemsPerMessage.SetVariableMonitoring"
)

// Modifiers of a variable.
type is func(v *variable)

func within(low, high float64) is {
	return func(v *variable) { v.min, v.max = schema.Some(low), schema.Some(high) }
}
func in(unit string) is { return func(v *variable) { v.unit = unit } }
func of(values ...string) is {
	return func(v *variable) { v.list = strings.Join(values, ",") }
}
func atMost(value string) is { return func(v *variable) { v.most = value } }

var (
	readOnly  is = func(v *variable) { v.mutability = v21.MutabilityReadOnly }
	constant  is = func(v *variable) { v.mutability, v.constant = v21.MutabilityReadOnly, true }
	writeOnly is = func(v *variable) { v.mutability = v21.MutabilityWriteOnly }
	watchable is = func(v *variable) { v.monitors = true }
	summarise is = func(v *variable) { v.summary = true }
	reboots   is = func(v *variable) { v.setting.reboot = true }
)

// add puts a variable into the model; ways after a name in brackets are its instance.
func (m *model) add(component v21.Component, name string, kind v21.DataType, ways ...is) *variable {
	v := &variable{component: component, name: name, kind: kind, mutability: v21.MutabilityReadWrite}
	if at := strings.IndexByte(name, '['); at > 0 {
		v.name, v.instance = name[:at], strings.TrimSuffix(name[at+1:], "]")
	}
	m.list = append(m.list, v)
	for _, way := range ways {
		way(v)
	}
	return v
}

// find looks for a variable; what it finds first of component and variable tells which of them is unknown. Names ignore case.
func (m *model) find(component *v21.Component, name *v21.Variable) (v *variable, componentKnown bool) {
	for _, v := range m.list {
		if !sameComponent(&v.component, component) {
			continue
		}
		componentKnown = true
		if strings.EqualFold(v.name, name.Name) && strings.EqualFold(v.instance, name.Instance) {
			return v, true
		}
	}
	return nil, componentKnown
}

func sameComponent(a, b *v21.Component) bool {
	return strings.EqualFold(a.Name, b.Name) && strings.EqualFold(a.Instance, b.Instance) && sameEVSE(a.EVSE, b.EVSE)
}

func sameEVSE(a, b *v21.EVSE) bool {
	return a == nil && b == nil || a != nil && b != nil && a.ID == b.ID && a.ConnectorID == b.ConnectorID
}

func (v *variable) value() string {
	if v.setting != nil {
		return v.setting.value
	}
	return v.read()
}

// accepts judges a value as the characteristics say.
func (v *variable) accepts(value string) bool {
	switch v.kind {
	case v21.DataTypeBoolean:
		return value == "true" || value == "false"
	case v21.DataTypeInteger, v21.DataTypeDecimal:
		n, err := strconv.ParseFloat(value, 64)
		if err != nil || v.kind == v21.DataTypeInteger && strings.Contains(value, ".") {
			return false
		}
		return (!v.min.Set || n >= v.min.Value) && (!v.max.Set || n <= v.max.Value)
	case v21.DataTypeOptionList:
		return listed(v.list, value)
	case v21.DataTypeMemberList, v21.DataTypeSequenceList:
		for entry := range strings.SplitSeq(value, ",") {
			if value != "" && v.list != "" && !listed(v.list, entry) {
				return false
			}
		}
	case v21.DataTypeDateTime:
		_, err := time.Parse(time.RFC3339, value)
		return err == nil
	}
	return !v.max.Set || len(value) <= int(v.max.Value)
}

func (v *variable) data() v21.ReportData {
	attribute := v21.VariableAttribute{Type: v21.AttributeTypeActual, Mutability: v.mutability, Value: v.value(), Persistent: schema.Some(true)}
	if v.mutability == v21.MutabilityWriteOnly {
		attribute.Value = ""
	}
	if v.constant {
		attribute.Constant = schema.Some(true)
	}
	data := v21.ReportData{
		Component: v.component, Variable: v21.Variable{Name: v.name, Instance: v.instance}, VariableAttribute: []v21.VariableAttribute{attribute},
		VariableCharacteristics: &v21.VariableCharacteristics{
			DataType: v.kind, Unit: v.unit, ValuesList: v.list, MinLimit: v.min, MaxLimit: v.max, SupportsMonitoring: v.monitors,
		},
	}
	if v.most != "" {
		data.VariableAttribute = append(data.VariableAttribute, v21.VariableAttribute{
			Type: v21.AttributeTypeMaxSet, Mutability: v21.MutabilityReadOnly, Value: v.most, Persistent: schema.Some(true), Constant: schema.Some(true),
		})
	}
	return data
}

func sortedKeys[K ~int64 | ~string](keys iter.Seq[K]) []K { return slices.Sorted(keys) }

// modelBuilder adds variables to the model.
type modelBuilder struct {
	*model
	s *station2x
}

// setting adds a variable that stands for a setting of the station.
func (b *modelBuilder) setting(key, component, name string, kind v21.DataType, ways ...is) {
	k := b.s.config.find(key)
	b.add(v21.Component{Name: component}, name, kind, append([]is{func(v *variable) { v.setting = k }}, ways...)...)
}

// fresh adds a setting that no other version has, together with its variable.
func (b *modelBuilder) fresh(component, name, value string, kind v21.DataType, ways ...is) {
	key := component + "." + strings.NewReplacer("[", ".", "]", "").Replace(name)
	b.s.config.add(&setting{name: key, value: value})
	b.setting(key, component, name, kind, ways...)
}

// show adds a variable that can only be read.
func (b *modelBuilder) show(component v21.Component, name string, kind v21.DataType, read func() string, ways ...is) {
	b.add(component, name, kind, append([]is{readOnly, func(v *variable) { v.read = read }}, ways...)...)
}

func fixed(value string) func() string { return func() string { return value } }

func newModel(s *station2x) model {
	m := model{}
	b := &modelBuilder{&m, s}
	// 2.x has no measurand for the temperature.
	s.config.find(keySampledData).value = strings.TrimSuffix(sampledByDefault, ",Temperature")
	b.hardware()
	b.communication()
	b.transactions()
	b.authorisation()
	b.smartCharging()
	b.management()
	if s.is21() {
		b.only21()
	}
	return m
}

// hardware describes the station, its EVSEs and its connectors.
func (b *modelBuilder) hardware() {
	s := b.s
	station := v21.Component{Name: "ChargingStation"}
	text, number, yes := v21.DataTypeString, v21.DataTypeDecimal, v21.DataTypeBoolean
	b.show(station, "Model", text, func() string { return s.opts.Model }, constant)
	b.show(station, "VendorName", text, func() string { return s.opts.Vendor }, constant)
	b.show(station, "SerialNumber", text, func() string { return s.opts.Serial }, constant)
	b.show(station, "FirmwareVersion", text, func() string { return s.opts.Firmware })
	b.show(station, "AvailabilityState", v21.DataTypeOptionList, s.stationState, of("Available", "Occupied", "Reserved", "Unavailable", "Faulted"), watchable, summarise)
	b.show(station, "Available", yes, fixed("true"))
	b.show(station, "Problem", yes, func() string { return strconv.FormatBool(s.stationState() == "Faulted") }, watchable, summarise)
	b.show(station, "SupplyPhases", v21.DataTypeInteger, fixed("3"), within(1, 3))
	b.show(station, "ACVoltage", number, fixed("230"), in("V"), watchable)
	b.show(station, "Temperature", number, func() string { return format(s.read(s.connectors[0]).temperature) }, in("Celsius"), within(-40, 120), watchable)
	b.fresh("ChargingStation", "LightIntensity", "70", v21.DataTypeInteger, in("Percent"), within(0, 100))
	for _, c := range s.connectors {
		evse := v21.Component{Name: "EVSE", EVSE: &v21.EVSE{ID: int64(c.no)}}
		state := func() string { return string(connectorStatus(c)) }
		b.show(evse, "AvailabilityState", v21.DataTypeOptionList, state, of("Available", "Occupied", "Reserved", "Unavailable", "Faulted"), watchable, summarise)
		b.show(evse, "Available", yes, fixed("true"))
		b.show(evse, "Problem", yes, func() string { return strconv.FormatBool(c.fault != nil) }, watchable, summarise)
		b.show(evse, "SupplyPhases", v21.DataTypeInteger, fixed(strconv.Itoa(c.opts.phasesUsed(nil))), within(1, 3))
		b.show(evse, "Power", number, func() string { return format(s.powerNow(c)) }, in("W"), within(0, c.opts.MaxPowerW), atMost(format(c.opts.MaxPowerW)), watchable)
		b.show(evse, "Current", number, func() string { return format(s.powerNow(c) / voltage) }, in("A"), watchable)
		if s.is21() {
			b.show(evse, "ISO15118EvseId", text, fixed("DE*BSB*E"+strconv.Itoa(c.no)))
			b.show(evse, "DCInputPhaseControl", yes, fixed("false"))
		}
		plug := v21.Component{Name: "Connector", EVSE: &v21.EVSE{ID: int64(c.no), ConnectorID: schema.Some[int64](1)}}
		b.show(plug, "AvailabilityState", v21.DataTypeOptionList, state, of("Available", "Occupied", "Reserved", "Unavailable", "Faulted"), watchable, summarise)
		b.show(plug, "Available", yes, fixed("true"))
		kind := "cType2"
		if c.opts.Type == DC {
			kind = "cCCS2"
		}
		b.show(plug, "ConnectorType", text, fixed(kind), constant)
		b.show(plug, "SupplyPhases", v21.DataTypeInteger, fixed(strconv.Itoa(c.opts.phasesUsed(nil))))
		b.show(plug, "Problem", yes, func() string { return strconv.FormatBool(c.fault != nil) }, watchable)
	}
}

// stationState is the worst of the connectors that explains why nobody can charge, and Available otherwise.
func (s *station2x) stationState() string {
	if !s.operative {
		return string(v21.ConnectorStatusUnavailable)
	}
	state := v21.ConnectorStatusFaulted
	for _, c := range s.connectors {
		if connectorStatus(c) != v21.ConnectorStatusFaulted {
			state = v21.ConnectorStatusAvailable
		}
	}
	return string(state)
}

func format(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }

// communication is how the station talks.
func (b *modelBuilder) communication() {
	whole, yes, text, list := v21.DataTypeInteger, v21.DataTypeBoolean, v21.DataTypeString, v21.DataTypeOptionList
	seconds := in("s")
	b.setting(keyHeartbeat, "OCPPCommCtrlr", "HeartbeatInterval", whole, seconds, within(1, 86_400))
	b.fresh("OCPPCommCtrlr", "WebSocketPingInterval", "0", whole, seconds, within(0, 3600))
	b.fresh("OCPPCommCtrlr", "RetryBackOffRandomRange", "10", whole, seconds, within(0, 3600))
	b.fresh("OCPPCommCtrlr", "RetryBackOffRepeatTimes", "3", whole, within(0, 100))
	b.fresh("OCPPCommCtrlr", "RetryBackOffWaitMinimum", "10", whole, seconds, within(0, 3600))
	b.fresh("OCPPCommCtrlr", "ResetRetries", "1", whole, within(0, 10))
	b.fresh("OCPPCommCtrlr", "OfflineThreshold", "600", whole, seconds, within(0, 86_400))
	b.fresh("OCPPCommCtrlr", "MessageTimeout[Default]", "30", whole, seconds, within(1, 300))
	b.setting(keyTransactionAttempts, "OCPPCommCtrlr", "MessageAttempts[TransactionEvent]", whole, within(1, 100))
	b.setting(keyTransactionRetryAfter, "OCPPCommCtrlr", "MessageAttemptInterval[TransactionEvent]", whole, seconds, within(0, 3600))
	b.fresh("OCPPCommCtrlr", "NetworkConfigurationPriority", "1", v21.DataTypeSequenceList, of("1", "2", "3"), reboots)
	b.fresh("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", "3", whole, within(1, 100))
	b.fresh("OCPPCommCtrlr", "ActiveNetworkProfile", "1", whole, readOnly)
	b.fresh("OCPPCommCtrlr", "FileTransferProtocols", "HTTP,HTTPS", v21.DataTypeMemberList, readOnly, of("HTTP", "HTTPS"))
	b.fresh("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", "true", yes)
	b.fresh("OCPPCommCtrlr", "QueueAllMessages", "false", yes)
	b.fresh("OCPPCommCtrlr", "FieldLength[DataTransferRequest.data]", "2500", whole, constant)

	b.setting(keyAuthorizationKey, "SecurityCtrlr", "BasicAuthPassword", text, writeOnly, within(16, 40))
	b.fresh("SecurityCtrlr", "Identity", b.s.opts.Identity, text, readOnly, within(0, 48))
	b.setting(keyOrganization, "SecurityCtrlr", "OrganizationName", text, within(0, 64))
	b.show(v21.Component{Name: "SecurityCtrlr"}, "CertificateEntries", whole, func() string { return strconv.Itoa(len(b.s.certificates.installed)) }, within(0, maxCertificates))
	b.show(v21.Component{Name: "SecurityCtrlr"}, "SecurityProfile", whole, func() string { return securityProfile(b.s.address.url, b.s.password) }, within(0, 3))
	b.fresh("SecurityCtrlr", "AdditionalRootCertificateCheck", "false", yes, readOnly)
	b.fresh("SecurityCtrlr", "MaxCertificateChainSize", "10000", whole, constant)
	b.fresh("SecurityCtrlr", "CertSigningWaitMinimum", "30", whole, seconds, within(0, 3600))
	b.fresh("SecurityCtrlr", "CertSigningRepeatTimes", "2", whole, within(0, 10))

	b.show(v21.Component{Name: "ClockCtrlr"}, "DateTime", v21.DataTypeDateTime, func() string { return b.s.now().UTC().Format("2006-01-02T15:04:05.000Z") })
	b.fresh("ClockCtrlr", "TimeSource", "Heartbeat,NTP", v21.DataTypeSequenceList, of("Heartbeat", "NTP", "RealTimeClock", "GPS", "MobileNetwork"))
	b.fresh("ClockCtrlr", "TimeZone", "Europe/Berlin", text, within(0, 40))
	b.fresh("ClockCtrlr", "NtpServerUri[1]", "ntp.demo.example", text, within(0, 255))
	b.fresh("ClockCtrlr", "NtpSource", "manual", list, of("DHCP", "manual"))
}

// transactions is how sessions run and what is measured in them.
func (b *modelBuilder) transactions() {
	whole, yes, members := v21.DataTypeInteger, v21.DataTypeBoolean, v21.DataTypeMemberList
	seconds := in("s")
	var known []string
	for _, m := range measurands {
		if v21.Measurand(m).Known() {
			known = append(known, string(m))
		}
	}
	b.fresh("TxCtrlr", "TxStartPoint", "EVConnected,Authorized", members, of("EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"))
	b.fresh("TxCtrlr", "TxStopPoint", "EVConnected,Authorized", members, readOnly, of("EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"))
	b.setting(keyConnectionTimeout, "TxCtrlr", "EVConnectionTimeOut", whole, seconds, within(1, 3600))
	b.setting(keyStopOnEVSide, "TxCtrlr", "StopTxOnEVSideDisconnect", yes)
	b.setting(keyStopOnInvalid, "TxCtrlr", "StopTxOnInvalidId", yes)
	b.fresh("TxCtrlr", "TxBeforeAcceptedEnabled", "false", yes, readOnly)
	b.fresh("TxCtrlr", "MaxEnergyOnInvalidId", "0", whole, in("Wh"), within(0, 100_000))

	b.fresh("SampledDataCtrlr", "Enabled", "true", yes, readOnly)
	b.fresh("SampledDataCtrlr", "Available", "true", yes, readOnly)
	b.fresh("SampledDataCtrlr", "TxStartedMeasurands", "Energy.Active.Import.Register", members, of(known...))
	b.setting(keySampledData, "SampledDataCtrlr", "TxUpdatedMeasurands", members, of(known...))
	b.setting(keyStopSampledData, "SampledDataCtrlr", "TxEndedMeasurands", members, of(known...))
	b.setting(keySampleInterval, "SampledDataCtrlr", "TxUpdatedInterval", whole, seconds, within(0, 86_400))
	b.fresh("SampledDataCtrlr", "TxEndedInterval", "0", whole, seconds, within(0, 86_400))
	b.signing()

	b.fresh("AlignedDataCtrlr", "Enabled", "true", yes, readOnly)
	b.fresh("AlignedDataCtrlr", "Available", "true", yes, readOnly)
	b.setting(keyAlignedData, "AlignedDataCtrlr", "Measurands", members, of(known...))
	b.setting(keyClockAligned, "AlignedDataCtrlr", "Interval", whole, seconds, within(0, 86_400))
	b.fresh("AlignedDataCtrlr", "SendDuringIdle", "true", yes, readOnly)
	b.fresh("AlignedDataCtrlr", "TxEndedMeasurands", "Energy.Active.Import.Register", members, of(known...))
	b.fresh("AlignedDataCtrlr", "TxEndedInterval", "0", whole, seconds, within(0, 86_400))
}

// signing is what of the readings is signed.
func (b *modelBuilder) signing() {
	yes := v21.DataTypeBoolean
	if b.s.signer == nil {
		b.fresh("SampledDataCtrlr", "SignReadings", "false", yes, readOnly)
		return
	}
	b.setting(keySign, "SampledDataCtrlr", "SignReadings", yes)
	b.setting(keySignUpdated, "SampledDataCtrlr", "SignUpdatedReadings", yes)
	b.setting(keySignAligned, "AlignedDataCtrlr", "SignReadings", yes)
	b.setting(keyPublicKey, "OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", v21.DataTypeOptionList, of("Never", "OncePerTransaction", "EveryMeterValue"))
	for _, c := range b.s.connectors {
		b.show(v21.Component{Name: "FiscalMetering", EVSE: &v21.EVSE{ID: int64(c.no)}}, "PublicKey", v21.DataTypeString, b.s.signer.publicKey2x, constant)
	}
}

// authorisation is who may charge.
func (b *modelBuilder) authorisation() {
	whole, yes := v21.DataTypeInteger, v21.DataTypeBoolean
	b.fresh("AuthCtrlr", "Enabled", "true", yes, readOnly)
	b.setting(keyAllowOfflineUnknown, "AuthCtrlr", "OfflineTxForUnknownIdEnabled", yes)
	b.setting(keyAuthorizeRemote, "AuthCtrlr", "AuthorizeRemoteStart", yes)
	b.setting(keyLocalOffline, "AuthCtrlr", "LocalAuthorizeOffline", yes)
	b.setting(keyPreAuthorize, "AuthCtrlr", "LocalPreAuthorize", yes)
	b.fresh("AuthCtrlr", "MasterPassGroupId", "", v21.DataTypeString, within(0, 36))
	b.setting(keyCache, "AuthCacheCtrlr", "Enabled", yes)
	b.fresh("AuthCacheCtrlr", "Available", "true", yes, readOnly)
	b.fresh("AuthCacheCtrlr", "LifeTime", "86400", whole, in("s"), within(0, 31_536_000))
	b.show(v21.Component{Name: "AuthCacheCtrlr"}, "Storage", whole, func() string { return strconv.Itoa(64 * len(b.s.cache)) }, in("B"), within(0, 65_536))
	b.setting(keyLocalList, "LocalAuthListCtrlr", "Enabled", yes)
	b.fresh("LocalAuthListCtrlr", "Available", "true", yes, readOnly)
	b.show(v21.Component{Name: "LocalAuthListCtrlr"}, "Entries", whole, func() string { return strconv.Itoa(len(b.s.list.entries)) }, within(0, listLimit), atMost(strconv.Itoa(listLimit)))
	b.fresh("LocalAuthListCtrlr", "ItemsPerMessage", "100", whole, readOnly)
	b.fresh("LocalAuthListCtrlr", "BytesPerMessage", "65536", whole, readOnly, in("B"))
	b.fresh("ReservationCtrlr", "Enabled", "true", yes)
	b.fresh("ReservationCtrlr", "Available", "true", yes, readOnly)
	b.fresh("ReservationCtrlr", "NonEvseSpecific", "true", yes, readOnly)
}

func (b *modelBuilder) smartCharging() {
	whole, yes := v21.DataTypeInteger, v21.DataTypeBoolean
	b.fresh("SmartChargingCtrlr", "Enabled", "true", yes)
	b.fresh("SmartChargingCtrlr", "Available", "true", yes, readOnly)
	b.fresh("SmartChargingCtrlr", "ProfileStackLevel", strconv.Itoa(maxStackLevel), whole, constant)
	b.fresh("SmartChargingCtrlr", "RateUnit", "A,W", v21.DataTypeMemberList, constant, of("A", "W"))
	b.fresh("SmartChargingCtrlr", "PeriodsPerSchedule", strconv.Itoa(maxPeriods), whole, constant)
	b.show(v21.Component{Name: "SmartChargingCtrlr"}, "Entries[ChargingProfiles]", whole, func() string { return strconv.Itoa(len(b.s.profiles)) }, within(0, maxProfiles), atMost(strconv.Itoa(maxProfiles)))
	b.fresh("SmartChargingCtrlr", "LimitChangeSignificance", "1", v21.DataTypeDecimal, in("Percent"), within(0, 100))
	b.fresh("SmartChargingCtrlr", "ACPhaseSwitchingSupported", "false", yes, readOnly)
	b.fresh("SmartChargingCtrlr", "ExternalControlSignalsEnabled", "false", yes)
}

// management is how the station is looked after.
func (b *modelBuilder) management() {
	whole, yes := v21.DataTypeInteger, v21.DataTypeBoolean
	for _, message := range []string{"GetReport", "GetVariables", "SetVariables"} {
		b.fresh("DeviceDataCtrlr", "ItemsPerMessage["+message+"]", "20", whole, constant)
		b.fresh("DeviceDataCtrlr", "BytesPerMessage["+message+"]", "65536", whole, constant, in("B"))
	}
	b.fresh("DeviceDataCtrlr", "ConfigurationValueSize", "500", whole, constant)
	b.fresh("DeviceDataCtrlr", "ReportingValueSize", "500", whole, constant)
	b.fresh("DeviceDataCtrlr", "ValueSize", "500", whole, constant)
	b.fresh("MonitoringCtrlr", "Enabled", "true", yes)
	b.fresh("MonitoringCtrlr", "Available", "true", yes, readOnly)
	b.fresh("MonitoringCtrlr", "ItemsPerMessage[SetVariableMonitoring]", "20", whole, constant)
	b.fresh("MonitoringCtrlr", "ItemsPerMessage[ClearVariableMonitoring]", "20", whole, constant)
	b.fresh("MonitoringCtrlr", "BytesPerMessage[SetVariableMonitoring]", "65536", whole, constant, in("B"))
	b.show(v21.Component{Name: "MonitoringCtrlr"}, "ActiveMonitoringBase", v21.DataTypeOptionList, func() string { return string(b.s.monitors.baseName()) }, of("All", "FactoryDefault", "HardWiredOnly"))
	b.show(v21.Component{Name: "MonitoringCtrlr"}, "ActiveMonitoringLevel", whole, func() string { return strconv.FormatInt(b.s.monitors.severity(), 10) }, within(0, 9))
	b.fresh("DisplayMessageCtrlr", "Enabled", "true", yes)
	b.fresh("DisplayMessageCtrlr", "Available", "true", yes, readOnly)
	b.show(v21.Component{Name: "DisplayMessageCtrlr"}, "DisplayMessages", whole, func() string { return strconv.Itoa(len(b.s.screen.messages)) }, within(0, maxMessages), atMost(strconv.Itoa(maxMessages)))
	b.fresh("DisplayMessageCtrlr", "SupportedFormats", "ASCII,UTF8,URI", v21.DataTypeMemberList, readOnly, of("ASCII", "UTF8", "HTML", "URI"))
	b.fresh("DisplayMessageCtrlr", "SupportedPriorities", "AlwaysFront,InFront,NormalCycle", v21.DataTypeMemberList, readOnly, of("AlwaysFront", "InFront", "NormalCycle"))
	b.fresh("TariffCostCtrlr", "Enabled[Tariff]", "true", yes)
	b.fresh("TariffCostCtrlr", "Enabled[Cost]", "true", yes)
	b.fresh("TariffCostCtrlr", "Available[Tariff]", "true", yes, readOnly)
	b.fresh("TariffCostCtrlr", "Available[Cost]", "true", yes, readOnly)
	b.fresh("TariffCostCtrlr", "Currency", "EUR", v21.DataTypeString, within(0, 3))
	b.fresh("TariffCostCtrlr", "TariffFallbackMessage", "0.59 EUR/kWh", v21.DataTypeString, within(0, 255))
	b.fresh("TariffCostCtrlr", "TotalCostFallbackMessage", "You will see the total on your receipt.", v21.DataTypeString, within(0, 255))
	b.fresh("CustomizationCtrlr", "CustomImplementationEnabled", "false", yes, readOnly)
}

// only21 has the controllers that 2.1 has added.
func (b *modelBuilder) only21() {
	whole, yes := v21.DataTypeInteger, v21.DataTypeBoolean
	b.fresh("TxCtrlr", "TxResumptionTimeout", "300", whole, in("s"), within(0, 86_400))
	b.fresh("DCDERCtrlr", "Enabled", "true", yes)
	b.fresh("DCDERCtrlr", "Available", "true", yes, readOnly)
	b.fresh("V2XChargingCtrlr", "Enabled", "true", yes)
	b.fresh("V2XChargingCtrlr", "Available", "true", yes, readOnly)
	b.fresh("V2XChargingCtrlr", "SupportedOperationModes", "ChargingOnly,CentralSetpoint,ExternalLimits", v21.DataTypeMemberList, readOnly)
	b.fresh("BatterySwapCtrlr", "Available", "true", yes, readOnly)
	b.fresh("PaymentCtrlr", "Enabled", "true", yes, readOnly)
	b.fresh("WebPaymentsCtrlr", "Enabled", "true", yes)
	b.fresh("TariffCostCtrlr", "MaxElements[Tariff]", strconv.Itoa(maxTariffPrices), whole, constant)
	b.fresh("TariffCostCtrlr", "ConditionsSupported[Tariff]", "true", yes, readOnly)
	b.fresh("MonitoringCtrlr", "MaxPeriodicEventStreams", strconv.Itoa(maxStreams), whole, constant)
	b.fresh("SmartChargingCtrlr", "SupportsDynamicProfiles", "true", yes, readOnly)
	b.fresh("SmartChargingCtrlr", "SupportedAdditionalPurposes", "PriorityCharging,LocalGeneration", v21.DataTypeMemberList, readOnly, of("PriorityCharging", "LocalGeneration"))
}
