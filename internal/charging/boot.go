package charging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
)

// BootReport is what a station says of itself when it starts.
type BootReport struct {
	Vendor, Model, SerialNumber  string
	FirmwareVersion              string
	ICCID, IMSI                  string
	MeterType, MeterSerialNumber string
	ReceivedAt                   time.Time
}

// Registration is what a boot is answered.
type Registration string

// The registration statuses (OCPP 1.6 §7.39).
const (
	BootAccepted Registration = "Accepted"
	BootPending  Registration = "Pending"
	BootRejected Registration = "Rejected"
)

// BootAnswer tells the station whether it may work, the time, and when to speak again.
type BootAnswer struct {
	Status   Registration
	At       time.Time
	Interval time.Duration
}

// pendingInterval is when a station that waits for approval should boot again.
const pendingInterval = time.Minute

// Boot records what a station is. Over-long and empty values are kept as sent: refusing a boot helps nobody.
func (l *Link) Boot(ctx context.Context, r BootReport, rows Rows[BootAnswer]) (BootAnswer, error) {
	var is traits
	answer, err := inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (BootAnswer, error) {
		var registration, oldFirmware string
		err := tx.QueryRow(ctx, `
			update stations s set vendor = $2, model = $3, serial_number = $4, firmware_version = $5, iccid = $6, imsi = $7, meter_type = $8,
				meter_serial_number = $9, booted_at = $10, updated_at = $10
			from (select id, firmware_version from stations where id = $1 for update) before
			where s.id = $1 returning s.registration_status, before.firmware_version, `+behaviourColumns,
			l.Station, text(r.Vendor), text(r.Model), text(r.SerialNumber), text(r.FirmwareVersion), text(r.ICCID), text(r.IMSI), text(r.MeterType),
			text(r.MeterSerialNumber), r.ReceivedAt).Scan(append([]any{&registration, &oldFirmware}, is.columns()...)...)
		if errors.Is(err, pgx.ErrNoRows) {
			return BootAnswer{}, ErrNotAdmitted
		}
		if err != nil {
			return BootAnswer{}, fmt.Errorf("record the boot: %w", err)
		}
		answer := BootAnswer{Status: BootAccepted, At: l.service.now(), Interval: l.service.config.HeartbeatInterval}
		switch registration {
		case "PENDING":
			answer.Status, answer.Interval = BootPending, pendingInterval
		case "REJECTED":
			answer.Status, answer.Interval = BootRejected, pendingInterval
		}
		if l.RenewalOnly && answer.Status == BootAccepted {
			answer.Status, answer.Interval = BootPending, pendingInterval
		}
		// New firmware may have new settings.
		l.NeedsInventory = l.NeedsInventory || oldFirmware != text(r.FirmwareVersion)
		l.Accepted = answer.Status == BootAccepted
		l.park(EventStation, Event{})
		return answer, nil
	})
	if err == nil {
		l.Vendor = r.Vendor
		l.meet(is)
	}
	return answer, err
}

// text keeps what a station wrote about itself, within reason.
func text(s string) string { return clip(s, 255) }

// Authorize answers whether a token may charge.
func (l *Link) Authorize(ctx context.Context, idTag string, rows Rows[TokenInfo]) (TokenInfo, error) {
	return inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (TokenInfo, error) {
		return l.authorize(ctx, tx, idTag, use{})
	})
}

// Onboard moves a station from Pending to Onboarded: it proved its credential, booted, and was asked for its settings.
func (l *Link) Onboard(ctx context.Context) error {
	ctx = l.context(ctx)
	at := l.service.now()
	n, err := l.service.db.Exec(ctx, `update stations set onboarding = 'ONBOARDED', onboarded_at = coalesce(onboarded_at, $2)
		where id = $1 and onboarding = 'PENDING' and registration_status = 'ACCEPTED'`, l.Station, at)
	if err != nil {
		return fmt.Errorf("note that station %s is onboarded: %w", l.Identity, err)
	}
	if n > 0 {
		l.service.publish(ctx, l.Origin, EventStation, Event{At: at})
	}
	return nil
}
