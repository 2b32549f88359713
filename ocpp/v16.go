package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// v16Dialect speaks OCPP 1.6. An action of a station is one file and one row of v16Actions; a call of ours is one file and one
// row of v16Orders.
type v16Dialect struct{}

var v16Actions = map[string]stationAction{
	"Authorize":                        on16(authorize16),
	"BootNotification":                 on16(bootNotification16),
	"DataTransfer":                     on16(dataTransfer16),
	"DiagnosticsStatusNotification":    on16(diagnosticsStatusNotification16),
	"FirmwareStatusNotification":       on16(firmwareStatusNotification16),
	"Heartbeat":                        on16(heartbeat16),
	"LogStatusNotification":            on16(logStatusNotification16),
	"MeterValues":                      on16(meterValues16),
	"SecurityEventNotification":        on16(securityEventNotification16),
	"SignCertificate":                  on16(signCertificate16),
	"SignedFirmwareStatusNotification": on16(signedFirmwareStatusNotification16),
	"StartTransaction":                 on16(startTransaction16),
	"StatusNotification":               on16(statusNotification16),
	"StopTransaction":                  on16(stopTransaction16),
}

var v16Orders = map[string]order{
	"CancelReservation":          cancelReservation16,
	"CertificateSigned":          certificateSigned16,
	"ChangeAvailability":         changeAvailability16,
	"ChangeConfiguration":        changeConfiguration16,
	"ClearCache":                 clearCache16,
	"ClearChargingProfile":       clearChargingProfile16,
	"DataTransfer":               sendDataTransfer16,
	"DeleteCertificate":          deleteCertificate16,
	"ExtendedTriggerMessage":     extendedTriggerMessage16,
	"GetCompositeSchedule":       getCompositeSchedule16,
	"GetConfiguration":           getConfiguration16,
	"GetDiagnostics":             getDiagnostics16,
	"GetInstalledCertificateIds": getInstalledCertificateIDs16,
	"GetLocalListVersion":        getLocalListVersion16,
	"GetLog":                     getLog16,
	"InstallCertificate":         installCertificate16,
	"RemoteStartTransaction":     remoteStart16,
	"RemoteStopTransaction":      remoteStop16,
	"ReserveNow":                 reserveNow16,
	"Reset":                      reset16,
	"SendLocalList":              sendLocalList16,
	"SetChargingProfile":         setChargingProfile16,
	"SignedUpdateFirmware":       signedUpdateFirmware16,
	"TriggerMessage":             triggerMessage16,
	"UnlockConnector":            unlockConnector16,
	"UpdateFirmware":             updateFirmware16,
}

// on16 ties a handler to the type of its request.
func on16[T any, M interface {
	*T
	schema.Message
}](handle func(x *exchange, request *T) (schema.Message, error)) stationAction {
	return stationAction{
		decode: func(payload []byte) (schema.Message, []schema.Repair, error) {
			m, repairs, err := v16.Decode[T, M](payload)
			return M(m), repairs, err
		},
		handle: func(x *exchange, request schema.Message) (schema.Message, error) {
			return handle(x, (*T)(request.(M)))
		},
	}
}

func (v16Dialect) version() schema.Version { return schema.V16 }

func (v16Dialect) actions() map[string]schema.Action { return v16.Actions }

func (v16Dialect) action(name string) (stationAction, bool) {
	if a, ok := v16Actions[name]; ok {
		return a, true
	}
	_, known := v16.Actions[name]
	return stationAction{}, known
}

func (v16Dialect) encode(_ string, response schema.Message) ([]byte, error) {
	return schema.Encode(response)
}

func (v16Dialect) prepare(o charging.Order) (schema.Message, string, error) {
	return write(v16Orders, v16.Actions, schema.V16, o)
}

func (v16Dialect) interpret(call charging.Call, payload []byte) (charging.Outcome, error) {
	o, ok := v16Orders[call.Action]
	if !ok {
		return interpretRaw(payload), nil
	}
	response, _, err := v16.DecodeResponse(call.Action, payload)
	if err != nil {
		return charging.Outcome{}, err
	}
	request, _, err := v16.DecodeRequest(call.Action, call.Payload)
	if err != nil {
		return charging.Outcome{}, err
	}
	return o.interpret(request, response), nil
}

func (v16Dialect) inventoryID(charging.Call) (int64, bool) { return 0, false }

func (v16Dialect) setup() setupCalls { return setup16 }

// setup16 is the same for every station: ten thousand that come back at once share it.
var setup16 = func() setupCalls {
	calls := setupCalls{
		boot:       charging.TriggerOrder{Message: "BOOT_NOTIFICATION"},
		everything: charging.BaseReportOrder{Base: charging.FullInventory},
	}
	for i := 0; i < len(coreKeys16); i += 4 {
		var chunk charging.GetVariablesOrder
		for _, key := range coreKeys16[i:min(i+4, len(coreKeys16))] {
			chunk.Variables = append(chunk.Variables, charging.VariableKey{Name: key})
		}
		calls.chunks = append(calls.chunks, chunk)
	}
	return calls
}()

// coreKeys16 are the keys that a station is asked for by name when it doesn't answer the question for all (OCPP 1.6 §9.1).
var coreKeys16 = []string{
	"GetConfigurationMaxKeys", "SupportedFeatureProfiles", "NumberOfConnectors", "HeartbeatInterval",
	"MeterValueSampleInterval", "MeterValuesSampledData", "ClockAlignedDataInterval", "MeterValuesAlignedData",
	"AuthorizeRemoteTxRequests", "LocalPreAuthorize", "LocalAuthorizeOffline", "StopTransactionOnEVSideDisconnect",
	"StopTransactionOnInvalidId", "ConnectionTimeOut", "UnlockConnectorOnEVSideDisconnect", "WebSocketPingInterval",
	"StopTxnSampledData", "StopTxnAlignedData", "ResetRetries", "TransactionMessageAttempts",
	"TransactionMessageRetryInterval", "AllowOfflineTxForUnknownId", "AuthorizationCacheEnabled", "ConnectorPhaseRotation",
}

// accepted16 is the outcome of a call that is answered with a status and nothing else.
func accepted16(accepted bool, status, why string) charging.Outcome {
	o := charging.Outcome{Accepted: accepted}
	if !accepted {
		o.Reason = "The station answered " + status + "."
		if why != "" {
			o.Reason += " " + why
		}
	}
	return o
}

// connector16 is the connector that an EVSE is in OCPP 1.6: the one of the same number.
func connector16(evseNo, connectorNo int) (int64, error) {
	if connectorNo > 1 {
		return 0, fault.In("connectorNo", "In OCPP 1.6 a connector is an EVSE of its own: name it as EVSE %d, connector 1.", connectorNo)
	}
	return int64(evseNo), nil
}
