import type { TreeNode } from '../../container/index.ts';
import { exitText } from '../../process/index.ts';
import { defineHelper } from '../helper.ts';
import { renderTable } from '../table.ts';

export const tree = defineHelper({
  name: 'tree',
  signature: 'tree()',
  summary: 'The processes of this container as a tree, with their supervisors',
  details:
    'Gives an array of { id, name, app, state, strategy, restart, mailbox, restarts, dueInMs, lastExit, children }. A child that does not run ' +
    'stands in its place as delayed, paused or stopped. To supervisors: rpc_send(<its id>, ' +
    "'pause_child' | 'resume_child' | 'restart_child_now' | 'terminate_child' | 'restart_child', { id: <child> }).",
  examples: ['tree()', "rpc_send(tree()[0].id, 'restart_child_now', { id: 'gps' })"],
  bind:
    ({ container, printer }) =>
    (): readonly TreeNode[] => {
      const roots = container.tree();
      return printer.view(roots, () => drawTree(roots));
    },
});

/** One line per node, with the branches that lead to it. */
export function drawTree(roots: readonly TreeNode[]): string {
  const rows = roots.flatMap((root) => rowsOf(root, '', ''));
  if (rows.length === 0) return 'no processes';
  return renderTable(rows, ['name', 'process', 'state', 'mailbox', 'restarts', 'note']);
}

function rowsOf(node: TreeNode, branch: string, below: string): readonly object[] {
  const last = node.children.length - 1;
  const row = {
    name: `${branch}${node.name}`,
    process: node.id,
    state: node.state,
    mailbox: node.id === undefined ? undefined : node.mailbox,
    restarts: node.restart === undefined ? undefined : node.restarts,
    note: noteOf(node),
  };
  return [
    row,
    ...node.children.flatMap((child, index) =>
      index === last
        ? rowsOf(child, `${below}└─ `, `${below}   `)
        : rowsOf(child, `${below}├─ `, `${below}│  `),
    ),
  ];
}

function noteOf({ app, strategy, restart, dueInMs, lastExit }: TreeNode): string {
  const notes = [
    ...(app === undefined ? [] : [`app ${app}`]),
    ...(strategy === undefined ? [] : [strategy]),
    ...(restart === undefined || restart === 'permanent' ? [] : [restart]),
    ...(dueInMs === undefined ? [] : [`again in ${Math.round(dueInMs)} ms`]),
    ...(lastExit === undefined ? [] : [`last exit: ${exitText(lastExit)}`]),
  ];
  return notes.join(', ');
}
