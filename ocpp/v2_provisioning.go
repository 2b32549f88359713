package ocpp

import (
	"strings"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
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

// variable2 reads the name of a variable as a person writes it: Component.Variable.
func variable2(name string) (v21.Component, v21.Variable, error) {
	component, variable, ok := strings.Cut(name, ".")
	if !ok || component == "" || variable == "" {
		return v21.Component{}, v21.Variable{}, fault.In("keys", "In OCPP 2.x a setting is named Component.Variable, such as OCPPCommCtrlr.HeartbeatInterval: %q isn't.", name)
	}
	return v21.Component{Name: component}, v21.Variable{Name: variable}, nil
}

// getBaseReport2 asks for everything the station has; it comes with NotifyReport (B07).
var getBaseReport2 = order2(func(o charging.GetConfigurationOrder) (*v21.GetBaseReportRequest, error) {
	if len(o.Keys) > 0 {
		return nil, nil
	}
	return &v21.GetBaseReportRequest{RequestID: requestID(), ReportBase: v21.ReportBaseFullInventory}, nil
}, func(_ *v21.GetBaseReportRequest, r *v21.GetBaseReportResponse) charging.Outcome {
	return outcome2(r.Status == v21.GenericDeviceModelStatusAccepted, string(r.Status), r.StatusInfo, "")
})

// getVariables2 reads the named settings (B06).
var getVariables2 = order2(func(o charging.GetConfigurationOrder) (*v21.GetVariablesRequest, error) {
	if len(o.Keys) == 0 {
		return nil, nil
	}
	r := &v21.GetVariablesRequest{}
	for _, name := range o.Keys {
		component, variable, err := variable2(name)
		if err != nil {
			return nil, err
		}
		r.GetVariableData = append(r.GetVariableData, v21.GetVariableData{Component: component, Variable: variable})
	}
	return r, nil
}, func(_ *v21.GetVariablesRequest, r *v21.GetVariablesResponse) charging.Outcome {
	var o charging.Outcome
	for i := range r.GetVariableResult {
		v := &r.GetVariableResult[i]
		if v.AttributeStatus != v21.GetVariableStatusAccepted {
			o.Reason += v.Component.Name + "." + v.Variable.Name + ": " + string(v.AttributeStatus) + ". "
			continue
		}
		o.Accepted = true
		o.Variables = append(o.Variables, charging.Variable{VariableKey: key2(&v.Component, &v.Variable, v.AttributeType), Value: v.AttributeValue})
	}
	return o
})

// setVariables2 changes a setting (B05).
var setVariables2 = order2(func(o charging.ChangeConfigurationOrder) (*v21.SetVariablesRequest, error) {
	component, variable, err := variable2(o.Key)
	if err != nil {
		return nil, err
	}
	return &v21.SetVariablesRequest{SetVariableData: []v21.SetVariableData{{AttributeValue: o.Value, Component: component, Variable: variable}}}, nil
}, func(q *v21.SetVariablesRequest, r *v21.SetVariablesResponse) charging.Outcome {
	o := charging.Outcome{Accepted: len(r.SetVariableResult) > 0}
	for i := range r.SetVariableResult {
		v := &r.SetVariableResult[i]
		accepted := v.AttributeStatus == v21.SetVariableStatusAccepted || v.AttributeStatus == v21.SetVariableStatusRebootRequired
		if !accepted {
			o = outcome2(false, string(v.AttributeStatus), v.AttributeStatusInfo, "")
			continue
		}
		if i < len(q.SetVariableData) {
			o.Variables = append(o.Variables, charging.Variable{
				VariableKey: key2(&v.Component, &v.Variable, v.AttributeType), Value: q.SetVariableData[i].AttributeValue,
				RebootRequired: v.AttributeStatus == v21.SetVariableStatusRebootRequired,
			})
		}
	}
	return o
})

// reset2 restarts a station, or one EVSE of it (B11, B12).
var reset2 = order2(func(o charging.ResetOrder) (*v21.ResetRequest, error) {
	r := &v21.ResetRequest{Type: v21.ResetTypeOnIdle}
	if o.Type == "HARD" || o.Type == "IMMEDIATE" {
		r.Type = v21.ResetTypeImmediate
	}
	if o.EvseNo > 0 {
		r.EVSEID = schema.Some(int64(o.EvseNo))
	}
	return r, nil
}, func(_ *v21.ResetRequest, r *v21.ResetResponse) charging.Outcome {
	return outcome2(r.Status == v21.ResetStatusAccepted || r.Status == v21.ResetStatusScheduled, string(r.Status), r.StatusInfo, "")
})
