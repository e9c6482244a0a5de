/** `remote-server.mjs <url> <system> <mode>`: a microservice with one message pattern. */
import { answerTo } from '../shared/messages.mjs';
import { serve } from '../shared/serve.mjs';
import { microservice } from './microservice.mjs';

const [url = '', system = '', mode] = process.argv.slice(2);
const app = await microservice({ url, queue: `${system}.echo`, mode, requests: { echo: answerTo } });
await serve({}, () => app.close());
