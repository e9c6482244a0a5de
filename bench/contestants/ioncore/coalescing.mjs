/**
 * `coalescing.mjs server <url> <system> <number>`: a container with one instance, which handles one message at a time. `coalescing.mjs client <url> <system>
 * <instances>`: a container that calls them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Container, defineService, operation, ServiceProcess, Type } from '../../../dist/index.js';
import { answerTo } from '../shared/messages.mjs';
import { serve } from '../shared/serve.mjs';
import { spreadCalls } from '../shared/spread-calls.mjs';
import { timedCalls } from '../shared/timed-calls.mjs';

const [role, broker, sysname, number] = process.argv.slice(2);

const Message = { number: Type.Integer(), text: Type.String() };

const Work = defineService({
  name: 'work',
  version: '1.0.0',
  operations: {
    echo: operation({ content: Type.Object(Message), result: Type.Object(Message) }),
    work: operation({
      content: Type.Object({ ...Message, handlerMs: Type.Integer() }),
      result: Type.Object({ ...Message, by: Type.Integer() }),
    }),
  },
});

class WorkService extends ServiceProcess.for(Work) {
  op_echo(message) {
    return answerTo(message);
  }

  async op_work({ number, text, handlerMs }) {
    await sleep(handlerMs);
    return { ...answerTo({ number, text }), by: this.args.by };
  }
}

const container = new Container({ broker, sysname });
await container.start();
if (role === 'server') await container.processes.spawn(WorkService, { args: { by: Number(number) } });
const { echo, work } = container.client(Work);
await serve(
  {
    /** @param {number} inFlight @param {number} ms */
    echo: (inFlight, ms) => timedCalls({ inFlight, bytes: 16, ms, call: (message) => echo(message) }),
    /** @param {number} handlerMs @param {number} count */
    work: (handlerMs, count) =>
      spreadCalls(count, Number(number), (message) => work({ ...message, handlerMs })),
  },
  () => container.stop(),
);
