package charging

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/quirks"
)

// StatusReport is what a station says of a connector, or with connector 0 of itself.
type StatusReport struct {
	// EvseNo and ConnectorNo are both 0 for the station as a whole.
	EvseNo, ConnectorNo int
	Status              vocabulary.ConnectorStatus
	ErrorCode           string
	Info                string
	VendorID            string
	VendorErrorCode     string
	// At is the station's time; zero where it gave none.
	At         time.Time
	ReceivedAt time.Time
}

// ReportStatus adds a status to the entry of its message. The newest by the station's own clock wins; an older one, replayed
// after an outage, is kept in the history.
func (l *Link) ReportStatus(ctx context.Context, e *journal.Entry, r StatusReport) error {
	at := believable(r.At, r.ReceivedAt)
	if quirks.Is(l.Behaviour().IgnoreStatusOrder) {
		at = r.ReceivedAt
	}
	row := journal.Status{
		Origin: l.Origin, EvseNo: r.EvseNo, ConnectorNo: r.ConnectorNo, Status: string(r.Status), ErrorCode: r.ErrorCode, Info: nothing(r.Info),
		VendorID: r.VendorID, VendorErrorCode: nothing(r.VendorErrorCode), At: at, ReceivedAt: r.ReceivedAt,
	}
	var connector uuid.UUID
	if r.EvseNo == 0 {
		row.ConnectorNo = 0
	} else {
		row.ConnectorNo = max(1, r.ConnectorNo)
		ref, err := l.connector(ctx, place{row.EvseNo, row.ConnectorNo})
		if err != nil {
			return err
		}
		row.Connector, connector = ref.id, ref.id
	}
	e.Statuses = append(e.Statuses, row)
	l.park(EventStatus, Event{
		Object: connector, At: r.ReceivedAt, EvseNo: row.EvseNo, ConnectorNo: row.ConnectorNo, Status: row.Status, ErrorCode: row.ErrorCode,
	})
	return nil
}

// maxAhead is how far a station's clock may run ahead of ours and still be believed.
const maxAhead = 5 * time.Minute

// earliest is before any OCPP 1.6 charger was built: a clock that says so was reset.
var earliest = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)

// believable is the station's time, or the time of receipt where the station's can't be.
func believable(said, received time.Time) time.Time {
	if said.IsZero() || said.Before(earliest) || said.After(received.Add(maxAhead)) {
		return received
	}
	return said
}

// nothing maps what makers write for an absent value to an absent value.
func nothing(s string) string {
	if s == "null" || s == "none" || s == "0x00" {
		return ""
	}
	return s
}
