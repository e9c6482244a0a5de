import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError, ConflictError, isError, messageOf } from '../errors/index.ts';
import { type EventPosition, parseProcessId } from '../exchange/index.ts';
import type { CheckpointStore } from './checkpoint.ts';

/** What a file holds. */
interface Content {
  readonly next: EventPosition | undefined;
  /** The process whose it is; undefined in one that somebody wrote by hand. */
  readonly owner?: string | undefined;
  /** Counts who has had it: that tells an owner that follows from what a former one, killed in the midst of a save, has left. */
  readonly claim: number;
}

/**
 * Checkpoints as files, `<key>.json` in one directory: `{"next": {"offset": 41, "index": 0}, "owner": "ship.7", "claim": 3}`. An operator may read them, remove
 * them and, while nobody uses them, edit `next`; the rest may be left out.
 *
 * A file is written beside its place, brought to disk (`fsync`) and renamed: whatever is killed, and when, the old one or the new one is there and whole. After
 * a loss of power it may be an older one. Whoever loads a key owns it from then on, and the one before is refused.
 */
export class FileCheckpoints implements CheckpointStore {
  readonly #directory: string;
  readonly #owner: string;
  readonly #claims = new Map<string, number>();

  /** `owner`: the id of the process that it is for. */
  constructor(directory: string, owner: string) {
    this.#directory = directory;
    this.#owner = owner;
  }

  /** @throws ConfigurationError for a file that is no checkpoint, and for a directory that cannot be used */
  async load(key: string): Promise<EventPosition | undefined> {
    const path = this.#path(key);
    try {
      await mkdir(this.#directory, { recursive: true });
      const { next, claim } = (await read(path)) ?? nothing;
      this.#claims.set(key, claim + 1);
      await this.#write(path, { next, owner: this.#owner, claim: claim + 1 });
      return next;
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      throw new ConfigurationError(`the checkpoint ${path} cannot be used: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async save(key: string, next: EventPosition): Promise<void> {
    const path = this.#path(key);
    const claim = this.#claims.get(key) ?? 0;
    const found = (await read(path)) ?? nothing;
    if (found.claim > claim || (found.claim === claim && isLater(found.owner, this.#owner))) {
      throw new ConflictError(
        `the checkpoint ${path} is process ${found.owner}'s now, and was process ${this.#owner}'s: each process that replays needs a name of its own (source.checkpoint.name); where several shall share the events, take a durable subscription`,
      );
    }
    await this.#write(path, { next, owner: this.#owner, claim });
  }

  async #write(path: string, { next, owner, claim }: Content): Promise<void> {
    const draft = `${path}.${encodeURIComponent(this.#owner)}.tmp`;
    try {
      const file = await open(draft, 'w');
      try {
        await file.writeFile(`${JSON.stringify({ next: next ?? null, owner, claim })}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  #path(key: string): string {
    return join(this.#directory, `${encodeURIComponent(key)}.json`);
  }
}

/**
 * Two have the same claim when the later one has read what a third, killed before them in the midst of a save, wrote after its end. Of one container's processes
 * the later one has it; of two containers' it is one of them, and the same one for both.
 */
function isLater(found: string | undefined, own: string): boolean {
  if (found === undefined) return false;
  const [one, other] = [parseProcessId(found), parseProcessId(own)];
  return one !== undefined && one.container === other?.container ? one.local > other.local : found > own;
}

const nothing: Content = { next: undefined, claim: 0 };

/** @throws ConfigurationError for what is no checkpoint */
async function read(path: string): Promise<Content | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isError(error) && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const content = toContent(parsed(text));
  if (content !== undefined) return content;
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  throw new ConfigurationError(
    `${path} is no checkpoint: expected {"next": {"offset": 41, "index": 0}}, found ${JSON.stringify(shown)}; correct it, or remove it to begin anew`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toContent(value: unknown): Content | undefined {
  if (!isMap(value) || !('next' in value)) return undefined;
  const { next, owner, claim = 0 } = value;
  if ((owner !== undefined && typeof owner !== 'string') || !isPlace(claim)) return undefined;
  if (next === null) return { next: undefined, owner, claim };
  if (!isMap(next)) return undefined;
  const { offset, index = 0 } = next;
  return isPlace(offset) && isPlace(index) ? { next: { offset, index }, owner, claim } : undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlace(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
