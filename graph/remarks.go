package graph

import (
	"maps"
	"slices"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/remark"
)

func remarkModels(list []remark.Remark) []*model.Remark {
	models := make([]*model.Remark, len(list))
	for i, said := range list {
		code := model.RemarkCode(said.Code)
		if !code.IsValid() { // said by another version
			said = remark.New(remark.Other, "text", said.String())
			code = model.RemarkCodeOther
		}
		models[i] = &model.Remark{Code: code, Text: said.String(), Details: detailModels(said.Details)}
	}
	return models
}

func detailModels(details map[string]string) []*model.Detail {
	models := make([]*model.Detail, 0, len(details))
	for _, name := range slices.Sorted(maps.Keys(details)) {
		models = append(models, &model.Detail{Name: name, Value: details[name]})
	}
	return models
}

// stepModel is a step of what is done to a station's security.
func stepModel(step charging.OperationStep) *model.SecurityStep {
	return &model.SecurityStep{Key: step.Key, At: step.At, State: model.SecurityStepState(step.State), Explanation: step.Explanation, Remarks: remarkModels(step.Remarks)}
}

// issueCode is the kind of an issue that this version knows.
func issueCode(kind string) *model.IssueKind {
	if code := model.IssueKind(kind); code.IsValid() {
		return &code
	}
	return nil
}

// wordsOf says an issue in words.
func wordsOf(i *ent.DetectedIssue) issues.Words {
	return issues.Say(issues.Kind(i.Kind), detailsOf(i))
}
