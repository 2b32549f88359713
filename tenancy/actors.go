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
	// ActorWebhooks finds whose payment account a provider's webhook names, before any tenant is known.
	ActorWebhooks Actor = "webhooks"
	// ActorSupport lists what is stuck in Pending across tenants.
	ActorSupport Actor = "support"
	// ActorStation is a station reporting about itself, inside its tenant.
	ActorStation Actor = "station"
	// ActorMaintenance is periodic work inside one tenant.
	ActorMaintenance Actor = "maintenance"
	// ActorBilling collects what sessions cost, and what is paid, inside one tenant.
	ActorBilling Actor = "billing"
	// ActorCertificates signs, delivers and renews the certificates of stations, and changes their security profiles, inside one tenant.
	ActorCertificates Actor = "certificates"
	// ActorConsole is the server's operator at its command line, inside one tenant.
	ActorConsole Actor = "console"
	// ActorDriver carries out what a driver may ask for, inside the driver's network.
	ActorDriver Actor = "driver"
	// ActorSignUp makes somebody a driver who proved their address, inside the network that lets them.
	ActorSignUp Actor = "driver sign-up"
)

// CrossTenant reports whether the actor works without a tenant.
func (a Actor) CrossTenant() bool {
	return slices.Contains([]Actor{ActorHandshake, ActorSignIn, ActorPlatform, ActorSupport, ActorFiles, ActorWebhooks}, a)
}

// may says which permissions an actor holds inside its tenant. Cross-tenant actors hold none: what they reach is decided
// by the column grants of their database role.
func (a Actor) may(p Permission) bool {
	switch a {
	case ActorStation:
		return slices.Contains([]Permission{StationRead, SessionRead, TokenRead, CommandRead}, p)
	case ActorMaintenance:
		return slices.Contains([]Permission{TenantRead, NetworkRead, StationRead, StationCommand, SessionRead, CommandRead}, p)
	case ActorBilling:
		return slices.Contains([]Permission{TenantRead, NetworkRead, StationRead, SessionRead, TariffRead, DriverRead, WalletRead, WalletWrite, ChargeRead, ChargeWrite,
			PaymentRead, PaymentWrite, IssueRead, IssueWrite}, p)
	case ActorCertificates:
		return slices.Contains([]Permission{TenantRead, NetworkRead, StationRead, StationCommand, StationConfigure, StationCredential, CommandRead, CertificateRead, CertificateWrite, IssueWrite}, p)
	case ActorDriver:
		return slices.Contains([]Permission{NetworkRead, LocationRead, StationRead, StationCommand, SessionRead, CommandRead, TokenRead, TariffRead}, p)
	case ActorSignUp:
		return slices.Contains([]Permission{NetworkRead, DriverWrite}, p)
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

// Webhooks is the viewer that finds whose a payment account is.
func Webhooks() Viewer { return system(ActorWebhooks, uuid.Nil, "webhooks") }

// Station is a station that reports about itself: it acts in its own tenant.
func Station(tenant uuid.UUID, identity string) Viewer {
	return system(ActorStation, tenant, "station "+identity)
}

// Maintenance is periodic work done for one tenant.
func Maintenance(tenant uuid.UUID) Viewer {
	return system(ActorMaintenance, tenant, "maintenance")
}

// Billing collects for one tenant what sessions cost and what is paid.
func Billing(tenant uuid.UUID) Viewer {
	return system(ActorBilling, tenant, "billing")
}

// Certificates signs and renews for one tenant what its stations connect with.
func Certificates(tenant uuid.UUID) Viewer {
	return system(ActorCertificates, tenant, "certificates")
}

// Console is the server's operator at its command line: whoever may run the program next to its data may do everything a
// tenant's owner may, in the one tenant that the command names.
func Console(tenant uuid.UUID) Viewer {
	return system(ActorConsole, tenant, "console")
}

// Driver is somebody who charges, in their network.
func Driver(tenant, network, driver uuid.UUID, name string) Viewer {
	return Viewer{Kind: KindDriver, Tenant: tenant, Narrowed: network, ID: driver, Name: name}
}

// OnBehalfOf carries out what a driver asked for, after it was looked at as the driver: it is as narrow as the driver's network, and
// holds what it takes to start and stop charging there.
func OnBehalfOf(driver Viewer) Viewer {
	v := system(ActorDriver, driver.Tenant, "driver "+driver.Name)
	v.Narrowed, v.Remote, v.RequestID = driver.Narrowed, driver.Remote, driver.RequestID
	return v
}

// SignUp makes drivers in one network.
func SignUp(tenant, network uuid.UUID) Viewer {
	v := system(ActorSignUp, tenant, "driver sign-up")
	v.Narrowed = network
	return v
}
