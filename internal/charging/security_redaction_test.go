package charging_test

import (
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/internal/charging"
)

// Whatever shape a message gives a password, it isn't kept; and what is none stays as it came.
func TestRedacted_StrikesOutPasswordsInEveryShape(t *testing.T) {
	t.Parallel()
	const password = "0123456789abcdef"
	for name, text := range map[string]string{
		"a key of 1.6":             `{"key":"AuthorizationKey","value":"0123456789abcdef"}`,
		"a maker's key":            `{"key":"Acme_authorizationkey","value":"0123456789abcdef"}`,
		"several calls":            `[{"key":"CpoName","value":"Demo"},{"key":"AuthorizationKey","value":"0123456789abcdef"}]`,
		"a station's answer":       `{"configurationKey":[{"key":"AuthorizationKey","readonly":false,"value":"0123456789abcdef"}]}`,
		"a variable of 2.x":        `{"setVariableData":[{"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"},"attributeValue":"0123456789abcdef"}]}`,
		"a report":                 `{"reportData":[{"variable":{"name":"BasicAuthPassword"},"variableAttribute":[{"value":"0123456789abcdef"}]}]}`,
		"a network profile of 2.1": `{"connectionData":{"ocppCsmsUrl":"wss://x","basicAuthPassword":"0123456789abcdef"}}`,
		"a result":                 `[{"variable":"BasicAuthPassword","status":"Accepted","value":"0123456789abcdef"}]`,
		"a frame":                  `[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"0123456789abcdef"}]`,
	} {
		if got := string(charging.Redacted([]byte(text))); strings.Contains(got, password) || !strings.Contains(got, "(secret)") {
			t.Errorf("of %s is kept %s", name, got)
		}
	}
	for _, text := range []string{`{"key":"HeartbeatInterval","value":"0123456789abcdef"}`, `{"key":["AuthorizationKey"]}`, `no JSON: AuthorizationKey`} {
		if got := string(charging.Redacted([]byte(text))); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
}
