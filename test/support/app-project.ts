import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AppFolder, newFolder } from './app-folder.ts';
import { projectRoot } from './cli.ts';

/** A directory of somebody who writes apps: `ioncore` is installed there, as this very project. */
export class AppProject extends AppFolder {
  static override async make(): Promise<AppProject> {
    const path = await newFolder();
    await mkdir(join(path, 'node_modules'));
    await symlink(projectRoot, join(path, 'node_modules', 'ioncore'));
    return new AppProject(path);
  }
}

/** A module whose app serves `name`: its operation `word` answers the `word` that `from` exports. */
export function wordModule(name: string, from: string): string {
  return `
import { defineService, operation, ServiceProcess, Type } from 'ioncore';
import { word } from '${from}';

const contract = defineService({
  name: '${name}',
  version: '1.0.0',
  operations: { word: operation({ result: Type.String() }) },
});

export class Words extends ServiceProcess.for(contract) {
  async op_word() {
    return word;
  }
}

export async function start(container) {
  return [await container.spawn(Words), []];
}
`;
}
