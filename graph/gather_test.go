package graph_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/graph"
)

// However many ask while a query is under way, one more answers them all, each with their own; what failed is told to those who asked.
func TestGather_AsksForAllAtOnce(t *testing.T) {
	t.Parallel()
	const many = 300
	under, goOn := make(chan struct{}), make(chan struct{})
	var queries [][]uuid.UUID
	broken := errors.New("broken")
	ask, waiting := graph.GatherForTest(func(_ context.Context, ids ...uuid.UUID) (map[uuid.UUID]uuid.UUID, error) {
		queries = append(queries, ids)
		switch len(queries) {
		case 1:
			close(under)
			<-goOn
		case 3:
			return nil, broken
		}
		found := map[uuid.UUID]uuid.UUID{}
		for _, id := range ids {
			found[id] = id
		}
		return found, nil
	})
	var all sync.WaitGroup
	one := func() {
		id := uuid.New()
		if got, err := ask(t.Context(), id); err != nil || got != id {
			t.Errorf("asked for %s it is %s, %v", id, got, err)
		}
	}
	all.Go(one)
	<-under
	for range many {
		all.Go(one)
	}
	for waiting() < many {
		runtime.Gosched()
	}
	close(goOn)
	all.Wait()
	if len(queries) != 2 || len(queries[1]) != many {
		t.Errorf("%d ids took %d queries", many+1, len(queries))
	}
	if _, err := ask(t.Context(), uuid.New()); !errors.Is(err, broken) {
		t.Errorf("what failed is told as %v", err)
	}
	if _, err := ask(t.Context(), uuid.New()); err != nil || len(queries) != 4 {
		t.Errorf("afterwards it is %v, in %d queries: nothing is remembered", err, len(queries))
	}
}
