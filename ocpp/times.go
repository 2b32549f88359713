package ocpp

import (
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
)

// said is when a station says that something happened. A time without a zone is in the station's own, where that is known.
func (x *exchange) said(t *schema.Time) time.Time {
	if !t.Zoneless {
		return t.Time
	}
	return x.c.link.InStationsZone(t.Time, x.at)
}
