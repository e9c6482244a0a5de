import type { MessageFields } from '../../../src/codec/index.ts';
import { type Arrival, type ArrivalFacts, ServiceReceiver } from '../../../src/exchange/index.ts';
import { type Answers, noTracing } from '../../../src/interact/index.ts';
import {
  Process,
  type ProcessContext,
  ProcessManager,
  type ProcessOptions,
} from '../../../src/process/index.ts';
import { ProcessCell } from '../../../src/process/process-cell.ts';
import type { ProcessHost } from '../../../src/process/process-parts.ts';
import type { Events } from '../../../src/process/seams.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { TimerWheel } from '../../../src/util/index.ts';
import { arrival, identity, ScriptedTransport } from '../exchange/bed.ts';

/** Nobody publishes here. */
const noEvents: Events = {
  publish: async () => 'sent',
  subscribe: async () => {
    throw new Error('nobody publishes here');
  },
};

/** What a process gets, without a container behind it. */
export function fakeContext(over: Partial<ProcessContext> = {}): ProcessContext {
  return {
    id: 'shore.1',
    name: 'fake',
    container: 'shore',
    sysname: 'fleet',
    args: {},
    env: fakeEnv(),
    logger: recordingLogger(),
    state: 'ACTIVE',
    call: async () => null,
    stream: () => (async function* () {})(),
    progress: () => true,
    send: async () => undefined,
    publish: async () => 'sent',
    subscribe: async () => {
      throw new Error('nobody publishes here');
    },
    reply: () => undefined,
    replyError: () => undefined,
    spawnChild: async () => 'shore.2',
    endChild: async () => 'shutdown',
    isAlive: () => true,
    stopped: new Promise(() => undefined),
    stop: () => undefined,
    link: () => undefined,
    unlink: () => undefined,
    trapExit: () => undefined,
    monitor: () => 1,
    demonitor: () => undefined,
    bind: (fn) => fn,
    addLifecycleObject: () => undefined,
    registerLifecycleObject: async () => undefined,
    ...over,
  };
}

/** A cell without a container behind it, as free as the test says. */
export class FakeCell extends ProcessCell {
  free = true;

  constructor(name: string) {
    super(
      {
        processClass: Silent,
        name,
        serviceName: 'hello',
        operations: new Map(),
        concurrency: 1,
        isReentrant: false,
        interleaves: false,
        mailboxLimit: 1,
        hasCodecs: false,
        logger: recordingLogger(),
        host: fakeHost(),
      },
      { id: 'shore.1', number: 1, name, localName: undefined, args: {} },
    );
  }

  override get places(): number {
    return this.free ? 1 : 0;
  }
}

class Silent extends Process {}

/** Answers that go nowhere, but for those that the test takes. */
function fakeAnswers(over: Partial<Answers> = {}): Answers {
  return {
    answerAgain: () => false,
    agree: () => undefined,
    progress: () => true,
    finish: () => undefined,
    reply: () => undefined,
    replyError: () => undefined,
    ...over,
  };
}

function fakeHost(): ProcessHost<ProcessCell> {
  const nothing = async (): Promise<void> => undefined;
  return {
    container: 'shore',
    sysname: 'fleet',
    env: fakeEnv(),
    mostMs: Number.POSITIVE_INFINITY,
    shutdownMs: 100,
    isTelling: false,
    tellingBegins: nothing,
    tellingEnds: nothing,
    conversations: {
      ask: async () => null,
      stream: () => (async function* () {})(),
      send: nothing,
      endCallsOf: () => undefined,
      responder: fakeAnswers(),
      arm: () => undefined,
      disarm: () => undefined,
    },
    events: noEvents,
    tracing: noTracing,
    instances: () => 1,
    spawnChild: () => 'shore.2',
    declareNames: nothing,
    openNames: nothing,
    closeNames: nothing,
    passOn: () => undefined,
    find: () => undefined,
    nextMonitor: () => 1,
    monitorRemote: () => () => undefined,
    countRefused: () => undefined,
    attributesStrayErrors: true,
    reportUnfinished: () => undefined,
    ended: () => undefined,
  };
}

/** What processes answered, in order. */
export interface Answer {
  readonly type: 'result' | 'error';
  readonly op: string;
  readonly sender: string;
  readonly content: unknown;
}

/** A process manager without a broker: messages are put in by hand, and answers are kept. */
export async function makeProcesses(
  options: ProcessOptions = {},
  transport: ScriptedTransport = new ScriptedTransport(),
) {
  const env = fakeEnv();
  const logger = recordingLogger();
  const answers: Answer[] = [];
  const handedBack: Arrival[] = [];
  const wheel = new TimerWheel(env.clock);
  const processes = new ProcessManager({
    identity,
    env,
    logger,
    options,
    events: noEvents,
    conversations: {
      ask: async () => null,
      stream: () => (async function* () {})(),
      send: async () => undefined,
      endCallsOf: () => undefined,
      arm: (entry, delayMs) => wheel.arm(entry, delayMs),
      disarm: (entry) => wheel.disarm(entry),
      responder: fakeAnswers({
        reply: (arrival, sender, content) =>
          void answers.push({ type: 'result', op: arrival.message.op, sender, content }),
        replyError: (arrival, sender, content) =>
          void answers.push({ type: 'error', op: arrival.message.op, sender, content }),
      }),
    },
    exchange: {
      serviceReceiver: (service) =>
        new ServiceReceiver({
          identity,
          service,
          transport,
          prefetch: 32,
          onDelivery: () => undefined,
        }),
      inspectService: async () => undefined,
      handBack: async (arrival) => {
        handedBack.push(arrival);
        arrival.settle();
      },
    },
  });
  await processes.initialize();
  await processes.activate();
  return {
    env,
    logger,
    answers,
    handedBack,
    processes,
    /** A message comes in, from next door unless `facts` say otherwise. */
    receive: (fields: Partial<MessageFields>, facts: Partial<ArrivalFacts> = {}) =>
      processes.accept(arrival(fields, facts)),
  };
}
