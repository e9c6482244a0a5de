import type { Container, ShutdownReport, StopProgress } from '../container/index.ts';
import { redactUrls } from '../logging/index.ts';
import type { CliWorld } from './world.ts';

/** A stop that takes longer than this tells how far it is, again and again after as long. */
const everyMs = 1_000;

/** Tells whoever looks at a terminal how a stop goes on, and what had not ended when it was over. */
export class StopLines {
  readonly #container: Container;
  readonly #world: Pick<CliWorld, 'env' | 'stderr'>;
  readonly #unlisten: () => void;
  #timer: { cancel(): void } | undefined;

  constructor(container: Container, world: Pick<CliWorld, 'env' | 'stderr'>) {
    this.#container = container;
    this.#world = world;
    this.#unlisten = container.onStopping(() => {
      if (world.stderr.isTTY === true) this.#timer ??= this.#wait();
    });
  }

  /** The stop is over. */
  close(report: ShutdownReport): void {
    this.#unlisten();
    this.#timer?.cancel();
    for (const line of describeShutdown(report)) this.#world.stderr.write(`${line}\n`);
  }

  #wait(): { cancel(): void } {
    return this.#world.env.clock.timer(everyMs, () => {
      const { stopping } = this.#container.info();
      if (stopping === undefined) return;
      this.#world.stderr.write(`ioncore: ${describeProgress(stopping)}\n`);
      this.#timer = this.#wait();
    });
  }
}

/** How far a stop is, in one line. */
export function describeProgress({ phase, sinceMs, leftMs, apps, processes }: StopProgress): string {
  const left = [
    ...(apps.length > 0 ? [`apps: ${apps.join(', ')}`] : []),
    ...(processes > 0 ? [`processes: ${processes}`] : []),
  ];
  const what = left.length > 0 ? ` (${left.join('; ')})` : '';
  return `stopping for ${seconds(sinceMs)}: ${phase}${what}; what is left is cut off within ${seconds(leftMs)}`;
}

/** What did not end as it should, a line each; none if everything did. */
export function describeShutdown(report: ShutdownReport): readonly string[] {
  if (report.complete) return [];
  const { killed, unfinishedHandlers, unfinishedApps, leftProcesses, phases, error } = report;
  const isKilled = (id: string): boolean => killed.some((process) => process.id === id);
  const late = phases
    .filter((phase) => phase.late)
    .map(({ phase, tookMs }) => `${phase} (${seconds(tookMs)})`);
  const lines = [
    ...killed.map(
      ({ id, name, ops }) => `process ${id} (${name}) was killed: ${reasonOf(ops)} had not ended`,
    ),
    ...unfinishedHandlers
      .filter(({ id }) => !isKilled(id))
      .map(
        ({ id, name, op, ageMs }) => `'${op}' of process ${id} (${name}) still runs after ${seconds(ageMs)}`,
      ),
    ...unfinishedApps.map((app) => `app ${app}: its stop had not ended`),
    ...leftProcesses.map(({ id, name }) => `process ${id} (${name}) is left`),
    ...(late.length > 0 ? [`not done in time: ${late.join(', ')}`] : []),
    ...(error === undefined ? [] : [`failed: ${redactUrls(error)}`]),
  ];
  return [
    `ioncore: stopped in ${seconds(report.tookMs)}, but not everything had ended:`,
    ...lines.map((line) => `  ${line}`),
  ];
}

function reasonOf(ops: readonly string[]): string {
  if (ops.length === 0) return 'its onInit or onTerminate, its children or what it holds';
  return ops.map((op) => `'${op}'`).join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
