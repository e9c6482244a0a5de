import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package that a file belongs to, as Node sees it: that of the nearest `package.json`. */
export interface PackageScope {
  /** Where the `package.json` is; the root of the file system if there is none. */
  readonly directory: string;
  /** Its `type`, which decides what `.js` and `.ts` files are. */
  readonly type: string | undefined;
}

/** Finds the package of a file. Reads the disk each time: while somebody develops an app, packages come and go. */
export function packageScope(file: string): PackageScope {
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    const type = readType(join(directory, 'package.json'));
    if (type !== 'none') return { directory, type: type === '' ? undefined : type };
    if (directory === dirname(directory)) return { directory, type: undefined };
  }
}

/** The `type`, '' for a package that says nothing, 'none' if there is no package. */
function readType(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return 'none';
  }
  try {
    const manifest: unknown = JSON.parse(text);
    const isMap = typeof manifest === 'object' && manifest !== null && 'type' in manifest;
    return isMap ? String(manifest.type) : '';
  } catch {
    // Node says what is wrong with it when it loads the file.
    return '';
  }
}
