package ocpp

import (
	"encoding/json"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// prepareMessage writes a call that comes in the words of OCPP 2.x. It must be one that the station's version allows.
func prepareMessage(d dialect, o charging.MessageOrder) (charging.Call, error) {
	action, ok := d.actions()[o.Action]
	if !ok || d.version() == schema.V16 {
		return charging.Call{}, fault.New(fault.Invalid, "OCPP %s has no such command (%s).", d.version(), o.Action)
	}
	payload, err := json.Marshal(o.Payload)
	if err != nil {
		return charging.Call{}, fault.New(fault.Invalid, "%s can't be written: %v.", o.Action, err)
	}
	message := action.NewRequest()
	if err := schema.Unmarshal(payload, message); err != nil {
		return charging.Call{}, fault.New(fault.Invalid, "OCPP %s doesn't allow this: %v.", d.version(), err)
	}
	if violations := schema.Validate(message); len(violations) > 0 {
		return charging.Call{}, fault.In(violations[0].Path, "OCPP %s doesn't allow this: %s.", d.version(), violations[0])
	}
	return charging.Call{MessageID: frame.NewID(), Action: o.Action, Payload: message.AppendJSON(nil)}, nil
}

// messageResult is what is common to answers of OCPP 2.x: a status, or a list of them.
type messageResult struct {
	Status     string      `json:"status"`
	StatusInfo *statusInfo `json:"statusInfo"`
}

type statusInfo struct {
	ReasonCode     string `json:"reasonCode"`
	AdditionalInfo string `json:"additionalInfo"`
}

func (i *statusInfo) text() string {
	if i == nil {
		return ""
	}
	if i.AdditionalInfo == "" {
		return i.ReasonCode
	}
	return i.ReasonCode + ": " + i.AdditionalInfo
}

// interpretMessage says what the answer to such a call means. What it tells beside its status is the result.
func interpretMessage(action string, payload []byte) (charging.Outcome, error) {
	var answer struct {
		messageResult
		SetMonitoringResult   []monitoringResult2 `json:"setMonitoringResult"`
		ClearMonitoringResult []monitoringResult2 `json:"clearMonitoringResult"`
		ClearTariffsResult    []messageResult     `json:"clearTariffsResult"`
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		return charging.Outcome{}, err
	}
	var o charging.Outcome
	switch {
	case answer.SetMonitoringResult != nil:
		return monitorOutcome(answer.SetMonitoringResult), nil
	case answer.ClearMonitoringResult != nil:
		return monitorOutcome(answer.ClearMonitoringResult), nil
	case answer.ClearTariffsResult != nil:
		o.Accepted = true
		for _, r := range answer.ClearTariffsResult {
			if r.Status != "Accepted" {
				o.Accepted = false
				o.Reason = "The station answered " + r.Status + ". " + r.StatusInfo.text()
			}
		}
	case answer.Status == "EmptyResultSet" || answer.Status != "" && answer.Status == nothing2[action]:
		o.Accepted, o.Empty = true, true
	default:
		o = interpretRaw(payload)
		if info := answer.StatusInfo.text(); info != "" && !o.Accepted {
			o.Reason += " " + info + "."
		}
	}
	o.Results = []any{charging.Single{Value: json.RawMessage(payload)}}
	return o, nil
}

// nothing2 is what stations answer who have nothing of what they are asked to report, where it isn't EmptyResultSet.
var nothing2 = map[string]string{"GetChargingProfiles": "NoProfiles", "GetDERControl": "NotFound", "GetDisplayMessages": "Unknown"}

type monitoringResult2 struct {
	ID         *int        `json:"id"`
	Status     string      `json:"status"`
	StatusInfo *statusInfo `json:"statusInfo"`
	Type       string      `json:"type"`
	Severity   int         `json:"severity"`
	Component  struct {
		Name string `json:"name"`
	} `json:"component"`
	Variable struct {
		Name string `json:"name"`
	} `json:"variable"`
}

// monitorOutcome is the outcome of a call about monitors, each of which is accepted or refused by itself.
func monitorOutcome(results []monitoringResult2) charging.Outcome {
	o := charging.Outcome{Accepted: true}
	for _, r := range results {
		if r.Status != "Accepted" {
			o.Accepted = false
			o.Reason += r.Component.Name + "." + r.Variable.Name + ": " + r.Status + ". "
		}
		o.Results = append(o.Results, charging.MonitorResult{
			ID: r.ID, Status: r.Status, Info: r.StatusInfo.text(), Type: r.Type, Component: r.Component.Name, Variable: r.Variable.Name, Severity: r.Severity,
		})
	}
	return o
}
