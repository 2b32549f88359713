// Package sentences says what messages of OCPP mean, for people who don't read it.
//
//	message ─> Of ┬─ station.go: calls of stations, and what we answer
//	              └─ command.go: our calls, and what stations answer ── content.go reads the payload
package sentences

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/ocppmessage"
	"github.com/busbar-ev/busbar/internal/fault"
)

// Of says what a message means, for people who don't read OCPP. Nothing is looked up for it: it has the message alone.
func Of(m *ent.OcppMessage) string {
	p := content{}
	_ = json.Unmarshal([]byte(m.Payload), &p) // what isn't an object has no fields to tell of
	fromStation := m.Direction == ocppmessage.DirectionReceived
	who := "Busbar"
	if fromStation {
		who = "The station"
	}
	switch m.Type {
	case ocppmessage.TypeUnreadable:
		return "The station sent something that can't be read. It was kept as it came."
	case ocppmessage.TypeCallError:
		return strings.TrimSpace(fmt.Sprintf("%s answered with an error: %s. %s", who, m.ErrorCode, p.text("errorDescription")))
	case ocppmessage.TypeCallResultError:
		return strings.TrimSpace(fmt.Sprintf("%s couldn't use the answer: %s. %s", who, m.ErrorCode, p.text("errorDescription")))
	case ocppmessage.TypeCall, ocppmessage.TypeSend:
		if s, ok := callsOf(fromStation)[m.Action]; ok {
			return s(p)
		}
		if fromStation {
			return "The station sent " + fault.Printable(m.Action) + "."
		}
		return "Busbar asked the station: " + fault.Printable(m.Action) + "."
	}
	// The other side had asked.
	if s, ok := answersOf(fromStation)[m.Action]; ok {
		return s(p)
	}
	if !fromStation {
		return "Busbar confirmed."
	}
	if status := p.text("status"); status != "" {
		return "The station answered: " + status + "."
	}
	return "The station answered."
}

// sentence tells of the content of one kind of message.
type sentence func(p content) string

// callsOf are the calls that a side makes, answersOf the answers that it gives. The sentences about stations' calls and what we answer
// stand in station.go, those about ours and what stations answer in command.go.
func callsOf(byStation bool) map[string]sentence {
	if byStation {
		return stationCalls
	}
	return commandCalls
}

func answersOf(byStation bool) map[string]sentence {
	if byStation {
		return commandAnswers
	}
	return stationAnswers
}

// plain is the same whatever the message says.
func plain(s string) sentence { return func(content) string { return s } }

// byStatus is a sentence for each status of an answer, with the reason where one is given. A status that isn't there speaks for
// itself.
func byStatus(sentences map[string]string) sentence {
	return func(p content) string {
		status := p.text("status")
		s, ok := sentences[status]
		if !ok {
			s = "The station answered " + orUnknown(status) + "."
		}
		return s + p.reason()
	}
}

// accepting is byStatus for Accepted and Rejected, with whatever other statuses there are.
func accepting(accepted, rejected string, others ...string) sentence {
	statuses := map[string]string{"Accepted": accepted, "Rejected": rejected}
	for i := 0; i+1 < len(others); i += 2 {
		statuses[others[i]] = others[i+1]
	}
	return byStatus(statuses)
}

// underway is a sentence about a status that goes on: "The firmware update is now: Downloading."
func underway(what string) sentence {
	return func(p content) string {
		request := ""
		if id := p.text("requestId"); id != "" {
			request = " (request " + id + ")"
		}
		status := p.text("status")
		if words, ok := progressWords[status]; ok {
			return what + request + " " + words + "." + p.reason()
		}
		return what + request + " is now: " + orUnknown(status) + "." + p.reason()
	}
}

// progressWords are the statuses of updates and uploads in words.
var progressWords = map[string]string{
	"AcceptedCanceled": "was broken off for another one", "BadMessage": "failed: the station couldn't make sense of the request",
	"ChecksumVerified": "has arrived as it was sent", "DownloadFailed": "failed: the file couldn't be fetched", "DownloadPaused": "pauses while the file is fetched",
	"DownloadScheduled": "is planned: the file is fetched later", "Downloaded": "goes on: the file is there", "Downloading": "goes on: the file is being fetched",
	"Idle": "isn't going on", "InstallRebooting": "goes on: the station restarts for it", "InstallScheduled": "is planned: it is installed later",
	"InstallVerificationFailed": "failed: what was installed isn't what it should be", "InstallationFailed": "failed: it couldn't be installed",
	"Installed": "is done: it is installed", "Installing": "goes on: it is being installed", "InvalidChecksum": "failed: the file isn't what was sent",
	"InvalidSignature": "failed: the signature is wrong", "NotSupportedOperation": "failed: the server doesn't take it that way",
	"PermissionDenied": "failed: the server doesn't let the station in", "PublishFailed": "failed: it couldn't be published", "Published": "is done: others can fetch it here",
	"SignatureVerified": "goes on: the signature is right", "UploadFailed": "failed: the file couldn't be sent", "UploadFailure": "failed: the file couldn't be sent",
	"Uploaded": "is done: the file was sent", "Uploading": "goes on: the file is being sent",
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
	case "NoCredit":
		return "There is no credit left for the token."
	case "NotAllowedTypeEVSE":
		return "The token may not charge at this kind of EVSE."
	case "NotAtThisLocation":
		return "The token may not charge at this location."
	case "NotAtThisTime":
		return "The token may not charge at this time."
	}
	return "The token isn't registered here."
}

// stopReason says why a session ended (OCPP 1.6 §7.36, OCPP 2.1 Part 2 §3.77).
func stopReason(reason string) string {
	if s, ok := stopReasons[reason]; ok {
		return s
	}
	return "The station gave the reason " + fault.Printable(reason) + "."
}

var stopReasons = map[string]string{
	"DeAuthorized":              "The token was not, or no longer, allowed to charge.",
	"EmergencyStop":             "The emergency stop was pressed.",
	"EnergyLimitReached":        "It had taken the energy that it was limited to.",
	"EVDisconnected":            "The cable was pulled out of the car.",
	"GroundFault":               "Current leaked to earth.",
	"HardReset":                 "The station was restarted hard.",
	"ImmediateReset":            "The station was restarted at once.",
	"Local":                     "It was ended at the station.",
	"LocalOutOfCredit":          "There was no credit left.",
	"MasterPass":                "A master pass ended it.",
	"Other":                     "The station gave no particular reason.",
	"OvercurrentFault":          "Too much current flowed.",
	"PowerLoss":                 "The station lost its power.",
	"PowerQuality":              "The grid's power was not good enough.",
	"Reboot":                    "The station restarted by itself.",
	"Remote":                    "It was ended from afar.",
	"ReqEnergyTransferRejected": "The car asked for a way to charge that isn't allowed.",
	"SOCLimitReached":           "The battery had reached the charge that it was limited to.",
	"SoftReset":                 "The station was restarted softly.",
	"StoppedByEV":               "The car ended it.",
	"TimeLimitReached":          "It had taken the time that it was limited to.",
	"Timeout":                   "The cable didn't follow in time.",
	"UnlockCommand":             "The connector was unlocked from afar.",
}
