import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Process,
  type ProcessClass,
  type ReceivedEvent,
  type SubscribeOptions,
  type Subscription,
} from '../../../src/index.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import {
  type CrewOptions,
  Entry,
  isPoison,
  originIndex,
  type SubscriptionName,
  subscriptions,
} from './contents.ts';
import { Journal, journalPath, journalTime, type Place } from './journal.ts';

/** Of the calls of a handler, so many fail, and so many take some milliseconds. */
const failing = 0.003;
const slow = 0.02;
/** A reader's position is kept after so many events. */
const keptEvery = 200;

/** What the hands of one container have in common. */
export interface Watch {
  /** An event was handled, or its handler fails: told after the journal knows. */
  called(): void;
}

/** A process that has one subscription, and writes down what comes. */
export function handClass(name: SubscriptionName, options: CrewOptions, watch: Watch): ProcessClass {
  const { event, isOrdered } = subscriptions[name];
  const { directory, life, seed } = options;
  const random = seededRandom(seed).fork(`${name}/${options.name}/${life}`);
  const isReader = event === Entry;
  return class Hand extends Process {
    static readonly concurrency = 8;
    readonly #journal = new Journal(journalPath(directory, name, life, options.name));
    readonly #position = isReader ? new KeptPosition(join(directory, `${name}.position`)) : undefined;
    #subscription: Subscription | undefined;
    #calls = 0;

    override async onInit(): Promise<void> {
      const from = this.#position?.read();
      this.#journal.write({ ...nothing, kind: 'begun', at: journalTime(), place: from });
      const how: SubscribeOptions = isReader
        ? { replay: { from: from ?? 'first' } }
        : { durable: name, ordered: isOrdered };
      this.#subscription = await this.subscribe(
        event,
        ({ number }, received) => this.#handle(number, received),
        how,
      );
    }

    override onTerminate(): void {
      this.#keepPosition();
      this.#position?.close();
      this.#journal.close();
    }

    #handle(number: number, received: ReceivedEvent): Promise<void> | undefined {
      const at = journalTime();
      this.#calls += 1;
      if (this.#calls % keptEvery === 0) this.#keepPosition();
      if ((!isReader && isPoison(number)) || random.next() < failing) {
        this.#write('failed', at, number, received);
        throw new Error('unlucky');
      }
      if (random.next() < slow)
        return sleep(1 + random.next() * 5).then(() => this.#write('handled', at, number, received));
      this.#write('handled', at, number, received);
      return undefined;
    }

    #write(kind: 'handled' | 'failed', at: number, number: number, received: ReceivedEvent): void {
      const { attempt, redelivered, resent, position: place } = received;
      const origin = originIndex(received.origin);
      this.#journal.write({ kind, at, origin, number, attempt, redelivered, resent, place });
      watch.called();
    }

    #keepPosition(): void {
      const position = this.#subscription?.position;
      if (position !== undefined) this.#position?.write(position);
    }
  };
}

const nothing = { origin: 0, number: 0, attempt: 1, redelivered: false, resent: false };

/** Where a reader goes on after its last life: behind the last event that is done with. */
class KeptPosition {
  readonly #path: string;
  readonly #file: number;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'a+');
  }

  /** Undefined in the first life. */
  read(): Place | undefined {
    const bytes = readFileSync(this.#path);
    const at = bytes.length - (bytes.length % placeBytes) - placeBytes;
    if (at < 0) return undefined;
    return { offset: bytes.readDoubleLE(at), index: bytes.readDoubleLE(at + 8) + 1 };
  }

  write({ offset, index }: Place): void {
    const bytes = Buffer.alloc(placeBytes);
    bytes.writeDoubleLE(offset, 0);
    bytes.writeDoubleLE(index, 8);
    writeSync(this.#file, bytes);
  }

  close(): void {
    closeSync(this.#file);
  }
}

const placeBytes = 16;
