import type { ChildSpec } from './child-spec.ts';
import { checkKeys, refusal } from './refusal.ts';
import {
  flagKeys,
  resolveSupervisorSpec,
  type SupervisorFlags,
  type SupervisorSpec,
} from './supervisor-flags.ts';

/** What a supervisor is: how it treats its children, and which it begins with. */
export interface SupervisorDeclaration extends SupervisorFlags {
  /** In the order of start. Of `simple_one_for_one` just one: what every child is made after. */
  readonly children: readonly ChildSpec[];
}

/**
 * Checks a declaration and fills in its defaults. `action` begins the message of an error.
 *
 * @throws ConfigurationError for the first thing that is wrong
 */
export function resolveDeclaration(declaration: SupervisorDeclaration, action: string): SupervisorSpec {
  if (typeof declaration !== 'object' || declaration === null) {
    throw refusal(action, 'its declaration', 'an object { strategy, children, … }', declaration);
  }
  checkKeys(action, declaration, ['children', ...flagKeys]);
  const { children, ...flags } = declaration;
  return resolveSupervisorSpec(flags, children, action);
}
