import { Check } from 'typebox/value';
import { memberText } from '../util/index.ts';
import { canonicalText } from './schema-description.ts';
import type { ArrayShape, Bound, NumberShape, ObjectShape, Shape, StringShape } from './schema-shape.ts';
import { anything } from './schema-shape.ts';
import { shapeText } from './shape-text.ts';

/** Where one side gives what the other does not take. */
export interface Misfit {
  /** As in JavaScript, `[]` for every item and `.*` for every further member: `content.items[].count`. */
  readonly path: string;
  readonly gives: string;
  readonly takes: string;
}

/** So many pairs of shapes are looked at; a description that needs more is not an honest one. */
const maxSteps = 100_000;

/**
 * Why values of `from` may be refused by `to`; empty if none ever is. It errs on the side of refusal: shapes that it cannot
 * compare fit only if they are the same.
 */
export function findMisfits(from: Shape, to: Shape, path: string): readonly Misfit[] {
  return new Comparison().compare(from, to, path);
}

class Comparison {
  /** Pairs that are being compared: a circle that leads back to one finds nothing new. */
  readonly #open = new Map<Shape, Set<Shape>>();
  #steps = 0;

  compare(from: Shape, to: Shape, path: string): readonly Misfit[] {
    this.#steps += 1;
    if (this.#steps > maxSteps) return [{ path, gives: 'too much to compare', takes: shapeText(to) }];
    if (from === to || to.kind === 'any' || from.kind === 'never') return [];
    const open = this.#open.get(from) ?? new Set();
    if (open.has(to)) return [];
    this.#open.set(from, open.add(to));
    const misfits = this.#compareKinds(from, to, path);
    open.delete(to);
    return misfits;
  }

  #compareKinds(from: Shape, to: Shape, path: string): readonly Misfit[] {
    const whole = [{ path, gives: shapeText(from), takes: shapeText(to) }];
    if (from.kind === 'union') return once(from.parts.flatMap((part) => this.compare(part, to, path)));
    if (
      from.kind === 'refined' &&
      to.kind !== 'union' &&
      (to.kind !== 'refined' || to.checks === from.checks)
    )
      return this.compare(from.base, to.kind === 'refined' ? to.base : to, path);
    if (to.kind === 'union') {
      const misfits = this.#compareToUnion(from, to.parts, path) ?? whole;
      return from.kind === 'refined' && misfits.length > 0 ? this.compare(from.base, to, path) : misfits;
    }
    if (from.kind === 'const') return takesConst(to, from.value) ? [] : whole;
    if (from.kind === 'object' && to.kind === 'object') return this.#compareObjects(from, to, path);
    if (from.kind === 'array' && to.kind === 'array') return this.#compareArrays(from, to, path);
    return fits(from, to) ? [] : whole;
  }

  /** Undefined if no part comes near. */
  #compareToUnion(from: Shape, parts: readonly Shape[], path: string): readonly Misfit[] | undefined {
    if (from.kind === 'boolean' && parts.every((part) => part.kind !== 'boolean')) {
      const both = [true, false].every((value) => parts.some((part) => takesConst(part, value)));
      if (both) return [];
    }
    const results = parts.map((part) => ({ part, misfits: this.compare(from, part, path) }));
    if (results.some(({ misfits }) => misfits.length === 0)) return [];
    // Of the one alternative of its kind it is worth telling what is wrong inside.
    const alike = results.filter(({ part }) => part.kind === from.kind);
    return alike.length === 1 ? alike[0]?.misfits : undefined;
  }

  #compareArrays(from: ArrayShape, to: ArrayShape, path: string): readonly Misfit[] {
    const unique = !to.isUnique || from.isUnique || from.max <= 1;
    if (from.min < to.min || from.max > to.max || !unique)
      return [{ path, gives: shapeText(from), takes: shapeText(to) }];
    const known = Math.max(from.prefix.length, to.prefix.length);
    const misfits: Misfit[] = [];
    for (let index = 0; index < Math.min(known, from.max); index += 1) {
      const [given, taken] = [from.prefix[index] ?? from.rest, to.prefix[index] ?? to.rest];
      misfits.push(...this.compare(given, taken, `${path}[${index}]`));
    }
    if (from.max > known) misfits.push(...this.compare(from.rest, to.rest, `${path}[]`));
    return misfits;
  }

  #compareObjects(from: ObjectShape, to: ObjectShape, path: string): readonly Misfit[] {
    const misfits: Misfit[] = [];
    for (const name of to.required) {
      if (from.required.has(name)) continue;
      const takes = shapeText(to.members.get(name) ?? anything);
      misfits.push({ path: path + memberText(name), gives: 'nothing', takes });
    }
    for (const [name, given] of from.members)
      misfits.push(...this.#compareMember(from, to, name, given, path + memberText(name)));
    for (const [pattern, given] of from.patterns)
      misfits.push(...this.#compareFurther(from, to, given, path, pattern));
    if (from.rest.kind !== 'never') misfits.push(...this.#compareFurther(from, to, from.rest, path));
    const [least, most] = [Math.max(from.min, from.required.size), mostMembers(from)];
    if (least < to.min || most > to.max)
      misfits.push({ path, gives: `object of ${least} to ${most} members`, takes: `${to.min} to ${to.max}` });
    return once(misfits);
  }

  /** A member that `from` names, against everything that `to` asks of that name. */
  #compareMember(
    from: ObjectShape,
    to: ObjectShape,
    name: string,
    given: Shape,
    path: string,
  ): readonly Misfit[] {
    const member = to.members.get(name);
    const matching = [...to.patterns].filter(([pattern]) => matches(pattern, name));
    const asked = matching.filter(([pattern]) => !from.patterns.has(pattern)).map(([, shape]) => shape);
    if (member !== undefined) asked.push(member);
    else if (matching.length === 0) asked.push(to.rest);
    return asked.flatMap((taken) => this.compare(given, taken, path));
  }

  /** Members that `from` allows without naming them: of one pattern, or all further ones. */
  #compareFurther(
    from: ObjectShape,
    to: ObjectShape,
    given: Shape,
    path: string,
    pattern?: string,
  ): readonly Misfit[] {
    const misfits: Misfit[] = [];
    for (const [name, taken] of to.members) {
      if (from.members.has(name) || (pattern !== undefined && !matches(pattern, name))) continue;
      misfits.push(...this.compare(given, taken, path + memberText(name)));
    }
    for (const [asked, taken] of to.patterns) {
      // What both ask of the same names is compared once, there.
      const isElsewhere = asked !== pattern && from.patterns.has(asked);
      if (!isElsewhere) misfits.push(...this.compare(given, taken, `${path}.*`));
    }
    const isSame = pattern !== undefined && to.patterns.has(pattern);
    if (!isSame) misfits.push(...this.compare(given, to.rest, `${path}.*`));
    return misfits;
  }
}

function takesConst(to: Shape, value: null | boolean | number | string): boolean {
  if (to.kind === 'const') return to.value === value;
  if (to.kind === 'boolean') return typeof value === 'boolean';
  if (to.kind === 'union') return to.parts.some((part) => takesConst(part, value));
  // Not compiled: the schema may come from another container, and compiling makes code of it.
  if (to.kind === 'string' || to.kind === 'number') return Check(to.schema, value);
  return to.kind === 'any';
}

/** Of shapes without parts, and of different kinds. */
function fits(from: Shape, to: Shape): boolean {
  if (from.kind === 'string' && to.kind === 'string') return stringFits(from, to);
  if (from.kind === 'number' && to.kind === 'number') return numberFits(from, to);
  if (from.kind === 'bytes' && to.kind === 'bytes') return from.min >= to.min && from.max <= to.max;
  if (from.kind === 'opaque' && to.kind === 'opaque') return from.source === to.source;
  return from.kind === to.kind && (from.kind === 'boolean' || from.kind === 'date');
}

function stringFits(from: StringShape, to: StringShape): boolean {
  return (
    from.min >= to.min &&
    from.max <= to.max &&
    (to.pattern === undefined || to.pattern === from.pattern) &&
    (to.format === undefined || to.format === from.format)
  );
}

function numberFits(from: NumberShape, to: NumberShape): boolean {
  if (to.isInteger && !from.isInteger) return false;
  const above = (given: Bound, taken: Bound): boolean =>
    given.at > taken.at || (given.at === taken.at && (given.isOpen || !taken.isOpen));
  const flipped = ({ at, isOpen }: Bound): Bound => ({ at: -at, isOpen });
  if (!above(from.min, to.min) || !above(flipped(from.max), flipped(to.max))) return false;
  if (to.multipleOf === undefined || to.multipleOf === from.multipleOf) return true;
  const whole = Number.isInteger(from.multipleOf) && Number.isInteger(to.multipleOf);
  return whole && from.multipleOf !== undefined && from.multipleOf % to.multipleOf === 0;
}

function mostMembers({ members, patterns, rest, max }: ObjectShape): number {
  const isOpen = patterns.size > 0 || rest.kind !== 'never';
  return isOpen ? max : Math.min(max, members.size);
}

/** A pattern that is none matches everything: then nothing is overlooked. */
function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(name);
  } catch {
    return true;
  }
}

function once(misfits: readonly Misfit[]): readonly Misfit[] {
  return [...new Map(misfits.map((misfit) => [canonicalText({ ...misfit }), misfit])).values()];
}
