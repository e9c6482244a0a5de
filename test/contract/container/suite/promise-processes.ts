import { EventEmitter, once } from 'node:events';
import {
  ApplicationError,
  Process,
  type ReceivedMessage,
  ServiceProcess,
  UnavailableError,
} from '../../../../src/index.ts';

/** Waits until it is released, or until its message's signal aborts; records both. */
export class Patient extends ServiceProcess {
  static readonly serviceName = 'patient';
  readonly begun: unknown[] = [];
  readonly aborted: unknown[] = [];
  readonly seen: ReceivedMessage[] = [];
  readonly #gate = new EventEmitter();

  async op_wait(content: unknown, message: ReceivedMessage): Promise<unknown> {
    this.begun.push(content);
    this.seen.push(message);
    const { signal } = message;
    try {
      await once(this.#gate, 'release', { signal });
    } catch {
      this.aborted.push(signal.reason);
      throw new UnavailableError('gave up');
    }
    return content;
  }
  release(): void {
    this.#gate.emit('release');
  }
}

/** Passes a call on and records how that ended. */
export class Forwarder extends Process {
  readonly outcomes: unknown[] = [];
  readonly messages: ReceivedMessage[] = [];

  async op_forward(content: unknown, message: ReceivedMessage): Promise<unknown> {
    this.messages.push(message);
    const { to, op, timeoutMs, content: inner } = content as Record<string, unknown>;
    try {
      const result = await this.rpcSend(String(to), String(op), inner, {
        ...(typeof timeoutMs === 'number' && { timeoutMs }),
      });
      this.outcomes.push('answered');
      return result;
    } catch (error) {
      this.outcomes.push(error);
      throw error;
    }
  }
  op_ping_me(): string {
    return 'here';
  }
}

/** As {@link Forwarder}, under a shared name. */
export class Ring extends ServiceProcess {
  static readonly serviceName = 'ring';

  /** Calls the first of `route` with the rest of it. */
  async op_pass(route: readonly string[]): Promise<string> {
    const [next, ...rest] = route;
    return next === undefined ? this.id : String(await this.rpcSend(next, 'pass', rest));
  }
}

/** A ring's member without a shared name. */
export class Link extends Process {
  async op_pass(route: readonly string[]): Promise<string> {
    const [next, ...rest] = route;
    return next === undefined ? this.id : String(await this.rpcSend(next, 'pass', rest));
  }
}

/** A member that may be called by whomever it waits for. */
export class OpenLink extends Link {
  static readonly reentrant = true;
}

/** Tells who acts, and asks others who acts. */
export class Witness extends Process {
  static readonly concurrency = 64;
  static readonly clockwork = new EventEmitter().setMaxListeners(0);

  op_who(_content: unknown, { actingUser, message }: ReceivedMessage) {
    return { user: actingUser, trace: message.headers?.traceparent ?? null };
  }

  /** Asks after waiting for what all handlers share: one timer, one emitter. */
  async op_ask(to: string, { actingUser }: ReceivedMessage) {
    await once(Witness.clockwork, 'tick');
    const first = await this.rpcSend(to, 'who');
    await Promise.all([once(Witness.clockwork, 'tick'), this.rpcSend(to, 'who')]);
    const second = await this.rpcSend(to, 'who');
    return { user: actingUser, first, second };
  }
}

/** Fails with errors that pass until it has been asked often enough; counts. */
export class Flaky extends ServiceProcess {
  static readonly serviceName = 'flaky';
  static readonly concurrency = 8;
  readonly attempts: number[] = [];
  calls = 0;

  op_work({ failures }: { failures: number }, { message }: ReceivedMessage): number {
    this.attempts.push(message.attempt);
    this.calls += 1;
    if (this.calls <= failures) throw new UnavailableError('not yet', { details: { executed: 'no' } });
    return this.calls;
  }
  op_never(): never {
    this.calls += 1;
    throw new ApplicationError('Broken', 'for good');
  }
}

/** Reports its progress, step by step, as it is told. */
export class Reporter extends Process {
  readonly steps = new EventEmitter();
  message: ReceivedMessage | undefined;

  async op_work(steps: number, message: ReceivedMessage): Promise<string> {
    this.message = message;
    for (let step = 1; step <= steps; step += 1) {
      await once(this.steps, 'step', { signal: message.signal });
      this.progress(message, step);
    }
    await once(this.steps, 'step', { signal: message.signal });
    return 'done';
  }
  op_refuse(): never {
    throw new ApplicationError('Broken', 'not today');
  }
}
