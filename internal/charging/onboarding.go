package charging

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/connectionattempt"
	"github.com/busbar-ev/busbar/ent/ocppmessage"
)

// StationURL is a URL to enter on a station.
type StationURL struct {
	URL    string
	Secure bool
	Note   string
}

// ConnectionURLs are the URLs to enter on a station, the best one first.
func (s *Service) ConnectionURLs(tenantSlug, identity string) []StationURL {
	var urls []StationURL
	for _, base := range s.config.StationURLs {
		secure := strings.HasPrefix(base, "wss:")
		note := "For stations that add nothing to the URL."
		if !secure {
			note = "Not encrypted: use it where the station has no TLS, or on a private network."
		}
		path := "/ocpp/" + url.PathEscape(tenantSlug) + "/"
		urls = append(urls,
			StationURL{base + path + url.PathEscape(identity), secure, note},
			StationURL{base + path, secure, "For stations that add their identity to the URL by themselves."})
	}
	return urls
}

// Step is one rung of the ladder from the first packet to Onboarded.
type Step struct {
	Key      string
	State    string
	At       *time.Time
	Evidence string
	Fix      string
}

// The states of a step.
const (
	StepPassed  = "PASSED"
	StepFailed  = "FAILED"
	StepWaiting = "WAITING"
)

// rungs are the steps in their order, with the causes that show a failure at each.
var rungs = []struct {
	key    string
	causes []connectionattempt.Cause
}{
	{"REACHED", []connectionattempt.Cause{"RATE_LIMITED", "MALFORMED_UPGRADE"}},
	{"TLS", []connectionattempt.Cause{"TLS_VERSION", "TLS_HANDSHAKE"}},
	{"IDENTITY", []connectionattempt.Cause{"UNKNOWN_IDENTITY", "NEAR_MISS_IDENTITY", "MALFORMED_IDENTITY", "IDENTITY_MISMATCH", "WRONG_TENANT", "AMBIGUOUS_IDENTITY", "STATION_REJECTED", "TENANT_SUSPENDED"}},
	{"CREDENTIAL", []connectionattempt.Cause{"NO_CREDENTIAL", "WRONG_PASSWORD", "PROFILE_MISMATCH", "UNKNOWN_CA", "EXPIRED_CERTIFICATE", "REVOKED_CERTIFICATE", "WRONG_CERTIFICATE", "NO_CERTIFICATE"}},
	{"VERSION", []connectionattempt.Cause{"VERSION_NOT_SPOKEN"}},
}

// OnboardingSteps says how far a station has come, and what holds it up.
func (s *Service) OnboardingSteps(ctx context.Context, st *ent.Station) ([]Step, error) {
	attempt, err := st.QueryAttempts().Order(ent.Desc(connectionattempt.FieldLastAt)).First(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return nil, fmt.Errorf("load the newest connection attempt: %w", err)
	}
	steps := handshakeSteps(st, attempt)
	boot := Step{Key: "BOOT", State: StepWaiting, Evidence: "Waiting for the station to say what it is (BootNotification)."}
	if st.BootedAt != nil {
		boot = Step{Key: "BOOT", State: StepPassed, At: st.BootedAt, Evidence: strings.TrimSpace(fmt.Sprintf("%s %s, firmware %s", st.Vendor, st.Model, cmp.Or(st.FirmwareVersion, "unknown")))}
		if st.RegistrationStatus == "PENDING" {
			boot.State, boot.Fix = StepWaiting, "The station has no password: approve it to let it work."
			boot.Evidence += ". It was answered Pending."
		}
	}
	inventory := Step{Key: "INVENTORY", State: StepWaiting, Evidence: "Waiting to read the station's settings (GetConfiguration)."}
	switch {
	case st.InventoryAt != nil:
		inventory = Step{Key: "INVENTORY", State: StepPassed, At: st.InventoryAt, Evidence: "The station's settings were read."}
	case st.Onboarding == "ONBOARDED":
		inventory = Step{Key: "INVENTORY", State: StepFailed, At: st.OnboardedAt, Evidence: "The station doesn't answer when it is asked for its settings.",
			Fix: "Nothing to do: the station works, and it is asked again when it next connects."}
	}
	onboarded := Step{Key: "ONBOARDED", State: StepWaiting}
	if st.Onboarding == "ONBOARDED" {
		onboarded = Step{Key: "ONBOARDED", State: StepPassed, At: st.OnboardedAt, Evidence: "The station is ready for use."}
	}
	if st.BootedAt == nil && st.Onboarding == "ONBOARDED" {
		boot = Step{Key: "BOOT", State: StepPassed, At: st.OnboardedAt, Evidence: "The station works without having sent a boot notification."}
	}
	return append(steps, boot, inventory, onboarded), nil
}

// handshakeSteps read the steps up to the open socket off the newest attempt.
func handshakeSteps(st *ent.Station, attempt *ent.ConnectionAttempt) []Step {
	steps := make([]Step, len(rungs))
	failed := -1
	if attempt != nil && attempt.Outcome == connectionattempt.OutcomeRefused && !laterConnected(st, attempt) {
		for i, r := range rungs {
			for _, c := range r.causes {
				if attempt.Cause == c {
					failed = i
				}
			}
		}
	}
	connected := st.ConnectedAt != nil && failed < 0
	for i, r := range rungs {
		step := Step{Key: r.key, State: StepWaiting}
		switch {
		case connected:
			step.State, step.At = StepPassed, st.ConnectedAt
			step.Evidence = passedEvidence(r.key, st)
		case failed == i:
			step.State, step.At, step.Evidence, step.Fix = StepFailed, &attempt.LastAt, attempt.Explanation, attempt.Fix
			if attempt.Count > 1 {
				step.Evidence += fmt.Sprintf(" Tried %d times from %s.", attempt.Count, attempt.RemoteAddress)
			}
		case failed > i:
			step.State, step.At = StepPassed, &attempt.LastAt
			if i == 0 {
				step.Evidence = "It reached us from " + attempt.RemoteAddress + "."
			}
		case i == 0:
			step.Evidence = "Nothing has arrived from this station yet."
			step.Fix = "Enter the connection URL on the station, and check that it has a way out to the internet."
		}
		steps[i] = step
	}
	return steps
}

// laterConnected reports whether the station got in after an attempt that failed.
func laterConnected(st *ent.Station, attempt *ent.ConnectionAttempt) bool {
	return st.Online || (st.ConnectedAt != nil && st.ConnectedAt.After(attempt.LastAt))
}

func passedEvidence(key string, st *ent.Station) string {
	switch key {
	case "REACHED":
		return "It reached us from " + st.RemoteAddress + "."
	case "TLS":
		if st.ConnectionProfile >= 2 {
			return "Its connection is encrypted."
		}
		return "Its connection isn't encrypted, or only with what old stations know."
	case "IDENTITY":
		return fmt.Sprintf("It calls itself %q.", st.Identity)
	case "CREDENTIAL":
		if st.ConnectionProfile == 0 {
			return "Its network lets stations in without a password."
		}
		if st.ConnectionProfile == 3 {
			return "Its certificate is right (security profile 3)."
		}
		return fmt.Sprintf("Its password is right (security profile %d).", st.ConnectionProfile)
	case "VERSION":
		return "It speaks OCPP " + st.ConnectionVersion + "."
	}
	return ""
}

// Correlated finds the other half of an exchange: the answer to a request, or the request behind an answer.
func (s *Service) Correlated(ctx context.Context, m *ent.OcppMessage) (*ent.OcppMessage, error) {
	direction := ocppmessage.DirectionSent
	if m.Direction == ocppmessage.DirectionSent {
		direction = ocppmessage.DirectionReceived
	}
	// Stations start their message ids again at each boot, so only what is close in time belongs together.
	q := s.db.Ent().OcppMessage.Query().Where(ocppmessage.StationID(m.StationID), ocppmessage.MessageID(m.MessageID), ocppmessage.DirectionEQ(direction))
	if m.Type == ocppmessage.TypeCall {
		q = q.Where(ocppmessage.AtGTE(m.At), ocppmessage.AtLT(m.At.Add(time.Hour)), ocppmessage.TypeNEQ(ocppmessage.TypeCall)).Order(ent.Asc(ocppmessage.FieldAt))
	} else {
		q = q.Where(ocppmessage.AtLTE(m.At), ocppmessage.AtGT(m.At.Add(-time.Hour)), ocppmessage.TypeEQ(ocppmessage.TypeCall)).Order(ent.Desc(ocppmessage.FieldAt))
	}
	other, err := q.First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	return other, err
}
