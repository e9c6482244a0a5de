/** `one-way-receiver.mjs <url> <system> <mode>`: a microservice with one event pattern. */
import { arrivals } from '../shared/arrivals.mjs';
import { microservice } from './microservice.mjs';

const [url = '', system = '', mode] = process.argv.slice(2);
const { ready, arrived } = arrivals(() => app.close());
const app = await microservice({ url, queue: `${system}.count`, mode, events: { count: arrived } });
ready();
