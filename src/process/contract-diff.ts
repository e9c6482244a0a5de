import { closeObjects } from './close-objects.ts';
import type { Contract } from './contract.ts';
import {
  type ContractDescription,
  contractDescription,
  majorOf,
  type OperationDescription,
} from './contract-description.ts';
import type { JsonSchema } from './schema-description.ts';
import { findMisfits, type Misfit } from './shape-comparison.ts';
import { readShape } from './shape-reader.ts';

/** What a {@link ContractChange} is about. `…-narrowed` takes or gives less than before, `…-widened` more. */
export type ContractChangeKind =
  | 'name'
  | 'operation-added'
  | 'operation-removed'
  | 'content-narrowed'
  | 'content-widened'
  | 'result-narrowed'
  | 'result-widened'
  | 'error-added'
  | 'error-removed'
  | 'error-narrowed'
  | 'error-widened'
  | 'reply'
  | 'encoding'
  | 'idempotent'
  | 'reentrant'
  | 'concurrency'
  | 'timeout';

/** One difference between two contracts. */
export interface ContractChange {
  /** '' for the contract as a whole. */
  readonly operation: string;
  /** Where in content, result or error; '' where the operation as a whole is meant. */
  readonly path: string;
  readonly kind: ContractChangeKind;
  /** Whether a caller that holds the older contract may fail at an instance of the newer one. */
  readonly breaking: boolean;
  readonly text: string;
}

/**
 * What changes from contract `a` to its successor `b`, breaking changes first. During a rolling deploy callers that hold `a` meet instances
 * of `b`; what they can do with `a` must go on working, else the change is breaking: content of `a` must be taken by `b`, results
 * and error data of `b` must be taken by `a`. The other direction (a caller of `b` at an instance that is still `a`) breaks with nearly
 * every change; such changes are told as what they are, and not breaking, since deploying instances before callers avoids it.
 */
export function contractDiff(
  a: Contract | ContractDescription,
  b: Contract | ContractDescription,
): readonly ContractChange[] {
  const [older, newer] = [contractDescription(a), contractDescription(b)];
  const changes: ContractChange[] = [];
  if (older.name !== newer.name) {
    const text = `the service '${older.name}' is now '${newer.name}'; callers do not find it`;
    changes.push({ operation: '', path: '', kind: 'name', breaking: true, text });
  }
  const sides = { older: versionText(older, newer, 'older'), newer: versionText(newer, older, 'newer') };
  for (const [operation, before] of Object.entries(older.operations)) {
    const after = own(newer.operations, operation);
    if (after !== undefined) {
      changes.push(...new OperationDiff(operation, before, after, sides).changes());
    } else {
      const text = `operation removed; callers of ${sides.older} get NotFound`;
      changes.push({ operation, path: '', kind: 'operation-removed', breaking: true, text });
    }
  }
  for (const operation of Object.keys(newer.operations)) {
    if (own(older.operations, operation) !== undefined) continue;
    const text = `operation added; instances of ${sides.older} answer NotFound`;
    changes.push({ operation, path: '', kind: 'operation-added', breaking: false, text });
  }
  return [...changes.filter(({ breaking }) => breaking), ...changes.filter(({ breaking }) => !breaking)];
}

/** Whether the major version rose with which a breaking change is allowed. */
export function isMajorRaised(
  a: Pick<ContractDescription, 'version'>,
  b: Pick<ContractDescription, 'version'>,
): boolean {
  return majorOf(b.version) > majorOf(a.version);
}

interface Sides {
  readonly older: string;
  readonly newer: string;
}

class OperationDiff {
  readonly #operation: string;
  readonly #before: OperationDescription;
  readonly #after: OperationDescription;
  readonly #sides: Sides;

  constructor(operation: string, before: OperationDescription, after: OperationDescription, sides: Sides) {
    this.#operation = operation;
    this.#before = before;
    this.#after = after;
    this.#sides = sides;
  }

  changes(): readonly ContractChange[] {
    const { content, result } = this.#before;
    const { content: newContent, result: newResult } = this.#after;
    return [
      ...this.#inward(content, newContent, 'content'),
      ...this.#outward(result, newResult, 'result', 'result'),
      ...this.#errors(),
      ...this.#flags(),
    ];
  }

  /** What callers send and instances take. */
  #inward(before: JsonSchema, after: JsonSchema, path: 'content'): readonly ContractChange[] {
    const { older, newer } = this.#sides;
    const narrowed = this.#misfits(before, after, path);
    const widened = without(this.#misfits(after, before, path), narrowed);
    return [
      ...narrowed.map(({ path, gives, takes }) =>
        this.#change(
          'content-narrowed',
          `callers of ${older} may send ${gives}, ${newer} takes ${takes}`,
          true,
          path,
        ),
      ),
      ...widened.map(({ path, gives, takes }) =>
        this.#change(
          'content-widened',
          `callers of ${newer} may send ${gives}, ${older} takes ${takes}`,
          false,
          path,
        ),
      ),
    ];
  }

  /** What instances give and callers take. */
  #outward(
    before: JsonSchema,
    after: JsonSchema,
    path: string,
    what: 'result' | 'error',
  ): readonly ContractChange[] {
    const { older, newer } = this.#sides;
    const widened = this.#misfits(after, before, path);
    const narrowed = without(this.#misfits(before, after, path), widened);
    return [
      ...widened.map(({ path, gives, takes }) =>
        this.#change(
          `${what}-widened`,
          `${newer} may answer ${gives}, callers of ${older} take ${takes}`,
          true,
          path,
        ),
      ),
      ...narrowed.map(({ path, gives, takes }) =>
        this.#change(
          `${what}-narrowed`,
          `${older} may answer ${gives}, callers of ${newer} take ${takes}`,
          false,
          path,
        ),
      ),
    ];
  }

  #errors(): readonly ContractChange[] {
    const [before, after] = [this.#before.errors, this.#after.errors];
    const changes: ContractChange[] = [];
    for (const [code, data] of Object.entries(after)) {
      const known = own(before, code);
      const path = `errors.${code}`;
      if (known !== undefined) changes.push(...this.#outward(known, data, path, 'error'));
      else
        changes.push(
          this.#change(
            'error-added',
            `error added; callers of ${this.#sides.older} get it as RemoteError`,
            false,
            path,
          ),
        );
    }
    for (const code of Object.keys(before)) {
      if (own(after, code) !== undefined) continue;
      changes.push(this.#change('error-removed', 'error removed', false, `errors.${code}`));
    }
    return changes;
  }

  #flags(): readonly ContractChange[] {
    const [before, after] = [this.#before, this.#after];
    const { older } = this.#sides;
    const changes: ContractChange[] = [];
    if (before.reply !== after.reply)
      changes.push(this.#change('reply', `the reply was ${before.reply}, it is ${after.reply}`, true));
    if (before.encoding !== after.encoding) {
      const text = `the encoding was ${before.encoding ?? 'none'}, it is ${after.encoding ?? 'none'}`;
      // Who encodes takes and gives plain values too.
      changes.push(this.#change('encoding', text, before.encoding !== undefined));
    }
    if (before.idempotent && !after.idempotent)
      changes.push(
        this.#change(
          'idempotent',
          `no longer idempotent; callers of ${older} send it again after a lost connection`,
          true,
        ),
      );
    if (!before.idempotent && after.idempotent)
      changes.push(this.#change('idempotent', 'now idempotent', false));
    if (before.reentrant && !after.reentrant)
      changes.push(
        this.#change('reentrant', 'no longer reentrant; calls that come back to it end in Deadlock', true),
      );
    if (!before.reentrant && after.reentrant) changes.push(this.#change('reentrant', 'now reentrant', false));
    for (const [kind, key] of [
      ['concurrency', 'concurrency'],
      ['timeout', 'timeoutMs'],
    ] as const) {
      if (before[key] === after[key]) continue;
      const text = `${key} was ${before[key] ?? 'the default'}, it is ${after[key] ?? 'the default'}`;
      changes.push(this.#change(kind, text, false));
    }
    return changes;
  }

  /** Why values of `from` may be refused by `to`. In an encoding such as protobuf, members that `to` does not know are skipped. */
  #misfits(from: JsonSchema, to: JsonSchema, path: string): readonly Misfit[] {
    const skips = this.#before.encoding !== undefined && this.#before.encoding === this.#after.encoding;
    return findMisfits(readShape(closeObjects(from)), readShape(skips ? to : closeObjects(to)), path);
  }

  #change(kind: ContractChangeKind, text: string, breaking: boolean, path = ''): ContractChange {
    return { operation: this.#operation, path, kind, breaking, text };
  }
}

/** What is told as breaking at a place is not told again as the reverse. */
function without(misfits: readonly Misfit[], told: readonly Misfit[]): readonly Misfit[] {
  const paths = new Set(told.map(({ path }) => path));
  return misfits.filter(({ path }) => !paths.has(path));
}

/** How texts call a side: by its version, unless both have the same. */
function versionText({ version }: ContractDescription, other: ContractDescription, side: string): string {
  return version === other.version ? `the ${side} ${version}` : version;
}

function own<V>(map: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
