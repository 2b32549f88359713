// Package charges owns what a session costs from its start to the books: what it is priced by and who pays, what is set aside while it
// runs, its one charge, and whatever changes that later.
//
//	start ─ Begin ─> tariff version, driver, wallet ─> hold        running ─ Cost, Grow
//	stop  ─ Settle ─> facts ─> rating ─> charge ─┬─ wallet covers it ─> PAID ─> receipt
//	                                             ├─ nobody's wallet ──> RECEIVABLE
//	                                             ├─ wallet doesn't ───> BILLING_FAILED ─> Retry, every 30 minutes for 24 hours ─> NEEDS_REVIEW
//	                                             └─ doubtful meter ───> NEEDS_REVIEW ─> Approve
//	a reservation that ran out ─ ReservationExpired ─> session without a length ─ Settle; ReservationUsed gives back
//	later ─ Refund, WriteOff, Rebill, late values ─> corrections: rows and postings of their own, never edits
//
// Begin and Settle run in the transaction that stores the start or the stop. A session has one charge however often its stop comes;
// the books know it by its id.
package charges

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/issues"
)

// Service bills sessions.
type Service struct {
	db      *db.DB
	pricing *pricing.Service
	issues  *issues.Service
	logger  *slog.Logger
	now     func() time.Time
}

// New makes the service. Now is the clock; nil is the system's.
func New(database *db.DB, p *pricing.Service, i *issues.Service, logger *slog.Logger, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{db: database, pricing: p, issues: i, logger: logger, now: now}
}

// The statuses of a charge.
const (
	Paid          = "PAID"
	Receivable    = "RECEIVABLE"
	BillingFailed = "BILLING_FAILED"
	NeedsReview   = "NEEDS_REVIEW"
	WrittenOff    = "WRITTEN_OFF"
)

// Why a charge isn't paid.
const (
	// codeInsufficient: the wallet doesn't cover it. A top-up tries again.
	codeInsufficient = "INSUFFICIENT_FUNDS"
	// codeDoubtful: what was measured can't be believed. Somebody has to look.
	codeDoubtful = "DOUBTFUL_METER"
	// codeExhausted: the wallet didn't cover it for as long as it was tried. A top-up still tries again.
	codeExhausted = "RETRIES_EXHAUSTED"
)

// Flags that billing adds to a session.
const (
	FlagNoTariff  = "COST_SETTING_MISSING"
	FlagNoCredit  = "WALLET_EMPTY"
	FlagDoubtful  = "BILL_IN_REVIEW"
	FlagCorrected = "BILL_CORRECTED"
)

// flag adds a code to what is odd about a session, once.
func flag(ctx context.Context, tx *db.Tx, session uuid.UUID, code string) error {
	_, err := tx.Exec(ctx, `update charging_sessions set flags = coalesce(flags, '[]') || to_jsonb($2::text)
		where id = $1 and not coalesce(flags, '[]') @> to_jsonb($2::text)`, session, code)
	if err != nil {
		return fmt.Errorf("flag the session: %w", err)
	}
	return nil
}
