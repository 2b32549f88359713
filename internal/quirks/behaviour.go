package quirks

// Behaviour is how a station wants to be treated. A field that is nil or empty says nothing, and the usual is done; a false or a 0
// is said on purpose, and overrides a row that says otherwise.
//
// The tags are the description that people read: doc is a sentence, unit what a number counts, min and max its bounds, values
// what a text may be.
type Behaviour struct {
	// Connecting.

	DefaultVersion    *string `json:"defaultVersion,omitempty" values:"1.6 2.0.1 2.1" doc:"The OCPP version to speak when the station names none."`
	PreferredVersion  *string `json:"preferredVersion,omitempty" values:"1.6 2.0.1 2.1" doc:"The OCPP version to choose when the station offers several."`
	HexPassword       *bool   `json:"hexPassword,omitempty" doc:"The station takes its password as hex digits, an even number of them, and may send the bytes they stand for."`
	PingInterval      *int    `json:"pingInterval,omitempty" unit:"seconds" min:"0" max:"3600" doc:"How often the station is asked for a sign of life; 0 for never, where pings upset it."`
	LongOfflineGrace  *int    `json:"longOfflineGrace,omitempty" unit:"seconds" min:"0" max:"86400" doc:"How long the station may be gone before anybody is told: it is slow to dial again."`
	CloseAfterNoReply *int    `json:"closeAfterNoReply,omitempty" unit:"commands" min:"0" max:"100" doc:"After how many unanswered commands in a row the connection is closed once, so that the station starts afresh; 0 for never."`

	// After the boot.

	SettleDelay         *int  `json:"settleDelay,omitempty" unit:"seconds" min:"0" max:"600" doc:"How long the station is left alone after its boot, before the first command."`
	NoTriggersAfterBoot *bool `json:"noTriggersAfterBoot,omitempty" doc:"The station isn't asked for statuses or meter values after its boot; what it sends by itself has to do."`
	NoBootTrigger       *bool `json:"noBootTrigger,omitempty" doc:"The station is never asked to send its boot again."`
	BootTriggerDelay    *int  `json:"bootTriggerDelay,omitempty" unit:"seconds" min:"0" max:"600" doc:"The station sends no boot when it connects again: how long to wait for one before it is asked for it."`
	NoSetupWrites       *bool `json:"noSetupWrites,omitempty" doc:"No setting is changed by itself after a boot; only people change them."`
	NoInventoryAtOnce   *bool `json:"noInventoryAtOnce,omitempty" doc:"The station is asked for its settings a few at a time, never for all of them."`
	InventoryChunk      *int  `json:"inventoryChunk,omitempty" unit:"settings" min:"1" max:"500" doc:"How many settings to ask for at a time."`

	// Settings.

	ConfigurationKeySpelling map[string]string `json:"configurationKeySpelling,omitempty" doc:"Settings that the station calls by another name: ours, then the station's."`
	MeasurandsWithPhase      *bool             `json:"measurandsWithPhase,omitempty" doc:"Lists of measurands name each phase, as in Current.Import.L1."`
	NoEmptyMeasurands        *bool             `json:"noEmptyMeasurands,omitempty" doc:"An empty list of measurands is never written: the station would report nothing from then on."`

	// Smart charging.

	NoSmartCharging             *bool    `json:"noSmartCharging,omitempty" doc:"The station takes no charging profile; its power can't be limited from here."`
	MaxStackLevel               *int     `json:"maxStackLevel,omitempty" min:"0" max:"1000" doc:"The highest stack level the station takes, whatever it states."`
	RateUnit                    *string  `json:"rateUnit,omitempty" values:"A W" doc:"The unit limits are sent in: ampere per phase, or watt."`
	LimitDecimals               *int     `json:"limitDecimals,omitempty" min:"0" max:"6" doc:"How many decimals a limit may have."`
	LimitSteps                  []string `json:"limitSteps,omitempty" unit:"A" doc:"The only limits the station knows; the next lower one is sent."`
	ZeroLimitEndsSession        *bool    `json:"zeroLimitEndsSession,omitempty" doc:"A limit of 0 ends the session instead of pausing it."`
	MinLimitA                   *float64 `json:"minLimitA,omitempty" unit:"A" min:"0" max:"1000" doc:"The lowest limit in ampere that the station keeps a session alive with."`
	MinLimitW                   *float64 `json:"minLimitW,omitempty" unit:"W" min:"0" max:"1000000" doc:"The lowest limit in watt that the station keeps a session alive with."`
	StartScheduleInPast         *int     `json:"startScheduleInPast,omitempty" unit:"seconds" min:"0" max:"3600" doc:"How far in the past a schedule begins, so that a clock that runs late doesn't delay it."`
	NoProfileInRemoteStart      *bool    `json:"noProfileInRemoteStart,omitempty" doc:"A remote start carries no charging profile; it is sent after the start."`
	IgnoredProfilePurposes      []string `json:"ignoredProfilePurposes,omitempty" values:"ChargePointMaxProfile ChargingStationMaxProfile TxDefaultProfile TxProfile" doc:"Purposes of profiles that the station accepts and then ignores."`
	NoCompositeSchedule         *bool    `json:"noCompositeSchedule,omitempty" doc:"What the station answers about its composite schedule can't be used."`
	RefusesRepeatedAvailability *bool    `json:"refusesRepeatedAvailability,omitempty" doc:"The station refuses an availability that it already has: a refusal then counts as done."`

	// Metering.

	EnergyUnit           *string `json:"energyUnit,omitempty" values:"Wh kWh" doc:"The unit that energy is really in, where the station's label lies."`
	RegisterPerSession   *bool   `json:"registerPerSession,omitempty" doc:"The register in meter values counts from the start of the session, not from the beginning of the meter."`
	ZoneForZonelessTimes *string `json:"zoneForZonelessTimes,omitempty" doc:"The time zone of times without one, such as Europe/Berlin; location is the zone of the station's location."`

	// Sessions and statuses.

	TokenCleanup          *string `json:"tokenCleanup,omitempty" values:"none before_underscore before_semicolon" doc:"Which part of a token counts, where the station adds to it."`
	IgnoreStatusOrder     *bool   `json:"ignoreStatusOrder,omitempty" doc:"Statuses count in the order in which they arrive, whatever time they state."`
	AvailableWhilePlugged *bool   `json:"availableWhilePlugged,omitempty" doc:"The station says Available while a cable is plugged in."`
	NoStartWhileFinishing *bool   `json:"noStartWhileFinishing,omitempty" doc:"After a session the cable must be unplugged before the next remote start."`

	// Files.

	FileNameInURL *bool `json:"fileNameInURL,omitempty" doc:"Links to firmware end with a file name, which the station insists on."`
	MaxURLLength  *int  `json:"maxURLLength,omitempty" unit:"characters" min:"40" max:"2000" doc:"The longest URL that the station takes."`
}
