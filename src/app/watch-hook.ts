/**
 * Runs in Node's thread of module hooks, under `watch` only. A module that is loaded for a start of an app hands its token on to the
 * modules of the same package that it imports, so that they are loaded anew too; packages and the container stay one copy. Each file is
 * told to the container's thread.
 */
import type { InitializeHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { stampOf } from './file-stamp.ts';
import { packageScope } from './package-scope.ts';
import { isReloadable } from './reloadable.ts';
import { tokenOf, withToken } from './watch-token.ts';

/** What the hook is told at the beginning. */
export interface WatchHookData {
  /** Takes every {@link LoadedFile}. */
  readonly port: MessagePort;
  /** The tokens that are its business begin with it. */
  readonly prefix: string;
}

/** A file that a start of an app is about to load. */
export interface LoadedFile {
  readonly token: string;
  readonly file: string;
  /** As it was before it was read, so that no change after that goes unnoticed. */
  readonly stamp: string | undefined;
  /** Whether Node keeps its first copy, whatever its URL. */
  readonly isCommonJs: boolean;
}

// Node gives hooks no other place for what `initialize` receives. Each container loads a copy of this file under an URL of its own.
const given: WatchHookData[] = [];

export const initialize: InitializeHook<WatchHookData> = (data) => {
  given.push(data);
};

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const resolved = await nextResolve(specifier, context);
  const [data] = given;
  const token = tokenOf(resolved.url) ?? inherited(context.parentURL, resolved.url);
  if (data === undefined || token?.startsWith(data.prefix) !== true) return resolved;
  const file = fileURLToPath(resolved.url);
  const loaded: LoadedFile = {
    token,
    file,
    stamp: stampOf(file),
    isCommonJs: resolved.format === 'commonjs',
  };
  data.port.postMessage(loaded);
  return { ...resolved, url: withToken(resolved.url, token) };
};

/** The token of the module that imports, if the imported one is of its package. */
function inherited(parentUrl: string | undefined, url: string): string | undefined {
  const token = parentUrl === undefined ? undefined : tokenOf(parentUrl);
  if (parentUrl === undefined || token === undefined || !isReloadable(url)) return undefined;
  const [importing, imported] = [parentUrl, url].map((one) => packageScope(fileURLToPath(one)).directory);
  return importing === imported ? token : undefined;
}
