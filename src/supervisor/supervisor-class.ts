import type { ProcessClass } from '../process/index.ts';
import { resolveDeclaration, type SupervisorDeclaration } from './declaration.ts';
import { Supervisor } from './supervisor.ts';

/**
 * Makes a class of supervisors of a declaration, for those that need no methods of their own.
 *
 * @throws ConfigurationError for a declaration that cannot be used
 * @example
 * const Tides = supervisor({ strategy: 'rest_for_one', children: [{ id: 'gauge', start: Gauge }, { id: 'alarm', start: Alarm }] });
 * await container.processes.spawn(Tides, { name: 'tides' });
 */
export function supervisor(declaration: SupervisorDeclaration): ProcessClass<Supervisor> {
  resolveDeclaration(declaration, 'supervisor');
  return class DeclaredSupervisor extends Supervisor {
    protected override init(): SupervisorDeclaration {
      return declaration;
    }
  };
}
