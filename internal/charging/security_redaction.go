package charging

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Passwords of stations are on their way to them in clear, and are kept nowhere so: not in commands, the audit log, the message log or what is
// known of a station's variables.

// redacted stands where a secret was.
const redacted = "(secret)"

// secretNames are the settings and fields that hold passwords, in lower case.
var secretNames = []string{"authorizationkey", "basicauthpassword"}

// isSecret reports whether a setting holds a password; makers put names of their own before it.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	for _, secret := range secretNames {
		if strings.HasSuffix(name, secret) {
			return true
		}
	}
	return false
}

// Redacted is a payload as it may be kept: with the values of passwords struck out. A payload without any is given back as it is.
func Redacted(payload []byte) []byte {
	lower := bytes.ToLower(payload)
	if !bytes.Contains(lower, []byte(secretNames[0])) && !bytes.Contains(lower, []byte(secretNames[1])) {
		return payload
	}
	var content any
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	if d.Decode(&content) != nil {
		return payload
	}
	if !strike(content) {
		return payload
	}
	text, err := json.Marshal(content)
	if err != nil {
		return payload
	}
	return text
}

// strike replaces what is secret in a value, and reports whether there was anything.
func strike(value any) (struck bool) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			struck = strike(item) || struck
		}
	case map[string]any:
		secret := names(v["key"]) || names(v["variable"])
		for name, field := range v {
			switch {
			case isSecret(name), secret && (name == "value" || name == "attributeValue"):
				if text, ok := field.(string); ok && text != "" {
					v[name], struck = redacted, true
				}
			case secret && name == "variableAttribute":
				list, _ := field.([]any)
				for _, item := range list {
					if attribute, ok := item.(map[string]any); ok && attribute["value"] != nil {
						attribute["value"], struck = redacted, true
					}
				}
			default:
				struck = strike(field) || struck
			}
		}
	}
	return struck
}

// names reports whether a field names a secret: by itself, or as a variable of OCPP 2.x does.
func names(field any) bool {
	switch v := field.(type) {
	case string:
		return isSecret(v)
	case map[string]any:
		name, _ := v["name"].(string)
		return isSecret(name)
	}
	return false
}
