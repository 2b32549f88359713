// Package frame owns the OCPP-J envelope: the JSON array around a payload (OCPP-J 1.6 §4, OCPP 2.0.1 and
// 2.1 Part 4 §4).
//
//	socket ─▶ Parse ─┬─ valid JSON ───────────────────▶ split.go: type, id, action, payload ─▶ Frame
//	                 └─ broken ─▶ mend.go rewrites it ─▶ the same, with Repairs
//
//	Frame.Action, Frame.Payload ─▶ v16 / v201 / v21 DecodeRequest ─▶ message, more Repairs
//	message ─▶ v16.Encode ─▶ AppendCall / AppendCallResult ─▶ socket
//	error ─▶ AppendCallError, with Code.Spell(version)
//
// Receiving is lenient and says so: whatever had to be mended or read otherwise than the standard has it is a
// Repair. A Frame's Payload is always valid JSON with unique names, at most MaxDepth deep, and no text of a Frame
// or its Repairs holds a NUL or invalid UTF-8: nothing behind Parse needs to fear them. The raw text, which can
// hold both, belongs into the message log as bytes.
//
// Parse fails only where no sense can be made of a frame. The error is an *Error; its ID is set when the
// message id could be read, and then a CALL deserves a CALLERROR with it:
//
//	f, err := frame.Parse(raw)
//	var fault *frame.Error
//	if errors.As(err, &fault) && fault.Answerable(version) {
//	    out = frame.AppendCallError(nil, fault.ID, fault.Code.Spell(version), fault.Description, nil)
//	}
//
// A CALL whose id can't be read has no answer in 1.6; 2.x answers with the id "-1" (OCPP 2.0.1 Part 4 §4.2.3).
package frame
