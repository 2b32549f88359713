// Package v201 owns the messages of OCPP 2.0.1.
//
//	frame.Parse ─▶ DecodeRequest(action, payload) ─▶ *TransactionEventRequest …, repairs
//	*TransactionEventResponse ─▶ Encode ─▶ payload ─▶ frame.AppendCallResult
//
//	our call:   *SetVariablesRequest ─▶ Encode ─▶ frame.AppendCall
//	its answer: frame.Parse ─▶ DecodeResponse("SetVariables", payload) ─▶ *SetVariablesResponse, repairs
//
// The types are generated (the *_gen.go files); package schema tells how Go fields stand for JSON members. What
// was received may hold values outside the schema: Repairs say where, and E.Known() asks an enum value.
// What Encode lets out never does. Members that the schema gives a default value are left as sent:
// SampledValue.Measurand "" is Energy.Active.Import.Register, and so on.
//
// encoding/json works on these types too, for storing them; it does not validate.
package v201

//go:generate go run ../schema/generate -version 2.0.1 -schemas ../../node_modules/ocpp-rpc/lib/schemas/ocpp2_0_1.json
