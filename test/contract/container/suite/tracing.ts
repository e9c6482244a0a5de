import { describe, expect, test } from '@jest/globals';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { eventually } from '../../../../src/testing/eventually.ts';
import { Failing } from './processes.ts';
import { Forwarder, Witness } from './promise-processes.ts';
import type { UseSystem } from './runner.ts';

/** Spans, as OpenTelemetry's SDK gets them. */
export function describeTracing(useSystem: UseSystem): void {
  describe('tracing', () => {
    const system = useSystem();

    test('row 55: with a provider, a call through two containers is one trace of client and server spans', async () => {
      await traced(async (exporter) => {
        const host = await system.current.container();
        const caller = await system.current.container();
        const witness = await caller.processes.spawn(Witness);
        const forwarder = await host.processes.spawn(Forwarder);
        const seen = await caller.rpcSend(forwarder, 'forward', { to: witness, op: 'who' });
        const spans = await finishedSpans(exporter, 4);
        const named = (name: string) => spans.find((span) => span.name === name);
        const [outer, outerServer] = [named(`call ${forwarder}`), named(`process ${forwarder}`)];
        const [inner, innerServer] = [named(`call ${witness}`), named(`process ${witness}`)];
        expect(spans.map((span) => span.spanContext().traceId)).toEqual(
          Array(4).fill(outer?.spanContext().traceId),
        );
        expect(outer?.kind).toBe(SpanKind.CLIENT);
        expect(outerServer?.kind).toBe(SpanKind.SERVER);
        expect(outerServer?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
        expect(inner?.parentSpanContext?.spanId).toBe(outerServer?.spanContext().spanId);
        expect(innerServer?.parentSpanContext?.spanId).toBe(inner?.spanContext().spanId);
        expect(innerServer?.attributes).toMatchObject({
          'messaging.system': 'rabbitmq',
          'messaging.operation.type': 'process',
          'messaging.destination.name': witness,
          'ioncore.operation': 'who',
        });
        expect(seen).toMatchObject({
          trace: expect.stringContaining(outer?.spanContext().traceId ?? 'no trace'),
        });
      });
    });

    test('errors end both spans with their code', async () => {
      await traced(async (exporter) => {
        const host = await system.current.container();
        const caller = await system.current.container();
        const id = await host.processes.spawn(Failing);
        await expect(caller.rpcSend(id, 'application')).rejects.toBeDefined();
        const spans = await finishedSpans(exporter, 2);
        for (const { status, attributes } of spans) {
          expect(status).toMatchObject({ code: SpanStatusCode.ERROR, message: 'no more pumps' });
          expect(attributes).toMatchObject({ 'error.type': 'OutOfStock' });
        }
      });
    });

    async function finishedSpans(exporter: InMemorySpanExporter, count: number) {
      await eventually(() => exporter.getFinishedSpans().length === count);
      return exporter.getFinishedSpans();
    }

    async function traced(run: (exporter: InMemorySpanExporter) => Promise<void>): Promise<void> {
      const exporter = new InMemorySpanExporter();
      const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
      trace.setGlobalTracerProvider(provider);
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      try {
        await run(exporter);
      } finally {
        trace.disable();
        context.disable();
      }
    }
  });
}
