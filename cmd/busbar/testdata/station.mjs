// A station written with an independent OCPP library: it connects, boots, answers what it is asked, and reports a status.
// Arguments: endpoint, identity, password. It prints one line of JSON for each thing that happens.
import { createRequire } from 'node:module';

const require = createRequire(process.env.BUSBAR_ROOT + '/package.json');
const { RPCClient } = require('ocpp-rpc');
const [endpoint, identity, password] = process.argv.slice(2);
const say = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));

const client = new RPCClient({ endpoint, identity, password, protocols: ['ocpp1.6'], strictMode: true, reconnect: false });
client.handle('GetConfiguration', () => ({
  configurationKey: [{ key: 'HeartbeatInterval', readonly: false, value: '300' }],
  unknownKey: [],
}));
client.handle(({ method }) => {
  say('call', { method });
  return { status: 'Accepted' };
});

try {
  await client.connect();
} catch (error) {
  say('refused', { code: error.code ?? null, message: error.message });
  process.exit(0);
}
say('connected', { protocol: client.protocol });
const boot = await client.call('BootNotification', { chargePointVendor: 'Voltara', chargePointModel: 'AC22' });
say('booted', boot);
process.stdin.on('data', async (line) => {
  const status = String(line).trim();
  if (status === 'close') {
    await client.close();
    process.exit(0);
  }
  await client.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status, timestamp: new Date().toISOString() });
  say('reported', { status });
});
