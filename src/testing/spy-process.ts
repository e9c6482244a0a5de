import type { Static } from 'typebox';
import {
  type Contract,
  IllegalStateError,
  NotFoundError,
  type Operation,
  type ProcessClass,
  type ProcessContext,
  type ReceivedMessage,
  ServiceProcess,
  systemEnv,
} from '../index.ts';
import type { Operations } from '../process/index.ts';
import { describeReceived, type SpiedMessage, SpyInbox } from './spy-inbox.ts';

/** What a spy answers: a result, or for a stream its parts. */
export type SpyResult<O extends Operation> = O['reply'] extends 'stream'
  ? Iterable<Static<O['result']>> | AsyncIterable<Static<O['result']>>
  : Static<O['result']>;

/** Finds the answer when the message is there; what it throws answers with an error. */
export type SpyHandler<O extends Operation> = (
  content: Static<O['content']>,
  message: ReceivedMessage,
) => SpyResult<O> | Promise<SpyResult<O>>;

/** A process that stands in for another in a test: it keeps what it receives and answers as it is told. */
export interface SpyProcess<O extends Operations = Operations> {
  /** What is spawned: `container.processes.spawn(spy.processClass)`. */
  readonly processClass: ProcessClass;
  /** All it has received, oldest first. */
  readonly messages: readonly SpiedMessage[];
  /**
   * Sets the answer to `op` from now on: a result, an error to answer with, or a function that finds either. Without one the answer is
   * null where the contract says so, else `NotFound`.
   *
   * @throws NotFoundError for an operation that the contract lacks, IllegalStateError for one that a spy without a contract was spawned without
   */
  answers<K extends keyof O & string>(op: K, answer: SpyHandler<O[K]>): this;
  answers<K extends keyof O & string>(op: K, answer: SpyResult<O[K]> | Error): this;
  /**
   * Resolves with the next message of `op` that no earlier call was given, as soon as it is there. Rejects with what did come after `withinMs`
   * of real time, by default 5 000.
   */
  received<K extends keyof O & string>(
    op: K,
    options?: { readonly withinMs?: number },
  ): Promise<SpiedMessage<Static<O[K]['content']>>>;
}

/**
 * Makes a spy for a service: of a contract, whose operations it has and is checked by, or of a plain name; then its operations are
 * those that are scripted before it is spawned.
 *
 * @example
 * const harbour = spyProcess(Harbour).answers('close', true);
 * await container.processes.spawn(harbour.processClass);
 * await container.client(Tides).rise({ height: 9 });
 * assert.deepEqual((await harbour.received('close')).content, { gate: 2 });
 */
export function spyProcess<O extends Operations>(contract: Contract<O>): SpyProcess<O>;
export function spyProcess(name: string): SpyProcess;
export function spyProcess(served: Contract | string): SpyProcess {
  return new ScriptedSpy(served);
}

type SpyBase = new (context: ProcessContext) => ServiceProcess;

class ScriptedSpy implements SpyProcess {
  readonly processClass: ProcessClass;
  readonly #name: string;
  readonly #contract: Contract | undefined;
  readonly #inbox = new SpyInbox(systemEnv().clock);
  readonly #answers = new Map<string, unknown>();
  readonly #operations = new Set<string>();
  readonly #prototype: object;
  #isSpawned = false;

  constructor(served: Contract | string) {
    this.#contract = typeof served === 'string' ? undefined : served;
    this.#name = typeof served === 'string' ? served : served.name;
    const spawned = (): void => {
      this.#isSpawned = true;
    };
    const Base: SpyBase =
      typeof served === 'string' ? class extends ServiceProcess {} : ServiceProcess.for(served);
    class Spy extends Base {
      static readonly serviceName = typeof served === 'string' ? served : served.address;
      /** One message that waits for the test holds up no other. */
      static readonly concurrency = 1_000;
      override onInit(): void {
        spawned();
      }
    }
    Object.defineProperty(Spy, 'name', { value: `spy of ${this.#name}` });
    this.processClass = Spy;
    this.#prototype = Spy.prototype;
    for (const op of Object.keys(this.#contract?.operations ?? {})) this.#serve(op);
  }

  get messages(): readonly SpiedMessage[] {
    return this.#inbox.all;
  }

  answers(op: string, answer: unknown): this {
    if (!this.#operations.has(op)) {
      if (this.#contract !== undefined)
        throw new NotFoundError(`contract '${this.#name}' has no operation '${op}'`);
      if (this.#isSpawned) {
        throw new IllegalStateError(
          `spy '${this.#name}' was spawned without operation '${op}'; script it before`,
        );
      }
      this.#serve(op);
    }
    this.#answers.set(op, answer);
    return this;
  }

  received(op: string, { withinMs = 5_000 }: { readonly withinMs?: number } = {}): Promise<SpiedMessage> {
    return this.#inbox.next(
      op,
      withinMs,
      () =>
        `spy '${this.#name}' received no '${op}' within ${withinMs} ms; ${describeReceived(this.messages)}`,
    );
  }

  #serve(op: string): void {
    this.#operations.add(op);
    const isStream = this.#contract?.operations[op]?.reply === 'stream';
    Object.defineProperty(this.#prototype, `op_${op}`, {
      value: (content: unknown, message: ReceivedMessage): unknown => {
        this.#inbox.add({ op, content, message });
        return isStream ? this.#parts(op, content, message) : this.#answer(op, content, message);
      },
    });
  }

  #answer(op: string, content: unknown, message: ReceivedMessage): unknown {
    if (!this.#answers.has(op)) return this.#unscripted(op);
    const answer = this.#answers.get(op);
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(content, message) : answer;
  }

  async *#parts(op: string, content: unknown, message: ReceivedMessage): AsyncGenerator<unknown, void> {
    const parts: unknown = await this.#answer(op, content, message);
    if (isIterable(parts)) yield* parts;
    else throw new TypeError(`spy '${this.#name}' answers the stream '${op}' with an iterable of its parts`);
  }

  #unscripted(op: string): null {
    const result = this.#contract?.operations[op]?.result;
    if (result !== undefined && Reflect.get(result, 'type') === 'null') return null;
    throw new NotFoundError(
      `spy '${this.#name}' has no answer to '${op}'; give it one with answers('${op}', …)`,
    );
  }
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return (
    typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}
