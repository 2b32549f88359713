package identity

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/bus"
)

// revocation tells whose rights changed. It carries ids alone, and spans tenants because people do.
type revocation struct {
	User uuid.UUID `json:"user,omitzero"`
	Key  uuid.UUID `json:"key,omitzero"`
}

func revocations() bus.Subject { return bus.MustSubject("identity", "revoked") }

// Revocations delivers an event whenever somebody's rights may have shrunk. A socket for which the event is of concern, see
// Caller.Concerned, asks StillValid. Events can be lost, so sockets ask every few seconds as well.
func (s *Service) Revocations() (*bus.Subscription, error) {
	sub, err := s.bus.Subscribe(revocations().Exact(), 64)
	if err != nil {
		return nil, fmt.Errorf("listen for revocations: %w", err)
	}
	return sub, nil
}

// revoked tells every node, after the change is committed.
func (s *Service) revoked(ctx context.Context, r revocation) {
	payload, err := json.Marshal(r)
	if err == nil {
		err = s.bus.Publish(context.WithoutCancel(ctx), revocations(), payload)
	}
	if err != nil {
		s.logger.Warn("a revocation could not be announced: open sockets notice at their next check", "error", err)
	}
}

// Concerned tells whether an event of Revocations may be about the caller.
func (c Caller) Concerned(e bus.Event) bool {
	var r revocation
	if e.Missed || json.Unmarshal(e.Payload, &r) != nil {
		return true
	}
	if c.app != nil {
		return r.Key == c.app.ID
	}
	return c.user != nil && r.User == c.user.ID
}
