import { completionsFor } from './completion.ts';
import { completionFacts } from './completion-facts.ts';
import type { Shell } from './shell.ts';

/** What readline takes: texts for the end of the line, and that end. */
export type Candidates = [candidates: string[], completing: string];

/** What a {@link Completer} works with. */
export interface CompleterParts {
  readonly shell: Shell;
  /** Node's own completion. */
  readonly others: (line: string) => Promise<readonly [candidates: readonly string[], completing: string]>;
  /** Shows a line below the typed one. */
  readonly showHint: (text: string) => void;
}

/** What TAB does at the prompt: our own completions, Node's, or a hint. */
export class Completer {
  readonly #parts: CompleterParts;

  constructor(parts: CompleterParts) {
    this.#parts = parts;
  }

  /** For the line up to the cursor. Never rejects: where it cannot find out, it offers nothing. */
  async complete(line: string): Promise<Candidates> {
    const { shell, others, showHint } = this.#parts;
    try {
      const completion = completionsFor(line, line.length, await completionFacts(shell));
      if (completion.type === 'hint') {
        showHint(completion.text);
        return [[], line];
      }
      if (completion.type === 'candidates' && !completion.andOthers) {
        return [[...completion.candidates], completion.completing];
      }
      const [found, completing] = await others(line);
      if (completion.type === 'others') return [[...found], completing];
      const isSame = completing === completion.completing;
      return [[...completion.candidates, ...(isSame ? without(found, shell) : [])], completion.completing];
    } catch {
      return [[], line];
    }
  }
}

/** Node finds our helpers too, as the variables that they are. */
function without(found: readonly string[], { bound }: Shell): readonly string[] {
  return found.filter((name) => !Object.hasOwn(bound, name));
}
