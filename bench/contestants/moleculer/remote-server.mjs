/** `remote-server.mjs <url> <system> <mode>`: a node with one service. */
import { answerTo } from '../shared/messages.mjs';
import { serve } from '../shared/serve.mjs';
import { brokerOf } from './broker.mjs';

const [url = '', system = '', mode] = process.argv.slice(2);
const broker = brokerOf({ url, system, node: 'server', mode });
broker.createService({ name: 'echo', actions: { echo: (context) => answerTo(context.params) } });
await broker.start();
await serve({}, () => broker.stop());
