import type { ConfigSection } from '../config/index.ts';
import { messageOf } from '../errors/index.ts';
import type { AppDefinition } from './app-definition.ts';
import { AppLibrary } from './app-library.ts';
import { Planner } from './planner.ts';
import { type Problem, problemsOf, Source } from './source.ts';
import { StartPlan } from './start-plan.ts';

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
 * modules that are not there, cycles, boot levels, start types, rules of supervisors, names that two apps register, settings that are none. Files given together are checked as if started together, in
 * this order. Nothing is loaded or started: what is wrong inside a module is not found. Never rejects for what is wrong with a file.
 */
export async function checkFiles(files: readonly string[], options: CheckOptions = {}): Promise<CheckReport> {
  const library = new AppLibrary(options.directories);
  const sources = new Set<Source<unknown>>();
  const running: AppDefinition[] = [];
  for (const file of files) {
    const planner = new Planner({
      library,
      config: options.sections && { sections: options.sections },
      running,
    });
    const plan = await checkFile(file, library, planner);
    for (const source of plan.sources) sources.add(source);
    for (const { definition, startType } of plan.steps) {
      if (startType !== 'load') running.push(definition);
    }
  }
  return { files: [...new Set([...sources].map((source) => source.file))], problems: problemsOf(sources) };
}

async function checkFile(file: string, library: AppLibrary, planner: Planner): Promise<StartPlan> {
  try {
    if (file.endsWith('.app')) return await planner.app(await library.app(file));
    if (file.endsWith('.rel')) return await planner.release(await library.release(file));
    return new StartPlan([], [unusable(file, 'expected a .app or .rel file')]);
  } catch (error) {
    return new StartPlan([], [unusable(file, messageOf(error).replace(`${file}: `, ''))]);
  }
}

function unusable(file: string, reason: string): Source<unknown> {
  const source = new Source(file, undefined);
  source.note('', reason);
  return source;
}
