package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// getConfiguration16 reads settings: those that are named, or all (OCPP 1.6 §5.8).
var getConfiguration16 = v16Order{
	prepare: func(order charging.Order) (schema.Message, error) {
		o, ok := order.(charging.GetConfigurationOrder)
		if !ok {
			return nil, nil
		}
		return &v16.GetConfigurationRequest{Key: o.Keys}, nil
	},
	interpret: func(request, response schema.Message) charging.Outcome {
		r := response.(*v16.GetConfigurationResponse)
		o := charging.Outcome{Accepted: true}
		for i := range r.ConfigurationKey {
			k := &r.ConfigurationKey[i]
			v := charging.Variable{VariableKey: charging.VariableKey{Name: k.Key}, Value: k.Value, Mutability: charging.ReadWrite, Reported: true}
			if k.Readonly {
				v.Mutability = charging.ReadOnly
			}
			o.Variables = append(o.Variables, v)
		}
		o.Complete = len(request.(*v16.GetConfigurationRequest).Key) == 0 && len(o.Variables) > 0
		return o
	},
}
