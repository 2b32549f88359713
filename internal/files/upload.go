package files

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
)

// errFinished is met by the slower of two uploads over one link.
var errFinished = errors.New("the link was used up, or revoked, while the upload went on")

// take receives a file. Nothing of it shows until all of it is here; then the link is used up.
func (s *Service) take(ctx context.Context, w http.ResponseWriter, r *http.Request, l link, appended string) {
	if !s.busy.enter(l.id) {
		w.Header().Set("Retry-After", "30")
		http.Error(w, "Other uploads over this link are under way.", http.StatusTooManyRequests)
		return
	}
	defer s.busy.leave(l.id)
	body := &steadyReader{r: r.Body, control: http.NewResponseController(w), stall: s.config.Stall}
	file, err := s.receive(ctx, r, l, appended, body)
	known := fault.Of(err)
	if !body.ended {
		// The rest of the body is nobody's: the deadline stays for it, and the connection ends with the answer.
		w.Header().Set("Connection", "close")
	}
	switch {
	case err == nil:
		s.tell(ctx, l, file)
		_, _ = io.WriteString(w, "ok\n")
	case errors.Is(err, errFinished):
		missing(w)
	case known != nil && known.Code == fault.Limit:
		http.Error(w, known.Message, http.StatusRequestEntityTooLarge)
	case known != nil:
		http.Error(w, known.Message, http.StatusBadRequest)
	case body.failure != nil:
		// The station went away or stood still. It may begin again.
		s.logger.Info("an upload broke off", "station", l.station, "transfer", l.id, "error", body.failure)
		http.Error(w, "The upload broke off. Send the whole file again.", http.StatusRequestTimeout)
	default:
		s.trouble(w, "take an upload", err)
	}
}

func (s *Service) receive(ctx context.Context, r *http.Request, l link, appended string, body *steadyReader) (File, error) {
	if r.Header.Get("Content-Range") != "" {
		// A part taken for the whole would be a broken file (RFC 9110 §14.5).
		return File{}, fault.New(fault.Invalid, "Parts of a file are not taken. Send the whole file.")
	}
	content, m, err := contentOf(r, body)
	if err != nil {
		return File{}, err
	}
	if content == io.Reader(body) && r.ContentLength > l.maxBytes {
		return File{}, tooLarge(l.maxBytes)
	}
	m.Network, m.Station, m.Kind, m.MaxBytes = l.network, l.station, l.kind, l.maxBytes
	for _, name := range []string{m.Name, appended, l.name} {
		if m.Name = name; name != "" {
			break
		}
	}
	file, err := s.keep(ctx, l.tenant, m, content)
	if err != nil {
		return File{}, err
	}
	// The station may hang up as soon as it has sent its last byte; what is whole is kept all the same.
	if err := s.finish(context.WithoutCancel(ctx), l, file); err != nil {
		s.discard(ctx, file.blobKey)
		return File{}, err
	}
	return file, nil
}

// contentOf finds the file in a request: the body as it is, or the first file of a form.
func contentOf(r *http.Request, body io.Reader) (io.Reader, Meta, error) {
	mediaType, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if !strings.HasPrefix(mediaType, "multipart/") || params["boundary"] == "" {
		_, disposition, _ := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
		return body, Meta{Name: disposition["filename"], ContentType: r.Header.Get("Content-Type")}, nil
	}
	r.Body = io.NopCloser(body)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, Meta{}, fault.New(fault.Invalid, "The form can't be read. Send the file as it is, with PUT.").Because(err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, Meta{}, fault.New(fault.Invalid, "The form has no file in it.")
		}
		if err != nil {
			return nil, Meta{}, fmt.Errorf("read a form: %w", err)
		}
		if part.FileName() != "" || part.FormName() == "file" {
			return part, Meta{Name: part.FileName(), ContentType: part.Header.Get("Content-Type")}, nil
		}
	}
}

// finish makes a file visible and uses its link up, together.
func (s *Service) finish(ctx context.Context, l link, file File) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := insert(ctx, tx, l.tenant, file); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update file_transfers set finished_at = $2, used_at = coalesce(used_at, $2), file_id = $3, received_bytes = $4
			where id = $1 and finished_at is null`, l.id, s.now(), file.ID, file.Size)
		if err != nil {
			return fmt.Errorf("use a link up: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return errFinished
		}
		return nil
	})
}

// tell hands a finished upload to whoever waits for it.
func (s *Service) tell(ctx context.Context, l link, file File) {
	if fn := s.received.Load(); fn != nil {
		(*fn)(context.WithoutCancel(ctx), Received{Tenant: l.tenant, Network: l.network, Station: l.station, Transfer: l.id, File: file})
	}
}

// header says what a file is. The entity tag lets a station that was cut off go on where it stopped.
func header(w http.ResponseWriter, f File) {
	h := w.Header()
	h.Set("Content-Type", f.ContentType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("ETag", `"`+hex.EncodeToString(f.SHA256[:])+`"`)
}

// steadyReader moves the deadline on with every read, so that an upload may be slow but not stand still.
type steadyReader struct {
	r       io.Reader
	control *http.ResponseController
	stall   time.Duration
	ended   bool
	failure error
}

// Read implements io.Reader.
func (s *steadyReader) Read(p []byte) (int, error) {
	_ = s.control.SetReadDeadline(time.Now().Add(s.stall)) // a connection without deadlines is one of a test
	n, err := s.r.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		// The server listens for the end of the connection from here on, and must not take this deadline for it.
		s.ended = true
		_ = s.control.SetReadDeadline(time.Time{})
	case err != nil:
		s.failure = err
	}
	return n, err
}
