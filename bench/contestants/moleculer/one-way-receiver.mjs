/** `one-way-receiver.mjs <url> <system> <mode>`: a node whose service listens to one event. */
import { arrivals } from '../shared/arrivals.mjs';
import { brokerOf } from './broker.mjs';

const [url = '', system = '', mode] = process.argv.slice(2);
const broker = brokerOf({ url, system, node: 'receiver', mode });
const { ready, arrived } = arrivals(() => broker.stop());
broker.createService({ name: 'counter', events: { count: (context) => arrived(context.params) } });
await broker.start();
ready();
