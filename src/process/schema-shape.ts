import type { JsonSchema } from './schema-description.ts';

/** The values that a schema takes, in the terms in which two schemas are compared. */
export type Shape =
  | { readonly kind: 'any' | 'never' | 'boolean' | 'date' }
  | { readonly kind: 'const'; readonly value: null | boolean | number | string }
  | StringShape
  | NumberShape
  | { readonly kind: 'bytes'; readonly min: number; readonly max: number }
  | ArrayShape
  | ObjectShape
  | UnionShape
  | { readonly kind: 'refined'; readonly base: Shape; readonly checks: number }
  /** Not understood: only its like is known to take the same values. */
  | { readonly kind: 'opaque'; readonly source: string };

export interface StringShape {
  readonly kind: 'string';
  readonly min: number;
  readonly max: number;
  readonly pattern: string | undefined;
  readonly format: string | undefined;
  readonly schema: JsonSchema;
}

export interface NumberShape {
  readonly kind: 'number';
  readonly isInteger: boolean;
  readonly min: Bound;
  readonly max: Bound;
  readonly multipleOf: number | undefined;
  readonly schema: JsonSchema;
}

/** A limit of numbers; `isOpen` leaves the limit itself out. */
export interface Bound {
  readonly at: number;
  readonly isOpen: boolean;
}

export interface ArrayShape {
  readonly kind: 'array';
  /** Of the first items, in their order. */
  prefix: readonly Shape[];
  /** Of the items after them. */
  rest: Shape;
  readonly min: number;
  readonly max: number;
  readonly isUnique: boolean;
}

export interface ObjectShape {
  readonly kind: 'object';
  readonly members: Map<string, Shape>;
  readonly required: ReadonlySet<string>;
  /** Of members whose names match. */
  readonly patterns: Map<string, Shape>;
  /** Of members that nothing else names. */
  rest: Shape;
  readonly min: number;
  readonly max: number;
}

export interface UnionShape {
  readonly kind: 'union';
  parts: readonly Shape[];
}

export const anything: Shape = { kind: 'any' };
export const nothing: Shape = { kind: 'never' };
