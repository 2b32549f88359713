package charging

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
)

// NoticeKind sorts what stations notice beside status and meter.
type NoticeKind string

// The kinds of notices.
const (
	NoticeSecurity         NoticeKind = "SECURITY"
	NoticeMonitoring       NoticeKind = "MONITORING"
	NoticeChargingLimit    NoticeKind = "CHARGING_LIMIT"
	NoticeChargingNeeds    NoticeKind = "CHARGING_NEEDS"
	NoticeChargingSchedule NoticeKind = "CHARGING_SCHEDULE"
	NoticePriority         NoticeKind = "PRIORITY_CHARGING"
	NoticeFirmware         NoticeKind = "FIRMWARE"
	NoticeLog              NoticeKind = "LOG"
	NoticeReservation      NoticeKind = "RESERVATION"
	NoticeDER              NoticeKind = "DER"
	NoticeBatterySwap      NoticeKind = "BATTERY_SWAP"
	NoticePayment          NoticeKind = "PAYMENT"
	NoticeStream           NoticeKind = "STREAM"
	NoticeCertificate      NoticeKind = "CERTIFICATE"
)

// Notice is something that a station noticed.
type Notice struct {
	Kind NoticeKind
	// Type is what happened, as OCPP or the maker names it.
	Type                string
	Severity            *int
	Cleared             bool
	EvseNo, ConnectorNo int
	Component, Variable string
	Value, Info         string
	TransactionID       string
	// Data is the whole of it as JSON.
	Data           []byte
	At, ReceivedAt time.Time
}

// Notice adds what a station noticed to the entry of its message.
func (l *Link) Notice(e *journal.Entry, n Notice) { e.Events = append(e.Events, l.noticed(n)) }

// noticed is the row of a notice.
func (l *Link) noticed(n Notice) journal.Event {
	row := journal.Event{
		Origin: l.Origin, ID: journal.NewID(), Kind: string(n.Kind), Type: clip(n.Type, 64), Severity: n.Severity, Cleared: n.Cleared, EvseNo: n.EvseNo,
		ConnectorNo: n.ConnectorNo, Component: clip(n.Component, 64), Variable: clip(n.Variable, 64), Value: clip(n.Value, 2500), Info: clip(n.Info, 1024),
		Data: n.Data, At: believable(n.At, n.ReceivedAt), ReceivedAt: n.ReceivedAt,
	}
	if ref := l.sessions[n.TransactionID]; ref != nil {
		row.Session = ref.id
	}
	l.park(EventNotice, Event{Object: row.ID, At: n.ReceivedAt, EvseNo: n.EvseNo})
	return row
}

// insertNotice stores a notice inside the transaction of what it changes.
func (l *Link) insertNotice(ctx context.Context, tx *db.Tx, n Notice) error {
	e := l.noticed(n)
	_, err := tx.Exec(ctx, `insert into station_events (id, tenant_id, network_id, station_id, session_id, kind, type, severity, cleared, evse_no, connector_no,
			component, variable, value, info, data, at, received_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		e.ID, e.Tenant, e.Network, e.Station, db.OrNull(e.Session), e.Kind, e.Type, e.Severity, e.Cleared, e.EvseNo, e.ConnectorNo, e.Component, e.Variable,
		e.Value, e.Info, journal.Storable(e.Data), e.At, e.ReceivedAt)
	if err != nil {
		return fmt.Errorf("keep what the station noticed: %w", err)
	}
	return nil
}

// noticeChanging keeps a notice together with what it changes. change reports which of the station's records it moved; most
// notices move none.
func (l *Link) noticeChanging(ctx context.Context, n Notice, rows Rows[struct{}], change func(ctx context.Context, tx *db.Tx) (uuid.UUID, error)) error {
	_, err := inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (none struct{}, err error) {
		moved, err := change(ctx, tx)
		if err != nil {
			return none, err
		}
		if moved != uuid.Nil {
			l.park(EventStation, Event{Object: moved, At: n.ReceivedAt})
		}
		return none, l.insertNotice(ctx, tx, n)
	})
	return err
}
