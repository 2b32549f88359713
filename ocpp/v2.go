package ocpp

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v201"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// v2Dialect speaks OCPP 2.0.1 and 2.1. Its handlers are written on the messages of 2.1, which has nearly everything that 2.0.1
// has under the same names: what a 2.0.1 station sends is checked as 2.0.1 and then widened, and what it is sent is narrowed
// and checked as 2.0.1 before it leaves.
type v2Dialect struct{ is schema.Version }

// v2Action handles a call of a station.
type v2Action func(x *exchange, request schema.Message) (schema.Message, error)

// on2 ties a handler to the type of its request.
func on2[T any, M interface {
	*T
	schema.Message
}](handle func(x *exchange, request *T) (schema.Message, error)) v2Action {
	return func(x *exchange, request schema.Message) (schema.Message, error) { return handle(x, (*T)(request.(M))) }
}

func (d v2Dialect) version() schema.Version { return d.is }

func (d v2Dialect) actions() map[string]schema.Action {
	if d.is == schema.V201 {
		return v201.Actions
	}
	return v21.Actions
}

func (d v2Dialect) action(name string) (stationAction, bool) {
	if _, ok := d.actions()[name]; !ok {
		return stationAction{}, false
	}
	handle, ok := v2Actions[name]
	if !ok {
		return stationAction{}, true
	}
	return stationAction{
		decode: func(payload []byte) (schema.Message, []schema.Repair, error) { return d.request(name, payload) },
		handle: handle,
	}, true
}

func (d v2Dialect) encode(name string, response schema.Message) ([]byte, error) {
	m, err := d.narrow(response, d.actions()[name].NewResponse)
	if err != nil {
		return nil, err
	}
	return schema.Encode(m)
}

// request reads a call as its version has it, and gives it as 2.1 has it.
func (d v2Dialect) request(name string, payload []byte) (schema.Message, []schema.Repair, error) {
	if d.is == schema.V21 {
		return v21.DecodeRequest(name, payload)
	}
	m, repairs, err := v201.DecodeRequest(name, payload)
	if err != nil {
		return nil, repairs, err
	}
	if len(repairs) > 0 {
		payload = m.AppendJSON(nil)
	}
	wide := v21.Actions[name].NewRequest()
	if schema.Unmarshal(payload, wide) == nil {
		return wide, repairs, nil
	}
	wide, _, err = v21.DecodeRequest(name, payload)
	return wide, repairs, err
}

func (d v2Dialect) response(name string, payload []byte) (schema.Message, error) {
	if d.is == schema.V201 {
		m, _, err := v201.DecodeResponse(name, payload)
		if err != nil {
			return nil, err
		}
		payload = m.AppendJSON(nil)
	}
	m, _, err := v21.DecodeResponse(name, payload)
	return m, err
}

// narrow writes a message of 2.1 as its version has it.
func (d v2Dialect) narrow(m schema.Message, make func() schema.Message) (schema.Message, error) {
	if d.is == schema.V21 {
		return m, nil
	}
	narrow := make()
	if err := schema.Unmarshal(m.AppendJSON(nil), narrow); err != nil {
		return nil, fault.New(fault.Invalid, "OCPP %s can't say this: %v.", d.is, err)
	}
	return narrow, nil
}

func (d v2Dialect) prepare(o charging.Order) (schema.Message, string, error) {
	m, name, err := write(v2Orders, d.actions(), d.is, o)
	if err != nil {
		return nil, "", err
	}
	m, err = d.narrow(m, d.actions()[name].NewRequest)
	return m, name, err
}

func (d v2Dialect) interpret(call charging.Call, payload []byte) (charging.Outcome, error) {
	o, ok := v2Orders[call.Action]
	if !ok {
		return interpretMessage(call.Action, payload)
	}
	request, _, err := d.request(call.Action, call.Payload)
	if err != nil {
		return charging.Outcome{}, err
	}
	response, err := d.response(call.Action, payload)
	if err != nil {
		return charging.Outcome{}, err
	}
	return o.interpret(request, response), nil
}

func (d v2Dialect) inventoryID(call charging.Call) (int64, bool) {
	if call.Action != "GetBaseReport" {
		return 0, false
	}
	m, _, err := v21.DecodeRequest(call.Action, call.Payload)
	if err != nil {
		return 0, false
	}
	r := m.(*v21.GetBaseReportRequest)
	return r.RequestID, r.ReportBase == v21.ReportBaseFullInventory
}

func (v2Dialect) setup() setupCalls { return setup2 }

// setup2 is the same for every station, like setup16.
var setup2 = setupCalls{
	boot: charging.TriggerOrder{Message: "BOOT_NOTIFICATION"}, everything: charging.BaseReportOrder{Base: charging.FullInventory}, reported: true,
	chunks: []charging.Order{
		reading("OCPPCommCtrlr", "HeartbeatInterval", "SampledDataCtrlr", "TxUpdatedMeasurands", "SampledDataCtrlr", "TxUpdatedInterval"),
		reading("TxCtrlr", "TxStartPoint", "TxCtrlr", "TxStopPoint", "AuthCtrlr", "AuthorizeRemoteStart"),
	},
}

// reading asks for variables, each named by its component and itself.
func reading(names ...string) charging.GetVariablesOrder {
	var o charging.GetVariablesOrder
	for pair := range slices.Chunk(names, 2) {
		o.Variables = append(o.Variables, charging.VariableKey{Component: pair[0], Name: pair[1]})
	}
	return o
}

// outcome2 is the outcome of a call that is answered with a status and, maybe, why.
func outcome2(accepted bool, status string, info *v21.StatusInfo, why string) charging.Outcome {
	o := charging.Outcome{Accepted: accepted}
	if accepted {
		return o
	}
	o.Reason = "The station answered " + status + "."
	if info != nil {
		o.Reason += " " + strings.TrimSpace(info.ReasonCode+" "+info.AdditionalInfo) + "."
	} else if why != "" {
		o.Reason += " " + why
	}
	return o
}

// requestID is a number that a station gives back with what it sends because of a call. Only the station sees it, and it has
// few of them at a time.
func requestID() int64 { return rand.Int64N(1<<31-1) + 1 }

// evse2 names an EVSE, and a connector of it where one is meant. Nil is the station as a whole.
func evse2(evseNo, connectorNo int) *v21.EVSE {
	if evseNo == 0 {
		return nil
	}
	e := &v21.EVSE{ID: int64(evseNo)}
	if connectorNo > 0 {
		e.ConnectorID = schema.Some(int64(connectorNo))
	}
	return e
}

// component2 names the component of a variable.
func component2(k charging.VariableKey) v21.Component {
	return v21.Component{Name: k.Component, Instance: k.ComponentInstance, EVSE: evse2(k.EvseNo, k.ConnectorNo)}
}

// idToken2 is a token of a type as Busbar names it.
func idToken2(idTag, tokenType string) v21.IDToken {
	return v21.IDToken{IDToken: idTag, Type: charging.TokenTypeOf(tokenType)}
}
