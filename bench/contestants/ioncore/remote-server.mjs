/** `remote-server.mjs <url> <system>`: a container with one instance of the service. */
import { serve } from '../shared/serve.mjs';
import { EchoService, started } from './remote.mjs';

const [url = '', system = ''] = process.argv.slice(2);
const container = await started(url, system);
await container.processes.spawn(EchoService);
await serve({}, () => container.stop());
