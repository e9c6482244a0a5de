import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ContentCodec, ProtobufTypes, readProto } from '../../src/codec/index.ts';
import { Container } from '../../src/index.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { Program, projectRoot } from '../support/cli.ts';

const hello = { directory: 'proto', file: 'ioncore/example/v1/hello.proto' };
const kinds = { directory: 'test/e2e/fixtures', file: 'kinds.proto' };

/** Runs protobuf's own compiler. */
function protoc(
  proto: { directory: string; file: string },
  option: string,
  input: string | Uint8Array,
): Buffer {
  const command = process.env.IONCORE_TEST_PROTOC ?? 'protoc';
  const args = [`--proto_path=${proto.directory}`, option, proto.file];
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: projectRoot, input });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? String(stderr)}`);
  return stdout;
}

/** A message of this type as protoc writes it, from protobuf's text form. */
function encode(proto: typeof hello, type: string, text: string): Uint8Array {
  return new Uint8Array(protoc(proto, `--encode=${type}`, text));
}

/** What protoc reads, in protobuf's text form on one line. */
function decode(proto: typeof hello, type: string, bytes: Uint8Array): string {
  return protoc(proto, `--decode=${type}`, bytes).toString().trim().replaceAll(/\s+/g, ' ');
}

describe('protoc and a message with every kind of field', () => {
  const everything = {
    aDouble: -0.1,
    aFloat: 1.5,
    anInt32: -(2 ** 31),
    anInt64: -(2n ** 63n),
    aUint32: 2 ** 32 - 1,
    aUint64: 2n ** 64n - 1n,
    aSint32: -7,
    aSint64: -(2n ** 40n),
    aFixed32: 9,
    aFixed64: 2n ** 63n,
    anSfixed32: -9,
    anSfixed64: -1n,
    aBool: true,
    aString: 'Zoë ☃',
    someBytes: Uint8Array.of(0, 1, 255),
    colour: 'BLUE',
    inner: { ...empty(), aString: 'inner', maybe: 0 },
    packed: [1, -2, 300],
    loose: [1n, -1n],
    names: ['a', '', 'b'],
    byName: { x: 1 },
    byNumber: { '-5': { ...empty(), colour: 'RED' } },
    number: 0,
    at: new Date(-1500),
  };
  const text = `
    a_double: -0.1 a_float: 1.5 an_int32: -2147483648 an_int64: -9223372036854775808 a_uint32: 4294967295
    a_uint64: 18446744073709551615 a_sint32: -7 a_sint64: -1099511627776 a_fixed32: 9 a_fixed64: 9223372036854775808
    an_sfixed32: -9 an_sfixed64: -1 a_bool: true a_string: "Zo\\303\\253 \\342\\230\\203" some_bytes: "\\000\\001\\377"
    colour: BLUE inner { a_string: "inner" maybe: 0 } packed: 1 packed: -2 packed: 300 loose: 1 loose: -1
    names: "a" names: "" names: "b" by_name { key: "x" value: 1 } by_number { key: -5 value { colour: RED } }
    number: 0 at { seconds: -2 nanos: 500000000 }`
    .trim()
    .replaceAll(/\s+/g, ' ');
  const type = 'test.v1.Everything';

  /** What stands where nothing was set. */
  function empty(): object {
    const zeros = Object.fromEntries(
      ['aDouble', 'aFloat', 'anInt32', 'aUint32', 'aSint32', 'aFixed32', 'anSfixed32'].map((name) => [
        name,
        0,
      ]),
    );
    const longs = Object.fromEntries(
      ['anInt64', 'aUint64', 'aSint64', 'aFixed64', 'anSfixed64'].map((name) => [name, 0n]),
    );
    const others = { aBool: false, aString: '', someBytes: new Uint8Array(0), colour: 'NONE' };
    return { ...zeros, ...longs, ...others, packed: [], loose: [], names: [], byName: {}, byNumber: {} };
  }

  async function codec(name: string): Promise<ContentCodec> {
    const path = join(projectRoot, kinds.directory, kinds.file);
    const source = readFileSync(path, 'utf8').replace('(Everything) returns', `(${name}) returns`);
    const { namespace } = await readProto(path, (asked) => (asked === path ? source : undefined));
    const types = new ProtobufTypes(namespace);
    await types.ready();
    return types.content(`test.v1.${name}`);
  }

  test('what protoc wrote is understood', async () => {
    const { receive, headers } = bound(await codec('Everything'));
    expect(receive(encode(kinds, type, text), headers, 'content')).toEqual(everything);
  });

  test('protoc understands what is written, which is the same bytes', async () => {
    const { bytes } = (await codec('Everything')).encode(everything, 'content');
    expect(decode(kinds, type, bytes)).toBe(text);
    expect(bytes).toEqual(encode(kinds, type, text));
  });

  test('protoc finds every field again after somebody who knows only a few has changed one', async () => {
    const little = await codec('Little');
    const message = little.receive(encode(kinds, type, text), little.headers, 'content');
    const { bytes } = little.encode({ ...Object(message), aString: 'changed' }, 'content');
    expect(decode(kinds, type, bytes)).toBe(text.replace(/a_string: "Zo.*?"/, 'a_string: "changed"'));
  });

  function bound(content: ContentCodec): Pick<ContentCodec, 'receive' | 'headers'> {
    return { receive: content.receive.bind(content), headers: content.headers };
  }
});

describe('a service of a .proto, on RabbitMQ', () => {
  const sysname = 'protoc';
  const service = 'ioncore.example.v1.HelloService';
  let vhost: TestVhost;
  let program: Program;
  let container: Container;

  beforeAll(async () => {
    vhost = await makeTestVhost('protoc');
    const app = 'test/e2e/fixtures/hello-proto.app';
    program = new Program(['start', '-n', '-s', sysname, '--broker', vhost.url, app], {});
    await program.until('stderr', / ready /);
    container = new Container({ sysname, broker: vhost.url });
    await container.start();
  });
  afterAll(async () => {
    await container.stop();
    program.signal('SIGTERM');
    expect(await program.exited()).toBe(0);
    await program.dispose();
    await vhost.dispose();
  });

  test('understands what protoc wrote, and answers what protoc understands', async () => {
    const format = 'ioncore.example.v1.HelloRequest';
    const text = 'name: "you" mood: MOOD_STORMY companions: "me" asked_at { seconds: 1760000000 }';
    const content = encode(hello, format, text);
    const reply = await container.call(service, 'SayHello', content, {
      headers: { encoding: 'protobuf', format },
    });
    expect(reply.headers).toMatchObject({ encoding: 'protobuf', format: 'ioncore.example.v1.HelloReply' });
    expect(reply.content).toBeInstanceOf(Uint8Array);
    expect(decode(hello, 'ioncore.example.v1.HelloReply', new Uint8Array(Object(reply.content)))).toBe(
      'text: "HELLO THERE, YOU, ME" code: RESPONSE_CODE_ACCEPTED times: 1',
    );
  });

  test('answers a peer without protobuf too', async () => {
    expect(await container.rpcSend(service, 'SayHello', { name: 'plain' })).toEqual({
      text: 'Hello there, plain',
      code: 'RESPONSE_CODE_ACCEPTED',
      times: '1',
    });
  });
});
