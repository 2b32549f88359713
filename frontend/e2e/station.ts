import { Wire, type Driven, type Manners, type Payload } from "./wire";

/** What a station answers unless a test says otherwise. */
const manners: Manners = {
  GetConfiguration: () => ({
    configurationKey: [
      { key: "HeartbeatInterval", readonly: false, value: "300" },
      { key: "NumberOfConnectors", readonly: true, value: "2" },
      { key: "MeterValueSampleInterval", readonly: false, value: "60" },
    ],
    unknownKey: [],
  }),
  ChangeConfiguration: () => ({ status: "Accepted" }),
  Reset: () => ({ status: "Accepted" }),
  ClearCache: () => ({ status: "Accepted" }),
  ChangeAvailability: () => ({ status: "Accepted" }),
  UnlockConnector: () => ({ status: "Unlocked" }),
  TriggerMessage: () => ({ status: "Accepted" }),
  RemoteStartTransaction: () => ({ status: "Accepted" }),
  RemoteStopTransaction: () => ({ status: "Accepted" }),
  ReserveNow: () => ({ status: "Accepted" }),
  CancelReservation: () => ({ status: "Accepted" }),
};

/** Where the meter stands when a session begins, in Wh. */
const meterStart = 1000;

/** A station that speaks OCPP 1.6J over a real socket, and answers what it is asked. */
export class Station implements Driven {
  #transaction = 0;
  #wh = 0;

  private constructor(private readonly wire: Wire) {}

  /** Connects; the status of a refusal is its error. */
  static async connect(url: string, password: string): Promise<Station> {
    return new Station(await Wire.open(url, password, "ocpp1.6", manners));
  }

  get asked() {
    return this.wire.asked;
  }

  call(action: string, payload: Payload): Promise<Payload> {
    return this.wire.call(action, payload);
  }

  boot(): Promise<Payload> {
    return this.call("BootNotification", { chargePointVendor: "Voltmaker", chargePointModel: "AC 22 Duo", chargePointSerialNumber: "VM-0001", firmwareVersion: "5.14.2" });
  }

  status(connectorId: number, status: string, errorCode = "NoError"): Promise<Payload> {
    return this.call("StatusNotification", { connectorId, status, errorCode, timestamp: new Date().toISOString() });
  }

  async plugIn() {
    await this.status(1, "Preparing");
  }

  async begin(tag: string) {
    const begun = await this.call("StartTransaction", { connectorId: 1, idTag: tag, meterStart, timestamp: new Date().toISOString() });
    this.#transaction = begun.transactionId as number;
    await this.status(1, "Charging");
  }

  async charge(wh: number, watt: number) {
    const sampledValue = [
      { value: String(meterStart + wh), measurand: "Energy.Active.Import.Register", unit: "Wh" },
      { value: String(watt), measurand: "Power.Active.Import", unit: "W" },
    ];
    await this.call("MeterValues", { connectorId: 1, transactionId: this.#transaction, meterValue: [{ timestamp: new Date().toISOString(), sampledValue }] });
    this.#wh = wh;
  }

  async unplug() {
    await this.call("StopTransaction", { transactionId: this.#transaction, meterStop: meterStart + this.#wh, timestamp: new Date().toISOString(), reason: "EVDisconnected" });
    await this.status(1, "Available");
  }

  async close() {
    await this.wire.close();
  }
}
