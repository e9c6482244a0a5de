/** `remote-client.mjs <url> <system>`: calls through a typed client, in the container's own name. */
import { serve } from '../shared/serve.mjs';
import { callsHandler } from '../shared/timed-calls.mjs';
import { Echo, started } from './remote.mjs';

const [url = '', system = ''] = process.argv.slice(2);
const container = await started(url, system);
const client = container.client(Echo);
await serve({ calls: callsHandler((message) => client.echo(message)) }, () => container.stop());
