import { parseProcessId } from '../../exchange/index.ts';
import type { CallOptions, SendOptions } from '../../interact/index.ts';
import { defineHelper } from '../helper.ts';
import { callOptionNames, checkOptionNames, sendOptionNames } from '../helper-arguments.ts';
import { givenUpWith, receiverOf, type Shell, type Target } from '../shell.ts';

/** A ping's answer. */
export interface PingAnswer {
  /** The process that answered. */
  readonly from: string;
  /** Milliseconds from the call to its answer. */
  readonly ms: number;
}

/** `ping` waits for so long unless it is told otherwise. */
const pingTimeoutMs = 5_000;

export const rpcSend = defineHelper({
  name: 'rpc_send',
  signature: 'rpc_send(to, op, content?, options?)',
  summary: 'Calls an operation and gives its result',
  details:
    'to: a service, a process id, or the number of a process here. content: null if it is left out. options: { timeoutMs, idempotent, ' +
    'headers }; without timeoutMs the call fails with Timeout after rpc.timeoutMs.',
  examples: [
    "rpc_send('hello', 'hello', 'you')",
    "const reply = await rpc_send(1, 'hello', 'you', { timeoutMs: 500 })",
  ],
  completes: ['receiver', 'operation', 'content'],
  bind:
    (shell) =>
    async (to: Target, op: string, content?: unknown, options?: CallOptions): Promise<unknown> => {
      const signature = 'rpc_send(to, op, content?, options?)';
      const receiver = receiverOf(shell, to, signature);
      checkOptionNames(options, callOptionNames, signature);
      const result = await shell.container.rpcSend(receiver, op, content, givenUpWith(shell, options));
      noteAnswer(shell, receiver);
      return result;
    },
});

export const send = defineHelper({
  name: 'send',
  signature: 'send(to, op, content?, options?)',
  summary: 'Sends one way',
  details:
    'to and content as for rpc_send; options: { headers }. To a process it is done when the message is handed over, to a service when ' +
    'the broker has it.',
  examples: ["send(1, 'hello', 'you')"],
  completes: ['receiver', 'operation', 'content'],
  bind:
    (shell) =>
    async (to: Target, op: string, content?: unknown, options?: SendOptions): Promise<void> => {
      const signature = 'send(to, op, content?, options?)';
      checkOptionNames(options, sendOptionNames, signature);
      await shell.container.send(receiverOf(shell, to, signature), op, content, options);
    },
});

export const ping = defineHelper({
  name: 'ping',
  signature: 'ping(to, timeoutMs?)',
  summary: 'Asks whether somebody answers, who, and how fast',
  details:
    'Gives { from, ms }. timeoutMs: 5000 if it is left out. Of a service whichever instance the broker chooses answers; mping() finds all.',
  examples: ["ping('hello')", 'ping(1)', "(await ping('hello')).from"],
  completes: ['receiver'],
  bind:
    (shell) =>
    async (to: Target, timeoutMs: number = pingTimeoutMs): Promise<PingAnswer> => {
      const receiver = receiverOf(shell, to, 'ping(to, timeoutMs?)');
      const { clock } = shell.container.env;
      const startedAt = clock.now();
      const options = givenUpWith(shell, { timeoutMs });
      const { sender } = await shell.container.call(receiver, 'ping', null, options);
      const ms = Math.round((clock.now() - startedAt) * 100) / 100;
      noteAnswer(shell, receiver);
      const answer: PingAnswer = { from: sender, ms };
      return shell.printer.view(answer, () => `${sender} answered after ${ms} ms`);
    },
});

function noteAnswer({ answered }: Shell, receiver: string): void {
  // Ids are as short-lived as their processes.
  if (parseProcessId(receiver) === undefined) answered.add(receiver);
}
