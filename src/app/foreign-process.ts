import { fileURLToPath } from 'node:url';
import { resolveModule, resolvePackage } from './module-resolver.ts';

/** What every copy of `Process` has, whatever its version. */
const members = ['rpcSend', 'spawnChild', 'onInit', 'onTerminate'];

/**
 * Whether a value looks like a class that extends the `Process` of another copy of ioncore: copies share no classes, so `instanceof` says
 * nothing about them. For a class that extends our own it holds as well: ask that first.
 */
export function isForeignProcessClass(value: unknown): boolean {
  if (typeof value !== 'function') return false;
  const ofValue: unknown = value.prototype;
  if (!isObject(ofValue)) return false;
  for (let at = above(ofValue); at !== undefined; at = above(at)) {
    const { name } = at.constructor;
    if (name === 'Process' && members.every((member) => Object.hasOwn(at, member))) return true;
  }
  return false;
}

/** Where the copy of ioncore lies that a module of an app imports; `undefined` if it cannot be told. */
export async function foreignCopy(specifier: string, askedBy: string): Promise<string | undefined> {
  try {
    const url = await resolveModule(specifier, askedBy);
    return fileURLToPath(resolvePackage('ioncore', fileURLToPath(url)));
  } catch {
    return undefined;
  }
}

function above(prototype: object): object | undefined {
  const next: unknown = Object.getPrototypeOf(prototype);
  return isObject(next) ? next : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
