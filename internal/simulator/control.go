package simulator

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrOff is returned for a station that isn't switched on any more.
var ErrOff = errors.New("the station is switched off")

// do runs act within the station's loop.
func (s *Station) do(ctx context.Context, act func() error) error {
	result := make(chan error, 1)
	select {
	case s.control <- func() { result <- act() }:
	case <-s.done:
		return ErrOff
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-result:
		return err
	case <-s.done:
		return ErrOff
	}
}

func (s *Station) at(ctx context.Context, connectorNo int, act func(c *connector) error) error {
	return s.do(ctx, func() error {
		c := s.connector(int64(connectorNo))
		if c == nil {
			return fmt.Errorf("the station has no connector %d", connectorNo)
		}
		return act(c)
	})
}

// PlugIn connects a car. Without a target it charges until it is full.
func (s *Station) PlugIn(ctx context.Context, connectorNo int, v Vehicle) error {
	if v.Target == 0 {
		v.Target = 1
	}
	if v.CapacityWh <= 0 {
		return errors.New("the car has no battery: give CapacityWh")
	}
	return s.at(ctx, connectorNo, func(c *connector) error {
		if c.car != nil {
			return fmt.Errorf("connector %d has a car already", connectorNo)
		}
		s.plugIn(c, v)
		return nil
	})
}

// Unplug takes the car away; a session ends with EVDisconnected.
func (s *Station) Unplug(ctx context.Context, connectorNo int) error {
	return s.at(ctx, connectorNo, func(c *connector) error {
		if c.car == nil {
			return fmt.Errorf("connector %d has no car", connectorNo)
		}
		s.unplug(c)
		return nil
	})
}

// StartLocal holds an idTag to the reader. The session begins when the CSMS accepts the tag and a car is plugged in.
func (s *Station) StartLocal(ctx context.Context, connectorNo int, idTag string) error {
	return s.at(ctx, connectorNo, func(c *connector) error {
		if c.tx != nil {
			return fmt.Errorf("connector %d has a session already", connectorNo)
		}
		s.present(c, card(idTag), func(bool) {})
		return nil
	})
}

// StopLocal ends the session with the idTag that began it.
func (s *Station) StopLocal(ctx context.Context, connectorNo int) error {
	return s.at(ctx, connectorNo, func(c *connector) error {
		if c.tx == nil {
			return fmt.Errorf("connector %d has no session", connectorNo)
		}
		s.present(c, c.tx.token, func(bool) {})
		return nil
	})
}

// Fault breaks a connector.
func (s *Station) Fault(ctx context.Context, connectorNo int, f Fault) error {
	return s.at(ctx, connectorNo, func(c *connector) error {
		s.breakDown(c, f)
		return nil
	})
}

// ClearFault mends a connector.
func (s *Station) ClearFault(ctx context.Context, connectorNo int) error {
	return s.at(ctx, connectorNo, func(c *connector) error {
		c.fault = nil
		s.refresh(c)
		return nil
	})
}

// Disconnect cuts the network for a time. Charging goes on, and what has to be reported waits.
func (s *Station) Disconnect(ctx context.Context, d time.Duration) error {
	return s.do(ctx, func() error {
		s.awayUntil = time.Now().Add(d)
		s.lost("the network is gone")
		s.connect()
		return nil
	})
}

// Snapshot tells what the station looks like now.
func (s *Station) Snapshot(ctx context.Context) (Snapshot, error) {
	var snapshot Snapshot
	err := s.do(ctx, func() error {
		snapshot = Snapshot{Online: s.link != nil, Registration: s.boot.status, Refusal: s.refusal, Queued: len(s.outbox.waiting)}
		if s.outbox.current != nil {
			snapshot.Queued++
		}
		for _, c := range s.connectors {
			s.advance(c)
			view := ConnectorSnapshot{
				Status: c.status, ErrorCode: c.errorCode, PluggedIn: c.car != nil, MeterWh: c.meterWh, PowerW: s.powerNow(c),
			}
			if c.car != nil {
				view.SoC = c.car.SoC
			}
			if c.tx != nil {
				view.Transaction, view.TransactionID, view.IDTag = c.tx.id, c.tx.name, c.tx.token.id
			}
			snapshot.Connectors = append(snapshot.Connectors, view)
		}
		return nil
	})
	return snapshot, err
}
