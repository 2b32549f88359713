package ocpp

import (
	"strings"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// getConfiguration16 reads settings: those that are named, or all (OCPP 1.6 §5.8).
var getConfiguration16 = order{
	prepare: func(order charging.Order) (schema.Message, error) {
		r := &v16.GetConfigurationRequest{}
		switch o := order.(type) {
		case charging.BaseReportOrder:
			return r, nil
		case charging.GetVariablesOrder:
			for _, k := range o.Variables {
				key, err := key16(k)
				if err != nil {
					return nil, err
				}
				r.Key = append(r.Key, key)
			}
			return r, nil
		}
		return nil, nil
	},
	interpret: func(request, response schema.Message) charging.Outcome {
		r := response.(*v16.GetConfigurationResponse)
		asked := len(request.(*v16.GetConfigurationRequest).Key) > 0
		var o charging.Outcome
		for i := range r.ConfigurationKey {
			k := &r.ConfigurationKey[i]
			v := charging.Variable{VariableKey: charging.VariableKey{Name: k.Key}, Value: k.Value, Mutability: charging.ReadWrite, Reported: true}
			if k.Readonly {
				v.Mutability = charging.ReadOnly
			}
			o.Variables = append(o.Variables, v)
			if asked {
				result := v.Result("Accepted")
				result.Value = &k.Value
				o.Results = append(o.Results, result)
			}
		}
		for _, name := range r.UnknownKey {
			o.Results = append(o.Results, charging.VariableKey{Name: name}.Result("UnknownVariable"))
			o.Reason += name + ": the station doesn't know it. "
		}
		o.Accepted = !asked || len(r.ConfigurationKey) > 0
		o.Reason = strings.TrimSpace(o.Reason)
		o.Complete = !asked && len(o.Variables) > 0
		return o
	},
}

// key16 is a variable as OCPP 1.6 names it: by its key alone.
func key16(k charging.VariableKey) (string, error) {
	if k.Component != "" || k.Instance != "" || k.EvseNo != 0 || k.Attribute != "" && k.Attribute != "Actual" {
		return "", fault.In("variables", "OCPP 1.6 names a setting by its key alone: leave out component, instance, EVSE and attribute of %s.", k)
	}
	return k.Name, nil
}
