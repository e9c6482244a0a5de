import fc from 'fast-check';
import { Message, type Portable, performatives } from '../../../src/codec/index.ts';

/** Names that meant something to some program. `__proto__` is not among them: it is refused. */
const trickyKeys = [
  '',
  '$bytes',
  '$date',
  '$$bytes',
  '$$$date',
  '$dates',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'hasOwnProperty',
  '__defineGetter__',
  '_proto__',
  '__proto_',
  '___proto__',
  '0',
  '10',
  'a/b~c',
  '\ufeff',
];

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom(...trickyKeys, '__proto__', '\u0000', '\ufffd', '😀', 'é'.repeat(150)),
  // A mark at the start of a string is text, however long the string.
  fc
    .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 190, max: 260 }))
    .map(([marks, length]) => '\ufeff'.repeat(marks) + 'x'.repeat(length)),
);

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(
    -0,
    0,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    2 ** 32 - 1,
    2 ** 32,
    -32,
    -33,
    -128,
    -129,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 53 - 1,
    2 ** 53,
    -(2 ** 53),
    2 ** 64,
    5e-324,
    Number.MAX_VALUE,
  ),
);

const scalar = fc.oneof(
  fc.constantFrom<Portable>(null, true, false),
  number,
  text,
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(new Date(8.64e15), new Date(-8.64e15), new Date(-1), new Date(2 ** 34 * 1000)),
  fc.uint8Array({ maxLength: 300 }),
);

const key = fc.oneof(fc.constantFrom(...trickyKeys), text).filter((name) => name !== '__proto__');

/** Any portable value, tricky ones first of all. */
export const portable: fc.Arbitrary<Portable> = fc.letrec<{ value: Portable }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 8 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
    fc.dictionary(fc.constantFrom(...trickyKeys), tie('value'), { maxKeys: 1, noNullPrototype: true }),
  ),
})).value;

const name = fc.constantFrom(
  'hello',
  'ship',
  'ship.1',
  'shore',
  'shore.12',
  'shore.a.b',
  'shoreline.3',
  '~system',
);

const shortText = text.filter((one) => Buffer.byteLength(one) <= 255);

/** Any message from or to the containers `ship` and `shore`. */
export const message: fc.Arbitrary<Message> = fc
  .record({
    performative: fc.constantFrom(...performatives),
    conversationId: fc.oneof(fc.constant(''), shortText),
    receiver: name,
    sender: name,
    op: fc.constantFrom('', 'result', 'hello', 'übung'),
    content: portable,
    budgetMs: fc.nat(),
    attempt: fc.integer({ min: 1, max: 1000 }),
    headers: fc.oneof(
      fc.constant(undefined),
      fc.dictionary(key, portable, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    ),
    workUs: fc.nat(),
    callPath: fc.array(
      fc.record(
        { process: shortText, service: shortText, instances: fc.nat(), isBlocked: fc.boolean() },
        { noNullPrototype: true },
      ),
      { maxLength: 64 },
    ),
  })
  .map((fields) => new Message(fields));
