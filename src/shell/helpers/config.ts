import type { Explanation } from '../../config/index.ts';
import { defineHelper } from '../helper.ts';
import { requireText } from '../helper-arguments.ts';
import type { HelperDoc } from '../helper-doc.ts';

const members: readonly HelperDoc[] = [
  {
    name: 'config.explain',
    signature: 'config.explain(path)',
    summary: 'A setting: its value, where that comes from, and what it overrides',
    details: 'Gives { path, value, from, origin, description, defaultValue, overridden }.',
    examples: ["config.explain('rpc.timeoutMs')", "config.explain('rpc.timeoutMs').from"],
    completes: ['config path'],
  },
  {
    name: 'config.get',
    signature: 'config.get(path)',
    summary: 'The value of a setting',
    examples: ["config.get('rpc.timeoutMs')"],
    completes: ['config path'],
  },
  {
    name: 'config.paths',
    signature: 'config.paths()',
    summary: 'Every setting with its value and where that comes from',
    details: 'Gives an array of { path, value, from }.',
    examples: ['config.paths()', "config.paths().filter((s) => s.from !== 'default')"],
  },
];

export const config = defineHelper({
  name: 'config',
  signature: 'config',
  summary: 'The configuration of this container: config.explain, config.get, config.paths',
  examples: ["config.explain('rpc.timeoutMs')"],
  members,
  bind: ({ container, printer }) =>
    Object.freeze({
      explain: (path: string): Explanation => {
        const explanation = container.config.explain(
          requireText(path, 'a path such as rpc.timeoutMs', 'config.explain(path)'),
        );
        return printer.view(explanation, () => inWords(explanation));
      },
      get: (path: string): unknown =>
        container.config.get(requireText(path, 'a path such as rpc.timeoutMs', 'config.get(path)')),
      paths: () => {
        const settings = container.config.paths.map((path) => container.config.explain(path));
        return printer.table(settings, ['path', 'value', 'from']);
      },
    }),
});

function inWords({ path, value, from, description, overridden }: Explanation): string {
  const others = overridden.map((other) => `  instead of ${JSON.stringify(other.value)} (${other.from})`);
  return [`${path} = ${JSON.stringify(value)}   (${from})`, `  ${description}`, ...others].join('\n');
}
