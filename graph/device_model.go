package graph

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/quirks"
)

// spell writes a value of an enum as OCPP has it: UPPER_THRESHOLD is UpperThreshold. Initials stay as they are.
func spell[E ~string](value E) string {
	if _, ok := initials[string(value)]; ok {
		return string(value)
	}
	var b strings.Builder
	for word := range strings.SplitSeq(string(value), "_") {
		if word != "" {
			b.WriteString(word[:1] + strings.ToLower(word[1:]))
		}
	}
	return b.String()
}

var initials = map[string]struct{}{"ASCII": {}, "HTML": {}, "URI": {}, "UTF8": {}, "QRCODE": {}}

func spelled[E ~string](values []E) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = spell(v)
	}
	return list
}

func variableKeys(inputs []*model.VariableInput) []charging.VariableKey {
	keys := make([]charging.VariableKey, len(inputs))
	for i, v := range inputs {
		keys[i] = charging.VariableKey{
			Component: or(v.Component), ComponentInstance: or(v.ComponentInstance), EvseNo: or(v.EvseNo), ConnectorNo: or(v.ConnectorNo), Name: v.Variable,
			Instance: or(v.Instance), Attribute: spell(or(v.Attribute)),
		}
	}
	return keys
}

func variableSettings(inputs []*model.VariableSettingInput) []charging.VariableSetting {
	settings := make([]charging.VariableSetting, len(inputs))
	for i, v := range inputs {
		settings[i] = charging.VariableSetting{VariableKey: charging.VariableKey{
			Component: or(v.Component), ComponentInstance: or(v.ComponentInstance), EvseNo: or(v.EvseNo), ConnectorNo: or(v.ConnectorNo), Name: v.Variable,
			Instance: or(v.Instance), Attribute: spell(or(v.Attribute)),
		}, Value: v.Value}
	}
	return settings
}

func components(inputs []*model.ComponentInput) []charging.VariableKey {
	keys := make([]charging.VariableKey, len(inputs))
	for i, v := range inputs {
		keys[i] = charging.VariableKey{
			Component: v.Component, ComponentInstance: or(v.ComponentInstance), EvseNo: or(v.EvseNo), ConnectorNo: or(v.ConnectorNo), Name: or(v.Variable),
			Instance: or(v.Instance),
		}
	}
	return keys
}

func monitors(inputs []*model.MonitorInput) []charging.Monitor {
	list := make([]charging.Monitor, len(inputs))
	for i, m := range inputs {
		list[i] = charging.Monitor{
			ID: m.ID, Type: spell(m.Type), Value: m.Value, Severity: m.Severity, Transaction: or(m.Transaction),
			VariableKey: charging.VariableKey{
				Component: m.Component, ComponentInstance: or(m.ComponentInstance), EvseNo: or(m.EvseNo), ConnectorNo: or(m.ConnectorNo), Name: m.Variable,
				Instance: or(m.Instance),
			},
		}
	}
	return list
}

func displayContents(inputs []*model.DisplayContentInput) []charging.DisplayContent {
	list := make([]charging.DisplayContent, len(inputs))
	for i, c := range inputs {
		list[i] = charging.DisplayContent{Format: spell(c.Format), Language: or(c.Language), Content: c.Content}
	}
	return list
}

func sessionLimits(input *model.SetTransactionLimitInput) charging.SessionLimits {
	limits := charging.SessionLimits{MaxCost: json.Number(or(input.MaxCost))}
	if input.MaxEnergyWh != nil {
		limits.MaxEnergyWh = json.Number(strconv.FormatFloat(*input.MaxEnergyWh, 'f', -1, 64))
	}
	for _, n := range []struct {
		from *int
		into **int64
	}{{input.MaxTimeS, &limits.MaxTimeS}, {input.MaxSoC, &limits.MaxSoC}} {
		if n.from != nil {
			whole := int64(*n.from)
			*n.into = &whole
		}
	}
	return limits
}

// quirks says what a station's make does differently, and what each thing changes.
func (r *Resolver) quirks(ctx context.Context, st *ent.Station) ([]*model.StationQuirk, error) {
	behaviour, applied, err := r.Charging.Behaviour(ctx, st)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(behaviour)
	if err != nil {
		return nil, err
	}
	values := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, err
	}
	meanings := map[string]string{}
	for _, f := range quirks.Fields() {
		meanings[f.Name] = f.Doc
	}
	list := make([]*model.StationQuirk, len(applied))
	for i, a := range applied {
		q := &model.StationQuirk{Treatment: []*model.QuirkTreatment{}}
		if a.Row != nil {
			q.Row, q.Why, q.Source = &a.Row.ID, &a.Row.Why, &a.Row.Source
		}
		for _, name := range a.Fields {
			q.Treatment = append(q.Treatment, &model.QuirkTreatment{Name: name, Value: vocabulary.JSON(values[name]), Meaning: meanings[name]})
		}
		list[i] = q
	}
	return list, nil
}

func quirkFields() []*model.QuirkField {
	all := quirks.Fields()
	list := make([]*model.QuirkField, len(all))
	for i, f := range all {
		list[i] = &model.QuirkField{Name: f.Name, Kind: string(f.Kind), Unit: orNil(f.Unit), Values: f.Values, Meaning: f.Doc}
		if f.Values == nil {
			list[i].Values = []string{}
		}
		if f.Min != 0 || f.Max != 0 {
			list[i].Min, list[i].Max = &f.Min, &f.Max
		}
	}
	return list
}
