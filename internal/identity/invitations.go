package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

const invitationLife = 7 * 24 * time.Hour

// newToken makes a secret of 256 bits, in 43 characters that need no escaping anywhere.
func newToken() string {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	return base64.RawURLEncoding.EncodeToString(random)
}

// hashToken is what is stored of a token. A token is random, so a plain hash can't be guessed back.
func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// makeInvitation makes the one link that accepts a membership.
func (s *Service) makeInvitation(ctx context.Context, m *ent.Membership) (token string, err error) {
	token = newToken()
	_, err = s.db.Exec(asSignIn(ctx), `insert into invitations (token_hash, tenant_id, membership_id, expires_at) values ($1, $2, $3, $4)
		on conflict (tenant_id, membership_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at`,
		hashToken(token), m.TenantID, m.ID, s.now().Add(invitationLife))
	if err != nil {
		return "", fmt.Errorf("make the invitation's link (invite again for another one): %w", err)
	}
	return token, nil
}

// invited is what a link leads to.
type invited struct {
	Tenant, Membership, User uuid.UUID
	Network                  *uuid.UUID
	Email, Name              string
	Hash                     string
}

func errNoInvitation() *fault.Error {
	return fault.New(fault.NotFound, "This invitation was used, replaced or has expired: ask for another one.")
}

// AcceptInvitation makes a membership count. A new person chooses their password; whoever has an account gives the one they have.
func (s *Service) AcceptInvitation(ctx context.Context, token, password string) error {
	return s.accept(ctx, token, password, "")
}

func (s *Service) accept(ctx context.Context, token, password, remote string) error {
	in, err := s.findInvitation(ctx, token)
	if err != nil {
		return err
	}
	var hash *string
	if in.Hash != "" {
		err = s.provePassword(ctx, in, password, remote)
	} else {
		hash, err = s.choosePassword(ctx, password)
	}
	if err != nil {
		return err
	}
	err = s.db.InTx(asSignIn(ctx), func(ctx context.Context, tx *db.Tx) error { return s.use(ctx, tx, token, in, hash) })
	if err != nil {
		return err
	}
	s.note(tenancy.NewContext(ctx, tenancy.Viewer{Kind: tenancy.KindUser, Tenant: in.Tenant, ID: in.User, Name: in.Name, Remote: remote,
		Grants: []tenancy.Grant{{Role: tenancy.Reader, Network: orNone(in.Network)}}}),
		audit.Event{Action: "member.accept", Network: orNone(in.Network), SubjectType: "member", SubjectID: in.Membership.String()})
	return nil
}

func (s *Service) findInvitation(ctx context.Context, token string) (*invited, error) {
	rows, err := s.db.Query(asSignIn(ctx), `select i.tenant_id, i.membership_id, u.id, m.network_id, u.email, u.name, coalesce(u.password_hash, '')
		from invitations i join memberships m on m.tenant_id = i.tenant_id and m.id = i.membership_id join users u on u.id = m.user_id
		join tenants t on t.id = i.tenant_id
		where i.token_hash = $1 and i.expires_at > $2 and u.disabled_at is null and t.status = 'ACTIVE'`, hashToken(token), s.now())
	if err != nil {
		return nil, fmt.Errorf("find the invitation: %w", err)
	}
	in, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[invited])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNoInvitation()
	}
	if err != nil {
		return nil, fmt.Errorf("find the invitation: %w", err)
	}
	return in, nil
}

func (s *Service) choosePassword(ctx context.Context, password string) (*string, error) {
	if err := checkPassword("password", password); err != nil {
		return nil, err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	return &hash, nil
}

// provePassword lets the holder of a link guess no faster than at sign-in.
func (s *Service) provePassword(ctx context.Context, in *invited, password, remote string) error {
	address := addressOf(remote)
	if wait := s.guesses.take(address, in.Email); wait > 0 {
		return tooManyGuesses(wait)
	}
	match, err := s.passwords.verify(ctx, password, in.Hash)
	if err != nil {
		return err
	}
	if !match {
		return fault.In("password", "There is an account for this e-mail address already: enter its password.")
	}
	s.guesses.forgive(address, in.Email)
	return nil
}

// use spends the link. The row goes first, so that of two who use it at once one finds it gone.
func (s *Service) use(ctx context.Context, tx *db.Tx, token string, in *invited, hash *string) error {
	spent, err := tx.Exec(ctx, "delete from invitations where token_hash = $1 and expires_at > $2", hashToken(token), s.now())
	if err != nil {
		return fmt.Errorf("use the invitation: %w", err)
	}
	if spent.RowsAffected() == 0 {
		return errNoInvitation()
	}
	if hash != nil {
		chosen, err := tx.Exec(ctx, "update users set password_hash = $2 where id = $1 and password_hash is null", in.User, *hash)
		if err != nil {
			return fmt.Errorf("set the password: %w", err)
		}
		if chosen.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "A password was chosen for this account a moment ago: try again with that one.")
		}
	}
	_, err = tx.Exec(ctx, "update memberships set accepted_at = $3 where tenant_id = $1 and id = $2 and accepted_at is null", in.Tenant, in.Membership, s.now())
	if err != nil {
		return fmt.Errorf("accept the membership: %w", err)
	}
	return nil
}
