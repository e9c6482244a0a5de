import type { Message } from '../codec/index.ts';

/** What is being done, from its beginning to {@link TracedStep#end}, as others may see it in a trace. */
export interface TracedStep {
  /** `error`: what it ended with; nothing if it went well. Only the first end counts. */
  end(error?: unknown): void;
}

/** The handling of a message. */
export interface TracedHandling extends TracedStep {
  /** Runs a step of the handler inside the trace, so that what it begins belongs there. */
  run<T>(step: () => T): T;
}

/**
 * Where messages are told of that leave and that are handled. W3C's `traceparent` travels with every message as it is given; a tracer
 * begins traces and adds its own steps to them.
 */
export interface Tracer {
  /** A message is about to leave; its trace is put among its headers. */
  sending(message: Message): TracedStep;
  /** A message is about to be handled; what is sent meanwhile carries on the trace that is put among its headers. */
  handling(message: Message): TracedHandling;
}

/** Who traces, if anybody does: a container finds out when it starts. */
export interface Tracing {
  readonly tracer: Tracer | undefined;
}

/** Nobody traces. */
export const noTracing: Tracing = Object.freeze({ tracer: undefined });
