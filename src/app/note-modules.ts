import { messageOf } from '../errors/index.ts';
import type { AppDefinition } from './app-definition.ts';
import { keyOfModule } from './module-loader.ts';
import { resolveModule } from './module-resolver.ts';
import type { Source } from './source.ts';

/** Notes the modules of an app, those of nested supervisors included, that cannot be found. None is loaded. */
export async function noteModules(app: Source<AppDefinition>, definition: AppDefinition): Promise<void> {
  const { mod, processes = [], file } = definition;
  if (mod !== undefined) await noteModule(app, keyOfModule(app), mod.module, file);
  await noteAll(app, 'processes', processes, file);
}

async function noteAll(
  app: Source<AppDefinition>,
  path: string,
  children: NonNullable<AppDefinition['processes']>,
  file: string,
): Promise<void> {
  for (const [index, child] of children.entries()) {
    const at = `${path}[${index}]`;
    if ('processes' in child) await noteAll(app, `${at}.processes`, child.processes, file);
    else await noteModule(app, `${at}.module`, child.module, file);
  }
}

async function noteModule(
  app: Source<AppDefinition>,
  key: string,
  module: string,
  file: string,
): Promise<void> {
  if (module === '') return;
  try {
    await resolveModule(module, file);
  } catch (error) {
    app.note(key, `the module '${module}' cannot be found: ${messageOf(error)}`);
  }
}
