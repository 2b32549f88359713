package main

import (
	"fmt"
	"strings"
	"unicode"
)

// initialisms are written in capitals, as Go does.
var initialisms = map[string]string{
	"ac": "AC", "apn": "APN", "csr": "CSR", "crl": "CRL", "dc": "DC", "der": "DER", "ev": "EV", "evse": "EVSE", "iccid": "ICCID",
	"id": "ID", "ids": "IDs", "imsi": "IMSI", "iso": "ISO", "iso15118": "ISO15118", "ocpp": "OCPP", "ocsp": "OCSP", "pf": "PF", "rpm": "RPM",
	"uri": "URI", "url": "URL", "vat": "VAT", "vpn": "VPN",
}

// exported makes a Go name of a JSON member, an action or an enum value.
func exported(name string) string {
	var b strings.Builder
	for _, word := range words(name) {
		if upper, ok := initialisms[strings.ToLower(word)]; ok {
			b.WriteString(upper)
			continue
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// words splits at punctuation and where a capital starts a word: chargingProfileId, APNType, L1-N.
func words(name string) []string {
	var out []string
	start := 0
	runes := []rune(name)
	flush := func(end int) {
		if end > start {
			out = append(out, string(runes[start:end]))
		}
		start = end
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush(i)
			start = i + 1
		case i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(runes[i-1]):
			flush(i)
		case i > 0 && i+1 < len(runes) && unicode.IsUpper(r) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]):
			flush(i)
		}
	}
	flush(len(runes))
	return out
}

// definitionNames holds what the rule in typeName would name badly.
var definitionNames = map[string]string{
	"AttributeEnumType":         "AttributeType",
	"CertificateStatusEnumType": "CertificateStatusValue",
	"ConnectorEnumType":         "ConnectorType",
	"CostDimensionEnumType":     "CostDimensionType",
	"DataEnumType":              "DataType",
	"DERControlEnumType":        "DERControlType",
	"DERUnitEnumType":           "DERUnit",
	"IdTokenEnumType":           "IDTokenType",
	"LogEnumType":               "LogType",
	"MonitorEnumType":           "MonitorType",
	"ResetEnumType":             "ResetType",
	"TransactionEventEnumType":  "TransactionEventType",
	"UpdateEnumType":            "UpdateType",
	"VPNEnumType":               "VPNType",
}

// typeName names an enum or object. The schemas of 2.x define them all by name; those of 1.6 write
// the core profile's inline, so names16.go knows them by the member that holds them.
func (s *scope) typeName(definition, member, path string, isEnum bool) (string, error) {
	if s.model.flavour.definitionNames[definition] != "" {
		return s.model.flavour.definitionNames[definition], nil
	}
	if definition != "" {
		if name, ok := definitionNames[definition]; ok {
			return name, nil
		}
		name := strings.TrimSuffix(strings.TrimSuffix(definition, "Type"), "Enum")
		return exported(name), nil
	}
	names := s.model.flavour.inlineNames
	for _, key := range []string{s.message + path, member} {
		if name, ok := names[key]; ok {
			return name, nil
		}
	}
	kind := "object"
	if isEnum {
		kind = "enum"
	}
	return "", fmt.Errorf("the inline %s at %s%s has no name; add one to names16.go", kind, s.message, path)
}

// constant names an enum value.
func constant(e *enumType, value string) string { return e.name + exported(value) }
