package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	dialTimeout = 30 * time.Second
	// replyTimeout is how long an answer may take after the load has ended before it counts as lost.
	replyTimeout = 15 * time.Second
)

// station is one connection of the closed loop.
type station struct {
	*socket
	script *script
	out    []byte
	load   *closedLoop

	// What was answered, by kind, over the connection's life: the server has to have stored as much.
	answered [kinds]uint64
	calls    uint64 // of the server, answered here

	// Since the start.
	faults   uint64 // answers that were errors
	lost     uint64 // messages that were never answered
	measured uint64 // answers within the measured time
	latency  histogram
	err      error
}

// gauges are what was used up to a moment.
type gauges struct {
	server, store, us usage
	machine           time.Duration
}

// since leaves what was used after another moment.
func (g gauges) since(before gauges) gauges {
	g.server.cpu -= before.server.cpu
	g.store.cpu -= before.store.cpu
	g.us.cpu -= before.us.cpu
	g.machine -= before.machine
	return g
}

// meter reads the gauges.
type meter func() gauges

// closedLoop is all of them.
type closedLoop struct {
	stations []*station
	running  atomic.Bool  // messages are sent
	from, to atomic.Int64 // the measured time, in Unix nanoseconds; zero before it is known
	wg       sync.WaitGroup
	patience time.Duration // for the last answers
}

// connectLoop connects the stations and boots them.
func connectLoop(ctx context.Context, endpoints []endpoint) (*closedLoop, error) {
	l := &closedLoop{stations: make([]*station, len(endpoints)), patience: replyTimeout}
	err := each(ctx, len(endpoints), 32, func(i int) error {
		s, err := dial(endpoints[i], dialTimeout)
		if err != nil {
			return err
		}
		st := &station{socket: s, script: newScript(endpoints[i].version, i), load: l}
		l.stations[i] = st
		return st.boot()
	})
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// boot says what the station is, and begins the transaction where the version's messages need one.
func (s *station) boot() error {
	t := newTemplate(s.script.version.boot, s.script.station, "")
	if err := s.conn.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return err
	}
	text, err := s.ask(t.text, t.text[t.id:t.id+len(idPlace)])
	if err != nil {
		return fmt.Errorf("boot: %w", err)
	}
	if !bytes.Contains(text, []byte(`"Accepted"`)) {
		return fmt.Errorf("the boot was answered %s", text)
	}
	if s.script.version.begin != "" {
		if _, err := s.ask(s.script.fill(&s.script.begin, time.Now())); err != nil {
			return fmt.Errorf("begin a transaction: %w", err)
		}
	}
	return s.conn.SetDeadline(time.Time{})
}

// ask sends a call and returns its answer.
func (s *station) ask(text, id []byte) ([]byte, error) {
	if err := s.write(text); err != nil {
		return nil, err
	}
	return s.await(id)
}

var errFault = errors.New("the server answered with an error")

// await reads until the answer with this id has come, and answers calls of the server meanwhile.
func (s *station) await(id []byte) ([]byte, error) {
	for {
		text, err := s.read()
		if err != nil {
			return nil, err
		}
		kind, its := recognise(text)
		switch {
		case kind == call:
			s.out = appendAnswer(s.out[:0], its, text)
			if err := s.write(s.out); err != nil {
				return nil, err
			}
			s.calls++
		case kind == answer && bytes.Equal(its, id):
			return text, nil
		case kind == fault && bytes.Equal(its, id):
			return text, errFault
		}
	}
}

// start lets all stations send, each its next message when the answer to the one before has come.
func (l *closedLoop) start() {
	l.from.Store(0)
	l.to.Store(0)
	l.running.Store(true)
	for _, s := range l.stations {
		s.faults, s.lost, s.measured, s.latency = 0, 0, 0, histogram{}
		_ = s.conn.SetReadDeadline(time.Time{})
		l.wg.Go(s.run)
	}
}

func (s *station) run() {
	for s.load.running.Load() {
		began := time.Now()
		text, id, kind := s.script.next(began)
		if s.err = s.write(text); s.err != nil {
			return
		}
		_, err := s.await(id)
		if err != nil && !errors.Is(err, errFault) {
			s.lost++
			s.err = err
			return
		}
		if err != nil {
			s.faults++
			continue
		}
		s.answered[kind]++
		now := time.Now()
		if from, to := s.load.from.Load(), s.load.to.Load(); from != 0 && began.UnixNano() >= from && (to == 0 || now.UnixNano() <= to) {
			s.measured++
			s.latency.record(now.Sub(began))
		}
	}
}

// answerCalls keeps answering calls of the server until the connection is closed.
func (s *station) answerCalls() {
	_, _ = s.await(nil)
}

// window is what happened in the measured time.
type window struct {
	duration     time.Duration
	messages     uint64
	latency      histogram
	lost, faults uint64
	used         gauges // within it; memory at its end
	broken       []string
}

// add puts another stretch of the same load to this one.
func (w *window) add(o *window) {
	w.duration += o.duration
	w.messages += o.messages
	w.latency.add(&o.latency)
	w.lost += o.lost
	w.faults += o.faults
	w.broken = append(w.broken, o.broken...)
	w.used.server = usage{w.used.server.cpu + o.used.server.cpu, o.used.server.rss}
	w.used.store = usage{w.used.store.cpu + o.used.store.cpu, o.used.store.rss}
	w.used.us = usage{w.used.us.cpu + o.used.us.cpu, o.used.us.rss}
	w.used.machine += o.used.machine
}

// measure warms up, measures, and waits for the last answers. What runs beside the load ends in finish, while the stations still
// answer calls.
func (l *closedLoop) measure(ctx context.Context, warmUp, duration time.Duration, meter meter, finish func()) (*window, error) {
	l.start()
	if err := pause(ctx, warmUp); err != nil {
		finish()
		l.end()
		return nil, err
	}
	before := meter()
	from := time.Now()
	l.from.Store(from.UnixNano())
	err := pause(ctx, duration)
	to := time.Now()
	l.to.Store(to.UnixNano())
	w := &window{duration: to.Sub(from)}
	w.used = meter().since(before)
	finish()
	l.end()
	if err != nil {
		return nil, err
	}
	for _, s := range l.stations {
		w.messages += s.measured
		w.latency.add(&s.latency)
		w.lost += s.lost
		w.faults += s.faults
		if s.err != nil {
			w.broken = append(w.broken, fmt.Sprintf("station %d: %v", s.script.station, s.err))
		}
	}
	return w, nil
}

// end stops sending and waits until everything is answered or lost.
func (l *closedLoop) end() {
	l.running.Store(false)
	deadline := time.Now().Add(l.patience)
	for _, s := range l.stations {
		_ = s.conn.SetReadDeadline(deadline)
	}
	l.wg.Wait()
}

func (l *closedLoop) close() {
	for _, s := range l.stations {
		if s != nil {
			s.close()
		}
	}
}

// answered sums up what the server has answered, by kind.
func (l *closedLoop) answered() (n [kinds]uint64, calls uint64) {
	for _, s := range l.stations {
		for kind := range kinds {
			n[kind] += s.answered[kind]
		}
		calls += s.calls
	}
	return n, calls
}

// each runs f for 0 to n-1, several at a time, and stops at the first error.
func each(ctx context.Context, n, atOnce int, f func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, atOnce) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := f(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
