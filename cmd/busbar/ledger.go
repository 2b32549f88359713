package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/tenancy"
)

// verified is what was found in a tenant's books. Head is the last hash of the chain: whoever keeps it elsewhere can tell whether the
// books were cut short.
type verified struct {
	Tenant       uuid.UUID `json:"tenantId"`
	Transactions int64     `json:"transactions"`
	Head         string    `json:"head"`
	Findings     []string  `json:"findings"`
}

// verifyLedger looks the books through, of one tenant or of all, and fails when something is wrong with them.
func verifyLedger(ctx context.Context, args []string, vars environment, stdout, stderr io.Writer) error {
	var slug string
	c, err := adminConfig("ledger verify", args, vars, stdout, func(define func(p *string, flag, value, help string)) {
		define(&slug, "tenant", "", "slug of the tenant; left out, every tenant")
	})
	if err != nil {
		return err
	}
	return withIdentity(ctx, c, stderr, func(base *foundation, people *identity.Service) error {
		tenants, err := people.Tenants(ctx)
		if slug != "" {
			tenants = make([]uuid.UUID, 1)
			tenants[0], err = people.TenantBySlug(ctx, slug)
		}
		if err != nil {
			return err
		}
		wrong := 0
		for _, tenant := range tenants {
			ctx := tenancy.NewContext(ctx, tenancy.Console(tenant))
			if _, err := ledger.Seal(ctx, base.db); err != nil {
				return fmt.Errorf("seal the books of tenant %s: %w", tenant, err)
			}
			report, err := ledger.Verify(ctx, base.db)
			if err != nil {
				return fmt.Errorf("verify the books of tenant %s: %w", tenant, err)
			}
			v := verified{Tenant: tenant, Transactions: report.Sealed, Head: hex.EncodeToString(report.Head), Findings: []string{}}
			for _, f := range report.Findings {
				v.Findings = append(v.Findings, f.What)
			}
			wrong += len(v.Findings)
			if err := print(stdout, v); err != nil {
				return err
			}
		}
		if wrong > 0 {
			return fmt.Errorf("%d things are wrong with the books; they are listed above", wrong)
		}
		return nil
	})
}
