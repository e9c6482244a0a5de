import { describe, expect, test } from '@jest/globals';
import { readProto } from '../../../src/codec/index.ts';
import { ConfigurationError } from '../../../src/errors/index.ts';

/** What these files say, by their paths; the first one is read. */
function read(files: Readonly<Record<string, string>>, only?: string) {
  const [first = ''] = Object.keys(files);
  return readProto(first, (path) => files[path], only);
}

const lines = (...text: readonly string[]) => text.join('\n');

describe('readProto()', () => {
  test('describes services, messages and enums with their comments', async () => {
    const { services, types } = await read({
      'proto/a.proto': lines(
        'syntax = "proto3";',
        'package a.v1;',
        '// Greets.',
        '// In two lines.',
        'service S {',
        '  /* Says it. */',
        '  rpc Say(Req) returns (stream Outer.Res);',
        '  rpc Ask(Req) returns (Req) { option idempotency_level = IDEMPOTENT; }',
        '}',
        '// A request.',
        'message Req {',
        '  string user_name = 1; // The name.',
        '  optional int64 size = 2 [jstype = JS_NUMBER];',
        '  repeated Mood moods = 3;',
        '  map<string, Outer> outers = 4;',
        '}',
        'message Outer { message Res { bytes data = 1; } }',
        'enum Mood { NONE = 0; CALM = 1; /* Quiet. */ }',
        'message Unused { string a = 1; }',
      ),
    });
    expect(services).toEqual([
      {
        fullName: 'a.v1.S',
        name: 'S',
        comment: 'Greets.\nIn two lines.',
        methods: [
          {
            name: 'Say',
            comment: 'Says it.',
            content: 'a.v1.Req',
            result: 'a.v1.Outer.Res',
            isStream: true,
            isIdempotent: false,
          },
          {
            name: 'Ask',
            comment: undefined,
            content: 'a.v1.Req',
            result: 'a.v1.Req',
            isStream: false,
            isIdempotent: true,
          },
        ],
      },
    ]);
    expect(types.map(({ fullName }) => fullName)).toEqual([
      'a.v1.Req',
      'a.v1.Mood',
      'a.v1.Outer',
      'a.v1.Outer.Res',
    ]);
    expect(types.map((type) => type.package)).toEqual(['a.v1', 'a.v1', 'a.v1', 'a.v1']);
    expect(types[0]).toMatchObject({
      comment: 'A request.',
      fields: [
        { name: 'userName', comment: 'The name.', presence: 'implicit', type: 'string', isScalar: true },
        { name: 'size', presence: 'explicit', type: 'int64', jstype: 'JS_NUMBER' },
        { name: 'moods', presence: 'repeated', type: 'a.v1.Mood', isScalar: false },
        { name: 'outers', presence: 'map', type: 'a.v1.Outer' },
      ],
    });
    expect(types[1]).toMatchObject({ values: [{ name: 'NONE' }, { name: 'CALM', comment: 'Quiet.' }] });
  });

  test('takes a service alone, with its types only', async () => {
    const text =
      'syntax = "proto3"; package a; service S { rpc One(A) returns (A); } service T { rpc One(B) returns (B); } message A {} message B {}';
    const { services, types, namespace } = await read({ 'a.proto': text }, 'a.T');
    expect(services.map(({ name }) => name)).toEqual(['T']);
    expect(types.map(({ fullName }) => fullName)).toEqual(['a.B']);
    expect(namespace).toEqual({ nested: { a: { nested: { B: { fields: {} } } } } });
    expect((await read({ 'a.proto': text }, 'a.U')).services).toEqual([]);
  });

  test('finds imports below the directories above, those of imports too, once each', async () => {
    const asked: string[] = [];
    const files: Readonly<Record<string, string>> = {
      'top/proto/a/v1/a.proto':
        'syntax = "proto3"; package a.v1; import "b/b.proto"; import "near.proto"; service S { rpc One(b.B) returns (near.N); }',
      'top/proto/b/b.proto':
        'syntax = "proto3"; package b; import "a/v1/near.proto"; import "b/b.proto"; message B { near.N n = 1; }',
      'top/proto/a/v1/near.proto': 'syntax = "proto3"; package near; message N { string a = 1; }',
    };
    const { types } = await readProto('top/proto/a/v1/a.proto', (path) => {
      if (files[path] !== undefined) asked.push(path);
      return files[path];
    });
    expect(types.map(({ fullName }) => fullName)).toEqual(['b.B', 'near.N']);
    expect(asked).toEqual(['top/proto/a/v1/a.proto', 'top/proto/b/b.proto', 'top/proto/a/v1/near.proto']);
  });

  test('a file may use custom options and extensions', async () => {
    const { types, namespace } = await read({
      'a.proto': lines(
        'syntax = "proto3"; package a; import "google/protobuf/descriptor.proto";',
        'extend google.protobuf.FieldOptions { string unit = 50001; }',
        'service S { rpc One(M) returns (M); }',
        'message M { double depth = 1 [(unit) = "m"]; }',
      ),
    });
    expect(types.map(({ fullName }) => fullName)).toEqual(['a.M']);
    expect(namespace).toEqual({
      nested: { a: { nested: { M: { fields: { depth: { type: 'double', id: 1 } } } } } },
    });
  });

  const head = ['syntax = "proto3";', 'package a;', ''];
  test.each<[string, readonly string[], string]>([
    ['a token', ['message M {', '  string a 1;', '}'], "a.proto:5: illegal token '1'"],
    ['a name', ['message 5 {}'], "a.proto:4: illegal type name '5'"],
    ['the end', ['message M {', '  string a = 1;'], 'a.proto:5: illegal'],
    ['a comment', ['/* never', 'ends'], 'a.proto:5: illegal comment'],
    [
      'two fields of a number',
      ['message M {', '  string a = 1;', '', '  string b = 1;', '}'],
      'a.proto:7: duplicate id 1 in Type M',
    ],
    [
      'two messages of a name',
      ['message M {}', 'message N {}', 'message M {}'],
      "a.proto:6: duplicate name 'M' in Namespace .a",
    ],
    [
      'a type that is not there',
      ['message M {', '  string a = 1;', '  repeated Moood mood_now = 2;', '}'],
      "a.proto:6: field 'moodNow' is of type 'Moood', which is not defined",
    ],
    [
      'a message that is not there',
      ['service S {', '  rpc One(M) returns (M);', '  rpc Two(M) returns (N);', '}', 'message M {}'],
      "a.proto:6: rpc 'Two' names message 'N', which is not defined",
    ],
    [
      'a stream of requests',
      ['message M {}', 'service S {', '  rpc One(stream M) returns (M);', '}'],
      "a.proto:6: rpc 'One' takes a stream; an operation takes one message: leave out the first `stream`",
    ],
    [
      'an import that is not there',
      ['message M {}', 'import "gone.proto";'],
      'a.proto:5: import "gone.proto" is not found in . or a directory above it',
    ],
  ])('an error names file and line: %s', async (_what, text, message) => {
    const reading = read({ 'a.proto': lines(...head, ...text) });
    await expect(reading).rejects.toBeInstanceOf(ConfigurationError);
    await expect(reading).rejects.toThrow(message);
  });

  test('an error in an import names that file', async () => {
    await expect(
      read({
        'a.proto': 'syntax = "proto3"; import "b.proto";',
        'b.proto': 'syntax = "proto3";\nmessage {}',
      }),
    ).rejects.toThrow("b.proto:2: illegal type name '{'");
    const [a, b] = [
      'syntax = "proto3"; package p; import "b.proto"; message M {}',
      'syntax = "proto3"; package p;\nmessage M {}',
    ];
    await expect(read({ 'a.proto': a, 'b.proto': b })).rejects.toThrow(
      "b.proto:2: duplicate name 'M' in Namespace .p",
    );
    await expect(read({})).rejects.toThrow(': there is no such file');
  });

  test('a file that was cut anywhere is an error or a file, soon', async () => {
    const text = lines(
      'syntax = "proto3"; package a; option java_package = "x";',
      'message M { reserved 5 to 7, 9; oneof k { string a = 1 [deprecated = true]; } map<string, M> m = 2; }',
      'enum E { option allow_alias = true; A = 0; B = 0; } service S { rpc O(M) returns (M) { option (x).y = { z: 1 }; } }',
    );
    for (let length = 0; length < text.length; length += 1) {
      const error = await read({ 'a.proto': text.slice(0, length) }).catch((thrown: unknown) => thrown);
      if (error instanceof Error) expect(error).toBeInstanceOf(ConfigurationError);
    }
  });
});
