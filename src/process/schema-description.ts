import type { TSchema } from 'typebox';
import { bytesMarker, dateMarker } from './schema-types.ts';

/** A schema as plain JSON: what TypeBox's builders make, and the markers of {@link describeSchema}. */
export type JsonSchema = { readonly [keyword: string]: JsonValue };

/** What JSON holds. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** How many checks of its own code a schema has (`Type.Refine`); JSON cannot say which. */
export const refineMarker = '$refine';

/**
 * A schema as plain JSON, to be sent, kept and compared. `Bytes()` is `{"$bytes": {…}}`, `Timestamp()` is `{"$date": {}}`, and a schema with
 * checks of its own code carries their number as `$refine`.
 */
export function describeSchema(schema: TSchema): JsonSchema {
  return describeMembers(schema);
}

function describeMembers(value: object): Record<string, JsonValue> {
  const described: Record<string, JsonValue> = {};
  for (const [key, member] of Object.entries(value)) {
    const json = describe(member);
    if (json !== undefined) set(described, key, json);
  }
  const checks = refinements(value);
  if (checks > 0) described[refineMarker] = checks;
  return described;
}

/** What JSON has no word for is left out, as JSON.stringify does. */
function describe(value: unknown): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'bigint':
      return `${value}n`;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((item) => describe(item) ?? null);
      if (value instanceof Date || ArrayBuffer.isView(value)) return undefined;
      return value instanceof RegExp ? value.source : describeMembers(value);
    default:
      return undefined;
  }
}

/** Whether it is an object of JSON. */
export function isJsonMap(value: JsonValue | undefined): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether it is an array of JSON. */
export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The same text for the same JSON, whatever the order of its members. */
export function canonicalText(value: JsonValue): string {
  return JSON.stringify(value, (_key, member: JsonValue) =>
    isJsonMap(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** Besides the one that `Bytes()` and `Timestamp()` have themselves. */
function refinements(schema: object): number {
  const checks: unknown = Reflect.get(schema, '~refine');
  if (!Array.isArray(checks)) return 0;
  return checks.length - (bytesMarker in schema || dateMarker in schema ? 1 : 0);
}

/** Assigning `__proto__` would set the prototype. */
function set(target: Record<string, JsonValue>, key: string, value: JsonValue): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
