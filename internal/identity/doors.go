package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/fault"
)

// maxDoorBody leaves room for a password of which every character is escaped.
const maxDoorBody = 16 << 10

// Handler serves the doors under /auth/: login, logout and accept, and for drivers driver/code, driver/verify and driver/logout, which take JSON and answer 204, or an error as
// {"error":{"code","message","field"}}.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /auth/login", s.door(s.login))
	mux.Handle("POST /auth/logout", s.door(s.endPerson))
	mux.Handle("POST /auth/accept", s.door(s.acceptDoor))
	mux.Handle("POST /auth/driver/code", s.door(s.codeDoor))
	mux.Handle("POST /auth/driver/verify", s.door(s.verifyDoor))
	mux.Handle("POST /auth/driver/logout", s.door(s.endDriver))
	return mux
}

// door lets in Busbar's own pages alone: a foreign one could sign a person in as somebody else, or out.
func (s *Service) door(open func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if !s.SameOrigin(r) {
			s.refuse(w, r, fault.New(fault.Forbidden, "This request comes from another web page: use Busbar's own."))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxDoorBody)
		if err := open(w, r); err != nil {
			s.refuse(w, r, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

func (s *Service) login(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Email, Password string }
	if err := decode(r, &in); err != nil {
		return err
	}
	email, err := checkEmail("email", in.Email)
	if err != nil {
		email = "" // nobody's: it is refused like any other
	}
	address := addressOf(r.RemoteAddr)
	if wait := s.guesses.take(address, email); wait > 0 {
		return tooManyGuesses(wait)
	}
	user, hash, err := s.findPassword(r, email)
	if err != nil {
		return err
	}
	if len(in.Password) > maxPassword {
		in.Password, hash = "", ""
	}
	match, err := s.passwords.verify(r.Context(), in.Password, hash)
	if err != nil {
		return err
	}
	if !match {
		s.logger.Info("a sign-in failed", "address", address, "known", hash != "")
		return fault.New(fault.Unauthenticated, "E-mail address or password is wrong.")
	}
	s.guesses.forgive(address, email)
	return s.begin(w, r, s.sessions, user)
}

// findPassword returns nothing for an address that nobody has, or whose account is disabled or has no password yet.
func (s *Service) findPassword(r *http.Request, email string) (user uuid.UUID, hash string, err error) {
	rows, err := s.db.Query(asSignIn(r.Context()), "select id, coalesce(password_hash, '') from users where email = $1 and disabled_at is null", email)
	if err != nil {
		return user, "", fmt.Errorf("find the person: %w", err)
	}
	_, err = pgx.ForEachRow(rows, []any{&user, &hash}, func() error { return nil })
	if err != nil {
		return user, "", fmt.Errorf("find the person: %w", err)
	}
	return user, hash, nil
}

func (s *Service) acceptDoor(_ http.ResponseWriter, r *http.Request) error {
	var in struct{ Token, Password string }
	if err := decode(r, &in); err != nil {
		return err
	}
	return s.accept(r.Context(), in.Token, in.Password, r.RemoteAddr)
}

// decode takes JSON that says so, because a foreign page's form can't, and nothing but the fields there are.
func decode(r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fault.New(fault.Invalid, "Send JSON, with Content-Type: application/json.")
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fault.New(fault.Invalid, "The request is not the JSON object that is expected here.").Because(err)
	}
	return nil
}

// tooMany is a refusal that says when to come back.
type tooMany struct {
	fault *fault.Error
	wait  time.Duration
}

func (t *tooMany) Error() string { return t.fault.Message }
func (t *tooMany) Unwrap() error { return t.fault }

func tooManyGuesses(wait time.Duration) error {
	wait = (wait + time.Second - 1).Truncate(time.Second) // Retry-After counts whole seconds
	return &tooMany{fault.New(fault.Limit, "Too many attempts failed: wait %d minutes, then try again.", int(math.Ceil(wait.Minutes()))), wait}
}

var statuses = map[fault.Code]int{
	fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden, fault.NotFound: http.StatusNotFound,
	fault.Invalid: http.StatusBadRequest, fault.Conflict: http.StatusConflict, fault.Limit: http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// refuse tells a person what they did wrong; of what we did wrong it tells an id to ask about.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.Of(err)
	status := 0
	if f != nil {
		status = statuses[f.Code]
	}
	if status == 0 {
		id := newID()
		s.logger.Error("a request to the sign-in doors failed", "request", id, "path", r.URL.Path, "error", err)
		f = fault.New(fault.Unavailable, "Something went wrong here. Try again in a moment; if it stays, report request %s.", id)
		status = http.StatusInternalServerError
	}
	var late *tooMany
	if errors.As(err, &late) {
		w.Header().Set("Retry-After", strconv.Itoa(int(late.wait.Seconds())))
	}
	type body struct {
		Code    fault.Code `json:"code"`
		Message string     `json:"message"`
		Field   string     `json:"field,omitempty"`
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]body{"error": {f.Code, f.Message, f.Field}})
}
