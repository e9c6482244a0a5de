/** What a service takes that waits for calls, in a node without a transporter. More than 1000 of them are not made. */
import { ServiceBroker } from 'moleculer';
import { bytesOfEach } from '../shared/held-bytes.mjs';
import { serve } from '../shared/serve.mjs';

const most = 1_000;

const broker = new ServiceBroker({ logger: false });
await broker.start();
let made = 0;

/** @param {number} count */
async function create(count) {
  const started = Array.from({ length: count }, () => {
    made += 1;
    return broker.createService({ name: `echo-${made}`, actions: { echo: (context) => context.params } });
  });
  await broker.waitForServices(started.map(({ fullName }) => fullName));
}

await serve(
  {
    /** @param {number} count */
    idle: (count) => bytesOfEach(Math.min(count, most), create),
  },
  () => broker.stop(),
);
