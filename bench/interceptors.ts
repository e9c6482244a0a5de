/**
 * What the interceptors cost, and what it would cost to make the fixed steps of the walk movable: `npx tsx bench/interceptors.ts`. Figures go to
 * standard output; docs/interceptors.md quotes them.
 */
import { Codec, makeMessage } from '../src/codec/index.ts';
import { type Outgoing, outgoing } from '../src/exchange/index.ts';
import { Container, type Interceptor, Process, silentLogger } from '../src/index.ts';
import { InterceptorChain } from '../src/intercept/index.ts';

const pass: Interceptor = (_invocation, next) => next();

class Echo extends Process {
  op_echo(content: unknown): unknown {
    return content;
  }
}

const content = { at: 'bow', depth: 12.5, gauges: [1, 2, 3], note: 'measured at high water' };

/** Nanoseconds per run, the best of several rounds. */
function measure(run: () => void, times = 500_000): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round += 1) {
    const startedAt = performance.now();
    for (let count = 0; count < times; count += 1) run();
    best = Math.min(best, ((performance.now() - startedAt) / times) * 1e6);
  }
  return best;
}

function request() {
  return makeMessage({ performative: 'request', sender: 'a.1', receiver: 'hello', op: 'hello', content });
}

const send = (_outgoing: Outgoing): void => undefined;

/** The way out through so many interceptors. */
function wayOut(count: number): (outgoing: Outgoing) => void {
  const named = Array.from({ length: count }, (_, index) => ({ name: String(index), intercept: pass }));
  return new InterceptorChain(named, { container: 'a', logger: silentLogger }).out(send);
}

/** A container with so many interceptors, and what measures its calls per second: two ends in one container, 100 at a time. */
async function makeCaller(count: number) {
  const container = new Container({ interceptors: Array.from({ length: count }, () => pass) });
  await container.start();
  const id = await container.processes.spawn(Echo, { concurrency: 100 });
  const measureRate = async (): Promise<number> => {
    const startedAt = performance.now();
    for (let batch = 0; batch < 200; batch += 1) {
      await Promise.all(Array.from({ length: 100 }, () => container.rpcSend(id, 'echo', content)));
    }
    return 20_000 / ((performance.now() - startedAt) / 1000);
  };
  return { count, container, measureRate, best: 0 };
}

const codec = new Codec();
console.log(`no interceptors: the way out is the end itself: ${wayOut(0) === send}`);
const one = outgoing(request());
for (const count of [1, 3]) {
  const walk = wayOut(count);
  console.log(`${count} interceptors: ${measure(() => walk(one)).toFixed(0)} ns per walk`);
}

// In turns, so that all of them meet the same weather.
const callers = [await makeCaller(0), await makeCaller(1), await makeCaller(3)];
for (let round = 0; round < 12; round += 1) {
  for (const caller of callers) caller.best = Math.max(caller.best, await caller.measureRate());
}
for (const { count, container, best } of callers) {
  const share = (best / (callers[0]?.best ?? best)).toFixed(2);
  console.log(`${count} interceptors: ${Math.round(best)} local calls/s (${share} × without)`);
  await container.stop();
}
const copyNs = measure(() => codec.isolate(request()), 200_000);
const encodeNs = measure(() => {
  const bytes = codec.encodeEnvelope(request(), 'a', undefined);
  codec.decodeFrame(codec.encodeFrame({ container: 'a', sysname: 's', sentAt: 0 }, [bytes]), 'b');
}, 200_000);
console.log(`a content copied, as for a process next door: ${copyNs.toFixed(0)} ns`);
console.log(`the same encoded and decoded: ${encodeNs.toFixed(0)} ns (${(encodeNs / copyNs).toFixed(1)} ×)`);
