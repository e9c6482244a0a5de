import { EventEmitter, once } from 'node:events';
import type { Message } from '../../../src/codec/index.ts';
import { type Arrival, FrameTicket } from '../../../src/exchange/index.ts';
import { defineService, operation, type ReceivedMessage, ServiceProcess, Type } from '../../../src/index.ts';
import { noTracing } from '../../../src/interact/index.ts';
import { Responder } from '../../../src/interact/responder.ts';
import { operationTable } from '../../../src/process/operation-table.ts';
import type { WorkHost, WorkKind } from '../../../src/process/work-host.ts';
import { WorkLoop } from '../../../src/process/work-loop.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { TimerWheel } from '../../../src/util/index.ts';
import { arrival, frameDelivery, message } from '../exchange/bed.ts';
import { fakeContext } from './bed.ts';

const Yard = defineService({
  name: 'yard',
  version: '1.0.0',
  operations: {
    slow: operation({ content: Type.Unknown(), result: Type.Unknown() }),
    quick: operation({ content: Type.Unknown(), result: Type.Unknown() }),
    crane: operation({ content: Type.Unknown(), result: Type.Unknown(), concurrency: 1 }),
    again: operation({ content: Type.Unknown(), result: Type.Unknown(), idempotent: true }),
    parts: operation({ content: Type.Integer(), result: Type.Integer(), reply: 'stream' }),
    late: operation({ result: Type.Integer(), reply: 'stream' }),
  },
});

/** Every operation but the streams waits for its own gate. */
export class YardService extends ServiceProcess.for(Yard) {
  readonly begun: unknown[] = [];
  readonly gates = new EventEmitter().setMaxListeners(0);
  finished = 0;

  op_slow(content: unknown) {
    return this.#work('slow', content);
  }
  op_quick(content: unknown) {
    return this.#work('quick', content);
  }
  op_crane(content: unknown) {
    return this.#work('crane', content);
  }
  op_again(content: unknown, { redelivered }: ReceivedMessage) {
    return this.#work('again', redelivered ? 'redelivered' : content);
  }
  async *op_parts(to: number) {
    try {
      for (let part = 1; part <= to; part += 1) yield part;
    } finally {
      this.finished += 1;
    }
  }
  async *op_late() {
    try {
      await once(this.gates, 'late');
      yield* [];
    } finally {
      this.finished += 1;
    }
  }
  async #work(op: string, content: unknown): Promise<unknown> {
    this.begun.push(content);
    await once(this.gates, op);
    return content;
  }
}

/** A work loop whose clock, answers and gates are the test's. */
export function makeLoop(over: Partial<WorkKind> = {}) {
  const env = fakeEnv();
  const logger = recordingLogger();
  const wheel = new TimerWheel(env.clock);
  const sent: Message[] = [];
  const passed: Arrival[] = [];
  const process = new YardService(fakeContext());
  const host: WorkHost = {
    id: 'shore.1',
    name: 'yard',
    strayError: () => undefined,
    attributesStrayErrors: true,
    process,
    serviceName: 'yard',
    logger,
    responder: new Responder((outgoing) => void sent.push(outgoing.message), logger, env.clock),
    tracing: noTracing,
    isOpen: true,
    now: () => env.clock.now(),
    arm: (entry, delayMs) => wheel.arm(entry, delayMs),
    disarm: (entry) => wheel.disarm(entry),
    passOn: (one) => void passed.push(one),
    instances: () => 1,
  };
  const loop = new WorkLoop(host, {
    operations: operationTable(YardService),
    concurrency: 1,
    mailboxLimit: 3,
    isReentrant: false,
    interleaves: false,
    ...over,
  });
  return {
    env,
    logger,
    loop,
    process,
    sent,
    passed,
    /** Lets everything of an operation go on that waits at its gate. */
    open: async (op: string) => {
      process.gates.emit(op);
      await turns();
    },
  };
}

let conversations = 0;
/** A request with a conversation of its own. */
export function request(
  op: string,
  content: unknown = null,
  facts: Parameters<typeof arrival>[1] = {},
  fields = {},
) {
  conversations += 1;
  return arrival(
    { receiver: 'yard', op, content, conversationId: `k#${conversations}`, ...fields },
    { local: false, deadlineAt: 15_000, ...facts },
  );
}

/** A request, or what `fields` make of it, that came through a shared queue, and its frame. */
export function shared(
  op: string,
  content: unknown = null,
  facts: Parameters<typeof arrival>[1] = {},
  fields = {},
) {
  const delivery = frameDelivery([message()]);
  return { delivery, one: request(op, content, { ticket: new FrameTicket(delivery, 1), ...facts }, fields) };
}

/** What an answer with an error looks like. */
export const failure = (code: string, details: object) => ({
  performative: 'failure',
  content: { code, details },
});
