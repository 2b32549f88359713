package simulator

import (
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// stream sends the values of a periodic monitor without waiting for answers (OCPP 2.1 Part 2, N11 to N15).
type stream struct {
	id      int64
	monitor *monitor
	params  v21.PeriodicEventStreamParams
	open    bool // the CSMS has accepted it
	base    time.Time
	data    []v21.StreamDataElement
	sampler *task
}

const (
	maxStreams = 4
	// streamValues is how many values are collected where the CSMS doesn't say.
	streamValues = 10
)

// openStream asks the CSMS to take a stream for a monitor that goes by time.
func (s *station2x) openStream(m *monitor, params v21.PeriodicEventStreamParams) {
	if !timed(m.Type) || len(s.streams) >= maxStreams {
		return
	}
	st := &stream{id: m.ID, monitor: m, params: params}
	s.streams[st.id] = st
	r := &v21.OpenPeriodicEventStreamRequest{ConstantStreamData: st.constant()}
	s.send(&call{
		action: "OpenPeriodicEventStream", request: func() schema.Message { return r },
		answered: func(answer schema.Message) {
			if answer.(*v21.OpenPeriodicEventStreamResponse).Status != v21.GenericStatusAccepted {
				delete(s.streams, st.id)
				return
			}
			st.open, st.base = true, s.now()
			s.collect(st)
		},
		failed: func(error) { delete(s.streams, st.id) },
	})
}

func (st *stream) constant() v21.ConstantStreamData {
	return v21.ConstantStreamData{ID: st.id, VariableMonitoringID: st.monitor.ID, Params: st.params}
}

// collect takes a value now and again, and sends what has come together.
func (s *station2x) collect(st *stream) {
	st.sampler = s.plan.after(time.Duration(st.monitor.Value*float64(time.Second)), func() {
		if len(st.data) == 0 {
			st.base = s.now()
		}
		st.data = append(st.data, v21.StreamDataElement{T: s.now().Sub(st.base).Seconds(), V: st.monitor.v.value()})
		full := len(st.data) >= int(st.params.Values.Or(streamValues))
		overdue := st.params.Interval.Set && s.now().Sub(st.base) >= time.Duration(st.params.Interval.Value)*time.Second
		if full || overdue {
			s.flush(st)
		}
		s.collect(st)
	})
}

func (s *station2x) flush(st *stream) {
	if len(st.data) == 0 {
		return
	}
	r := &v21.NotifyPeriodicEventStreamRequest{ID: st.id, Basetime: schema.At(st.base), Data: st.data, Pending: 0}
	st.data = nil
	s.send(&call{action: "NotifyPeriodicEventStream", unanswered: true, request: func() schema.Message { return r }})
}

// closeStream ends a stream, with what it has collected.
func (s *station2x) closeStream(st *stream) {
	s.plan.cancel(st.sampler)
	delete(s.streams, st.id)
	if st.open {
		s.flush(st)
		s.notify("ClosePeriodicEventStream", &v21.ClosePeriodicEventStreamRequest{ID: st.id})
	}
}

func (s *station2x) streamOf(m *monitor) *stream {
	if st := s.streams[m.ID]; st != nil && st.open {
		return st
	}
	return nil
}

func (s *station2x) adjustStream(r *v21.AdjustPeriodicEventStreamRequest) (*v21.AdjustPeriodicEventStreamResponse, func()) {
	st := s.streams[r.ID]
	if st == nil || !st.open {
		return &v21.AdjustPeriodicEventStreamResponse{Status: v21.GenericStatusRejected, StatusInfo: because("NotFound")}, nil
	}
	st.params = r.Params
	return &v21.AdjustPeriodicEventStreamResponse{Status: v21.GenericStatusAccepted}, nil
}

func (s *station2x) getStreams(*v21.GetPeriodicEventStreamRequest) (*v21.GetPeriodicEventStreamResponse, func()) {
	answer := &v21.GetPeriodicEventStreamResponse{}
	for _, id := range sorted(s.streams) {
		if s.streams[id].open {
			answer.ConstantStreamData = append(answer.ConstantStreamData, s.streams[id].constant())
		}
	}
	return answer, nil
}
