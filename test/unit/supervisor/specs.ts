import type { ProcessId } from '../../../src/exchange/index.ts';
import {
  type ChildSpec,
  resolveSupervisorSpec,
  type SupervisorFlags,
  type SupervisorSpec,
} from '../../../src/supervisor/index.ts';
import { type ChildScript, Simulation } from './simulation.ts';

export const start = async (): Promise<ProcessId | undefined> => undefined;

/** Child specs with these ids. */
export function children(...ids: readonly string[]): readonly ChildSpec[] {
  return ids.map((id) => ({ id, start }));
}

/** Flags for tests that are not about back-off. */
export function plainSpec(flags: SupervisorFlags, specs: readonly ChildSpec[]): SupervisorSpec {
  return resolveSupervisorSpec({ intensity: 10, restartDelay: false, ...flags }, specs);
}

/** A supervisor with all its children started, back-off off. */
export function begun(
  flags: SupervisorFlags,
  specs: readonly ChildSpec[],
  script: ChildScript = {},
): Simulation {
  const simulation = new Simulation(plainSpec(flags, specs), script);
  simulation.send({ type: 'begin' });
  return simulation.run();
}

/** Starts and stops since `from`, such as `start a.1` and `stop a.1 shutdown`, and the supervisor's own `ready` and `exit`. */
export function story(simulation: Simulation, from = 0): readonly string[] {
  return simulation.happenings.slice(from).flatMap((happening): readonly string[] => {
    switch (happening.type) {
      case 'start':
        return [`start ${happening.pid}${happening.result === 'ok' ? '' : ` ${happening.result}`}`];
      case 'stop':
        return [`stop ${happening.pid} ${JSON.stringify(happening.reason).replaceAll('"', '')}`];
      case 'exit':
        return [`exit ${JSON.stringify(happening.reason).replaceAll('"', '')}`];
      case 'ready':
        return ['ready'];
      default:
        return [];
    }
  });
}

/** What follows in the story while `act` runs. */
export function tracedBy(simulation: Simulation, act: () => void): readonly string[] {
  const from = simulation.happenings.length;
  act();
  simulation.run();
  return story(simulation, from);
}

/** The last answer. */
export function lastReply(simulation: Simulation) {
  const last = simulation.happenings.findLast((happening) => happening.type === 'reply');
  return last?.type === 'reply' ? last.reply : undefined;
}
