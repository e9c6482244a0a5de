import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Container, ContainerInfo } from '../container/index.ts';
import { BadRequestError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { CallOptions, SendOptions } from '../interact/index.ts';
import { Process, type ProcessClass, type ProcessInfo, type SpawnOptions } from '../process/index.ts';
import type { ResultPrinter } from './result-printer.ts';

/** A receiver as typed at the prompt: a name, a process id, or the number of a process of this container. */
export type Target = string | number;

/** What the prompt offers, under ION's names. */
export interface ShellHelpers {
  /** The container at hand. */
  readonly cc: Container;
  /** Calls an operation and gives its result: `await rpc_send('hello', 'hello', 'you')`. */
  readonly rpc_send: (to: Target, op: string, content?: unknown, options?: CallOptions) => Promise<unknown>;
  /** Sends one way. */
  readonly send: (to: Target, op: string, content?: unknown, options?: SendOptions) => Promise<void>;
  /** The processes of this container. */
  readonly ps: () => readonly ProcessInfo[];
  /** Spawns a class, or the process class that a module exports: `await spawn('./my-service.js')`. */
  readonly spawn: (what: ProcessClass | string, options?: SpawnOptions) => Promise<ProcessId>;
  /** Ends a process of this container. */
  readonly kill: (target: Target) => Promise<void>;
  /** Facts about this container. */
  readonly info: () => ContainerInfo;
}

/** The helpers for one container. */
export function makeShellHelpers(container: Container, printer: ResultPrinter): ShellHelpers {
  const receiver = (to: Target): string => (typeof to === 'number' ? `${container.id}.${to}` : to);
  return {
    cc: container,
    rpc_send: (to, op, content, options) => container.rpcSend(receiver(to), op, content, options),
    send: (to, op, content, options) => container.send(receiver(to), op, content, options),
    ps: () =>
      printer.table(container.processes.list(), [
        'id',
        'name',
        'service',
        'state',
        'load',
        'handled',
        'operations',
      ]),
    spawn: async (what, options) =>
      container.processes.spawn(typeof what === 'string' ? await classOfModule(what) : what, options),
    kill: (target) => container.processes.terminateProcess(receiver(target)),
    info: () => container.info(),
  };
}

/** The one process class that a module exports; a path is taken from the working directory. */
async function classOfModule(specifier: string): Promise<ProcessClass> {
  const isPath = specifier.startsWith('.') || isAbsolute(specifier);
  const exported: object = await import(isPath ? pathToFileURL(resolve(specifier)).href : specifier);
  const classes = [...new Set(Object.values(exported))].filter(isProcessClass);
  const [only] = classes;
  if (only === undefined || classes.length > 1) {
    throw new BadRequestError(
      `module '${specifier}' exports ${classes.length} process classes; spawn one by itself: spawn((await import('…')).TheClass)`,
    );
  }
  return only;
}

function isProcessClass(value: unknown): value is ProcessClass {
  return typeof value === 'function' && value.prototype instanceof Process;
}
