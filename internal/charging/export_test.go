package charging

import (
	"context"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/quirks"
	"github.com/busbar-ev/busbar/tenancy"
)

// What follows opens to tests what commands do inside.

func (s *Service) Suited(ctx context.Context, station uuid.UUID, order Order) (Order, error) {
	t, err := s.target(ctx, station, tenancy.StationRead)
	if err != nil {
		return nil, err
	}
	return s.suited(ctx, t, order)
}

func (s *Service) Forgiven(ctx context.Context, station uuid.UUID, order Order, refusal string) (status, message string, err error) {
	t, err := s.target(ctx, station, tenancy.StationRead)
	if err != nil {
		return "", "", err
	}
	var end commandEnd
	end.interpreted(Outcome{Reason: refusal}, nil)
	s.forgive(ctx, t, order, &end)
	return end.status, end.message, nil
}

func (s *Service) BehaviourOf(ctx context.Context, station uuid.UUID) (quirks.Behaviour, error) {
	return s.behaviourOf(ctx, station)
}
