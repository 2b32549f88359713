package simulator

import (
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v201"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// everyCall has a call of each action of 2.0.1, as an operator might send it to a station that charges as TX, and what the
// answer contains.
var everyCall = []struct{ action, payload, answer string }{
	{"CancelReservation", `{"reservationId":9}`, `"Rejected"`},
	{"CertificateSigned", `{"certificateChain":"nothing"}`, `"Rejected"`},
	{"ChangeAvailability", `{"operationalStatus":"Inoperative"}`, `"Scheduled"`},
	{"ChangeAvailability", `{"operationalStatus":"Operative","evse":{"id":1}}`, `"Accepted"`},
	{"ChangeAvailability", `{"operationalStatus":"Operative","evse":{"id":9}}`, `"Rejected"`},
	{"ClearCache", `{}`, `"Accepted"`},
	{"ClearChargingProfile", `{"chargingProfileId":3}`, `"Unknown"`},
	{"ClearDisplayMessage", `{"id":3}`, `"Unknown"`},
	{"ClearVariableMonitoring", `{"id":[3]}`, `"NotFound"`},
	{"CostUpdated", `{"totalCost":3.5,"transactionId":"TX"}`, `{}`},
	{"CustomerInformation", `{"requestId":1,"report":true,"clear":false}`, `"Invalid"`},
	{"DataTransfer", `{"vendorId":"org.example"}`, `"UnknownVendorId"`},
	{"DeleteCertificate", `{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"00","issuerKeyHash":"00","serialNumber":"1"}}`, `"NotFound"`},
	{"GetBaseReport", `{"requestId":1,"reportBase":"SummaryInventory"}`, `"Accepted"`},
	{"GetChargingProfiles", `{"requestId":1,"chargingProfile":{}}`, `"NoProfiles"`},
	{"GetCompositeSchedule", `{"duration":600,"evseId":1}`, `"chargingSchedulePeriod":[{"startPeriod":0,`},
	{"GetDisplayMessages", `{"requestId":1}`, `"Unknown"`},
	{"GetInstalledCertificateIds", `{}`, `"NotFound"`},
	{"GetLocalListVersion", `{}`, `{"versionNumber":0}`},
	{"GetLog", `{"requestId":1,"logType":"SecurityLog","log":{"remoteLocation":"ftp://files.example/"}}`, `"Accepted"`},
	{"GetMonitoringReport", `{"requestId":1}`, `"EmptyResultSet"`},
	{"GetReport", `{"requestId":1,"componentCriteria":["Problem"]}`, `"EmptyResultSet"`},
	{"GetTransactionStatus", `{"transactionId":"TX"}`, `"ongoingIndicator":true`},
	{"GetVariables", `{"getVariableData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"}}]}`, `"attributeValue":"300"`},
	{"InstallCertificate", `{"certificateType":"CSMSRootCertificate","certificate":"nothing"}`, `"Rejected"`},
	{"PublishFirmware", `{"requestId":1,"location":"ftp://files.example/f","checksum":"0123456789abcdef0123456789abcdef"}`, `"Accepted"`},
	{"RequestStartTransaction", `{"remoteStartId":1,"idToken":{"idToken":"A","type":"Central"},"evseId":1}`, `"Rejected"`},
	{"RequestStopTransaction", `{"transactionId":"another"}`, `"Rejected"`},
	{"ReserveNow", `{"id":1,"expiryDateTime":"2000-01-01T12:00:00Z","idToken":{"idToken":"A","type":"Central"},"evseId":1}`, `"Occupied"`},
	{"SendLocalList", `{"versionNumber":4,"updateType":"Full"}`, `"Accepted"`},
	{"SetChargingProfile", `{"evseId":0,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","chargingSchedule":[{"id":1,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":60,"limit":6}]}]}}`, `"InvalidSchedule"`},
	{"SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","message":{"format":"UTF8","content":"Welcome"}}}`, `"Accepted"`},
	{"SetMonitoringBase", `{"monitoringBase":"FactoryDefault"}`, `"Accepted"`},
	{"SetMonitoringLevel", `{"severity":5}`, `"Accepted"`},
	{"SetNetworkProfile", `{"configurationSlot":1,"connectionData":{"ocppVersion":"OCPP20","ocppTransport":"JSON","ocppCsmsUrl":"wss://csms.example","messageTimeout":30,"securityProfile":1,"ocppInterface":"Wired0"}}`, `"Accepted"`},
	{"SetVariableMonitoring", `{"setMonitoringData":[{"value":3,"type":"Delta","severity":4,"component":{"name":"Nobody"},"variable":{"name":"X"}}]}`, `"UnknownComponent"`},
	{"SetVariables", `{"setVariableData":[{"attributeValue":"60","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"}}]}`, `"Accepted"`},
	{"TriggerMessage", `{"requestedMessage":"Heartbeat"}`, `"Accepted"`},
	{"UnlockConnector", `{"evseId":1,"connectorId":1}`, `"OngoingAuthorizedTransaction"`},
	{"UnpublishFirmware", `{"checksum":"0123456789abcdef0123456789abcdef"}`, `"NoFirmware"`},
	{"UpdateFirmware", `{"requestId":1,"firmware":{"location":"ftp://files.example/f","retrieveDateTime":"2000-01-01T00:00:00Z"}}`, `"Accepted"`},
	{"Reset", `{"type":"OnIdle"}`, `"Scheduled"`},
}

// every21Call has what 2.1 adds.
var every21Call = []struct{ action, payload, answer string }{
	{"AFRRSignal", `{"timestamp":"2000-01-01T00:00:00Z","signal":3}`, `"Accepted"`},
	{"AdjustPeriodicEventStream", `{"id":1,"params":{"values":3}}`, `"Rejected"`},
	{"ChangeTransactionTariff", `{"transactionId":"TX","tariff":{"tariffId":"T","currency":"EUR","energy":{"prices":[{"priceKwh":0.5}]}}}`, `"Accepted"`},
	{"ClearDERControl", `{"isDefault":false}`, `"NotFound"`},
	{"ClearTariffs", `{"tariffIds":["T"]}`, `"NoTariff"`},
	{"GetDERControl", `{"requestId":1}`, `"NotFound"`},
	{"GetPeriodicEventStream", `{}`, `{}`},
	{"GetTariffs", `{"evseId":0}`, `"NoTariff"`},
	{"NotifyAllowedEnergyTransfer", `{"transactionId":"TX","allowedEnergyTransfer":["DC"]}`, `"Accepted"`},
	{"NotifyWebPaymentStarted", `{"evseId":1,"timeout":60}`, `{}`},
	{"RequestBatterySwap", `{"requestId":1,"idToken":{"idToken":"A","type":"Central"}}`, `"Accepted"`},
	{"SetDERControl", `{"isDefault":false,"controlId":"c","controlType":"Gradients"}`, `"Rejected"`},
	{"SetDefaultTariff", `{"evseId":0,"tariff":{"tariffId":"T","currency":"EUR"}}`, `"Accepted"`},
	{"UpdateDynamicSchedule", `{"chargingProfileId":1,"scheduleUpdate":{"limit":6}}`, `"Rejected"`},
	{"UsePriorityCharging", `{"transactionId":"TX","activate":true}`, `"NoProfile"`},
}

func TestEveryCall2xIsAnswered(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{})
		tx := charge2x(t, c, s)
		rest := map[string]bool{}
		actions, list := v201.Actions, everyCall
		if c.version == frame.V21 {
			actions, list = v21.Actions, append(append([]struct{ action, payload, answer string }{}, everyCall...), every21Call...)
		}
		for name, action := range actions {
			rest[name] = action.From != schema.FromStation
		}
		for _, k := range list {
			payload := []byte(strings.ReplaceAll(k.payload, `"TX"`, `"`+tx+`"`))
			if _, repairs, err := books[c.version].request(k.action, payload); err != nil || len(repairs) > 0 {
				t.Fatalf("the test's %s isn't valid: %v %v", k.action, err, repairs)
			}
			f := c.callRaw(k.action, payload)
			if f.Type != frame.CallResult || !strings.Contains(string(f.Payload), k.answer) {
				t.Errorf("%s %s was answered %s %s %s, not with %s", k.action, k.payload, f.Payload, f.ErrorCode, f.ErrorDescription, k.answer)
				continue
			}
			if _, err := c.decode(f.Payload, func(b book, p []byte) (schema.Message, []schema.Repair, error) { return b.response(k.action, p) }); err != nil {
				t.Errorf("the answer to %s is not valid: %s: %v", k.action, f.Payload, err)
			}
			delete(rest, k.action)
		}
		for action, missing := range rest {
			if missing {
				t.Errorf("%s is never called", action)
			}
		}
		pass(5 * time.Minute) // everything that follows from it is valid, too
	})
}

func TestUnknownCalls2xAreRefused(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		c.switchOn(Options{})
		cases := []struct{ action, payload, code string }{
			{"MakeCoffee", `{}`, "NotImplemented"},
			{"Heartbeat", `{}`, "NotSupported"},
			{"Reset", `{}`, "OccurrenceConstraintViolation"},
		}
		if c.version == frame.V201 {
			cases = append(cases, struct{ action, payload, code string }{"GetTariffs", `{"evseId":0}`, "NotImplemented"})
		}
		for _, k := range cases {
			if f := c.callRaw(k.action, []byte(k.payload)); f.Type != frame.CallError || f.ErrorCode != k.code {
				t.Errorf("%s was answered %s %s %s, not %s", k.action, f.Type, f.ErrorCode, f.Payload, k.code)
			}
		}
	})
}

func TestEveryCall16HasAnAnswer(t *testing.T) {
	t.Parallel()
	for name, action := range v16.Actions {
		if _, ok := answerers16[name]; ok != (action.From != schema.FromStation) {
			t.Errorf("%s, which comes from %v, is answered: %v", name, action.From, ok)
		}
	}
}

func TestTrigger2xSendsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{})
		trigger := func(message v21.MessageTrigger) v21.TriggerMessageStatus {
			return ask[v21.TriggerMessageResponse](c, "TriggerMessage", &v21.TriggerMessageRequest{RequestedMessage: message}).Status
		}
		c.take()
		if status := trigger(v21.MessageTriggerTransactionEvent); status != v21.TriggerMessageStatusRejected {
			t.Errorf("without a transaction, its event was %s", status)
		}
		if status := trigger(v21.MessageTriggerBootNotification); status != v21.TriggerMessageStatusRejected {
			t.Errorf("after the boot, another one was %s", status)
		}
		charge2x(t, c, s)
		for message, want := range map[v21.MessageTrigger]string{
			v21.MessageTriggerHeartbeat:                         "Heartbeat",
			v21.MessageTriggerStatusNotification:                "1 Occupied",
			v21.MessageTriggerMeterValues:                       "MeterValues",
			v21.MessageTriggerTransactionEvent:                  "Updated Trigger Charging",
			v21.MessageTriggerFirmwareStatusNotification:        "firmware Idle",
			v21.MessageTriggerLogStatusNotification:             "log Idle",
			v21.MessageTriggerSignChargingStationCertificate:    "SignCertificate",
			v21.MessageTriggerPublishFirmwareStatusNotification: "PublishFirmwareStatusNotification",
		} {
			if status := trigger(message); status != v21.TriggerMessageStatusAccepted {
				t.Errorf("%s was %s", message, status)
			}
			expect(t, c.take(), want)
		}
	})
}

func TestPending2xStationSaysNothingButBoot(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		c.on("BootNotification", func(got) schema.Message {
			return &v21.BootNotificationResponse{Status: v21.RegistrationStatusPending, CurrentTime: schema.At(time.Now()), Interval: 30}
		})
		s := c.switchOn(Options{})
		pass(31 * time.Second)
		expect(t, c.take(), "BootNotification", "BootNotification")
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000}))
		// The CSMS may look around and configure meanwhile (OCPP 2.0.1 Part 2, B02).
		report := ask[v21.GetBaseReportResponse](c, "GetBaseReport", &v21.GetBaseReportRequest{RequestID: 1, ReportBase: v21.ReportBaseSummaryInventory})
		if report.Status != v21.GenericDeviceModelStatusAccepted {
			t.Errorf("the report was %s", report.Status)
		}
		expect(t, c.take(), "NotifyReport")
		c.set(func() { clear(c.reply) })
		a := ask[v21.TriggerMessageResponse](c, "TriggerMessage", &v21.TriggerMessageRequest{RequestedMessage: v21.MessageTriggerBootNotification})
		calls := c.take()
		if a.Status != v21.TriggerMessageStatusAccepted || all[v21.BootNotificationRequest](calls)[0].Reason != v21.BootReasonTriggered {
			t.Errorf("the boot was %s, and said %+v", a.Status, calls[0].request)
		}
		expect(t, calls, "BootNotification", "1 Occupied")
	})
}
