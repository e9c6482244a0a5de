import type { Case, Variant } from '../suite/case.ts';
import { starting } from '../suite/starting.ts';
import { ioncoreVersion, peerVersions, program, root } from './contestants.ts';

const time = 'start to ready';
const memory = 'resident memory when ready';
const variants: readonly Variant[] = [
  { label: time, command: 'start', figure: 'ms' },
  { label: memory, command: 'start', figure: 'bytes' },
];

const container = [
  'start',
  '--no-shell',
  '--log-format',
  'line',
  '--sysname',
  '{system}',
  '--broker',
  '{broker}',
];
const idle = "console.log('ready'); setInterval(() => undefined, 60_000)";

/** How long a process takes until it serves one service over RabbitMQ, and what it then holds in memory. */
export const start: Case = {
  name: 'start',
  description: 'a process is started and serves one service over RabbitMQ; each run a new process',
  needsBroker: true,
  reference: 'node',
  contestants: [
    starting('node', 'no program but one that says ready: what none can go below', {
      command: process.execPath,
      args: ['-e', idle],
    }),
    starting(
      'nestjs',
      `${peerVersions('nestjs', '@nestjs/core', '@nestjs/microservices', 'amqplib')}; one controller`,
      program('nestjs/remote-server.mjs', '{broker}', '{system}'),
    ),
    starting(
      'moleculer',
      `${peerVersions('moleculer', 'moleculer', 'amqplib')}; one service`,
      program('moleculer/remote-server.mjs', '{broker}', '{system}'),
    ),
    starting(
      'ioncore',
      `${ioncoreVersion}; dist/main.js ${container.join(' ')} res/apps/hello.app`,
      { command: process.execPath, args: ['dist/main.js', ...container, 'res/apps/hello.app'], cwd: root },
      (line) => / ready( |$)/.test(line),
    ),
  ],
  variants,
  smokeVariants: variants.slice(0, 1),
  targets: [
    { variant: time, contestant: 'ioncore', atMost: 300 },
    { variant: memory, contestant: 'ioncore', atMost: 70e6 },
  ],
};
