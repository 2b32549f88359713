import { WebSocket } from "ws";

type Payload = Record<string, unknown>;
type Handler = (payload: Payload) => Payload;

/** What a station answers unless a test says otherwise. */
const manners: Record<string, Handler> = {
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
};

/** A station that speaks OCPP 1.6J over a real socket, and answers what it is asked. */
export class Station {
  readonly asked: { action: string; payload: Payload }[] = [];
  #next = 1;
  #waiting = new Map<string, (answer: Payload) => void>();

  private constructor(private readonly socket: WebSocket) {
    socket.on("message", (data: Buffer) => {
      const [type, id, ...rest] = JSON.parse(data.toString()) as [number, string, ...unknown[]];
      if (type === 2) {
        const [action, payload] = rest as [string, Payload];
        this.asked.push({ action, payload });
        const answer = manners[action];
        socket.send(JSON.stringify(answer == null ? [4, id, "NotImplemented", "", {}] : [3, id, answer(payload)]));
      } else {
        this.#waiting.get(id)?.((type === 3 ? rest[0] : { error: rest[0] }) as Payload);
        this.#waiting.delete(id);
      }
    });
  }

  /** Connects; the status of a refusal is its error. */
  static async connect(url: string, password: string): Promise<Station> {
    const identity = decodeURIComponent(url.split("/").at(-1) ?? "");
    const socket = new WebSocket(url, ["ocpp1.6"], { headers: { authorization: `Basic ${Buffer.from(`${identity}:${password}`).toString("base64")}` } });
    const station = new Station(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("unexpected-response", (_, response) => {
        reject(new Error(String(response.statusCode)));
      });
      socket.once("error", reject);
    });
    return station;
  }

  call(action: string, payload: Payload): Promise<Payload> {
    const id = `e2e-${String(this.#next++)}`;
    const answer = new Promise<Payload>((resolve) => this.#waiting.set(id, resolve));
    this.socket.send(JSON.stringify([2, id, action, payload]));
    return answer;
  }

  boot(): Promise<Payload> {
    return this.call("BootNotification", { chargePointVendor: "Voltmaker", chargePointModel: "AC 22 Duo", chargePointSerialNumber: "VM-0001", firmwareVersion: "5.14.2" });
  }

  status(connectorId: number, status: string, errorCode = "NoError"): Promise<Payload> {
    return this.call("StatusNotification", { connectorId, status, errorCode, timestamp: new Date().toISOString() });
  }

  async close() {
    const closed = new Promise((resolve) => this.socket.once("close", resolve));
    this.socket.close();
    await closed;
  }
}
