import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ExitReason } from '../../../src/process/index.ts';
import { type ChildSpec, type Supervisor, supervisor } from '../../../src/supervisor/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { World } from './processes.ts';

const ids = ['a', 'b', 'c', 'd'];
const id = fc.constantFrom(...ids);
const reason = fc.constantFrom<ExitReason>(
  'normal',
  'shutdown',
  { shutdown: 1 },
  { error: new Error('crash') },
);

const child = fc.record({
  kind: fc.constantFrom('class', 'class', 'function', 'supervisor'),
  restart: fc.constantFrom('permanent', 'permanent', 'transient', 'temporary'),
  shutdown: fc.constantFrom<number | 'brutal_kill'>(40, 200, 'brutal_kill'),
});

const deed = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('exit' as const), nth: fc.nat(9), reason }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('kill' as const), nth: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('advance' as const), ms: fc.nat(400) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom(
        'terminateChild',
        'restartChild',
        'deleteChild',
        'pauseChild',
        'resumeChild',
        'restartChildNow',
        'startChild',
      ),
      id,
    }),
  },
);

const life = fc.record({
  strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one'),
  intensity: fc.constantFrom(2, 50, 50),
  isDelayed: fc.boolean(),
  children: fc.array(child, { minLength: 1, maxLength: 4 }),
  /** After the first, which are fine most of the time. */
  firstStarts: fc.constantFrom(2, 8, 8, 8),
  starts: fc.array(fc.constantFrom('ok', 'ok', 'ok', 'ok', 'fail', 'hang'), { minLength: 20, maxLength: 40 }),
  stubborn: fc.constantFrom(...ids, 'nobody'),
  deeds: fc.array(deed, { minLength: 5, maxLength: 30, size: 'max' }),
  end: fc.constantFrom('stop', 'short stop', 'kill', 'crash', 'container'),
});
type Life = typeof life extends fc.Arbitrary<infer Value> ? Value : never;

/** As a class, as a function that spawns a helper first, or with a supervisor of two in between. */
function specOf(world: World, name: string, { kind, ...rest }: Life['children'][number]): ChildSpec {
  const options = { startTimeoutMs: 100 };
  if (kind === 'class') return { id: name, start: world.Child, options, ...rest };
  if (kind === 'function') {
    return {
      id: name,
      start: async (spawner) => {
        await spawner.spawnChild(world.Child, { name: `${name} helper`, ...options });
        return spawner.spawnChild(world.Child, { name, ...options });
      },
      startTimeoutMs: 150,
      ...rest,
    };
  }
  const inner = [`${name} first`, name].map((inside) => ({ id: inside, start: world.Child, options }));
  return { id: name, start: supervisor({ intensity: 1, children: inner }), ...rest };
}

function script(world: World, { firstStarts, starts, stubborn }: Life): void {
  const left = [...Array.from({ length: firstStarts }, () => 'ok'), ...starts];
  world.behaviour = {
    start: () => {
      const how = left.shift() ?? 'ok';
      if (how === 'fail') throw new Error('it does not start');
      return how === 'hang' ? new Promise(() => undefined) : undefined;
    },
    stop: (name) => (name === stubborn ? new Promise(() => undefined) : undefined),
  };
}

/** Whatever comes of it. */
async function settled(work: Promise<unknown> | undefined): Promise<void> {
  await work?.catch(() => undefined);
}

async function make({ strategy, intensity, isDelayed, children }: Life, world: World) {
  const isDynamic = strategy === 'simple_one_for_one';
  const specs = children
    .slice(0, isDynamic ? 1 : 4)
    .map((one, index) => specOf(world, ids[index] ?? 'a', one));
  const spawning = world
    .spawn(supervisor({ strategy, intensity, ...(!isDelayed && { restartDelay: false }), children: specs }))
    .catch(() => undefined);
  await world.env.advance(1_000);
  const top = await spawning;
  for (let n = 0; n < 3 && isDynamic; n += 1) void settled(top?.startChild());
  await world.env.advance(1_000);
  return top;
}

async function act(world: World, top: Supervisor, given: Life['deeds'][number], asked: Promise<unknown>[]) {
  if (given.type === 'advance') {
    await world.env.advance(given.ms);
  } else if (given.type === 'exit' || given.type === 'kill') {
    const living = [...world.live.values()].flat().filter((one) => one.isAlive(one.id));
    const victim = living[given.nth % living.length];
    if (victim === undefined) return;
    if (given.type === 'kill') world.processes.kill(victim.id);
    else victim.exit(given.reason);
    // Some of what follows meets the rest of it half done.
    await turns(given.nth % 3);
  } else {
    const dynamic = top.describe()?.flags.strategy === 'simple_one_for_one';
    const target = dynamic ? (world.live.get(given.id)?.[0]?.id ?? top.id) : given.id;
    const asking =
      given.type !== 'startChild'
        ? top[given.type](target)
        : dynamic
          ? top.startChild()
          : top.startChild({ id: given.id, start: world.Child, options: { startTimeoutMs: 100 } });
    asked.push(settled(asking));
  }
}

async function end(world: World, top: Supervisor, how: Life['end']): Promise<void> {
  if (!world.processes.list().some((one) => one.id === top.id)) return;
  if (how === 'stop') void world.processes.terminateProcess(top.id, 'shutdown', 'infinity');
  else if (how === 'short stop') void world.processes.terminateProcess(top.id, 'shutdown', 60);
  else if (how === 'kill') world.processes.kill(top.id);
  else if (how === 'crash') top.exit({ error: new Error('crash') });
  else void world.processes.terminate();
}

describe('a Supervisor of real processes through a random life', () => {
  test('leaves no process, no timer and no request behind, and starts no child twice', async () => {
    await fc.assert(
      fc.asyncProperty(life, async (given) => {
        const world = await World.make();
        script(world, given);
        const top = await make(given, world);
        const asked: Promise<unknown>[] = [];
        if (top !== undefined) {
          for (const one of given.deeds) await act(world, top, one, asked);
          await end(world, top, given.end);
          await world.env.advance(30_000);
          await top.stopped;
        }
        await Promise.all(asked);
        expect(world.names()).toEqual([]);
        expect(world.env.pendingTimers()).toBe(0);
        if (given.strategy !== 'simple_one_for_one') expect(world.most).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  test('at its end stops those that run in the reverse order of start', async () => {
    const orderly = life.map((given) => ({
      ...given,
      children: given.children.map((one) => ({ ...one, kind: 'class' as const, shutdown: 200 })),
      starts: given.starts.map((how) => (how === 'hang' ? 'ok' : how)),
      stubborn: 'nobody',
    }));
    await fc.assert(
      fc.asyncProperty(orderly, async (given) => {
        fc.pre(given.strategy !== 'simple_one_for_one');
        const world = await World.make();
        script(world, given);
        const top = await make(given, world);
        if (top === undefined) return;
        for (const one of given.deeds) await act(world, top, one, []);
        await world.env.advance(30_000);
        const running = top
          .describe()
          ?.children.flatMap((one) => (one.state === 'running' ? [`stop ${one.id}`] : []));
        const isAlive = world.names().includes('top');
        const steps = await world.during(async () => {
          await end(world, top, 'stop');
          await world.env.advance(1_000);
        });
        expect(steps).toEqual(isAlive ? running?.toReversed() : []);
      }),
      { numRuns: 80 },
    );
  });
});
