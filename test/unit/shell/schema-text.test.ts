import { expect, test } from '@jest/globals';
import { Type } from '../../../src/index.ts';
import { describeSchema } from '../../../src/shell/schema-text.ts';

test.each<[unknown, string]>([
  [Type.String(), 'string'],
  [Type.Number({ minimum: 1 }), 'number'],
  [Type.Integer(), 'integer'],
  [Type.Boolean(), 'boolean'],
  [Type.Null(), 'null'],
  [Type.Unknown(), 'unknown'],
  [Type.Any(), 'unknown'],
  [Type.Object({}), '{}'],
  [Type.Object({ at: Type.String(), fast: Type.Optional(Type.Boolean()) }), '{at: string, fast?: boolean}'],
  [Type.Record(Type.String(), Type.Number()), '{[name]: number}'],
  [Type.Array(Type.String()), 'string[]'],
  [Type.Array(Type.Union([Type.String(), Type.Null()])), '(string | null)[]'],
  [Type.Array(Type.Object({ a: Type.Null() })), '{a: null}[]'],
  [Type.Tuple([Type.String(), Type.Integer()]), '[string, integer]'],
  [Type.Union([Type.Literal('up'), Type.Literal('down'), Type.Literal(3)]), "'up' | 'down' | 3"],
  [Type.Enum(['up', 'down']), "'up' | 'down'"],
  [{ $bytes: {} }, 'Uint8Array'],
  [{ $date: {} }, 'Date'],
  [undefined, 'unknown'],
  [true, 'unknown'],
])('describeSchema() writes %p as %s', (schema, text) => {
  expect(describeSchema(schema)).toBe(text);
});

test('describeSchema() cuts what does not fit into a line', () => {
  const members = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`member${n}`, Type.String()]));
  const text = describeSchema(Type.Object(members));
  expect(text.length).toBe(160);
  expect(text.endsWith('…')).toBe(true);
});
