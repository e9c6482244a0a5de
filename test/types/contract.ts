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
import { Bytes, Timestamp } from '../../src/process/index.ts';

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

// —— Declared errors, streams, bytes and moments ——

const Shop = defineService({
  name: 'shop',
  version: '1.0.0',
  operations: {
    buy: operation({
      content: Type.Object({ image: Bytes(), at: Type.Optional(Timestamp()) }),
      result: Type.Union([Timestamp(), Type.Null()]),
      errors: { OutOfStock: Type.Object({ left: Type.Integer() }), Closed: Type.Object({}) },
      concurrency: 2,
      reentrant: true,
    }),
    reserve: operation({ errors: { OutOfStock: Type.Object({ left: Type.Integer() }) } }),
    watch: operation({ content: Type.String(), result: Type.Number(), reply: 'stream' }),
    tick: operation({ result: Type.Null(), reply: 'stream' }),
  },
});
const anyShop: Contract = Shop;
void anyShop;

isTrue<Same<keyof typeof Shop.errors, 'OutOfStock' | 'Closed'>>();
isTrue<Same<typeof Depth.operations.reset.reply, 'single'>>();
isTrue<Same<typeof Shop.operations.watch.reply, 'stream'>>();
isTrue<Same<keyof typeof Depth.errors, never>>();

// @ts-expect-error: not a way to reply
operation({ reply: 'twice' });
// @ts-expect-error: the data of an error is a schema
operation({ errors: { Odd: 'string' } });
// @ts-expect-error: bytes have no pattern
Bytes({ pattern: 'x' });

export function throwing(): never {
  new Shop.errors.Closed();
  new Shop.errors.Closed({}, 'on sundays');
  // @ts-expect-error: no such error
  new Shop.errors.Sold({ left: 0 });
  // @ts-expect-error: the data is missing
  new Shop.errors.OutOfStock();
  // @ts-expect-error: other data
  new Shop.errors.OutOfStock({ left: 'none' });
  throw new Shop.errors.OutOfStock({ left: 0 }, 'none left');
}

class ShopService extends ServiceProcess.for(Shop) implements Handlers<typeof Shop> {
  op_buy({ at }: { image: Uint8Array; at?: Date }): Date | null {
    return at ?? null;
  }
  op_reserve(): void {}
  async *op_watch(item: string, { signal }: ReceivedMessage): AsyncGenerator<number, void> {
    if (!signal.aborted) yield item.length;
  }
  op_tick(): AsyncIterable<null> {
    return this.client(Shop).tick();
  }
}

class NoStream extends ServiceProcess.for(Shop) implements Handlers<typeof Shop> {
  op_buy(): Date {
    return new Date();
  }
  op_reserve(): void {}
  // @ts-expect-error: a stream is an async iterable
  async op_watch(): Promise<number> {
    return 1;
  }
  // @ts-expect-error: its parts are null
  async *op_tick(): AsyncGenerator<number> {
    yield 1;
  }
}

export async function streams(shop: Client<typeof Shop>): Promise<void> {
  const when: Date | null = await shop.buy({ image: new Uint8Array(2), at: new Date() });
  void when;
  // @ts-expect-error: bytes, not text
  await shop.buy({ image: 'AQ==' });
  // @ts-expect-error: a moment, not text
  await shop.buy({ image: new Uint8Array(2), at: '2026-01-31' });

  for await (const depth of shop.watch('bow', { window: 8, timeoutMs: 50 })) {
    isTrue<Same<typeof depth, number>>();
  }
  for await (const tick of shop.tick()) isTrue<Same<typeof tick, null>>();
  // @ts-expect-error: a stream is read, not awaited for its result
  const depth: number = await shop.watch('bow');
  void depth;
  // @ts-expect-error: content is missing
  shop.watch();
  // @ts-expect-error: a single answer is no stream
  for await (const part of shop.reserve()) void part;
  // @ts-expect-error: a single answer has no window
  await shop.reserve(null, { window: 8 });
}

export function catching(error: unknown): number {
  if (error instanceof Shop.errors.OutOfStock) {
    isTrue<Same<typeof error.data.left, number>>();
    isTrue<Same<typeof error.code, 'OutOfStock'>>();
    // @ts-expect-error: no such data
    void error.data.right;
    return error.data.left + error.status;
  }
  return 0;
}

/** Only here so that the classes above are used. */
export const refused = [
  Missing,
  WrongArgument,
  WrongMember,
  WrongResult,
  NoResult,
  NotAMethod,
  ShopService,
  NoStream,
];
