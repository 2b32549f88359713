package sentences

import (
	"cmp"
	"fmt"
	"strings"
)

// commandCalls say what we tell stations to do.
var commandCalls = map[string]sentence{
	"AFRRSignal": func(p content) string {
		return "The grid's operator calls for reserve: signal " + p.text("signal") + "."
	},
	"AdjustPeriodicEventStream": func(p content) string {
		return fmt.Sprintf("The station is to send stream %s %s.", p.text("id"), stream(p.under("params")))
	},
	"CancelReservation": func(p content) string { return "Reservation " + p.text("reservationId") + " is cancelled." },
	"CertificateSigned": func(p content) string {
		if use := p.text("certificateType"); use != "" && use != "ChargingStationCertificate" {
			return "The station gets the certificate that it asked for (" + use + ")."
		}
		return "The station gets its signed certificate."
	},
	"ChangeAvailability": func(p content) string {
		if p.text("type", "operationalStatus") == "Operative" {
			return p.place() + " is put into service."
		}
		return p.place() + " is taken out of service."
	},
	"ChangeConfiguration": func(p content) string {
		return fmt.Sprintf("The setting %s is changed to %s.", p.text("key"), shownValue(p.text("key"), p.text("value")))
	},
	"ChangeTransactionTariff": func(p content) string {
		return fmt.Sprintf("Session %s is priced by the tariff %s from now on.", p.text("transactionId"), tariff(p))
	},
	"ClearCache":           plain("The station is told to forget the tokens it remembers."),
	"ClearChargingProfile": clearedProfiles,
	"ClearDERControl": func(p content) string {
		switch id, kind := p.text("controlId"), p.text("controlType"); {
		case id != "":
			return "The control " + id + " of the grid is taken back."
		case kind != "":
			return "The controls of the grid of the kind " + kind + " are taken back."
		default:
			return "All controls of the grid are taken back."
		}
	},
	"ClearDisplayMessage": func(p content) string { return "Message " + p.text("id") + " is taken off the display." },
	"ClearTariffs": func(p content) string {
		if ids := p.texts("tariffIds"); len(ids) > 0 {
			return "The station is to forget the tariffs " + someOf(ids) + "."
		}
		return "The station is to forget the tariffs that it was given" + p.there() + "."
	},
	"ClearVariableMonitoring": func(p content) string {
		return "The station is to watch no longer: monitor " + someOf(p.texts("id")) + "."
	},
	"CostUpdated": func(p content) string {
		return fmt.Sprintf("Session %s costs %s so far: the station may show it.", p.text("transactionId"), p.text("totalCost"))
	},
	"CustomerInformation": func(p content) string {
		who := cmp.Or(p.text("idToken.idToken"), p.text("customerIdentifier"), p.text("customerCertificate.serialNumber"))
		switch {
		case p.is("report") && p.is("clear"):
			return "The station is to tell what it knows of the customer " + orUnknown(who) + ", and to forget it."
		case p.is("clear"):
			return "The station is to forget what it knows of the customer " + orUnknown(who) + "."
		default:
			return "The station is asked what it knows of the customer " + orUnknown(who) + "."
		}
	},
	"DataTransfer": func(p content) string {
		return fmt.Sprintf("Busbar sent a message of the maker's own (%s).", strings.TrimSpace(p.text("vendorId")+" "+p.text("messageId")))
	},
	"DeleteCertificate": func(p content) string {
		return "The station is to trust the certificate " + orUnknown(p.text("certificateHashData.serialNumber")) + " no longer."
	},
	"ExtendedTriggerMessage": triggerSentence,
	"GetBaseReport": func(p content) string {
		what := map[string]string{
			"ConfigurationInventory": "what can be set", "FullInventory": "everything it has", "SummaryInventory": "how it is",
		}[p.text("reportBase")]
		return "The station is asked to report " + cmp.Or(what, p.text("reportBase")) + " (request " + p.text("requestId") + ")."
	},
	"GetChargingProfiles": func(p content) string {
		text := "The station is asked for the limits that it holds" + p.there()
		if ids := p.texts("chargingProfile.chargingProfileId"); len(ids) > 0 {
			text += ": number " + someOf(ids)
		} else if words := purposeWords[p.text("chargingProfile.chargingProfilePurpose")]; words != "" {
			text += ": those " + words
		}
		return text + "."
	},
	"GetCompositeSchedule": func(p content) string {
		return fmt.Sprintf("The station is asked what it may deliver%s in the next %s seconds.", p.there(), p.text("duration"))
	},
	"GetConfiguration": func(p content) string {
		if keys := p.texts("key"); len(keys) > 0 {
			return "The station is asked for its settings " + someOf(keys) + "."
		}
		return "The station is asked for its settings."
	},
	"GetDERControl": func(p content) string {
		return "The station is asked which controls of the grid it has (request " + p.text("requestId") + ")."
	},
	"GetDiagnostics": func(p content) string {
		return "The station is asked to upload its diagnostics" + period(p, "startTime", "stopTime") + "."
	},
	"GetDisplayMessages": func(p content) string {
		return "The station is asked what its display shows (request " + p.text("requestId") + ")."
	},
	"GetInstalledCertificateIds": func(p content) string {
		uses := p.texts("certificateType")
		if one := p.text("certificateType"); one != "" {
			uses = []string{one}
		}
		if len(uses) == 0 {
			return "The station is asked which certificates it has."
		}
		return "The station is asked which certificates it has of the kind " + someOf(uses) + "."
	},
	"GetLocalListVersion": plain("The station is asked which version of the list of tokens it has."),
	"GetLog": func(p content) string {
		kind := map[string]string{"DiagnosticsLog": "its diagnostics", "SecurityLog": "its log of security events", "DataCollectorLog": "its log of collected data"}[p.text("logType")]
		return fmt.Sprintf("The station is asked to upload %s%s (request %s).", cmp.Or(kind, p.text("logType")), period(p, "log.oldestTimestamp", "log.latestTimestamp"), p.text("requestId"))
	},
	"GetMonitoringReport": func(p content) string {
		return "The station is asked which of its variables are watched (request " + p.text("requestId") + ")."
	},
	"GetPeriodicEventStream": plain("The station is asked which values it sends continuously."),
	"GetReport": func(p content) string {
		names := variables(p.list("componentVariable"))
		if len(names) == 0 {
			names = p.texts("componentCriteria")
		}
		return "The station is asked to report " + someOf(names) + " (request " + p.text("requestId") + ")."
	},
	"GetTariffs": func(p content) string {
		return "The station is asked for the tariffs that it was given" + p.there() + "."
	},
	"GetTransactionStatus": func(p content) string {
		if id := p.text("transactionId"); id != "" {
			return "The station is asked how session " + id + " stands."
		}
		return "The station is asked whether messages of sessions wait to be sent."
	},
	"GetVariables": func(p content) string {
		return "The station is asked for " + someOf(variables(p.list("getVariableData"))) + "."
	},
	"InstallCertificate": func(p content) string {
		return "The station is to trust another certificate (" + p.text("certificateType") + ")."
	},
	"NotifyAllowedEnergyTransfer": func(p content) string {
		return fmt.Sprintf("Session %s may charge in these ways: %s.", p.text("transactionId"), someOf(p.texts("allowedEnergyTransfer")))
	},
	"NotifyWebPaymentStarted": func(p content) string {
		return fmt.Sprintf("Somebody pays on the web for %s: the station is to wait %s seconds.", strings.Replace(p.place(), "The station", "the station", 1), p.text("timeout"))
	},
	"PublishFirmware": func(p content) string {
		return fmt.Sprintf("The local controller is to fetch firmware for the stations behind it (request %s).", p.text("requestId"))
	},
	"RemoteStartTransaction": startSentence,
	"RemoteStopTransaction":  stopSentence,
	"RequestBatterySwap": func(p content) string {
		return "The token " + p.token() + " may change a battery (request " + p.text("requestId") + ")."
	},
	"RequestStartTransaction": startSentence,
	"RequestStopTransaction":  stopSentence,
	"ReserveNow": func(p content) string {
		return fmt.Sprintf("%s is reserved for the token %s until %s (reservation %s).", p.place(), p.token(), orUnknown(p.moment("expiryDate", "expiryDateTime")), p.text("reservationId", "id"))
	},
	"Reset": func(p content) string {
		what := p.place()
		switch kind := p.text("type"); kind {
		case "OnIdle":
			return what + " is told to restart as soon as nobody charges."
		case "Immediate":
			return what + " is told to restart at once."
		case "ImmediateAndResume":
			return what + " is told to restart at once, and to go on with its sessions afterwards."
		default:
			return what + " is told to restart (" + kind + ")."
		}
	},
	"SendLocalList": func(p content) string {
		n, version := len(p.list("localAuthorizationList")), p.text("listVersion", "versionNumber")
		if p.text("updateType") == "Full" {
			return fmt.Sprintf("The station gets a whole list of tokens, version %s, with %s.", version, counted(n, "token"))
		}
		return fmt.Sprintf("The station's list of tokens is changed to version %s: %s.", version, counted(n, "change"))
	},
	"SetChargingProfile": func(p content) string {
		profile := p.under("csChargingProfiles")
		if profile == nil {
			profile = p.under("chargingProfile")
		}
		text := p.place() + " gets " + profile.profile()
		if id := profile.text("transactionId"); id != "" {
			text += " (" + id + ")"
		}
		return text + "."
	},
	"SetDERControl": func(p content) string {
		text := fmt.Sprintf("The station is to follow the control %s of the grid: %s", p.text("controlId"), p.text("controlType"))
		if p.is("isDefault") {
			text += ", where no other holds"
		}
		return text + "."
	},
	"SetDefaultTariff": func(p content) string {
		return "Sessions" + p.there() + " are priced by the tariff " + tariff(p) + " from now on."
	},
	"SetDisplayMessage": func(p content) string {
		return fmt.Sprintf("The display is to show message %s: %q.", p.text("message.id"), p.text("message.message.content"))
	},
	"SetMonitoringBase": func(p content) string {
		what := map[string]string{
			"All": "what it was told to", "FactoryDefault": "what its maker chose, and nothing else", "HardWiredOnly": "what it can't leave unwatched, and nothing else",
		}[p.text("monitoringBase")]
		return "The station is to watch " + cmp.Or(what, p.text("monitoringBase")) + "."
	},
	"SetMonitoringLevel": func(p content) string {
		return "The station is to tell of events of severity 0 to " + p.text("severity") + " only."
	},
	"SetNetworkProfile": func(p content) string {
		return fmt.Sprintf("The station gets connection %s: %s, security profile %s.", p.text("configurationSlot"), orUnknown(p.text("connectionData.ocppCsmsUrl")), p.text("connectionData.securityProfile"))
	},
	"SetVariableMonitoring": func(p content) string {
		var monitors []string
		for _, m := range p.list("setMonitoringData") {
			monitors = append(monitors, fmt.Sprintf("%s (%s %s)", m.variable(), m.text("type"), m.text("value")))
		}
		return "The station is to watch " + someOf(monitors) + "."
	},
	"SetVariables": func(p content) string {
		var changes []string
		for _, d := range p.list("setVariableData") {
			changes = append(changes, d.variable()+" to "+shownValue(d.text("variable.name"), d.text("attributeValue")))
		}
		return "Settings are changed: " + someOf(changes) + "."
	},
	"SignedUpdateFirmware": firmwareSentence,
	"TriggerMessage":       triggerSentence,
	"UnlockConnector":      func(p content) string { return p.place() + " is told to free its cable." },
	"UnpublishFirmware":    plain("The local controller is to offer the firmware to the stations behind it no longer."),
	"UpdateDynamicSchedule": func(p content) string {
		return fmt.Sprintf("Limit %s is now: %s.", p.text("chargingProfileId"), update(p.under("scheduleUpdate")))
	},
	"UpdateFirmware": firmwareSentence,
	"UsePriorityCharging": func(p content) string {
		if p.is("activate") {
			return "Session " + p.text("transactionId") + " is given priority."
		}
		return "Session " + p.text("transactionId") + " has its priority taken back."
	},
}

func startSentence(p content) string {
	text := "The station is asked to start a session" + p.there() + " with the token " + p.token()
	if profile := p.under("chargingProfile"); profile != nil {
		text += ", with " + profile.profile()
	}
	return text + "."
}

func stopSentence(p content) string {
	return fmt.Sprintf("The station is asked to end session %s.", p.text("transactionId"))
}

func triggerSentence(p content) string {
	return "The station is asked to send " + strings.TrimSpace(p.text("requestedMessage")+" "+p.text("customTrigger")) + p.there() + " now."
}

func firmwareSentence(p content) string {
	text := "The station is to update its firmware"
	if signed := p.text("firmware.signature"); signed != "" {
		text = "The station is to update its firmware, whose signature it checks"
	}
	if at := p.moment("retrieveDate", "firmware.retrieveDateTime"); at != "" {
		text += ": it fetches the file from " + at
	}
	if at := p.moment("firmware.installDateTime"); at != "" {
		text += " and installs it from " + at
	}
	if id := p.text("requestId"); id != "" {
		text += " (request " + id + ")"
	}
	return text + "."
}

func clearedProfiles(p content) string {
	criteria := p.under("chargingProfileCriteria")
	if criteria == nil {
		criteria = p
	}
	switch id, words := p.text("id", "chargingProfileId"), purposeWords[criteria.text("chargingProfilePurpose")]; {
	case id != "":
		return "Limit " + id + " is taken back."
	case words != "":
		return "The limits" + criteria.there() + " are taken back: those " + words + "."
	default:
		return "The limits" + criteria.there() + " are taken back."
	}
}

// period is the time that a log is asked for.
func period(p content, from, to string) string {
	text := ""
	if at := p.moment(from); at != "" {
		text += " from " + at
	}
	if at := p.moment(to); at != "" {
		text += " until " + at
	}
	return text
}

// stream is how often a stream sends values.
func stream(params content) string {
	var how []string
	if n := params.text("values"); n != "" {
		how = append(how, n+" values at a time")
	}
	if n := params.text("interval"); n != "" {
		how = append(how, "every "+n+" seconds")
	}
	if len(how) == 0 {
		return "as it likes"
	}
	return strings.Join(how, ", at the latest ")
}

func tariff(p content) string {
	return strings.TrimSpace(p.text("tariff.tariffId") + " in " + p.text("tariff.currency"))
}

// variables are the names of variables in a list.
func variables(list []content) (names []string) {
	for _, d := range list {
		names = append(names, d.variable())
	}
	return names
}

// commandAnswers say what stations answer to that.
var commandAnswers = map[string]sentence{
	"AFRRSignal":                accepting("The station follows the signal.", "The station doesn't follow the signal."),
	"AdjustPeriodicEventStream": accepting("The station sends the stream that way from now on.", "The station goes on sending the stream as before."),
	"CancelReservation":         accepting("The reservation is cancelled.", "The station has no such reservation."),
	"CertificateSigned":         accepting("The station uses its certificate.", "The station can't use the certificate."),
	"ChangeAvailability":        accepting("The change is made.", "The change is not made.", "Scheduled", "The change is made once nobody charges any more."),
	"ChangeConfiguration": accepting("The setting is changed.", "The station refuses this value.",
		"RebootRequired", "The setting is changed at the next restart.", "NotSupported", "The station has no such setting."),
	"ChangeTransactionTariff": accepting("The session is priced by that tariff.", "The session keeps its tariff.", "TooManyElements", "The tariff has more prices than the station can keep.",
		"ConditionNotSupported", "The station can't tell when the tariff's conditions are met.", "TxNotFound", "The station has no such session.", "NoCurrencyChange", "A session can't change its currency."),
	"ClearCache":           accepting("The station has forgotten the tokens.", "The station remembers no tokens, or keeps them."),
	"ClearChargingProfile": accepting("The limits are taken back.", "The limits are kept.", "Unknown", "The station has no such limit."),
	"ClearDERControl":      accepting("The controls are taken back.", "The controls are kept.", "NotFound", "The station has no such control.", "NotSupported", "The station knows no such control."),
	"ClearDisplayMessage":  accepting("The message is off the display.", "The message stays on the display.", "Unknown", "The display has no such message."),
	"ClearTariffs":         eachStatus("clearTariffsResult", "status", func(r content) string { return r.text("tariffId") }),
	"ClearVariableMonitoring": eachStatus("clearMonitoringResult", "status", func(r content) string {
		return "monitor " + r.text("id")
	}),
	"CostUpdated":         plain("The station knows what the session costs."),
	"CustomerInformation": accepting("The station tells or forgets it.", "The station doesn't do that.", "Invalid", "The station knows no customer like that."),
	"DataTransfer": accepting("The station took the maker's message.", "The station refused the maker's message.",
		"UnknownMessageId", "The station doesn't know this message of the maker.", "UnknownVendorId", "The station knows no messages of this maker."),
	"DeleteCertificate":      accepting("The certificate is deleted.", "The certificate is kept.", "Failed", "The certificate is kept: the station may need it.", "NotFound", "The station has no such certificate."),
	"ExtendedTriggerMessage": triggered,
	"GetBaseReport":          reporting2,
	"GetChargingProfiles":    accepting("The station will tell the limits that it holds.", "The station doesn't tell its limits.", "NoProfiles", "The station holds no such limits."),
	"GetCompositeSchedule": func(p content) string {
		schedule := p.under("schedule")
		if schedule == nil {
			schedule = p.under("chargingSchedule")
		}
		switch {
		case p.text("status") != "Accepted":
			return "The station doesn't tell what it may deliver." + p.reason()
		case schedule == nil:
			return "The station holds no limits."
		default:
			return "The station may deliver " + schedule.limit() + "."
		}
	},
	"GetConfiguration": func(p content) string {
		var settings []string
		for _, k := range p.list("configurationKey") {
			settings = append(settings, k.text("key")+" "+shownValue(k.text("key"), k.text("value")))
		}
		text := "The station told its settings"
		if len(settings) > 0 {
			text += ": " + someOf(settings)
		}
		if unknown := p.texts("unknownKey"); len(unknown) > 0 {
			text += ". It doesn't know " + someOf(unknown)
		}
		return text + "."
	},
	"GetDERControl": accepting("The station will tell which controls it has.", "The station doesn't tell its controls.", "NotFound", "The station has no such control.", "NotSupported", "The station knows no such control."),
	"GetDiagnostics": func(p content) string {
		if name := p.text("fileName"); name != "" {
			return "The station uploads its diagnostics as " + name + "."
		}
		return "The station has no diagnostics to upload."
	},
	"GetDisplayMessages":         accepting("The station will tell what its display shows.", "The station doesn't tell what its display shows.", "Unknown", "The display has no such message."),
	"GetInstalledCertificateIds": certificatesSentence,
	"GetLocalListVersion": func(p content) string {
		switch version := p.text("listVersion", "versionNumber"); version {
		case "-1":
			return "The station can keep no list of tokens."
		case "0":
			return "The station has no list of tokens."
		default:
			return "The station has version " + version + " of the list of tokens."
		}
	},
	"GetLog": func(p content) string {
		text := accepting("The station uploads its log.", "The station doesn't upload a log.", "AcceptedCanceled", "The station uploads this log in the place of another.")(p)
		if name := p.text("filename"); name != "" {
			text += " It is called " + name + "."
		}
		return text
	},
	"GetMonitoringReport": reporting2,
	"GetPeriodicEventStream": func(p content) string {
		return "The station sends " + counted(len(p.list("constantStreamData")), "stream") + " continuously."
	},
	"GetReport": reporting2,
	"GetTariffs": func(p content) string {
		var ids []string
		for _, t := range p.list("tariffAssignments") {
			ids = append(ids, t.text("tariffId"))
		}
		if len(ids) == 0 {
			return accepting("The station has no tariffs.", "The station doesn't tell its tariffs.", "NoTariff", "The station was given no tariff.")(p)
		}
		return "The station has the tariffs " + someOf(ids) + "."
	},
	"GetTransactionStatus": func(p content) string {
		text := "No messages wait to be sent."
		if p.is("messagesInQueue") {
			text = "Messages wait to be sent."
		}
		switch p.text("ongoingIndicator") {
		case "true":
			return "The session goes on. " + text
		case "false":
			return "The session has ended. " + text
		}
		return text
	},
	"GetVariables": func(p content) string {
		var told, refused []string
		for _, r := range p.list("getVariableResult") {
			if status := r.text("attributeStatus"); status != "Accepted" {
				refused = append(refused, r.variable()+" ("+status+")")
				continue
			}
			told = append(told, r.variable()+" is "+shownValue(r.text("variable.name"), r.text("attributeValue")))
		}
		var parts []string
		if len(told) > 0 {
			parts = append(parts, "The station told: "+someOf(told)+".")
		}
		if len(refused) > 0 {
			parts = append(parts, "It couldn't tell "+someOf(refused)+".")
		}
		return cmp.Or(strings.Join(parts, " "), "The station told nothing.")
	},
	"InstallCertificate":          accepting("The station trusts the certificate.", "The station doesn't accept the certificate.", "Failed", "The station couldn't store the certificate."),
	"NotifyAllowedEnergyTransfer": accepting("The station tells the car how it may charge.", "The station can't change how the car charges."),
	"NotifyWebPaymentStarted":     plain("The station waits for the payment."),
	"PublishFirmware":             accepting("The local controller fetches the firmware.", "The local controller doesn't fetch the firmware."),
	"RemoteStartTransaction":      accepting("The station will start a session.", "The station doesn't start a session."),
	"RemoteStopTransaction":       accepting("The station will end the session.", "The station doesn't end the session."),
	"RequestBatterySwap":          accepting("A battery can be changed.", "No battery can be changed."),
	"RequestStartTransaction":     accepting("The station will start a session.", "The station doesn't start a session."),
	"RequestStopTransaction":      accepting("The station will end the session.", "The station doesn't end the session."),
	"ReserveNow": accepting("It is reserved.", "The station takes no reservation.",
		"Faulted", "It can't be reserved: it is faulted.", "Occupied", "It can't be reserved: it is taken.", "Unavailable", "It can't be reserved: it is out of service."),
	"Reset": accepting("The station restarts.", "The station doesn't restart now.", "Scheduled", "The station restarts once nobody charges any more."),
	"SendLocalList": accepting("The station has the list of tokens.", "The station refuses the list of tokens.", "Failed", "The station couldn't store the list of tokens.",
		"NotSupported", "The station can keep no list of tokens.", "VersionMismatch", "The station has another version of the list than was known."),
	"SetChargingProfile": accepting("The station keeps to the limit.", "The station refuses the limit.", "NotSupported", "The station can't be limited."),
	"SetDERControl": func(p content) string {
		text := accepting("The station has the control.", "The station refuses the control.",
			"NotSupported", "The station knows no such control.", "NotFound", "The station has no such control.")(p)
		if over := p.texts("supersededIds"); len(over) > 0 {
			text += " It stands above " + someOf(over) + "."
		}
		return text
	},
	"SetDefaultTariff": accepting("The station has the tariff.", "The station refuses the tariff.", "TooManyElements", "The tariff has more prices than the station can keep.",
		"ConditionNotSupported", "The station can't tell when the tariff's conditions are met.", "DuplicateTariffId", "The station has a tariff of this name elsewhere."),
	"SetDisplayMessage": accepting("The display shows the message.", "The display doesn't show the message.",
		"NotSupportedMessageFormat", "The display can't show this kind of text.", "NotSupportedPriority", "The display knows no such priority.",
		"NotSupportedState", "The display can't tell when to show the message.", "UnknownTransaction", "The station has no such session.",
		"LanguageNotSupported", "The display can't show this language."),
	"SetMonitoringBase":  accepting("The station watches that from now on.", "The station goes on watching what it did.", "NotSupported", "The station can't choose what it watches.", "EmptyResultSet", "There is nothing to watch."),
	"SetMonitoringLevel": accepting("The station tells of these events from now on.", "The station goes on telling of the events it did."),
	"SetNetworkProfile":  accepting("The connection is stored.", "The station can't use this connection.", "Failed", "The station couldn't store the connection."),
	"SetVariableMonitoring": eachStatus("setMonitoringResult", "status", func(r content) string {
		return r.variable()
	}),
	"SetVariables":         eachStatus("setVariableResult", "attributeStatus", func(r content) string { return r.variable() }),
	"SignedUpdateFirmware": updating,
	"TriggerMessage":       triggered,
	"UnlockConnector": byStatus(map[string]string{
		"Unlocked": "The cable is free.", "UnlockFailed": "The cable couldn't be freed.", "NotSupported": "The connector has no lock that could be opened.",
		"OngoingAuthorizedTransaction": "The cable stays locked: somebody charges there.", "UnknownConnector": "The station has no such connector.",
	}),
	"UnpublishFirmware": byStatus(map[string]string{
		"DownloadOngoing": "The firmware stays: a station is fetching it.", "NoFirmware": "There was no such firmware.", "Unpublished": "The firmware is offered no longer.",
	}),
	"UpdateDynamicSchedule": accepting("The station keeps to the limit as it is now.", "The station has no such limit."),
	"UpdateFirmware": func(p content) string {
		if p.text("status") == "" {
			return "The station knows of the firmware." // OCPP 1.6 §6.62 says no more
		}
		return updating(p)
	},
	"UsePriorityCharging": accepting("The session's priority is changed.", "The session's priority stays as it is.", "NoProfile", "The station has no limit for sessions with priority."),
}

var (
	triggered  = accepting("The station will send it.", "The station doesn't send it.", "NotImplemented", "The station has no such message.")
	reporting2 = accepting("The report will follow.", "The station doesn't report that.", "NotSupported", "The station can't report that.", "EmptyResultSet", "There is nothing to report.")
	updating   = accepting("The station will update its firmware.", "The station doesn't update its firmware.", "AcceptedCanceled", "The station makes this update in the place of another.",
		"InvalidCertificate", "The station doesn't trust the certificate of the signature.", "RevokedCertificate", "The certificate of the signature was revoked.")
)

// eachStatus tells of an answer about several things which are as asked, and why others aren't.
func eachStatus(list, member string, name func(r content) string) sentence {
	return func(p content) string {
		var changed, restart, refused []string
		for _, r := range p.list(list) {
			switch status := r.text(member); status {
			case "Accepted":
				changed = append(changed, name(r))
			case "RebootRequired":
				restart = append(restart, name(r))
			default:
				refused = append(refused, name(r)+" ("+status+")")
			}
		}
		var parts []string
		if len(changed) > 0 {
			parts = append(parts, "Done for "+someOf(changed)+".")
		}
		if len(restart) > 0 {
			parts = append(parts, "At the next restart for "+someOf(restart)+".")
		}
		if len(refused) > 0 {
			parts = append(parts, "Not for "+someOf(refused)+".")
		}
		return cmp.Or(strings.Join(parts, " "), "The station did nothing.")
	}
}

func certificatesSentence(p content) string {
	n := len(p.list("certificateHashData")) + len(p.list("certificateHashDataChain"))
	if n == 0 {
		return "The station has no such certificate."
	}
	return "The station has " + counted(n, "certificate") + "."
}
