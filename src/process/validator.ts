import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { BadRequestError } from '../errors/index.ts';

/** Checks values against one schema, compiled at first use. */
export class ContentValidator {
  readonly #schema: TSchema;
  #compiled: Validator | undefined;

  /** Objects of `schema` are closed unless it says what further members may be. */
  constructor(schema: TSchema) {
    this.#schema = schema;
  }

  /** Whether `value` fits. */
  check(value: unknown): boolean {
    this.#compiled ??= Compile(closeObjects(this.#schema));
    return this.#compiled.Check(value);
  }

  /** Throws the error for a value that does not fit, naming the place, what is expected and what was found. */
  fail(value: unknown, what: string): never {
    // 'boolean' only says that a closed object's schema is false; the entry after it names the member.
    const errors = this.#compiled?.Errors(value) ?? [];
    const first = errors.find((error) => error.keyword !== 'boolean') ?? errors[0];
    const path = first?.instancePath ?? '';
    const problem = first === undefined ? 'does not fit the schema' : first.message;
    const named = unknownMembers(first?.params);
    throw new BadRequestError(`${what}${path} ${problem}${named}; found ${describe(valueAt(value, path))}`, {
      details: { path, expected: problem },
    });
  }
}

/**
 * A copy of `schema` in which every object that names its members allows no others. Members of an intersection are left open,
 * since each sees the others' members; the intersection itself is closed.
 */
export function closeObjects(schema: TSchema): TSchema {
  return close(schema, true);
}

function close(schema: TSchema, closing: boolean): TSchema {
  const copy: Record<string, unknown> = Object.create(
    Object.getPrototypeOf(schema),
    Object.getOwnPropertyDescriptors(schema),
  );
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'allOf' && Array.isArray(value)) copy[key] = value.map((part) => close(part, false));
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
  if (closing && 'allOf' in schema && !('unevaluatedProperties' in schema))
    copy.unevaluatedProperties = false;
  return copy;
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

function unknownMembers(params: object | undefined): string {
  if (params === undefined) return '';
  for (const key of ['additionalProperties', 'unevaluatedProperties', 'requiredProperties']) {
    const names: unknown = Reflect.get(params, key);
    if (Array.isArray(names)) return ` (${names.map((name) => `'${name}'`).join(', ')})`;
  }
  return '';
}

/** The value at a JSON pointer (RFC 6901). */
function valueAt(value: unknown, pointer: string): unknown {
  let at = value;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Reflect.get(at, part.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return at;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'object') return `an object with ${Object.keys(value).length} members`;
  const text = JSON.stringify(value);
  return `${typeof value} ${text.length > 60 ? `${text.slice(0, 57)}…` : text}`;
}
