package charging

import (
	"context"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/db"
)

// ReportUpload keeps the progress of an upload of a log or of diagnostics, and moves the upload that it is of. A status without
// a request is of the newest upload that hasn't ended.
func (l *Link) ReportUpload(ctx context.Context, r ProgressReport, rows Rows[struct{}]) error {
	return l.noticeChanging(ctx, r.Notice, rows, func(ctx context.Context, tx *db.Tx) (uuid.UUID, error) {
		return l.progress(ctx, tx, uploadCourse, r)
	})
}

// Each status of an upload (OCPP 1.6 §7.24, OCPP 2.0.1 Part 2 §3.87). Idle says nothing of an upload.
var uploadCourse = course{
	table: "log_uploads", what: "upload",
	ranks: map[string]int{"Uploading": 1},
	ends: map[string]bool{
		"Uploaded": true, "UploadFailed": false, "UploadFailure": false, "BadMessage": false, "NotSupportedOperation": false, "PermissionDenied": false,
		"AcceptedCanceled": false,
	},
}
