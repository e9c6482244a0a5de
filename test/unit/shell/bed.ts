import { Writable } from 'node:stream';
import {
  Container,
  type ContainerOptions,
  defineService,
  type Handlers,
  operation,
  Process,
  type ReceivedMessage,
  ServiceProcess,
  Type,
} from '../../../src/index.ts';
import { type OpenShell, openShell } from '../../../src/shell/open-shell.ts';
import { ResultPrinter } from '../../../src/shell/result-printer.ts';

/** A process without a contract. */
export class Echo extends Process {
  readonly received: unknown[] = [];
  op_echo(content: unknown, { message }: ReceivedMessage): unknown {
    this.received.push([content, message.headers]);
    return content;
  }
  op_wait(): Promise<never> {
    return new Promise(() => undefined);
  }
}

/** The contract of {@link DepthService}. */
export const Depth = defineService({
  name: 'depth',
  version: '1.2.0',
  operations: {
    measure: operation({
      content: Type.Object({ at: Type.String(), fast: Type.Optional(Type.Boolean()) }),
      result: Type.Number(),
      idempotent: true,
    }),
    wait: operation(),
  },
});

/** A service that answers, and one operation that never does. */
export class DepthService extends ServiceProcess.for(Depth) implements Handlers<typeof Depth> {
  async op_measure({ at }: { at: string }): Promise<number> {
    return at === 'bow' ? 12.5 : 14;
  }
  op_wait(): Promise<never> {
    return new Promise(() => undefined);
  }
}

/** A container named shore with a shell, and what the shell prints. */
export interface ShellBed {
  readonly container: Container;
  readonly shell: OpenShell;
  /** A result as a script prints it. */
  readonly show: (value: unknown) => string;
  /** What helpers have shown while they ran, a text each. */
  readonly written: readonly string[];
}

/** Starts a container with a shell; stop the container afterwards. */
export async function shellBed(options: ContainerOptions = {}): Promise<ShellBed> {
  const container = new Container({ id: 'shore', processes: { shutdownMs: 1 }, ...options });
  await container.start();
  const printer = new ResultPrinter(false);
  const written: string[] = [];
  const shell = openShell(container, printer, (text) => written.push(text));
  return { container, shell, show: (value) => printer.show(value), written };
}

/** A stream that keeps what is written to it. */
export function sink(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}
