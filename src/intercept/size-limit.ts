import { EncodedContent } from '../codec/index.ts';
import { ConfigurationError, ContainerError } from '../errors/index.ts';
import { closest } from '../util/index.ts';
import type { InterceptorFactory, WalkPath } from './invocation.ts';

/** The most that a message may hold each way; a way without a limit has none of its own. */
type Limits = Readonly<Partial<Record<WalkPath, number>>>;

const limitKeys = { inBytes: 'in', outBytes: 'out' } as const satisfies Record<string, WalkPath>;
const rootKeys = [...Object.keys(limitKeys), 'operations'];

/**
 * `size-limit`: refuses, with `TooLarge`, messages whose content is larger than `inBytes` or `outBytes`; `operations` has other
 * limits for single operations, by name. Answers are messages of operation `result`. See {@link isLarger} for what is counted.
 */
export const sizeLimit: InterceptorFactory = (args) => {
  assertKnown(args, rootKeys, 'args');
  const all = readLimits(args, 'args');
  const byOperation = new Map<string, Limits>();
  for (const [op, given] of Object.entries(asMap(args.operations ?? {}, 'args.operations'))) {
    const path = `args.operations.${op}`;
    const limits = asMap(given, path);
    assertKnown(limits, Object.keys(limitKeys), path);
    byOperation.set(op, { ...all, ...readLimits(limits, path) });
  }
  return ({ path, message }, next) => {
    const { content, op, receiver } = message;
    const limit = (byOperation.get(op) ?? all)[path];
    if (limit !== undefined && isLarger(content, limit)) {
      throw new ContainerError(
        'TooLarge',
        `${receiver}.${op}: the content is over the ${limit} bytes that may ${path === 'in' ? 'come in' : 'go out'}; send less at once, or raise the limit of 'size-limit'`,
        { details: { limitBytes: limit, path } },
      );
    }
    next();
  };
};

/**
 * Whether a content counts more than `limit` bytes: text and the names of members in UTF-8, bytes as they are, anything else as 8, and one
 * more for every value. That is about what it takes on the wire, where small whole numbers take less. It stops as soon as it is sure.
 */
export function isLarger(content: unknown, limit: number): boolean {
  return leftAfter(content, limit, 0) < 0;
}

/** Nothing that can be sent nests deeper than this. */
const maxDepth = 500;

function leftAfter(value: unknown, room: number, depth: number): number {
  let left = room - 1;
  if (left < 0 || value === null || value === undefined || typeof value === 'boolean') return left;
  if (typeof value === 'string') return left - textBytes(value, left);
  if (typeof value !== 'object') return left - 8;
  if (value instanceof EncodedContent) return left - value.bytes.length;
  if (ArrayBuffer.isView(value)) return left - value.byteLength;
  if (depth >= maxDepth) return left;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && left >= 0; index += 1) {
      left = leftAfter(value[index], left, depth + 1);
    }
    return left;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return left - 8;
  for (const [key, member] of entries) {
    if (left < 0) return left;
    if (member !== undefined) left = leftAfter(member, left - 1 - textBytes(key, left), depth + 1);
  }
  return left;
}

/** A text has at least as many bytes as UTF-16 units, so a long one need not be counted. */
function textBytes(text: string, room: number): number {
  return text.length > room ? text.length : Buffer.byteLength(text);
}

function readLimits(map: Readonly<Record<string, unknown>>, path: string): Limits {
  const limits: Partial<Record<WalkPath, number>> = {};
  for (const [key, way] of Object.entries(limitKeys)) {
    const value = map[key];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
      throw new ConfigurationError(
        `${path}.${key}: expected a whole number of at least 1, found ${String(value)}`,
      );
    }
    limits[way] = value;
  }
  return limits;
}

function asMap(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (isMap(value)) return value;
  throw new ConfigurationError(`${path}: expected a map, found ${String(value)}`);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function assertKnown(map: Readonly<Record<string, unknown>>, known: readonly string[], path: string): void {
  for (const key of Object.keys(map)) {
    if (known.includes(key)) continue;
    const meant = closest(key, known);
    const remedy = meant === undefined ? `known are ${known.join(', ')}` : `did you mean '${meant}'?`;
    throw new ConfigurationError(`${path}: unknown key '${key}'; ${remedy}`);
  }
}
