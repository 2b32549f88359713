package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// changeConfiguration16 changes a setting (OCPP 1.6 §5.3).
var changeConfiguration16 = v16Order{
	prepare: func(order charging.Order) (schema.Message, error) {
		o, ok := order.(charging.ChangeConfigurationOrder)
		if !ok {
			return nil, nil
		}
		return &v16.ChangeConfigurationRequest{Key: o.Key, Value: o.Value}, nil
	},
	interpret: func(request, response schema.Message) charging.Outcome {
		status := response.(*v16.ChangeConfigurationResponse).Status
		why := ""
		if status == v16.ConfigurationStatusNotSupported {
			why = "It doesn't know this key."
		}
		accepted := status == v16.ConfigurationStatusAccepted || status == v16.ConfigurationStatusRebootRequired
		o := accepted16(accepted, string(status), why)
		if accepted {
			r := request.(*v16.ChangeConfigurationRequest)
			o.Variables = []charging.Variable{{
				VariableKey: charging.VariableKey{Name: r.Key}, Value: r.Value, RebootRequired: status == v16.ConfigurationStatusRebootRequired,
			}}
		}
		return o
	},
}
