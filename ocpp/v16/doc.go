// Package v16 owns the messages of OCPP 1.6: the core specification with all its profiles, and the security
// extension (edition 3 of the whitepaper).
//
//	frame.Parse ─▶ DecodeRequest(action, payload) ─▶ *BootNotificationRequest …, repairs
//	*BootNotificationResponse ─▶ Encode ─▶ payload ─▶ frame.AppendCallResult
//
//	our call:   *ResetRequest ─▶ Encode ─▶ frame.AppendCall
//	its answer: frame.Parse ─▶ DecodeResponse("Reset", payload) ─▶ *ResetResponse, repairs
//
// The types are generated (the *_gen.go files); package schema tells how Go fields stand for JSON members. What
// was received may hold values outside the schema: Repairs say where, and E.Known() asks an enum value.
// What Encode lets out never does.
//
// encoding/json works on these types too, for storing them; it does not validate.
package v16

//go:generate go run ../schema/generate -version 1.6 -schemas ../../node_modules/ocpp-rpc/lib/schemas/ocpp1_6.json
