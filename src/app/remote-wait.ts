import { TimeoutError } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Clock } from '../util/index.ts';
import type { RemoteWait } from './start-plan.ts';
import { within } from './time-limit.ts';

/** How an app waits for others in other containers. */
export interface RemoteWaitParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sysname: string;
  /** Whether a service has an instance anywhere in the system. */
  readonly isServed: (service: string) => Promise<boolean>;
  /** Milliseconds after which it is logged again that the app waits. */
  readonly logEveryMs: number;
  /** The instance that waits. */
  readonly instance: string;
  /** Called with what is missing, whenever that was looked at; with nothing at the end. */
  readonly onMissing: (services: readonly string[]) => void;
  /** Rejects when the wait is given up. */
  readonly givenUp: Promise<never>;
}

/** Between two looks: the first pause, and what it grows to. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** A broker that is away answers a look when it is back. */
const LONGEST_LOOK_MS = 5_000;

/**
 * Resolves when each service of each of the apps has an instance somewhere. A look that fails, for want of the broker perhaps, finds
 * nobody.
 *
 * @throws TimeoutError when one of the apps has had its time; what `givenUp` rejects with
 */
export async function waitForRemotes(awaits: readonly RemoteWait[], parts: RemoteWaitParts): Promise<void> {
  if (awaits.length === 0) return;
  const { clock, logger, instance, onMissing, givenUp } = parts;
  const startedAt = clock.now();
  let pauseMs = FIRST_PAUSE_MS;
  let loggedAt: number | undefined;
  try {
    for (;;) {
      const missing = await Promise.race([findMissing(awaits, parts), givenUp]);
      if (missing.length === 0) return;
      onMissing(missing.map(({ wait, service }) => `${service} of ${wait.app}`));
      const waitedMs = clock.now() - startedAt;
      const late = missing.filter(({ wait }) => waitedMs >= wait.timeoutMs);
      if (late[0] !== undefined) throw tooLate(late, late[0].wait, parts);
      if (loggedAt === undefined || clock.now() - loggedAt >= parts.logEveryMs) {
        const level = loggedAt === undefined ? 'info' : 'warn';
        loggedAt = clock.now();
        const services = missing.map(({ service }) => service);
        const apps = [...new Set(missing.map(({ wait }) => wait.app))];
        logger[level](`waiting for ${apps.join(', ')}`, {
          app: instance,
          services,
          sinceMs: Math.round(waitedMs),
        });
      }
      const untilLateMs = Math.min(...missing.map(({ wait }) => wait.timeoutMs - waitedMs));
      await within(clock, Math.min(pauseMs, untilLateMs), givenUp, undefined);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  } finally {
    onMissing([]);
  }
}

/** A service that nobody has, and who waits for it. */
interface Missing {
  readonly wait: RemoteWait;
  readonly service: string;
}

async function findMissing(
  awaits: readonly RemoteWait[],
  { clock, isServed, logger }: RemoteWaitParts,
): Promise<readonly Missing[]> {
  const look = async (service: string): Promise<boolean> => {
    try {
      return await within(clock, LONGEST_LOOK_MS, isServed(service), false);
    } catch (error) {
      logger.debug('it could not be found out whether a service is there', { service, error });
      return false;
    }
  };
  const wanted = awaits.flatMap((wait) => wait.services.map((service) => ({ wait, service })));
  const served = await Promise.all(wanted.map(({ service }) => look(service)));
  return wanted.filter((_one, at) => served[at] !== true);
}

function tooLate(
  late: readonly Missing[],
  { app, timeoutMs }: RemoteWait,
  { sysname }: RemoteWaitParts,
): TimeoutError {
  const services = late.filter(({ wait }) => wait.app === app).map(({ service }) => service);
  const names = services.map((service) => `'${service}'`).join(', ');
  return new TimeoutError(
    `it has waited ${timeoutMs} ms for the app '${app}' of another container: nobody in system '${sysname}' serves ${names}; start that app in a container of this system, or give it more time with 'timeoutMs' under 'applications'`,
    { details: { app, services, timeoutMs } },
  );
}
