package charging

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/journal"
)

// EventKind sorts live events of a station.
type EventKind string

// What an event is about.
const (
	EventStatus     EventKind = "status"
	EventConnection EventKind = "connection"
	EventStation    EventKind = "changed"
	EventSession    EventKind = "session"
	EventMessage    EventKind = "message"
	EventCommand    EventKind = "command"
	EventAttempt    EventKind = "attempt"
	EventNotice     EventKind = "notice"
)

// Event is what goes out on the bus: ids and what a filter needs. The object is fetched by whoever may see it.
type Event struct {
	Network uuid.UUID `json:"n"`
	Station uuid.UUID `json:"s"`
	// Object is the row the event is about, where that isn't the station.
	Object      uuid.UUID `json:"o"`
	At          time.Time `json:"t"`
	Online      bool      `json:"up,omitempty"`
	EvseNo      int       `json:"e,omitempty"`
	ConnectorNo int       `json:"c,omitempty"`
	Status      string    `json:"st,omitempty"`
	ErrorCode   string    `json:"ec,omitempty"`
	Action      string    `json:"a,omitempty"`
	// Objects are the message rows of one exchange.
	Objects []uuid.UUID `json:"os,omitempty"`
}

// StationEvents is the subject of one kind of event of one station.
func StationEvents(tenant, station uuid.UUID, kind EventKind) bus.Subject {
	id := "none"
	if station != uuid.Nil {
		id = station.String()
	}
	return bus.MustSubject("tenant", tenant.String(), "station", id, string(kind))
}

// TenantEvents is the pattern of one kind of event of every station of a tenant.
func TenantEvents(tenant uuid.UUID, kind EventKind) bus.Pattern {
	return bus.MustSubject("tenant", tenant.String(), "station").MustAny(string(kind))
}

// AllStationEvents is the pattern of everything that happens at one station.
func AllStationEvents(tenant, station uuid.UUID) bus.Pattern {
	return bus.MustSubject("tenant", tenant.String(), "station", station.String()).All()
}

// publish sends an event once what it tells is committed. A live event that is lost costs a refetch, never data.
func (s *Service) publish(ctx context.Context, o journal.Origin, kind EventKind, e Event) {
	e.Network, e.Station = o.Network, o.Station
	if e.At.IsZero() {
		e.At = s.now()
	}
	payload, err := json.Marshal(e)
	if err != nil {
		s.logger.Error("an event can't be written", "kind", kind, "error", err)
		return
	}
	if err := s.bus.Publish(ctx, StationEvents(o.Tenant, o.Station, kind), payload); err != nil {
		s.logger.Warn("a live event was lost: subscribers see the change when they fetch again", "kind", kind, "error", err)
	}
}

// MessagesLogged tells subscribers that messages of a station are in the log.
func (s *Service) MessagesLogged(ctx context.Context, o journal.Origin, action string, ids ...uuid.UUID) {
	s.publish(ctx, o, EventMessage, Event{Objects: ids, Action: action})
}

// ParseEvent reads an event from the bus.
func ParseEvent(payload []byte) (Event, error) {
	var e Event
	err := json.Unmarshal(payload, &e)
	return e, err
}

// park keeps an event until the entry it belongs to is committed.
func (l *Link) park(kind EventKind, e Event) { l.parked = append(l.parked, parkedEvent{kind, e}) }

// Committed sends what was parked. The connection calls it after every commit of its entry.
func (l *Link) Committed(ctx context.Context) {
	for _, p := range l.parked {
		l.service.publish(ctx, l.Origin, p.kind, p.event)
	}
	l.parked = l.parked[:0]
	for _, do := range l.onCommit {
		do()
	}
	l.onCommit = l.onCommit[:0]
}

// Discard drops what was parked, for an entry that was not committed.
func (l *Link) Discard() { l.parked, l.onCommit = l.parked[:0], l.onCommit[:0] }
