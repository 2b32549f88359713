// Package v21 owns the messages of OCPP 2.1.
//
//	frame.Parse ─▶ DecodeRequest(action, payload) ─▶ *TransactionEventRequest …, repairs
//	*TransactionEventResponse ─▶ Encode ─▶ payload ─▶ frame.AppendCallResult
//
//	our call:   *SetDefaultTariffRequest ─▶ Encode ─▶ frame.AppendCall
//	its answer: frame.Parse ─▶ DecodeResponse("SetDefaultTariff", payload) ─▶ *SetDefaultTariffResponse, repairs
//
// The types are generated (the *_gen.go files); package schema tells how Go fields stand for JSON members. What
// was received may hold values outside the schema: Repairs say where, and E.Known() asks an enum value.
// What Encode lets out never does. Members that the schema gives a default value are left as sent.
//
// NotifyPeriodicEventStream is the one message sent with SEND; it has no response.
// Several enumerations of 2.0.1 are plain texts here, because 2.1 lets standards outside OCPP extend them.
//
// encoding/json works on these types too, for storing them; it does not validate.
package v21

//go:generate go run ../schema/generate -version 2.1 -schemas ../../node_modules/ocpp-rpc/lib/schemas/ocpp2_1.json
