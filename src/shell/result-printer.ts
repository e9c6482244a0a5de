import { inspect, types } from 'node:util';
import { furtherProblems } from '../config/index.ts';
import { Container } from '../container/index.ts';
import { ContainerError, catalogue, isErrorCode, messageOf } from '../errors/index.ts';
import { Process } from '../process/index.ts';
import { renderTable } from './table.ts';

/** A chain of causes is told so far. */
const maxCauses = 5;

/** How results and errors appear at the prompt and in the output of a script. */
export class ResultPrinter {
  readonly #colours: boolean;
  readonly #views = new WeakMap<object, () => string>();

  /** `colours`: only where a terminal reads. */
  constructor(colours: boolean) {
    this.#colours = colours;
  }

  /** Marks a value to be printed as `text` says. It stays the value it is, and a copy of it is printed as usual. */
  view<Value extends object>(value: Value, text: () => string): Value {
    this.#views.set(value, text);
    return value;
  }

  /** Marks rows to be printed as a table of these columns, with a line below; as a value they stay an array. */
  table<Row extends object>(
    rows: readonly Row[],
    columns: readonly (keyof Row & string)[],
    footer?: string,
  ): readonly Row[] {
    return this.view(rows, () => {
      const table = renderTable(rows, columns);
      return footer === undefined ? table : `${table}\n${footer}`;
    });
  }

  /** A result as text: tables for rows, texts as they are, everything else as Node shows it. */
  show(value: unknown): string {
    if (typeof value === 'string') return value;
    return this.inspect(value);
  }

  /** As {@link show}, but texts are quoted, as at a prompt. */
  inspect(value: unknown): string {
    if (typeof value === 'object' || typeof value === 'function') {
      const view = value === null ? undefined : this.#views.get(value);
      if (view !== undefined) return view();
      // A stack helps nobody here; `.stack` shows it to who asks.
      if (types.isNativeError(value)) return this.error(value);
      if (types.isPromise(value)) return promiseText(value);
      if (value instanceof Process) return `process ${value.id} '${value.name}', ${value.state}`;
      if (value instanceof Container)
        return `container ${value.id} of system ${value.sysname}, ${value.state}`;
    }
    return inspect(value, { colors: this.#colours, depth: 6 });
  }

  /** An error as code, message, further problems of a file and remedy, or as name and message where it is none of ours; then its causes. Never a stack. */
  error(thrown: unknown): string {
    const told = [describe(thrown)];
    const causes: string[] = [];
    let cause = causeOf(thrown);
    for (let depth = 0; cause !== undefined && depth < maxCauses; depth += 1) {
      const message = messageOf(cause);
      if (!told.some((text) => text.includes(message))) causes.push(`  because ${describe(cause)}`);
      told.push(message);
      cause = causeOf(cause);
    }
    const remedy =
      thrown instanceof ContainerError && isErrorCode(thrown.code)
        ? [`  ${catalogue[thrown.code].remedy}`]
        : [];
    const further = thrown instanceof ContainerError ? furtherProblems(thrown.details) : [];
    return [told[0], ...further.map((problem) => `  and ${problem}`), ...causes, ...remedy].join('\n');
  }
}

/** Node would also show what its hooks keep in a promise. */
function promiseText(promise: Promise<unknown>): string {
  const state = /<pending>|<rejected>/.exec(inspect(promise, { depth: 0 }))?.[0];
  return `Promise { ${state ?? '<fulfilled>'} }`;
}

function describe(thrown: unknown): string {
  if (thrown instanceof ContainerError) return `${thrown.code}: ${thrown.message}`;
  // Errors of the prompt's own context are not instances of our Error.
  if (typeof thrown === 'object' && thrown !== null && 'name' in thrown && 'message' in thrown) {
    return `${String(thrown.name)}: ${String(thrown.message)}`;
  }
  return messageOf(thrown);
}

function causeOf(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'cause' in thrown ? thrown.cause : undefined;
}
