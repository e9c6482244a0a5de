import { check, maker } from './messages.mjs';

/**
 * A handler for the command `calls <in flight> <bytes> <milliseconds>`.
 *
 * @param {(message: import('./messages.mjs').Message) => Promise<import('./messages.mjs').Message>} call
 */
export function callsHandler(call) {
  /** @param {number} inFlight @param {number} bytes @param {number} ms */
  return (inFlight, bytes, ms) => timedCalls({ inFlight, bytes, ms, call });
}

/**
 * Keeps so many calls under way until the time is over, waits for those that are left, and checks every answer.
 *
 * @param {object} options
 * @param {number} options.inFlight
 * @param {number} options.bytes of each message's text
 * @param {number} options.ms
 * @param {(message: import('./messages.mjs').Message) => Promise<import('./messages.mjs').Message>} options.call
 * @returns calls per second; the median and the 99th percentile of their times; microseconds of this process's CPU for each
 */
export async function timedCalls({ inFlight, bytes, ms, call }) {
  const make = maker(bytes);
  let latencies = new Float64Array(1 << 16);
  let number = 0;
  let completed = 0;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const endsAt = startedAt + ms;
  const loop = async () => {
    for (let sentAt = performance.now(); sentAt < endsAt; ) {
      const message = make(number++);
      check(message, await call(message));
      const answeredAt = performance.now();
      if (completed === latencies.length) latencies = grown(latencies);
      latencies[completed++] = answeredAt - sentAt;
      sentAt = answeredAt;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const sorted = latencies.subarray(0, completed).sort();
  return {
    rate: completed / seconds,
    p50Ms: sorted[Math.floor(completed / 2)],
    p99Ms: sorted[Math.floor(completed * 0.99)],
    cpuUs: (user + system) / completed,
    completed,
  };
}

/** @param {Float64Array} full */
function grown(full) {
  const larger = new Float64Array(full.length * 2);
  larger.set(full);
  return larger;
}
