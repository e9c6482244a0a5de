import { Supervisor, type SupervisorDeclaration } from '../supervisor/index.ts';

/** A supervisor that a `.app` file declares: the root of an app that is a list of processes, or one among them. */
export abstract class AppSupervisor extends Supervisor {
  /** What the file says. */
  protected abstract readonly declaration: SupervisorDeclaration;

  protected override init(): SupervisorDeclaration {
    return this.declaration;
  }
}
