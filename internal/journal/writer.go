package journal

import (
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// writer turns a batch of entries into COPY data and set-wise updates. The flusher has one and reuses its buffers.
type writer struct {
	messages, samples, statuses, events copyBuffer

	connectors map[uuid.UUID]*Status
	stations   map[uuid.UUID]*Status
	sessions   map[uuid.UUID]*Progress
	seen       map[uuid.UUID]time.Time
}

func newWriter() *writer {
	return &writer{
		messages: copyBuffer{table: "ocpp_messages", width: 13,
			columns: "id, tenant_id, network_id, station_id, at, direction, type, action, message_id, payload, error_code, repairs, raw"},
		samples: copyBuffer{table: "meter_values", width: 17,
			columns: "id, tenant_id, network_id, station_id, session_id, evse_no, at, received_at, measurand, phase, location, context, value, unit, raw_value, raw_unit, signed"},
		statuses: copyBuffer{table: "status_changes", width: 13,
			columns: "id, tenant_id, network_id, station_id, evse_no, connector_no, status, error_code, info, vendor_id, vendor_error_code, at, received_at"},
		events: copyBuffer{table: "station_events", width: 18,
			columns: "id, tenant_id, network_id, station_id, session_id, kind, type, severity, cleared, evse_no, connector_no, component, variable, value, info, data, at, received_at"},
		connectors: map[uuid.UUID]*Status{},
		stations:   map[uuid.UUID]*Status{},
		sessions:   map[uuid.UUID]*Progress{},
	}
}

// fill takes over a batch. Of several reports on one row only the newest updates it; all of them are logged.
func (w *writer) fill(batch []*Entry, seen map[uuid.UUID]time.Time) {
	w.messages.reset()
	w.samples.reset()
	w.statuses.reset()
	w.events.reset()
	clear(w.connectors)
	clear(w.stations)
	clear(w.sessions)
	w.seen = seen
	for _, e := range batch {
		for i := range e.Messages {
			w.message(&e.Messages[i])
		}
		for i := range e.Statuses {
			w.status(&e.Statuses[i])
		}
		for i := range e.Samples {
			w.sample(&e.Samples[i])
		}
		for i := range e.Progress {
			p := &e.Progress[i]
			if old := w.sessions[p.Session]; old == nil || !p.At.Before(old.At) {
				w.sessions[p.Session] = merge(old, p)
			} else {
				old.Seen = append(old.Seen, p.Seen...)
			}
		}
		for i := range e.Events {
			w.event(&e.Events[i])
		}
	}
}

// merge lets a newer report keep what only an older one in the same batch knew.
func merge(old, newer *Progress) *Progress {
	if old == nil {
		return newer
	}
	if !newer.HasWh && old.HasWh {
		newer.EnergyWh, newer.HasWh = old.EnergyWh, true
	}
	if newer.PowerW == nil {
		newer.PowerW = old.PowerW
	}
	if newer.SoC == nil {
		newer.SoC = old.SoC
	}
	if newer.State == "" {
		newer.State = old.State
	}
	newer.Seen = append(newer.Seen, old.Seen...)
	return newer
}

func (w *writer) message(m *Message) {
	r := w.messages.row(m.At)
	r.uuid(m.ID)
	r.origin(m.Origin)
	r.time(m.At)
	r.text(m.Direction)
	r.text(m.Type)
	r.text(m.Action)
	r.text(m.MessageID)
	r.textBytes(m.Payload)
	r.text(m.ErrorCode)
	r.jsonbOrNull(m.Repairs)
	r.bytesOrNull(m.Raw)
}

func (w *writer) sample(s *Sample) {
	r := w.samples.row(s.ReceivedAt)
	r.uuid(NewID())
	r.origin(s.Origin)
	r.uuidOrNull(s.Session)
	r.int4(s.EvseNo)
	r.time(s.At)
	r.time(s.ReceivedAt)
	r.text(s.Measurand)
	r.text(s.Phase)
	r.text(s.Location)
	r.text(s.Context)
	if s.Valid {
		r.float8(s.Value)
	} else {
		r.null()
	}
	r.text(s.Unit)
	r.text(s.RawValue)
	r.text(s.RawUnit)
	r.jsonb(s.Signed)
}

func (w *writer) event(e *Event) {
	r := w.events.row(e.ReceivedAt)
	r.uuid(e.ID)
	r.origin(e.Origin)
	r.uuidOrNull(e.Session)
	r.text(e.Kind)
	r.text(e.Type)
	if e.Severity != nil {
		r.int4(*e.Severity)
	} else {
		r.null()
	}
	r.bool(e.Cleared)
	r.int4(e.EvseNo)
	r.int4(e.ConnectorNo)
	r.text(e.Component)
	r.text(e.Variable)
	r.text(e.Value)
	r.text(e.Info)
	r.jsonb(e.Data)
	r.time(e.At)
	r.time(e.ReceivedAt)
}

func (w *writer) status(s *Status) {
	r := w.statuses.row(s.ReceivedAt)
	r.uuid(NewID())
	r.origin(s.Origin)
	r.int4(s.EvseNo)
	r.int4(s.ConnectorNo)
	r.text(s.Status)
	r.text(s.ErrorCode)
	r.text(s.Info)
	r.text(s.VendorID)
	r.text(s.VendorErrorCode)
	r.time(s.At)
	r.time(s.ReceivedAt)
	rows, key := w.connectors, s.Connector
	if s.ConnectorNo == 0 {
		rows, key = w.stations, s.Station
	}
	if old := rows[key]; old == nil || !s.At.Before(old.At) {
		rows[key] = s
	}
}

func (p *copyPart) origin(o Origin) {
	p.uuid(o.Tenant)
	p.uuid(o.Network)
	p.uuid(o.Station)
}

// The updates ignore what is older than what a row already holds: stations replay their past after an outage.
const (
	updateConnectors = `
		update connectors c set status = v.status, error_code = v.error_code, info = v.info, vendor_id = v.vendor_id,
			vendor_error_code = v.vendor_error_code, status_at = v.at, status_received_at = v.received_at
		from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[])
			as v (id, status, error_code, info, vendor_id, vendor_error_code, at, received_at)
		where c.id = v.id and (c.status_at is null or c.status_at <= v.at)`
	updateStations = `
		update stations s set status = v.status, error_code = v.error_code, info = v.info, vendor_error_code = v.vendor_error_code, status_at = v.at
		from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
			as v (id, status, error_code, info, vendor_error_code, at)
		where s.id = v.id and (s.status_at is null or s.status_at <= v.at)`
	updateSessions = `
		update charging_sessions s set
			energy_wh = case when v.fresh then coalesce(v.energy_wh::numeric, s.energy_wh) else s.energy_wh end,
			power_w = case when v.fresh then coalesce(v.power_w, s.power_w) else s.power_w end,
			soc = case when v.fresh then coalesce(v.soc, s.soc) else s.soc end,
			charging_state = case when v.fresh then coalesce(nullif(v.state, ''), s.charging_state) else s.charging_state end,
			last_sample_at = case when v.fresh then v.at else s.last_sample_at end,
			seq_seen = case when v.seen is null then s.seq_seen else coalesce(s.seq_seen, '{}') + v.seen::int4multirange end
		from (select v.*, c.status in ('PENDING', 'RUNNING') and (c.last_sample_at is null or c.last_sample_at <= v.at) as fresh
			from unnest($1::uuid[], $2::text[], $3::float8[], $4::float8[], $5::timestamptz[], $6::text[], $7::text[])
				as v (id, energy_wh, power_w, soc, at, state, seen) join charging_sessions c on c.id = v.id) v
		where s.id = v.id and (v.fresh or v.seen is not null)`
	updateSeen = `
		update stations s set last_seen_at = v.at from unnest($1::uuid[], $2::timestamptz[]) as v (id, at)
		where s.id = v.id and (s.last_seen_at is null or s.last_seen_at < v.at)`
)

func (w *writer) queueUpdates(b *pgx.Batch) {
	if len(w.connectors) > 0 {
		c := columnsOf(w.connectors)
		b.Queue(updateConnectors, c.id, c.status, c.errorCode, c.info, c.vendorID, c.vendorErrorCode, c.at, c.receivedAt)
	}
	if len(w.sessions) > 0 {
		b.Queue(updateSessions, progressColumns(w.sessions)...)
	}
	if len(w.stations) > 0 {
		c := columnsOf(w.stations)
		b.Queue(updateStations, c.id, c.status, c.errorCode, c.info, c.vendorErrorCode, c.at)
	}
	if len(w.seen) > 0 {
		ids, at := make([]uuid.UUID, 0, len(w.seen)), make([]time.Time, 0, len(w.seen))
		for id, t := range w.seen {
			ids, at = append(ids, id), append(at, t)
		}
		b.Queue(updateSeen, ids, at)
	}
}

type statusColumns struct {
	id                                                 []uuid.UUID
	status, errorCode, info, vendorID, vendorErrorCode []string
	at, receivedAt                                     []time.Time
}

func columnsOf(rows map[uuid.UUID]*Status) (c statusColumns) {
	for id, s := range rows {
		c.id = append(c.id, id)
		c.status = append(c.status, s.Status)
		c.errorCode = append(c.errorCode, clean(s.ErrorCode))
		c.info = append(c.info, clean(s.Info))
		c.vendorID = append(c.vendorID, clean(s.VendorID))
		c.vendorErrorCode = append(c.vendorErrorCode, clean(s.VendorErrorCode))
		c.at = append(c.at, s.At)
		c.receivedAt = append(c.receivedAt, s.ReceivedAt)
	}
	return c
}

func progressColumns(rows map[uuid.UUID]*Progress) []any {
	ids := make([]uuid.UUID, 0, len(rows))
	energy := make([]*string, 0, len(rows))
	power, soc := make([]*float64, 0, len(rows)), make([]*float64, 0, len(rows))
	at, state, seen := make([]time.Time, 0, len(rows)), make([]string, 0, len(rows)), make([]*string, 0, len(rows))
	for id, p := range rows {
		ids, state, seen = append(ids, id), append(state, clean(p.State)), append(seen, multirange(p.Seen))
		var wh *string
		if p.HasWh {
			text := p.EnergyWh.String()
			wh = &text
		}
		energy, power, soc, at = append(energy, wh), append(power, p.PowerW), append(soc, p.SoC), append(at, p.At)
	}
	return []any{ids, energy, power, soc, at, state, seen}
}

// multirange writes numbers as a Postgres multirange, or nil for none.
func multirange(numbers []int64) *string {
	if len(numbers) == 0 {
		return nil
	}
	b := []byte{'{'}
	for i, n := range numbers {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = strconv.AppendInt(b, n, 10)
		b = append(b, ',')
		b = strconv.AppendInt(b, n, 10)
		b = append(b, ']')
	}
	text := string(append(b, '}'))
	return &text
}
