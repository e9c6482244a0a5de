import { BadRequestError } from '../../errors/index.ts';
import { closest } from '../../util/index.ts';
import { defineHelper } from '../helper.ts';
import { allDocs, type HelperDoc } from '../helper-doc.ts';
import { hostedProcesses, hostedServices, type ReceiverInfo } from '../services.ts';
import type { Shell } from '../shell.ts';
import { renderTable } from '../table.ts';

const footer =
  "help('ps') tells more of one; help('hello') shows the operations of a service. The prompt's own commands: .help";

export const help = defineHelper({
  name: 'help',
  signature: 'help(topic?)',
  summary: 'What there is, one helper in full, or the operations of a service',
  details:
    'topic: a helper or its name, a service that is hosted here, a process id or number. Without it all helpers.',
  examples: ['help()', "help('ps')", 'help(ps)', "help('hello')"],
  completes: ['topic'],
  bind: (shell) => (topic?: unknown) => (topic === undefined ? listHelpers(shell) : explain(shell, topic)),
});

/** A helper in full, as `help('ps')` prints it. */
export function helpText({ signature, summary, details, examples }: HelperDoc): string {
  const lines = [signature, `  ${summary}`];
  if (details !== undefined) lines.push('', ...wrapped(details, 96).map((line) => `  ${line}`));
  return [...lines, '', ...examples.map((example) => `  ><> ${example}`)].join('\n');
}

/** As {@link helpText}; of a helper that is an object, all its functions. */
export function helpOf({ members, ...doc }: HelperDoc): string {
  return members === undefined ? helpText(doc) : members.map(helpText).join('\n\n');
}

function listHelpers({ helpers, printer }: Shell): readonly HelperDoc[] {
  const docs = allDocs(helpers);
  return printer.view(docs, () => `${renderTable(docs, ['signature', 'summary'])}\n${footer}`);
}

function explain(shell: Shell, topic: unknown): object {
  const { container, helpers, printer } = shell;
  const name = nameOf(shell, topic);
  const helper = helpers.find((one) => one.name === name);
  if (helper !== undefined) return printer.view({ ...helper }, () => helpOf(helper));
  const member = allDocs(helpers).find((one) => one.name === name);
  if (member !== undefined) return printer.view({ ...member }, () => helpText(member));
  const receivers = [...hostedServices(container), ...hostedProcesses(container)];
  const receiver = receivers.find((one) => one.name === name);
  if (receiver !== undefined) return printer.view(receiver, () => receiverText(receiver));
  const known = [...allDocs(helpers).map((one) => one.name), ...receivers.map((one) => one.name)];
  const meant = closest(name, known);
  throw new BadRequestError(
    `there is no help on '${name}'${meant === undefined ? ';' : `; did you mean '${meant}'?`} help() lists what there is`,
  );
}

function nameOf({ container, helpers, bound }: Shell, topic: unknown): string {
  if (typeof topic === 'number') return `${container.id}.${topic}`;
  if (typeof topic === 'string') return topic.replace(/\(\)$/, '');
  const doc = [...helpers, ...allDocs(helpers)].find(({ name }) => valueAt(bound, name) === topic);
  if (doc !== undefined) return doc.name;
  throw new BadRequestError("help takes a helper, or a name as text: help(ps), help('ps')");
}

/** What a name stands for: of `config.explain` the member. */
function valueAt(bound: object, name: string): unknown {
  return name
    .split('.')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      bound,
    );
}

function receiverText({ name, version, className, instances, operations }: ReceiverInfo): string {
  const what = version === undefined ? name : `${name} ${version}`;
  const count = `${instances} ${instances === 1 ? 'instance' : 'instances'} here`;
  return `${what}: ${className}, ${count}\n${renderTable(operations, ['name', 'content', 'result', 'idempotent'])}`;
}

/** Text in lines of at most `width` characters, broken at spaces. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
