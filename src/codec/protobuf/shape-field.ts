import { types } from 'node:util';
import protobuf from 'protobufjs/light.js';
import { Fault, located, type Walk } from './fault.ts';
import { type FieldKind, scalarKind } from './field-kinds.ts';
import type { FieldPresence } from './proto-file.ts';

/** An object by names. */
export type Fields = Readonly<Record<string, unknown>>;

/** One field of a shape. */
export interface ShapeField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly presence: FieldPresence;
  /** The kind of a map's keys. */
  readonly keys: FieldKind | undefined;
  readonly hasLongKeys: boolean;
  readonly hasUnsignedKeys: boolean;
  /** The group of which only one may be set. */
  readonly oneof: string | undefined;
}

/** A field's value from what the decoder gives; undefined: it is absent. @throws Fault */
export function readField(field: ShapeField, raw: unknown, walk: Walk, depth: number): unknown {
  const { kind, presence } = field;
  if (presence === 'repeated') {
    if (!Array.isArray(raw)) return [];
    walk.count(raw.length);
    return raw.map((element: unknown, index) => at(index, () => kind.read(element, walk, depth)));
  }
  if (presence === 'map') {
    const map: Record<string, unknown> = {};
    if (!isFields(raw)) return map;
    for (const [key, value] of Object.entries(raw)) {
      const name = field.hasLongKeys ? longKey(key, field.hasUnsignedKeys) : key;
      walk.count(1);
      at(name, () => {
        assertKey(name);
        map[name] = kind.read(value, walk, depth);
      });
    }
    return map;
  }
  if (raw !== undefined && raw !== null) return kind.read(raw, walk, depth);
  return presence === 'implicit' ? kind.zero(walk) : undefined;
}

/** A field's value as the encoder takes it. @throws Fault */
export function writeField(
  { kind, presence, keys }: ShapeField,
  value: unknown,
  walk: Walk,
  depth: number,
): unknown {
  if (presence === 'repeated') {
    if (!Array.isArray(value)) throw Fault.of('an array', value);
    walk.count(value.length);
    return Array.from(value, (element: unknown, index) => at(index, () => kind.write(element, walk, depth)));
  }
  if (presence === 'map') {
    if (!isFields(value)) throw Fault.of('an object (a map)', value);
    const map: Record<string, unknown> = {};
    for (const [key, element] of Object.entries(value)) {
      if (element === undefined) continue;
      walk.count(1);
      at(key, () => {
        assertKey(key);
        keys?.write(keyValue(key, keys), walk, depth);
        map[key] = kind.write(element, walk, depth);
      });
    }
    return map;
  }
  return kind.write(value, walk, depth);
}

/** A map's key, which is always text in JavaScript, as a value of its own type. */
function keyValue(key: string, keys: FieldKind): unknown {
  if (keys === scalarKind('bool')) return key === 'true' ? true : key === 'false' ? false : key;
  if (keys === scalarKind('string')) return key;
  if (!/^(0|-?[1-9]\d{0,19})$/.test(key)) throw Fault.of('a whole number', key);
  return Number.isSafeInteger(Number(key)) ? Number(key) : BigInt(key);
}

/** As everywhere else: an object cannot have a member of this name without surprises. */
function assertKey(key: string): void {
  if (key === '__proto__') throw new Fault('a name that no member may have');
}

/** protobufjs names the entries of such a map by the eight bytes of the key. */
function longKey(hash: string, unsigned: boolean): string {
  return String(protobuf.util.longFromHash(hash, unsigned));
}

function at<T>(key: string | number, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw located(thrown, key);
  }
}

/** Whether `value` is an object that can be a message or a map. */
export function isFields(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    !types.isDate(value)
  );
}
