import { extension } from '../codec/index.ts';
import { ContainerError } from '../errors/index.ts';
import { creditHeader, defaultTimeoutMs } from '../interact/index.ts';
import type { Handling, HandlingHost } from './handling.ts';
import type { BoundOperation } from './operation-table.ts';
import { StreamWriter } from './stream-writer.ts';
import type { WorkHost } from './work-host.ts';

/** The answers in parts that a process is giving. Nothing is kept for a process that gives none. */
export class RunningStreams {
  readonly #host: WorkHost;
  readonly #context: Pick<HandlingHost, 'within'>;
  #writers: Map<Handling, StreamWriter> | undefined;

  /** `context` runs steps of a handler as a part of its message. */
  constructor(host: WorkHost, context: Pick<HandlingHost, 'within'>) {
    this.#host = host;
    this.#context = context;
  }

  /** Sends what a handler yields, as its reader grants it, and the end. @throws what ended it otherwise */
  async serve(handling: Handling, operation: BoundOperation, parts: unknown): Promise<void> {
    const { arrival } = handling;
    if (!isAsyncIterable(parts)) {
      throw new ContainerError('Internal', `operation '${arrival.message.op}' returned no async iterable`);
    }
    const writer = this.#writerFor(handling, operation);
    this.#writers ??= new Map();
    this.#writers.set(handling, writer);
    try {
      // The deadline stops it too, and its reader may have gone before there was a writer.
      const { signal } = handling;
      if (signal.aborted) writer.stop(signal.reason);
      else signal.addEventListener('abort', () => writer.stop(signal.reason), { once: true });
      await writer.run(parts);
    } finally {
      this.#writers.delete(handling);
    }
    if (arrival.answered) return;
    arrival.answered = true;
    this.#host.responder.finish(arrival, this.#host.id, writer.sent);
  }

  /** The reader takes so many more parts; false if nothing is being sent to it. */
  grant(handling: Handling, parts: number): boolean {
    const writer = this.#writers?.get(handling);
    writer?.grant(parts);
    return writer !== undefined;
  }

  /** Nobody reads it any more. */
  stop(handling: Handling, reason: unknown): void {
    this.#writers?.get(handling)?.stop(reason);
  }

  #writerFor(handling: Handling, operation: BoundOperation): StreamWriter {
    const host = this.#host;
    const { arrival } = handling;
    // A reader that keeps the handler waiting says from time to time that it lives; it may be late by as much again.
    const patienceMs = (arrival.message.budgetMs || defaultTimeoutMs) * 2;
    // One who set no limit and falls silent must not hold the handler for ever.
    arrival.deadlineAt = Math.min(arrival.deadlineAt, host.now() + patienceMs);
    return new StreamWriter(extension(arrival.message, creditHeader), {
      send: (part, number) => {
        host.responder.progress(arrival, host.id, operation.outgoing(part, handling), number);
      },
      within: (step) => this.#context.within(handling, step),
      extend: () => {
        arrival.deadlineAt = Math.max(arrival.deadlineAt, host.now() + patienceMs);
      },
    });
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
