import { timedCalls } from '../shared/timed-calls.mjs';

/**
 * Handlers of `one <in flight> <most> <milliseconds>`, which calls one of many, and `each …`, which calls each in turn. `most`: no more than so many are made; for
 * `--smoke`.
 *
 * @param {number} size how many there are to be
 * @param {import('../../../dist/index.js').Container} container in whose name they are called
 * @param {(count: number) => Promise<readonly string[]>} grow makes more until there are so many, and gives their addresses
 */
export function growthCalls(size, container, grow) {
  /** @param {(addresses: readonly string[]) => () => string} picker */
  const handler = (picker) => async (inFlight, most, ms) => {
    const pick = picker(await grow(Math.min(size, most)));
    return timedCalls({
      inFlight,
      bytes: 16,
      ms,
      call: (message) => container.rpcSend(pick(), 'echo', message),
    });
  };
  return {
    one: handler(
      ([first = '']) =>
        () =>
          first,
    ),
    each: handler((addresses) => {
      let next = 0;
      return () => {
        next = next + 1 === addresses.length ? 0 : next + 1;
        return addresses[next] ?? '';
      };
    }),
  };
}
