import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { stampOf } from './file-stamp.ts';
import { hookFile } from './hook-file.ts';
import type { ImportModule } from './module-loader.ts';
import { isReloadable } from './reloadable.ts';
import type { LoadedFile, WatchHookData } from './watch-hook.ts';
import { withToken } from './watch-token.ts';

/** Loads modules for the starts of apps, each time anew. */
export interface WatchedModules {
  /** What loads the modules of one start; `token` stands for that start. */
  importer(token: string): ImportModule;
  close(): void;
}

/**
 * Registers the hook that loads the modules of apps anew. Node cannot take a hook back: a closed one stays and does nothing. Nor does Node
 * forget a module: each start costs the memory of its copy.
 *
 * @param prefix what tokens begin with; unique in this Node process
 * @param onLoaded called, perhaps a little later, perhaps twice, for each file that is loaded for a start
 */
export function watchModules(prefix: string, onLoaded: (loaded: LoadedFile) => void): WatchedModules {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', onLoaded);
  // Listening holds a program; being told of files is no reason to go on.
  port1.unref();
  const data: WatchHookData = { port: port2, prefix };
  register(`${hookFile('watch-hook')}?${prefix}`, { data, transferList: [port2] });
  return {
    importer: (token) => (url) => {
      if (!isReloadable(url)) return import(url);
      // Told here too: tsx takes the token off before it asks our hook, and puts it on again afterwards.
      const file = fileURLToPath(url);
      onLoaded({ token, file, stamp: stampOf(file), isCommonJs: false });
      return import(withToken(url, token));
    },
    close: () => port1.close(),
  };
}
