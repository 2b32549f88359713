package tenancy

import "strings"

// Permission is one thing that a role may do, as resource:verb.
type Permission string

// The permissions that the schema's @permission directive and the domain ask for.
const (
	TenantRead        Permission = "tenant:read"
	TenantWrite       Permission = "tenant:write"
	TenantClose       Permission = "tenant:close"
	NetworkRead       Permission = "network:read"
	NetworkWrite      Permission = "network:write"
	MemberRead        Permission = "member:read"
	MemberWrite       Permission = "member:write"
	APIKeyRead        Permission = "apikey:read"
	APIKeyWrite       Permission = "apikey:write"
	AuditRead         Permission = "audit:read"
	LocationRead      Permission = "location:read"
	LocationWrite     Permission = "location:write"
	StationRead       Permission = "station:read"
	StationWrite      Permission = "station:write"
	StationCredential Permission = "station:credential"
	StationCommand    Permission = "station:command"
	StationConfigure  Permission = "station:configure"
	StationRaw        Permission = "station:raw"
	SessionRead       Permission = "session:read"
	MessageRead       Permission = "message:read"
	AttemptRead       Permission = "attempt:read"
	CommandRead       Permission = "command:read"
	TokenRead         Permission = "token:read"
	TokenWrite        Permission = "token:write"
	TariffRead        Permission = "tariff:read"
	TariffWrite       Permission = "tariff:write"
	DriverRead        Permission = "driver:read"
	DriverWrite       Permission = "driver:write"
	WalletRead        Permission = "wallet:read"
	WalletWrite       Permission = "wallet:write"
	ChargeRead        Permission = "charge:read"
	ChargeWrite       Permission = "charge:write"
	PaymentRead       Permission = "payment:read"
	PaymentWrite      Permission = "payment:write"
	PaymentAccount    Permission = "payment:account"
	IssueRead         Permission = "issue:read"
	IssueWrite        Permission = "issue:write"
	CertificateRead   Permission = "certificate:read"
	CertificateWrite  Permission = "certificate:write"
	JobRead           Permission = "job:read"
	JobWrite          Permission = "job:write"
	SupportApprove    Permission = "support:approve"
)

// Permissions lists every permission there is.
func Permissions() []Permission {
	return []Permission{
		TenantRead, TenantWrite, TenantClose, NetworkRead, NetworkWrite, MemberRead, MemberWrite, APIKeyRead, APIKeyWrite,
		AuditRead, LocationRead, LocationWrite, StationRead, StationWrite, StationCredential, StationCommand,
		StationConfigure, StationRaw, SessionRead, MessageRead, AttemptRead, CommandRead, TokenRead, TokenWrite,
		TariffRead, TariffWrite, DriverRead, DriverWrite, WalletRead, WalletWrite, ChargeRead, ChargeWrite,
		PaymentRead, PaymentWrite, PaymentAccount, IssueRead, IssueWrite, CertificateRead, CertificateWrite, JobRead, JobWrite, SupportApprove,
	}
}

// matches reports whether an app's scope covers the permission: the same words, resource:*, or *.
func (p Permission) matches(scope string) bool {
	if scope == "*" || scope == string(p) {
		return true
	}
	resource, ok := strings.CutSuffix(scope, ":*")
	return ok && strings.HasPrefix(string(p), resource+":")
}
