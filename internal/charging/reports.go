package charging

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
)

// ReportKind sorts the reports that stations deliver in parts.
type ReportKind string

// The kinds of reports.
const (
	ReportOfVariables       ReportKind = "VARIABLES"
	ReportOfMonitors        ReportKind = "MONITORS"
	ReportOfCustomer        ReportKind = "CUSTOMER_INFORMATION"
	ReportOfDisplayMessages ReportKind = "DISPLAY_MESSAGES"
	ReportOfProfiles        ReportKind = "CHARGING_PROFILES"
	ReportOfDERControls     ReportKind = "DER_CONTROLS"
)

// askedBy are the calls that a report answers.
var askedBy = map[ReportKind][]string{
	ReportOfVariables:       {"GetBaseReport", "GetReport"},
	ReportOfMonitors:        {"GetMonitoringReport"},
	ReportOfCustomer:        {"CustomerInformation"},
	ReportOfDisplayMessages: {"GetDisplayMessages"},
	ReportOfProfiles:        {"GetChargingProfiles"},
	ReportOfDERControls:     {"GetDERControl"},
}

// ReportPart says which part of which report a message is.
type ReportPart struct {
	RequestID int64
	// SeqNo counts the parts from 0. Reports whose parts have no numbers come in order, and are Unnumbered.
	SeqNo      int64
	Unnumbered bool
	// More is set while other parts follow.
	More       bool
	ReceivedAt time.Time
}

// ReportRequest is a report that a station was asked for.
type ReportRequest struct {
	Kind      ReportKind
	RequestID int64
	Command   uuid.UUID
	// Replaces is set where the report is of everything of its kind, so that what it doesn't name is gone.
	Replaces bool
	At       time.Time
}

// expectReport notes a report that is about to be asked for. A number that was in use before begins a report anew.
func expectReport(ctx context.Context, tx *db.Tx, o journal.Origin, r ReportRequest) error {
	_, err := tx.Exec(ctx, `
		insert into station_reports (id, tenant_id, network_id, station_id, command_id, request_id, kind, replaces, requested_at)
		select $1, s.tenant_id, s.network_id, s.id, $3, $4, $5, $6, $7 from stations s where s.id = $2
		on conflict (station_id, kind, request_id) do update set command_id = excluded.command_id, replaces = excluded.replaces, parts = '{}', last_seq = null,
			text = '', part_texts = null, requested_at = excluded.requested_at, completed_at = null`,
		journal.NewID(), o.Station, db.OrNull(r.Command), r.RequestID, r.Kind, r.Replaces, r.At)
	if err != nil {
		return fmt.Errorf("note the report that is asked for: %w", err)
	}
	return nil
}

// emptyReport completes a report for which the station had nothing to say, so that no part of it will come.
func emptyReport(ctx context.Context, tx *db.Tx, o journal.Origin, kind ReportKind, requestID int64, at time.Time) error {
	var begun time.Time
	var replaces bool
	err := tx.QueryRow(ctx, `update station_reports set completed_at = $4 where station_id = $1 and kind = $2 and request_id = $3 and completed_at is null
		returning requested_at, replaces`, o.Station, kind, requestID, at).Scan(&begun, &replaces)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("complete the empty report: %w", err)
	}
	if !replaces {
		return nil
	}
	var batch pgx.Batch
	queueGone(&batch, o, kind, begun, at)
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("forget what the station has no more: %w", err)
	}
	return nil
}

// report is a report as its next part finds it.
type report struct {
	begun     time.Time
	replaces  bool
	completed *time.Time
	seen      sequence
	last      *int64
}

// reportPart keeps a part of a report. Parts may come twice and out of order, over several connections; the report is complete
// once its last part and all before it are there. whole is set for the part
// that completes a report of everything.
func (l *Link) reportPart(ctx context.Context, kind ReportKind, p ReportPart, rows Rows[struct{}], store func(batch *pgx.Batch, at time.Time)) (whole bool, err error) {
	_, err = inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (none struct{}, err error) {
		whole = false
		r, err := l.openReport(ctx, tx, kind, p)
		if err != nil {
			return none, err
		}
		var batch pgx.Batch
		at := p.ReceivedAt
		if at.Before(r.begun) {
			at = r.begun // it was asked for on a node whose clock is ahead
		}
		if p.Unnumbered || !r.seen.has(p.SeqNo) {
			// What is stored already may have changed since: a repeated part doesn't bring it back.
			store(&batch, at)
		}
		ended := r.take(p)
		if ended && r.completed == nil {
			if whole, err = l.replacesAll(ctx, tx, kind, p.RequestID, r.replaces); err != nil {
				return none, err
			}
			if whole {
				queueGone(&batch, l.Origin, kind, r.begun, at)
			}
			r.completed = &at
			l.park(EventStation, Event{})
		}
		batch.Queue(`update station_reports set parts = $4::text::int4multirange, last_seq = $5, completed_at = $6,
			part_texts = case when $6::timestamptz is null then part_texts end where station_id = $1 and kind = $2 and request_id = $3`,
			l.Station, kind, p.RequestID, r.seen.String(), r.last, r.completed)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return none, fmt.Errorf("store a part of the report: %w", err)
		}
		return none, nil
	})
	return whole, err
}

// openReport finds the report of a part, or begins it: a station may report what nobody asked for.
func (l *Link) openReport(ctx context.Context, tx *db.Tx, kind ReportKind, p ReportPart) (*report, error) {
	var r report
	var seen string
	err := tx.QueryRow(ctx, `
		insert into station_reports as p (id, tenant_id, network_id, station_id, request_id, kind, requested_at) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (station_id, kind, request_id) do update set kind = p.kind
		returning requested_at, replaces, completed_at, parts::text, last_seq`,
		journal.NewID(), l.Tenant, l.Network, l.Station, p.RequestID, kind, p.ReceivedAt).Scan(&r.begun, &r.replaces, &r.completed, &seen, &r.last)
	if err != nil {
		return nil, fmt.Errorf("keep track of the report: %w", err)
	}
	r.seen = parseSequence(seen)
	if r.completed == nil {
		return &r, nil
	}
	// A call that somebody wrote by hand may use a number again, which makes another report of it.
	again := ReportRequest{Kind: kind, RequestID: p.RequestID}
	err = tx.QueryRow(ctx, `select id, created_at from commands where station_id = $1 and created_at > $2 and action = any($3) and request->>'requestId' = $4
		order by created_at desc limit 1`, l.Station, *r.completed, askedBy[kind], strconv.FormatInt(p.RequestID, 10)).Scan(&again.Command, &again.At)
	if errors.Is(err, pgx.ErrNoRows) {
		return &r, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for the command behind the report: %w", err)
	}
	return &report{begun: again.At}, expectReport(ctx, tx, l.Origin, again)
}

// mostGaps bounds how scattered the parts of one report may be: a station sends them in order, save for what was lost.
const mostGaps = 256

// take notes that a part is there and reports whether all are.
func (r *report) take(p ReportPart) bool {
	if p.Unnumbered {
		return !p.More
	}
	if seen := r.seen.with(p.SeqNo); len(seen) <= mostGaps {
		r.seen = seen
	}
	if !p.More && p.SeqNo <= maxSeq {
		r.last = &p.SeqNo
	}
	return r.last != nil && r.seen.complete() && r.seen.has(*r.last)
}

// replacesAll reports whether a report is of everything that the station has of its kind.
func (l *Link) replacesAll(ctx context.Context, tx *db.Tx, kind ReportKind, requestID int64, said bool) (bool, error) {
	if said || kind != ReportOfVariables {
		return said, nil
	}
	if l.expected.Load() == requestID {
		return true, nil
	}
	err := tx.QueryRow(ctx, `select exists (select from commands where station_id = $1 and action = 'GetBaseReport' and request->>'requestId' = $2
		and request->>'reportBase' = 'FullInventory')`, l.Station, strconv.FormatInt(requestID, 10)).Scan(&said)
	if err != nil {
		return false, fmt.Errorf("look for the command behind the report: %w", err)
	}
	return said, nil
}

// queueGone drops what a complete report, begun at a time, no longer has.
func queueGone(batch *pgx.Batch, o journal.Origin, kind ReportKind, begun, at time.Time) {
	switch kind {
	case ReportOfVariables:
		queueReplaced(batch, o, begun, at)
	case ReportOfProfiles:
		queueCleared(batch, o, begun, at)
	default:
		if setting, ok := settingOf[kind]; ok {
			batch.Queue("delete from station_settings where station_id = $1 and kind = $2 and reported_at < $3", o.Station, setting, begun)
		}
	}
}

// mostTexts bounds how many parts of a text are kept; at 512 characters each it is more than a station knows of anybody.
const mostTexts = 500

// ReportCustomer keeps a part of what a station knows of a customer. The text is put together by the numbers of its parts, and
// shows what is there so far (OCPP 2.0.1 Part 2, N09).
func (l *Link) ReportCustomer(ctx context.Context, p ReportPart, text string, rows Rows[struct{}]) error {
	_, err := l.reportPart(ctx, ReportOfCustomer, p, rows, func(batch *pgx.Batch, _ time.Time) {
		if p.SeqNo >= mostTexts {
			return
		}
		batch.Queue(`update station_reports set part_texts = coalesce(part_texts, '{}') || jsonb_build_object($3::text, $4::text)
			where station_id = $1 and kind = 'CUSTOMER_INFORMATION' and request_id = $2`, l.Station, p.RequestID, strconv.FormatInt(p.SeqNo, 10), clip(text, 8<<10))
		batch.Queue(`update station_reports set text = (select string_agg(t.value, '' order by t.key::int) from jsonb_each_text(part_texts) t)
			where station_id = $1 and kind = 'CUSTOMER_INFORMATION' and request_id = $2 and part_texts is not null`, l.Station, p.RequestID)
	})
	return err
}
