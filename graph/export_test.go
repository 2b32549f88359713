package graph

import (
	"context"

	"github.com/google/uuid"
)

// ComplexityForTest shows the weights to the tests outside the package.
var ComplexityForTest = complexity

// GatherForTest asks together; waiting says how many wait for the next query.
func GatherForTest[T any](load func(context.Context, ...uuid.UUID) (map[uuid.UUID]T, error)) (ask func(context.Context, uuid.UUID) (T, error), waiting func() int) {
	g := &gathered[T]{load: load}
	return g.of, func() int {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.next == nil {
			return 0
		}
		return len(g.next.ids)
	}
}
