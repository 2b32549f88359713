package simulator

import (
	"math"
	"strconv"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// monitors watch variables of the device model (OCPP 2.0.1 Part 2, N04 to N08).
type monitors struct {
	list     map[int64]*monitor
	nextID   int64
	events   int64 // ids of events
	base     v21.MonitoringBase
	level    int64 // severities up to this one are told
	levelled bool
}

// monitor is one of them.
type monitor struct {
	v21.VariableMonitoring
	v *variable

	over  bool    // the threshold is crossed
	last  float64 // a delta is counted from here
	text  string  // the last value of what is no number
	timer *task
}

const (
	maxMonitors = 50
	lowest      = 9 // of the severities
)

func (m *monitors) severity() int64 {
	if !m.levelled {
		return lowest
	}
	return m.level
}

func (m *monitors) baseName() v21.MonitoringBase {
	if m.base == "" {
		return v21.MonitoringBaseAll
	}
	return m.base
}

func setVariableMonitoring(s *station2x, payload []byte) (schema.Message, func(), error) {
	r, _, err := v21.Decode[v21.SetVariableMonitoringRequest](payload)
	if err == nil {
		err = s.tooMany(keyItemsMonitor, len(r.SetMonitoringData))
	}
	if err != nil {
		return nil, nil, err
	}
	answer := &v21.SetVariableMonitoringResponse{}
	for i := range r.SetMonitoringData {
		answer.SetMonitoringResult = append(answer.SetMonitoringResult, s.setMonitor(&r.SetMonitoringData[i]))
	}
	return answer, s.observeAll, nil
}

func (s *station2x) setMonitor(d *v21.SetMonitoringData) v21.SetMonitoringResult {
	result := v21.SetMonitoringResult{
		ID: d.ID, Type: d.Type, Severity: d.Severity, Component: d.Component, Variable: d.Variable, Status: v21.SetMonitoringStatusAccepted,
	}
	v, known := s.model.find(&d.Component, &d.Variable)
	switch {
	case !known:
		result.Status = v21.SetMonitoringStatusUnknownComponent
		return result
	case v == nil:
		result.Status = v21.SetMonitoringStatusUnknownVariable
		return result
	case !v.monitors || !monitorFits(d.Type, v.kind):
		result.Status = v21.SetMonitoringStatusUnsupportedMonitorType
		return result
	case d.Severity > lowest || d.Value < 0 && d.Type == v21.MonitorTypeDelta || timed(d.Type) && d.Value < 1, outside(d, v):
		result.Status = v21.SetMonitoringStatusRejected
		return result
	}
	m := s.monitors.list[d.ID.Value]
	if d.ID.Set && (m == nil || m.v != v) {
		result.Status = v21.SetMonitoringStatusRejected // N04.FR.11: an id can be replaced for its own variable alone
		return result
	}
	if !d.ID.Set {
		for _, other := range s.monitors.list {
			if other.v == v && other.Type == d.Type && other.Severity == d.Severity {
				result.Status = v21.SetMonitoringStatusDuplicate // N04.FR.10
				return result
			}
		}
		if len(s.monitors.list) >= maxMonitors {
			result.Status = v21.SetMonitoringStatusRejected
			return result
		}
		s.monitors.nextID++
		m = &monitor{v: v}
		m.ID = s.monitors.nextID
	}
	s.plan.cancel(m.timer)
	id := m.ID
	*m = monitor{v: v, VariableMonitoring: v21.VariableMonitoring{
		ID: id, Transaction: d.Transaction.Value, Value: d.Value, Type: d.Type, Severity: d.Severity,
		EventNotificationType: v21.EventNotificationCustomMonitor,
	}}
	s.monitors.list[id] = m
	m.last, _ = strconv.ParseFloat(v.value(), 64) // text counts by being another one
	m.text = v.value()
	s.repeat(m)
	if s.is21() && d.PeriodicEventStream != nil {
		s.openStream(m, *d.PeriodicEventStream)
	}
	result.ID = schema.Some(id)
	return result
}

// monitorFits reports whether a kind of monitor makes sense for a data type.
func monitorFits(t v21.MonitorType, kind v21.DataType) bool {
	switch t {
	case v21.MonitorTypeUpperThreshold, v21.MonitorTypeLowerThreshold:
		return kind == v21.DataTypeInteger || kind == v21.DataTypeDecimal
	case v21.MonitorTypeDelta, v21.MonitorTypePeriodic, v21.MonitorTypePeriodicClockAligned:
		return true
	}
	return false
}

func timed(t v21.MonitorType) bool {
	return t == v21.MonitorTypePeriodic || t == v21.MonitorTypePeriodicClockAligned
}

// outside reports a threshold that the variable can't reach.
func outside(d *v21.SetMonitoringData, v *variable) bool {
	threshold := d.Type == v21.MonitorTypeUpperThreshold || d.Type == v21.MonitorTypeLowerThreshold
	return threshold && (v.min.Set && d.Value < v.min.Value || v.max.Set && d.Value > v.max.Value)
}

// repeat plans the next event of a monitor that goes by time.
func (s *station2x) repeat(m *monitor) {
	interval := time.Duration(m.Value * float64(time.Second))
	wait := interval
	switch m.Type {
	case v21.MonitorTypePeriodic:
	case v21.MonitorTypePeriodicClockAligned:
		wait = s.now().Truncate(interval).Add(interval).Sub(s.now())
	default:
		return
	}
	m.timer = s.plan.after(wait, func() {
		if s.streamOf(m) == nil {
			s.raise(m, v21.EventTriggerPeriodic, false)
		}
		s.repeat(m)
	})
}

// observe looks at the monitors after something has changed at a connector.
func (s *station2x) observe(*connector) { s.observeAll() }

// observeAll raises what the values of the variables call for.
func (s *station2x) observeAll() {
	if len(s.monitors.list) == 0 || !s.config.is(keyMonitoring) {
		return
	}
	for _, id := range sorted(s.monitors.list) {
		s.look(s.monitors.list[id])
	}
}

func (s *station2x) look(m *monitor) {
	text := m.v.value()
	value, err := strconv.ParseFloat(text, 64)
	switch m.Type {
	case v21.MonitorTypeUpperThreshold, v21.MonitorTypeLowerThreshold:
		over := value > m.Value
		if m.Type == v21.MonitorTypeLowerThreshold {
			over = value < m.Value
		}
		if err == nil && over != m.over {
			m.over = over
			s.raise(m, v21.EventTriggerAlerting, !over) // cleared when it comes back (N07.FR.16)
		}
	case v21.MonitorTypeDelta:
		if err == nil && math.Abs(value-m.last) >= m.Value && value != m.last || err != nil && text != m.text {
			m.last, m.text = value, text
			s.raise(m, v21.EventTriggerDelta, false)
		}
	}
}

// raise tells of an event, unless it is of less weight than the CSMS wants to hear of.
func (s *station2x) raise(m *monitor, trigger v21.EventTrigger, cleared bool) {
	if m.Severity > s.monitors.severity() {
		return
	}
	s.monitors.events++
	data := v21.EventData{
		EventID: s.monitors.events, Timestamp: timeNow(s.Station), Trigger: trigger, ActualValue: m.v.value(), Component: m.v.component,
		Variable: v21.Variable{Name: m.v.name, Instance: m.v.instance}, EventNotificationType: m.EventNotificationType, VariableMonitoringID: schema.Some(m.ID),
	}
	if s.is21() {
		data.Severity = schema.Some(m.Severity)
	}
	if cleared {
		data.Cleared = schema.Some(true)
	}
	if e := m.v.component.EVSE; e != nil {
		if sess := s.sessions[s.connector(e.ID)]; sess != nil {
			data.TransactionID = sess.id
		}
	}
	r := &v21.NotifyEventRequest{GeneratedAt: data.Timestamp, SeqNo: 0, Tbc: schema.Some(false), EventData: []v21.EventData{data}}
	s.send(&call{action: "NotifyEvent", keep: true, droppable: true, request: func() schema.Message { return r }})
}

func (s *station2x) clearVariableMonitoring(r *v21.ClearVariableMonitoringRequest) (*v21.ClearVariableMonitoringResponse, func()) {
	answer := &v21.ClearVariableMonitoringResponse{}
	for _, id := range r.ID {
		result := v21.ClearMonitoringResult{ID: id, Status: v21.ClearMonitoringStatusNotFound}
		if s.forget(id) {
			result.Status = v21.ClearMonitoringStatusAccepted
		}
		answer.ClearMonitoringResult = append(answer.ClearMonitoringResult, result)
	}
	return answer, nil
}

func (s *station2x) forget(id int64) bool {
	m := s.monitors.list[id]
	if m == nil {
		return false
	}
	s.plan.cancel(m.timer)
	delete(s.monitors.list, id)
	if st := s.streamOf(m); st != nil {
		s.closeStream(st)
	}
	return true
}

// setMonitoringBase goes back to a set of monitors. This station's maker has set none, so that only All keeps those of the CSMS
// (OCPP 2.0.1 Part 2, N03).
func (s *station2x) setMonitoringBase(r *v21.SetMonitoringBaseRequest) (*v21.SetMonitoringBaseResponse, func()) {
	s.monitors.base = r.MonitoringBase
	if r.MonitoringBase != v21.MonitoringBaseAll {
		for _, id := range sorted(s.monitors.list) {
			s.forget(id)
		}
	}
	return &v21.SetMonitoringBaseResponse{Status: v21.GenericDeviceModelStatusAccepted}, nil
}

func (s *station2x) setMonitoringLevel(r *v21.SetMonitoringLevelRequest) (*v21.SetMonitoringLevelResponse, func()) {
	if r.Severity < 0 || r.Severity > lowest {
		return &v21.SetMonitoringLevelResponse{Status: v21.GenericStatusRejected, StatusInfo: because("ValueOutOfRange")}, nil
	}
	s.monitors.level, s.monitors.levelled = r.Severity, true
	return &v21.SetMonitoringLevelResponse{Status: v21.GenericStatusAccepted}, nil
}

// monitoringPart is how many variables a report of monitors carries at once.
const monitoringPart = 5

func (s *station2x) getMonitoringReport(r *v21.GetMonitoringReportRequest) (*v21.GetMonitoringReportResponse, func()) {
	var list []v21.MonitoringData
	at := map[*variable]int{}
	for _, id := range sorted(s.monitors.list) {
		m := s.monitors.list[id]
		if len(r.ComponentVariable) > 0 && !names(r.ComponentVariable, m.v) || !ofKind(r.MonitoringCriteria, m.Type) {
			continue
		}
		i, ok := at[m.v]
		if !ok {
			i = len(list)
			at[m.v] = i
			list = append(list, v21.MonitoringData{Component: m.v.component, Variable: v21.Variable{Name: m.v.name, Instance: m.v.instance}})
		}
		list[i].VariableMonitoring = append(list[i].VariableMonitoring, m.VariableMonitoring)
	}
	if len(list) == 0 {
		return &v21.GetMonitoringReportResponse{Status: v21.GenericDeviceModelStatusEmptyResultSet}, nil
	}
	return &v21.GetMonitoringReportResponse{Status: v21.GenericDeviceModelStatusAccepted}, func() {
		at := timeNow(s.Station)
		for seq := int64(0); len(list) > 0; seq++ {
			part := list[:min(monitoringPart, len(list))]
			list = list[len(part):]
			s.notify("NotifyMonitoringReport", &v21.NotifyMonitoringReportRequest{
				RequestID: r.RequestID, GeneratedAt: at, SeqNo: seq, Tbc: schema.Some(len(list) > 0), Monitor: part,
			})
		}
	}
}

func ofKind(criteria []v21.MonitoringCriterion, t v21.MonitorType) bool {
	if len(criteria) == 0 {
		return true
	}
	for _, c := range criteria {
		switch c {
		case v21.MonitoringCriterionThresholdMonitoring:
			if t == v21.MonitorTypeUpperThreshold || t == v21.MonitorTypeLowerThreshold {
				return true
			}
		case v21.MonitoringCriterionDeltaMonitoring:
			if t == v21.MonitorTypeDelta {
				return true
			}
		case v21.MonitoringCriterionPeriodicMonitoring:
			if timed(t) {
				return true
			}
		}
	}
	return false
}
