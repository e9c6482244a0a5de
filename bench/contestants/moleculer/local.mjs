/** `local.mjs [validated]`: a node without a transporter. Contents go by reference, and to a method; nothing waits in a mailbox. */
import { ServiceBroker } from 'moleculer';
import { answerTo, check, maker } from '../shared/messages.mjs';
import { serve } from '../shared/serve.mjs';
import { timedLoops } from '../shared/timed-loops.mjs';

/** A clock is read only each so many calls. */
const callsPerLook = 64;

const params = process.argv[2] === 'validated' ? { number: 'number', text: 'string' } : undefined;
const broker = new ServiceBroker({ logger: false });
broker.createService({
  name: 'echo',
  actions: { echo: { ...(params && { params }), handler: (context) => answerTo(context.params) } },
});
await broker.start();
const make = maker(16);

/** @param {number} until */
async function callOn(until) {
  for (let number = 0; ; ) {
    const message = make(number);
    check(message, await broker.call('echo.echo', message));
    number += 1;
    if (number % callsPerLook === 0 && performance.now() >= until) return number;
  }
}

await serve(
  {
    /** @param {number} callers @param {number} ms */
    calls: (callers, ms) => timedLoops(callers, ms, callOn),
  },
  () => broker.stop(),
);
