/**
 * What contracts of protobuf services must and must not accept at compile time; see contract.ts for how this is a test. The module beside
 * it was generated.
 */

import {
  type Client,
  fromProto,
  type Handlers,
  type ProtoInit,
  type ProtoOperation,
  ServiceProcess,
} from '../../src/index.ts';
import { type Greeted, type HelloReply, type HelloRequest, HelloService } from './proto-hello.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isTrue = <T extends true>(): T | undefined => undefined;

isTrue<Same<keyof typeof HelloService.operations, 'SayHello' | 'ListGreeted' | 'Forget'>>();

// —— Handlers ——

/** A handler gets whole messages and may leave fields out of what it answers. */
class Good extends ServiceProcess.for(HelloService) implements Handlers<typeof HelloService> {
  op_SayHello({ name, mood, companions, askedAt, nickname }: HelloRequest) {
    const all: string[] = [name, ...companions];
    isTrue<Same<typeof askedAt, Date | undefined>>();
    return { text: nickname ?? all.join(), code: mood === 'MOOD_CALM' ? ('RESPONSE_CODE_OK' as const) : 202 };
  }
  async op_ListGreeted(_content: null) {
    return { times: { you: 1n, me: 2 } };
  }
  op_Forget(): void {}
}

class WrongMember extends ServiceProcess.for(HelloService) implements Handlers<typeof HelloService> {
  // @ts-expect-error: the name is a text
  op_SayHello({ name }: { name: number }) {
    return { times: BigInt(name) };
  }
  // @ts-expect-error: the times are numbers
  op_ListGreeted() {
    return { times: { you: 'often' } };
  }
  // @ts-expect-error: an Empty is null
  op_Forget() {
    return 5;
  }
}

// —— Clients ——

export async function clients(client: Client<typeof HelloService>): Promise<void> {
  const { text, times, code }: HelloReply = await client.SayHello({ name: 'you' });
  void [text.length, times + 1n, code];
  await client.SayHello({});
  await client.SayHello(
    { mood: 'MOOD_STORMY', askedAt: new Date(0), companions: ['me'] as const },
    { timeoutMs: 5 },
  );
  await client.SayHello({ mood: 7, nickname: undefined });
  const { times: all }: Greeted = await client.ListGreeted();
  isTrue<Same<typeof all, Record<string, bigint>>>();
  const nothing: null = await client.Forget(null);
  void nothing;

  // @ts-expect-error: no such field
  await client.SayHello({ nme: 'you' });
  // @ts-expect-error: a field of another type
  await client.SayHello({ name: 5 });
  // @ts-expect-error: no such value of the enum
  await client.SayHello({ mood: 'MOOD_STORMI' });
  // @ts-expect-error: content is missing
  await client.SayHello();
  // @ts-expect-error: no such operation
  await client.say_hello({});
  // @ts-expect-error: an Empty is null
  await client.Forget({ name: 'you' });
}

// —— Messages ——

interface Deep {
  list: { id: bigint; data: Uint8Array }[];
  map: Record<string, { at: Date }>;
}
export const init: ProtoInit<Deep> = { list: [{ id: 5 }, { data: new Uint8Array(1) }], map: { a: {} } };
// @ts-expect-error: a map is no list
export const wrong: ProtoInit<Deep> = { list: {} };

// —— Without generation ——

export async function ungenerated(client: Client<typeof HelloService>): Promise<void> {
  const Typed = await fromProto<{
    SayHello: ProtoOperation<HelloRequest, HelloReply>;
    Forget: ProtoOperation<null, null>;
  }>('a', 'b');
  const typed: Client<typeof Typed> = client;
  await typed.SayHello({ name: 'you' });
  // @ts-expect-error: a field of another type
  await typed.SayHello({ name: 5 });
  const Loose = await fromProto<{ SayHello: ProtoOperation }>(new URL('file:///a'), 'b');
  const loose: Client<typeof Loose> | undefined = undefined;
  void loose;
  const Any = await fromProto('a', 'b');
  const operation: ProtoOperation | undefined = Any.operations.SayHello;
  void operation;
}

/** Only here so that the classes above are used. */
export const served = [Good, WrongMember];
