package tenancy

import (
	"slices"

	"github.com/google/uuid"
)

// Actor names a part of the system that works without a person behind it. Each is narrow: those that must look across
// tenants run as a database role of their own that is granted the columns they need and nothing else.
type Actor string

// The system actors.
const (
	// ActorHandshake finds a station by identity and records connection attempts, before any tenant is known.
	ActorHandshake Actor = "handshake"
	// ActorSignIn finds a person by e-mail, an app by its key and what either may do.
	ActorSignIn Actor = "sign-in"
	// ActorPlatform makes tenants and lists them, so that periodic work can run one tenant at a time.
	ActorPlatform Actor = "platform"
	// ActorFiles finds whose link a token for a file is, before any tenant is known.
	ActorFiles Actor = "files"
	// ActorSupport lists what is stuck in Pending across tenants.
	ActorSupport Actor = "support"
	// ActorStation is a station reporting about itself, inside its tenant.
	ActorStation Actor = "station"
	// ActorMaintenance is periodic work inside one tenant.
	ActorMaintenance Actor = "maintenance"
	// ActorConsole is the server's operator at its command line, inside one tenant.
	ActorConsole Actor = "console"
)

// CrossTenant reports whether the actor works without a tenant.
func (a Actor) CrossTenant() bool {
	return slices.Contains([]Actor{ActorHandshake, ActorSignIn, ActorPlatform, ActorSupport, ActorFiles}, a)
}

// may says which permissions an actor holds inside its tenant. Cross-tenant actors hold none: what they reach is decided
// by the column grants of their database role.
func (a Actor) may(p Permission) bool {
	switch a {
	case ActorStation:
		return slices.Contains([]Permission{StationRead, SessionRead, TokenRead, CommandRead}, p)
	case ActorMaintenance:
		return slices.Contains([]Permission{TenantRead, NetworkRead, StationRead, StationCommand, SessionRead, CommandRead}, p)
	case ActorConsole:
		return slices.Contains(Permissions(), p)
	default:
		return false
	}
}

func system(actor Actor, tenant uuid.UUID, name string) Viewer {
	return Viewer{Kind: KindSystem, Actor: actor, Tenant: tenant, Name: name}
}

// Handshake is the viewer that admits stations.
func Handshake() Viewer { return system(ActorHandshake, uuid.Nil, "station handshake") }

// SignIn is the viewer that recognises people and apps.
func SignIn() Viewer { return system(ActorSignIn, uuid.Nil, "sign-in") }

// Platform is the viewer that makes and lists tenants.
func Platform() Viewer { return system(ActorPlatform, uuid.Nil, "platform") }

// SupportDesk is the viewer that lists stations stuck in Pending across tenants, with the columns support needs.
func SupportDesk() Viewer { return system(ActorSupport, uuid.Nil, "support desk") }

// Files is the viewer that finds whose link a token for a file is.
func Files() Viewer { return system(ActorFiles, uuid.Nil, "file transfer") }

// Station is a station that reports about itself: it acts in its own tenant.
func Station(tenant uuid.UUID, identity string) Viewer {
	return system(ActorStation, tenant, "station "+identity)
}

// Maintenance is periodic work done for one tenant.
func Maintenance(tenant uuid.UUID) Viewer {
	return system(ActorMaintenance, tenant, "maintenance")
}

// Console is the server's operator at its command line: whoever may run the program next to its data may do everything a
// tenant's owner may, in the one tenant that the command names.
func Console(tenant uuid.UUID) Viewer {
	return system(ActorConsole, tenant, "console")
}
