import { fork } from 'node:child_process';
import { once } from 'node:events';
import { maker } from './messages.mjs';

/** Messages that may be on their way: enough to keep everybody busy, and fewer than any mailbox holds. */
const window = 1_000;
/** How long messages may take to arrive. */
const patienceMs = 20_000;

/**
 * Starts the program that counts what arrives (see arrivals.mjs), with the sender's own arguments.
 *
 * @param {string} path
 */
export async function startReceiver(path) {
  const child = fork(path, process.argv.slice(2), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.once('exit', (code) => {
    if (code !== 0) console.error(`the receiver ended with ${code}`);
  });
  const [{ facts }] = await once(child, 'message');
  const state = { count: 0, sum: 0 };
  let moved = () => undefined;
  child.on('message', ({ count, sum }) => {
    state.count = count;
    state.sum = sum;
    moved();
  });
  return {
    /** @type {Record<string, string>} */
    facts,
    state,
    /** Resolves when more has arrived. */
    progress: () =>
      new Promise((resolve, reject) => {
        const { count } = state;
        const timer = setTimeout(
          () => reject(new Error(`nothing more than ${count} messages arrived`)),
          patienceMs,
        );
        moved = () => {
          clearTimeout(timer);
          moved = () => undefined;
          resolve(undefined);
        };
      }),
    end: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/**
 * A handler for the command `sends <bytes> <milliseconds>`: sends as long as fewer than `window` messages are on their way, until the time is over; then waits
 * until all have arrived.
 *
 * @param {Awaited<ReturnType<typeof startReceiver>>} receiver
 * @param {(message: import('./messages.mjs').Message) => unknown} send a promise is awaited too, in the end
 */
export function sendsHandler(receiver, send) {
  const { state } = receiver;
  let sent = 0;
  let sum = 0;
  let underWay = 0;
  /** @type {unknown} */
  let failure;
  const settled = () => {
    underWay -= 1;
  };
  const failed = (error) => {
    failure ??= error;
    underWay -= 1;
  };

  /** @param {number} bytes @param {number} ms */
  return async (bytes, ms) => {
    const make = maker(bytes);
    const before = sent;
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    const endsAt = startedAt + ms;
    while (performance.now() < endsAt) {
      while (sent - state.count < window) {
        const message = make(sent);
        sum += message.number + bytes;
        sent += 1;
        underWay += 1;
        Promise.resolve(send(message)).then(settled, failed);
      }
      await receiver.progress();
    }
    while (state.count < sent) await receiver.progress();
    const seconds = (performance.now() - startedAt) / 1_000;
    const { user, system } = process.cpuUsage(cpuBefore);
    while (underWay > 0 && failure === undefined) await new Promise((resolve) => setImmediate(resolve));
    if (failure !== undefined) throw failure;
    if (state.count !== sent || state.sum !== sum)
      throw new Error(`${sent} messages were sent and ${state.count} arrived, or others than were sent`);
    return {
      rate: (sent - before) / seconds,
      cpuUs: (user + system) / (sent - before),
      completed: sent - before,
    };
  };
}
