import type { Performative } from '../../../src/codec/index.ts';
import { Codec } from '../../../src/codec/index.ts';
import { UnavailableError } from '../../../src/errors/index.ts';
import { type Outgoing, parseProcessId } from '../../../src/exchange/index.ts';
import { ConversationManager, type ConversationParts } from '../../../src/interact/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { arrival, identity } from '../exchange/bed.ts';

/** What the exchange says of a message's way: ours stay here, other ids go to their container, names to a shared queue. */
export function walkByReceiver(outgoing: Outgoing): void {
  const { receiver } = outgoing.message;
  const container = parseProcessId(receiver)?.container;
  outgoing.answerer = container;
  outgoing.remote = container !== identity.container;
  if (container === undefined) outgoing.service = receiver;
}

export type Bed = ReturnType<typeof makeBed>;

/** A conversation manager on a fake clock whose messages go where the test says. */
export function makeBed(parts: Partial<ConversationParts> = {}) {
  const env = fakeEnv();
  const logger = recordingLogger();
  const codec = new Codec();
  const bed = {
    env,
    logger,
    /** Everything that walked out. */
    sent: [] as Outgoing[],
    watched: [] as string[],
    /** What answers told of the work of their requests. */
    took: [] as unknown[][],
    walk: walkByReceiver,
  };
  const manager = new ConversationManager({
    identity,
    env,
    logger,
    walkOut: (outgoing) => {
      bed.sent.push(outgoing);
      bed.walk(outgoing);
    },
    watchInstances: (service) => void bed.watched.push(service),
    took: (...work) => void bed.took.push(work),
    countContainers: async () => 1,
    isolate: (message) => codec.isolate(message),
    ...parts,
  });

  return {
    ...bed,
    bed,
    manager,
    /** Calls in the name of process 1. */
    call: (receiver: string, options = {}) => manager.call('shore.1', receiver, 'hello', 'you', options),
    /** The message that walked out last. */
    last: () => {
      const outgoing = bed.sent.at(-1);
      if (outgoing === undefined) throw new Error('nothing walked out');
      return outgoing;
    },
    /** A reply comes in. */
    answer: (
      conversationId: string,
      {
        performative = 'inform_result' as Performative,
        content = null as unknown,
        origin = 'ship',
        workUs = 0,
      } = {},
    ) =>
      manager.accept(
        arrival(
          { performative, conversationId, content, workUs, sender: `${origin}.1`, receiver: 'shore.1' },
          { origin, local: origin === identity.container },
        ),
      ),
  };
}

/** How a call ended: `resolved`, or the code of its error. */
export function outcomeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) =>
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error),
  );
}

/** What the exchange throws while there is no connection. */
export function notConnected(): never {
  throw new UnavailableError('there is no connection to the broker now', { details: { executed: 'no' } });
}

/** Whether a promise has settled by now. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  await turns(2);
  const pending = Symbol('pending');
  return (await Promise.race([promise.catch(() => 'rejected'), Promise.resolve(pending)])) === pending;
}
