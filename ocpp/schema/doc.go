// Package schema is the run-time half of the generated OCPP message types: the few value types
// their fields are made of, and the functions their generated methods call.
//
//	OCA JSON schema ──(schema/generate)──▶ v16, v201, v21: struct, UnmarshalJSONFrom, AppendJSON, Check
//	                                             │ every line of them calls into
//	                                             ▼
//	                  read.go (tokens → fields)  append.go (fields → bytes)  check.go (constraints)
//
//	payload ─▶ repair.Decode ─┬─ Unmarshal: one strict pass over the tokens ──▶ message, no repairs
//	                          └─ refused ─▶ the payload is rewritten ─▶ Unmarshal again ─▶ message + repairs
//
// Reading and checking are two steps. Reading demands the right JSON types, known members and
// required members; anything else it hands to the repairer. Checking (lengths, enums, ranges, formats)
// never loses a value that a station sent: on receive a Violation becomes a Repair and the value
// stays as sent; on send it is an error.
//
// How Go fields stand for JSON members:
//
//	required string, enum, integer, number, boolean   string, E, int64, float64, bool; always sent
//	optional string, enum                             string, E; "" is absent
//	optional integer, number, boolean                 Opt[int64], Opt[float64], Opt[bool]; no allocation
//	object                                            T when required, *T when optional
//	array                                             []T; nil is absent, empty but not nil is sent as []
//	date-time                                         Time; the zero Time is absent
//	any JSON                                          Raw; nil is absent
package schema
