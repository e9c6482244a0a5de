import type { TSchema } from 'typebox';
import { cutText, describeValue, pathText, valueAt } from '../util/index.ts';
import { closeObjects } from './close-objects.ts';
import { describeSchema } from './schema-description.ts';
import { readShape } from './shape-reader.ts';
import { shapeText } from './shape-text.ts';

/** Why a value does not fit its schema: the first place, and how many others there are. Every text is short, whatever was sent. */
export interface ValidationFailure {
  /** As in JavaScript: `content.items[3].count`. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  /** Other places that do not fit. */
  readonly others: number;
  /** Whether there may be more of them than were counted. */
  readonly isCut: boolean;
}

/** An error as TypeBox reports it, in the order in which the schema is walked. */
export interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** A place that does not fit: a JSON pointer, and what was expected there. */
interface Misplacement {
  readonly pointer: string;
  readonly expected: string;
}

/** TypeBox stops to collect after so many. */
const maxErrors = 8;
/** Room for a schema in words. */
const maxExpected = 240;
/** Errors that rule an alternative out: the value is of another kind, or has another tag. */
const ruleOut: ReadonlySet<string> = new Set(['type', 'const', 'enum', '~refine', 'not', 'boolean']);

/** Puts what TypeBox says of `value` in words. `root` is what messages call it. */
export function explainFailure(
  schema: TSchema,
  errors: readonly SchemaError[],
  value: unknown,
  root: string,
): ValidationFailure {
  const all = new FailureReader(schema).read(errors, '#');
  const [first = { pointer: '', expected: 'a value that fits the schema' }] = all;
  return {
    path: pathText(root, value, first.pointer),
    expected: cutText(first.expected, maxExpected),
    found: describeValue(valueAt(value, first.pointer)),
    others: new Set(all.map(({ pointer }) => pointer)).size - (all.length === 0 ? 0 : 1),
    isCut: errors.length >= maxErrors,
  };
}

/** A failure as one sentence. */
export function failureText({ path, expected, found, others, isCut }: ValidationFailure): string {
  const more = isCut ? ` (and ${others} or more others)` : others > 0 ? ` (and ${others} more)` : '';
  return `${path}: expected ${expected}, found ${found}${more}`;
}

class FailureReader {
  readonly #schema: TSchema;

  constructor(schema: TSchema) {
    this.#schema = schema;
  }

  /** `above` is the place in the schema below which alternatives count as such. */
  read(errors: readonly SchemaError[], above: string): readonly Misplacement[] {
    const read: Misplacement[] = [];
    for (let index = 0; index < errors.length; index += 1) {
      const error = errors[index];
      if (error === undefined) break;
      const cut = error.schemaPath.indexOf('/anyOf/', above.length);
      if (cut === -1) {
        read.push(...this.#readOne(error));
        continue;
      }
      // The errors of all alternatives come first, then that of the union.
      const union = error.schemaPath.slice(0, cut);
      const isEnd = ({ keyword, schemaPath }: SchemaError) => keyword === 'anyOf' && schemaPath === union;
      const end = errors.findIndex((other, at) => at >= index && isEnd(other));
      const below = errors.slice(index, end === -1 ? undefined : end);
      const pointer = errors[end]?.instancePath ?? shortest(below);
      read.push(...this.#readUnion(below, union, pointer));
      index = end === -1 ? errors.length : end;
    }
    return read;
  }

  /** Of the one alternative that comes near it is worth telling what is wrong inside. */
  #readUnion(errors: readonly SchemaError[], union: string, pointer: string): readonly Misplacement[] {
    const alternatives = new Map<string, SchemaError[]>();
    for (const error of errors) {
      const alternative = error.schemaPath.slice(union.length).split('/', 3).join('/');
      alternatives.set(alternative, [...(alternatives.get(alternative) ?? []), error]);
    }
    const near = [...alternatives].filter(([, own]) => !own.some((error) => rulesOut(error, pointer)));
    const [only] = near;
    if (near.length === 1 && only !== undefined) return this.read(only[1], union + only[0]).slice(0, 1);
    return [{ pointer, expected: this.#expectedAt(union) ?? 'one of several alternatives' }];
  }

  #readOne({ keyword, schemaPath, instancePath, params, message }: SchemaError): readonly Misplacement[] {
    switch (keyword) {
      case 'boolean':
        // Tells of a closed object what the error after it tells better.
        return isClosing(schemaPath) ? [] : [{ pointer: instancePath, expected: 'nothing' }];
      case 'required':
        return names(params, 'requiredProperties').map((name) => ({
          pointer: `${instancePath}/${escaped(name)}`,
          expected: this.#expectedAt(`${schemaPath}/properties/${escaped(name)}`) ?? 'a member of this name',
        }));
      case 'additionalProperties':
      case 'unevaluatedProperties':
        return names(params, keyword).map((name) => ({
          pointer: `${instancePath}/${escaped(name)}`,
          expected: 'no such member',
        }));
      case '~refine':
        return [{ pointer: instancePath, expected: this.#refined(schemaPath) ?? message }];
      default:
        return [
          {
            pointer: instancePath,
            expected: this.#expectedAt(schemaPath) ?? message.replace(/^must (be )?/, ''),
          },
        ];
    }
  }

  /** What a schema's own check wants is in its message; only ours are in the schema. */
  #refined(schemaPath: string): string | undefined {
    const schema = this.#schemaAt(schemaPath);
    return schema !== undefined && ('$bytes' in schema || '$date' in schema)
      ? this.#expectedAt(schemaPath)
      : undefined;
  }

  #expectedAt(schemaPath: string): string | undefined {
    const schema = this.#schemaAt(schemaPath);
    if (schema === undefined) return undefined;
    const shape = readShape(closeObjects(describeSchema(schema)));
    return shape.kind === 'opaque' ? undefined : shapeText(shape);
  }

  #schemaAt(schemaPath: string): object | undefined {
    let at: unknown = this.#schema;
    for (const key of schemaPath.split('/').slice(1)) {
      if (typeof at !== 'object' || at === null) return undefined;
      at = Reflect.get(at, key.replaceAll('~1', '/').replaceAll('~0', '~'));
    }
    return typeof at === 'object' && at !== null ? at : undefined;
  }
}

/** Whether an alternative is out of question for the value at `pointer`: by its kind, or by a tag among its members. */
function rulesOut({ keyword, instancePath }: SchemaError, pointer: string): boolean {
  if (instancePath === pointer) return ruleOut.has(keyword);
  const isMember = instancePath.lastIndexOf('/') === pointer.length;
  return isMember && keyword === 'const';
}

function isClosing(schemaPath: string): boolean {
  return schemaPath.endsWith('/additionalProperties') || schemaPath.endsWith('/unevaluatedProperties');
}

function names(params: object, key: string): readonly string[] {
  const given: unknown = Reflect.get(params, key);
  return Array.isArray(given) ? given.map(String) : [];
}

function shortest(errors: readonly SchemaError[]): string {
  return errors.reduce(
    (best, { instancePath }) => (instancePath.length < best.length ? instancePath : best),
    errors[0]?.instancePath ?? '',
  );
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
