package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// order is a call of ours: how an order of the domain is written, and what the answer means.
type order struct {
	// prepare returns nil for an order that isn't this call.
	prepare   func(order charging.Order) (schema.Message, error)
	interpret func(request, response schema.Message) charging.Outcome
}

// orderAs ties a type of order to its call. prepare may return nil for an order that takes another call.
func orderAs[O charging.Order, Q, R any, QM interface {
	*Q
	schema.Message
}, RM interface {
	*R
	schema.Message
}](prepare func(o O) (*Q, error), interpret func(request *Q, response *R) charging.Outcome) order {
	return order{
		prepare: func(order charging.Order) (schema.Message, error) {
			o, ok := order.(O)
			if !ok {
				return nil, nil
			}
			m, err := prepare(o)
			if m == nil || err != nil {
				return nil, err
			}
			return QM(m), nil
		},
		interpret: func(request, response schema.Message) charging.Outcome {
			return interpret((*Q)(request.(QM)), (*R)(response.(RM)))
		},
	}
}

// write finds the call that an order takes, among those that a version has.
func write(orders map[string]order, known map[string]schema.Action, version schema.Version, o charging.Order) (schema.Message, string, error) {
	for name, call := range orders {
		m, err := call.prepare(o)
		if err != nil {
			return nil, "", err
		}
		if m == nil {
			continue
		}
		if _, ok := known[name]; !ok {
			break
		}
		return m, name, nil
	}
	return nil, "", fault.New(fault.Invalid, "OCPP %s has no such command.", version)
}
