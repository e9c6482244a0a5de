import { expect, test } from '@jest/globals';
import type { TreeNode } from '../../../../src/container/index.ts';
import { drawTree, tree } from '../../../../src/shell/helpers/tree.ts';
import { Echo, shellBed } from '../bed.ts';

const node = (over: Partial<TreeNode>): TreeNode => ({
  id: 'shore.1',
  name: 'hello',
  app: undefined,
  state: 'ACTIVE',
  strategy: undefined,
  restart: undefined,
  mailbox: 0,
  restarts: 0,
  dueInMs: undefined,
  lastExit: undefined,
  children: [],
  ...over,
});

test('drawTree() draws a line per process, with branches, and a note of what is special', () => {
  const roots = [
    node({
      app: 'hello#2',
      strategy: 'one_for_all',
      children: [
        node({
          id: 'shore.2',
          name: 'gps',
          restart: 'permanent',
          restarts: 3,
          mailbox: 7,
          children: [node({ id: 'shore.4', name: 'port' })],
        }),
        node({
          id: undefined,
          name: 'wind',
          state: 'delayed',
          restart: 'transient',
          restarts: 12,
          dueInMs: 812.4,
          lastExit: { error: new Error('no line') },
        }),
      ],
    }),
    node({ id: 'shore.3', name: 'alone' }),
  ];
  expect(drawTree(roots)).toBe(
    [
      'NAME        PROCESS  STATE    MAILBOX  RESTARTS  NOTE',
      'hello       shore.1  ACTIVE   0        -         app hello#2, one_for_all',
      '├─ gps      shore.2  ACTIVE   7        3',
      '│  └─ port  shore.4  ACTIVE   0        -',
      '└─ wind     -        delayed  -        12        transient, again in 812 ms, last exit: no line',
      'alone       shore.3  ACTIVE   0        -',
    ].join('\n'),
  );
});

test('drawTree() of no processes says so', () => {
  expect(drawTree([])).toBe('no processes');
});

test('tree() gives the nodes, printed as a tree', async () => {
  const { container, shell, show } = await shellBed();
  await container.processes.spawn(Echo, { name: 'echo' });
  const roots = tree.bind(shell)();
  expect(roots).toMatchObject([{ id: 'shore.1', name: 'echo', children: [] }]);
  expect(show(roots)).toBe(
    'NAME  PROCESS  STATE   MAILBOX  RESTARTS  NOTE\necho  shore.1  ACTIVE  0        -',
  );
  await container.stop();
});
