package charging

import (
	"context"
	"fmt"
	"time"

	"github.com/busbar-ev/busbar/internal/journal"
)

const (
	// heartbeatEvery is how often a node says that it is alive, and silence how long it may not before its stations count as
	// offline.
	heartbeatEvery = 10 * time.Second
	silence        = 45 * time.Second
)

// Run keeps this node's place among its peers until ctx ends: it says that it lives, and takes stations off nodes that died.
// Sockets that this node held before a crash are gone, so their stations start as offline.
func (s *Service) Run(ctx context.Context) error {
	lost, err := s.journal.Register(ctx, s.config.Node)
	if err != nil {
		return err
	}
	s.announceLost(ctx, lost)
	go s.keepPlace(ctx)
	return nil
}

func (s *Service) keepPlace(ctx context.Context) {
	ticker := time.NewTicker(heartbeatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.journal.Heartbeat(ctx, s.config.Node); err != nil {
			s.logger.Warn("this node can't say that it is alive", "error", err)
			continue
		}
		lost, err := s.journal.ReleaseLost(ctx, silence)
		if err != nil {
			s.logger.Warn("stations of nodes that died can't be marked offline", "error", err)
			continue
		}
		s.announceLost(ctx, lost)
	}
}

// Leave marks what is left of this node's stations offline, once its sockets are closed.
func (s *Service) Leave(ctx context.Context) error {
	lost, err := s.journal.Leave(ctx, s.config.Node)
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	s.announceLost(ctx, lost)
	return nil
}

func (s *Service) announceLost(ctx context.Context, lost []journal.Lost) {
	at := s.now()
	for _, l := range lost {
		s.publish(ctx, journal.Origin(l), EventConnection, Event{At: at})
	}
}
