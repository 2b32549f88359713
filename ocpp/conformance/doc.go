// Package conformance owns the tests that follow the certification cases of OCPP, each named after its case. It holds no code
// of the product.
//
//	test ─> testdata/station.mjs (a station written with a library that isn't ours, strict in both directions)
//	     ─> socket ─> the endpoint, the domain and the database of internal/worldtest
//	     ─> the same methods of the domain that GraphQL calls ─> command ─> socket ─> station ─> test
//
// A case is passed when what goes over the wire is what the case asks for, and when the domain shows the effect. The table of
// all cases is docs/conformance.md; TestTable keeps it and the tests in step.
package conformance
