package charging

import (
	"context"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Monitoring (OCPP 2.0.1 Part 2, functional block N): stations watch variables and tell what happens to them.

// Monitor is what a station is to watch.
type Monitor struct {
	// ID is the number of a monitor that is replaced; nil makes one.
	ID *int
	VariableKey
	// Type is UpperThreshold, LowerThreshold, Delta, Periodic or PeriodicClockAligned.
	Type  string
	Value float64
	// Severity is 0 for danger to 9 for debug.
	Severity int
	// Transaction limits it to the time of sessions.
	Transaction bool
}

// MonitorResult is what a station answered about one monitor.
type MonitorResult struct {
	ID        *int   `json:"id,omitempty"`
	Status    string `json:"status"`
	Info      string `json:"info,omitempty"`
	Type      string `json:"type,omitempty"`
	Component string `json:"component,omitempty"`
	Variable  string `json:"variable,omitempty"`
	Severity  int    `json:"severity,omitempty"`
}

// SetMonitors has a station watch variables. What it accepted and refused is in the command's result, one by one.
func (s *Service) SetMonitors(ctx context.Context, station uuid.UUID, monitors []Monitor, wait int) (*ent.Command, error) {
	if len(monitors) == 0 || len(monitors) > maxItems {
		return nil, fault.In("monitors", "Set between 1 and %d monitors at a time.", maxItems)
	}
	list := make([]fields, len(monitors))
	for i, m := range monitors {
		if m.Severity < 0 || m.Severity > 9 {
			return nil, fault.In("severity", "A severity is 0 (danger) to 9 (debug), not %d.", m.Severity)
		}
		list[i] = fields{
			"value": m.Value, "type": m.Type, "severity": m.Severity, "component": m.component(), "variable": m.variable(),
		}.put("id", m.ID)
		if m.Transaction {
			list[i]["transaction"] = true
		}
	}
	return s.Order(ctx, station, MessageOrder{
		Action: "SetVariableMonitoring", Payload: fields{"setMonitoringData": list}, Writes: true, Kind: SettingMonitor,
		Keyed: func(results []any) (puts []Setting, _ []string) {
			for i, r := range results {
				r, ok := r.(MonitorResult)
				if !ok || r.Status != "Accepted" || r.ID == nil || i >= len(monitors) {
					continue
				}
				puts = append(puts, monitors[i].setting(*r.ID, list[i]))
			}
			return puts, nil
		},
	}, wait)
}

func (m Monitor) setting(id int, data fields) Setting {
	return Setting{
		Key: strconv.Itoa(id), EvseNo: m.EvseNo, Component: m.Component, Variable: m.Name,
		Summary: MonitorSummary(m.Type, number(m.Value), m.VariableKey, m.Severity), Data: data.put("id", id).json(),
	}
}

// MonitorSummary says what a monitor watches, in words.
func MonitorSummary(kind, value string, k VariableKey, severity int) string {
	text := map[string]string{
		"UpperThreshold": "Above %s", "LowerThreshold": "Below %s", "Delta": "Changes by %s", "Periodic": "Every %s s",
		"PeriodicClockAligned": "Every %s s by the clock", "TargetDelta": "Off its target by %s", "TargetDeltaRelative": "Off its target by %s of it",
	}[kind]
	if text == "" {
		text = kind + " %s"
	}
	return fmt.Sprintf(text+": %s, severity %d", value, k, severity)
}

// ClearMonitors has a station watch some variables no more.
func (s *Service) ClearMonitors(ctx context.Context, station uuid.UUID, ids []int, wait int) (*ent.Command, error) {
	if len(ids) == 0 {
		return nil, fault.In("ids", "Name the monitors to clear.")
	}
	return s.Order(ctx, station, MessageOrder{
		Action: "ClearVariableMonitoring", Payload: fields{"id": ids}, Writes: true, Kind: SettingMonitor,
		Keyed: func(results []any) (_ []Setting, drops []string) {
			for _, r := range results {
				// One that it doesn't know isn't there any more either.
				if r, ok := r.(MonitorResult); ok && r.ID != nil && (r.Status == "Accepted" || r.Status == "NotFound") {
					drops = append(drops, strconv.Itoa(*r.ID))
				}
			}
			return nil, drops
		},
	}, wait)
}

// MonitoringReport asks a station what it watches: all of it, or what meets the criteria.
func (s *Service) MonitoringReport(ctx context.Context, station uuid.UUID, criteria []string, variables []VariableKey, wait int) (*ent.Command, error) {
	r, err := s.expecting(ctx, ReportOfMonitors, len(criteria) == 0 && len(variables) == 0)
	if err != nil {
		return nil, err
	}
	return s.Order(ctx, station, MessageOrder{
		reporting: r, Action: "GetMonitoringReport",
		Payload: fields{"requestId": r.RequestID}.put("monitoringCriteria", criteria).put("componentVariable", componentVariables(variables)),
	}, wait)
}

func componentVariables(keys []VariableKey) []fields {
	list := make([]fields, len(keys))
	for i, k := range keys {
		list[i] = fields{"component": k.component()}
		if k.Name != "" {
			list[i]["variable"] = k.variable()
		}
	}
	return list
}

// SetMonitoringBase chooses which of its own monitors a station keeps: All, FactoryDefault or HardWiredOnly.
func (s *Service) SetMonitoringBase(ctx context.Context, station uuid.UUID, base string, wait int) (*ent.Command, error) {
	o := MessageOrder{Action: "SetMonitoringBase", Payload: fields{"monitoringBase": base}, Writes: true, Kind: SettingMonitor}
	if base != "All" {
		o.Drops = []string{""} // what we set is gone (N03.FR.04)
	}
	return s.Order(ctx, station, o, wait)
}

// Severities are those of some monitors of the station, by their numbers. One that isn't known has none: an event is kept without it
// rather than not at all.
func (l *Link) Severities(ctx context.Context, monitors []int64) map[int64]int {
	if len(monitors) == 0 {
		return nil
	}
	keys := make([]string, len(monitors))
	for i, id := range monitors {
		keys[i] = strconv.FormatInt(id, 10)
	}
	rows, err := l.service.db.Query(l.context(ctx), `select key::bigint, (data->>'severity')::int from station_settings
		where station_id = $1 and kind = $2 and key = any ($3) and data->>'severity' ~ '^[0-9]$'`, l.Station, SettingMonitor, keys)
	severities := map[int64]int{}
	if err == nil {
		var id int64
		var severity int
		_, err = pgx.ForEachRow(rows, []any{&id, &severity}, func() error {
			severities[id] = severity
			return nil
		})
	}
	if err != nil {
		l.service.logger.Warn("the severity of events isn't known", "station", l.Identity, "error", err)
	}
	return severities
}

// SetMonitoringLevel has a station tell of what is at least as severe: 0 is danger, 9 debug.
func (s *Service) SetMonitoringLevel(ctx context.Context, station uuid.UUID, severity, wait int) (*ent.Command, error) {
	if severity < 0 || severity > 9 {
		return nil, fault.In("severity", "A severity is 0 (danger) to 9 (debug), not %d.", severity)
	}
	return s.Order(ctx, station, MessageOrder{Action: "SetMonitoringLevel", Payload: fields{"severity": severity}, Writes: true}, wait)
}

// Customer is somebody that a station may know something of.
type Customer struct{ IDTag, TokenType, Identifier string }

// CustomerInformation asks what a station knows of a customer, or has it forget that. The report's text is the answer.
func (s *Service) CustomerInformation(ctx context.Context, station uuid.UUID, who Customer, report, clear bool, wait int) (*ent.Command, error) {
	permission := tenancy.StationCommand
	if clear {
		permission = tenancy.StationConfigure
	}
	t, err := s.target(ctx, station, permission)
	switch {
	case err != nil:
		return nil, err
	case (who.IDTag == "") == (who.Identifier == ""):
		return nil, fault.In("idTag", "Name the customer by a token or by an identifier, not both and not neither.")
	case !report && !clear:
		return nil, fault.In("report", "Ask for a report, or have it cleared, or both.")
	}
	var r reporting
	id, err := s.requestID(ctx)
	if err != nil {
		return nil, err
	}
	r.RequestID = id
	if report {
		r.kind = ReportOfCustomer
	}
	payload := fields{"requestId": id, "report": report, "clear": clear}.put("customerIdentifier", who.Identifier)
	if who.IDTag != "" {
		payload["idToken"] = fields{"idToken": who.IDTag, "type": TokenTypeOf(who.TokenType)}
	}
	return s.command(ctx, t, MessageOrder{reporting: r, Action: "CustomerInformation", Payload: payload, Writes: clear}, wait)
}
