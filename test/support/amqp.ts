import type { Logger } from '../../src/logging/index.ts';
import { AmqpTransport, type AmqpTransportOptions } from '../../src/transport/amqp/index.ts';
import { systemEnv } from '../../src/util/index.ts';

/** A line that a {@link recordingLogger} has kept. */
export interface LoggedLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger that keeps its lines instead of writing them. */
export function recordingLogger(
  lines: LoggedLine[] = [],
): Logger & { readonly lines: readonly LoggedLine[] } {
  const at =
    (level: LoggedLine['level']) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      void lines.push({ level, message, fields });
  const logger = {
    lines,
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    enabled: () => true,
    child: () => logger,
    room: () => logger,
  };
  return logger;
}

/** A transport to the broker at `urls` with short waits, not connected yet. */
export function makeAmqpTransport(
  urls: string | readonly string[],
  options: Partial<AmqpTransportOptions> = {},
): AmqpTransport {
  return new AmqpTransport({
    urls,
    clientName: 'test',
    reconnect: { initialMs: 20, maxMs: 200 },
    connectTimeoutMs: 5_000,
    env: systemEnv(),
    logger: recordingLogger(),
    ...options,
  });
}
