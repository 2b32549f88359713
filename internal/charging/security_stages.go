package charging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/remark"
	"github.com/busbar-ev/busbar/tenancy"
)

// What stages of flows have in common.

// presence is how a station is connected.
type presence struct {
	Address
	identity, version   string
	online, renewalOnly bool
	profile             int
	certificate         uuid.UUID
	connectedAt, seenAt *time.Time
	hasPending          bool
}

// presence looks how a station is connected now.
func (s *Service) presence(ctx context.Context, station uuid.UUID) (p presence, err error) {
	rows, err := s.db.Query(ctx, `select tenant_id, network_id, id, identity, connection_version, online, renewal_only, connection_profile, coalesce(certificate_id, '00000000-0000-0000-0000-000000000000'),
		connected_at, last_seen_at, node, next_password_salt is not null from stations where id = $1 and removed_at is null`, station)
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) {
			return nil, row.Scan(&p.Tenant, &p.Network, &p.Station, &p.identity, &p.version, &p.online, &p.renewalOnly, &p.profile, &p.certificate, &p.connectedAt, &p.seenAt, &p.Node, &p.hasPending)
		})
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fault.Missing("station")
	}
	if err != nil {
		return p, fmt.Errorf("look how the station is connected: %w", err)
	}
	return p, nil
}

// since is when the operation came to a stage; when it began, for the first.
func (o *operation) since(key string) time.Time {
	at := o.CreatedAt
	for _, s := range o.steps {
		if s.Key == key {
			break
		}
		at = s.At
	}
	return at
}

// give has a station do something as a part of an operation, and waits for how it ends. What can't be given at all is an error.
func (s *Service) give(ctx context.Context, o *operation, order Order) (commandEnd, error) {
	t, err := s.target(ctx, o.Station, tenancy.StationCommand)
	if err != nil && (!errors.Is(err, errPending) && !errors.Is(err, errRenewalOnly) || !beforeOnboarding(order)) {
		return commandEnd{}, err
	}
	if order, err = s.suited(ctx, t, order); err != nil {
		return commandEnd{}, err
	}
	if order, err = s.completed(ctx, t, order); err != nil {
		return commandEnd{}, err
	}
	calls, err := s.prepare(t, order)
	if err != nil {
		return commandEnd{}, err
	}
	id, err := s.recordCommand(ctx, t, order, calls)
	if err != nil {
		return commandEnd{}, err
	}
	o.State.Command = id
	waiting, cancel := context.WithTimeout(ctx, stageLease-10*time.Second)
	defer cancel()
	return s.carryOut(waiting, t, id, order, calls), nil
}

// outcome makes a verdict of how a command ended: accepted advances, refused fails, and what didn't reach the station waits. done is
// false where the error is ours.
func outcome(s *Service, end commandEnd, err error, accepted remark.Remark) (v verdict, done bool) {
	if err != nil {
		f := fault.Of(err)
		switch {
		case f == nil:
			return verdict{}, false
		case f.Code == fault.StationOffline:
			// Its connection takes this up again; the look by itself is for what that misses.
			return waitUntil(s.now().Add(time.Hour), remark.New(remark.WaitingForStation)), true
		case f.Code == fault.Limit || f.Code == fault.Unavailable || f.Code == fault.Timeout:
			return waitUntil(s.now().Add(lookAgain), remark.Said(f.Message)...), true
		}
		return fails(remark.Said(f.Message)...), true
	}
	switch {
	case end.accepted():
		return advance(accepted), true
	case end.errorCode == string(fault.StationOffline):
		return waitUntil(s.now().Add(time.Hour), remark.New(remark.WaitingForStation)), true
	case end.refused():
		return fails(remark.New(remark.RefusedByStation, "message", end.message)), true
	}
	return waitUntil(s.now().Add(lookAgain), append([]remark.Remark{remark.New(remark.NoAnswer)}, remark.Said(end.message)...)...), true
}
