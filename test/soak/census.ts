import type { TreeNode } from '../../src/container/supervision-tree.ts';
import type { Container } from '../../src/index.ts';
import type { Fleet } from './fleet.ts';

/** What is wrong with the fleet as it stands: nothing, if each process that should live does, once, and no other. */
export async function findFaults(container: Container, fleet: Fleet): Promise<readonly string[]> {
  const faults: string[] = [];
  const nodes = new Map<string, TreeNode>();
  const collect = (node: TreeNode): void => {
    if (node.id === undefined) faults.push(`${node.name} is ${node.state}`);
    else if (nodes.has(node.id)) faults.push(`${node.id} stands in the tree twice`);
    else nodes.set(node.id, node);
    for (const child of node.children) collect(child);
  };
  for (const node of container.tree()) collect(node);
  if (container.tree().length !== 1) faults.push(`the tree has ${container.tree().length} roots`);

  const listed = container.processes.list();
  const expected = fleet.berths.length + fleet.supervisorNames.length;
  if (listed.length !== expected) faults.push(`${listed.length} processes live, not ${expected}`);
  for (const { id, state, load } of listed) {
    if (!nodes.has(id)) faults.push(`${id} does not stand in the tree`);
    if (state !== 'ACTIVE' || load > 0) faults.push(`${id} is ${state} with ${load} messages`);
  }

  const filled = new Map<string, string>();
  for (const name of fleet.supervisorNames) {
    const supervisor = fleet.supervisors.get(name);
    const node = supervisor === undefined ? undefined : nodes.get(supervisor.id);
    if (supervisor === undefined || node === undefined) {
      faults.push(`${name} does not live`);
      continue;
    }
    const children = (await supervisor.whichChildren()).toReversed();
    const inTree = node.children.map(({ id }) => id).join(' ');
    if (children.map(({ pid }) => pid).join(' ') !== inTree) faults.push(`${name}: the tree says otherwise`);
    const counts = await supervisor.countChildren();
    if (counts.active !== children.length) faults.push(`${name}: ${counts.active} of ${children.length} run`);
    for (const { pid } of children) if (pid !== undefined) filled.set(pid, name);
  }
  for (const berth of fleet.berths) {
    const sailor = fleet.sailor(berth);
    if (sailor === undefined) faults.push(`nobody is ${berth.name}`);
    else if (filled.get(sailor.id) !== berth.ship) faults.push(`${berth.name} is no child of ${berth.ship}`);
  }
  return faults;
}
