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
	holdsOwner = "user"
	holdsSeen  = "seen"
)

// newSessions is not scs.New, which starts a store in memory and a goroutine that nothing stops.
func newSessions(store scs.Store, cookie string, idle, absolute time.Duration, secure bool) *scs.SessionManager {
	return &scs.SessionManager{
		IdleTimeout: idle, Lifetime: absolute, Store: store, Codec: scs.GobCodec{},
		Cookie: scs.SessionCookie{Name: cookie, HttpOnly: true, Path: "/", SameSite: http.SameSiteLaxMode, Secure: secure, Persist: true},
	}
}

// begin signs a person or a driver in under a token of its own, which ends the session the browser had, and writes the cookie. The cookie
// lasts as long as a session can; when it was idle too long, the server says so.
func (s *Service) begin(w http.ResponseWriter, r *http.Request, sessions *scs.SessionManager, owner uuid.UUID) error {
	ctx, err := sessions.Load(r.Context(), cookieOf(r, sessions.Cookie.Name))
	if err != nil {
		return fmt.Errorf("load the browser's session: %w", err)
	}
	if err := sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew the session's token: %w", err)
	}
	sessions.Put(ctx, holdsOwner, owner.String())
	sessions.Put(ctx, holdsSeen, s.now().Unix())
	token, _, err := sessions.Commit(context.WithValue(ctx, newSession{}, owner))
	if err != nil {
		return fmt.Errorf("store the session: %w", err)
	}
	sessions.WriteSessionCookie(ctx, w, token, sessions.Deadline(ctx))
	return nil
}

// resume finds whose session it is.
func (s *Service) resume(ctx context.Context, sessions *scs.SessionManager, token string) (owner uuid.UUID, ok bool, err error) {
	ctx, err = sessions.Load(ctx, token)
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("load the session: %w", err)
	}
	owner, err = uuid.Parse(sessions.GetString(ctx, holdsOwner))
	if err != nil {
		return uuid.Nil, false, nil //nolint:nilerr // a session that isn't there is nobody's
	}
	if now := s.now(); now.Sub(time.Unix(sessions.GetInt64(ctx, holdsSeen), 0)) >= seenEvery {
		sessions.Put(ctx, holdsSeen, now.Unix())
		if _, _, err := sessions.Commit(ctx); err != nil {
			return uuid.Nil, false, fmt.Errorf("note that the session is in use: %w", err)
		}
	}
	return owner, true, nil
}

// end signs out, clears the cookie and returns whose session it was.
func (s *Service) end(w http.ResponseWriter, r *http.Request, sessions *scs.SessionManager) (owner uuid.UUID, err error) {
	ctx, err := sessions.Load(r.Context(), cookieOf(r, sessions.Cookie.Name))
	if err != nil {
		return owner, fmt.Errorf("load the browser's session: %w", err)
	}
	owner, _ = uuid.Parse(sessions.GetString(ctx, holdsOwner))
	if err := sessions.Destroy(ctx); err != nil {
		return owner, fmt.Errorf("end the session: %w", err)
	}
	sessions.WriteSessionCookie(ctx, w, "", time.Time{})
	return owner, nil
}

// endPerson signs a person out, and has their open sockets notice.
func (s *Service) endPerson(w http.ResponseWriter, r *http.Request) error {
	user, err := s.end(w, r, s.sessions)
	if err == nil && user != uuid.Nil {
		s.revoked(r.Context(), revocation{User: user})
	}
	return err
}

func cookieOf(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// newSession marks, in the context of a commit, a session that may be inserted. Every other commit only updates, so that a
// request that was under way can't bring a session back that was ended meanwhile.
type newSession struct{}

// sessionStore keeps sessions in a table of Postgres, under the hash of their token.
type sessionStore struct {
	*Service
	table string
	// insert makes a session: its token's hash, its owner, what it holds and when it ends.
	insert string
}

const (
	insertPersonSession = "insert into sign_in_sessions (token_hash, user_id, data, expires_at) values ($1, $2, $3, $4)"
	insertDriverSession = "insert into driver_sessions (token_hash, tenant_id, driver_id, data, expires_at) select $1, tenant_id, id, $3, $4 from drivers where id = $2"
)

var _ scs.CtxStore = sessionStore{}

// FindCtx returns a session that hasn't ended.
func (t sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	rows, err := t.db.Query(asSignIn(ctx), "select data from "+t.table+" where token_hash = $1 and expires_at > $2", hashToken(token), t.now())
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
	if owner, fresh := ctx.Value(newSession{}).(uuid.UUID); fresh {
		_, err := t.db.Exec(asSignIn(ctx), t.insert, hashToken(token), owner, data, expiry)
		return err
	}
	_, err := t.db.Exec(asSignIn(ctx), "update "+t.table+" set data = $2, expires_at = $3 where token_hash = $1", hashToken(token), data, expiry)
	return err
}

// DeleteCtx ends a session.
func (t sessionStore) DeleteCtx(ctx context.Context, token string) error {
	_, err := t.db.Exec(asSignIn(ctx), "delete from "+t.table+" where token_hash = $1", hashToken(token))
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

// Sweep deletes sessions and invitations that have ended, and codes whose mails don't count any more.
func (s *Service) Sweep(ctx context.Context) error {
	ctx = asSignIn(ctx)
	for _, table := range []string{"sign_in_sessions", "invitations", "driver_sessions"} {
		if _, err := s.db.Exec(ctx, "delete from "+table+" where expires_at <= $1", s.now()); err != nil {
			return fmt.Errorf("sweep %s: %w", table, err)
		}
	}
	if _, err := s.db.Exec(ctx, "delete from driver_codes where expires_at <= $1 and mailed_since <= $2", s.now(), s.now().Add(-codeWindow)); err != nil {
		return fmt.Errorf("sweep driver_codes: %w", err)
	}
	return nil
}
