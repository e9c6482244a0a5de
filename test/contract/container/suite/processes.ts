import type { ReceivedMessage } from '../../../../src/index.ts';
import { ApplicationError, BadRequestError, Process, ServiceProcess } from '../../../../src/index.ts';

/** Answers with what it was sent, and records it. */
export class Echo extends Process {
  readonly received: unknown[] = [];
  readonly headers: ReceivedMessage['message'][] = [];

  op_echo(content: unknown, { message }: ReceivedMessage): unknown {
    this.received.push(content);
    this.headers.push(message);
    return content;
  }
  op_a(): string {
    return 'a';
  }
  op_b(): string {
    return 'b';
  }
}

/** Fails in every way that a handler can. */
export class Failing extends Process {
  op_ok(): string {
    return 'fine';
  }
  op_reply_err(_content: unknown, message: ReceivedMessage): string {
    this.replyError(message, new BadRequestError('not like this', { details: { field: 'depth' } }));
    return 'ignored';
  }
  op_application(): never {
    throw new ApplicationError('OutOfStock', 'no more pumps', { status: 409, details: { left: 0 } });
  }
  op_unexpected(): never {
    throw new TypeError('undefined is not a pump');
  }
  async op_rejects(): Promise<never> {
    throw new RangeError('too deep');
  }
  op_unportable(): unknown {
    return new Map([[1, 2]]);
  }
}

/** Does its work only when told; counts what it was given. */
export class Worker extends ServiceProcess {
  static readonly serviceName = 'work';
  handled = 0;

  op_work(content: unknown): unknown {
    this.handled += 1;
    return content;
  }
}

/** Never answers before it is released. */
export class Stuck extends ServiceProcess {
  static readonly serviceName = 'stuck';
  readonly #gate: { readonly opened: Promise<void>; readonly open: () => void } = makeGate();
  begun = 0;
  readonly conversations: string[] = [];

  release(): void {
    this.#gate.open();
  }

  async op_wait(_content: unknown, { message }: ReceivedMessage): Promise<string> {
    this.begun += 1;
    this.conversations.push(message.conversationId);
    await this.#gate.opened;
    return 'released';
  }
}

/** Calls the process that it is given, which may call another in its turn. */
export class Relay extends Process {
  op_pass(content: unknown): unknown {
    const path = content as readonly string[];
    const [next, ...rest] = path;
    return next === undefined ? 'end' : this.rpcSend(next, 'pass', rest);
  }
}

function makeGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
