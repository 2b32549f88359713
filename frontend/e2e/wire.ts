import { WebSocket, type ClientOptions } from "ws";

export type Payload = Record<string, unknown>;
export type Manners = Record<string, (payload: Payload) => Payload>;
/** What a connection over TLS trusts and shows, and from which address it comes. */
export type Way = Pick<ClientOptions, "ca" | "cert" | "key" | "localAddress">;

/** A station's end of a real socket: its calls go one after the other, and what it is asked it answers by its manners. */
export class Wire {
  readonly asked: { action: string; payload: Payload }[] = [];
  /** Settled once the connection has ended, whoever ended it. */
  readonly ended: Promise<void>;
  #next = 1;
  #waiting = new Map<string, (answer: Payload) => void>();

  private constructor(
    private readonly socket: WebSocket,
    manners: Manners,
  ) {
    this.ended = new Promise((resolve) => socket.once("close", () => { resolve(); }));
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

  /** Connects, with a password unless it is empty; the status of a refusal is its error. */
  static async open(url: string, password: string, protocol: string, manners: Manners, way: Way = {}): Promise<Wire> {
    const identity = decodeURIComponent(url.split("/").at(-1) ?? "");
    const headers = password === "" ? {} : { authorization: `Basic ${Buffer.from(`${identity}:${password}`).toString("base64")}` };
    const socket = new WebSocket(url, [protocol], { headers, ...way });
    const wire = new Wire(socket, manners);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("unexpected-response", (_, response) => {
        reject(new Error(String(response.statusCode)));
      });
      socket.once("error", reject);
    });
    return wire;
  }

  call(action: string, payload: Payload): Promise<Payload> {
    const id = `e2e-${String(this.#next++)}`;
    const answer = new Promise<Payload>((resolve) => this.#waiting.set(id, resolve));
    this.socket.send(JSON.stringify([2, id, action, payload]));
    return answer;
  }

  async close() {
    this.socket.close();
    await this.ended;
  }
}

/** What a car and its driver do at a station, whatever version it speaks. */
export type Driven = {
  boot: () => Promise<Payload>;
  plugIn: () => Promise<void>;
  begin: (tag: string) => Promise<void>;
  /** How much has flowed since the session began, and the power now. */
  charge: (wh: number, watt: number) => Promise<void>;
  unplug: () => Promise<void>;
  close: () => Promise<void>;
};
