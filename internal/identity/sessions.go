package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const (
	cookieName   = "busbar_session"
	idleLife     = 12 * time.Hour
	absoluteLife = 7 * 24 * time.Hour
	// seenEvery is how often a session in use is written, to push its idle end back.
	seenEvery = time.Minute
	// What a session holds.
	holdsUser = "user"
	holdsSeen = "seen"
)

// newSessions is not scs.New, which starts a store in memory and a goroutine that nothing stops.
func newSessions(store scs.Store, secure bool) *scs.SessionManager {
	return &scs.SessionManager{
		IdleTimeout: idleLife, Lifetime: absoluteLife, Store: store, Codec: scs.GobCodec{},
		Cookie: scs.SessionCookie{Name: cookieName, HttpOnly: true, Path: "/", SameSite: http.SameSiteLaxMode, Secure: secure, Persist: true},
	}
}

// begin signs a person in under a token of its own, which ends the session the browser had, and writes the cookie. The cookie
// lasts as long as a session can; when it was idle too long, the server says so.
func (s *Service) begin(w http.ResponseWriter, r *http.Request, user uuid.UUID) error {
	ctx, err := s.sessions.Load(r.Context(), cookieOf(r))
	if err != nil {
		return fmt.Errorf("load the browser's session: %w", err)
	}
	if err := s.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew the session's token: %w", err)
	}
	s.sessions.Put(ctx, holdsUser, user.String())
	s.sessions.Put(ctx, holdsSeen, s.now().Unix())
	token, _, err := s.sessions.Commit(context.WithValue(ctx, newSession{}, user))
	if err != nil {
		return fmt.Errorf("store the session: %w", err)
	}
	s.sessions.WriteSessionCookie(ctx, w, token, s.sessions.Deadline(ctx))
	return nil
}

// resume finds the person a session belongs to.
func (s *Service) resume(ctx context.Context, token string) (user uuid.UUID, ok bool, err error) {
	ctx, err = s.sessions.Load(ctx, token)
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("load the session: %w", err)
	}
	user, err = uuid.Parse(s.sessions.GetString(ctx, holdsUser))
	if err != nil {
		return uuid.Nil, false, nil //nolint:nilerr // a session that isn't there holds no user
	}
	if now := s.now(); now.Sub(time.Unix(s.sessions.GetInt64(ctx, holdsSeen), 0)) >= seenEvery {
		s.sessions.Put(ctx, holdsSeen, now.Unix())
		if _, _, err := s.sessions.Commit(ctx); err != nil {
			return uuid.Nil, false, fmt.Errorf("note that the session is in use: %w", err)
		}
	}
	return user, true, nil
}

// end signs out and clears the cookie.
func (s *Service) end(w http.ResponseWriter, r *http.Request) error {
	ctx, err := s.sessions.Load(r.Context(), cookieOf(r))
	if err != nil {
		return fmt.Errorf("load the browser's session: %w", err)
	}
	user, _ := uuid.Parse(s.sessions.GetString(ctx, holdsUser))
	if err := s.sessions.Destroy(ctx); err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	s.sessions.WriteSessionCookie(ctx, w, "", time.Time{})
	if user != uuid.Nil {
		s.revoked(ctx, revocation{User: user})
	}
	return nil
}

func cookieOf(r *http.Request) string {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// newSession marks, in the context of a commit, a session that may be inserted. Every other commit only updates, so that a
// request that was under way can't bring a session back that was ended meanwhile.
type newSession struct{}

// sessionStore keeps sessions in Postgres, under the hash of their token.
type sessionStore struct{ *Service }

var _ scs.CtxStore = sessionStore{}

// FindCtx returns a session that hasn't ended.
func (t sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	rows, err := t.db.Query(asSignIn(ctx), "select data from sign_in_sessions where token_hash = $1 and expires_at > $2", hashToken(token), t.now())
	if err != nil {
		return nil, false, err
	}
	data, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]byte])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitCtx stores a session.
func (t sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if user, fresh := ctx.Value(newSession{}).(uuid.UUID); fresh {
		_, err := t.db.Exec(asSignIn(ctx), "insert into sign_in_sessions (token_hash, user_id, data, expires_at) values ($1, $2, $3, $4)",
			hashToken(token), user, data, expiry)
		return err
	}
	_, err := t.db.Exec(asSignIn(ctx), "update sign_in_sessions set data = $2, expires_at = $3 where token_hash = $1", hashToken(token), data, expiry)
	return err
}

// DeleteCtx ends a session.
func (t sessionStore) DeleteCtx(ctx context.Context, token string) error {
	_, err := t.db.Exec(asSignIn(ctx), "delete from sign_in_sessions where token_hash = $1", hashToken(token))
	return err
}

// Find is FindCtx for callers without a context, of which there are none.
func (t sessionStore) Find(token string) ([]byte, bool, error) {
	return t.FindCtx(context.Background(), token)
}

// Commit is CommitCtx for callers without a context.
func (t sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return t.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx for callers without a context.
func (t sessionStore) Delete(token string) error { return t.DeleteCtx(context.Background(), token) }

// Sweep deletes sessions and invitations that have ended.
func (s *Service) Sweep(ctx context.Context) error {
	ctx = asSignIn(ctx)
	for _, table := range []string{"sign_in_sessions", "invitations"} {
		if _, err := s.db.Exec(ctx, "delete from "+table+" where expires_at <= $1", s.now()); err != nil {
			return fmt.Errorf("sweep %s: %w", table, err)
		}
	}
	return nil
}
