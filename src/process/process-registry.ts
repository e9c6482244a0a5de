import { ConflictError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import { AscendingMap } from '../util/index.ts';
import type { ExitReason } from './exit-reason.ts';
import type { ProcessCell } from './process-cell.ts';
import type { ServiceGroup } from './service-group.ts';

/** Of how many ended processes the reason is kept for watchers elsewhere. */
const maxEnds = 1000;

/** Who lives in a container: processes by id, by local name, and the groups that share a service's name. */
export class ProcessRegistry {
  /** By their numbers, which ascend. */
  readonly #byNumber = new AscendingMap<ProcessCell>();
  readonly #byLocalName = new Map<string, ProcessCell>();
  readonly #groups = new Map<string, ServiceGroup>();
  /** How processes ended after which somebody may yet ask, the last few. */
  readonly #ends = new Map<string, ExitReason>();
  #lastNumber = 0;

  /** In the order of spawning. */
  get cells(): readonly ProcessCell[] {
    return this.#byNumber.values();
  }

  get size(): number {
    return this.#byNumber.size;
  }

  get groups(): readonly ServiceGroup[] {
    return [...this.#groups.values()];
  }

  /** The number of the next process; they count from 1. */
  nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  /** Whether a process of that number lives or has lived here. */
  hadNumber(local: number): boolean {
    return local >= 1 && local <= this.#lastNumber;
  }

  /** Enters a process under its id and local name. @throws Conflict if the local name is taken */
  add(cell: ProcessCell): void {
    const { localName } = cell;
    this.assertFree(localName);
    if (localName !== undefined) this.#byLocalName.set(localName, cell);
    this.#byNumber.set(cell.number, cell);
  }

  /** @throws Conflict if the local name is taken */
  assertFree(localName: string | undefined): void {
    const holder = this.byLocalName(localName);
    if (holder !== undefined)
      throw new ConflictError(`the local name '${localName}' belongs to process ${holder.id}`);
  }

  /** Keeps in mind how a process ended that somebody elsewhere watches. */
  remember(cell: ProcessCell, reason: ExitReason): void {
    this.#ends.set(cell.id, reason);
    for (const oldest of this.#ends.keys()) {
      if (this.#ends.size <= maxEnds) break;
      this.#ends.delete(oldest);
    }
  }

  endOf(id: string): ExitReason | undefined {
    return this.#ends.get(id);
  }

  remove(cell: ProcessCell): void {
    this.#byNumber.delete(cell.number);
    const { localName } = cell;
    if (localName !== undefined && this.#byLocalName.get(localName) === cell)
      this.#byLocalName.delete(localName);
  }

  byId(id: ProcessId | string): ProcessCell | undefined {
    // Authors without types may ask for what is no text.
    const cell = typeof id === 'string' ? this.#byNumber.get(numberAtEnd(id)) : undefined;
    return cell?.id === id ? cell : undefined;
  }

  byLocalName(name: string | undefined): ProcessCell | undefined {
    return name === undefined ? undefined : this.#byLocalName.get(name);
  }

  group(service: string): ServiceGroup | undefined {
    return this.#groups.get(service);
  }

  addGroup(group: ServiceGroup): void {
    this.#groups.set(group.service, group);
  }

  removeGroup(group: ServiceGroup): void {
    if (this.#groups.get(group.service) === group) this.#groups.delete(group.service);
  }
}

/** The digits that `text` ends in, as a number; 0 if there are none, which is no process's number. */
function numberAtEnd(text: string): number {
  let number = 0;
  let place = 1;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    const digit = text.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) break;
    number += digit * place;
    place *= 10;
  }
  return number;
}

const zero = '0'.charCodeAt(0);
