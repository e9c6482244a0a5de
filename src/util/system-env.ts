import { randomBytes, randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock, Env, Ids, Random, Scheduler } from './env.ts';

const clock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  timer: (delayMs, fn) => {
    const handle = setTimeout(fn, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

const random: Random = {
  next: () => randomInt(2 ** 48 - 1) / (2 ** 48 - 1),
  bytes: (length) => new Uint8Array(randomBytes(length)),
  fork: () => random,
};

// setImmediate runs after the microtasks that answer one chunk of socket data, so one turn's messages leave together.
const scheduler: Scheduler = {
  soon: (fn) => {
    setImmediate(fn);
  },
};

/** The real world: this machine's clocks, the kernel's randomness, Node's event loop. It holds no state. */
export function systemEnv(): Env {
  return { clock, random, scheduler, ids: makeIds(random) };
}

/** Identity for an {@link Env} built from `source`; `hostname` and `osPid` default to this machine's and process's. */
export function makeIds(source: Random, host = hostname(), osPid = process.pid): Ids {
  return {
    hostname: host,
    osPid,
    token: (bits) => Buffer.from(source.bytes(bits / 8)).toString('base64url'),
  };
}
