import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { readTextFile } from '../config/index.ts';
import { ConfigurationError, messageOf } from '../errors/index.ts';

/** A file of a new project: where it belongs, relative to the project's directory, and what it holds. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

/** Where the template `kind` lies in this package. */
export function templateDirectory(kind: string): string {
  return join(
    dirname(createRequire(import.meta.url).resolve('ioncore/package.json')),
    'res',
    'templates',
    kind,
  );
}

/**
 * The files of a template, in the order of their paths, with `{{key}}` replaced by `values.key`. In a template's path `__key__` stands for a
 * value, a leading `dot-` for a dot (npm leaves `.gitignore` out of packages), and the ending `.template` is dropped: it keeps
 * tools from taking a template for what it is not yet.
 *
 * @throws ConfigurationError when the template cannot be read or names a value that there is not
 */
export async function renderTemplate(
  directory: string,
  values: Readonly<Record<string, string>>,
): Promise<readonly ProjectFile[]> {
  const files: ProjectFile[] = [];
  for (const file of await filesBelow(directory)) {
    const substitute = (_match: string, key: string): string => {
      const value = values[key];
      if (value !== undefined) return value;
      throw new ConfigurationError(`${file}: there is no value '${key}' for this template`);
    };
    const path = relative(directory, file)
      .replace(/\.template$/, '')
      .replace(/(^|[\\/])dot-/g, '$1.')
      .replace(/__(\w+?)__/g, substitute);
    files.push({ path, text: (await readTextFile(file)).replace(/\{\{(\w+)\}\}/g, substitute) });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (cause) {
    const reason = `the templates of this package cannot be read; install it anew: ${messageOf(cause)}`;
    throw new ConfigurationError(reason, { cause });
  }
}
