import { BadRequestError } from '../errors/index.ts';
import type { Ids } from '../util/index.ts';

/** How far a name is known: in one container, in one system, or on the whole broker (ION's three scopes). */
export type NameScope = 'local' | 'system' | 'global';

/** Who we are among the names of a system. */
export interface Identity {
  /** Container id: one segment. */
  readonly container: string;
  /** The system's name. */
  readonly sysname: string;
}

/** An AMQP short string, so also a routing key, holds at most 255 bytes (AMQP 0-9-1, §4.2.5.3). */
const maxNameBytes = 255;
/** What our own queue names add around a name: `<sysname>.` or `<sysname>~inbox.`, `~<epoch>`; so one name stays under this. */
const maxDefinedNameBytes = 100;
const segment = /^[A-Za-z0-9_-]+$/;
const allDigits = /^[0-9]+$/;

/**
 * Checks a name where it is defined: dot-separated segments of `[A-Za-z0-9_-]`, at most 100 characters, the last segment not a
 * number alone (that is a process id). `what` names the thing in the error.
 *
 * @throws BadRequestError
 */
export function assertName(text: string, what: string): void {
  if (typeof text !== 'string' || !isName(text)) {
    throw new BadRequestError(
      `${what} '${text}' is not a name: use segments of A–Z, a–z, 0–9, '_' and '-' joined by dots ('~' is reserved)`,
    );
  }
  if (text.length > maxDefinedNameBytes) {
    throw new BadRequestError(
      `${what} '${text}' has ${text.length} characters; at most ${maxDefinedNameBytes} are allowed`,
    );
  }
  if (allDigits.test(text.slice(text.lastIndexOf('.') + 1))) {
    throw new BadRequestError(
      `${what} '${text}' ends in a number, as only process ids do; let it end in a letter`,
    );
  }
}

/**
 * Checks a container id or sysname: one segment of `[A-Za-z0-9_-]`, at most 100 characters.
 *
 * @throws BadRequestError
 */
export function assertSegment(text: string, what: string): void {
  if (typeof text !== 'string' || !segment.test(text) || text.length > maxDefinedNameBytes) {
    throw new BadRequestError(
      `${what} '${text}' is not usable: 1 to ${maxDefinedNameBytes} characters of A–Z, a–z, 0–9, '_' and '-'`,
    );
  }
}

/**
 * Checks a name that somebody sends to; it may also be a process id.
 *
 * @throws BadRequestError
 */
export function assertReceiver(text: string): void {
  if (typeof text !== 'string' || text.length > maxNameBytes || !isName(text)) {
    throw new BadRequestError(
      `'${String(text)}' cannot be a receiver: give a service's name such as 'hello', or a process id such as 'ship_17_x.4'`,
    );
  }
}

/**
 * The qualified text of a name: `<container>.<name>`, `<sysname>.<name>` or `<name>`.
 *
 * @throws BadRequestError for an unknown scope or an unusable name
 */
export function qualifiedName(scope: NameScope, text: string, identity: Identity): string {
  assertName(text, 'name');
  switch (scope) {
    case 'local':
      return `${identity.container}.${text}`;
    case 'system':
      return `${identity.sysname}.${text}`;
    case 'global':
      return text;
    default:
      throw new BadRequestError(`unknown scope '${String(scope)}'; scopes are local, system and global`);
  }
}

/** A container id for this operating-system process: host, OS pid and 24 random bits; what is not allowed becomes `_`. */
export function makeContainerId(ids: Ids): string {
  const host = ids.hostname.slice(0, 48);
  return `${host}_${ids.osPid}_${ids.token(24)}`.replace(/[^A-Za-z0-9_-]/g, '_');
}

/** The id of a process: its container's id, a dot, and its number there. Two ids are equal when their texts are. */
export type ProcessId = `${string}.${number}`;

/** The text of a process id; `local` counts from 1 in each container. */
export function processId(container: string, local: number): ProcessId {
  return `${container}.${local}`;
}

/** Takes a process id apart at its last dot; undefined if `text` is none. */
export function parseProcessId(
  text: string,
): { readonly container: string; readonly local: number } | undefined {
  const dot = text.lastIndexOf('.');
  if (dot < 1) return undefined;
  const local = text.slice(dot + 1);
  return allDigits.test(local) ? { container: text.slice(0, dot), local: Number(local) } : undefined;
}

/** Segments of `[A-Za-z0-9_-]` joined by dots. Each call asks it, and a regular expression takes five times as long. */
function isName(text: string): boolean {
  let isInSegment = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const isDot = code === 46;
    if (isDot ? !isInSegment : !isOfSegment(code)) return false;
    isInSegment = !isDot;
  }
  return isInSegment;
}

/** `A` to `Z`, `a` to `z`, `0` to `9`, `_`, `-`. */
function isOfSegment(code: number): boolean {
  const isLetter = (code | 32) >= 97 && (code | 32) <= 122;
  return isLetter || (code >= 48 && code <= 57) || code === 95 || code === 45;
}
