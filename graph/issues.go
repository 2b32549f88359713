package graph

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/detectedissue"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/issues"
)

// detailsOf are what the words of an issue mention.
func detailsOf(i *ent.DetectedIssue) map[string]string {
	details := map[string]string{}
	if i.Details != nil {
		_ = json.Unmarshal([]byte(*i.Details), &details) // without details the words keep their gaps
	}
	return details
}

func issuePayload(i *ent.DetectedIssue) *model.DetectedIssuePayload {
	return &model.DetectedIssuePayload{Issue: i}
}

func (r *Resolver) detectedIssue(ctx context.Context, network *uuid.UUID) (<-chan *model.DetectedIssueEvent, error) {
	query := func() *ent.DetectedIssueQuery {
		q := r.ent().DetectedIssue.Query()
		if network != nil {
			q.Where(detectedissue.NetworkID(*network))
		}
		return q
	}
	return live(ctx, r, feed[*model.DetectedIssueEvent]{
		pattern: issues.Events(tenantOf(ctx)).Exact(),
		present: func(ctx context.Context) ([]*model.DetectedIssueEvent, error) {
			open, err := query().Where(detectedissue.StatusNEQ(detectedissue.StatusRESOLVED)).Order(ent.Asc(detectedissue.FieldID)).Limit(maxPresent).All(ctx)
			events := make([]*model.DetectedIssueEvent, len(open))
			for i, issue := range open {
				events[i] = &model.DetectedIssueEvent{Issue: issue, At: time.Now()}
			}
			return events, err
		},
		wanted: func(e charging.Event) bool { return network == nil || e.Network == *network },
		fetch: func(ctx context.Context, e charging.Event) ([]*model.DetectedIssueEvent, error) {
			issue, err := query().Where(detectedissue.ID(e.Object)).Only(ctx)
			if err != nil {
				return nil, ignoreMissing(err)
			}
			return []*model.DetectedIssueEvent{{Issue: issue, At: e.At}}, nil
		},
		missed: func(e *model.DetectedIssueEvent) { e.Missed = true },
	})
}
