import type { ProcessId } from '../exchange/index.ts';
import type { LifecycleState } from '../lifecycle/index.ts';
import type { ExitReason, Process, ProcessInfo } from '../process/index.ts';
import {
  type ChildInfo,
  type ChildState,
  type RestartType,
  Supervisor,
  type SupervisorStrategy,
} from '../supervisor/index.ts';

/** A process, or a child that a supervisor keeps although it does not run now. */
export interface TreeNode {
  /** `undefined` of a child that does not run. */
  readonly id: ProcessId | undefined;
  /** Of a child its id in its supervisor, else the process's name. */
  readonly name: string;
  /** The instance of the app whose root it is. */
  readonly app: string | undefined;
  /** That of the process; of a child that does not run, what its supervisor does with it: `delayed`, `paused`, `stopped` … */
  readonly state: LifecycleState | ChildState;
  /** Of a supervisor. */
  readonly strategy: SupervisorStrategy | undefined;
  /** Of a supervisor's child. */
  readonly restart: RestartType | undefined;
  /** Messages waiting and being handled. */
  readonly mailbox: number;
  /** How often its supervisor has started it again. */
  readonly restarts: number;
  /** Milliseconds until its delayed restart. */
  readonly dueInMs: number | undefined;
  /** Why it ended when it last did. */
  readonly lastExit: ExitReason | undefined;
  /** What it has spawned, in order; of a supervisor its children first, in the order of start. */
  readonly children: readonly TreeNode[];
}

/** What a tree is drawn from. */
export interface TreeParts {
  readonly processes: readonly ProcessInfo[];
  readonly process: (id: ProcessId) => Process | undefined;
  /** The roots of apps. */
  readonly apps: readonly { readonly instance: string; readonly root: ProcessId | null }[];
}

/** The processes of a container as they stand at this moment: those that nobody has spawned, each with what it has spawned. */
export function supervisionTree(parts: TreeParts): readonly TreeNode[] {
  const byParent = new Map<ProcessId | undefined, ProcessInfo[]>();
  for (const info of parts.processes) {
    const siblings = byParent.get(info.parent);
    if (siblings === undefined) byParent.set(info.parent, [info]);
    else siblings.push(info);
  }
  const apps = new Map(parts.apps.map(({ instance, root }) => [root, instance]));
  const node = (info: ProcessInfo, child: ChildInfo | undefined): TreeNode => {
    const { id, name, state, load } = info;
    const process = parts.process(id);
    const supervisor = process instanceof Supervisor ? process.describe() : undefined;
    const spawned = new Map((byParent.get(id) ?? []).map((one) => [one.id, one]));
    const kept = (supervisor?.children ?? []).map((one) => {
      const running = one.pid === undefined ? undefined : spawned.get(one.pid);
      if (running !== undefined) spawned.delete(running.id);
      return running === undefined ? absent(one) : node(running, one);
    });
    return Object.freeze({
      id,
      name: child?.id ?? name,
      app: apps.get(id),
      state: child?.state === 'terminating' ? child.state : state,
      strategy: supervisor?.flags.strategy,
      restart: child?.restart,
      mailbox: load,
      restarts: child?.restarts ?? 0,
      dueInMs: undefined,
      lastExit: child?.lastExit,
      children: [...kept, ...[...spawned.values()].map((one) => node(one, undefined))],
    });
  };
  return (byParent.get(undefined) ?? []).map((info) => node(info, undefined));
}

function absent({ id, state, restart, restarts, dueInMs, lastExit }: ChildInfo): TreeNode {
  return Object.freeze({
    id: undefined,
    name: id ?? '',
    app: undefined,
    state,
    strategy: undefined,
    restart,
    mailbox: 0,
    restarts,
    dueInMs,
    lastExit,
    children: [],
  });
}
