package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Invitation describes a member to be. Network is uuid.Nil for a role in the whole tenant.
type Invitation struct {
	Email, Name string
	Role        tenancy.Role
	Network     uuid.UUID
}

// InviteMember gives a person a role, which counts once they open the returned link and give their password: a new person
// chooses one, and whoever has an account proves that it is theirs. Inviting again before that makes a fresh link; the old one
// ends. The link is for the person invited, and is shown once.
func (s *Service) InviteMember(ctx context.Context, in Invitation) (m *ent.Membership, invitationURL string, err error) {
	if in.Email, err = checkEmail("email", in.Email); err != nil {
		return nil, "", err
	}
	if in.Name, err = checkName("name", in.Name); err != nil {
		return nil, "", err
	}
	if err := checkRole(in.Role); err != nil {
		return nil, "", err
	}
	// Who may not invite shall not even add a person.
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := mayInvite(ctx, tx, in)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	var user uuid.UUID
	err = s.db.InTx(asSignIn(ctx), func(ctx context.Context, tx *db.Tx) error {
		user, err = findOrAddUser(ctx, tx, in.Email, in.Name)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		v, err := mayInvite(ctx, tx, in)
		if err != nil {
			return err
		}
		if m, err = addMember(ctx, tx, v, in, user); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "member.invite", Network: in.Network, SubjectType: "member", SubjectID: m.ID.String(),
			Details: map[string]any{"email": in.Email, "role": in.Role}})
	})
	if err != nil {
		return nil, "", err
	}
	token, err := s.makeInvitation(ctx, m)
	if err != nil {
		return nil, "", err
	}
	return m, s.publicURL + "/invite/" + token, nil
}

func mayInvite(ctx context.Context, tx *db.Tx, in Invitation) (tenancy.Viewer, error) {
	v, err := mayGrantIn(ctx, tx, tenancy.MemberWrite, in.Network)
	if err != nil {
		return v, err
	}
	return v, mayGrant(v, in.Role, in.Network, nil)
}

// addMember makes a membership that nobody has accepted yet, or finds the one made by an earlier invitation.
func addMember(ctx context.Context, tx *db.Tx, v tenancy.Viewer, in Invitation, user uuid.UUID) (*ent.Membership, error) {
	already := fault.New(fault.Conflict, "%s is a member here already: change their role instead.", in.Email)
	var id uuid.UUID
	var role tenancy.Role
	var accepted bool
	err := tx.QueryRow(ctx, "select id, role, accepted_at is not null from memberships where user_id = $1 and network_id is not distinct from $2 for update",
		user, nullable(in.Network)).Scan(&id, &role, &accepted)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
	case err != nil:
		return nil, fmt.Errorf("look for the membership: %w", err)
	case accepted || role != in.Role:
		return nil, already
	default:
		return loadMember(ctx, tx, id)
	}
	m, err := tx.Ent.Membership.Create().SetTenantID(v.Tenant).SetUserID(user).SetRole(in.Role).SetNillableNetworkID(nullable(in.Network)).Save(ctx)
	if taken(err) {
		return nil, already.Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("make the person a member: %w", err)
	}
	return m, nil
}

// UpdateMember changes a member's role. Whoever does it must hold both roles themselves, and the last owner stays one.
func (s *Service) UpdateMember(ctx context.Context, id uuid.UUID, role tenancy.Role) (changed *ent.Membership, err error) {
	if err := checkRole(role); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, v, err := memberToChange(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := mayGrant(v, role, orNone(m.NetworkID), nil); err != nil {
			return err
		}
		if role != tenancy.Owner {
			if err := keepAnOwner(ctx, tx, m); err != nil {
				return err
			}
		}
		if changed, err = tx.Ent.Membership.UpdateOne(m).SetRole(role).Save(ctx); err != nil {
			return fmt.Errorf("change the member: %w", err)
		}
		tx.AfterCommit(func() { s.revoked(ctx, revocation{User: m.UserID}) })
		return audit.Write(ctx, tx, audit.Event{Action: "member.update", Network: orNone(m.NetworkID), SubjectType: "member", SubjectID: id.String(),
			Details: map[string]any{"from": m.Role, "to": role}})
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// RemoveMember takes a person's role away. What they have open ends within seconds.
func (s *Service) RemoveMember(ctx context.Context, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, _, err := memberToChange(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := keepAnOwner(ctx, tx, m); err != nil {
			return err
		}
		// The address must be read before the person is out of sight.
		user, err := tx.Ent.Membership.QueryUser(m).Only(ctx)
		if err != nil {
			return fmt.Errorf("load the person: %w", err)
		}
		if err := tx.Ent.Membership.DeleteOne(m).Exec(ctx); err != nil {
			return fmt.Errorf("remove the member: %w", err)
		}
		tx.AfterCommit(func() { s.revoked(ctx, revocation{User: m.UserID}) })
		return audit.Write(ctx, tx, audit.Event{Action: "member.remove", Network: orNone(m.NetworkID), SubjectType: "member", SubjectID: id.String(),
			Details: map[string]any{"email": user.Email, "role": m.Role}})
	})
}

// memberToChange loads a member whom the viewer may change, which takes a role at least as high as the member's.
func memberToChange(ctx context.Context, tx *db.Tx, id uuid.UUID) (*ent.Membership, tenancy.Viewer, error) {
	m, err := loadMember(ctx, tx, id)
	if err != nil {
		return nil, tenancy.Viewer{}, err
	}
	v, err := allowed(ctx, tenancy.MemberWrite, orNone(m.NetworkID), "member")
	if err != nil {
		return nil, v, err
	}
	if !outranks(v, m.Role, orNone(m.NetworkID)) {
		return nil, v, fault.New(fault.Forbidden, "This member's role is above yours: ask somebody who holds it.")
	}
	return m, v, nil
}

func loadMember(ctx context.Context, tx *db.Tx, id uuid.UUID) (*ent.Membership, error) {
	m, err := tx.Ent.Membership.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("member")
	}
	if err != nil {
		return nil, fmt.Errorf("load the member: %w", err)
	}
	return m, nil
}

// keepAnOwner refuses to let the last owner of a tenant go. Owners count when they accepted and hold the whole tenant.
func keepAnOwner(ctx context.Context, tx *db.Tx, leaving *ent.Membership) error {
	if leaving.Role != tenancy.Owner || leaving.NetworkID != nil {
		return nil
	}
	// The lock makes two owners who remove each other take turns.
	if _, err := tx.Exec(ctx, "select from tenants where id = $1 for no key update", leaving.TenantID); err != nil {
		return fmt.Errorf("lock the tenant: %w", err)
	}
	var others bool
	err := tx.QueryRow(ctx, `select exists (select from memberships where role = 'OWNER' and network_id is null and accepted_at is not null and id <> $1)`,
		leaving.ID).Scan(&others)
	if err != nil {
		return fmt.Errorf("look for other owners: %w", err)
	}
	if !others {
		return fault.New(fault.Conflict, "This is the tenant's last owner: make somebody else an owner first.")
	}
	return nil
}
