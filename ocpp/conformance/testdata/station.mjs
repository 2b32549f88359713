// Stations written with an independent OCPP library in strict mode: every frame in either direction is validated against the
// library's own schemas. The test drives them by lines of JSON.
//
//	stdin   {"seq":1,"station":"s1","do":"connect","version":"1.6","endpoint":…,"identity":…,"password":…,"ca":…}
//	        {"seq":2,"station":"s1","do":"call","action":…,"payload":…}
//	        {"seq":3,"station":"s1","do":"raw","id":…,"text":…}        a text as it is; its answer comes back as it is
//	        {"seq":4,"station":"s1","do":"answer","id":…,"payload":…}  or "code" and "description"
//	        {"seq":5,"station":"s1","do":"close"}
//	stdout  {"seq":2,"result":…} or {"seq":2,"code":…,"message":…}
//	        {"station":"s1","event":"call","id":…,"action":…,"payload":…}
//	        {"station":"s1","event":"violation","message":…}          the other side broke the schema or the protocol
//	        {"station":"s1","event":"closed","code":…}
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const require = createRequire(process.env.BUSBAR_ROOT + '/package.json');
const { RPCClient, createRPCError } = require('ocpp-rpc');
const { createValidator } = require('ocpp-rpc/lib/validator');

// The library asks for urn:Boot.req and its set for 2.1 calls that urn:BootRequest: the set is registered under what it asks for.
const schemas21 = require('ocpp-rpc/lib/schemas/ocpp2_1.json').map((schema) => ({
  ...schema,
  $id: schema.$id.replace(/Request$/, '.req').replace(/Response$/, '.conf'),
}));
const strictModeValidators = [createValidator('ocpp2.1', schemas21)];

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const stations = new Map();

class Station {
  constructor(name) {
    this.name = name;
    this.pending = new Map(); // calls of the CSMS by id
    this.raw = new Map(); // what answers to texts are awaited, by id
  }

  tell(event, more) {
    say({ station: this.name, event, ...more });
  }

  async connect({ version, endpoint, identity, password, ca, cert, key }) {
    const protocols = [].concat(version).map((v) => 'ocpp' + v);
    this.client = new RPCClient({
      endpoint, identity, password, protocols, strictMode: true, strictModeValidators, reconnect: false, pingIntervalMs: 0,
      wsOpts: { ca, cert, key },
    });
    this.client.handle(({ messageId, method, params }) => new Promise((resolve, reject) => {
      this.pending.set(messageId, { resolve, reject });
      this.tell('call', { id: messageId, action: method, payload: params });
    }));
    this.client.on('strictValidationFailure', ({ method, error, outbound, isCall }) => {
      if (!outbound) {
        this.tell('violation', { message: `${method} ${isCall ? 'request' : 'response'}: ${error.message}` });
      }
    });
    this.client.on('message', ({ message, outbound }) => this.sawMessage(String(message), outbound));
    this.client.on('badMessage', ({ buffer, error }) => this.sawBadMessage(String(buffer), error));
    this.client.on('close', ({ code }) => this.tell('closed', { code }));
    await this.client.connect();
    return { protocol: this.client.protocol };
  }

  sawMessage(text, outbound) {
    if (outbound || this.raw.size === 0) {
      return;
    }
    const frame = JSON.parse(text);
    const waiting = this.raw.get(frame[1]);
    if (waiting && frame[0] !== 2) {
      waiting(frame);
    }
  }

  // The answer to a text that was sent past the library is unknown to it, and that is no fault of the CSMS.
  sawBadMessage(text, error) {
    let id;
    try {
      id = JSON.parse(text)[1];
    } catch {
      id = undefined;
    }
    if (this.raw.delete(id)) {
      return;
    }
    this.tell('violation', { message: `${error.message}: ${text}` });
  }

  call({ action, payload }) {
    return this.client.call(action, payload ?? {});
  }

  sendRaw({ id, text }) {
    if (!id) {
      this.client.sendRaw(text);
      return null;
    }
    return new Promise((resolve) => {
      this.raw.set(id, resolve);
      this.client.sendRaw(text);
    });
  }

  answer({ id, payload, code, description }) {
    const { resolve, reject } = this.pending.get(id);
    this.pending.delete(id);
    if (code) {
      reject(createRPCError(code, description ?? '', {}));
    } else {
      resolve(payload);
    }
    return null;
  }

  async close({ force }) {
    if (this.client) {
      await this.client.close({ force });
    }
    return null;
  }
}

const steps = { connect: 'connect', call: 'call', raw: 'sendRaw', answer: 'answer', close: 'close' };

async function carryOut(line) {
  const step = JSON.parse(line);
  if (!stations.has(step.station)) {
    stations.set(step.station, new Station(step.station));
  }
  try {
    const result = await stations.get(step.station)[steps[step.do]](step);
    say({ seq: step.seq, result: result ?? null });
  } catch (error) {
    say({ seq: step.seq, code: String(error.rpcErrorCode ?? error.code ?? 'failed'), message: error.message });
  }
  if (step.do === 'close') {
    stations.delete(step.station);
  }
}

createInterface({ input: process.stdin }).on('line', carryOut).on('close', () => process.exit(0));
