package charging

import (
	"time"

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
func (l *Link) Notice(e *journal.Entry, n Notice) {
	row := journal.Event{
		Origin: l.Origin, ID: journal.NewID(), Kind: string(n.Kind), Type: clip(n.Type, 64), Severity: n.Severity, Cleared: n.Cleared, EvseNo: n.EvseNo,
		ConnectorNo: n.ConnectorNo, Component: clip(n.Component, 64), Variable: clip(n.Variable, 64), Value: clip(n.Value, 2500), Info: clip(n.Info, 1024),
		Data: n.Data, At: believable(n.At, n.ReceivedAt), ReceivedAt: n.ReceivedAt,
	}
	if ref := l.sessions[n.TransactionID]; ref != nil {
		row.Session = ref.id
	}
	e.Events = append(e.Events, row)
	l.park(EventNotice, Event{Object: row.ID, At: n.ReceivedAt, EvseNo: n.EvseNo})
}
