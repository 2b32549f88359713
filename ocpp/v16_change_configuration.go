package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// changeConfiguration16 changes a setting (OCPP 1.6 §5.3).
var changeConfiguration16 = order{
	prepare: func(order charging.Order) (schema.Message, error) {
		o, ok := order.(charging.SetVariablesOrder)
		if !ok || len(o.Settings) != 1 {
			return nil, nil
		}
		key, err := key16(o.Settings[0].VariableKey)
		return &v16.ChangeConfigurationRequest{Key: key, Value: o.Settings[0].Value}, err
	},
	interpret: func(request, response schema.Message) charging.Outcome {
		status := response.(*v16.ChangeConfigurationResponse).Status
		why := ""
		if status == v16.ConfigurationStatusNotSupported {
			why = "It doesn't know this key."
		}
		accepted := status == v16.ConfigurationStatusAccepted || status == v16.ConfigurationStatusRebootRequired
		o := accepted16(accepted, string(status), why)
		r := request.(*v16.ChangeConfigurationRequest)
		o.Results = []any{charging.VariableKey{Name: r.Key}.Result(string(status))}
		if accepted {
			o.Variables = []charging.Variable{{
				VariableKey: charging.VariableKey{Name: r.Key}, Value: r.Value, RebootRequired: status == v16.ConfigurationStatusRebootRequired,
			}}
		}
		return o
	},
}
