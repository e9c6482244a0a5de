import type * as OpenTelemetry from '@opentelemetry/api';
import { extension, type Message } from '../codec/index.ts';
import { ContainerError, messageOf } from '../errors/index.ts';
import type { TracedHandling, TracedStep, Tracer } from './tracer.ts';

type Api = typeof OpenTelemetry;

/** Where the API keeps what was registered, whoever loaded it (its `makeGlobal`; the number is its major version). */
const registry = Symbol.for('opentelemetry.js.api.1');

/**
 * The tracer that the program has registered with OpenTelemetry's API before the container started; undefined if it has none, or the API
 * cannot be found from here. Nothing is loaded unless something is registered.
 */
export async function findOpenTelemetry(): Promise<Tracer | undefined> {
  const registered: unknown = Reflect.get(globalThis, registry);
  if (typeof registered !== 'object' || registered === null || !('trace' in registered)) return undefined;
  try {
    return new OpenTelemetryTracer(await import('@opentelemetry/api'));
  } catch {
    return undefined;
  }
}

/** Version, trace, span, flags: https://www.w3.org/TR/trace-context/#traceparent-header */
const traceparent = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Spans for messages, after OpenTelemetry's semantic conventions for messaging. */
class OpenTelemetryTracer implements Tracer {
  readonly #api: Api;
  readonly #tracer: OpenTelemetry.Tracer;

  constructor(api: Api) {
    this.#api = api;
    this.#tracer = api.trace.getTracer('ioncore');
  }

  /** Below the span that is active where the message is sent, else below the one that its headers name. */
  sending(message: Message): TracedStep {
    const { SpanKind, context, trace } = this.#api;
    const isCall = message.performative === 'request';
    const active = context.active();
    const parent = trace.getSpan(active) === undefined ? this.#contextOf(message, active) : active;
    const operation = isCall ? 'call' : 'send';
    const kind = isCall ? SpanKind.CLIENT : SpanKind.PRODUCER;
    const span = this.#begin(message, operation, 'send', kind, parent);
    this.#mark(message, span);
    return this.#step(span);
  }

  handling(message: Message): TracedHandling {
    const { SpanKind, context, trace } = this.#api;
    const isCall = message.performative === 'request';
    const kind = isCall ? SpanKind.SERVER : SpanKind.CONSUMER;
    const parent = this.#contextOf(message, this.#api.ROOT_CONTEXT);
    const span = this.#begin(message, 'process', 'process', kind, parent);
    this.#mark(message, span);
    const inside = trace.setSpan(parent, span);
    return { ...this.#step(span), run: (step) => context.with(inside, step) };
  }

  #begin(
    message: Message,
    operation: string,
    type: string,
    kind: OpenTelemetry.SpanKind,
    parent: OpenTelemetry.Context,
  ): OpenTelemetry.Span {
    const attributes = {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': operation,
      'messaging.operation.type': type,
      'messaging.destination.name': message.receiver,
      'messaging.client.id': message.sender,
      'ioncore.operation': message.op,
      ...(message.conversationId !== '' && {
        'messaging.message.conversation_id': message.conversationId,
      }),
    };
    return this.#tracer.startSpan(`${operation} ${message.receiver}`, { kind, attributes }, parent);
  }

  #step(span: OpenTelemetry.Span): TracedStep {
    const { SpanStatusCode } = this.#api;
    let isOpen = true;
    return {
      end: (error) => {
        if (!isOpen) return;
        isOpen = false;
        if (error !== undefined) {
          span.setAttribute('error.type', error instanceof ContainerError ? error.code : 'Internal');
          span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
        }
        span.end();
      },
    };
  }

  /** The context that a message's own header names, as one from elsewhere. */
  #contextOf(message: Message, fallback: OpenTelemetry.Context): OpenTelemetry.Context {
    const { createTraceState, ROOT_CONTEXT, trace } = this.#api;
    const given = extension(message, 'traceparent');
    const [, traceId, spanId, flags] = (typeof given === 'string' && traceparent.exec(given)) || [];
    if (traceId === undefined || spanId === undefined || flags === undefined) return fallback;
    const state = extension(message, 'tracestate');
    return trace.setSpanContext(ROOT_CONTEXT, {
      traceId,
      spanId,
      traceFlags: Number.parseInt(flags, 16),
      isRemote: true,
      ...(typeof state === 'string' && { traceState: createTraceState(state) }),
    });
  }

  /** What carries the message on belongs below `span`. */
  #mark(message: Message, span: OpenTelemetry.Span): void {
    const { traceId, spanId, traceFlags, traceState } = span.spanContext();
    if (!this.#api.isSpanContextValid(span.spanContext())) return;
    const flags = traceFlags.toString(16).padStart(2, '0');
    message.headers = {
      ...message.headers,
      traceparent: `00-${traceId}-${spanId}-${flags}`,
      ...(traceState !== undefined && { tracestate: traceState.serialize() }),
    };
  }
}
