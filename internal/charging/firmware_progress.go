package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
)

// ProgressReport is a status of an update of the firmware, or of an upload of a log.
type ProgressReport struct {
	// Status is as OCPP names it.
	Status string
	// RequestID is nil where the station doesn't say which request it is about, as in OCPP 1.6.
	RequestID *int64
	// Notice is kept whether the status moves anything or not.
	Notice Notice
}

// ReportFirmware keeps the progress of an update, and moves the update that it is of. A status without a request is of the
// newest update that hasn't ended.
func (l *Link) ReportFirmware(ctx context.Context, r ProgressReport, rows Rows[struct{}]) error {
	return l.noticeChanging(ctx, r.Notice, rows, func(ctx context.Context, tx *db.Tx) (uuid.UUID, error) {
		return l.progress(ctx, tx, firmwareCourse, r)
	})
}

// course is how records of a kind go from their request to an end.
type course struct {
	table, what string
	// ranks order the statuses on the way; one may stand beside another. A status without a rank is kept in the history alone.
	ranks map[string]int
	// ends are the statuses after which nothing more is expected, true for success.
	ends map[string]bool
}

// Each status of an update (OCPP 1.6 §7.25, security whitepaper §5.2, OCPP 2.0.1 Part 2 §3.43 and §3.66). Idle says nothing of an
// update.
var firmwareCourse = course{
	table: "firmware_updates", what: "update",
	ranks: map[string]int{
		"DownloadScheduled": 1, "Downloading": 2, "DownloadPaused": 2, "Downloaded": 3, "SignatureVerified": 4, "ChecksumVerified": 4,
		"InstallScheduled": 5, "Installing": 6, "InstallRebooting": 6,
	},
	ends: map[string]bool{
		"Installed": true, "Published": true, "DownloadFailed": false, "InstallationFailed": false, "InstallVerificationFailed": false,
		"InvalidSignature": false, "InvalidChecksum": false, "PublishFailed": false,
	},
}

// step is a line of a record's history.
type step struct {
	Status string    `json:"status"`
	At     time.Time `json:"at"`
}

// mostSteps bounds the history of one record: a station may report every percent of a download.
const mostSteps = 100

// advance says where a record stands after another status. Statuses may come late: none takes a record back, and one that has
// ended stays so, save that a success counts after a failure, for a station that tried again.
func (c course) advance(status string, ended bool, next string) (string, bool) {
	success, ends := c.ends[next]
	if ends {
		if !ended || success {
			return next, true
		}
		return status, true
	}
	rank, known := c.ranks[next]
	if ended || !known || rank < c.ranks[status] {
		return status, ended
	}
	return next, false
}

// knows tells the statuses of a course from others.
func (c course) knows(status string) bool {
	_, end := c.ends[status]
	_, way := c.ranks[status]
	return end || way
}

// progress moves the record that a status is of, and returns it; nil where there is none.
func (l *Link) progress(ctx context.Context, tx *db.Tx, c course, r ProgressReport) (uuid.UUID, error) {
	if !c.knows(r.Status) {
		return uuid.Nil, nil
	}
	var id uuid.UUID
	var status, text string
	var ended bool
	err := tx.QueryRow(ctx, `select id, status, ended, coalesce(history, '[]')::text from `+c.table+` where station_id = $1
			and (request_id = $2::bigint or $2::bigint is null and not ended)
		order by created_at desc, request_id desc limit 1 for update`, l.Station, r.RequestID).Scan(&id, &status, &ended, &text)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, nil
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("find the %s that the status is of: %w", c.what, err)
	}
	var history []step
	if err := json.Unmarshal([]byte(text), &history); err != nil {
		return uuid.Nil, fmt.Errorf("read the history of the %s: %w", c.what, err)
	}
	at := r.Notice.ReceivedAt
	if n := len(history); n > 0 && history[n-1].Status == r.Status || n >= mostSteps && !hasKey(c.ends, r.Status) {
		// It was said before, or too often.
	} else {
		history = append(history, step{r.Status, at.UTC()})
	}
	status, ended = c.advance(status, ended, r.Status)
	written, _ := json.Marshal(history) // texts and times always marshal
	_, err = tx.Exec(ctx, "update "+c.table+" set status = $2, ended = $3, history = $4, updated_at = $5 where id = $1", id, status, ended, written, at)
	if err != nil {
		return uuid.Nil, fmt.Errorf("move the %s on: %w", c.what, err)
	}
	return id, nil
}

func hasKey(m map[string]bool, key string) bool {
	_, ok := m[key]
	return ok
}
