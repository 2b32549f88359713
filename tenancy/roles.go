package tenancy

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	stringadapter "github.com/casbin/casbin/v2/persist/string-adapter"
)

// Role is what a person or an app is to a tenant.
type Role string

// The roles of a tenant.
const (
	Owner    Role = "OWNER"
	Admin    Role = "ADMIN"
	Operator Role = "OPERATOR"
	Finance  Role = "FINANCE"
	Reader   Role = "VIEWER"
)

// Roles lists every role, the most powerful first.
func Roles() []Role { return []Role{Owner, Admin, Operator, Finance, Reader} }

// ParseRole accepts a role's name in any case.
func ParseRole(name string) (Role, error) {
	role := Role(strings.ToUpper(name))
	if !slices.Contains(Roles(), role) {
		return "", fmt.Errorf("role %q does not exist: use one of owner, admin, operator, finance, viewer", name)
	}
	return role, nil
}

// May reports whether the role carries the permission.
func (r Role) May(p Permission) bool {
	allowed, err := enforcer().Enforce(string(r), string(p))
	return err == nil && allowed
}

// Outranks reports whether r may hand out or take away role other: nobody grants more than they hold.
func (r Role) Outranks(other Role) bool {
	return slices.Index(Roles(), r) <= slices.Index(Roles(), other)
}

// PlatformRole is what a member of the platform's own staff is.
type PlatformRole string

// The roles of the platform's staff. Neither opens a tenant's data by itself.
const (
	PlatformNone    PlatformRole = ""
	PlatformSupport PlatformRole = "SUPPORT"
	PlatformAdmin   PlatformRole = "PLATFORM_ADMIN"
)

var (
	//go:embed model.conf
	policyModel string
	//go:embed policy.csv
	policyRows string

	// enforcer caches decisions: role and permission alone make a small, closed set.
	enforcer = sync.OnceValue(func() *casbin.SyncedCachedEnforcer {
		m, err := model.NewModelFromString(policyModel)
		if err != nil {
			panic("tenancy: the embedded casbin model is broken: " + err.Error())
		}
		e, err := casbin.NewSyncedCachedEnforcer(m, stringadapter.NewAdapter(policyRows))
		if err != nil {
			panic("tenancy: the embedded casbin policy is broken: " + err.Error())
		}
		return e
	})
)

// Values lists the roles as text, for ent.
func (Role) Values() []string {
	names := make([]string, 0, len(Roles()))
	for _, r := range Roles() {
		names = append(names, string(r))
	}
	return names
}

// MarshalGQL writes the role as a GraphQL enum value.
func (r Role) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(string(r))) }

// UnmarshalGQL reads a GraphQL enum value.
func (r *Role) UnmarshalGQL(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("a role is an enum value, not %T", v)
	}
	role, err := ParseRole(text)
	if err != nil {
		return err
	}
	*r = role
	return nil
}
