package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent/network"
	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/tenancy"
)

// migrate applies the migrations and exits.
func migrate(ctx context.Context, args []string, vars environment, stdout, stderr io.Writer) error {
	c, err := adminConfig("migrate", args, vars, stdout, nil)
	if err != nil {
		return err
	}
	base, err := lay(ctx, c, newLogger(c, stderr), true)
	if err != nil {
		return err
	}
	base.close()
	return nil
}

// adminConfig reads the configuration of a command that works beside a server.
func adminConfig(name string, args []string, vars environment, stdout io.Writer, more func(define func(p *string, flag, value, help string))) (*config, error) {
	c := &config{}
	if err := c.read(vars); err != nil {
		return nil, err
	}
	f := flags(name)
	f.StringVar(&c.DataDir, "data-dir", c.DataDir, "where the embedded Postgres and the generated key live")
	if more != nil {
		more(f.StringVar)
	}
	if err := parse(f, args, stdout); err != nil {
		return nil, err
	}
	return c, c.check()
}

// withIdentity runs something against the people and apps of the database.
func withIdentity(ctx context.Context, c *config, stderr io.Writer, do func(base *foundation, people *identity.Service) error) error {
	base, err := lay(ctx, c, newLogger(c, stderr), true)
	if err != nil {
		return err
	}
	defer base.close()
	return do(base, identity.New(base.db, base.bus, base.logger, identity.Config{PublicURL: c.PublicURL, Secret: derive(c.secret, "identity")}))
}

// createTenant makes a tenant with its first network and its owner.
func createTenant(ctx context.Context, args []string, vars environment, stdout, stderr io.Writer) error {
	var t identity.NewTenant
	c, err := adminConfig("tenant create", args, vars, stdout, func(define func(p *string, flag, value, help string)) {
		define(&t.Slug, "slug", "", "short name, as it stands in stations' URLs")
		define(&t.Name, "name", "", "name of the operator")
		define(&t.Currency, "currency", "EUR", "ISO 4217 code")
		define(&t.Timezone, "timezone", "Europe/Berlin", "IANA name")
		define(&t.OwnerEmail, "owner-email", "", "e-mail address of the owner")
		define(&t.OwnerName, "owner-name", "", "name of the owner")
		define(&t.OwnerPassword, "owner-password", "", "password of the owner")
	})
	if err != nil {
		return err
	}
	for flag, value := range map[string]string{"slug": t.Slug, "name": t.Name, "owner-email": t.OwnerEmail, "owner-password": t.OwnerPassword} {
		if value == "" {
			return usage("tenant create: --%s is missing", flag)
		}
	}
	return withIdentity(ctx, c, stderr, func(_ *foundation, people *identity.Service) error {
		tenant, first, err := people.CreateTenant(ctx, t)
		if err != nil {
			return err
		}
		return print(stdout, map[string]any{"tenantId": tenant, "networkId": first, "slug": t.Slug})
	})
}

// createAPIKey makes a key for an app.
func createAPIKey(ctx context.Context, args []string, vars environment, stdout, stderr io.Writer) error {
	var tenantSlug, networkSlug, roleName, name string
	c, err := adminConfig("apikey create", args, vars, stdout, func(define func(p *string, flag, value, help string)) {
		define(&tenantSlug, "tenant", "", "slug of the tenant")
		define(&networkSlug, "network", "", "slug of the network to bind the key to")
		define(&roleName, "role", "admin", "owner, admin, operator, finance or viewer")
		define(&name, "name", "command line", "what the key is for")
	})
	if err != nil {
		return err
	}
	if tenantSlug == "" {
		return usage("apikey create: --tenant is missing")
	}
	role, err := tenancy.ParseRole(roleName)
	if err != nil {
		return usage("apikey create: --role: %s", err)
	}
	return withIdentity(ctx, c, stderr, func(base *foundation, people *identity.Service) error {
		tenant, err := people.TenantBySlug(ctx, tenantSlug)
		if err != nil {
			return err
		}
		ctx := tenancy.NewContext(ctx, tenancy.Console(tenant))
		spec := identity.KeySpec{Name: name, Role: role}
		if networkSlug != "" {
			if spec.Network, err = networkBySlug(ctx, base, networkSlug); err != nil {
				return err
			}
		}
		made, key, err := people.CreateAPIKey(ctx, spec)
		if err != nil {
			return err
		}
		return print(stdout, map[string]any{"id": made.ID, "key": key})
	})
}

func networkBySlug(ctx context.Context, base *foundation, slug string) (uuid.UUID, error) {
	id, err := base.db.Ent().Network.Query().Where(network.Slug(slug)).OnlyID(ctx)
	if err != nil {
		return uuid.Nil, fmt.Errorf("find the network %q: %w", slug, err)
	}
	return id, nil
}

func print(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	_, err = fmt.Fprintln(w, string(text))
	return err
}
