/** `growth-services.mjs server|client <url> <system> <services>`: a container with so many services, and one that calls them over RabbitMQ. */
import { Container, Process, ServiceProcess } from '../../../dist/index.js';
import { answerTo } from '../shared/messages.mjs';
import { serve } from '../shared/serve.mjs';
import { growthCalls } from './growth-calls.mjs';

/** So many services are declared at a time. */
const together = 20;

class Echo extends ServiceProcess {
  /** @param {import('../shared/messages.mjs').Message} message */
  op_echo(message) {
    return answerTo(message);
  }
}

/** Spawns more services. */
class Grower extends Process {
  static serviceName = 'grower';
  #count = 0;

  /** @param {number} count */
  async op_grow(count) {
    const spawnOn = async () => {
      while (this.#count < count) {
        const serviceName = serviceAt(this.#count);
        this.#count += 1;
        await this.spawnChild(Echo, { serviceName });
      }
    };
    await Promise.all(Array.from({ length: together }, spawnOn));
  }
}

/** @param {number} index */
function serviceAt(index) {
  return `echo-${index}`;
}

const [role, broker, sysname, size] = process.argv.slice(2);
const container = new Container({ broker, sysname });
await container.start();
if (role === 'server') await container.processes.spawn(Grower);

/** @param {number} count */
async function grow(count) {
  await container.rpcSend('grower', 'grow', count, { timeoutMs: 100_000 });
  return Array.from({ length: count }, (_, index) => serviceAt(index));
}

await serve(growthCalls(Number(size), container, grow), () => container.stop());
