// Package graph owns the public interface: the GraphQL schema, resolvers that call the domain once, live subscriptions, and the
// limits that keep one caller from taking everything.
//
//	POST /graphql ─────────┐                      ┌─ limits (depth, complexity, page size, tokens)
//	                       ├─> caller ─> viewer ──┼─ @permission, @authenticated
//	graphql-transport-ws ──┘                      └─ resolver ─> domain or ent, both bound to the viewer
//
//	bus ─> event with ids ─> the viewer's networks ─> fetched again through the same walls ─> subscriber
//
// The schema in *.graphqls is written by hand except for ent.graphqls; gqlgen makes what ties the two together.
package graph

import (
	"log/slog"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/receipts"
	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/deadjobs"
	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/internal/pki/endpoint"
	"github.com/busbar-ev/busbar/internal/plugandcharge"
)

// Resolver holds what resolvers stand on.
type Resolver struct {
	DB       *db.DB
	Bus      bus.Bus
	Charging *charging.Service
	Pricing  *pricing.Service
	Charges  *charges.Service
	Payments *payments.Service
	Receipts *receipts.Service
	DeadJobs *deadjobs.Service
	Issues   *issues.Service
	Drivers  *drivers.Service
	Identity *identity.Service
	// Authorities sign for stations; nil where nobody does.
	Authorities *authority.Service
	// PlugAndCharge asks who hands out contracts.
	PlugAndCharge *plugandcharge.Service
	// TLS says how stations reach this server over TLS; nil where they don't.
	TLS    func() endpoint.Info
	Logger *slog.Logger
	// Commands is the inner way to commands; nil makes it.
	Commands *Commands
}

func (r *Resolver) ent() *ent.Client { return r.DB.Ent() }
