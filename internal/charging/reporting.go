package charging

import (
	"context"

	"github.com/busbar-ev/busbar/internal/db"
)

// reporting is the part of an order that a station answers with a report, which comes in calls of its own.
type reporting struct {
	RequestID  int64
	kind       ReportKind
	everything bool
}

// expecting numbers a report. One that is of everything replaces what was known before.
func (s *Service) expecting(ctx context.Context, kind ReportKind, everything bool) (reporting, error) {
	id, err := s.requestID(ctx)
	return reporting{RequestID: id, kind: kind, everything: everything}, err
}

func (o reporting) record(ctx context.Context, tx *db.Tx, r recording) error {
	if o.kind == "" || r.version == "1.6" {
		return nil // in OCPP 1.6 the answer is the report
	}
	return expectReport(ctx, tx, r.Origin, ReportRequest{Kind: o.kind, RequestID: o.RequestID, Command: r.command, Replaces: o.everything, At: r.at})
}

func (o reporting) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	if o.kind == "" || !end.outcome.Empty {
		return nil
	}
	return emptyReport(ctx, tx, r.Origin, o.kind, o.RequestID, r.at)
}
