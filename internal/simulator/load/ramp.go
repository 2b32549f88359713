package load

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// rampResult is what idle connections cost.
type rampResult struct {
	connections int
	took        time.Duration
	// The server's resident memory before and after, in bytes; zero where it can't be known.
	before, after int64
	broken        int64 // connections that were lost while they should have been idle
}

// perConnection is the resident memory of one connection in KB.
func (r *rampResult) perConnection() float64 {
	if r.connections == 0 {
		return 0
	}
	return float64(r.after-r.before) / 1024 / float64(r.connections)
}

// perSource is how many connections come from one loopback address, which has about 28,000 ports.
const perSource = 10_000

func source(i int) string { return fmt.Sprintf("127.0.0.%d", 2+i/perSource) }

// ramp opens connections, has each say it is alive once, and leaves them idle. Pings are answered.
func ramp(ctx context.Context, endpoints []endpoint, settle time.Duration, rss func() int64, progress func(done int)) (*rampResult, error) {
	result := &rampResult{before: rss()}
	sockets := make([]*socket, len(endpoints))
	var broken, done atomic.Int64
	var closing atomic.Bool
	var readers sync.WaitGroup
	defer func() {
		closing.Store(true)
		for _, s := range sockets {
			if s != nil {
				s.close()
			}
		}
		readers.Wait()
	}()
	began := time.Now()
	err := each(ctx, len(endpoints), 64, func(i int) error {
		s, err := dial(endpoints[i], dialTimeout)
		if err != nil {
			return err
		}
		sockets[i] = s
		// Scripts are big, and there are many connections: the one that says it is alive is given back.
		st := &station{socket: s, script: newScript(endpoints[i].version, i)}
		if err := st.alive(); err != nil {
			return err
		}
		st.script = nil
		readers.Go(func() {
			st.answerCalls()
			if !closing.Load() {
				broken.Add(1)
			}
		})
		if n := done.Add(1); n%1000 == 0 {
			progress(int(n))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	result.connections, result.took = len(endpoints), time.Since(began)
	if err := pause(ctx, settle); err != nil {
		return nil, err
	}
	result.after, result.broken = rss(), broken.Load()
	return result, nil
}

// alive sends a heartbeat and waits for its answer: a connection that has worked once holds what it needs.
func (s *station) alive() error {
	t := &s.script.templates[heartbeat]
	if err := s.conn.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return err
	}
	if _, err := s.ask(t.text, t.text[t.id:t.id+len(idPlace)]); err != nil {
		return err
	}
	return s.conn.SetDeadline(time.Time{})
}
