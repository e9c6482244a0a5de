import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  defineEvent,
  type EventContent,
  outputOf,
  type Process,
  type ProcessClass,
  type PublishOutcome,
  type ReceivedEvent,
  type StreamOutputs,
  StreamProcess,
  type StreamSource,
  Type,
} from '../../../src/index.ts';
import { eventually, turns } from '../../../src/testing/eventually.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { startTestContainer, type TestContainer } from '../../../src/testing/test-container.ts';

const Depth = defineEvent({ name: 'depth', version: '1.0.0', content: Type.Object({ m: Type.Number() }) });
const KeptDepth = defineEvent({
  name: 'kept.depth',
  version: '1.0.0',
  qos: 'durable',
  content: Type.Object({ m: Type.Number() }),
});
const Feet = defineEvent({ name: 'feet', version: '1.0.0', content: Type.Object({ ft: Type.Number() }) });

type DepthContent = EventContent<typeof Depth>;

const logger = recordingLogger();
let container: TestContainer;
let heard: { type: string; origin: string; content: unknown }[];

beforeEach(async () => {
  container = await startTestContainer({ logger, exchange: { retryDelaysMs: [10], attempts: 3 } });
  heard = [];
  await container.events.subscribe('feet', (content, { type, origin }) => {
    heard.push({ type, origin, content });
  });
});
afterEach(() => container.stop());

/** A live source whose transformation a test writes. */
abstract class FromDepth extends StreamProcess<typeof Depth> {
  readonly source: StreamSource<typeof Depth> = { type: Depth };
}

describe('StreamProcess', () => {
  test('StreamProcess#transform() publishes one output, of the origin of its input', async () => {
    await container.processes.spawn(
      class extends FromDepth {
        transform({ m }: DepthContent) {
          return outputOf(Feet, { ft: m * 3 });
        }
      },
    );
    await container.events.publish(Depth, 'ship7.echosounder', { m: 2 });
    await eventually(() => heard.length === 1);
    expect(heard).toEqual([{ type: 'feet', origin: 'ship7.echosounder', content: { ft: 6 } }]);
  });

  test('StreamProcess#transform() publishes nothing, several, or what a promise brings', async () => {
    await container.processes.spawn(
      class extends FromDepth {
        async transform({ m }: DepthContent, { origin }: ReceivedEvent) {
          if (m === 0) return undefined;
          const copies = Array.from({ length: m }, (_, copy) =>
            outputOf(Feet, { ft: copy }, `${origin}.${m}`),
          );
          return m === 3 ? [...copies, { type: 'feet', content: 'untyped' }] : copies;
        }
      },
    );
    for (const m of [0, 2, 3]) await container.events.publish(Depth, 'a', { m });
    await eventually(() => heard.length === 6);
    expect(heard.map(({ origin, content }) => [origin, content])).toEqual([
      ['a.2', { ft: 0 }],
      ['a.2', { ft: 1 }],
      ['a.3', { ft: 0 }],
      ['a.3', { ft: 1 }],
      ['a.3', { ft: 2 }],
      ['a', 'untyped'],
    ]);
  });

  test('StreamProcess#transform() as a generator is asked for more when the broker has what it gave', async () => {
    const story: string[] = [];
    const answers: ((outcome: PublishOutcome) => void)[] = [];
    class Slow extends FromDepth {
      override publish(...[, , content]: Parameters<FromDepth['publish']>): Promise<PublishOutcome> {
        story.push(`publish ${JSON.stringify(content)}`);
        return new Promise((resolve) => answers.push(resolve));
      }
      async *transform({ m }: DepthContent) {
        for (let part = 0; part < m; part += 1) {
          yield [outputOf(Feet, { ft: part }), outputOf(Feet, { ft: -part })];
          story.push(`${part} is taken`);
        }
      }
    }
    const slow = await spawned(Slow);
    await container.events.publish(Depth, 'a', { m: 2 });
    await eventually(() => answers.length === 2);
    await turns();
    expect(story).toEqual(['publish {"ft":0}', 'publish {"ft":0}']);
    answers[0]?.('confirmed');
    await turns();
    expect(story).toHaveLength(2);
    answers[1]?.('confirmed');
    await eventually(() => answers.length === 4);
    expect(story.slice(2)).toEqual(['0 is taken', 'publish {"ft":1}', 'publish {"ft":-1}']);
    expect(slow.subscription?.stats.handled).toBe(0);
    for (const answer of answers.slice(2)) answer('confirmed');
    await eventually(() => slow.subscription?.stats.handled === 1);
    expect(story.at(-1)).toBe('1 is taken');
  });

  test.each(['rejected', 'unknown'] as const)(
    'StreamProcess#transform() is called again for a durable input of which an output ended in %s',
    async (outcome) => {
      const attempts: number[] = [];
      class Unlucky extends StreamProcess<typeof KeptDepth> {
        readonly source = { type: KeptDepth, durable: 'unlucky' };
        override async publish(...args: Parameters<StreamProcess['publish']>): Promise<PublishOutcome> {
          return attempts.length < 2 ? outcome : super.publish(...args);
        }
        transform({ m }: DepthContent, { attempt }: ReceivedEvent) {
          attempts.push(attempt);
          return outputOf(Feet, { ft: m });
        }
      }
      const unlucky = await spawned(Unlucky);
      await container.events.publish(KeptDepth, 'a', { m: 1 });
      await eventually(() => heard.length === 1);
      await eventually(() => unlucky.subscription?.stats.handled === 1);
      expect(attempts).toEqual([1, 2]);
      expect(unlucky.subscription?.stats).toMatchObject({ failed: 1, received: 2 });
    },
  );

  test('StreamProcess#transform() that always fails leaves a durable input among the dead letters', async () => {
    class Broken extends StreamProcess<typeof KeptDepth> {
      readonly source = { type: KeptDepth, origin: 'ship7.#', durable: 'broken', attempts: 2 };
      transform({ m }: DepthContent) {
        if (m === 13) throw new Error('thirteen');
        return outputOf(Feet, { ft: m });
      }
    }
    await container.processes.spawn(Broken);
    for (const m of [1, 13, 2]) await container.events.publish(KeptDepth, 'ship7.a', { m });
    await container.events.publish(KeptDepth, 'ship8.a', { m: 3 });
    const letter = await eventually(async () => (await container.events.deadLetters.list())[0]);
    expect(letter).toMatchObject({ content: { m: 13 }, attempts: 2, error: { message: 'thirteen' } });
    expect(heard.map(({ content }) => content)).toEqual([{ ft: 1 }, { ft: 2 }]);
  });

  test('StreamProcess#transform() that fails live is logged and counted, and the next input comes', async () => {
    class Broken extends FromDepth {
      transform({ m }: DepthContent) {
        if (m === 13) throw new Error('thirteen');
        return outputOf(Feet, { ft: m });
      }
    }
    const broken = await spawned(Broken);
    for (const m of [13, 1]) await container.events.publish(Depth, 'a', { m });
    await eventually(() => heard.length === 1);
    expect(broken.subscription?.stats).toMatchObject({ failed: 1, handled: 1 });
  });

  test.each([
    ['a text', 'feet', 'string "feet"'],
    ['a number', 7, 'number 7'],
    ['an array with something else in it', [outputOf(Feet, { ft: 1 }), 'feet'], 'string "feet"'],
    ['a map that is no output', { type: 'feet' }, 'an object with 1 member'],
  ])('StreamProcess#transform() must not give %s', async (_, outputs, found) => {
    class Odd extends StreamProcess {
      readonly source = { type: 'depth' };
      transform(): StreamOutputs {
        return JSON.parse(JSON.stringify(outputs));
      }
    }
    const odd = await spawned(Odd);
    await container.events.publish(Depth, 'a', { m: 1 });
    await eventually(() => odd.subscription?.stats.failed === 1);
    expect(logger.lines.at(-1)?.fields.error).toMatchObject({
      code: 'BadRequest',
      message: expect.stringContaining(found),
    });
    expect(heard).toEqual([]);
  });

  test('StreamProcess#transform() gives contents that fit: what the output type does not allow is a failure', async () => {
    class Odd extends FromDepth {
      transform() {
        return { type: Feet, content: { feet: 1 } };
      }
    }
    const odd = await spawned(Odd);
    await container.events.publish(Depth, 'a', { m: 1 });
    await eventually(() => odd.subscription?.stats.failed === 1);
    expect(heard).toEqual([]);
  });

  test('StreamProcess#transform() publishes within its input, whose acting user and trace go on', async () => {
    const within: unknown[] = [];
    class Wide extends FromDepth {
      static readonly concurrency = 2;
      override async publish(...args: Parameters<FromDepth['publish']>): Promise<PublishOutcome> {
        within.push([args[2], args[3]?.within?.message.content]);
        return 'sent';
      }
      async transform({ m }: DepthContent) {
        await turns(m);
        return outputOf(Feet, { ft: m });
      }
    }
    await container.processes.spawn(Wide);
    for (const [index, m] of [9, 1].entries()) await container.events.publish(Depth, `origin${index}`, { m });
    await eventually(() => within.length === 2);
    expect(within).toEqual([1, 9].map((m) => [{ ft: m }, { m }]));
  });

  test('StreamProcess#onInit() is refused a checkpoint for what is not replayed', async () => {
    class Odd extends FromDepth {
      override readonly source = { type: Depth, checkpoint: { name: 'odd' } };
      transform() {}
    }
    await expect(container.processes.spawn(Odd)).rejects.toMatchObject({
      code: 'BadRequest',
      message: 'checkpoint is for a source with replay; others have no place to go on at',
    });
  });

  test('StreamProcess#onActivate() fails when onInit was overridden and not called', async () => {
    class Forgetful extends FromDepth {
      override async onInit() {}
      transform() {}
    }
    await expect(container.processes.spawn(Forgetful)).rejects.toMatchObject({
      code: 'IllegalState',
      message: 'Forgetful consumes nothing: its onInit must call super.onInit()',
    });
  });
});

/** Spawns it, and gives the process itself. */
async function spawned<P extends Process>(processClass: ProcessClass<P>): Promise<P> {
  const process = container.processes.get(await container.processes.spawn(processClass));
  if (process instanceof processClass) return process;
  throw new Error('it has ended');
}
