package charging

import (
	"encoding/json"
	"slices"
	"strings"
)

// flagList is the list of flags of a session, each once.
type flagList []string

func (f *flagList) add(flag string) {
	if !f.has(flag) {
		*f = append(*f, flag)
	}
}

func (f flagList) without(flag string) flagList {
	return slices.DeleteFunc(f, func(other string) bool { return other == flag })
}

func (f flagList) has(flag string) bool { return slices.Contains(f, flag) }

// json is the list for the database; no flags are null.
func (f flagList) json() []byte {
	if len(f) == 0 {
		return nil
	}
	text, _ := json.Marshal(f) // a list of strings always marshals
	return text
}

// sameTag compares idTags as CiStrings (OCPP 1.6 §7.28).
func sameTag(a, b string) bool { return strings.EqualFold(a, b) }

// sameGroup reports whether two tokens belong to one group, whose members may end each other's sessions (OCPP 1.6 §4.10).
func sameGroup(a, b string) bool { return a != "" && strings.EqualFold(a, b) }
