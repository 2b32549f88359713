package charging

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/db"
)

// Where sessions meet their bills. What a session costs, and who pays, is package charges' to say; here is when it is asked.

// UseCharges sets who bills sessions. Without it nothing is billed.
func (s *Service) UseCharges(c *charges.Service) {
	s.charges = c
	if s.config.Cost == nil {
		s.config.Cost = c.Cost
	}
}

// costDue reports whether a station is to be told now what a session costs.
func (l *Link) costDue(ref *sessionRef, at time.Time) bool {
	return l.service.config.Cost != nil && at.Sub(ref.costAt) >= l.service.config.CostEvery
}

// pricedAt is the moment whose price holds for a session: that of the start from afar behind it, where the price was shown; now, where
// it is reported at once, because a station's clock may be off; and what the station says where it reports late.
func pricedAt(commanded, at, received time.Time) time.Time {
	switch {
	case !commanded.IsZero():
		return commanded
	case received.Sub(at) > late:
		return at
	}
	return received
}

// beginBilling settles the price and who pays at a session's start. A wallet that doesn't cover it makes the token's answer NoCredit.
func (l *Link) beginBilling(ctx context.Context, tx *db.Tx, session uuid.UUID, at, received time.Time, token *TokenInfo) error {
	if l.service.charges == nil {
		return nil
	}
	var commanded *time.Time
	if err := tx.QueryRow(ctx, `select (select max(created_at) from commands where session_id = $1 and action in ('RemoteStartTransaction', 'RequestStartTransaction'))`, session).
		Scan(&commanded); err != nil {
		return fmt.Errorf("look for the start behind the session: %w", err)
	}
	var shown time.Time
	if commanded != nil {
		shown = *commanded
	}
	noCredit, err := l.service.charges.Begin(ctx, tx, session, pricedAt(shown, at, received))
	if err != nil || !noCredit || token == nil || token.Status != TokenAccepted {
		return err
	}
	token.Status = TokenNoCredit
	if _, err := tx.Exec(ctx, "update charging_sessions set authorization_status = $2 where id = $1", session, TokenNoCredit); err != nil {
		return fmt.Errorf("note that the wallet doesn't cover the session: %w", err)
	}
	return nil
}

// settle bills sessions that have ended, in the transaction that stores their end.
func (l *Link) settle(ctx context.Context, tx *db.Tx, sessions ...uuid.UUID) error {
	if l.service.charges == nil {
		return nil
	}
	for _, id := range sessions {
		for _, ref := range l.sessions {
			if ref.id != id || !ref.perSession {
				continue
			}
			if _, err := tx.Exec(ctx, "update charging_sessions set register_per_session = true where id = $1", id); err != nil {
				return fmt.Errorf("note how the session's meter counts: %w", err)
			}
		}
		if err := l.service.charges.Settle(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// settleTransaction bills a session of OCPP 2.x that has ended. While events of it are missing, it waits for them a little.
func (l *Link) settleTransaction(ctx context.Context, tx *db.Tx, t *transaction) error {
	switch {
	case l.service.charges == nil || t.running():
		return nil
	case t.seen.complete() || !t.stopped:
		return l.settle(ctx, tx, t.id)
	}
	return l.service.charges.Await(ctx, tx, t.id)
}

// credit refuses a token whose wallet is empty, unless a session of the token's is running at the station: it is presented to end that.
func (l *Link) credit(ctx context.Context, tx *db.Tx, idTag string, info *TokenInfo) error {
	if l.service.charges == nil || info.Status != TokenAccepted || info.Wallet == uuid.Nil {
		return nil
	}
	has, err := charges.HasCredit(ctx, tx, info.Wallet, l.Network)
	if err != nil || has {
		return err
	}
	var runs bool
	if err := tx.QueryRow(ctx, `select exists (select from charging_sessions where station_id = $1 and upper(id_tag) = upper($2) and status in ('PENDING', 'RUNNING'))`,
		l.Station, l.tag(idTag)).Scan(&runs); err != nil {
		return fmt.Errorf("look for a session of the token: %w", err)
	}
	if !runs {
		info.Status = TokenNoCredit
	}
	return nil
}

// keepState stores a state of charging that an event reports.
func keepState(ctx context.Context, tx *db.Tx, l *Link, session uuid.UUID, state string, at time.Time) error {
	if state == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into session_states (session_id, at, state, tenant_id, network_id) values ($1, $2, $3, $4, $5) on conflict do nothing`,
		session, at, clip(state, 32), l.Tenant, l.Network)
	if err != nil {
		return fmt.Errorf("keep the session's state: %w", err)
	}
	return nil
}

// affordable refuses a start from afar where nothing says what it costs, or where the token's wallet doesn't cover it.
func (s *Service) affordable(ctx context.Context, t target, r RemoteStart, idTag string) error {
	if s.charges == nil {
		return nil
	}
	rows, err := s.db.Query(ctx, `select w.id from tokens t join wallets w on w.driver_id = t.driver_id and w.network_id = $2 where upper(t.id_tag) = upper($1)`, idTag, t.Network)
	if err != nil {
		return fmt.Errorf("look for the token's wallet: %w", err)
	}
	wallets, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("look for the token's wallet: %w", err)
	}
	evseNo := r.EvseNo
	if evseNo == 0 {
		evseNo = 1 // the station chooses; most have one price
	}
	return s.charges.MayStart(ctx, t.Station, evseNo, max(1, r.ConnectorNo), append(wallets, uuid.Nil)[0])
}
