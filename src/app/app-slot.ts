import type { AppDefinition } from './app-definition.ts';
import type { RunningApp } from './running-app.ts';

/** A call that starts apps; it holds on to all of them until it succeeds or fails as a whole. */
export type StartClaim = object;

/** The place of one instance of an app in a container, from the moment its start is decided until it has ended. */
export class AppSlot {
  /** The name of the instance: `hello`, `hello#2`. */
  readonly instance: string;
  readonly definition: AppDefinition;
  /** Calls in progress that need it. */
  readonly claims = new Set<StartClaim>();
  /** Settles when its start does. */
  started: Promise<void> = Promise.resolve();
  /** Settles when its end does; undefined while nobody has asked for it. */
  ended: Promise<void> | undefined;
  /** Once its module is loaded. */
  app: RunningApp | undefined;
  /** Whether its start has succeeded. */
  hasStarted = false;
  /** Whether a call that needed it has succeeded: the failure of another one does not end it then. */
  isKept = false;

  constructor(instance: string, definition: AppDefinition) {
    this.instance = instance;
    this.definition = definition;
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

  /** Makes a place for the app's next instance: the app's own name for the first, then `hello#2` and so on, the lowest that is free. */
  add(definition: AppDefinition): AppSlot {
    let instance = definition.name;
    for (let number = 2; this.#slots.has(instance); number += 1) instance = `${definition.name}#${number}`;
    const slot = new AppSlot(instance, definition);
    this.#slots.set(instance, slot);
    return slot;
  }

  /** Frees the place: its start has failed, or it has ended. */
  delete(slot: AppSlot): void {
    this.#slots.delete(slot.instance);
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
    return running.filter((slot) => slot.definition.applications.includes(name));
  }
}
