import { codecConfig, resolveCodecLimits, UndecodableError } from '../codec/index.ts';
import type { Container } from '../container/index.ts';
import { messageOf } from '../errors/index.ts';
import type { EventGuarantee } from '../exchange/index.ts';
import { withClient } from './client-container.ts';
import type { ClientArguments } from './client-options.ts';
import { ContentJson } from './content-json.ts';
import { exitCode } from './exit-code.ts';
import { outcomeHint } from './outcome-hint.ts';
import { written } from './output.ts';
import { PublishedLines } from './published-lines.ts';
import { UsageError } from './usage-error.ts';
import type { CliWorld } from './world.ts';

/** `ioncore publish` as it was given, checked. */
export interface PublishArguments extends ClientArguments {
  readonly command: 'publish';
  readonly type: string;
  readonly origin: string;
  /** JSON; undefined: each line of standard input is one. */
  readonly content: string | undefined;
  readonly qos: EventGuarantee;
  readonly json: boolean;
}

/**
 * `ioncore publish`: one event, or one for each line of standard input. Prints what became of it, or of how many. Resolves with the exit code: 0 if all were
 * sent or confirmed, 130 if it was stopped before it was told.
 *
 * @throws what {@link withClient} does, UsageError for a content that is no JSON
 */
export function runPublish(args: PublishArguments, world: CliWorld): Promise<number> {
  return withClient(args, world, (container) => {
    const json = new ContentJson(resolveCodecLimits(container.config.section(codecConfig)));
    if (args.content === undefined) {
      const lines = new PublishedLines(args, container, world, json);
      return (stopped) => lines.run(stopped);
    }
    const content = readContent(json, args.content);
    return (stopped) => publishOne(args, content, container, world, stopped);
  });
}

async function publishOne(
  args: PublishArguments,
  content: unknown,
  container: Container,
  { stdout, stderr }: CliWorld,
  stopped: Promise<unknown>,
): Promise<number> {
  const { type, origin, qos, json } = args;
  const outcome = await Promise.race([
    container.events.publish(type, origin, content, { qos }),
    stopped.then(() => undefined),
  ]);
  if (outcome === undefined) {
    stderr.write('ioncore: stopped before it was told what became of the event\n');
    return exitCode.interrupted;
  }
  await written(stdout, json ? `${JSON.stringify({ type, origin, outcome })}\n` : `${outcome}\n`);
  const hint = outcomeHint(outcome, qos);
  if (hint === undefined) return exitCode.ok;
  stderr.write(`ioncore: ${outcome}: ${hint}\n`);
  return exitCode.failed;
}

function readContent(json: ContentJson, text: string): unknown {
  try {
    return json.read(Buffer.from(text));
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    throw new UsageError(`the content cannot be used: ${messageOf(error)}; a text is quoted: '"hello"'`);
  }
}
