// Package vocabulary holds the value types that several schemas share and that GraphQL shows as they are.
package vocabulary

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// ConnectorStatus is the union of what OCPP 1.6 and 2.x report of a connector, each as it says it.
type ConnectorStatus string

// The connector statuses (OCPP 1.6 §7.7, OCPP 2.0.1 Part 2 §3.22).
const (
	Available     ConnectorStatus = "AVAILABLE"
	Preparing     ConnectorStatus = "PREPARING"
	Charging      ConnectorStatus = "CHARGING"
	SuspendedEV   ConnectorStatus = "SUSPENDED_EV"
	SuspendedEVSE ConnectorStatus = "SUSPENDED_EVSE"
	Finishing     ConnectorStatus = "FINISHING"
	Reserved      ConnectorStatus = "RESERVED"
	Unavailable   ConnectorStatus = "UNAVAILABLE"
	Faulted       ConnectorStatus = "FAULTED"
	Occupied      ConnectorStatus = "OCCUPIED"
)

// Values lists every status, for ent.
func (ConnectorStatus) Values() []string {
	return []string{
		string(Available), string(Preparing), string(Charging), string(SuspendedEV), string(SuspendedEVSE), string(Finishing),
		string(Reserved), string(Unavailable), string(Faulted), string(Occupied),
	}
}

// MarshalGQL writes the status as a GraphQL enum value.
func (s ConnectorStatus) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(string(s))) }

// UnmarshalGQL reads a GraphQL enum value.
func (s *ConnectorStatus) UnmarshalGQL(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("a connector status is an enum value, not %T", v)
	}
	for _, known := range s.Values() {
		if known == text {
			*s = ConnectorStatus(text)
			return nil
		}
	}
	return fmt.Errorf("%q is not a connector status", text)
}

// JSON is a JSON text that GraphQL shows as the value it is, not as a string of it.
type JSON string

// Value hands the text to the database as it is.
func (j JSON) Value() (driver.Value, error) { return string(j), nil }

// MarshalGQL writes the JSON as it is; a text that is not JSON is shown as a string.
func (j JSON) MarshalGQL(w io.Writer) {
	switch {
	case j == "":
		_, _ = io.WriteString(w, "null")
	case json.Valid([]byte(j)):
		_, _ = io.WriteString(w, string(j))
	default:
		quoted, _ := json.Marshal(string(j))
		_, _ = w.Write(quoted)
	}
}

// UnmarshalGQL takes any GraphQL input value and keeps it as JSON.
func (j *JSON) UnmarshalGQL(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("read JSON: %w", err)
	}
	*j = JSON(text)
	return nil
}
