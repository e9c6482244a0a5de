import { messageOf } from '../errors/index.ts';
import { errorOf, exitText } from '../process/index.ts';
import { Supervisor, type SupervisorDeclaration, type SupervisorReport } from '../supervisor/index.ts';

/** A supervisor that a `.app` file declares: the root of an app that is a list of processes, or one among them. */
export abstract class AppSupervisor extends Supervisor {
  /** What the file says. */
  protected abstract readonly declaration: SupervisorDeclaration;
  /** Hears what it reports. */
  protected abstract readonly reports: TreeReports;

  protected override init(): SupervisorDeclaration {
    return this.declaration;
  }

  protected override onReport(report: SupervisorReport): void {
    this.reports.take(report);
  }
}

/** What became of a child. */
export interface ChildFailure {
  readonly text: string;
  /** The error that it was, if it was one. */
  readonly error: unknown;
}

/** What the supervisors of one app have reported, as far as it says why the app ends. */
export class TreeReports {
  #failure: ChildFailure | undefined;
  #hasGivenUp = false;

  take(report: SupervisorReport): void {
    const { id } = report.child;
    if (report.context === 'shutdown') {
      this.#hasGivenUp = true;
    } else if (report.context === 'start_error') {
      const { reason } = report;
      this.#failure = { text: `'${id}' could not be started: ${messageOf(reason)}`, error: reason };
    } else if (report.context === 'child_terminated' && report.reason !== 'shutdown') {
      // The end of a supervisor that has given up would say nothing; the failure below it does.
      const { reason } = report;
      this.#failure = { text: `'${id}' has ended: ${exitText(reason)}`, error: errorOf(reason) };
    }
  }

  /** What failed last, if a supervisor has used up its restarts. */
  get givenUpAfter(): ChildFailure | undefined {
    return this.#hasGivenUp ? this.#failure : undefined;
  }
}
