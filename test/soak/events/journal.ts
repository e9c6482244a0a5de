import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a subscription's handler did, written before it returns: with the system call over the record survives a SIGKILL, and what is
 * acknowledged stands in it.
 */
export interface JournalRecord {
  /** `begun`: a subscription began, with the position that it asked for. */
  readonly kind: 'begun' | 'handled' | 'failed';
  /** When the handler was called: milliseconds on the machine's monotonic clock, which all processes share. */
  readonly at: number;
  /** Which container, in which life: the name of its journal. */
  readonly by: string;
  readonly origin: number;
  readonly number: number;
  readonly attempt: number;
  readonly redelivered: boolean;
  readonly resent: boolean;
  /** Of a replay. */
  readonly place: Place | undefined;
}

/** Where an event stands in the log. */
export interface Place {
  readonly offset: number;
  readonly index: number;
}

const kinds = ['begun', 'handled', 'failed'] as const;
const recordBytes = 32;
const redeliveredBit = 1;
const resentBit = 2;
const noOffset = -1;

/** The journal of one subscription in one life of a container. */
export class Journal {
  readonly #file: number;
  readonly #record = Buffer.alloc(recordBytes);

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  write(record: Omit<JournalRecord, 'by'>): void {
    const { kind, at, origin, number, attempt, redelivered, resent, place } = record;
    const bytes = this.#record;
    bytes.writeDoubleLE(at, 0);
    bytes.writeDoubleLE(place?.offset ?? noOffset, 8);
    bytes.writeUInt32LE(number, 16);
    bytes.writeUInt16LE(origin, 20);
    bytes.writeUInt16LE(place?.index ?? 0, 22);
    bytes.writeUInt16LE(attempt, 24);
    bytes.writeUInt8(kinds.indexOf(kind), 26);
    bytes.writeUInt8((redelivered ? redeliveredBit : 0) | (resent ? resentBit : 0), 27);
    writeSync(this.#file, bytes);
  }

  close(): void {
    closeSync(this.#file);
  }
}

export function journalPath(directory: string, subscription: string, life: number, member: string): string {
  return join(directory, `${subscription}.${String(life).padStart(4, '0')}.${member}.journal`);
}

/** Now, for a journal. */
export function journalTime(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** All journals of a subscription as one, in the order of time. */
export function readJournals(directory: string, subscription: string): readonly JournalRecord[] {
  const files = readdirSync(directory).filter(
    (name) => name.startsWith(`${subscription}.`) && name.endsWith('.journal'),
  );
  const records = files.flatMap((name) => [...readRecords(readFileSync(join(directory, name)), name)]);
  return records.sort((one, other) => one.at - other.at);
}

function* readRecords(bytes: Buffer, by: string): Generator<JournalRecord> {
  for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
    const offset = bytes.readDoubleLE(at + 8);
    const marks = bytes.readUInt8(at + 27);
    const kind = kinds[bytes.readUInt8(at + 26)];
    if (kind === undefined) throw new RangeError(`${by} holds what no journal writes, at byte ${at}`);
    yield {
      kind,
      at: bytes.readDoubleLE(at),
      by,
      origin: bytes.readUInt16LE(at + 20),
      number: bytes.readUInt32LE(at + 16),
      attempt: bytes.readUInt16LE(at + 24),
      redelivered: (marks & redeliveredBit) !== 0,
      resent: (marks & resentBit) !== 0,
      place: offset === noOffset ? undefined : { offset, index: bytes.readUInt16LE(at + 22) },
    };
  }
}
