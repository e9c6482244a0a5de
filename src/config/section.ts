import type { Static, TObject, TProperties } from 'typebox';
import { Type } from 'typebox';

/**
 * One top-level key of the configuration, declared by the room that reads it. Every member has a default and a description in
 * its schema, so the section alone tells what may be set, what it means, and what holds where nobody says anything.
 */
export interface ConfigSection<P extends TProperties = TProperties> {
  readonly name: string;
  readonly schema: TObject<P>;
}

/** The values of a section. */
export type SectionValues<S extends ConfigSection> = Readonly<Static<S['schema']>>;

/**
 * Declares a section.
 *
 * @example
 * export const rpcConfig = defineSection('rpc', {
 *   timeoutMs: Type.Number({ minimum: 1, default: 15_000, description: 'Milliseconds a call may take' }),
 * });
 */
export function defineSection<P extends TProperties>(name: string, members: P): ConfigSection<P> {
  return Object.freeze({ name, schema: Type.Object(members, { additionalProperties: false }) });
}
