package simulator

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Where a station connects to. It begins with the address that it was given, in slot 1; what SetNetworkProfile puts into a slot
// counts from the next restart on, in the order of NetworkConfigurationPriority (OCPP 2.0.1 Part 2, B09 and B10).

const (
	keyNetworkPriority = "OCPPCommCtrlr.NetworkConfigurationPriority"
	keyNetworkAttempts = "OCPPCommCtrlr.NetworkProfileConnectionAttempts"
	keyActiveNetwork   = "OCPPCommCtrlr.ActiveNetworkProfile"
)

// addressOf is the address that a slot stands for; ok is false where there is none that this station could use.
func (s *station2x) addressOf(slot string) (a address, ok bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(slot), 10, 64)
	if err != nil {
		return a, false
	}
	p, set := s.networks[n]
	switch {
	case !set && n == 1:
		return address{url: s.opts.URL}, true
	case !set, !speaks(p.OCPPVersion, s.spoken):
		return a, false
	}
	identity := cmp.Or(p.Identity, s.opts.Identity)
	return address{strings.TrimSuffix(p.OCPPCsmsURL, "/") + "/" + url.PathEscape(identity), p.Identity, p.BasicAuthPassword}, true
}

// speaks reports whether a profile is for the version that the station has. 2.0.1 is called by the name of 2.0.
func speaks(version v21.OCPPVersion, spoken frame.Version) bool {
	switch version {
	case "", v21.OCPPVersionOCPP20, v21.OCPPVersionOCPP201:
		return version == "" || spoken == frame.V201
	case v21.OCPPVersionOCPP21:
		return spoken == frame.V21
	}
	return false
}

// restarted takes the profile of the highest priority.
func (s *station2x) restarted() { s.takeNetwork(0) }

// takeNetwork takes the first usable profile from a place of the priority on; beyond the last it begins anew.
func (s *station2x) takeNetwork(from int) {
	slots := strings.Split(s.config.value(keyNetworkPriority), ",")
	for i := range slots {
		at := (from + i) % len(slots)
		if a, ok := s.addressOf(slots[at]); ok {
			s.address, s.networkAt, s.networkTries = a, at, 0
			s.config.find(keyActiveNetwork).value = strings.TrimSpace(slots[at])
			return
		}
	}
}

// dialled goes on to the next profile when one has failed often enough (B10).
func (s *station2x) dialled(reached bool) {
	s.networkTries++
	switch {
	case reached:
		s.networkTries = 0
	case s.networkTries >= s.config.number(keyNetworkAttempts):
		s.takeNetwork(s.networkAt + 1)
	}
}
