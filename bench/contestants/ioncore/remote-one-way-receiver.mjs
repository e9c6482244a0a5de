/** `remote-one-way-receiver.mjs <url> <system> <mode>`: a container with one instance of a service that counts. */
import { defineService, operation, ServiceProcess, Type } from '../../../dist/index.js';
import { arrivals } from '../shared/arrivals.mjs';
import { started } from './remote.mjs';

const [url = '', system = ''] = process.argv.slice(2);
const container = await started(url, system);
const { ready, arrived } = arrivals(() => container.stop());

const Counter = defineService({
  name: 'counter',
  version: '1.0.0',
  operations: { count: operation({ content: Type.Object({ number: Type.Integer(), text: Type.String() }) }) },
});

class CounterService extends ServiceProcess.for(Counter) {
  /** @param {import('../shared/messages.mjs').Message} message */
  op_count(message) {
    arrived(message);
    return null;
  }
}

ready({ process: await container.processes.spawn(CounterService) });
