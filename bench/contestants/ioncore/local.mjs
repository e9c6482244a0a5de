/** Calls and sends that stay in one container without a broker. `local.mjs id|name|outside` says how the service is addressed, and by whom. */
import { Container } from '../../../dist/index.js';
import { serve } from '../shared/serve.mjs';
import { timedLoops } from '../shared/timed-loops.mjs';
import { Caller, callOn, Echo, EchoService, echoOf } from './local-echo.mjs';

const [way] = process.argv.slice(2);
/** More than a run may take. */
const timeoutMs = 600_000;

const container = new Container();
await container.start();
const id = await container.processes.spawn(EchoService);
const address = way === 'name' ? Echo.address : id;
const callers = [];

/** @param {number} count */
async function spawnCallers(count) {
  while (callers.length < count) callers.push(await container.processes.spawn(Caller));
}

/** @param {number} count @param {number} ms */
async function calls(count, ms) {
  if (way === 'outside') {
    const client = container.client(echoOf(address));
    return timedLoops(count, ms, (until) => callOn(client, until));
  }
  await spawnCallers(count);
  return timedLoops(count, ms, (until, index) =>
    container.rpcSend(callers[index], 'call', { address, until }, { timeoutMs }),
  );
}

/** @param {number} senders @param {number} batch @param {number} ms */
async function casts(senders, batch, ms) {
  await spawnCallers(senders);
  const before = await container.rpcSend(id, 'noted');
  const figures = await timedLoops(senders, ms, (until, index) =>
    container.rpcSend(callers[index], 'cast', { address, batch, until }, { timeoutMs }),
  );
  const received = (await container.rpcSend(id, 'noted')) - before;
  if (received !== figures.count) throw new Error(`${received} of ${figures.count} were received`);
  return figures;
}

await serve({ calls, casts }, () => container.stop());
