// Package repair reads payloads as real stations send them.
//
//	payload ─▶ Decode ─▶ strict read ─ ok ─────────────────────────────┬─▶ Check ─▶ message, repairs
//	                          │ refused                                │
//	                          ▼                                        │
//	           walk the payload along the Go type's shape (shape.go),  │
//	           convert, wrap, rename, drop, supply (walk.go, scalar.go)│
//	                          └─▶ rewritten payload ─▶ strict read ────┘
//
// The shape comes from the generated struct by reflection, once per type, so the repairer needs no
// table of its own; what can't be read off a struct (a value to supply for an absent member, a member
// that moved between versions) is the Policy of the version's package.
//
// Nothing a station sent is lost: a value that does not reach the message stands in Repair.Was, and the
// raw frame is in the message log.
package repair
