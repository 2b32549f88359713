// A station written with an independent OCPP library that speaks TLS: it connects by password, has the certificate signed that it is asked
// for, and connects with that instead. Keys and requests are made by OpenSSL.
// Arguments: endpoint, identity, password, file of the root to trust, directory for its key. It prints one line of JSON for each thing that happens.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(process.env.BUSBAR_ROOT + '/package.json');
const { RPCClient } = require('ocpp-rpc');
const [endpoint, identity, password, root, dir] = process.argv.slice(2);
const say = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));
const ca = readFileSync(root);
const key = join(dir, identity + '.key');

function open(credentials) {
  const client = new RPCClient({
    endpoint, identity, protocols: ['ocpp1.6'], strictMode: true, reconnect: false, password: credentials.password,
    wsOpts: { ca, minVersion: 'TLSv1.2', cert: credentials.cert, key: credentials.key },
  });
  client.handle('GetConfiguration', () => ({ configurationKey: [{ key: 'HeartbeatInterval', readonly: false, value: '300' }], unknownKey: [] }));
  return client;
}

async function connect(client) {
  try {
    await client.connect();
  } catch (error) {
    say('refused', { code: error.code ?? null, message: error.message });
    process.exit(0);
  }
  say('connected', { protocol: client.protocol });
}

const first = open({ password });
first.handle('ExtendedTriggerMessage', ({ params }) => {
  if (params.requestedMessage !== 'SignChargePointCertificate') return { status: 'NotImplemented' };
  setImmediate(async () => {
    execFileSync('openssl', ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-subj', '/O=Any/CN=' + identity, '-out', key + '.csr'], { stdio: 'ignore' });
    say('asked', await first.call('SignCertificate', { csr: readFileSync(key + '.csr', 'utf8') }));
  });
  return { status: 'Accepted' };
});
first.handle('CertificateSigned', ({ params }) => {
  writeFileSync(key + '.pem', params.certificateChain);
  setImmediate(async () => {
    say('signed');
    await first.close();
    const second = open({ cert: readFileSync(key + '.pem'), key: readFileSync(key) });
    await connect(second);
    say('booted', await second.call('BootNotification', { chargePointVendor: 'Voltara', chargePointModel: 'AC22' }));
  });
  return { status: 'Accepted' };
});
first.handle(({ method }) => {
  say('call', { method });
  return { status: 'Accepted' };
});
await connect(first);
say('booted', await first.call('BootNotification', { chargePointVendor: 'Voltara', chargePointModel: 'AC22' }));
process.stdin.resume();
