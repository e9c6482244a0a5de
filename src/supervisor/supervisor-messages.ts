import { BadRequestError } from '../errors/index.ts';
import { type ProcessId, parseProcessId, processId } from '../exchange/index.ts';
import { toWireExitReason } from '../process/index.ts';
import { describeValue } from '../util/index.ts';
import type { ChildInfo, ChildTarget } from './events.ts';

/** Children as they travel: what an exit reason holds becomes text and codes. */
export function portableChildren(children: readonly ChildInfo[]): readonly object[] {
  return children.map(({ lastExit, ...info }) => ({
    ...info,
    lastExit: lastExit === undefined ? undefined : toWireExitReason(lastExit),
  }));
}

/** Whom a message means. @throws BadRequestError unless it is `{ id }` or `{ pid }` */
export function targetOf(op: string, content: unknown): ChildTarget {
  if (isMap(content)) {
    const [key, ...more] = Object.keys(content);
    const name: unknown = key === undefined ? undefined : content[key];
    if (key === 'id' && more.length === 0 && typeof name === 'string') return { id: name };
    const pid = key === 'pid' && more.length === 0 && typeof name === 'string' ? pidOf(name) : undefined;
    if (pid !== undefined) return { pid };
  }
  throw new BadRequestError(
    `${op} takes { id: 'the child' }, or of a simple_one_for_one supervisor { pid: 'container.7' }, not ${shown(content)}`,
  );
}

/** The arguments for one more child. @throws BadRequestError unless it is `{ args: […] }` or nothing */
export function startArgsOf(op: string, content: unknown): readonly unknown[] {
  if (content === null || content === undefined) return [];
  if (isMap(content) && Object.keys(content).every((key) => key === 'args')) {
    const { args = [] } = content;
    if (Array.isArray(args)) return args;
  }
  throw new BadRequestError(`${op} takes { args: [what startChild is given] }, not ${shown(content)}`);
}

/** The id of a process, if the text is one. */
export function pidOf(text: string): ProcessId | undefined {
  const parsed = parseProcessId(text);
  return parsed === undefined ? undefined : processId(parsed.container, parsed.local);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(content: unknown): string {
  return isMap(content) ? `{ ${Object.keys(content).join(', ')} }` : describeValue(content);
}
