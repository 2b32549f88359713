package simulator

import (
	"strconv"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// tooMany refuses a message with more items than the station takes (OCPP 2.0.1 Part 2, B05.FR.11).
func (s *station2x) tooMany(key string, items int) error {
	most, _ := strconv.Atoi(s.config.value(key))
	if items <= most {
		return nil
	}
	return &schema.Error{
		Code: schema.OccurrenceConstraintViolation, Description: "This station takes " + strconv.Itoa(most) + " items in a message; send them in parts.",
	}
}

func getVariables(s *station2x, payload []byte) (schema.Message, func(), error) {
	r, _, err := v21.Decode[v21.GetVariablesRequest](payload)
	if err == nil {
		err = s.tooMany(keyItemsGet, len(r.GetVariableData))
	}
	if err != nil {
		return nil, nil, err
	}
	answer := &v21.GetVariablesResponse{}
	for i := range r.GetVariableData {
		answer.GetVariableResult = append(answer.GetVariableResult, s.getVariable(&r.GetVariableData[i]))
	}
	return answer, nil, nil
}

// getVariable reads one attribute (OCPP 2.0.1 Part 2, B06).
func (s *station2x) getVariable(d *v21.GetVariableData) v21.GetVariableResult {
	result := v21.GetVariableResult{AttributeType: d.AttributeType, Component: d.Component, Variable: d.Variable, AttributeStatus: v21.GetVariableStatusAccepted}
	v, known := s.model.find(&d.Component, &d.Variable)
	switch actual := d.AttributeType == "" || d.AttributeType == v21.AttributeTypeActual; {
	case !known:
		result.AttributeStatus = v21.GetVariableStatusUnknownComponent
	case v == nil:
		result.AttributeStatus = v21.GetVariableStatusUnknownVariable
	case !actual && (d.AttributeType != v21.AttributeTypeMaxSet || v.most == ""):
		result.AttributeStatus = v21.GetVariableStatusNotSupportedAttributeType
	case v.mutability == v21.MutabilityWriteOnly:
		result.AttributeStatus = v21.GetVariableStatusRejected
		result.AttributeStatusInfo = &v21.StatusInfo{ReasonCode: "WriteOnly"}
	case !actual:
		result.AttributeValue = v.most
	default:
		result.AttributeValue = v.value()
	}
	return result
}

func setVariables(s *station2x, payload []byte) (schema.Message, func(), error) {
	r, _, err := v21.Decode[v21.SetVariablesRequest](payload)
	if err == nil {
		err = s.tooMany(keyItemsSet, len(r.SetVariableData))
	}
	if err != nil {
		return nil, nil, err
	}
	answer := &v21.SetVariablesResponse{}
	var changed []*setting
	for i := range r.SetVariableData {
		result, k := s.setVariable(&r.SetVariableData[i])
		answer.SetVariableResult = append(answer.SetVariableResult, result)
		if k != nil && k.apply != nil {
			changed = append(changed, k)
		}
	}
	return answer, func() {
		for _, k := range changed {
			k.apply(s.Station)
		}
		s.observeAll()
	}, nil
}

// setVariable changes one attribute (OCPP 2.0.1 Part 2, B05).
func (s *station2x) setVariable(d *v21.SetVariableData) (v21.SetVariableResult, *setting) {
	result := v21.SetVariableResult{AttributeType: d.AttributeType, Component: d.Component, Variable: d.Variable, AttributeStatus: v21.SetVariableStatusAccepted}
	refuse := func(reason string) (v21.SetVariableResult, *setting) {
		result.AttributeStatus, result.AttributeStatusInfo = v21.SetVariableStatusRejected, &v21.StatusInfo{ReasonCode: reason}
		return result, nil
	}
	v, known := s.model.find(&d.Component, &d.Variable)
	switch {
	case !known:
		result.AttributeStatus = v21.SetVariableStatusUnknownComponent
		return result, nil
	case v == nil:
		result.AttributeStatus = v21.SetVariableStatusUnknownVariable
		return result, nil
	case d.AttributeType != "" && d.AttributeType != v21.AttributeTypeActual:
		result.AttributeStatus = v21.SetVariableStatusNotSupportedAttributeType
		return result, nil
	case v.mutability == v21.MutabilityReadOnly:
		return refuse("ReadOnly")
	case v.name == "BasicAuthPassword" && !isPassword(d.AttributeValue):
		return refuse("InvalidValue")
	case !v.accepts(d.AttributeValue) && v.name != "BasicAuthPassword":
		if v.min.Set && (v.kind == v21.DataTypeInteger || v.kind == v21.DataTypeDecimal) {
			return refuse("ValueOutOfRange")
		}
		return refuse("InvalidValue")
	}
	v.setting.value = d.AttributeValue
	if v.setting.reboot {
		result.AttributeStatus = v21.SetVariableStatusRebootRequired
		return result, nil
	}
	return result, v.setting
}

// getBaseReport reports the device model (OCPP 2.0.1 Part 2, B07).
func (s *station2x) getBaseReport(r *v21.GetBaseReportRequest) (*v21.GetBaseReportResponse, func()) {
	var which func(v *variable) bool
	switch r.ReportBase {
	case v21.ReportBaseFullInventory:
		which = func(*variable) bool { return true }
	case v21.ReportBaseConfigurationInventory:
		which = func(v *variable) bool { return v.mutability != v21.MutabilityReadOnly }
	case v21.ReportBaseSummaryInventory:
		which = func(v *variable) bool { return v.summary }
	default:
		return &v21.GetBaseReportResponse{Status: v21.GenericDeviceModelStatusNotSupported}, nil
	}
	return &v21.GetBaseReportResponse{Status: v21.GenericDeviceModelStatusAccepted}, func() { s.sendReport(r.RequestID, s.model.pick(which)) }
}

func (m *model) pick(which func(v *variable) bool) []v21.ReportData {
	var list []v21.ReportData
	for _, v := range m.list {
		if which(v) {
			list = append(list, v.data())
		}
	}
	return list
}

// getReport reports what is asked for (OCPP 2.0.1 Part 2, B08).
func (s *station2x) getReport(r *v21.GetReportRequest) (*v21.GetReportResponse, func()) {
	list := s.model.pick(func(v *variable) bool {
		return (len(r.ComponentVariable) == 0 || names(r.ComponentVariable, v)) && s.meets(r.ComponentCriteria, v)
	})
	if len(list) == 0 {
		return &v21.GetReportResponse{Status: v21.GenericDeviceModelStatusEmptyResultSet}, nil
	}
	return &v21.GetReportResponse{Status: v21.GenericDeviceModelStatusAccepted}, func() { s.sendReport(r.RequestID, list) }
}

// names reports whether a list names a variable. A component without EVSE, instance or variable means all of them.
func names(list []v21.ComponentVariable, v *variable) bool {
	for i := range list {
		wanted := &list[i]
		c := wanted.Component
		if c.EVSE == nil {
			c.EVSE = v.component.EVSE
		} else if !c.EVSE.ConnectorID.Set && v.component.EVSE != nil && c.EVSE.ID == v.component.EVSE.ID {
			c.EVSE = v.component.EVSE
		}
		if c.Instance == "" {
			c.Instance = v.component.Instance
		}
		if !sameComponent(&c, &v.component) {
			continue
		}
		if wanted.Variable == nil || wanted.Variable.Name == v.name && (wanted.Variable.Instance == "" || wanted.Variable.Instance == v.instance) {
			return true
		}
	}
	return false
}

// meets reports whether a variable's component meets one of the criteria; one without such a variable counts as available and
// enabled, but not as active or as a problem (B08.FR.08).
func (s *station2x) meets(criteria []v21.ComponentCriterion, v *variable) bool {
	if len(criteria) == 0 {
		return true
	}
	for _, criterion := range criteria {
		state, _ := s.model.find(&v.component, &v21.Variable{Name: string(criterion)})
		if state != nil && state.value() == "true" {
			return true
		}
		if state == nil && (criterion == v21.ComponentCriterionAvailable || criterion == v21.ComponentCriterionEnabled) {
			return true
		}
	}
	return false
}

// sendReport sends a report in parts (B07.FR.07 and following).
func (s *station2x) sendReport(id int64, list []v21.ReportData) {
	size, _ := strconv.Atoi(s.config.value(keyItemsReport))
	at := timeNow(s.Station)
	for seq, rest := int64(0), list; len(rest) > 0; seq++ {
		part := rest[:min(size, len(rest))]
		rest = rest[len(part):]
		s.notify("NotifyReport", &v21.NotifyReportRequest{
			RequestID: id, GeneratedAt: at, SeqNo: seq, Tbc: schema.Some(len(rest) > 0), ReportData: part,
		})
	}
}
