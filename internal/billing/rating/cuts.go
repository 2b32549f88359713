package rating

import (
	"slices"
	"time"
)

const (
	minuteUs = 60 * second
	dayUs    = 24 * 60 * minuteUs
)

// cuts are the moments inside a session at which a restriction of time may change, ascending.
func (p *plan) cuts(fromUs, toUs int64, zone *time.Location) []int64 {
	var cuts []int64
	for _, d := range p.durationsUs {
		if at := fromUs + d; at > fromUs && at < toUs {
			cuts = append(cuts, at)
		}
	}
	if p.clocked {
		cuts = clockCuts(cuts, p.clock, fromUs, toUs, zone)
		slices.Sort(cuts)
		cuts = slices.Compact(cuts)
	}
	return cuts
}

// clockCuts adds the moments at which the local clock passes one of the minutes. The clock runs straight between two changes of
// the zone's offset, and each change is a cut too: there the clock jumps over minutes, or back before them.
func clockCuts(cuts []int64, minutes []int, fromUs, toUs int64, zone *time.Location) []int64 {
	for at := fromUs; at < toUs; {
		local := time.UnixMicro(at).In(zone)
		_, offsetS := local.Zone()
		offset := int64(offsetS) * second
		until := toUs
		if _, change := local.ZoneBounds(); !change.IsZero() && change.UnixMicro() > at && change.UnixMicro() < toUs {
			until = change.UnixMicro()
			cuts = append(cuts, until)
		}
		for day := floor(at+offset, dayUs); day*dayUs-offset < until; day++ {
			for _, minute := range minutes {
				if cut := day*dayUs + int64(minute)*minuteUs - offset; cut > at && cut < until {
					cuts = append(cuts, cut)
				}
			}
		}
		at = until
	}
	return cuts
}

// tell sets the local time of a moment.
func (m *moment) tell(atUs int64, zone *time.Location) {
	_, offsetS := time.UnixMicro(atUs).In(zone).Zone()
	local := atUs + int64(offsetS)*second
	m.day = floor(local, dayUs)
	m.minute = int((local - m.day*dayUs) / minuteUs)
	m.weekday = int(((m.day+3)%7 + 7) % 7) // 1970-01-01 was a Thursday
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
