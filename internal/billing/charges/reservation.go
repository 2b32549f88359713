package charges

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/db"
)

// Expired is the stop reason of a session that never charged: its reservation ran out.
const Expired = "ReservationExpired"

// reserved is a reservation that ran out.
type reserved struct {
	Network, Station    uuid.UUID
	EvseNo, ConnectorNo int
	From, To            time.Time
	Rounding            rating.Rounding
}

// ReservationExpired bills a reservation that a station held and nobody used, where the tariff that counted when it was made has a price for
// that. The bill belongs to a session of no length and no energy, so that receipts, refunds and corrections are those of any session.
// It runs in the transaction that ends the reservation.
func (s *Service) ReservationExpired(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	var r reserved
	err := tx.QueryRow(ctx, `select r.network_id, r.station_id, r.evse_no, r.connector_no, r.created_at, greatest(r.created_at, least(r.ended_at, r.expires_at)), t.rounding
		from reservations r join tenants t on t.id = r.tenant_id where r.id = $1`, id).
		Scan(&r.Network, &r.Station, &r.EvseNo, &r.ConnectorNo, &r.From, &r.To, &r.Rounding)
	if err != nil {
		return fmt.Errorf("load the reservation that ran out: %w", err)
	}
	// The station chooses among several; most have one price.
	price, err := pricing.Resolve(ctx, tx, r.Station, max(1, r.EvseNo), max(1, r.ConnectorNo), r.From)
	if errors.Is(err, pricing.ErrNone) || err == nil && price.Free {
		return nil
	}
	if err != nil {
		return err
	}
	bill, err := rating.Rate(price.Definition, rating.Session{Zone: price.Zone, Reservation: &rating.Reserved{From: r.From, To: r.To, Expired: true}}, rating.Policy{Rounding: r.Rounding})
	if err != nil || len(bill.Lines) == 0 {
		return err
	}
	session := uuid.Must(uuid.NewV7())
	tag, err := tx.Exec(ctx, `
		insert into charging_sessions (id, tenant_id, network_id, station_id, connector_id, location_id, token_id, driver_id, wallet_id, tariff_version_id, reservation_id,
			evse_no, connector_no, ocpp_transaction_id, id_tag, started_at, start_received_at, stopped_at, stop_received_at, energy_wh, status, stop_reason, start_key)
		select $1, r.tenant_id, r.network_id, r.station_id, k.id, st.location_id, r.token_id, d.id, w.id, $3, r.id,
			r.evse_no, r.connector_no, '', r.id_tag, $4, $5, $4, $5, 0, $6, $7, 'reservation ' || r.id
		from reservations r join stations st on st.id = r.station_id
			left join connectors k on k.station_id = r.station_id and k.evse_no = r.evse_no and k.connector_no = greatest(1, r.connector_no)
			left join tokens t on t.id = r.token_id left join drivers d on d.id = t.driver_id and d.network_id = r.network_id
			left join wallets w on w.driver_id = d.id and w.network_id = r.network_id
		where r.id = $2 on conflict (station_id, start_key) where start_key is not null do nothing`,
		session, id, price.Version, r.To, s.now(), stopped, Expired)
	if err != nil {
		return fmt.Errorf("store what the reservation that ran out costs: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return s.Settle(ctx, tx, session)
}

// ReservationUsed gives back what a reservation cost that had run out here, and was used all the same: its station was offline, and says so
// late.
func (s *Service) ReservationUsed(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	var session uuid.UUID
	err := tx.QueryRow(ctx, "select id from charging_sessions where reservation_id = $1 and stop_reason = $2 for update", id, Expired).Scan(&session)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look what the reservation cost: %w", err)
	}
	c, err := findCharge(ctx, tx, "session_id", session)
	if err != nil || c == nil || c.Gross == 0 {
		return err
	}
	x := &correction{Key: "reservation used", Kind: refund, Status: applied, Net: -c.Net, Tax: -c.Tax, Reason: "The reservation was used after all, which the station reported late."}
	fresh, err := s.write(ctx, tx, c, x)
	if err != nil || !fresh {
		return err
	}
	if err := s.apply(ctx, tx, c, x); err != nil {
		return err
	}
	return flag(ctx, tx, session, FlagCorrected)
}
