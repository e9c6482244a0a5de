import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { Container } from '../../src/index.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { findFaults } from './census.ts';
import { type Berth, Fleet, type FleetOptions } from './fleet.ts';
import { type Holdings, takeHoldings } from './measure.ts';

/** What a soak does. */
export interface SoakOptions extends FleetOptions {
  readonly crashes: number;
  readonly seed: number;
  /** Crashes between two turns of the event loop. */
  readonly atOnce: number;
  /** One crash of so many is a supervisor's: it is killed. */
  readonly supervisorEvery: number;
}

/** What came of it. */
export interface SoakReport {
  /** What is wrong with the tree at the end. */
  readonly faults: readonly string[];
  readonly processes: number;
  readonly crashes: number;
  /** Crashes by errors that nobody handled. */
  readonly slips: number;
  readonly starts: number;
  readonly failures: number;
  /** Ships and squadrons that were started again. */
  readonly supervisorStarts: number;
  readonly startMs: number;
  readonly crashMs: number;
  /** With nothing yet; with all processes, before the crashes that count and after them; with nothing left. */
  readonly empty: Holdings;
  readonly before: Holdings;
  readonly after: Holdings;
  readonly stopped: Holdings;
}

/** Builds a fleet, makes its processes crash at random, and looks at what is left of it. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  return new Soak(options).run();
}

/** A small soak of which nobody asks anything, as what Node learns of the code takes memory, too. */
export async function warmUp(options: SoakOptions): Promise<void> {
  await new Soak({ ...options, squadrons: 1, ships: 10, sailors: 10, crashes: 2_000 }).warmUp();
}

class Soak {
  readonly #options: SoakOptions;
  readonly #chance: () => number;
  /** Those that are yet to come. */
  #crashes = 0;
  #slips = 0;

  constructor(options: SoakOptions) {
    this.#options = options;
    const random = seededRandom(options.seed);
    this.#chance = () => random.next();
  }

  async run(): Promise<SoakReport> {
    const empty = await takeHoldings();
    const life = await this.#live();
    return { ...life, empty, stopped: await takeHoldings() };
  }

  async warmUp(): Promise<void> {
    const { container, fleet } = await this.#start();
    await this.#storm(container, fleet, this.#options.crashes);
    await this.#quiet(container, fleet);
    await container.stop();
  }

  /** What it returns holds nothing of the container. */
  async #live() {
    const { crashes } = this.#options;
    const beganAt = performance.now();
    const { container, fleet } = await this.#start();
    const startMs = performance.now() - beganAt;
    const faultsAtFirst = await findFaults(container, fleet);
    const processes = container.processes.size;
    const { starts, failures, supervisorStarts } = fleet;
    this.#slips = 0;
    const before = await takeHoldings();
    const crashMs = await this.#storm(container, fleet, crashes);
    const faults = [...faultsAtFirst, ...(await this.#quiet(container, fleet))];
    const after = await takeHoldings();
    await container.stop();
    return {
      faults,
      processes,
      crashes,
      slips: this.#slips,
      starts: fleet.starts - starts,
      failures: fleet.failures - failures,
      supervisorStarts: fleet.supervisorStarts - supervisorStarts,
      startMs,
      crashMs,
      before,
      after,
    };
  }

  async #start(): Promise<{ readonly container: Container; readonly fleet: Fleet }> {
    const container = new Container({ stopMs: 300_000 });
    const fleet = new Fleet(this.#options, this.#chance);
    await container.start();
    container.processes.onCrash(({ reason }) => {
      const error = typeof reason === 'object' && 'error' in reason ? reason.error : undefined;
      if (error instanceof Error && error.message === 'slipped') this.#slips += 1;
    });
    await container.processes.spawn(fleet.root, { name: 'fleet' });
    await fleet.enlist();
    return { container, fleet };
  }

  /** Resolves, when so many have crashed, with the time that it took. */
  async #storm(container: Container, fleet: Fleet, crashes: number): Promise<number> {
    const { atOnce } = this.#options;
    const beganAt = performance.now();
    fleet.isAtSea = true;
    let enlisting: Promise<void> | undefined;
    this.#crashes = crashes;
    for (let round = 0; this.#crashes > 0; round += 1) {
      for (let n = 0; n < atOnce && this.#crashes > 0; n += 1) this.#crashOne(container, fleet);
      await turn();
      if (round % 20 === 0) {
        await enlisting;
        enlisting = fleet.enlist();
      }
    }
    await enlisting;
    fleet.isAtSea = false;
    return performance.now() - beganAt;
  }

  #crashOne(container: Container, fleet: Fleet): void {
    const { supervisorEvery } = this.#options;
    if (Math.floor(this.#chance() * supervisorEvery) === 0) {
      // Not the root: nobody would start it again.
      const [, ...names] = fleet.supervisorNames;
      const supervisor = fleet.supervisors.get(this.#pick(names));
      if (supervisor?.state !== 'ACTIVE') return;
      this.#crashes -= 1;
      container.processes.kill(supervisor.id);
      return;
    }
    const berth: Berth = this.#pick(fleet.berths);
    const sailor = fleet.sailor(berth);
    if (sailor?.state !== 'ACTIVE') return;
    const chance = this.#chance();
    if (chance < 0.1 && berth.restart === 'permanent') {
      sailor.exit('normal');
      return;
    }
    this.#crashes -= 1;
    if (chance < 0.2) void container.send(sailor.id, 'slip', null);
    else if (chance < 0.5) container.processes.kill(sailor.id);
    else sailor.fail();
  }

  /** Resolves with what is wrong when nothing is under way any more. */
  async #quiet(container: Container, fleet: Fleet): Promise<readonly string[]> {
    let faults: readonly string[] = [];
    for (let round = 0; round < 100; round += 1) {
      await sleep(100);
      await fleet.enlist();
      faults = await findFaults(container, fleet);
      if (faults.length === 0) break;
    }
    return faults;
  }

  #pick<Value>(values: readonly Value[]): Value {
    const value = values[Math.floor(this.#chance() * values.length)];
    if (value === undefined) throw new RangeError('nothing to pick from');
    return value;
  }
}
