import { Wire, type Driven, type Manners, type Payload } from "./wire";

type Named = { component: Payload; variable: Payload };

const manners: Manners = {
  GetBaseReport: () => ({ status: "Accepted" }),
  GetVariables: (payload) => ({ getVariableResult: (payload.getVariableData as Named[]).map(({ component, variable }) => ({ attributeStatus: "UnknownVariable", component, variable })) }),
  SetVariables: (payload) => ({ setVariableResult: (payload.setVariableData as Named[]).map(({ component, variable }) => ({ attributeStatus: "Accepted", component, variable })) }),
  GetTransactionStatus: () => ({ messagesInQueue: false }),
};

/** Where the meter stands when a session begins, in Wh. */
const meterStart = 1000;

/** A station that speaks OCPP 2.0.1 or 2.1 over a real socket: one EVSE with one connector. */
export class Station2 implements Driven {
  readonly #transaction = crypto.randomUUID();
  #seqNo = 0;
  #wh = 0;

  private constructor(private readonly wire: Wire) {}

  static async connect(url: string, password: string, version: "2.0.1" | "2.1"): Promise<Station2> {
    return new Station2(await Wire.open(url, password, `ocpp${version}`, manners));
  }

  /** Boots, and reports what it has when it is asked for that. */
  async boot(): Promise<Payload> {
    const booted = await this.wire.call("BootNotification", { reason: "PowerUp", chargingStation: { vendorName: "Voltmaker", model: "AC 22", serialNumber: "VM-0002", firmwareVersion: "6.0.1" } });
    const report = await this.#askedFor("GetBaseReport");
    await this.wire.call("NotifyReport", {
      requestId: report.requestId,
      seqNo: 0,
      tbc: false,
      generatedAt: new Date().toISOString(),
      reportData: [
        {
          component: { name: "EVSE", evse: { id: 1 } },
          variable: { name: "Power" },
          variableAttribute: [{ type: "Actual", value: "22000", mutability: "ReadOnly" }],
          variableCharacteristics: { dataType: "decimal", unit: "W", maxLimit: 22_000, supportsMonitoring: true },
        },
      ],
    });
    await this.#status("Available");
    return booted;
  }

  async #askedFor(action: string): Promise<Payload> {
    for (;;) {
      const found = this.wire.asked.find((call) => call.action === action);
      if (found != null) return found.payload;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #status(connectorStatus: string): Promise<Payload> {
    return this.wire.call("StatusNotification", { timestamp: new Date().toISOString(), connectorStatus, evseId: 1, connectorId: 1 });
  }

  #event(eventType: string, triggerReason: string, info: Payload, more: Payload = {}): Promise<Payload> {
    return this.wire.call("TransactionEvent", {
      eventType,
      triggerReason,
      timestamp: new Date().toISOString(),
      seqNo: this.#seqNo++,
      transactionInfo: { transactionId: this.#transaction, ...info },
      evse: { id: 1, connectorId: 1 },
      ...more,
    });
  }

  #meter(context: string, watt?: number): Payload {
    const energy = { value: meterStart + this.#wh, context, measurand: "Energy.Active.Import.Register", unitOfMeasure: { unit: "Wh" } };
    const power = watt == null ? [] : [{ value: watt, context, measurand: "Power.Active.Import", unitOfMeasure: { unit: "W" } }];
    return { meterValue: [{ timestamp: new Date().toISOString(), sampledValue: [energy, ...power] }] };
  }

  async plugIn() {
    await this.#status("Occupied");
    await this.#event("Started", "CablePluggedIn", { chargingState: "EVConnected" }, this.#meter("Transaction.Begin"));
  }

  async begin(tag: string) {
    await this.#event("Updated", "Authorized", { chargingState: "EVConnected" }, { idToken: { idToken: tag, type: "ISO14443" } });
    await this.#event("Updated", "ChargingStateChanged", { chargingState: "Charging" });
  }

  async charge(wh: number, watt: number) {
    this.#wh = wh;
    await this.#event("Updated", "MeterValuePeriodic", { chargingState: "Charging" }, this.#meter("Sample.Periodic", watt));
  }

  async unplug() {
    await this.#event("Ended", "EVCommunicationLost", { chargingState: "Idle", stoppedReason: "EVDisconnected" }, this.#meter("Transaction.End"));
    await this.#status("Available");
  }

  async close() {
    await this.wire.close();
  }
}
