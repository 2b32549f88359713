package graph

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// liveBuffer is how many events may wait for a subscriber. One that lags further is told that it missed some.
const liveBuffer = 256

// feed is one live subscription: the present state first, then what the bus brings.
type feed[E any] struct {
	pattern bus.Pattern
	// present fetches the state at the start, and again when events were missed.
	present func(ctx context.Context) ([]E, error)
	// wanted filters events before anything is fetched for them.
	wanted func(e charging.Event) bool
	// fetch turns an event into what the subscriber gets, through the same walls as a query; nothing when it may not see it.
	fetch func(ctx context.Context, e charging.Event) ([]E, error)
	// missed marks an item as the first after a gap.
	missed func(item E)
}

// live runs a feed until the subscriber goes. It subscribes before it fetches, so that nothing falls between.
func live[E any](ctx context.Context, r *Resolver, f feed[E]) (<-chan E, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	subscription, err := r.Bus.Subscribe(f.pattern, liveBuffer)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "Live events can't be had right now: try again in a moment.").Because(err)
	}
	first, err := f.present(ctx)
	if err != nil {
		subscription.Close()
		return nil, err
	}
	out := make(chan E)
	go func() {
		defer close(out)
		defer subscription.Close()
		if !deliver(ctx, out, first) {
			return
		}
		for {
			select {
			case <-ctx.Done():
				return
			case event, ok := <-subscription.C:
				if !ok {
					return
				}
				if items := f.items(ctx, r, v, event); !deliver(ctx, out, items) {
					return
				}
			}
		}
	}()
	return out, nil
}

// items are what a subscriber gets for an event on the bus.
func (f *feed[E]) items(ctx context.Context, r *Resolver, v tenancy.Viewer, event bus.Event) []E {
	var items []E
	var err error
	if event.Missed {
		if items, err = f.present(ctx); err == nil && len(items) > 0 {
			f.missed(items[0])
		}
	} else {
		var e charging.Event
		if e, err = charging.ParseEvent(event.Payload); err == nil && v.Sees(e.Network) && f.wanted(e) {
			items, err = f.fetch(ctx, e)
		}
	}
	if err != nil && ctx.Err() == nil {
		r.Logger.Warn("a subscriber couldn't be given a live event", "error", err)
	}
	return items
}

func deliver[E any](ctx context.Context, out chan<- E, items []E) bool {
	for _, item := range items {
		select {
		case out <- item:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// ofStations wants events of the named stations, or of all where none is named, and of the network where one is.
func ofStations(stations []uuid.UUID, network *uuid.UUID) func(charging.Event) bool {
	return func(e charging.Event) bool {
		return (len(stations) == 0 || slices.Contains(stations, e.Station)) && (network == nil || *network == e.Network)
	}
}
