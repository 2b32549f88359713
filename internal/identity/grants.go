package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// outranks tells whether the viewer may hand out, or take away, the role in the network, or with uuid.Nil in the whole tenant:
// they must hold that role or a higher one there themselves.
func outranks(v tenancy.Viewer, role tenancy.Role, network uuid.UUID) bool {
	if v.Kind == tenancy.KindSystem {
		return v.Actor == tenancy.ActorConsole
	}
	return v.Sees(network) && slices.ContainsFunc(v.Grants, func(g tenancy.Grant) bool {
		return (g.Network == uuid.Nil || g.Network == network) && g.Role.Outranks(role)
	})
}

// mayGrant refuses to hand out more than the viewer holds in the same network. Scopes narrow what is handed out, none of them
// means all of the role. An app with scopes can't make a key or a member that has more of them than itself.
func mayGrant(v tenancy.Viewer, role tenancy.Role, network uuid.UUID, scopes []string) error {
	if !outranks(v, role, network) {
		return fault.New(fault.Forbidden, "Nobody hands out a role above their own: %s is above yours here.", strings.ToLower(string(role)))
	}
	granted := tenancy.Viewer{Kind: tenancy.KindApp, Grants: []tenancy.Grant{{Role: role, Network: network}}, Scopes: scopes}
	for _, p := range granted.Permissions() {
		if !v.Can(p, network) {
			return fault.New(fault.Forbidden, "Nobody hands out more than they hold: you lack %s here.", p)
		}
	}
	return nil
}

// mayGrantIn returns who is acting after checking that they hold the permission where the grant is to hold, and that the
// network is there and in use.
func mayGrantIn(ctx context.Context, tx *db.Tx, p tenancy.Permission, network uuid.UUID) (tenancy.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return v, err
	}
	if network == uuid.Nil {
		if !v.Sees(uuid.Nil) && v.CanSomewhere(p) {
			f := fault.New(fault.Forbidden, "You act in some networks of the tenant: name the one that this is for.")
			f.Field = "networkId"
			return v, f
		}
		return allowed(ctx, p, uuid.Nil, "tenant")
	}
	found, err := loadNetwork(ctx, tx, network)
	if err != nil {
		if f := fault.Of(err); f != nil {
			f.Field = "networkId"
		}
		return v, err
	}
	if found.ArchivedAt != nil {
		f := fault.New(fault.Conflict, "The network %q is archived: choose another one.", found.Name)
		f.Field = "networkId"
		return v, f
	}
	return allowed(ctx, p, network, "network")
}

// checkScopes accepts permissions, resource:* and *. A misspelt scope would silently allow nothing.
func checkScopes(scopes []string) ([]string, error) {
	checked := make([]string, 0, len(scopes))
	for _, scope := range scopes {
		known := scope == "*" || slices.ContainsFunc(tenancy.Permissions(), func(p tenancy.Permission) bool {
			resource, _, _ := strings.Cut(string(p), ":")
			return scope == string(p) || scope == resource+":*"
		})
		if !known {
			return nil, fault.In("scopes", "There is no scope %q: use permissions such as station:read, or station:* for all of a kind.", shown(scope))
		}
		if !slices.Contains(checked, scope) {
			checked = append(checked, scope)
		}
	}
	return checked, nil
}

func checkRole(role tenancy.Role) error {
	if !slices.Contains(tenancy.Roles(), role) {
		return fault.In("role", "There is no role %q: use owner, admin, operator, finance or viewer.", shown(string(role)))
	}
	return nil
}
