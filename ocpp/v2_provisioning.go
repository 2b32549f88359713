package ocpp

import (
	"strings"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Provisioning (OCPP 2.0.1 Part 2, functional block B): what a station is, and its variables.

// bootNotification2 records what a station is, and tells it the time (B01).
func bootNotification2(x *exchange, r *v21.BootNotificationRequest) (schema.Message, error) {
	s := &r.ChargingStation
	report := charging.BootReport{
		Vendor: s.VendorName, Model: s.Model, SerialNumber: s.SerialNumber, FirmwareVersion: s.FirmwareVersion, ReceivedAt: x.at,
	}
	if s.Modem != nil {
		report.ICCID, report.IMSI = s.Modem.ICCID, s.Modem.IMSI
	}
	_, err := x.c.link.Boot(x.c.ctx, report, inTransaction(x, func(a charging.BootAnswer) schema.Message {
		return &v21.BootNotificationResponse{
			Status: v21.RegistrationStatus(a.Status), CurrentTime: schema.At(a.At), Interval: int64(a.Interval.Seconds()),
		}
	}))
	x.after = x.c.afterBoot
	return nil, err
}

// heartbeat2 tells the time (G02).
func heartbeat2(x *exchange, _ *v21.HeartbeatRequest) (schema.Message, error) {
	return &v21.HeartbeatResponse{CurrentTime: schema.At(x.at)}, nil
}

// notifyReport2 keeps a part of a report of variables (B07, B08).
func notifyReport2(x *exchange, r *v21.NotifyReportRequest) (schema.Message, error) {
	var variables []charging.Variable
	for i := range r.ReportData {
		variables = append(variables, reported2(&r.ReportData[i])...)
	}
	part := charging.ReportPart{RequestID: r.RequestID, SeqNo: r.SeqNo, More: r.Tbc.Value, ReceivedAt: x.at}
	err := x.c.link.ReportVariables(x.c.ctx, part, variables, inTransaction(x, func(struct{}) schema.Message { return &v21.NotifyReportResponse{} }))
	return nil, err
}

var dataTypes2 = map[v21.DataType]string{
	v21.DataTypeString: "STRING", v21.DataTypeDecimal: "DECIMAL", v21.DataTypeInteger: "INTEGER", v21.DataTypeDateTime: "DATE_TIME",
	v21.DataTypeBoolean: "BOOLEAN", v21.DataTypeOptionList: "OPTION_LIST", v21.DataTypeSequenceList: "SEQUENCE_LIST", v21.DataTypeMemberList: "MEMBER_LIST",
}

var mutabilities2 = map[v21.Mutability]charging.Mutability{
	v21.MutabilityReadOnly: charging.ReadOnly, v21.MutabilityWriteOnly: charging.WriteOnly, v21.MutabilityReadWrite: charging.ReadWrite,
}

// reported2 are the attributes of a reported variable, each with the characteristics of all.
func reported2(d *v21.ReportData) []charging.Variable {
	list := make([]charging.Variable, 0, len(d.VariableAttribute))
	for i := range d.VariableAttribute {
		a := &d.VariableAttribute[i]
		v := charging.Variable{
			VariableKey: key2(&d.Component, &d.Variable, a.Type), Value: a.Value, Mutability: mutabilities2[a.Mutability], Persistent: a.Persistent.Value,
			Constant: a.Constant.Value, Reported: true,
		}
		if c := d.VariableCharacteristics; c != nil {
			v.Type, v.Unit, v.SupportsMonitoring = dataTypes2[c.DataType], c.Unit, c.SupportsMonitoring
			v.Min, v.Max = number2(c.MinLimit), number2(c.MaxLimit)
			if c.ValuesList != "" {
				v.Values = strings.Split(c.ValuesList, ",")
			}
		}
		list = append(list, v)
	}
	return list
}

func number2(n schema.Opt[float64]) *float64 {
	if !n.Set {
		return nil
	}
	return &n.Value
}

func key2(c *v21.Component, v *v21.Variable, attribute v21.AttributeType) charging.VariableKey {
	k := charging.VariableKey{Component: c.Name, ComponentInstance: c.Instance, Name: v.Name, Instance: v.Instance, Attribute: string(attribute)}
	if c.EVSE != nil {
		k.EvseNo, k.ConnectorNo = int(c.EVSE.ID), int(c.EVSE.ConnectorID.Value)
	}
	return k
}

// getBaseReport2 asks for what the station has; it comes with NotifyReport (B07).
var getBaseReport2 = orderAs(func(o charging.BaseReportOrder) (*v21.GetBaseReportRequest, error) {
	r := &v21.GetBaseReportRequest{RequestID: o.RequestID, ReportBase: reportBases2[o.Base]}
	if r.RequestID == 0 {
		r.RequestID = requestID()
	}
	return r, nil
}, func(_ *v21.GetBaseReportRequest, r *v21.GetBaseReportResponse) charging.Outcome {
	return report2(r.Status, r.StatusInfo)
})

var reportBases2 = map[charging.ReportBase]v21.ReportBase{
	charging.FullInventory: v21.ReportBaseFullInventory, charging.ConfigurationInventory: v21.ReportBaseConfigurationInventory,
	charging.SummaryInventory: v21.ReportBaseSummaryInventory,
}

// getReport2 asks for a part of what the station has, by what its components are or by their names (B08).
var getReport2 = orderAs(func(o charging.ReportOrder) (*v21.GetReportRequest, error) {
	r := &v21.GetReportRequest{RequestID: o.RequestID}
	for _, c := range o.Criteria {
		r.ComponentCriteria = append(r.ComponentCriteria, v21.ComponentCriterion(c))
	}
	for _, k := range o.Variables {
		named := v21.ComponentVariable{Component: component2(k)}
		if k.Name != "" {
			named.Variable = &v21.Variable{Name: k.Name, Instance: k.Instance}
		}
		r.ComponentVariable = append(r.ComponentVariable, named)
	}
	return r, nil
}, func(_ *v21.GetReportRequest, r *v21.GetReportResponse) charging.Outcome {
	return report2(r.Status, r.StatusInfo)
})

// report2 is the outcome of asking for a report. A station that has nothing to report has answered.
func report2(status v21.GenericDeviceModelStatus, info *v21.StatusInfo) charging.Outcome {
	empty := status == v21.GenericDeviceModelStatusEmptyResultSet
	o := outcome2(empty || status == v21.GenericDeviceModelStatusAccepted, string(status), info, "")
	o.Empty = empty
	return o
}

// getVariables2 reads the named variables (B06).
var getVariables2 = orderAs(func(o charging.GetVariablesOrder) (*v21.GetVariablesRequest, error) {
	r := &v21.GetVariablesRequest{}
	for _, k := range o.Variables {
		r.GetVariableData = append(r.GetVariableData, v21.GetVariableData{
			Component: component2(k), Variable: v21.Variable{Name: k.Name, Instance: k.Instance}, AttributeType: v21.AttributeType(k.Attribute),
		})
	}
	return r, nil
}, func(_ *v21.GetVariablesRequest, r *v21.GetVariablesResponse) charging.Outcome {
	var o charging.Outcome
	for i := range r.GetVariableResult {
		v := &r.GetVariableResult[i]
		key := key2(&v.Component, &v.Variable, v.AttributeType)
		result := key.Result(string(v.AttributeStatus))
		result.Info = infoText2(v.AttributeStatusInfo)
		if v.AttributeStatus != v21.GetVariableStatusAccepted {
			o.Reason += key.String() + ": " + string(v.AttributeStatus) + ". "
		} else {
			o.Accepted, result.Value = true, &v.AttributeValue
			o.Variables = append(o.Variables, charging.Variable{VariableKey: key, Value: v.AttributeValue})
		}
		o.Results = append(o.Results, result)
	}
	return o
})

// setVariables2 changes variables (B05).
var setVariables2 = orderAs(func(o charging.SetVariablesOrder) (*v21.SetVariablesRequest, error) {
	r := &v21.SetVariablesRequest{}
	for _, s := range o.Settings {
		r.SetVariableData = append(r.SetVariableData, v21.SetVariableData{
			Component: component2(s.VariableKey), Variable: v21.Variable{Name: s.Name, Instance: s.Instance}, AttributeType: v21.AttributeType(s.Attribute),
			AttributeValue: s.Value,
		})
	}
	return r, nil
}, func(q *v21.SetVariablesRequest, r *v21.SetVariablesResponse) charging.Outcome {
	o := charging.Outcome{Accepted: len(r.SetVariableResult) > 0}
	for i := range r.SetVariableResult {
		v := &r.SetVariableResult[i]
		key := key2(&v.Component, &v.Variable, v.AttributeType)
		result := key.Result(string(v.AttributeStatus))
		result.Info = infoText2(v.AttributeStatusInfo)
		o.Results = append(o.Results, result)
		reboot := v.AttributeStatus == v21.SetVariableStatusRebootRequired
		if !reboot && v.AttributeStatus != v21.SetVariableStatusAccepted {
			o.Accepted = false
			o.Reason += strings.TrimSpace(key.String()+": "+string(v.AttributeStatus)+". "+result.Info) + " "
			continue
		}
		if value, ok := valueSent2(q, v); ok {
			o.Variables = append(o.Variables, charging.Variable{VariableKey: key, Value: value, RebootRequired: reboot})
		}
	}
	o.Reason = strings.TrimSpace(o.Reason)
	return o
})

// valueSent2 finds what a variable was to be. Results may come in another order.
func valueSent2(q *v21.SetVariablesRequest, v *v21.SetVariableResult) (string, bool) {
	key := key2(&v.Component, &v.Variable, v.AttributeType)
	for i := range q.SetVariableData {
		d := &q.SetVariableData[i]
		if key2(&d.Component, &d.Variable, d.AttributeType) == key {
			return d.AttributeValue, true
		}
	}
	return "", false
}

func infoText2(info *v21.StatusInfo) string {
	if info == nil {
		return ""
	}
	return strings.TrimSpace(info.ReasonCode + " " + info.AdditionalInfo)
}

// reset2 restarts a station, or one EVSE of it (B11, B12).
var reset2 = orderAs(func(o charging.ResetOrder) (*v21.ResetRequest, error) {
	r := &v21.ResetRequest{Type: v21.ResetTypeOnIdle}
	switch o.Type {
	case "HARD", "IMMEDIATE":
		r.Type = v21.ResetTypeImmediate
	case "IMMEDIATE_AND_RESUME":
		r.Type = v21.ResetTypeImmediateAndResume
	}
	if o.EvseNo > 0 {
		r.EVSEID = schema.Some(int64(o.EvseNo))
	}
	return r, nil
}, func(_ *v21.ResetRequest, r *v21.ResetResponse) charging.Outcome {
	return outcome2(r.Status == v21.ResetStatusAccepted || r.Status == v21.ResetStatusScheduled, string(r.Status), r.StatusInfo, "")
})
