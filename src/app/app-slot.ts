import { IllegalStateError } from '../errors/index.ts';
import type { ExitReason } from '../process/index.ts';
import type { AppInfo, AppStartType, AppState } from './app.ts';
import type { AppDefinition } from './app-definition.ts';
import type { RunningApp } from './running-app.ts';
import type { StartStep } from './start-plan.ts';

/** A call that starts apps; it holds on to all of them until it succeeds or fails as a whole. */
export type StartClaim = object;

/** The place of one instance of an app in a container, from the moment its start is decided until it has ended. */
export class AppSlot {
  /** The name of the instance: `hello`, `hello#2`. */
  readonly instance: string;
  /** How it was started, and would be again. */
  step: StartStep;
  /** Calls in progress that need it. */
  readonly claims = new Set<StartClaim>();
  /** Settles when its start does. */
  started: Promise<void> = Promise.resolve();
  /** Settles when its end does; undefined while nobody has asked for it. */
  ended: Promise<void> | undefined;
  /** Why its root has ended, if it has ended by itself. */
  endedFor: ExitReason | undefined;
  /** Once its module is loaded. */
  app: RunningApp | undefined;
  /** The services of other containers that it waits for, with their apps. */
  waitingFor: readonly string[] = [];
  /** Whether its start has succeeded. */
  hasStarted = false;
  /** Whether a call that needed it has succeeded: the failure of another one does not end it then. */
  isKept = false;
  /** Whether it will be started again at once when it has ended, unless somebody stops it meanwhile. */
  isRestarting = false;
  /** Rejects when its start is given up. */
  readonly givenUp: Promise<never>;
  #giveUp: (reason: unknown) => void = () => undefined;

  constructor(instance: string, step: StartStep) {
    this.instance = instance;
    this.step = step;
    this.givenUp = new Promise((_resolve, reject) => {
      this.#giveUp = reject;
    });
    // Nobody waits for it but a start in progress.
    this.givenUp.catch(() => undefined);
  }

  get definition(): AppDefinition {
    return this.step.definition;
  }

  get startType(): AppStartType {
    // A step that only loads makes no slot.
    return this.step.startType === 'load' ? 'temporary' : this.step.startType;
  }

  get state(): AppState {
    if (this.ended !== undefined) return 'stopping';
    if (this.hasStarted) return 'running';
    return this.waitingFor.length > 0 ? 'waiting' : 'starting';
  }

  get info(): AppInfo {
    const { instance, state, startType, waitingFor } = this;
    const { name, version, file } = this.definition;
    return { name, instance, version, state, startType, waitingFor, root: this.app?.root ?? null, file };
  }

  /** Makes a start in progress fail, by default since it was told to stop. */
  giveUp(reason: unknown = this.#givenUpError()): void {
    this.#giveUp(reason);
    this.app?.giveUp(reason);
  }

  /** @throws IllegalState when it has been told to stop */
  refuseEnded(): void {
    if (this.ended !== undefined) throw this.#givenUpError();
  }

  #givenUpError(): IllegalStateError {
    return new IllegalStateError(`app '${this.instance}' was stopped while it was starting`);
  }

  /** Whether `name` means this instance and no other: `hello`, `hello#1` for the first, `hello#2` for the second. */
  isCalled(name: string): boolean {
    return this.instance === name || `${this.instance}#1` === name;
  }
}

/** The instances of apps in a container, in the order of starting. */
export class AppSlots {
  readonly #slots = new Map<string, AppSlot>();

  get all(): readonly AppSlot[] {
    return [...this.#slots.values()];
  }

  /** Those that have started and have not been told to stop. */
  get running(): readonly AppSlot[] {
    return this.all.filter((slot) => slot.hasStarted && slot.ended === undefined);
  }

  /** As they are to be stopped: in reverse, but none before those that need it; one that was restarted stands behind them. */
  get stopOrder(): readonly AppSlot[] {
    const order = new Set<AppSlot>();
    const visited = new Set<AppSlot>();
    const reversed = this.all.toReversed();
    const visit = (slot: AppSlot): void => {
      if (visited.has(slot)) return;
      visited.add(slot);
      for (const other of reversed) {
        if (needs(other, slot.definition.name)) visit(other);
      }
      order.add(slot);
    };
    for (const slot of reversed) visit(slot);
    return [...order];
  }

  /**
   * Makes a place for an instance of an app: the one that the step names if that is free, else the next: the app's own name for the first, then
   * `hello#2` and so on, the lowest that is free.
   */
  add(step: StartStep): AppSlot {
    const { definition, instance: wanted = definition.name } = step;
    let instance = this.#slots.has(wanted) ? definition.name : wanted;
    for (let number = 2; this.#slots.has(instance); number += 1) instance = `${definition.name}#${number}`;
    const slot = new AppSlot(instance, step);
    this.#slots.set(instance, slot);
    return slot;
  }

  /** Frees the place: its start has failed, or it has ended. */
  delete(slot: AppSlot): void {
    this.#slots.delete(slot.instance);
  }

  /** The instance of just this name. */
  get(instance: string): AppSlot | undefined {
    return this.#slots.get(instance);
  }

  has(slot: AppSlot): boolean {
    return this.#slots.get(slot.instance) === slot;
  }

  /** The instance of an app that serves those who need it: the latest; one that has been told to stop only if there is no other. */
  latest(app: string): AppSlot | undefined {
    const slots = this.all.filter((slot) => slot.definition.name === app).reverse();
    return slots.find((slot) => slot.ended === undefined) ?? slots[0];
  }

  /** What a caller's name means: an app's name the latest instance, a name with a number just that one. */
  find(name: string): AppSlot | undefined {
    return this.latest(name) ?? this.all.find((slot) => slot.isCalled(name));
  }

  /** Whether what a caller's name means runs; an app's name means any instance. */
  isRunning(name: string): boolean {
    return this.running.some((slot) => slot.definition.name === name || slot.isCalled(name));
  }

  /** The running instances that need the app `name`, if no instance of it runs. */
  bereft(name: string): readonly AppSlot[] {
    const { running } = this;
    if (running.some((slot) => slot.definition.name === name)) return [];
    return running.filter((slot) => needs(slot, name));
  }
}

/** Whether it needs the app `name` of this container. */
function needs({ definition }: AppSlot, name: string): boolean {
  return definition.applications.some((needed) => needed.name === name && !needed.remote);
}
