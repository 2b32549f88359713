package graph

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/chargingsession"
	"github.com/busbar-ev/busbar/ent/connectionattempt"
	"github.com/busbar-ev/busbar/ent/connector"
	"github.com/busbar-ev/busbar/ent/ocppmessage"
	"github.com/busbar-ev/busbar/ent/station"
	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// maxPresent bounds the present state that a subscription over a whole tenant begins with.
const maxPresent = 20_000

func tenantOf(ctx context.Context) uuid.UUID {
	v, _ := tenancy.FromContext(ctx) // @permission has made sure of the viewer
	return v.Tenant
}

func (r *Resolver) connectorStatus(ctx context.Context, stations []uuid.UUID, location, network *uuid.UUID) (<-chan *model.ConnectorStatusEvent, error) {
	query := func() *ent.ConnectorQuery {
		q := r.ent().Connector.Query().Where(connector.HasStationWith(station.RemovedAtIsNil()))
		if len(stations) > 0 {
			q.Where(connector.StationIDIn(stations...))
		}
		if location != nil {
			q.Where(connector.HasStationWith(station.LocationID(*location)))
		}
		if network != nil {
			q.Where(connector.NetworkID(*network))
		}
		return q
	}
	return live(ctx, r, feed[*model.ConnectorStatusEvent]{
		pattern: charging.TenantEvents(tenantOf(ctx), charging.EventStatus),
		present: func(ctx context.Context) ([]*model.ConnectorStatusEvent, error) {
			connectors, err := query().Order(ent.Asc(connector.FieldStationID, connector.FieldEvseNo)).Limit(maxPresent).All(ctx)
			if err != nil {
				return nil, err
			}
			events := make([]*model.ConnectorStatusEvent, len(connectors))
			for i, c := range connectors {
				events[i] = statusEvent(c, time.Now())
			}
			return events, nil
		},
		wanted: ofStations(stations, network),
		fetch: func(ctx context.Context, e charging.Event) ([]*model.ConnectorStatusEvent, error) {
			if e.Object == uuid.Nil {
				return r.stationStatus(ctx, e, location)
			}
			c, err := query().Where(connector.ID(e.Object)).Only(ctx)
			if err != nil {
				return nil, ignoreMissing(err)
			}
			return []*model.ConnectorStatusEvent{statusEvent(c, e.At)}, nil
		},
		missed: func(e *model.ConnectorStatusEvent) { e.Missed = true },
	})
}

// stationStatus is the status of a station as a whole, which has no connector.
func (r *Resolver) stationStatus(ctx context.Context, e charging.Event, location *uuid.UUID) ([]*model.ConnectorStatusEvent, error) {
	s, err := r.ent().Station.Query().Where(station.ID(e.Station), station.RemovedAtIsNil()).Only(ctx)
	if err != nil || (location != nil && (s.LocationID == nil || *s.LocationID != *location)) {
		return nil, ignoreMissing(err)
	}
	return []*model.ConnectorStatusEvent{{StationID: s.ID, Status: statusOf(s.Status), ErrorCode: orNil(s.ErrorCode), At: e.At}}, nil
}

func statusEvent(c *ent.Connector, at time.Time) *model.ConnectorStatusEvent {
	return &model.ConnectorStatusEvent{
		StationID: c.StationID, EvseNo: c.EvseNo, ConnectorNo: c.ConnectorNo, Status: statusOf(c.Status), ErrorCode: orNil(c.ErrorCode), At: at, Connector: c,
	}
}

func statusOf(s *vocabulary.ConnectorStatus) *vocabulary.ConnectorStatus {
	if s == nil || *s == "" {
		return nil
	}
	return s
}

// ignoreMissing drops what the viewer may not see, or what is gone.
func ignoreMissing(err error) error {
	if ent.IsNotFound(err) {
		return nil
	}
	return err
}

func (r *Resolver) stationConnection(ctx context.Context, stations []uuid.UUID, network *uuid.UUID) (<-chan *model.StationConnectionEvent, error) {
	query := func() *ent.StationQuery {
		q := r.ent().Station.Query().Where(station.RemovedAtIsNil())
		if len(stations) > 0 {
			q.Where(station.IDIn(stations...))
		}
		if network != nil {
			q.Where(station.NetworkID(*network))
		}
		return q
	}
	event := func(s *ent.Station, at time.Time) *model.StationConnectionEvent {
		return &model.StationConnectionEvent{StationID: s.ID, Online: s.Online, At: at, Station: s}
	}
	return live(ctx, r, feed[*model.StationConnectionEvent]{
		pattern: charging.TenantEvents(tenantOf(ctx), charging.EventConnection),
		present: func(ctx context.Context) ([]*model.StationConnectionEvent, error) {
			all, err := query().Order(ent.Asc(station.FieldIdentity)).Limit(maxPresent).All(ctx)
			events := make([]*model.StationConnectionEvent, len(all))
			for i, s := range all {
				events[i] = event(s, time.Now())
			}
			return events, err
		},
		wanted: ofStations(stations, network),
		fetch: func(ctx context.Context, e charging.Event) ([]*model.StationConnectionEvent, error) {
			s, err := query().Where(station.ID(e.Station)).Only(ctx)
			if err != nil {
				return nil, ignoreMissing(err)
			}
			return []*model.StationConnectionEvent{event(s, e.At)}, nil
		},
		missed: func(e *model.StationConnectionEvent) { e.Missed = true },
	})
}

// stationUpdated follows everything that changes a station's page, apart from the messages themselves.
func (r *Resolver) stationUpdated(ctx context.Context, id uuid.UUID) (<-chan *model.StationEvent, error) {
	load := func(ctx context.Context, at time.Time) ([]*model.StationEvent, error) {
		s, err := r.ent().Station.Query().Where(station.ID(id), station.RemovedAtIsNil()).Only(ctx)
		if err != nil {
			return nil, err
		}
		return []*model.StationEvent{{Station: s, At: at}}, nil
	}
	events, err := live(ctx, r, feed[*model.StationEvent]{
		pattern: charging.AllStationEvents(tenantOf(ctx), id),
		present: func(ctx context.Context) ([]*model.StationEvent, error) { return load(ctx, time.Now()) },
		wanted:  func(e charging.Event) bool { return len(e.Objects) == 0 },
		fetch: func(ctx context.Context, e charging.Event) ([]*model.StationEvent, error) {
			loaded, err := load(ctx, e.At)
			return loaded, ignoreMissing(err)
		},
		missed: func(e *model.StationEvent) { e.Missed = true },
	})
	return events, missing(err, "station")
}

// missing names what isn't there.
func missing(err error, what string) error {
	if ent.IsNotFound(err) {
		return fault.Missing(what)
	}
	return err
}

func (r *Resolver) sessionUpdated(ctx context.Context, id uuid.UUID) (<-chan *model.SessionEvent, error) {
	load := func(ctx context.Context, at time.Time) ([]*model.SessionEvent, error) {
		s, err := r.ent().ChargingSession.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		return []*model.SessionEvent{{Session: s, At: at}}, nil
	}
	session, err := r.ent().ChargingSession.Get(ctx, id)
	if err != nil {
		return nil, missing(err, "session")
	}
	return live(ctx, r, feed[*model.SessionEvent]{
		pattern: charging.StationEvents(tenantOf(ctx), session.StationID, charging.EventSession).Exact(),
		present: func(ctx context.Context) ([]*model.SessionEvent, error) { return load(ctx, time.Now()) },
		wanted:  func(e charging.Event) bool { return e.Object == id },
		fetch: func(ctx context.Context, e charging.Event) ([]*model.SessionEvent, error) {
			loaded, err := load(ctx, e.At)
			return loaded, ignoreMissing(err)
		},
		missed: func(e *model.SessionEvent) { e.Missed = true },
	})
}

func (r *Resolver) sessions(ctx context.Context, stations []uuid.UUID, network *uuid.UUID) (<-chan *model.SessionEvent, error) {
	return live(ctx, r, feed[*model.SessionEvent]{
		pattern: charging.TenantEvents(tenantOf(ctx), charging.EventSession),
		present: func(ctx context.Context) ([]*model.SessionEvent, error) {
			q := r.ent().ChargingSession.Query().Where(chargingsession.StatusIn(chargingsession.StatusPENDING, chargingsession.StatusRUNNING))
			if len(stations) > 0 {
				q.Where(chargingsession.StationIDIn(stations...))
			}
			if network != nil {
				q.Where(chargingsession.NetworkID(*network))
			}
			running, err := q.Order(ent.Asc(chargingsession.FieldStartedAt)).Limit(maxPresent).All(ctx)
			events := make([]*model.SessionEvent, len(running))
			for i, s := range running {
				events[i] = &model.SessionEvent{Session: s, At: time.Now()}
			}
			return events, err
		},
		wanted: ofStations(stations, network),
		fetch: func(ctx context.Context, e charging.Event) ([]*model.SessionEvent, error) {
			s, err := r.ent().ChargingSession.Get(ctx, e.Object)
			if err != nil {
				return nil, ignoreMissing(err)
			}
			return []*model.SessionEvent{{Session: s, At: e.At}}, nil
		},
		missed: func(e *model.SessionEvent) { e.Missed = true },
	})
}

func (r *Resolver) ocppMessage(ctx context.Context, id uuid.UUID, actions []string) (<-chan *model.OcppMessageEvent, error) {
	query := func() *ent.OcppMessageQuery {
		q := r.ent().OcppMessage.Query().Where(ocppmessage.StationID(id))
		if len(actions) > 0 {
			q.Where(ocppmessage.ActionIn(actions...))
		}
		return q
	}
	if _, err := r.ent().Station.Get(ctx, id); err != nil {
		return nil, missing(err, "station")
	}
	return live(ctx, r, feed[*model.OcppMessageEvent]{
		pattern: charging.StationEvents(tenantOf(ctx), id, charging.EventMessage).Exact(),
		present: func(ctx context.Context) ([]*model.OcppMessageEvent, error) {
			newest, err := query().Order(ent.Desc(ocppmessage.FieldAt, ocppmessage.FieldID)).Limit(1).All(ctx)
			return messageEvents(newest, time.Now()), err
		},
		wanted: func(e charging.Event) bool { return len(actions) == 0 || slices.Contains(actions, e.Action) },
		fetch: func(ctx context.Context, e charging.Event) ([]*model.OcppMessageEvent, error) {
			// The time bounds the partitions that are looked into.
			messages, err := query().Where(ocppmessage.IDIn(e.Objects...), ocppmessage.AtGT(e.At.Add(-time.Hour))).
				Order(ent.Asc(ocppmessage.FieldAt, ocppmessage.FieldID)).All(ctx)
			return messageEvents(messages, e.At), err
		},
		missed: func(e *model.OcppMessageEvent) { e.Missed = true },
	})
}

func messageEvents(messages []*ent.OcppMessage, at time.Time) []*model.OcppMessageEvent {
	events := make([]*model.OcppMessageEvent, len(messages))
	for i, m := range messages {
		events[i] = &model.OcppMessageEvent{Message: m, At: at}
	}
	return events
}

func (r *Resolver) commandUpdated(ctx context.Context, id uuid.UUID) (<-chan *model.CommandEvent, error) {
	command, err := r.ent().Command.Get(ctx, id)
	if err != nil {
		return nil, missing(err, "command")
	}
	load := func(ctx context.Context, at time.Time) ([]*model.CommandEvent, error) {
		c, err := r.ent().Command.Get(ctx, id)
		if err != nil {
			return nil, ignoreMissing(err)
		}
		return []*model.CommandEvent{{Command: c, At: at}}, nil
	}
	return live(ctx, r, feed[*model.CommandEvent]{
		pattern: charging.StationEvents(tenantOf(ctx), command.StationID, charging.EventCommand).Exact(),
		present: func(ctx context.Context) ([]*model.CommandEvent, error) { return load(ctx, time.Now()) },
		wanted:  func(e charging.Event) bool { return e.Object == id },
		fetch:   func(ctx context.Context, e charging.Event) ([]*model.CommandEvent, error) { return load(ctx, e.At) },
		missed:  func(e *model.CommandEvent) { e.Missed = true },
	})
}

func (r *Resolver) connectionAttempt(ctx context.Context, id *uuid.UUID) (<-chan *model.ConnectionAttemptEvent, error) {
	query := func() *ent.ConnectionAttemptQuery {
		q := r.ent().ConnectionAttempt.Query()
		if id != nil {
			q.Where(connectionattempt.StationID(*id))
		}
		return q
	}
	event := func(a []*ent.ConnectionAttempt, at time.Time) []*model.ConnectionAttemptEvent {
		events := make([]*model.ConnectionAttemptEvent, len(a))
		for i := range a {
			events[i] = &model.ConnectionAttemptEvent{Attempt: a[i], At: at}
		}
		return events
	}
	pattern := charging.TenantEvents(tenantOf(ctx), charging.EventAttempt)
	if id != nil {
		if _, err := r.ent().Station.Get(ctx, *id); err != nil {
			return nil, missing(err, "station")
		}
		pattern = charging.StationEvents(tenantOf(ctx), *id, charging.EventAttempt).Exact()
	}
	return live(ctx, r, feed[*model.ConnectionAttemptEvent]{
		pattern: pattern,
		present: func(ctx context.Context) ([]*model.ConnectionAttemptEvent, error) {
			newest, err := query().Order(ent.Desc(connectionattempt.FieldLastAt)).Limit(1).All(ctx)
			return event(newest, time.Now()), err
		},
		wanted: func(charging.Event) bool { return true },
		fetch: func(ctx context.Context, e charging.Event) ([]*model.ConnectionAttemptEvent, error) {
			found, err := query().Where(connectionattempt.ID(e.Object)).All(ctx)
			return event(found, e.At), err
		},
		missed: func(e *model.ConnectionAttemptEvent) { e.Missed = true },
	})
}
