package charging

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
)

// SettingKind sorts what a station holds beside variables and profiles.
type SettingKind string

// The kinds of settings that stations report.
const (
	SettingMonitor        SettingKind = "MONITOR"
	SettingDisplayMessage SettingKind = "DISPLAY_MESSAGE"
	SettingDERControl     SettingKind = "DER_CONTROL"
	SettingEventStream    SettingKind = "EVENT_STREAM"
)

// settingOf is the kind of settings that a report is of.
var settingOf = map[ReportKind]SettingKind{
	ReportOfMonitors:        SettingMonitor,
	ReportOfDisplayMessages: SettingDisplayMessage,
	ReportOfDERControls:     SettingDERControl,
}

// Setting is something that a station holds, a monitor for one.
type Setting struct {
	// Key is what the station knows it by.
	Key                 string
	EvseNo              int
	Component, Variable string
	// Summary says what it is, in words.
	Summary string
	// Data is the whole of it as JSON, as OCPP has it.
	Data []byte
}

// queueSettings adds the statements that keep settings of a kind to a batch.
func queueSettings(batch *pgx.Batch, o journal.Origin, kind SettingKind, settings []Setting, at time.Time) {
	for i := range settings {
		v := &settings[i]
		batch.Queue(`
			insert into station_settings (id, tenant_id, network_id, station_id, kind, key, evse_no, component, variable, summary, data, reported_at)
			select $1, s.tenant_id, s.network_id, s.id, $3, $4, $5, $6, $7, $8, $9, $10 from stations s where s.id = $2
			on conflict (station_id, kind, key) do update set evse_no = excluded.evse_no, component = excluded.component, variable = excluded.variable,
				summary = excluded.summary, data = excluded.data, reported_at = excluded.reported_at`,
			journal.NewID(), o.Station, kind, clip(v.Key, 64), v.EvseNo, clip(v.Component, 64), clip(v.Variable, 64), clip(v.Summary, 2048), journal.Storable(v.Data), at)
	}
}

// ReportSettings keeps a part of a report of monitors, of display messages or of controls of the grid.
func (l *Link) ReportSettings(ctx context.Context, kind ReportKind, p ReportPart, settings []Setting, rows Rows[struct{}]) error {
	_, err := l.reportPart(ctx, kind, p, rows, func(batch *pgx.Batch, at time.Time) {
		queueSettings(batch, l.Origin, settingOf[kind], settings, at)
	})
	return err
}

// mostStreams bounds how many streams of values a station may open.
const mostStreams = 100

// OpenStream notes that a station is about to send the values of a monitor as a stream, and reports whether it may (OCPP 2.1
// Part 2, N11). The stream shows what its monitor watches.
func (l *Link) OpenStream(ctx context.Context, stream Setting, monitorID string, at time.Time, rows Rows[bool]) error {
	_, err := inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (open bool, err error) {
		err = tx.QueryRow(ctx, "select count(*) < $4 from station_settings where station_id = $1 and kind = $2 and key <> $3",
			l.Station, SettingEventStream, stream.Key, mostStreams).Scan(&open)
		if err != nil {
			return false, fmt.Errorf("count the station's streams: %w", err)
		}
		if !open {
			return false, nil
		}
		var batch pgx.Batch
		queueSettings(&batch, l.Origin, SettingEventStream, []Setting{stream}, at)
		batch.Queue(`update station_settings s set evse_no = m.evse_no, component = m.component, variable = m.variable from station_settings m
			where s.station_id = $1 and s.kind = $2 and s.key = $3 and m.station_id = $1 and m.kind = $4 and m.key = $5`,
			l.Station, SettingEventStream, stream.Key, SettingMonitor, monitorID)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return false, fmt.Errorf("keep the stream: %w", err)
		}
		l.park(EventStation, Event{})
		return true, nil
	})
	return err
}

// CloseStream notes that a station ended a stream (OCPP 2.1 Part 2, N13).
func (l *Link) CloseStream(ctx context.Context, key string, rows Rows[struct{}]) error {
	_, err := inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (none struct{}, err error) {
		tag, err := tx.Exec(ctx, "delete from station_settings where station_id = $1 and kind = $2 and key = $3", l.Station, SettingEventStream, key)
		if err != nil {
			return none, fmt.Errorf("forget the stream: %w", err)
		}
		if tag.RowsAffected() > 0 {
			l.park(EventStation, Event{})
		}
		return none, nil
	})
	return err
}
