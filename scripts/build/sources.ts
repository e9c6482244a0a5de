import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Plugin, transform } from 'esbuild';
import { withClassNames } from './class-names.ts';

/** What is left out of a library: its file, and the text in it. */
const leftOut: readonly { readonly file: string; readonly text: string }[] = [
  {
    // Lays the help of the command out at every start, for a `showHelp()` that somebody might call later.
    file: '/node_modules/yargs/build/lib/command.js',
    text: 'yargs.getInternalMethods().getUsageInstance().cacheHelpMessage();',
  },
];

/**
 * How the build reads sources: less what is left out of libraries, with the names of their classes, and without comments. Node keeps the text
 * of all that it has loaded, in two bytes per sign if a single one, such as an arrow in a comment, is beyond Latin-1.
 */
export function sources(): Plugin {
  return {
    name: 'sources',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.(?:ts|[cm]?js)$/ }, async ({ path }) => {
        const source = withClassNames(trimmed(path, await readFile(path, 'utf8')));
        // The bundle gets its blanks back: Node shows the line where an uncaught error came up.
        const { code } = await transform(source, {
          loader: path.endsWith('.ts') ? 'ts' : 'js',
          minifyWhitespace: true,
          sourcefile: basename(path),
          sourcemap: 'inline',
          sourcesContent: false,
        });
        return { contents: code, loader: 'js' };
      });
    },
  };
}

function trimmed(path: string, source: string): string {
  const trim = leftOut.find(({ file }) => path.replaceAll('\\', '/').endsWith(file));
  if (trim === undefined) return source;
  if (source.includes(trim.text)) return source.replace(trim.text, '');
  throw new Error(
    `${path} no longer has '${trim.text}': see in scripts/build/sources.ts what it was left out for`,
  );
}
