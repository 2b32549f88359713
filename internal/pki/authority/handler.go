package authority

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/tenancy"
)

// Handler tells whoever asks which certificates count no more. Everything here is signed and public; authorities are named by ids that
// can't be guessed.
//
//	GET  /pki/{authority}/crl          list of revoked certificates
//	GET  /pki/{authority}/certificate  the authority's own, as DER
//	POST /pki/{authority}/ocsp         standing of one certificate (RFC 6960); GET with the question in the path as well
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pki/{authority}/crl", s.serve(noQuestion, s.list))
	mux.HandleFunc("GET /pki/{authority}/certificate", s.serve(noQuestion, s.own))
	mux.HandleFunc("POST /pki/{authority}/ocsp", s.serve(readQuestion, s.answer))
	mux.HandleFunc("GET /pki/{authority}/ocsp/{question...}", s.serve(readQuestion, s.answer))
	return mux
}

const (
	// mostAnswers are made at once, whoever asks: each takes connections of the database and a signature, which stations need as well.
	mostAnswers = 8
	// answerPatience is how long somebody waits for a turn, and questionPatience how long a question may take to come.
	answerPatience   = 5 * time.Second
	questionPatience = 10 * time.Second
)

// errNobody is the answer for an authority that isn't there.
var errNobody = errors.New("no such authority")

// errQuestion is the answer for what can't be read.
var errQuestion = errors.New("the question can't be read")

// errBusy is the answer where too many ask at once.
var errBusy = errors.New("too many ask at once")

func (s *Service) serve(read func(http.ResponseWriter, *http.Request) ([]byte, error), tell func(ctx context.Context, w http.ResponseWriter, question []byte, authority uuid.UUID) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := uuid.Parse(r.PathValue("authority"))
		if err != nil {
			err = errNobody
		} else {
			err = s.inTurn(w, r, id, read, tell)
		}
		switch {
		case err == nil:
		case errors.Is(err, errNobody), errors.Is(err, ErrNone):
			http.Error(w, "There is no such certificate authority.", http.StatusNotFound)
		case errors.Is(err, errQuestion):
			http.Error(w, "The question can't be read: send an OCSP request as RFC 6960 has it.", http.StatusBadRequest)
		case errors.Is(err, errBusy):
			w.Header().Set("Retry-After", "10")
			http.Error(w, "Too many ask at once: try again later.", http.StatusServiceUnavailable)
		default:
			s.logger.Error("the standing of certificates can't be told", "authority", id, "error", err)
			http.Error(w, "Temporarily unavailable", http.StatusServiceUnavailable)
		}
	}
}

// inTurn reads a question, and answers it once others are done. Whoever is slow to ask holds up nobody.
func (s *Service) inTurn(w http.ResponseWriter, r *http.Request, id uuid.UUID, read func(http.ResponseWriter, *http.Request) ([]byte, error),
	tell func(ctx context.Context, w http.ResponseWriter, question []byte, authority uuid.UUID) error) error {
	question, err := read(w, r)
	if err != nil {
		return errQuestion
	}
	patience := time.NewTimer(answerPatience)
	defer patience.Stop()
	select {
	case s.answering <- struct{}{}:
		defer func() { <-s.answering }()
	case <-patience.C:
		return errBusy
	case <-r.Context().Done():
		return errBusy
	}
	tenant, err := s.tenantOf(r.Context(), id)
	if err != nil {
		return err
	}
	return tell(tenancy.NewContext(r.Context(), tenancy.Certificates(tenant)), w, question, id)
}

// tenantOf finds whose an authority is.
func (s *Service) tenantOf(ctx context.Context, id uuid.UUID) (tenant uuid.UUID, err error) {
	rows, err := s.db.Query(tenancy.NewContext(ctx, tenancy.Handshake()), "select tenant_id from certificate_authorities where id = $1 and kind in ('ROOT', 'INTERMEDIATE')", id)
	if err == nil {
		tenant, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[uuid.UUID])
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, errNobody
	}
	return tenant, err
}

func (s *Service) list(ctx context.Context, w http.ResponseWriter, _ []byte, id uuid.UUID) error {
	_, a, err := s.open(ctx, s.db, "id = $1", id)
	if err != nil {
		return err
	}
	list, err := s.revoked(ctx, s.db, id)
	if err != nil {
		return err
	}
	// Numbers of lists only have to grow, and time does.
	now := s.now()
	der, err := a.RevocationList(list, now.UnixMilli(), now)
	if err != nil {
		return err
	}
	return write(w, "application/pkix-crl", der)
}

func (s *Service) own(ctx context.Context, w http.ResponseWriter, _ []byte, id uuid.UUID) error {
	list, err := s.Above(ctx, s.db, id)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errNobody
	}
	return write(w, "application/pkix-cert", list[0].Raw)
}

func (s *Service) answer(ctx context.Context, w http.ResponseWriter, der []byte, id uuid.UUID) error {
	q, err := pki.ReadQuestion(der)
	if err != nil {
		return errQuestion
	}
	_, a, err := s.open(ctx, s.db, "id = $1", id)
	if err != nil {
		return err
	}
	standing, revoked := pki.Unknown, pki.Revoked{}
	if a.Asks(q) {
		if standing, revoked, err = s.standing(ctx, id, q.SerialNumber); err != nil {
			return err
		}
	}
	out, err := a.Answer(q.SerialNumber, standing, revoked, s.now())
	if err != nil {
		return err
	}
	return write(w, "application/ocsp-response", out)
}

// standing is what is known of a certificate that an authority may have signed.
func (s *Service) standing(ctx context.Context, authority uuid.UUID, serial string) (pki.Standing, pki.Revoked, error) {
	r := pki.Revoked{SerialNumber: serial}
	rows, err := s.db.Query(ctx, "select status, coalesce(revoked_at, now()), revocation_reason from station_certificates where authority_id = $1 and serial_number = $2", authority, serial)
	var status string
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&status, &r.At, &r.Reason) })
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return pki.Unknown, r, nil
	case err != nil:
		return pki.Unknown, r, fmt.Errorf("look up the standing of a certificate: %w", err)
	case status == "REVOKED":
		return pki.Withdrawn, r, nil
	}
	return pki.Good, r, nil
}

// longestQuestion bounds what anybody may send.
const longestQuestion = 4 << 10

func noQuestion(http.ResponseWriter, *http.Request) ([]byte, error) { return nil, nil }

func readQuestion(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method == http.MethodPost {
		// The server bounds how long headers take, and not what comes after them, because files take long.
		c := http.NewResponseController(w)
		if err := c.SetReadDeadline(time.Now().Add(questionPatience)); err != nil {
			return nil, err
		}
		der, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestQuestion))
		if err != nil {
			return nil, err // the limit stays, because the server waits for the rest before it hangs up
		}
		return der, c.SetReadDeadline(time.Time{})
	}
	text, err := url.PathUnescape(r.PathValue("question"))
	if err != nil || len(text) > longestQuestion {
		return nil, errQuestion
	}
	return base64.StdEncoding.DecodeString(strings.ReplaceAll(text, " ", "+"))
}

func write(w http.ResponseWriter, kind string, der []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(der)
	return nil
}
