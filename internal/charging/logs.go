package charging

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/quirks"
	"github.com/busbar-ev/busbar/tenancy"
)

// Files are the links over which files come from stations and go to whoever may have them. Package files has them.
type Files interface {
	// Expect makes a link over which a station can send one file.
	Expect(ctx context.Context, e files.Expectation) (link string, transfer uuid.UUID, err error)
	// ExpectIn is Expect in a transaction.
	ExpectIn(ctx context.Context, tx *db.Tx, e files.Expectation) (link string, transfer uuid.UUID, err error)
	// Offer makes a link over which a file can be fetched for a while.
	Offer(ctx context.Context, file uuid.UUID, ttl time.Duration) (link string, err error)
	// Transfer tells how a transfer stands.
	Transfer(ctx context.Context, id uuid.UUID) (files.Transfer, error)
	// Get says what a file is.
	Get(ctx context.Context, id uuid.UUID) (files.File, error)
	// DeleteIn removes a file and its links; the bytes go when discard is called.
	DeleteIn(ctx context.Context, tx *db.Tx, id uuid.UUID) (discard func(), err error)
}

// UseFiles sets where logs and firmware go. The caller has files that were received handed to ReceiveFile.
func (s *Service) UseFiles(f Files) { s.files = f }

// LogRequest says which log a station is to upload, and where to.
type LogRequest struct {
	// Type is DIAGNOSTICS, SECURITY or DATA_COLLECTOR.
	Type string
	// Diagnostics asks a station of OCPP 1.6 without the security extension: it has one kind of log.
	Diagnostics bool
	// From and To bound what the log tells of; zero bounds nothing.
	From, To time.Time
	// Location is a server of somebody else's that the log goes to; empty has it come here.
	Location string
	// Retries and RetryInterval are left to the station where they are nil.
	Retries, RetryInterval *int
}

// LogOrder has a station upload a log.
type LogOrder struct {
	configures
	LogRequest
	RequestID int64
	// transfer is set where the log comes here: then Location is a link of ours.
	transfer uuid.UUID
	name     string
}

// LogAnswer is what a station said to it.
type LogAnswer struct {
	Status   string `json:"status"`
	FileName string `json:"fileName,omitempty"`
}

const (
	// linkTime is how long a station may take to begin an upload that it was asked for.
	linkTime = 6 * time.Hour
	// viewTime is how long whoever may see a log may fetch it with one link.
	viewTime = 15 * time.Minute

	maxRetries       = 100
	maxRetryInterval = 24 * 60 * 60
	longestTransfer  = 29 * 24 * time.Hour
)

// GetLog has a station upload a log.
func (s *Service) GetLog(ctx context.Context, station uuid.UUID, r LogRequest, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationConfigure)
	if err != nil {
		return nil, err
	}
	if err := retriesAllowed(r.Retries, r.RetryInterval); err != nil {
		return nil, err
	}
	if !r.From.IsZero() && !r.To.IsZero() && !r.To.After(r.From) {
		return nil, fault.In("to", "The log would end before it begins: name a time after from.")
	}
	o := LogOrder{LogRequest: r}
	if o.RequestID, err = s.requestID(ctx); err != nil {
		return nil, err
	}
	if r.Location != "" {
		if err := s.locationAllowed(ctx, t, "location", r.Location); err != nil {
			return nil, err
		}
		return s.command(ctx, t, o, wait)
	}
	if s.files == nil {
		return nil, fault.New(fault.Unavailable, "No storage for files is set up here: name a location that the station can upload to.")
	}
	o.name = fmt.Sprintf("%s-%s-%d.log", strings.ToLower(r.Type), t.identity, o.RequestID)
	o.Location, o.transfer, err = s.files.Expect(ctx, files.Expectation{
		Network: t.Network, Station: t.Station, Kind: files.Log, Name: o.name, TTL: transferTime(s.now(), time.Time{}, r.Retries, r.RetryInterval),
	})
	if err != nil {
		return nil, err
	}
	c, err := func() (*ent.Command, error) {
		if err := s.linkAllowed(ctx, t, o.Location); err != nil {
			return nil, err
		}
		return s.command(ctx, t, o, wait)
	}()
	if c == nil && err != nil {
		s.dropLink(ctx, o)
	}
	return c, err
}

// dropLink takes back the link of an order that was never recorded; one that was may be on its way.
func (s *Service) dropLink(ctx context.Context, o LogOrder) {
	err := s.db.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
		var recorded bool
		err := tx.QueryRow(ctx, "select exists (select from log_uploads where transfer_id = $1)", o.transfer).Scan(&recorded)
		if err != nil || recorded {
			return err
		}
		return files.RevokeIn(ctx, tx, o.transfer)
	})
	if err != nil {
		s.logger.Warn("a link that no station was told can't be taken back; it expires", "transfer", o.transfer, "error", err)
	}
}

// transferTime is how long a link must live for a station that begins at a time and may try again.
func transferTime(now, begin time.Time, retries, interval *int) time.Duration {
	ttl := linkTime
	if begin.After(now) {
		ttl += begin.Sub(now)
	}
	if retries != nil && interval != nil {
		ttl += time.Duration(*retries) * time.Duration(*interval) * time.Second
	}
	return min(ttl, longestTransfer)
}

func retriesAllowed(retries, interval *int) error {
	if retries != nil && (*retries < 0 || *retries > maxRetries) {
		return fault.In("retries", "A station may try again 0 to %d times, not %d.", maxRetries, *retries)
	}
	if interval != nil && (*interval < 0 || *interval > maxRetryInterval) {
		return fault.In("retryIntervalS", "Between two tries there are 0 to %d seconds, not %d.", maxRetryInterval, *interval)
	}
	return nil
}

// fileSchemes are how stations transfer files (OCPP 2.0.1 Part 2, FileTransferProtocols).
var fileSchemes = map[string]bool{"http": true, "https": true, "ftp": true, "ftps": true, "sftp": true}

// shellCharacters mean something to a shell. A URL can do without them; & separates the parts of a query, and stays.
const shellCharacters = "$`;|<>\"'(){}\\^*! "

// locationAllowed checks where a station is to fetch or send a file.
func (s *Service) locationAllowed(ctx context.Context, t target, field, location string) error {
	u, err := url.Parse(location)
	if err != nil || !fileSchemes[u.Scheme] || u.Host == "" || cleanTag(location) != location {
		return fault.In(field, "It must be a whole URL that stations can use: http, https, ftp, ftps or sftp, with a host.")
	}
	if at := strings.IndexAny(location, shellCharacters); at >= 0 {
		return fault.In(field, "The character %q isn't taken in a URL for stations, because some hand it to a shell: write it as %%%02X.", location[at], location[at])
	}
	b, err := s.behaviourOf(ctx, t.Station)
	if err != nil {
		return err
	}
	if most := quirks.Or(b.MaxURLLength, 0); most > 0 && len(location) > most {
		return fault.In(field, "This make of station takes URLs of at most %d characters; this one has %d.", most, len(location))
	}
	return nil
}

// linkAllowed checks a link of ours against what the station takes.
func (s *Service) linkAllowed(ctx context.Context, t target, link string) error {
	if s.locationAllowed(ctx, t, "location", link) != nil {
		return fault.New(fault.Conflict, "The links of this system are too long for this make of station: name a location that is shorter, or give the system a shorter public URL.")
	}
	return nil
}

// shown is a location as everybody may see it who sees the station: without a password, and of a link of ours no more than
// where it leads.
func shown(location string, ours bool) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	if ours {
		u.Path = path.Dir(u.Path)
	}
	return u.Redacted()
}

func (o LogOrder) record(ctx context.Context, tx *db.Tx, r recording) error {
	_, err := tx.Exec(ctx, `insert into log_uploads (id, tenant_id, network_id, station_id, command_id, request_id, type, location, transfer_id, file_name, status,
			created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'Requested', $11, $11)`,
		journal.NewID(), r.Tenant, r.Network, r.Station, r.command, o.RequestID, o.Type, shown(o.Location, o.transfer != uuid.Nil), db.OrNull(o.transfer), o.name, r.at)
	if err != nil {
		return fmt.Errorf("record the upload: %w", err)
	}
	return nil
}

// settle notes how the file will be called, or that none comes, or that this upload takes the place of others.
func (o LogOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	var answer LogAnswer
	if len(end.outcome.Results) == 1 {
		if one, ok := end.outcome.Results[0].(Single); ok {
			answer, _ = one.Value.(LogAnswer)
		}
	}
	switch {
	case end.accepted():
		_, err := tx.Exec(ctx, "update log_uploads set file_name = coalesce(nullif($3, ''), file_name) where station_id = $1 and request_id = $2::bigint and file_id is null",
			r.Station, o.RequestID, clip(path.Base("/"+answer.FileName), 255))
		if err != nil {
			return fmt.Errorf("note the name of the log: %w", err)
		}
		if answer.Status == "AcceptedCanceled" {
			return o.supersede(ctx, tx, r)
		}
		return nil
	case end.refused():
		status := "Rejected"
		if answer.Status != "" {
			status = answer.Status
		}
		if err := endRecord(ctx, tx, uploadCourse, r, o.RequestID, status); err != nil {
			return err
		}
		if answer.Status == "" {
			return nil // it may have nothing to send, and some send it all the same
		}
		return files.RevokeIn(ctx, tx, o.transfer)
	}
	return nil // the station may be at it all the same: its link says until when
}

// supersede ends the uploads that a station broke off for another one (OCPP 2.0.1 Part 2, N01.FR.12).
func (o LogOrder) supersede(ctx context.Context, tx *db.Tx, r recording) error {
	rows, err := tx.Query(ctx, `update log_uploads set status = 'AcceptedCanceled', ended = true, updated_at = $3
		where station_id = $1 and request_id < $2::bigint and not ended returning transfer_id`, r.Station, o.RequestID, r.at)
	if err != nil {
		return fmt.Errorf("end the uploads before: %w", err)
	}
	old, err := pgx.CollectRows(rows, pgx.RowTo[*uuid.UUID])
	if err != nil {
		return fmt.Errorf("end the uploads before: %w", err)
	}
	for _, transfer := range old {
		if transfer == nil {
			continue
		}
		if err := files.RevokeIn(ctx, tx, *transfer); err != nil {
			return err
		}
	}
	return nil
}

// refused reports whether the station, or the want of one, decided that nothing follows.
func (e *commandEnd) refused() bool {
	return e.status == "REJECTED" || e.erred || e.responses != nil && !e.accepted() || e.errorCode == string(fault.StationOffline)
}

// endRecord ends a record that nothing follows on.
func endRecord(ctx context.Context, tx *db.Tx, c course, r recording, request int64, status string) error {
	_, err := tx.Exec(ctx, "update "+c.table+" set status = $3, ended = true, updated_at = $4 where station_id = $1 and request_id = $2::bigint and not ended",
		r.Station, request, clip(status, 64), r.at)
	if err != nil {
		return fmt.Errorf("end the %s: %w", c.what, err)
	}
	return nil
}
