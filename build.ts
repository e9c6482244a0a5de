/**
 * The build: bundles `src/` into `dist/` as ES modules that share chunks (a container and the apps it loads must have one copy of
 * `Process`), and writes the declarations. `dist/` is replaced only by a build that succeeded. Progress goes to standard error, so that
 * nothing mixes with a program's results.
 *
 * Bundled since start-up is budgeted: unbundled, the schema compiler alone takes 200 ms to load.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { sources } from './scripts/build/sources.ts';

const startedAt = Date.now();
const fresh = `dist.new-${process.pid}`;
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));

const hooks = ['src/app/typescript-hook.ts', 'src/app/watch-hook.ts'];
const apps = readdirSync('src/apps').filter((file) => file.endsWith('.ts'));

await build({
  // Hooks are files of their own, which Node loads into another thread.
  entryPoints: [
    'src/index.ts',
    'src/main.ts',
    'src/testing/index.ts',
    ...hooks,
    ...apps.map((file) => `src/apps/${file}`),
  ],
  outdir: fresh,
  outbase: 'src',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  sourcesContent: false,
  chunkNames: 'chunks/[name]-[hash]',
  plugins: [sources()],
  alias: {
    'node:tls': './scripts/build/lazy-tls.ts',
    'string-width': './scripts/build/string-width.ts',
    // The same library as ES modules, of which only what is used goes into the bundle.
    yaml: './node_modules/yaml/browser/dist/index.js',
  },
  // An optional peer: the program's own copy knows what the program has registered.
  external: ['@opentelemetry/api'],
  banner: {
    // CommonJS dependencies inside the bundle call `require` for Node's own modules.
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', fresh];
const types = spawnSync(process.execPath, compiler, { stdio: ['ignore', 2, 2] });
if (types.status !== 0) process.exit(types.status ?? 1);

rmSync('dist', { recursive: true, force: true });
renameSync(fresh, 'dist');
process.stderr.write(`built dist/ in ${Date.now() - startedAt} ms\n`);
