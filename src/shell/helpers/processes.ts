import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BadRequestError, NoReceiverError } from '../../errors/index.ts';
import type { ProcessId } from '../../exchange/index.ts';
import {
  type ExitReason,
  Process,
  type ProcessClass,
  type ProcessInfo,
  type Shutdown,
  type SpawnOptions,
} from '../../process/index.ts';
import { defineHelper } from '../helper.ts';
import { receiverOf, type Shell, type Target } from '../shell.ts';

export const ps = defineHelper({
  name: 'ps',
  signature: 'ps()',
  summary: 'The processes of this container',
  details:
    'Gives an array of { id, name, service, localName, state, load, handled, dropped, operations, ageMs }. load: messages waiting and ' +
    'being handled. dropped: one-way messages that found the mailbox full.',
  examples: ['ps()', 'ps().filter((p) => p.load > 0)', 'await kill(ps()[0].id)'],
  bind:
    ({ container, printer }) =>
    (): readonly ProcessInfo[] => {
      const processes = container.processes.list();
      return printer.table(
        processes,
        ['id', 'name', 'service', 'state', 'load', 'handled', 'operations'],
        `Running processes: ${processes.length}`,
      );
    },
});

export const spawn = defineHelper({
  name: 'spawn',
  signature: 'spawn(what, options?)',
  summary: 'Spawns a process and gives its id',
  details:
    'what: a class that extends Process, or a module that exports one such class (a path is taken from the working directory). options: ' +
    '{ name, args, activate, concurrency, mailboxLimit, localName, serviceName }.',
  examples: ["spawn('./my-service.js')", 'const id = await spawn(MyService, { args: { from: 40 } })'],
  bind:
    ({ container }) =>
    async (what: ProcessClass | string, options?: SpawnOptions): Promise<ProcessId> =>
      container.processes.spawn(typeof what === 'string' ? await classOfModule(what) : what, options),
});

export const kill = defineHelper({
  name: 'kill',
  signature: 'kill(process, how?)',
  summary: 'Ends a process of this container',
  details:
    'process: its id or number. It is asked to end and gets process.shutdownMs; then it is killed. Gives the reason for which it ended. ' +
    "how: 'brutal_kill' ends it at once, 'infinity' waits, a number are milliseconds. With the root of an app goes the app: without how it is stopped, " +
    'as by stop_app(); with it, it ends by itself, as its start type says.',
  examples: ['kill(1)', "kill(ps()[0].id, 'brutal_kill')"],
  completes: ['process'],
  bind:
    (shell) =>
    async (target: Target, how?: Shutdown): Promise<ExitReason> => {
      const { apps, processes } = shell.container;
      const id = receiverOf(shell, target, 'kill(process, how?)');
      const app = apps.list().find(({ root }) => root === id);
      if (app === undefined || how !== undefined) return processes.terminateProcess(id, 'normal', how);
      const stopped = processes.stopped(id);
      await apps.stop(app.instance);
      return stopped;
    },
});

/** A process without operations of its own. */
class SimpleProcess extends Process {}

export const makeprocess = defineHelper({
  name: 'makeprocess',
  signature: 'makeprocess(name?)',
  summary: 'Spawns a bare process to experiment with, and gives the process itself',
  details: "name: 'SimpleProcess' if it is left out. It answers ping, and calls in its own name.",
  examples: [
    'const p = await makeprocess()',
    "await (await makeprocess('probe')).rpcSend('hello', 'hello', 'you')",
  ],
  bind:
    (shell) =>
    async (name = 'SimpleProcess'): Promise<Process> =>
      liveProcess(shell, await shell.container.processes.spawn(SimpleProcess, { name })),
});

export const getProc = defineHelper({
  name: 'get_proc',
  signature: 'get_proc(process)',
  summary: 'The live object of a process of this container',
  details:
    'process: its id or number. For looking into it; what it holds is its own, so change nothing that runs.',
  examples: ['get_proc(1)', 'get_proc(1).args'],
  completes: ['process'],
  bind:
    (shell) =>
    (target: Target): Process =>
      liveProcess(shell, receiverOf(shell, target, 'get_proc(process)')),
});

/** @throws NoReceiverError */
function liveProcess({ container }: Shell, id: string): Process {
  const process = container.processes.get(id);
  if (process !== undefined) return process;
  throw new NoReceiverError(`there is no process '${id}' in container ${container.id}`);
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
