package simulator

import (
	"errors"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// answer answers a call of the CSMS.
func (s *Station) answer(f frame.Frame) {
	s.emit(Event{Kind: Called, Detail: f.Action})
	payload, after, err := s.dialect.answer(f)
	if err != nil {
		code := schema.InternalError
		var fault *schema.Error
		if errors.As(err, &fault) {
			code = fault.Code
		}
		s.write(frame.AppendCallError(nil, f.ID, code.Spell(s.dialect.version()), err.Error(), nil))
		return
	}
	s.write(frame.AppendCallResult(nil, f.ID, payload))
	if after != nil {
		after()
	}
}

// notAnswered is the error for a call that no handler answers: NotSupported where the version knows it.
func notAnswered(action string, known bool) error {
	code := schema.NotImplemented
	if known {
		code = schema.NotSupported
	}
	return &schema.Error{Code: code, Description: "This station doesn't do " + action + "."}
}

// accepted reports whether the CSMS has accepted the station; before, sessions may not be commanded (OCPP 1.6, Boot
// Notification).
func (s *Station) accepted() bool { return s.boot.status == v16.RegistrationStatusAccepted }

// freeConnector is the connector asked for, or the best one for 0: one with a car first.
func (s *Station) freeConnector(no int64, t token) *connector {
	free := func(c *connector) bool {
		return c != nil && c.tx == nil && c.fault == nil && c.operative && c.authorised.id == "" && !s.reservedForOthers(c, t)
	}
	if no != 0 {
		if c := s.connector(no); free(c) {
			return c
		}
		return nil
	}
	var best *connector
	for _, c := range s.connectors {
		if free(c) && (best == nil || best.car == nil && c.car != nil) {
			best = c
		}
	}
	return best
}

// permit begins a session that the CSMS has asked for, and asks it about the token first where it is configured to.
func (s *Station) permit(c *connector, t token) {
	if !s.config.is(keyAuthorizeRemote) {
		s.allow(c, t)
		return
	}
	s.authorize(t, func(accepted bool) {
		if accepted {
			s.allow(c, t)
		}
	})
}

// notify sends a message that nobody needs an answer to.
func (s *Station) notify(action string, m schema.Message) {
	s.send(&call{action: action, urgent: true, request: func() schema.Message { return m }})
}
