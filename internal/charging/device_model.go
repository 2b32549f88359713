package charging

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/fault"
)

// The orders about a station's variables. A configuration key of OCPP 1.6 is a variable without a component.
type (
	// GetVariablesOrder reads the named variables.
	GetVariablesOrder struct {
		about
		Variables []VariableKey
	}
	// SetVariablesOrder changes variables.
	SetVariablesOrder struct {
		configures
		Settings []VariableSetting
	}
	// BaseReportOrder asks for a report of what the station has.
	BaseReportOrder struct {
		about
		reporting
		Base ReportBase
	}
	// ReportOrder asks for a report of some components.
	ReportOrder struct {
		about
		reporting
		// Criteria are what components must be: Active, Available, Enabled, Problem.
		Criteria []string
		// Variables without a name mean the whole component.
		Variables []VariableKey
	}
)

// VariableSetting is a variable and what it is to be.
type VariableSetting struct {
	VariableKey
	Value string
}

// ReportBase is how much of a station a report is about.
type ReportBase string

// The bases of reports (OCPP 2.0.1 Part 2 §3.72).
const (
	FullInventory          ReportBase = "FULL"
	ConfigurationInventory ReportBase = "CONFIGURATION"
	SummaryInventory       ReportBase = "SUMMARY"
)

// VariableResult is what a station answered about one variable.
type VariableResult struct {
	Component         string `json:"component,omitempty"`
	ComponentInstance string `json:"componentInstance,omitempty"`
	EvseNo            int    `json:"evseNo,omitempty"`
	ConnectorNo       int    `json:"connectorNo,omitempty"`
	Variable          string `json:"variable"`
	Instance          string `json:"instance,omitempty"`
	Attribute         string `json:"attribute,omitempty"`
	// Status is as OCPP names it, Accepted or RebootRequired for example.
	Status string  `json:"status"`
	Value  *string `json:"value,omitempty"`
	Info   string  `json:"info,omitempty"`
}

// Result names a variable with what became of it.
func (k VariableKey) Result(status string) VariableResult {
	return VariableResult{
		Component: k.Component, ComponentInstance: k.ComponentInstance, EvseNo: k.EvseNo, ConnectorNo: k.ConnectorNo, Variable: k.Name,
		Instance: k.Instance, Attribute: k.Attribute, Status: status,
	}
}

func (k VariableKey) String() string {
	if k.Component == "" {
		return k.Name
	}
	return k.Component + "." + k.Name
}

// series is orders of one kind that make one command. Each is given, whatever came of those before.
type series struct {
	Order
	list []Order
}

func (b series) parts() []Order { return b.list }

// configuration writes orders about configuration keys as what they are in the station's version: OCPP 2.x has variables of
// components, which people name Component.Variable.
func configuration(version string, order Order) (Order, error) {
	switch o := order.(type) {
	case GetConfigurationOrder:
		if len(o.Keys) == 0 {
			return BaseReportOrder{Base: FullInventory}, nil
		}
		keys, err := namedKeys(version, o.Keys)
		return GetVariablesOrder{Variables: keys}, err
	case ChangeConfigurationOrder:
		keys, err := namedKeys(version, []string{o.Key})
		if err != nil {
			return nil, err
		}
		return SetVariablesOrder{Settings: []VariableSetting{{keys[0], o.Value}}}, nil
	}
	return order, nil
}

func namedKeys(version string, names []string) ([]VariableKey, error) {
	keys := make([]VariableKey, len(names))
	for i, name := range names {
		if version == "1.6" {
			keys[i].Name = name
			continue
		}
		component, variable, ok := strings.Cut(name, ".")
		if !ok || component == "" || variable == "" {
			return nil, fault.In("keys", "In OCPP 2.x a setting is named Component.Variable, such as OCPPCommCtrlr.HeartbeatInterval: %q isn't.", name)
		}
		keys[i] = VariableKey{Component: component, Name: variable}
	}
	return keys, nil
}

// completed checks an order about variables against what the station said of them, and cuts it into calls that the station can
// take.
func (s *Service) completed(ctx context.Context, t target, order Order) (Order, error) {
	order, err := configuration(t.version, order)
	if err != nil {
		return nil, err
	}
	switch o := order.(type) {
	case GetVariablesOrder:
		if len(o.Variables) == 0 {
			return nil, fault.In("variables", "Name the variables to read.")
		}
		most, err := s.itemsPerMessage(ctx, t, "GetVariables", "GetConfigurationMaxKeys")
		if err != nil {
			return nil, err
		}
		b := series{Order: o}
		for part := range slices.Chunk(o.Variables, most) {
			b.list = append(b.list, GetVariablesOrder{Variables: part})
		}
		return b, nil
	case SetVariablesOrder:
		return s.settable(ctx, t, o)
	case BaseReportOrder:
		o.reporting, err = s.expecting(ctx, ReportOfVariables, o.Base == FullInventory)
		return o, err
	case ReportOrder:
		o.reporting, err = s.expecting(ctx, ReportOfVariables, false)
		return o, err
	}
	return order, nil
}

// maxItems bounds how much one command may be about.
const maxItems = 500

// settable checks settings against what the station reported of them: what it may not take isn't sent.
func (s *Service) settable(ctx context.Context, t target, o SetVariablesOrder) (Order, error) {
	switch n := len(o.Settings); {
	case n == 0:
		return nil, fault.In("variables", "Name the variables to change.")
	case n > maxItems:
		return nil, fault.In("variables", "Change at most %d variables at a time.", maxItems)
	}
	known, err := s.knownVariables(ctx, t.Station)
	if err != nil {
		return nil, err
	}
	for _, setting := range o.Settings {
		if setting.Attribute == "" {
			setting.Attribute = "Actual"
		}
		if v, ok := known[setting.VariableKey]; ok {
			if err := v.takes(setting.Value); err != nil {
				return nil, err
			}
		}
	}
	most := 1 // OCPP 1.6 changes one key at a time
	if t.version != "1.6" {
		if most, err = s.itemsPerMessage(ctx, t, "SetVariables", ""); err != nil {
			return nil, err
		}
	}
	b := series{Order: o}
	for part := range slices.Chunk(o.Settings, most) {
		b.list = append(b.list, SetVariablesOrder{Settings: part})
	}
	return b, nil
}

func (s *Service) knownVariables(ctx context.Context, station uuid.UUID) (map[VariableKey]Variable, error) {
	rows, err := s.db.Query(ctx, `select component, component_instance, evse_no, connector_no, variable, instance, attribute, value, mutability,
			coalesce(data_type, ''), unit, min_limit, max_limit, coalesce(values_list, '[]'), constant
		from station_variables where station_id = $1`, station)
	if err != nil {
		return nil, fmt.Errorf("load the station's variables: %w", err)
	}
	known := map[VariableKey]Variable{}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (none struct{}, err error) {
		var v Variable
		err = row.Scan(&v.Component, &v.ComponentInstance, &v.EvseNo, &v.ConnectorNo, &v.Name, &v.Instance, &v.Attribute, &v.Value, &v.Mutability,
			&v.Type, &v.Unit, &v.Min, &v.Max, &v.Values, &v.Constant)
		known[v.VariableKey] = v
		return none, err
	})
	if err != nil {
		return nil, fmt.Errorf("load the station's variables: %w", err)
	}
	return known, nil
}

// takes says why a variable can't have a value, by what the station said of it (OCPP 2.0.1 Part 2 §2.51).
func (v Variable) takes(value string) error {
	wrong := func(format string, args ...any) error {
		return fault.In("value", "%s: "+format, append([]any{v.String()}, args...)...)
	}
	if v.Mutability == ReadOnly || v.Constant {
		return wrong("the station says that this can only be read.")
	}
	switch v.Type {
	case "INTEGER", "DECIMAL":
		n, err := decimal.Parse(strings.TrimSpace(value))
		if err != nil || v.Type == "INTEGER" && !n.IsInt() {
			kind := "a number"
			if v.Type == "INTEGER" {
				kind = "a whole number"
			}
			return wrong("%q is not %s.", fault.Printable(value), kind)
		}
		f, _ := n.Float64()
		switch {
		case v.Min != nil && f < *v.Min:
			return wrong("at least %s %s, not %s.", number(*v.Min), v.Unit, fault.Printable(value))
		case v.Max != nil && f > *v.Max:
			return wrong("at most %s %s, not %s.", number(*v.Max), v.Unit, fault.Printable(value))
		}
	case "BOOLEAN":
		if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
			return wrong("true or false, not %q.", fault.Printable(value))
		}
	case "DATE_TIME":
		if _, err := time.Parse(time.RFC3339, value); err != nil {
			return wrong("%q is not a time such as 2030-01-31T12:00:00Z.", fault.Printable(value))
		}
	case "OPTION_LIST":
		if len(v.Values) > 0 && !slices.Contains(v.Values, value) {
			return wrong("one of %s, not %q.", strings.Join(v.Values, ", "), fault.Printable(value))
		}
	case "SEQUENCE_LIST", "MEMBER_LIST":
		if value == "" {
			break
		}
		for item := range strings.SplitSeq(value, ",") {
			if len(v.Values) > 0 && !slices.Contains(v.Values, strings.TrimSpace(item)) {
				return wrong("only %s, not %q.", strings.Join(v.Values, ", "), fault.Printable(item))
			}
		}
	}
	if (v.Type == "STRING" || strings.HasSuffix(v.Type, "_LIST")) && v.Max != nil && float64(len(value)) > *v.Max {
		return wrong("at most %s characters, not %d.", number(*v.Max), len(value))
	}
	return nil
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// itemsPerMessage is how many variables a station takes in one call: what it says itself, in the words of its version.
func (s *Service) itemsPerMessage(ctx context.Context, t target, message, key16 string) (int, error) {
	component, variable, instance := "DeviceDataCtrlr", "ItemsPerMessage", message
	if t.version == "1.6" {
		component, variable, instance = "", key16, ""
	}
	rows, err := s.db.Query(ctx, `select value from station_variables where station_id = $1 and component = $2 and variable = $3 and instance in ($4, '')
		and attribute = 'Actual' order by instance desc limit 1`, t.Station, component, variable, instance)
	if err != nil {
		return 0, fmt.Errorf("look how much the station takes at once: %w", err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("look how much the station takes at once: %w", err)
	}
	if len(values) == 1 {
		if n, err := strconv.Atoi(strings.TrimSpace(values[0])); err == nil && n > 0 {
			return n, nil
		}
	}
	return defaultItems, nil
}

// defaultItems is how many variables go into a call to a station that doesn't say how many it takes.
const defaultItems = 20
