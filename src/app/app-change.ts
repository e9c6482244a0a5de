import type { ExitReason } from '../process/index.ts';
import type { AppStartType } from './app.ts';
import type { AppSlot } from './app-slot.ts';

/** An instance of an app, for whoever is told of its life. */
export interface LivingApp {
  readonly name: string;
  /** `hello`, `hello#2`. */
  readonly instance: string;
  readonly version: string | undefined;
  readonly startType: AppStartType;
}

/** What happens to an app. */
export type AppChange =
  | ({ readonly type: 'started' } & LivingApp)
  /** Its start was given up, with this error. */
  | ({ readonly type: 'failed'; readonly error: unknown } & LivingApp)
  /** It had started, and has ended; `reason`: that of its root, if it has ended by itself. */
  | ({ readonly type: 'stopped'; readonly reason: ExitReason | undefined } & LivingApp)
  /** Its arguments have changed while it ran; `args`: the names of those that did. */
  | ({ readonly type: 'configured'; readonly args: readonly string[] } & LivingApp);

export function appFacts({ definition, instance, startType }: AppSlot): LivingApp {
  const { name, version } = definition;
  return { name, instance, version, startType };
}
