import { ContainerError } from '../../src/errors/index.ts';
import { Process, type ProcessClass } from '../../src/process/index.ts';
import {
  type ChildSpec,
  type RestartType,
  Supervisor,
  type SupervisorDeclaration,
  type SupervisorStrategy,
} from '../../src/supervisor/index.ts';

/** How large a fleet is, and what its supervisors bear. */
export interface FleetOptions {
  /** Supervisors under the root, supervisors under each of those, and workers under each of these. */
  readonly squadrons: number;
  readonly ships: number;
  readonly sailors: number;
  /** Restarts that a ship and a squadron bear within `periodMs`; the root bears any number. */
  readonly shipIntensity: number;
  readonly squadronIntensity: number;
  readonly periodMs: number;
  /** The share of restarts that fail. */
  readonly failing: number;
}

/** The place of one worker, filled by one process after the other. */
export interface Berth {
  readonly ship: string;
  /** `<ship>/<id of the child>`. */
  readonly name: string;
  readonly restart: RestartType;
  /** The child of a `simple_one_for_one` supervisor. */
  readonly isDynamic: boolean;
}

/** One of every twenty. Those of groups are few: they start many again for a crash of one. */
const strategies: readonly SupervisorStrategy[] = Array.from({ length: 20 }, (_, n) => {
  if (n === 0) return 'rest_for_one';
  if (n === 5) return 'one_for_all';
  return n % 6 === 2 ? 'simple_one_for_one' : 'one_for_one';
});

/** Workers under three levels of supervisors: what they are by their specs, and who they are now. */
export class Fleet {
  readonly options: FleetOptions;
  readonly root: ProcessClass<Supervisor>;
  /** Every worker that there should be. */
  readonly berths: readonly Berth[];
  /** The supervisors that there should be, and those that there are or were last. */
  readonly supervisorNames: readonly string[];
  readonly supervisors = new Map<string, Supervisor>();
  /** Who fills a berth, or did last. */
  readonly sailors = new Map<string, Sailor>();
  /** Starts of workers so far, and how many of them failed. */
  starts = 0;
  failures = 0;
  /** Starts of supervisors so far. */
  supervisorStarts = 0;
  /** From then on restarts fail now and then. */
  isAtSea = false;
  readonly #chance: () => number;
  readonly #specs = new Map<string, ChildSpec>();
  readonly #enlisted: readonly Berth[];
  /** The ships for which dynamic ones were started. */
  readonly #enlistedBy = new Map<string, Supervisor>();

  constructor(options: FleetOptions, chance: () => number) {
    this.options = options;
    this.#chance = chance;
    const berths: Berth[] = [];
    const squadrons = range(options.squadrons).map((n) => `squadron-${n}`);
    const names = ['fleet'];
    const children = squadrons.map((squadron) => {
      names.push(squadron);
      const ships = range(options.ships).map((n) => this.#ship(`${squadron}-${n}`, n, berths));
      names.push(...ships.map(({ id }) => id));
      return this.#supervisor(squadron, {
        ...this.#flags(options.squadronIntensity),
        strategy: 'one_for_one',
        children: ships,
      });
    });
    this.root = supervisorClass(this, 'fleet', { ...this.#flags(Number.MAX_SAFE_INTEGER), children });
    this.berths = berths;
    this.#enlisted = berths.filter(({ isDynamic, restart }) => isDynamic || restart === 'temporary');
    this.supervisorNames = names;
  }

  /** Who fills the berth, if anybody does at this moment. */
  sailor(berth: Berth): Sailor | undefined {
    const sailor = this.sailors.get(berth.name);
    return sailor?.isAlive(sailor.id) ? sailor : undefined;
  }

  /** Starts those that no supervisor starts again: temporary ones that have ended, dynamic ones of a ship that is a new one. */
  async enlist(): Promise<void> {
    for (const berth of this.#enlisted) {
      const ship = this.supervisors.get(berth.ship);
      if (ship?.state !== 'ACTIVE' || this.sailor(berth) !== undefined) continue;
      if (berth.restart !== 'temporary' && this.#enlistedBy.get(berth.name) === ship) continue;
      const spec = this.#specs.get(berth.name);
      try {
        await (spec === undefined ? ship.startChild({ berth: berth.name }) : ship.startChild(spec));
        if (berth.isDynamic) this.#enlistedBy.set(berth.name, ship);
      } catch (error) {
        // It does not start this time, or the ship is there no more, or has been started again and was faster.
        if (!(error instanceof ContainerError)) throw error;
      }
    }
  }

  /** Called by each worker that starts. */
  starting(): void {
    this.starts += 1;
    if (!this.isAtSea || this.#chance() >= this.options.failing) return;
    this.failures += 1;
    throw new Error('it does not start');
  }

  #ship(name: string, n: number, berths: Berth[]): ChildSpec {
    const strategy = strategies[n % strategies.length] ?? 'one_for_one';
    const flags = this.#flags(this.options.shipIntensity);
    const Worker = sailorClass(this);
    if (strategy === 'simple_one_for_one') {
      const restart = n % 4 === 0 ? 'temporary' : 'permanent';
      for (const index of range(this.options.sailors)) {
        berths.push({ ship: name, name: `${name}/${index}`, restart, isDynamic: true });
      }
      const children: readonly ChildSpec[] = [{ id: 'sailor', start: Worker, restart }];
      return this.#supervisor(name, { ...flags, strategy, children });
    }
    const children = range(this.options.sailors).map((index): ChildSpec => {
      const id = String(index);
      const berth = `${name}/${id}`;
      const restart = restartOf(index, strategy);
      const options = { args: { berth } };
      const spec: ChildSpec =
        index % 5 === 0
          ? { id, restart, start: (spawner) => spawner.spawnChild(Worker, { name: id, ...options }) }
          : { id, restart, start: Worker, options };
      berths.push({ ship: name, name: berth, restart, isDynamic: false });
      this.#specs.set(berth, spec);
      return spec;
    });
    return this.#supervisor(name, { ...flags, strategy, children });
  }

  #supervisor(id: string, declaration: SupervisorDeclaration): ChildSpec {
    return { id, start: supervisorClass(this, id, declaration) };
  }

  #flags(intensity: number): Omit<SupervisorDeclaration, 'children'> {
    return { intensity, periodMs: this.options.periodMs, restartDelay: false };
  }
}

/** A worker. Its errors are made in its own methods, so that their stacks know it. */
export interface Sailor extends Process {
  /** Ends for an error. */
  fail(): void;
  /** Throws where nobody catches it. */
  op_slip(): void;
}

function sailorClass(fleet: Fleet): ProcessClass {
  return class SailorProcess extends Process implements Sailor {
    override onInit(): void {
      fleet.starting();
    }
    override onActivate(): void {
      fleet.sailors.set(String(this.args.berth), this);
    }
    fail(): void {
      this.exit({ error: new Error('failed') });
    }
    op_slip(): void {
      setTimeout(() => this.#slip(), 0);
    }
    #slip(): void {
      throw new Error('slipped');
    }
  };
}

function supervisorClass(
  fleet: Fleet,
  name: string,
  declaration: SupervisorDeclaration,
): ProcessClass<Supervisor> {
  return class FleetSupervisor extends Supervisor {
    protected override init(): SupervisorDeclaration {
      fleet.supervisorStarts += 1;
      fleet.supervisors.set(name, this);
      return declaration;
    }
  };
}

/** Most are permanent. Temporary ones only where no group restart ends them. */
function restartOf(index: number, strategy: SupervisorStrategy): RestartType {
  if (index % 25 === 7 && strategy === 'one_for_one') return 'temporary';
  return index % 3 === 0 ? 'transient' : 'permanent';
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index);
}
