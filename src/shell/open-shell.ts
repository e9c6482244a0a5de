import { types } from 'node:util';
import type { Container } from '../container/index.ts';
import type { Helper } from './helper.ts';
import { apps, configure, loadApp, startApp, stopApp, unloadApp } from './helpers/apps.ts';
import { config } from './helpers/config.ts';
import { cc, info } from './helpers/container.ts';
import { dead } from './helpers/dead.ts';
import { publish, subscriptions } from './helpers/events.ts';
import { help, helpOf } from './helpers/help.ts';
import { levels, setLevel } from './helpers/log-levels.ts';
import { ping, rpcSend, send } from './helpers/messages.ts';
import { mping } from './helpers/mping.ts';
import { ms, svc } from './helpers/names.ts';
import { getProc, kill, makeprocess, ps, spawn } from './helpers/processes.ts';
import { tail } from './helpers/tail.ts';
import { tree } from './helpers/tree.ts';
import type { ResultPrinter } from './result-printer.ts';
import type { Shell } from './shell.ts';

/** Everything that the prompt offers, in the order in which `help()` lists it. */
export const helpers: readonly Helper[] = Object.freeze([
  help,
  info,
  ps,
  tree,
  svc,
  ms,
  rpcSend,
  send,
  ping,
  mping,
  publish,
  tail,
  subscriptions,
  dead,
  spawn,
  kill,
  makeprocess,
  getProc,
  apps,
  startApp,
  stopApp,
  loadApp,
  unloadApp,
  configure,
  config,
  levels,
  setLevel,
  cc,
]);

/** A shell, as those use it who run lines in it. */
export interface OpenShell extends Shell {
  /** Which of the promises that its source meets are its helpers'. */
  readonly isHelperPromise: (value: unknown) => boolean;
  /** From here on calls belong to another line, which can be given up. */
  readonly beginLine: () => void;
  /** Cancels the calls of the line. */
  readonly giveUpLine: () => void;
}

/**
 * Binds the helpers to a container. They are functions as documented; printing one without calling it shows its help. `write` is what they show text with while
 * they run.
 */
export function openShell(
  container: Container,
  printer: ResultPrinter,
  write: (text: string) => void,
): OpenShell {
  const promises = new WeakSet<object>();
  const bound: Record<string, unknown> = {};
  let line: AbortController | undefined;
  const shell: OpenShell = {
    container,
    printer,
    helpers,
    bound,
    write,
    answered: new Set(),
    get signal() {
      return line?.signal;
    },
    isHelperPromise: (value) => typeof value === 'object' && value !== null && promises.has(value),
    beginLine: () => {
      line = new AbortController();
    },
    giveUpLine: () => line?.abort(new Error('Ctrl-C at the prompt')),
  };
  for (const helper of helpers) {
    const value = helper.bind(shell);
    const offered = offer(helper, value, promises);
    bound[helper.name] = offered;
    if (typeof offered === 'function') printer.view(offered, () => helpOf(helper));
    else if (helper.members !== undefined && typeof offered === 'object' && offered !== null) {
      printer.view(offered, () => helpOf(helper));
    }
  }
  return shell;
}

/** What the prompt offers under the helper's name: where it documents members, an object of functions like itself. */
function offer({ name, members }: Helper, value: unknown, promises: WeakSet<object>): unknown {
  if (typeof value === 'function') return noting(name, value, promises);
  if (members === undefined || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [
    key,
    typeof member === 'function' ? noting(key, member, promises) : member,
  ]);
  return Object.freeze(Object.fromEntries(entries));
}

/** The function under the helper's name; the promises that it returns are noted, so that the prompt can await them by itself. */
function noting(
  name: string,
  run: CallableFunction,
  promises: WeakSet<object>,
): (...args: readonly unknown[]) => unknown {
  const noted = (...args: readonly unknown[]): unknown => {
    const result: unknown = Reflect.apply(run, undefined, args);
    if (types.isPromise(result)) promises.add(result);
    return result;
  };
  return Object.defineProperty(noted, 'name', { value: name });
}
