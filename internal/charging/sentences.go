package charging

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/ocppmessage"
)

// Sentence says what a message means, for people who don't read OCPP.
func Sentence(m *ent.OcppMessage) string {
	fields := map[string]any{}
	_ = json.Unmarshal([]byte(m.Payload), &fields) // what isn't an object has no fields to tell of
	fromStation := m.Direction == ocppmessage.DirectionReceived
	switch m.Type {
	case ocppmessage.TypeUnreadable:
		return "The station sent something that can't be read. It was kept as it came."
	case ocppmessage.TypeCallError:
		who := "The station"
		if !fromStation {
			who = "Busbar"
		}
		return strings.TrimSpace(fmt.Sprintf("%s answered with an error: %s. %s", who, m.ErrorCode, word(fields, "errorDescription")))
	case ocppmessage.TypeCall:
		if s, ok := callSentences[m.Action]; ok {
			return s(fields)
		}
		if fromStation {
			return "The station sent " + m.Action + "."
		}
		return "Busbar asked the station: " + m.Action + "."
	}
	if s, ok := answerSentences[m.Action]; ok {
		return s(fields)
	}
	if status := word(fields, "status"); status != "" {
		return answeredBy(fromStation) + ": " + status + "."
	}
	return answeredBy(fromStation) + "."
}

func answeredBy(station bool) string {
	if station {
		return "The station answered"
	}
	return "Busbar confirmed"
}

type sentence func(fields map[string]any) string

func plain(s string) sentence { return func(map[string]any) string { return s } }

// word is a member of a payload as text.
func word(fields map[string]any, path ...string) string {
	var v any = fields
	for _, name := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = object[name]
	}
	switch v := v.(type) {
	case string:
		return printable(v)
	case float64:
		return strings.TrimSuffix(fmt.Sprintf("%.3f", v), ".000")
	case bool:
		return fmt.Sprint(v)
	}
	return ""
}

func connectorName(fields map[string]any) string {
	n := word(fields, "connectorId")
	if evse := evseName(fields); evse != "" && evse != "0" {
		return "EVSE " + evse
	}
	switch n {
	case "0", "":
		return "The station"
	default:
		return "Connector " + n
	}
}

// evseName is the EVSE that a message of OCPP 2.x names.
func evseName(fields map[string]any) string {
	if id := word(fields, "evse", "id"); id != "" {
		return id
	}
	return word(fields, "evseId")
}

// either is the first member that is there: the versions name things differently.
func either(fields map[string]any, paths ...[]string) string {
	for _, path := range paths {
		if text := word(fields, path...); text != "" {
			return text
		}
	}
	return ""
}

var callSentences = map[string]sentence{
	"Authorize": func(f map[string]any) string {
		return fmt.Sprintf("Somebody presented the token %s. May it charge?", either(f, []string{"idTag"}, []string{"idToken", "idToken"}))
	},
	"BootNotification": func(f map[string]any) string {
		return fmt.Sprintf("The station has started: %s %s, firmware %s.", either(f, []string{"chargePointVendor"}, []string{"chargingStation", "vendorName"}),
			either(f, []string{"chargePointModel"}, []string{"chargingStation", "model"}), orDash(either(f, []string{"firmwareVersion"}, []string{"chargingStation", "firmwareVersion"})))
	},
	"DataTransfer": func(f map[string]any) string {
		return fmt.Sprintf("A message of the maker's own (%s).", word(f, "vendorId"))
	},
	"DiagnosticsStatusNotification": func(f map[string]any) string { return "The diagnostics upload is now: " + word(f, "status") + "." },
	"FirmwareStatusNotification":    func(f map[string]any) string { return "The firmware update is now: " + word(f, "status") + "." },
	"Heartbeat":                     plain("The station says that it is alive, and asks for the time."),
	"MeterValues": func(f map[string]any) string {
		return connectorName(f) + " reports its meter."
	},
	"SecurityEventNotification": func(f map[string]any) string { return "The station noticed a security event: " + word(f, "type") + "." },
	"StartTransaction": func(f map[string]any) string {
		return fmt.Sprintf("%s has begun a session with the token %s, at %s Wh.", connectorName(f), word(f, "idTag"), word(f, "meterStart"))
	},
	"StopTransaction": func(f map[string]any) string {
		reason := word(f, "reason")
		if reason == "" {
			reason = "Local"
		}
		return fmt.Sprintf("Session %s has ended at %s Wh. %s", word(f, "transactionId"), word(f, "meterStop"), StopReasonSentence(reason))
	},
	"StatusNotification": func(f map[string]any) string {
		text := fmt.Sprintf("%s is now %s.", connectorName(f), either(f, []string{"status"}, []string{"connectorStatus"}))
		if code := word(f, "errorCode"); code != "" && code != "NoError" {
			text += " It reports " + code + "."
		}
		return text
	},
	"ChangeAvailability": func(f map[string]any) string {
		if either(f, []string{"type"}, []string{"operationalStatus"}) == "Operative" {
			return connectorName(f) + " is put into service."
		}
		return connectorName(f) + " is taken out of service."
	},
	"ChangeConfiguration": func(f map[string]any) string {
		return fmt.Sprintf("The setting %s is changed to %q.", word(f, "key"), word(f, "value"))
	},
	"ClearCache":       plain("The station is told to forget the tokens it remembers."),
	"GetConfiguration": plain("The station is asked for its settings."),
	"RemoteStartTransaction": func(f map[string]any) string {
		return fmt.Sprintf("The station is asked to start a session with the token %s.", word(f, "idTag"))
	},
	"RemoteStopTransaction": func(f map[string]any) string {
		return fmt.Sprintf("The station is asked to end session %s.", word(f, "transactionId"))
	},
	"Reset": func(f map[string]any) string { return "The station is told to restart (" + word(f, "type") + ")." },
	"TriggerMessage": func(f map[string]any) string {
		return "The station is asked to send " + word(f, "requestedMessage") + " now."
	},
	"GetBaseReport":         plain("The station is asked to report everything it has."),
	"GetVariables":          plain("The station is asked for some of its settings."),
	"LogStatusNotification": func(f map[string]any) string { return "The log upload is now: " + word(f, "status") + "." },
	"NotifyEvent":           plain("Something that the station watches has happened."),
	"NotifyReport": func(f map[string]any) string {
		return "A part of the report on the station's settings (part " + word(f, "seqNo") + ")."
	},
	"RequestStartTransaction": func(f map[string]any) string {
		return fmt.Sprintf("The station is asked to start a session with the token %s.", word(f, "idToken", "idToken"))
	},
	"RequestStopTransaction": func(f map[string]any) string {
		return fmt.Sprintf("The station is asked to end session %s.", word(f, "transactionId"))
	},
	"SetVariables":     plain("Settings of the station are changed."),
	"TransactionEvent": transactionSentence,
	"UnlockConnector":  func(f map[string]any) string { return connectorName(f) + " is told to free its cable." },
}

func transactionSentence(f map[string]any) string {
	id, why := word(f, "transactionInfo", "transactionId"), word(f, "triggerReason")
	switch word(f, "eventType") {
	case "Started":
		return fmt.Sprintf("Session %s has begun (%s).", id, why)
	case "Ended":
		return fmt.Sprintf("Session %s has ended. %s", id, StopReasonSentence(cmp.Or(word(f, "transactionInfo", "stoppedReason"), "Local")))
	}
	if state := word(f, "transactionInfo", "chargingState"); state != "" {
		return fmt.Sprintf("Session %s goes on (%s): %s.", id, why, state)
	}
	return fmt.Sprintf("Session %s goes on (%s).", id, why)
}

var answerSentences = map[string]sentence{
	"Authorize": func(f map[string]any) string {
		return tokenSentence(either(f, []string{"idTagInfo", "status"}, []string{"idTokenInfo", "status"}))
	},
	"BootNotification": func(f map[string]any) string {
		switch word(f, "status") {
		case "Accepted":
			return fmt.Sprintf("The station is accepted, and should give a sign of life every %s seconds.", word(f, "interval"))
		case "Pending":
			return "The station waits for approval."
		}
		return "The station is not accepted."
	},
	"Heartbeat":          plain("Busbar told the station the time."),
	"MeterValues":        plain("The meter values are stored."),
	"StatusNotification": plain("The status is stored."),
	"StartTransaction": func(f map[string]any) string {
		return fmt.Sprintf("The session has the number %s. %s", word(f, "transactionId"), tokenSentence(word(f, "idTagInfo", "status")))
	},
	"NotifyReport": plain("The part of the report is stored."),
	"TransactionEvent": func(f map[string]any) string {
		if status := word(f, "idTokenInfo", "status"); status != "" {
			return "The event is stored. " + tokenSentence(status)
		}
		return "The event is stored."
	},
	"StopTransaction":  plain("The end of the session is stored."),
	"GetConfiguration": plain("The station told its settings."),
}

func tokenSentence(status string) string {
	switch status {
	case "Accepted":
		return "The token may charge."
	case "Blocked":
		return "The token is blocked."
	case "Expired":
		return "The token has expired."
	case "ConcurrentTx":
		return "The token is charging somewhere else."
	}
	return "The token isn't registered here."
}

// StopReasonSentence says why a session ended (OCPP 1.6 §7.36).
func StopReasonSentence(reason string) string {
	if s, ok := stopReasons[reason]; ok {
		return s
	}
	return "The station gave the reason " + printable(reason) + "."
}

var stopReasons = map[string]string{
	"DeAuthorized":   "The token was not, or no longer, allowed to charge.",
	"EmergencyStop":  "The emergency stop was pressed.",
	"EVDisconnected": "The cable was pulled out of the car.",
	"HardReset":      "The station was restarted hard.",
	"Local":          "It was ended at the station.",
	"Other":          "The station gave no particular reason.",
	"PowerLoss":      "The station lost its power.",
	"Reboot":         "The station restarted by itself.",
	"Remote":         "It was ended from afar.",
	"SoftReset":      "The station was restarted softly.",
	"UnlockCommand":  "The connector was unlocked from afar.",
}
