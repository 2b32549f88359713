package tenancy

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
)

// Kind tells a person from an app from the system itself.
type Kind string

// The kinds of viewer.
const (
	KindUser   Kind = "USER"
	KindApp    Kind = "APP"
	KindSystem Kind = "SYSTEM"
	// KindDriver is somebody who charges. They hold no permission: what they meet is theirs, by their id.
	KindDriver Kind = "DRIVER"
)

// Grant is one role, held in one network or, with a nil network, in the whole tenant.
type Grant struct {
	Role    Role
	Network uuid.UUID
}

// Viewer is who is acting. The zero Viewer may do nothing.
type Viewer struct {
	Kind Kind
	// Tenant is the only tenant whose data the viewer meets; nil for system actors that work across tenants.
	Tenant uuid.UUID
	// ID is the user's, the app key's or the driver's id; nil for system actors.
	ID uuid.UUID
	// Name is what the audit log calls the viewer.
	Name string
	// Grants are the roles the viewer holds in Tenant.
	Grants []Grant
	// Scopes narrow an app further: empty means all that its role may.
	Scopes []string
	// PlatformRole is set for the platform's own staff.
	PlatformRole PlatformRole
	// Narrowed confines the viewer to one network for this request, and a driver always.
	Narrowed uuid.UUID
	// Actor is the narrow system actor this viewer is, for KindSystem.
	Actor Actor
	// Remote is the address the request came from, for the audit log.
	Remote string
	// RequestID ties a request's audit events and errors together.
	RequestID string
}

type viewerKey struct{}

// ErrNoViewer is returned by everything that needs a viewer and finds none. It is a fault of ours, never the caller's.
var ErrNoViewer = errors.New("no viewer in the context: every database call needs to know who is acting")

// NewContext returns a context in which v acts.
func NewContext(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// FromContext returns the viewer who is acting in ctx.
func FromContext(ctx context.Context) (Viewer, error) {
	v, ok := ctx.Value(viewerKey{}).(Viewer)
	if !ok || v.Kind == "" {
		return Viewer{}, ErrNoViewer
	}
	return v, nil
}

// Networks lists the networks the viewer is confined to; nil means every network of the tenant.
func (v Viewer) Networks() []uuid.UUID {
	if v.Narrowed != uuid.Nil {
		if v.reaches(v.Narrowed) {
			return []uuid.UUID{v.Narrowed}
		}
		return []uuid.UUID{}
	}
	if v.Kind == KindSystem {
		return nil
	}
	networks := make([]uuid.UUID, 0, len(v.Grants))
	for _, g := range v.Grants {
		if g.Network == uuid.Nil {
			return nil
		}
		if !slices.Contains(networks, g.Network) {
			networks = append(networks, g.Network)
		}
	}
	return networks
}

// reaches reports whether some grant covers the network.
func (v Viewer) reaches(network uuid.UUID) bool {
	if v.Kind == KindSystem || v.Kind == KindDriver {
		return true
	}
	return slices.ContainsFunc(v.Grants, func(g Grant) bool {
		return g.Network == uuid.Nil || g.Network == network
	})
}

// Sees reports whether objects of the network are visible to the viewer. uuid.Nil asks for objects that belong to the
// tenant as a whole, which only a viewer of the whole tenant sees.
func (v Viewer) Sees(network uuid.UUID) bool {
	networks := v.Networks()
	return networks == nil || (network != uuid.Nil && slices.Contains(networks, network))
}

// Can reports whether the viewer holds the permission for objects of the network; uuid.Nil asks for the tenant as a whole.
func (v Viewer) Can(p Permission, network uuid.UUID) bool {
	if !v.Sees(network) {
		return false
	}
	return v.holds(p, func(g Grant) bool { return g.Network == uuid.Nil || g.Network == network })
}

// CanSomewhere reports whether the viewer holds the permission in any network it reaches. It opens a door that leads to
// objects; Can decides on each of them.
func (v Viewer) CanSomewhere(p Permission) bool {
	return v.holds(p, func(g Grant) bool {
		return v.Narrowed == uuid.Nil || g.Network == uuid.Nil || g.Network == v.Narrowed
	})
}

func (v Viewer) holds(p Permission, covers func(Grant) bool) bool {
	if v.Kind == KindDriver {
		return false
	}
	if v.Kind == KindSystem {
		return v.Actor.may(p)
	}
	if !v.inScope(p) {
		return false
	}
	return slices.ContainsFunc(v.Grants, func(g Grant) bool { return covers(g) && g.Role.May(p) })
}

// Permissions lists what the viewer may do in at least one network it reaches.
func (v Viewer) Permissions() []Permission {
	var held []Permission
	for _, p := range Permissions() {
		if v.CanSomewhere(p) {
			held = append(held, p)
		}
	}
	return held
}

func (v Viewer) inScope(p Permission) bool {
	if v.Kind != KindApp || len(v.Scopes) == 0 {
		return true
	}
	return slices.ContainsFunc(v.Scopes, func(scope string) bool { return p.matches(scope) })
}
