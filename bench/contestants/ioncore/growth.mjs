/** `growth.mjs <processes>`: local calls in a container with so many, from outside of them. */
import { Container, Process } from '../../../dist/index.js';
import { answerTo } from '../shared/messages.mjs';
import { serve } from '../shared/serve.mjs';
import { growthCalls } from './growth-calls.mjs';

class Echo extends Process {
  /** @param {import('../shared/messages.mjs').Message} message */
  op_echo(message) {
    return answerTo(message);
  }
}

const container = new Container();
await container.start();
/** @type {string[]} */
const ids = [];

/** @param {number} count */
async function grow(count) {
  while (ids.length < count) ids.push(await container.processes.spawn(Echo));
  return ids;
}

await serve(growthCalls(Number(process.argv[2]), container, grow), () => container.stop());
