/** `remote-client.mjs <url> <system> <mode>`: calls the service of another node. */
import { serve } from '../shared/serve.mjs';
import { callsHandler } from '../shared/timed-calls.mjs';
import { brokerOf } from './broker.mjs';

const [url = '', system = '', mode] = process.argv.slice(2);
const broker = brokerOf({ url, system, node: 'client', mode });
await broker.start();
await broker.waitForServices('echo', 30_000);
await serve({ calls: callsHandler((message) => broker.call('echo.echo', message)) }, () => broker.stop());
