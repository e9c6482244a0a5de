import type { HelperDoc } from './helper-doc.ts';
import type { Shell } from './shell.ts';

/** One name that the prompt offers, with its documentation. */
export interface Helper<Value = unknown> extends HelperDoc {
  /** What the name stands for in a shell. */
  readonly bind: (shell: Shell) => Value;
}

/** Declares a helper; its type is the type of what it binds to. */
export function defineHelper<Value>(helper: Helper<Value>): Helper<Value> {
  return Object.freeze(helper);
}
