/** Processes that are spawned and, when they are ACTIVE, ended, in one container without a broker. */
import { setTimeout as pause } from 'node:timers/promises';
import { Container, Process } from '../../../dist/index.js';
import { serve } from '../shared/serve.mjs';
import { timedLoops } from '../shared/timed-loops.mjs';

class Idle extends Process {
  op_echo(content) {
    return content;
  }
}

const container = new Container();
await container.start();
const { processes } = container;

/** @param {number} until */
async function spawnOn(until) {
  for (let count = 1; ; count += 1) {
    const id = await processes.spawn(Idle);
    const reason = await processes.terminateProcess(id);
    if (reason !== 'normal') throw new Error(`${id} ended for ${JSON.stringify(reason)}`);
    if (count % 16 === 0 && performance.now() >= until) return count;
  }
}

/** @param {number} atATime @param {number} ms */
async function spawn(atATime, ms) {
  const before = processes.size;
  const figures = await timedLoops(atATime, ms, spawnOn);
  if (processes.size !== before) throw new Error(`${processes.size - before} processes are left`);
  return figures;
}

// A container publishes that processes start and end until the broker has told it that nobody listens: not in the first microtasks.
await spawn(1, 0);
await pause(50);
await serve({ spawn }, () => container.stop());
