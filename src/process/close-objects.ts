import { types } from 'node:util';
import { Type } from 'typebox';

/**
 * A copy of `schema` in which every object that names its members, or how their names look, allows no others, and none takes bytes or moments, which are no maps.
 * Members of an intersection are left open, since each sees the others' members; the intersection itself is closed.
 */
export function closeObjects<S extends object>(schema: S): S;
export function closeObjects(schema: object): object {
  return close(schema, true);
}

function close(schema: object, closing: boolean): object {
  const copy: Record<string, unknown> = Object.create(
    Object.getPrototypeOf(schema),
    Object.getOwnPropertyDescriptors(schema),
  );
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'allOf' && Array.isArray(value)) copy[key] = value.map((part) => closePart(part, false));
    else if (alternatives.has(key) && Array.isArray(value))
      copy[key] = value.map((part) => closePart(part, closing));
    else if (subschemaLists.has(key) && Array.isArray(value))
      copy[key] = value.map((part) => closePart(part));
    else if (subschemaMaps.has(key) && isObject(value))
      copy[key] = mapValues(value, (part) => closePart(part));
    else if (subschemas.has(key)) copy[key] = closePart(value);
  }
  if (closing && 'properties' in schema && !('additionalProperties' in schema))
    copy.additionalProperties = false;
  else if (closing && isObject(copy.patternProperties) && !('additionalProperties' in schema))
    copy.additionalProperties = furtherOf(copy.patternProperties);
  if (closing && 'allOf' in schema && !('unevaluatedProperties' in schema))
    copy.unevaluatedProperties = false;
  // TypeBox takes anything that is no array for an object; with a member required, these fail by themselves.
  return copy.type === 'object' && !isRequiring(copy)
    ? Type.Refine(copy, isMap, () => 'must be object')
    : copy;
}

/** Members of a record whose names do not match: none, but for those with line breaks, which TypeBox's pattern of any text forgets. */
function furtherOf(patterns: object): unknown {
  const entries = Object.entries(patterns);
  const [pattern, schema] = entries[0] ?? [];
  return entries.length === 1 && pattern === '^.*$' ? schema : false;
}

function isRequiring({ required }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(required) && required.length > 0;
}

function isMap(value: unknown): boolean {
  return !types.isUint8Array(value) && !types.isDate(value);
}

const subschemas: ReadonlySet<string> = new Set([
  'items',
  'additionalProperties',
  'contains',
  'if',
  'then',
  'else',
]);
/** They stand for the very value that their schema is for, so they stay open where that does. */
const alternatives: ReadonlySet<string> = new Set(['anyOf', 'oneOf']);
const subschemaLists: ReadonlySet<string> = new Set(['prefixItems', 'items']);
const subschemaMaps: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs']);

function closePart(part: unknown, closing = true): unknown {
  return isObject(part) ? close(part, closing) : part;
}

function mapValues(map: object, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
