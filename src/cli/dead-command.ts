import { codecConfig, resolveCodecLimits } from '../codec/index.ts';
import type { DeadLetter, DeadLetterFilter, DeadLetters } from '../exchange/index.ts';
import { visible } from '../util/index.ts';
import { withClient } from './client-container.ts';
import type { ClientArguments } from './client-options.ts';
import { ContentJson } from './content-json.ts';
import { deadLetterJson, deadLetterList, deadLetterText } from './dead-letter-text.ts';
import { exitCode } from './exit-code.ts';
import { written } from './output.ts';
import type { CliWorld } from './world.ts';

/** Which dead letters: one, or those that have all of the rest; nothing given: all. */
export interface WhichDead {
  readonly id?: string | undefined;
  readonly address: string | undefined;
  readonly op: string | undefined;
  readonly reason: DeadLetter['reason'] | undefined;
}

/** What is to be done. */
type DeadAction =
  | { readonly action: 'list'; readonly filter: WhichDead; readonly limit: number }
  | { readonly action: 'show'; readonly id: string }
  | { readonly action: 'replay' | 'drop'; readonly which: WhichDead };

/** `ioncore dead …` as it was given, checked. */
export type DeadArguments = ClientArguments &
  DeadAction & { readonly command: 'dead'; readonly json: boolean };

/**
 * `ioncore dead`: lists, shows, replays or drops the dead letters of a system. Resolves with the exit code.
 *
 * @throws what {@link withClient} and `DeadLetters` do: NotFound for an id that none has, Conflict while somebody else looks
 */
export function runDead(args: DeadArguments, world: CliWorld): Promise<number> {
  return withClient(args, world, (container) => {
    const content = new ContentJson(resolveCodecLimits(container.config.section(codecConfig)));
    const done = () => perform(args, container.events.deadLetters, content);
    return async (stopped) => {
      const text = await Promise.race([done(), stopped.then(() => undefined)]);
      if (text === undefined) return exitCode.interrupted;
      await written(world.stdout, text);
      return exitCode.ok;
    };
  });
}

/** Gives what is to be printed. */
async function perform(args: DeadArguments, letters: DeadLetters, content: ContentJson): Promise<string> {
  const { json } = args;
  switch (args.action) {
    case 'list': {
      const { limit } = args;
      const found = await letters.list(filterOf(args.filter), limit);
      if (json) return jsonText(found.map((letter) => deadLetterJson(letter, content)));
      return deadLetterList(found, limit);
    }
    case 'show': {
      const letter = await letters.show(args.id);
      return json ? jsonText(deadLetterJson(letter, content)) : deadLetterText(letter, content);
    }
    case 'replay': {
      const replayed = await letters.replay(filterOf(args.which));
      return json ? jsonText({ replayed }) : `${replayed} replayed\n`;
    }
    case 'drop': {
      const dropped = await letters.drop(filterOf(args.which));
      return json ? jsonText({ dropped }) : `${dropped} dropped\n`;
    }
  }
}

function filterOf({ id, address, op, reason }: WhichDead): DeadLetterFilter {
  return {
    ...(id !== undefined && { id }),
    ...(address !== undefined && { address }),
    ...(op !== undefined && { op }),
    ...(reason !== undefined && { reason }),
  };
}

function jsonText(value: unknown): string {
  const lines = JSON.stringify(value, null, 2).split('\n');
  return `${lines.map(visible).join('\n')}\n`;
}
