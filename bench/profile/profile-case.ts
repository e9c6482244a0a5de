import { fileURLToPath } from 'node:url';
import type { Case, Contestant, Variant } from '../suite/case.ts';
import type { RunOptions } from '../suite/run-case.ts';
import { type BusyTime, busiest } from './busiest.ts';
import { functionNames } from './function-names.ts';
import { Recording } from './recording.ts';
import { sourceMapLocator } from './source-maps.ts';

/** Where the time of a program went. */
export interface ProgramProfile extends BusyTime {
  /** Its file, and the part that it plays, if it is told one: `coalescing.mjs server`. */
  readonly program: string;
}

/** Where the time of a case went, contestant by contestant. */
export interface CaseProfile {
  readonly name: string;
  readonly variant: string;
  readonly contestants: readonly { readonly name: string; readonly programs: readonly ProgramProfile[] }[];
}

/** The checkout. */
const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Runs one variant of a case under Node's profiler, for each contestant by itself: a round that does not count, and `rounds` that do. It gives no figures, since
 * the profiler slows what is measured. Rejects with what went wrong for a contestant; all of them are gone then.
 */
export async function profileCase(one: Case, options: RunOptions): Promise<CaseProfile> {
  const variant = variantOf(one, options.isSmoke);
  const contestants: CaseProfile['contestants'][number][] = [];
  for (const contestant of one.contestants) {
    if (!options.takes(contestant.name) || contestant.skips?.(variant)) continue;
    options.progress(`${one.name}, ${variant.label}: profile of ${contestant.name}`);
    contestants.push({ name: contestant.name, programs: await profile(contestant, variant, options) });
  }
  return { name: one.name, variant: variant.label, contestants };
}

function variantOf({ name, variants, smokeVariants, profiled }: Case, isSmoke: boolean): Variant {
  const variant = isSmoke
    ? smokeVariants[0]
    : variants.find(({ label }) => profiled === undefined || label === profiled);
  if (variant === undefined) throw new Error(`${name} has no variant to be profiled`);
  return variant;
}

async function profile(
  contestant: Contestant,
  variant: Variant,
  { broker, rounds }: RunOptions,
): Promise<readonly ProgramProfile[]> {
  const recording = await Recording.start();
  try {
    const open = await contestant.open(broker, recording);
    try {
      for (let round = 0; round <= rounds; round += 1) await open.run(variant);
    } finally {
      await open.close();
    }
    const programs = await programsOf(recording);
    if (programs.length > 0) return programs;
    throw new Error(`${contestant.name} has left no profile of ${variant.label}: were its programs killed?`);
  } finally {
    await recording.dispose();
  }
}

/** Of those that ran while it was measured: each run may have had programs of its own. */
async function programsOf(recording: Recording): Promise<readonly ProgramProfile[]> {
  const measured = recording.stretches.slice(1);
  const nameOf = functionNames(root, sourceMapLocator());
  const profiles = await recording.profiles();
  return [...profiles]
    .map(([program, recorded]) => ({ program, ...busiest(recorded, measured, nameOf) }))
    .filter(({ processes }) => processes > 0);
}
