import { AsyncLocalStorage } from 'node:async_hooks';
import type { Message } from '../codec/index.ts';
import type { CallOptions } from './options.ts';
import type { CallSink } from './pending-call.ts';

/** Whoever waits for the content of an answer. */
export class ContentSink implements CallSink {
  readonly reject: (error: Error) => void;
  readonly #resolve: (content: unknown) => void;

  constructor(resolve: (content: unknown) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.reject = reject;
  }

  resolve(reply: Message): void {
    this.#resolve(reply.content);
  }
}

/**
 * `sink`, and the listeners of a call besides. They are called from wherever the answer comes; what they send belongs to what the call
 * belongs to.
 */
export function listeningSink(
  sink: CallSink,
  { onAgree, onProgress }: Pick<CallOptions, 'onAgree' | 'onProgress'>,
): CallSink {
  const agreed = onAgree && AsyncLocalStorage.bind(onAgree);
  const progressed = onProgress && AsyncLocalStorage.bind(onProgress);
  return {
    resolve: (reply) => sink.resolve(reply),
    reject: (error) => sink.reject(error),
    agreed: () => agreed?.(),
    progressed: (reply) => progressed?.(reply.content),
  };
}
