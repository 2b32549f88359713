package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
)

// Rows gives the log rows of an exchange, once the domain knows the answer: the station's message and our reply. It is called
// inside the transaction that stores the effect, so that either all of it is stored or nothing is.
type Rows[T any] func(answer T) ([]journal.Message, error)

// inExchange runs a station's report in one transaction, together with its log rows.
func inExchange[T any](ctx context.Context, l *Link, rows Rows[T], do func(ctx context.Context, tx *db.Tx) (T, error)) (answer T, err error) {
	ctx = l.context(ctx)
	err = l.service.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if answer, err = do(ctx, tx); err != nil {
			return err
		}
		messages, err := rows(answer)
		if err != nil {
			return err
		}
		return insertMessages(ctx, tx, messages)
	})
	if err != nil {
		l.Discard()
		return answer, err
	}
	l.Committed(ctx)
	return answer, nil
}

// insertMessages logs messages inside the transaction of what they caused.
func insertMessages(ctx context.Context, tx *db.Tx, messages []journal.Message) error {
	var batch pgx.Batch
	for i := range messages {
		m := &messages[i]
		var repairs []byte
		if len(m.Repairs) > 0 {
			repairs, _ = json.Marshal(m.Repairs) // a list of strings always marshals
			repairs = []byte(strings.ReplaceAll(string(repairs), `\u0000`, "\uFFFD"))
		}
		batch.Queue(`insert into ocpp_messages (id, tenant_id, network_id, station_id, at, direction, type, action, message_id, payload,
			error_code, repairs, raw) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			m.ID, m.Tenant, m.Network, m.Station, m.At, m.Direction, m.Type, clip(m.Action, 128), clip(m.MessageID, 255),
			clip(string(m.Payload), len(m.Payload)), m.ErrorCode, repairs, m.Raw)
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("log the exchange: %w", err)
	}
	return nil
}

// maxRawValue bounds a value as it came. Signed values are long, and worth nothing when they are cut.
const maxRawValue = 64 << 10

// insertSamples stores the samples that came with the end of a session.
func insertSamples(ctx context.Context, tx *db.Tx, samples []journal.Sample) error {
	if len(samples) == 0 {
		return nil
	}
	var batch pgx.Batch
	for i := range samples {
		s := &samples[i]
		var value *float64
		if s.Valid {
			value = &s.Value
		}
		batch.Queue(`insert into meter_values (id, tenant_id, network_id, station_id, session_id, evse_no, at, received_at, measurand, phase,
			location, context, value, unit, raw_value, raw_unit, signed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			journal.NewID(), s.Tenant, s.Network, s.Station, db.OrNull(s.Session), s.EvseNo, s.At, s.ReceivedAt, clip(s.Measurand, 64),
			clip(s.Phase, 16), clip(s.Location, 16), clip(s.Context, 32), value, clip(s.Unit, 16), clip(s.RawValue, maxRawValue), clip(s.RawUnit, 16), s.Signed)
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("store the session's samples: %w", err)
	}
	return nil
}

// Transient reports whether an error is Postgres's and passes by itself: then a station gets no answer, keeps its message, and
// the handler tries again.
func Transient(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] {
		case "08", "53", "55", "57", "40", "58": // connection, resources, not available, shutdown, rollback, system
			return true
		}
		return false
	}
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || pgconn.SafeToRetry(err) || errors.Is(err, context.DeadlineExceeded) || isNetwork(err)
}
