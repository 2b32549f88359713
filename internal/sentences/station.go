package sentences

import (
	"cmp"
	"fmt"
	"strings"
)

// stationCalls say what stations tell and ask.
var stationCalls = map[string]sentence{
	"Authorize": func(p content) string { return "Somebody presented the token " + p.token() + ". May it charge?" },
	"BatterySwap": func(p content) string {
		batteries := p.list("batteryData")
		var names []string
		for _, b := range batteries {
			names = append(names, fmt.Sprintf("%s (%s %%)", b.text("serialNumber"), b.text("soC")))
		}
		what := map[string]string{"BatteryIn": "was put in", "BatteryOut": "was taken out", "BatteryOutTimeout": "was not taken out in time"}[p.text("eventType")]
		return fmt.Sprintf("Battery %s %s, for the token %s.", someOf(names), cmp.Or(what, p.text("eventType")), p.token())
	},
	"BootNotification": func(p content) string {
		text := fmt.Sprintf("The station has started: %s %s, firmware %s.", p.text("chargePointVendor", "chargingStation.vendorName"),
			p.text("chargePointModel", "chargingStation.model"), orUnknown(p.text("firmwareVersion", "chargingStation.firmwareVersion")))
		if words := bootReasons[p.text("reason")]; words != "" {
			text += " " + words
		}
		return text
	},
	"ClearedChargingLimit": func(p content) string {
		return fmt.Sprintf("The limit that %s had set%s is gone.", limitSource(p.text("chargingLimitSource")), p.there())
	},
	"ClosePeriodicEventStream": func(p content) string {
		return "The station no longer sends values continuously (stream " + p.text("id") + ")."
	},
	"DataTransfer": func(p content) string {
		return fmt.Sprintf("The station sent a message of the maker's own (%s).", strings.TrimSpace(p.text("vendorId")+" "+p.text("messageId")))
	},
	"DiagnosticsStatusNotification": underway("The upload of the diagnostics"),
	"FirmwareStatusNotification":    underway("The firmware update"),
	"Get15118EVCertificate": func(p content) string {
		if p.text("action") == "Update" {
			return "A car asks for its contract certificate to be renewed."
		}
		return "A car asks for a contract certificate."
	},
	"GetCertificateChainStatus": func(p content) string {
		return "The station asks whether " + counted(len(p.list("certificateStatusRequests")), "certificate") + " of a car were revoked."
	},
	"GetCertificateStatus": func(p content) string {
		return "The station asks whether the certificate " + orUnknown(p.text("ocspRequestData.serialNumber")) + " was revoked."
	},
	"Heartbeat":             plain("The station says that it is alive, and asks for the time."),
	"LogStatusNotification": underway("The upload of the log"),
	"MeterValues": func(p content) string {
		if meter := p.meter("meterValue"); meter != "" {
			return p.place() + " reports its meter: " + meter + "."
		}
		return p.place() + " reports its meter."
	},
	"NotifyChargingLimit": func(p content) string {
		text := fmt.Sprintf("%s limits the power%s", capital(limitSource(p.text("chargingLimit.chargingLimitSource"))), p.there())
		if schedules := p.list("chargingSchedule"); len(schedules) > 0 {
			text += " to " + schedules[0].limit()
		}
		if p.is("chargingLimit.isGridCritical") {
			text += ", because the grid needs it"
		}
		return text + "."
	},
	"NotifyCustomerInformation": func(p content) string {
		return "The station told what it knows of a customer" + p.part() + "."
	},
	"NotifyDERAlarm": func(p content) string {
		fault := orUnknown(p.text("gridEventFault"))
		if p.is("alarmEnded") {
			return fmt.Sprintf("The alarm of the control %s is over (%s).", p.text("controlType"), fault)
		}
		return strings.TrimSpace(fmt.Sprintf("The control %s raises an alarm: %s. %s", p.text("controlType"), fault, p.text("extraInfo")))
	},
	"NotifyDERStartStop": func(p content) string {
		if !p.is("started") {
			return fmt.Sprintf("The station no longer follows the control %s of the grid.", p.text("controlId"))
		}
		text := fmt.Sprintf("The station follows the control %s of the grid", p.text("controlId"))
		if over := p.texts("supersededIds"); len(over) > 0 {
			text += ", in the place of " + someOf(over)
		}
		return text + "."
	},
	"NotifyDisplayMessages": func(p content) string {
		return "The station told " + counted(len(p.list("messageInfo")), "message") + " of its display" + p.part() + "."
	},
	"NotifyEVChargingNeeds": func(p content) string {
		needs := p.under("chargingNeeds")
		text := fmt.Sprintf("The car%s asks how it may charge: %s", p.there(), orUnknown(needs.text("requestedEnergyTransfer")))
		switch {
		case needs.under("acChargingParameters") != nil:
			text += fmt.Sprintf(", up to %s A, %s Wh", needs.text("acChargingParameters.evMaxCurrent"), needs.text("acChargingParameters.energyAmount"))
		case needs.text("dcChargingParameters.evMaxPower") != "":
			text += fmt.Sprintf(", up to %s W", needs.text("dcChargingParameters.evMaxPower"))
		case needs.under("dcChargingParameters") != nil:
			text += fmt.Sprintf(", up to %s A", needs.text("dcChargingParameters.evMaxCurrent"))
		}
		if leaves := needs.moment("departureTime"); leaves != "" {
			text += ", leaving " + leaves
		}
		return text + "."
	},
	"NotifyEVChargingSchedule": func(p content) string {
		return fmt.Sprintf("The car%s has planned to charge with %s.", p.there(), p.under("chargingSchedule").limit())
	},
	"NotifyEvent": func(p content) string {
		var told []string
		for _, e := range p.list("eventData") {
			text := e.variable() + " is " + shownValue(e.variable(), e.text("actualValue"))
			if e.is("cleared") {
				text += " (over)"
			}
			told = append(told, text)
		}
		return "The station noticed: " + someOf(told) + "."
	},
	"NotifyMonitoringReport": func(p content) string {
		return "The station told which of its variables are watched: " + someOf(variables(p.list("monitor"))) + p.part() + "."
	},
	"NotifyPeriodicEventStream": func(p content) string {
		return fmt.Sprintf("The station sent %s of stream %s.", counted(len(p.list("data")), "value"), p.text("id"))
	},
	"NotifyPriorityCharging": func(p content) string {
		if p.is("activated") {
			return "Session " + p.text("transactionId") + " has priority now."
		}
		return "Session " + p.text("transactionId") + " has no priority any more."
	},
	"NotifyReport": func(p content) string {
		return fmt.Sprintf("The station told %d of its settings%s.", len(p.list("reportData")), p.part())
	},
	"NotifySettlement": func(p content) string {
		session := "A payment"
		if id := p.text("transactionId"); id != "" {
			session = "The payment of session " + id
		}
		amount := p.text("settlementAmount")
		switch status := p.text("status"); status {
		case "Settled":
			return fmt.Sprintf("%s of %s was settled at the terminal (%s).", session, amount, p.text("pspRef"))
		case "Canceled":
			return fmt.Sprintf("%s of %s was cancelled at the terminal (%s).%s", session, amount, p.text("pspRef"), p.reason())
		default:
			return fmt.Sprintf("%s of %s did not succeed at the terminal: %s (%s).%s", session, amount, status, p.text("pspRef"), p.reason())
		}
	},
	"OpenPeriodicEventStream": func(p content) string {
		return fmt.Sprintf("The station wants to send the values of monitor %s continuously (stream %s).", p.text("constantStreamData.variableMonitoringId"), p.text("constantStreamData.id"))
	},
	"PublishFirmwareStatusNotification": func(p content) string {
		text := underway("Publishing the firmware")(p)
		if at := p.texts("location"); len(at) > 0 {
			text += " It is at " + someOf(at) + "."
		}
		return text
	},
	"PullDynamicScheduleUpdate": func(p content) string {
		return "The station asks what limit " + p.text("chargingProfileId") + " allows now."
	},
	"ReportChargingProfiles": func(p content) string {
		var held []string
		for _, profile := range p.list("chargingProfile") {
			held = append(held, profile.profile())
		}
		return fmt.Sprintf("%s holds %s, set by %s%s.", p.place(), someOf(held), limitSource(p.text("chargingLimitSource")), p.part())
	},
	"ReportDERControl": func(p content) string {
		n := 0
		for _, kind := range []string{"curve", "enterService", "fixedPFAbsorb", "fixedPFInject", "fixedVar", "freqDroop", "gradient", "limitMaxDischarge"} {
			n += len(p.list(kind))
		}
		return "The station told " + counted(n, "control") + " of the grid that it has" + p.part() + "."
	},
	"ReservationStatusUpdate": func(p content) string {
		what := map[string]string{"Expired": "has passed unused", "Removed": "was given up by the station", "NoTransaction": "was used, but nobody charged"}
		return fmt.Sprintf("Reservation %s %s.", p.text("reservationId"), cmp.Or(what[p.text("reservationUpdateStatus")], "is now "+p.text("reservationUpdateStatus")))
	},
	"SecurityEventNotification": func(p content) string {
		return strings.TrimSpace(fmt.Sprintf("The station noticed a security event: %s. %s", p.text("type"), p.text("techInfo")))
	},
	"SignCertificate": func(p content) string {
		if use := p.text("certificateType"); use != "" && use != "ChargingStationCertificate" {
			return "The station asks to have a certificate signed (" + use + ")."
		}
		return "The station asks to have its certificate signed."
	},
	"SignedFirmwareStatusNotification": underway("The signed firmware update"),
	"StartTransaction": func(p content) string {
		text := fmt.Sprintf("%s has begun a session with the token %s, at %s Wh.", p.place(), p.token(), p.text("meterStart"))
		if id := p.text("reservationId"); id != "" {
			text += " It was reserved (" + id + ")."
		}
		return text
	},
	"StatusNotification": func(p content) string {
		text := fmt.Sprintf("%s is now %s.", p.place(), p.text("status", "connectorStatus"))
		if code := p.text("errorCode"); code != "" && code != "NoError" {
			text += " It reports " + strings.TrimSpace(code+" "+p.text("info")) + "."
		}
		return text
	},
	"StopTransaction": func(p content) string {
		return fmt.Sprintf("Session %s has ended at %s Wh. %s", p.text("transactionId"), p.text("meterStop"), stopReason(cmp.Or(p.text("reason"), "Local")))
	},
	"TransactionEvent": transactionSentence,
	"VatNumberValidation": func(p content) string {
		return fmt.Sprintf("Somebody%s gave the tax number %s for the receipt. Is it valid?", p.there(), p.text("vatNumber"))
	},
}

// bootReasons are why a station starts (OCPP 2.0.1 Part 2 §3.5).
var bootReasons = map[string]string{
	"ApplicationReset": "It had to restart.", "FirmwareUpdate": "It restarted for its firmware.", "LocalReset": "Somebody restarted it there.", "PowerUp": "It was switched on.",
	"RemoteReset": "It was told to restart.", "ScheduledReset": "It restarted as planned.", "Triggered": "It was asked to say so.", "Watchdog": "It restarted by itself.",
}

// limitSource is who limits a station's power.
func limitSource(source string) string {
	switch source {
	case "EMS":
		return "the energy management"
	case "CSO":
		return "Busbar"
	case "SO":
		return "the grid's operator"
	case "", "Other":
		return "somebody else"
	}
	return source
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// triggerWords are why a station tells of a session (OCPP 2.1 Part 2 §3.84).
var triggerWords = map[string]string{
	"AbnormalCondition": "something is wrong", "Authorized": "the token was accepted", "CablePluggedIn": "the cable was plugged in", "ChargingRateChanged": "the power changed",
	"ChargingStateChanged": "the state changed", "CostLimitReached": "the limit of its cost is reached", "Deauthorized": "the token may not charge any more",
	"EVCommunicationLost": "the car is gone", "EVConnectTimeout": "the cable didn't follow in time", "EVDeparted": "the bay was left", "EVDetected": "the bay was taken",
	"EnergyLimitReached": "the limit of its energy is reached", "LimitSet": "it was limited", "MeterValueClock": "the meter is read by the clock",
	"MeterValuePeriodic": "the meter is read now and then", "OperationModeChanged": "the way of charging changed", "RemoteStart": "started from afar",
	"RemoteStop": "stopped from afar", "ResetCommand": "the station restarts", "RunningCost": "what it costs so far", "SignedDataReceived": "the meter signed",
	"SoCLimitReached": "the battery is as full as it may be", "StopAuthorized": "the token ended it", "TariffChanged": "the tariff changed",
	"TariffNotAccepted": "the tariff wasn't accepted", "TimeLimitReached": "the limit of its time is reached", "Trigger": "it was asked for",
	"TxResumed": "it goes on after a restart", "UnlockCommand": "the connector was unlocked from afar",
}

// stateWords are the states of a session (OCPP 2.0.1 Part 2 §3.15).
var stateWords = map[string]string{
	"Charging": "Energy flows.", "EVConnected": "A car is connected.", "Idle": "No car is connected.", "SuspendedEV": "The car takes no energy.",
	"SuspendedEVSE": "The station gives no energy.",
}

func transactionSentence(p content) string {
	why := cmp.Or(triggerWords[p.text("triggerReason")], p.text("triggerReason"))
	text := "Session " + p.text("transactionInfo.transactionId")
	switch p.text("eventType") {
	case "Started":
		text += fmt.Sprintf(" has begun%s (%s).", p.there(), why)
	case "Ended":
		text += fmt.Sprintf(" has ended (%s). %s", why, stopReason(cmp.Or(p.text("transactionInfo.stoppedReason"), "Local")))
	default:
		text += fmt.Sprintf(" goes on (%s).", why)
	}
	if token := p.text("idToken.idToken"); token != "" {
		text += " Token " + token + "."
	}
	if meter := p.meter("meterValue"); meter != "" {
		text += " Meter: " + meter + "."
	}
	if words := stateWords[p.text("transactionInfo.chargingState")]; words != "" && p.text("eventType") != "Ended" {
		text += " " + words
	}
	if p.is("offline") {
		text += " It happened while the station was offline."
	}
	return text
}

// stationAnswers say what we answer to stations' calls.
var stationAnswers = map[string]sentence{
	"Authorize":   func(p content) string { return tokenSentence(p.text("idTagInfo.status", "idTokenInfo.status")) },
	"BatterySwap": plain("The change of the battery is stored."),
	"BootNotification": func(p content) string {
		switch p.text("status") {
		case "Accepted":
			return fmt.Sprintf("The station is accepted, and should give a sign of life every %s seconds.", p.text("interval"))
		case "Pending":
			return fmt.Sprintf("The station waits for approval, and may ask again in %s seconds.", p.text("interval"))
		}
		return fmt.Sprintf("The station is not accepted, and may ask again in %s seconds.", p.text("interval"))
	},
	"ClearedChargingLimit":     plain("That the limit is gone is stored."),
	"ClosePeriodicEventStream": plain("Busbar expects no more values of the stream."),
	"DataTransfer": byStatus(map[string]string{
		"Accepted": "Busbar took the maker's message.", "Rejected": "Busbar refused the maker's message.", "UnknownMessageId": "Busbar doesn't know this message of the maker.",
		"UnknownVendorId": "Busbar knows no messages of this maker.",
	}),
	"DiagnosticsStatusNotification": plain("The state of the upload is stored."),
	"FirmwareStatusNotification":    plain("The state of the update is stored."),
	"Get15118EVCertificate":         accepting("The car gets its contract certificate.", "The car gets no contract certificate.", "Failed", "The car gets no contract certificate."),
	"GetCertificateChainStatus": func(p content) string {
		var states []string
		for _, c := range p.list("certificateStatus") {
			states = append(states, c.text("status"))
		}
		return "Whether the certificates were revoked: " + someOf(states) + "."
	},
	"GetCertificateStatus":      accepting("Busbar told whether the certificate was revoked.", "Busbar couldn't find out whether the certificate was revoked.", "Failed", "Busbar couldn't find out whether the certificate was revoked."),
	"Heartbeat":                 plain("Busbar told the station the time."),
	"LogStatusNotification":     plain("The state of the upload is stored."),
	"MeterValues":               plain("The meter values are stored."),
	"NotifyChargingLimit":       plain("The limit that somebody else set is stored."),
	"NotifyCustomerInformation": plain("The part of what is known of the customer is stored."),
	"NotifyDERAlarm":            plain("The alarm is stored."),
	"NotifyDERStartStop":        plain("What the station does for the grid is stored."),
	"NotifyDisplayMessages":     plain("The messages of the display are stored."),
	"NotifyEVChargingNeeds": byStatus(map[string]string{
		"Accepted": "The car gets a schedule.", "Rejected": "The car gets no schedule.", "Processing": "The car gets a schedule later.",
		"NoChargingProfile": "No schedule is needed: the car may charge as the limits allow.",
	}),
	"NotifyEVChargingSchedule":          accepting("The car's plan is stored.", "The car's plan can't be used."),
	"NotifyEvent":                       plain("What the station noticed is stored."),
	"NotifyMonitoringReport":            plain("The part of the report on monitors is stored."),
	"NotifyPriorityCharging":            plain("The session's priority is stored."),
	"NotifyReport":                      plain("The part of the report is stored."),
	"NotifySettlement":                  plain("The payment is stored."),
	"OpenPeriodicEventStream":           accepting("The station may send the values continuously.", "The station may not send the values continuously."),
	"PublishFirmwareStatusNotification": plain("The state of the published firmware is stored."),
	"PullDynamicScheduleUpdate": func(p content) string {
		if p.text("status") != "Accepted" {
			return "There is no such limit." + p.reason()
		}
		return "The limit is now: " + update(p.under("scheduleUpdate")) + "."
	},
	"ReportChargingProfiles":           plain("The limits that the station holds are stored."),
	"ReportDERControl":                 plain("The controls that the station has are stored."),
	"ReservationStatusUpdate":          plain("The end of the reservation is stored."),
	"SecurityEventNotification":        plain("The security event is stored."),
	"SignCertificate":                  accepting("The certificate will be signed and sent.", "The certificate isn't signed."),
	"SignedFirmwareStatusNotification": plain("The state of the signed update is stored."),
	"StartTransaction": func(p content) string {
		return fmt.Sprintf("The session has the number %s. %s", p.text("transactionId"), tokenSentence(p.text("idTagInfo.status")))
	},
	"StatusNotification": plain("The status is stored."),
	"StopTransaction":    plain("The end of the session is stored."),
	"TransactionEvent": func(p content) string {
		text := "The event is stored."
		if status := p.text("idTokenInfo.status"); status != "" {
			text += " " + tokenSentence(status)
		}
		if cost := p.text("totalCost"); cost != "" {
			text += " The session costs " + cost + " so far."
		}
		if limits := limited(p.under("transactionLimit")); limits != "" {
			text += " It may take " + limits + "."
		}
		return text
	},
	"VatNumberValidation": accepting("The tax number is valid.", "The tax number can't be used."),
}

// update is what an update of a limit that changes sets.
func update(p content) string {
	var set []string
	for _, part := range []struct{ name, words string }{{"limit", "at most"}, {"setpoint", "exactly"}, {"dischargeLimit", "back to the grid at most"}} {
		if v := p.text(part.name); v != "" {
			set = append(set, part.words+" "+v)
		}
	}
	return someOf(set)
}

// limited is what a session may take at most.
func limited(p content) string {
	var most []string
	for _, part := range []struct{ name, unit string }{{"maxEnergy", " Wh"}, {"maxTime", " seconds"}, {"maxSoC", " % of the battery"}} {
		if v := p.text(part.name); v != "" {
			most = append(most, v+part.unit)
		}
	}
	if v := p.text("maxCost"); v != "" {
		most = append(most, "a cost of "+v)
	}
	if len(most) == 0 {
		return ""
	}
	return "at most " + someOf(most)
}
