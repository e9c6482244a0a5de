import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { closest } from '../util/index.ts';
import type { ConfigSection } from './section.ts';

/** A path that may be set, and what may stand there. */
export interface KnownSetting {
  readonly path: string;
  readonly schema: TSchema;
  readonly defaultValue: unknown;
  readonly description: string;
}

/** Every path that the sections declare, in their order. */
export function knownSettings(sections: readonly ConfigSection[]): readonly KnownSetting[] {
  return sections.flatMap(({ name, schema }) =>
    Object.entries(schema.properties).map(([key, member]) => ({
      path: `${name}.${key}`,
      schema: member,
      defaultValue: annotation(member, 'default'),
      description: String(annotation(member, 'description') ?? ''),
    })),
  );
}

/** What to say of a path that nobody declares: the one that was probably meant, or those there are. */
export function unknownPath(path: string, known: readonly string[]): string {
  const meant = closest(path, known);
  return `unknown key '${path}'; ${meant === undefined ? `known are ${known.join(', ')}` : `did you mean '${meant}'?`}`;
}

/** Whether `value` may stand where `schema` is; undefined if it may, else what was expected. */
export function misfit(schema: TSchema, value: unknown): string | undefined {
  return Compile(schema).Check(value) ? undefined : expectation(schema);
}

/** What a schema allows, in words. */
export function expectation(schema: TSchema): string {
  const options = annotation(schema, 'anyOf') ?? annotation(schema, 'enum');
  if (Array.isArray(options)) {
    return `one of ${options.map((option) => String(annotation(option, 'const') ?? option)).join(', ')}`;
  }
  switch (annotation(schema, 'type')) {
    case 'integer':
      return `a whole number${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'text';
    case 'array':
      return `a list, each ${expectation(itemsOf(schema))}`;
    default:
      return 'another type';
  }
}

function range(schema: TSchema): string {
  const least = annotation(schema, 'minimum');
  const most = annotation(schema, 'maximum');
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return ` of at least ${least}`;
  return most === undefined ? '' : ` of at most ${most}`;
}

function itemsOf(schema: TSchema): TSchema {
  const items = annotation(schema, 'items');
  return typeof items === 'object' && items !== null ? items : {};
}

function annotation(schema: object, name: string): unknown {
  return Reflect.get(schema, name);
}
