import type { ConfigSection } from '../config/index.ts';
import { messageOf } from '../errors/index.ts';
import { AppLibrary } from './app-library.ts';
import { Planner } from './planner.ts';
import { type Problem, problemsOf, Source } from './source.ts';

/** How files are checked. */
export interface CheckOptions {
  /** Where apps are looked up by name, in this order. Default `['res/apps']`, below the working directory. */
  readonly directories?: readonly string[];
  /** What the `config` of apps and releases may set. Default: it is not looked at. */
  readonly sections?: readonly ConfigSection[];
}

/** What {@link checkFiles} found. */
export interface CheckReport {
  /** Every file that was looked at, those that others name included. */
  readonly files: readonly string[];
  /** Everything that is wrong, by file; in each file in the order of its text. */
  readonly problems: readonly Problem[];
}

/**
 * Finds everything that is wrong with `.app` and `.rel` files and with what they name: syntax, keys and values, versions, apps and
 * modules that are not there, cycles, boot levels, names that two apps register, settings that are none. Nothing is loaded or started. Never rejects for what is
 * wrong with a file.
 */
export async function checkFiles(files: readonly string[], options: CheckOptions = {}): Promise<CheckReport> {
  const library = new AppLibrary(options.directories);
  const sources = new Set<Source<unknown>>();
  for (const file of files) {
    for (const source of await checkFile(file, library, options.sections)) sources.add(source);
  }
  return { files: [...new Set([...sources].map((source) => source.file))], problems: problemsOf(sources) };
}

async function checkFile(
  file: string,
  library: AppLibrary,
  sections: readonly ConfigSection[] | undefined,
): Promise<readonly Source<unknown>[]> {
  const planner = new Planner({ library, config: sections && { sections } });
  try {
    if (file.endsWith('.app')) return (await planner.app(await library.app(file))).sources;
    if (file.endsWith('.rel')) return (await planner.release(await library.release(file))).sources;
    return [unusable(file, 'expected a .app or .rel file')];
  } catch (error) {
    return [unusable(file, messageOf(error).replace(`${file}: `, ''))];
  }
}

function unusable(file: string, reason: string): Source<unknown> {
  const source = new Source(file, undefined);
  source.note('', reason);
  return source;
}
