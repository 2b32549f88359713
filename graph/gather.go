package graph

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/charging"
)

// gathered answers the many fields of a list by few queries: whoever asks while a query is under way is answered by the next one, with
// everybody else who asked meanwhile. Nothing is remembered, so that an answer is never older than its question.
//
//	ask ─> query for one ─┬─> answer
//	ask, ask, ask ────────┴─> query for all three ─> answers
type gathered[T any] struct {
	load func(ctx context.Context, ids ...uuid.UUID) (map[uuid.UUID]T, error)

	mu      sync.Mutex
	running bool
	next    *round[T]
}

// round is one query, with those who wait for it.
type round[T any] struct {
	ids   []uuid.UUID
	done  chan struct{}
	found map[uuid.UUID]T
	err   error
}

// of is what an id stands for; its zero value where the viewer sees no such thing.
func (g *gathered[T]) of(ctx context.Context, id uuid.UUID) (none T, err error) {
	g.mu.Lock()
	if g.next == nil {
		g.next = &round[T]{done: make(chan struct{})}
	}
	mine := g.next
	mine.ids = append(mine.ids, id)
	first := !g.running
	g.running = true
	g.mu.Unlock()
	if first {
		g.run(ctx)
	}
	select {
	case <-mine.done:
		return mine.found[id], mine.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// run asks until nobody waits any more.
func (g *gathered[T]) run(ctx context.Context) {
	for {
		g.mu.Lock()
		now := g.next
		g.next, g.running = nil, now != nil
		g.mu.Unlock()
		if now == nil {
			return
		}
		now.found, now.err = g.load(ctx, now.ids...)
		close(now.done)
	}
}

type gatheredKey[T any] struct{}

// gather lets the fields of one response ask together. They have one viewer, who stands in the context.
func gather(r *Resolver) graphql.ResponseMiddleware {
	return func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		ctx = context.WithValue(ctx, gatheredKey[drivers.Funds]{}, &gathered[drivers.Funds]{load: r.Drivers.Funds})
		return next(context.WithValue(ctx, gatheredKey[charging.AttemptRemarks]{}, &gathered[charging.AttemptRemarks]{load: r.Charging.AttemptRemarks}))
	}
}

// fundsOf is what is in a wallet.
func (r *Resolver) fundsOf(ctx context.Context, wallet uuid.UUID) (drivers.Funds, error) {
	return ofGathered(ctx, wallet, r.Drivers.Funds)
}

// remarksOf are the sentences that are said of a connection attempt.
func (r *Resolver) remarksOf(ctx context.Context, attempt uuid.UUID) (charging.AttemptRemarks, error) {
	return ofGathered(ctx, attempt, r.Charging.AttemptRemarks)
}

// ofGathered asks with the other fields of the response. Events of subscriptions ask alone.
func ofGathered[T any](ctx context.Context, id uuid.UUID, load func(context.Context, ...uuid.UUID) (map[uuid.UUID]T, error)) (T, error) {
	if g, ok := ctx.Value(gatheredKey[T]{}).(*gathered[T]); ok {
		return g.of(ctx, id)
	}
	found, err := load(ctx, id)
	return found[id], err
}
