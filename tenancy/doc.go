// Package tenancy says who is acting and what they may do.
//
// A Viewer travels in the context of everything that touches data. It names the tenant, the networks it is confined to
// and the roles it holds there. Nothing below this package reads the database; what a viewer may see is enforced further
// down, by ent's privacy layer and by Postgres row-level security, both of which take their filter from the viewer.
//
//	HTTP header or cookie ─┐
//	station handshake     ─┼─> Viewer ─> context ─> ent privacy ─> set_config('busbar.tenant', …) ─> row-level security
//	job arguments         ─┘
//
// Roles map to permissions in a casbin policy that ships with the binary. Memberships stay in Postgres and arrive with the
// viewer, so that a check costs no query.
package tenancy
