import { ConflictError } from '../errors/index.ts';
import type { AppDefinition } from './app-definition.ts';

/** Arguments of a running app cannot be changed: `why`, and what to do. */
export function restartNeeded(
  app: { readonly definition: Pick<AppDefinition, 'file'>; readonly instance: string },
  why: string,
): ConflictError {
  const { definition, instance } = app;
  return new ConflictError(
    `${definition.file}: the arguments of app '${instance}' cannot be changed while it runs: ${why}; restart it with them: configure('${instance}', {…}, { restart: true })`,
  );
}
