/**
 * What contracts, handlers and clients must and must not accept at compile time. `npm run types` is the test: a line below
 * `@ts-expect-error` that compiles is an error, and so is any other line that does not.
 */

import {
  type Client,
  type Container,
  type Contract,
  defineService,
  type Handlers,
  operation,
  Process,
  type ProcessContext,
  type ReceivedMessage,
  ServiceProcess,
  Type,
} from '../../src/index.ts';

const Depth = defineService({
  name: 'depth',
  version: '1.0.0',
  operations: {
    measure: operation({
      content: Type.Object({
        at: Type.String(),
        unit: Type.Optional(Type.Union([Type.Literal('m'), Type.Literal('ft')])),
      }),
      result: Type.Number(),
      idempotent: true,
    }),
    list: operation({ result: Type.Array(Type.String()) }),
    note: operation({ content: Type.Union([Type.String(), Type.Null()]) }),
    reset: operation(),
  },
});

/** Compiles only if `A` and `B` are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isTrue = <T extends true>(): T | undefined => undefined;

// —— Contracts ——

isTrue<Same<keyof typeof Depth.operations, 'measure' | 'list' | 'note' | 'reset'>>();
const anyContract: Contract = Depth;
void anyContract;

defineService({
  name: 'odd',
  version: '1.0.0',
  // @ts-expect-error: an operation is made with operation()
  operations: { odd: { content: Type.String() } },
});
// @ts-expect-error: a schema, not a type's name
operation({ content: 'string' });
// @ts-expect-error: an unknown option
operation({ content: Type.String(), timeout: 5 });
// @ts-expect-error: a contract does not change
Depth.name = 'other';

// —— Handlers ——

/** Everything right, answering at once and later. */
class Good extends ServiceProcess.for(Depth) implements Handlers<typeof Depth> {
  async op_measure(
    { at, unit }: { at: string; unit?: 'm' | 'ft' },
    { message }: ReceivedMessage,
  ): Promise<number> {
    return unit === 'ft' ? at.length : message.budgetMs;
  }
  op_list(): string[] {
    return [];
  }
  async op_note(content: string | null): Promise<void> {
    await this.client(Depth).note(content);
  }
  op_reset(): null {
    return null;
  }
}
isTrue<Same<(typeof Good)['contract'], typeof Depth>>();

/** A handler may take more than the contract promises, and a null result may be nothing or undefined. */
class Lenient extends ServiceProcess.for(Depth) implements Handlers<typeof Depth> {
  op_measure(_content: { at: string }): number {
    return 1;
  }
  op_list(_content: unknown): Promise<string[]> {
    return Promise.resolve([]);
  }
  op_note(): undefined {
    return undefined;
  }
  op_reset(): void {}
}

// @ts-expect-error: a handler is missing
class Missing extends ServiceProcess.for(Depth) implements Handlers<typeof Depth> {
  op_measure(): number {
    return 1;
  }
  op_list(): string[] {
    return [];
  }
  op_note(): void {}
}

class WrongArgument extends ServiceProcess.for(Depth) implements Handlers<typeof Depth> {
  // @ts-expect-error: the content is an object with `at`
  op_measure(_at: string): number {
    return 1;
  }
  op_list(): string[] {
    return [];
  }
  op_note(): void {}
  op_reset(): void {}
}

class WrongMember extends ServiceProcess.for(Depth) implements Handlers<typeof Depth> {
  // @ts-expect-error: `at` is a text
  op_measure(_content: { at: number }): number {
    return 1;
  }
  op_list(): string[] {
    return [];
  }
  op_note(): void {}
  op_reset(): void {}
}

class WrongResult extends ServiceProcess.for(Depth) implements Handlers<typeof Depth> {
  // @ts-expect-error: the result is a number
  async op_measure(): Promise<string> {
    return 'deep';
  }
  op_list(): string[] {
    return [];
  }
  op_note(): void {}
  op_reset(): void {}
}

class NoResult extends ServiceProcess.for(Depth) implements Handlers<typeof Depth> {
  // @ts-expect-error: only a null result may be left out
  op_measure(): void {}
  op_list(): string[] {
    return [];
  }
  op_note(): void {}
  // @ts-expect-error: a null result is not a number
  op_reset(): number {
    return 1;
  }
}

class NotAMethod extends ServiceProcess.for(Depth) implements Handlers<typeof Depth> {
  op_measure(): number {
    return 1;
  }
  op_list(): string[] {
    return [];
  }
  op_note(): void {}
  // @ts-expect-error: a handler is a function
  op_reset = 5;
}

// —— Clients ——

export async function clients(
  container: Container,
  process: Process,
  client: Client<typeof Depth>,
): Promise<void> {
  const depth: number = await client.measure({ at: 'bow' });
  await client.measure({ at: 'bow', unit: 'ft' }, { timeoutMs: 5 });
  const names: string[] = await client.list();
  await client.list(null, { timeoutMs: 5, idempotent: true });
  await client.note('ahoy');
  await client.note(null);
  const nothing: null = await client.reset();
  isTrue<Same<Awaited<ReturnType<typeof client.measure>>, number>>();
  void [depth, names, nothing];

  // Both give the same client.
  const fromContainer: Client<typeof Depth> = container.client(Depth);
  const fromProcess: Client<typeof Depth> = process.client(Depth);
  void [fromContainer, fromProcess];

  // @ts-expect-error: no such operation
  await client.sink();
  // @ts-expect-error: content is missing
  await client.measure();
  // @ts-expect-error: wrong content
  await client.measure('bow');
  // @ts-expect-error: a member is missing
  await client.measure({ unit: 'm' });
  // @ts-expect-error: a member of another type
  await client.measure({ at: 7 });
  // @ts-expect-error: not one of the literals
  await client.measure({ at: 'bow', unit: 'fathom' });
  // @ts-expect-error: a member that the contract does not have
  await client.measure({ at: 'bow', extra: 1 });
  // @ts-expect-error: there is no content but null
  await client.reset(1);
  // @ts-expect-error: content that may be null, but is not null alone, is given
  await client.note();
  // @ts-expect-error: an unknown option
  await client.measure({ at: 'bow' }, { timeout: 5 });
  // @ts-expect-error: the result is a number
  const text: string = await client.measure({ at: 'bow' });
  void text;
  // @ts-expect-error: a client does not change
  client.reset = client.list;
}

// —— Processes ——

/** Plain use stays untyped. */
export class Untyped extends Process {
  async op_relay(content: unknown): Promise<unknown> {
    await this.send('hello', 'note', content);
    return this.rpcSend('hello', 'hello', content, { timeoutMs: 5 });
  }
}

export async function spawning(container: Container): Promise<void> {
  for (const processClass of [Good, Lenient, Untyped]) {
    const id: `${string}.${number}` = await container.processes.spawn(processClass, { args: { depth: 3 } });
    void id;
  }
  // @ts-expect-error: not a class of processes
  await container.processes.spawn(Date);
  // @ts-expect-error: an instance, not a class
  await container.processes.spawn(container.processes.get('ship.1'));
  // @ts-expect-error: an unknown option
  await container.processes.spawn(Untyped, { arguments: {} });
  // @ts-expect-error: Process is abstract
  new Process(context);
}
declare const context: ProcessContext;

/** Only here so that the classes above are used. */
export const refused = [Missing, WrongArgument, WrongMember, WrongResult, NoResult, NotAMethod];
