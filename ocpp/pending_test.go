package ocpp

import (
	"encoding/json"
	"testing"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// A station that isn't accepted may send what it agreed to send, and nothing else (OCPP 2.0.1 B02.FR.09).
func TestPending_WhatAStationWasAskedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call    charging.Call
		answer  string
		allowed string
	}{
		"a trigger":             {charging.Call{Action: "TriggerMessage", Payload: json.RawMessage(`{"requestedMessage":"StatusNotification"}`)}, `{"status":"Accepted"}`, "StatusNotification"},
		"a trigger refused":     {charging.Call{Action: "TriggerMessage", Payload: json.RawMessage(`{"requestedMessage":"StatusNotification"}`)}, `{"status":"Rejected"}`, ""},
		"a trigger not had":     {charging.Call{Action: "TriggerMessage", Payload: json.RawMessage(`{"requestedMessage":"StatusNotification"}`)}, `{}`, ""},
		"a certificate request": {charging.Call{Action: "TriggerMessage", Payload: json.RawMessage(`{"requestedMessage":"SignV2GCertificate"}`)}, `{"status":"Accepted"}`, "SignCertificate"},
		"a report":              {charging.Call{Action: "GetBaseReport", Payload: json.RawMessage(`{}`)}, `{"status":"Accepted"}`, "NotifyReport"},
		"a report of some":      {charging.Call{Action: "GetReport", Payload: json.RawMessage(`{}`)}, `{"status":"Accepted"}`, "NotifyReport"},
		"settings":              {charging.Call{Action: "SetVariables", Payload: json.RawMessage(`{}`)}, `{"status":"Accepted"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := &conn{dialect: v2Dialect{is: schema.V201}, link: &charging.Link{}}
			conn.invite(c.call, json.RawMessage(c.answer))
			for _, action := range []string{"StatusNotification", "NotifyReport", "SignCertificate", "Heartbeat", "TransactionEvent"} {
				if conn.mayNotYet(action) != (action != c.allowed) {
					t.Errorf("%s is refused: %v", action, action == c.allowed)
				}
			}
			if conn.mayNotYet("BootNotification") {
				t.Error("a boot is refused")
			}
			conn.link.Accepted = true
			if conn.mayNotYet("Heartbeat") {
				t.Error("an accepted station is refused")
			}
		})
	}
	if (&conn{dialect: v16Dialect{}, link: &charging.Link{}}).mayNotYet("Heartbeat") {
		t.Error("a station of 1.6 is refused")
	}
}
