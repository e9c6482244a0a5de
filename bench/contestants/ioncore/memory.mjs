/** `memory.mjs process|service`: what a process takes that waits for messages. Embedded broker. */
import { Container, Process, ServiceProcess } from '../../../dist/index.js';
import { bytesOfEach } from '../shared/held-bytes.mjs';
import { serve } from '../shared/serve.mjs';

class Idle extends Process {
  op_echo(content) {
    return content;
  }
}
class IdleService extends ServiceProcess {
  op_echo(content) {
    return content;
  }
}
const processClass = process.argv[2] === 'service' ? IdleService : Idle;

const container = new Container();
await container.start();

/** @param {number} count */
async function spawn(count) {
  for (let index = 0; index < count; index += 1) await container.processes.spawn(processClass);
}

await serve(
  {
    /** @param {number} count */
    idle: (count) => bytesOfEach(count, spawn),
  },
  () => container.stop(),
);
