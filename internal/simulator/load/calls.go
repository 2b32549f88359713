package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// callers keep one command of the API in flight for every station, as long as they run.
type callers struct {
	cancel  context.CancelFunc
	running atomic.Bool
	wg      sync.WaitGroup

	mu       sync.Mutex
	accepted uint64
	failed   uint64
	failure  string
	latency  histogram
}

const triggerHeartbeat = `mutation($id: ID!) { triggerMessage(input: {stationId: $id, message: HEARTBEAT}, wait: 20) { status error } }`

func startCallers(ctx context.Context, a *api, stations []registered) *callers {
	ctx, cancel := context.WithCancel(ctx)
	c := &callers{cancel: cancel}
	c.running.Store(true)
	for _, s := range stations {
		c.wg.Go(func() {
			for c.running.Load() && ctx.Err() == nil {
				c.call(ctx, a, s)
			}
		})
	}
	return c
}

func (c *callers) call(ctx context.Context, a *api, s registered) {
	began := time.Now()
	var result struct {
		TriggerMessage struct{ Status, Error string }
	}
	err := a.do(ctx, triggerHeartbeat, map[string]any{"id": s.ID}, &result)
	if ctx.Err() != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latency.record(time.Since(began))
	switch {
	case err != nil:
		c.failed++
		c.failure = err.Error()
	case result.TriggerMessage.Status != "ACCEPTED":
		c.failed++
		c.failure = result.TriggerMessage.Status + " " + result.TriggerMessage.Error
	default:
		c.accepted++
	}
}

// stop begins no more calls. The stations have to go on reading until wait returns.
func (c *callers) stop() { c.running.Store(false) }

func (c *callers) wait() {
	c.wg.Wait()
	c.cancel()
}
