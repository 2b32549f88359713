package charging

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// What stations of OCPP 2.x hold for us beside all that has a file of its own: network profiles, tariffs, controls of the grid,
// streams. Their inner shape is OCPP's, and is checked against the station's version before it leaves.

// exact is a number as JSON with all its digits.
func exact(text string) (json.Number, error) {
	d, err := decimal.Parse(strings.TrimSpace(text))
	return json.Number(d.String()), err
}

// SetNetworkProfile writes one of a station's ways to reach us (OCPP 2.0.1 B09).
func (s *Service) SetNetworkProfile(ctx context.Context, station uuid.UUID, slot int, profile json.RawMessage, wait int) (*ent.Command, error) {
	data, err := object("profile", profile)
	if err != nil {
		return nil, err
	}
	url, _ := data["ocppCsmsUrl"].(string)
	kept := fields{}
	for name, value := range data {
		if name != "basicAuthPassword" { // a password is kept nowhere in clear
			kept[name] = value
		}
	}
	return s.Order(ctx, station, MessageOrder{
		Action: "SetNetworkProfile", Payload: fields{"configurationSlot": slot, "connectionData": data}, Writes: true, Kind: SettingNetworkProfile,
		Puts: []Setting{{Key: strconv.Itoa(slot), Summary: url, Data: kept.json()}},
	}, wait)
}

// object reads an input that is a JSON object, with its numbers as they are written.
func object(field string, text json.RawMessage) (fields, error) {
	var f fields
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&f); err != nil || f == nil {
		return nil, fault.In(field, "It must be a JSON object.")
	}
	return f, nil
}

// SetDefaultTariff gives a station the tariff that it shows and reckons with (OCPP 2.1 I07). EVSE 0 is all of them.
func (s *Service) SetDefaultTariff(ctx context.Context, station uuid.UUID, evseNo int, tariff json.RawMessage, wait int) (*ent.Command, error) {
	data, err := object("tariff", tariff)
	if err != nil {
		return nil, err
	}
	id, _ := data["tariffId"].(string)
	return s.Order(ctx, station, MessageOrder{
		Action: "SetDefaultTariff", Payload: fields{"evseId": evseNo, "tariff": data}, Writes: true, Kind: SettingTariff,
		Puts: []Setting{{Key: id, EvseNo: evseNo, Summary: "Default tariff " + id, Data: data.json()}},
	}, wait)
}

// ChangeTransactionTariff gives a running session another tariff (OCPP 2.1 I11).
func (s *Service) ChangeTransactionTariff(ctx context.Context, session uuid.UUID, tariff json.RawMessage, wait int) (*ent.Command, error) {
	data, err := object("tariff", tariff)
	if err != nil {
		return nil, err
	}
	return s.ofSession(ctx, session, tenancy.StationConfigure, func(_ target, session *ent.ChargingSession) (Order, error) {
		return MessageOrder{
			Action: "ChangeTransactionTariff", Payload: fields{"transactionId": session.OcppTransactionID, "tariff": data}, Session: session.ID, Writes: true,
		}, nil
	}, wait)
}

// ClearTariffs takes tariffs off a station: those that are named, or all of an EVSE, or all (OCPP 2.1 I09).
func (s *Service) ClearTariffs(ctx context.Context, station uuid.UUID, ids []string, evseNo *int, wait int) (*ent.Command, error) {
	o := MessageOrder{
		Action: "ClearTariffs", Payload: fields{}.put("tariffIds", ids).put("evseId", evseNo), Writes: true, Kind: SettingTariff, Drops: ids,
	}
	if len(ids) == 0 && evseNo == nil {
		o.Drops = []string{""}
	}
	return s.Order(ctx, station, o, wait)
}

// Tariffs asks a station which tariffs it holds (OCPP 2.1 I08).
func (s *Service) Tariffs(ctx context.Context, station uuid.UUID, evseNo, wait int) (*ent.Command, error) {
	return s.Order(ctx, station, MessageOrder{Action: "GetTariffs", Payload: fields{"evseId": evseNo}}, wait)
}

// SetDERControl sets a control of the grid: a curve, a limit, a ramp (OCPP 2.1 R04).
func (s *Service) SetDERControl(ctx context.Context, station uuid.UUID, control json.RawMessage, wait int) (*ent.Command, error) {
	data, err := object("control", control)
	if err != nil {
		return nil, err
	}
	id, _ := data["controlId"].(string)
	kind, _ := data["controlType"].(string)
	return s.Order(ctx, station, MessageOrder{
		Action: "SetDERControl", Payload: data, Writes: true, Kind: SettingDERControl,
		Puts: []Setting{{Key: id, Component: kind, Summary: kind, Data: data.json()}},
	}, wait)
}

// DERControls asks a station which controls of the grid it holds (OCPP 2.1 R05).
func (s *Service) DERControls(ctx context.Context, station uuid.UUID, isDefault *bool, controlType, controlID string, wait int) (*ent.Command, error) {
	r, err := s.expecting(ctx, ReportOfDERControls, isDefault == nil && controlType == "" && controlID == "")
	if err != nil {
		return nil, err
	}
	return s.Order(ctx, station, MessageOrder{
		reporting: r, Action: "GetDERControl",
		Payload: fields{"requestId": r.RequestID}.put("isDefault", isDefault).put("controlType", controlType).put("controlId", controlID),
	}, wait)
}

// ClearDERControl takes controls of the grid off a station (OCPP 2.1 R04).
func (s *Service) ClearDERControl(ctx context.Context, station uuid.UUID, isDefault bool, controlType, controlID string, wait int) (*ent.Command, error) {
	o := MessageOrder{
		Action: "ClearDERControl", Payload: fields{"isDefault": isDefault}.put("controlType", controlType).put("controlId", controlID), Writes: true,
		Kind: SettingDERControl,
	}
	if controlID != "" {
		o.Drops = []string{controlID}
	}
	return s.Order(ctx, station, o, wait)
}

// AFRRSignal passes the signal of automatic frequency restoration on (OCPP 2.1 K28).
func (s *Service) AFRRSignal(ctx context.Context, station uuid.UUID, signal int, at time.Time, wait int) (*ent.Command, error) {
	return s.Order(ctx, station, MessageOrder{Action: "AFRRSignal", Payload: fields{"signal": signal}.put("timestamp", at)}, wait)
}

// AdjustStream changes how often a station sends the values of a stream (OCPP 2.1 N13).
func (s *Service) AdjustStream(ctx context.Context, station uuid.UUID, id int, interval, values *int, wait int) (*ent.Command, error) {
	return s.Order(ctx, station, MessageOrder{
		Action: "AdjustPeriodicEventStream", Payload: fields{"id": id, "params": fields{}.put("interval", interval).put("values", values)}, Writes: true,
	}, wait)
}

// Streams asks a station which streams are open (OCPP 2.1 N12).
func (s *Service) Streams(ctx context.Context, station uuid.UUID, wait int) (*ent.Command, error) {
	return s.Order(ctx, station, MessageOrder{Action: "GetPeriodicEventStream", Payload: fields{}}, wait)
}

// RequestBatterySwap opens a station of batteries for a driver (OCPP 2.1 S03).
func (s *Service) RequestBatterySwap(ctx context.Context, station uuid.UUID, token uuid.UUID, idTag string, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationCommand)
	if err != nil {
		return nil, err
	}
	tag, tokenType, err := s.startTag(ctx, t, token, idTag)
	if err != nil {
		return nil, err
	}
	id, err := s.requestID(ctx)
	if err != nil {
		return nil, err
	}
	return s.command(ctx, t, MessageOrder{
		Action: "RequestBatterySwap", Payload: fields{"requestId": id, "idToken": fields{"idToken": tag, "type": TokenTypeOf(tokenType)}},
	}, wait)
}

// WebPaymentStarted tells a station that somebody pays for one of its EVSEs on the web, so that nobody else takes it (OCPP 2.1 C25).
func (s *Service) WebPaymentStarted(ctx context.Context, station uuid.UUID, evseNo, timeoutS, wait int) (*ent.Command, error) {
	return s.Order(ctx, station, MessageOrder{Action: "NotifyWebPaymentStarted", Payload: fields{"evseId": evseNo, "timeout": timeoutS}}, wait)
}

// AllowEnergyTransfer says how a session's car may charge, or give back (OCPP 2.1 Q).
func (s *Service) AllowEnergyTransfer(ctx context.Context, session uuid.UUID, modes []string, wait int) (*ent.Command, error) {
	return s.ofSession(ctx, session, tenancy.StationCommand, func(_ target, session *ent.ChargingSession) (Order, error) {
		return MessageOrder{
			Action: "NotifyAllowedEnergyTransfer", Payload: fields{"transactionId": session.OcppTransactionID}.put("allowedEnergyTransfer", modes),
			Session: session.ID,
		}, nil
	}, wait)
}

// TokenTypeOf is a type of token as OCPP 2.x names it.
func TokenTypeOf(t string) string {
	if name, ok := tokenTypes[t]; ok {
		return name
	}
	return "Central"
}

var tokenTypes = map[string]string{
	"RFID": "ISO14443", "ISO15693": "ISO15693", "EMAID": "eMAID", "KEY_CODE": "KeyCode", "LOCAL": "Local", "MAC_ADDRESS": "MacAddress",
	"VIN": "VIN", "EVCCID": "EVCCID", "DIRECT_PAYMENT": "DirectPayment", "VIRTUAL": "Central",
}
