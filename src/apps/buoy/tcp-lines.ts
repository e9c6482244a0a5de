import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Env, Logger } from '../../index.ts';
import { linesOf } from './lines.ts';
import { pause } from './pause.ts';

/** Where instruments can be reached. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** When a connection that is lost, or silent, is made anew. */
export const reconnectDefaults = {
  /** The first wait; each that follows is twice as long. Chance takes up to half of it away. */
  initialMs: 500,
  maxMs: 30_000,
  /** Instruments tell something every second; a connection without a byte for so long has been cut without a word. */
  silentMs: 60_000,
} as const;

/** The lines that come from `address`, until the signal aborts: whenever the connection is lost it is made anew. */
export async function* tcpLines(
  { host, port }: TcpAddress,
  env: Env,
  logger: Logger,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  let waitMs: number = reconnectDefaults.initialMs;
  while (!signal.aborted) {
    const socket = connect({ host, port, noDelay: true });
    const close = (): void => void socket.destroy();
    signal.addEventListener('abort', close);
    // What fails is thrown to whoever waits for it below; nobody else needs to hear of it.
    socket.on('error', () => undefined);
    const watch = new SilenceWatch(env, socket);
    let error: unknown = 'closed by the other side';
    try {
      await once(socket, 'connect', { signal });
      logger.info('connected', { host, port });
      for await (const line of linesOf(watch.bytes())) {
        waitMs = reconnectDefaults.initialMs;
        yield line;
      }
    } catch (failure) {
      error = failure;
    } finally {
      watch.end();
      signal.removeEventListener('abort', close);
      close();
    }
    if (signal.aborted) return;
    const delayMs = waitMs * (1 - env.random.next() / 2);
    logger.warn('no connection; tries again', { host, port, error, inMs: Math.round(delayMs) });
    await pause(env, delayMs, signal);
    waitMs = Math.min(waitMs * 2, reconnectDefaults.maxMs);
  }
}

/** Cuts a connection that has been silent for too long. */
class SilenceWatch {
  readonly #env: Env;
  readonly #socket: Socket;
  #heardAt: number;
  /** Whoever takes the bytes is done with the last ones: a silence is the other side's. */
  #isListening = true;
  #timer: { cancel(): void };

  constructor(env: Env, socket: Socket) {
    this.#env = env;
    this.#socket = socket;
    this.#heardAt = env.clock.now();
    this.#timer = this.#arm(reconnectDefaults.silentMs);
  }

  /** What comes in. */
  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#socket) {
      this.#isListening = false;
      yield chunk;
      this.#isListening = true;
      this.#heardAt = this.#env.clock.now();
    }
  }

  end(): void {
    this.#timer.cancel();
  }

  #arm(delayMs: number): { cancel(): void } {
    return this.#env.clock.timer(delayMs, () => {
      const silentMs = this.#isListening ? this.#env.clock.now() - this.#heardAt : 0;
      const leftMs = reconnectDefaults.silentMs - silentMs;
      if (leftMs > 0) this.#timer = this.#arm(leftMs);
      else this.#socket.destroy(new Error(`nothing was heard for ${Math.round(silentMs)} ms`));
    });
  }
}
