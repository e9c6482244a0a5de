import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from './cli.ts';

/** A directory of somebody who writes apps: `ioncore` is installed there, as this very project. */
export class AppProject {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<AppProject> {
    const path = await mkdtemp(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'apps-'));
    await mkdir(join(path, 'node_modules'));
    await symlink(projectRoot, join(path, 'node_modules', 'ioncore'));
    return new AppProject(path);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file; returns its path. */
  async write(name: string, text: string): Promise<string> {
    const file = this.file(name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  /** Writes `<name>.app`, whose module is `mod`; `rest` are further lines of it. Returns its path. */
  app(name: string, mod: string, rest = ''): Promise<string> {
    return this.write(`${name}.app`, `type: application\nname: ${name}\nmod: ${mod}\n${rest}`);
  }

  dispose(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
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
