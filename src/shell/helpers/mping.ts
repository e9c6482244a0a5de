import { BadRequestError } from '../../errors/index.ts';
import { defineHelper } from '../helper.ts';
import { givenUpWith, type Shell } from '../shell.ts';

/** What `mping` found out about one name. */
export interface MpingAnswer {
  /** Somebody answered. */
  readonly present: boolean;
  /** How often each process answered, by its id. */
  readonly senders: Readonly<Record<string, number>>;
  /** Pings to which no answer came in time: instances that are stuck, or nobody. */
  readonly unanswered: number;
}

/** All names together take so long at most, unless it is told otherwise. */
const mpingTimeoutMs = 5_000;
const pingsPerRound = 3;
/** Whoever answered so often has most likely been joined by all others: the broker takes turns. */
const enoughAnswers = 3;

export const mping = defineHelper({
  name: 'mping',
  signature: 'mping(names?, timeoutMs?)',
  summary: 'Finds out who shares each name: pings until no new instance answers',
  details:
    'names: one, or a list; without it the services hosted here. timeoutMs: for everything, 5000 if it is left out. Gives ' +
    '{ service: { present, senders: { id: answers }, unanswered } }. It goes on until every instance that answered did so more than ' +
    '3 times; an instance that is stuck shows as unanswered and makes it take the whole time.',
  examples: [
    'mping()',
    "mping(['hello', 'guide'], 1000)",
    "Object.keys((await mping('hello')).hello.senders)",
  ],
  completes: ['receiver'],
  bind:
    (shell) =>
    async (
      names?: string | readonly string[],
      timeoutMs: number = mpingTimeoutMs,
    ): Promise<Readonly<Record<string, MpingAnswer>>> => {
      const { container, printer } = shell;
      // Otherwise no ping would be sent, and everybody would seem to be absent.
      if (!(typeof timeoutMs === 'number' && timeoutMs > 0)) {
        throw new BadRequestError(
          `timeoutMs must be a number of milliseconds above 0, not ${String(timeoutMs)}`,
        );
      }
      const wanted = typeof names === 'string' ? [names] : (names ?? container.processes.services());
      const endsAt = container.env.clock.now() + timeoutMs;
      const answers = await Promise.all(
        wanted.map(async (name) => [name, await pingAll(shell, name, endsAt)] as const),
      );
      const found = Object.fromEntries(answers);
      const rows = answers.map(([service, answer]) => ({
        service,
        present: answer.present ? 'yes' : 'no',
        instances: Object.keys(answer.senders).length,
        answers: Object.entries(answer.senders).map(([id, count]) => `${id}:${count}`),
        unanswered: answer.unanswered,
      }));
      const table = printer.table(rows, ['service', 'present', 'instances', 'unanswered', 'answers']);
      return printer.view(found, () => printer.show(table));
    },
});

/** Rounds of pings until nobody new can be expected, nobody answers, or the time is over. */
async function pingAll(shell: Shell, name: string, endsAt: number): Promise<MpingAnswer> {
  const { container, answered } = shell;
  const senders = new Map<string, number>();
  let unanswered = 0;
  const isEnough = (): boolean => [...senders.values()].every((count) => count > enoughAnswers);
  do {
    const timeoutMs = endsAt - container.env.clock.now();
    if (timeoutMs <= 0) break;
    const options = givenUpWith(shell, { timeoutMs });
    const round = await Promise.allSettled(
      Array.from({ length: pingsPerRound }, () => container.call(name, 'ping', null, options)),
    );
    for (const ping of round) {
      if (ping.status === 'rejected') unanswered += 1;
      else senders.set(ping.value.sender, (senders.get(ping.value.sender) ?? 0) + 1);
    }
    if (round.every(({ status }) => status === 'rejected')) break;
  } while (!isEnough());
  if (senders.size > 0) answered.add(name);
  return { present: senders.size > 0, senders: Object.fromEntries(senders), unanswered };
}
