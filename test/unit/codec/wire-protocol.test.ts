import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  Codec,
  defaultCodecLimits,
  defaultOp,
  envelopePositions,
  frameContentType,
  ionHeaderTable,
  jsonContentType,
  type Message,
  makeMessage,
  performatives,
  statusOf,
} from '../../../src/codec/index.ts';

const document = readFileSync(join(import.meta.dirname, '../../../docs/wire-protocol.md'), 'utf8');
const codec = new Codec();

/** The hex of the example `name`, without its comments. */
function example(name: string): string {
  const block = new RegExp(`\`\`\`hex ${name}\n([^\`]*)\`\`\``).exec(document)?.[1] ?? '';
  return block.replaceAll(/#.*/g, '').replaceAll(/\s/g, '');
}

/** The rows of the table whose head begins with `head`, each a list of its cells without back quotes. */
function table(head: string): string[][] {
  const [, after = ''] = document.split(`| ${head} |`);
  return after
    .split('\n')
    .slice(2)
    .join('\n')
    .split('\n\n', 1)
    .flatMap((rows) => rows.split('\n'))
    .map((row) =>
      row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function bare(cell: string | undefined): string {
  return cell?.replaceAll('`', '') ?? '';
}

describe('docs/wire-protocol.md', () => {
  const request = makeMessage({
    performative: 'request',
    conversationId: 'k3Jx#5',
    receiver: 'hello',
    sender: 'ship.12',
    op: 'hello',
    content: { text: 'hello' },
    budgetMs: 15_000,
  });
  const answer = { conversationId: 'k3Jx#5', receiver: 'ship.12', sender: 'shore.7' };
  const examples: Array<[string, string, string | undefined, number, Message[]]> = [
    ['request', 'ship', undefined, 1_760_000_000_005, [request]],
    [
      'answers',
      'shore',
      'ship',
      1_760_000_000_006,
      [
        makeMessage({ ...answer, performative: 'inform_result', content: 'Hello!' }),
        makeMessage({
          ...answer,
          conversationId: 'k3Jx#6',
          performative: 'failure',
          content: { code: 'NotFound', message: 'nop' },
        }),
      ],
    ],
    [
      'values',
      'ship',
      undefined,
      0,
      [
        makeMessage({
          performative: 'none',
          receiver: 'hello',
          sender: 'ship',
          content: [Uint8Array.of(1, 2, 3), new Date(1500)],
          op: 'note',
          headers: { trace: 'x' },
        }),
      ],
    ],
  ];

  test.each(examples)(
    'example %s is what is written and read',
    (name, container, target, sentAt, messages) => {
      const header = { container, sysname: 'fleet', sentAt };
      const written = codec.encodeFrame(
        header,
        messages.map((message) => codec.encodeEnvelope(message, container, target)),
      );
      expect(example(name)).toBe(Buffer.from(written).toString('hex'));
      const read = codec.decodeFrame(Buffer.from(example(name), 'hex'), target ?? 'shore');
      expect(read).toStrictEqual({ header, messages });
    },
  );

  test('lists the content types', () => {
    expect(bare(table('content type')[0]?.[0])).toBe(frameContentType);
    expect(bare(table('content type')[1]?.[0])).toBe(`${jsonContentType}, or none`);
  });

  test('lists the positions of an envelope', () => {
    const rows = table('position | name');
    expect(rows.map(([number]) => Number(number))).toEqual(envelopePositions.map((_, index) => index));
    expect(rows.map(([, name]) => bare(name))).toEqual([...envelopePositions]);
  });

  test('lists the performatives with number, kind and status', () => {
    const rows = table('number | performative');
    expect(rows.map(([number, name]) => [Number(number), bare(name)])).toEqual(
      performatives.map((name, number) => [number, name]),
    );
    for (const [number, , kind, status] of rows) {
      const performative = performatives[Number(number)] ?? 'none';
      const message = makeMessage({ performative, receiver: 'a', sender: 'b' });
      expect(statusOf(message)).toBe(status);
      expect(defaultOp(performative)).toBe(kind?.startsWith('answer:') ? 'result' : '');
    }
  });

  test('lists the ION headers', () => {
    const entries = Object.entries(ionHeaderTable).map(([name, entry]) => [
      name,
      entry.carried,
      entry.default,
    ]);
    const rows = table('ION header').flatMap(
      ([names, ...rest]) => names?.split(', ').map((name) => [name, ...rest]) ?? [],
    );
    expect(rows.map(([name, carried, , byDefault]) => [bare(name), carried, byDefault])).toEqual(entries);
    for (const [name, carried, as] of rows) {
      const entry = Object.entries(ionHeaderTable).find(([header]) => header === bare(name))?.[1];
      if (carried === 'position') expect(entry).toMatchObject({ field: bare(as) });
    }
  });

  test('lists the limits', () => {
    const rows = table('limit').map(([name, value]) => [bare(name), Number(value)]);
    expect(Object.fromEntries(rows)).toEqual(defaultCodecLimits);
  });
});
